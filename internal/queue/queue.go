package queue

import (
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
)

// Queue is the connection to the streams of one installation. It is safe for concurrent use. It holds no goroutine of its
// own; the connections belong to the caller.
type Queue struct {
	o       Options
	intake  *nats.Conn
	lanes   *nats.Conn
	js      jetstream.JetStream // over intake: publishing and what people look at
	laneJS  jetstream.JetStream // over lanes: consuming and the workers' state
	kv      map[string]jetstream.KeyValue
	objects jetstream.ObjectStore
	log     zerolog.Logger

	mu        sync.Mutex
	laneCache map[string]cachedLanes
	strict    strictness
}

// cachedLanes remembers an account's number of lanes for a moment. An old number is harmless: lanes that once existed
// are served until they are empty.
type cachedLanes struct {
	n     int
	until time.Time
}

// jsOf returns the JetStream context of one of the two connections.
func (q *Queue) jsOf(nc *nats.Conn) jetstream.JetStream {
	if nc == q.lanes {
		return q.laneJS
	}
	return q.js
}

func (q *Queue) bucket(name string) jetstream.KeyValue { return q.kv[q.o.stream(name)] }

// inboundSubject is where a document is published.
func (q *Queue) inboundSubject(e *event.Event, lane int) string {
	return q.o.subject(fmt.Sprintf("inbound.%s.%d.%s.%s", e.Account, lane, e.Kind, event.Key(e.ID)))
}

// inboundFilter covers a document in whatever lane it was. Every publisher expects on this same filter; the server takes
// the text of the filter as the name of what it serialises.
func (q *Queue) inboundFilter(account, key string) string {
	return q.o.subject("inbound." + account + ".*.*." + key)
}

func (q *Queue) subject(stream, account string, kind document.Kind, key string) string {
	first := map[string]string{history: "history", parked: "parked", deadletters: "deadletter"}[stream]
	return q.o.subject(first + "." + account + "." + string(kind) + "." + key)
}
