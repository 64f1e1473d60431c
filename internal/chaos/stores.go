package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Stores are what the streams hold, read with nothing of internal/queue.
type Stores struct {
	Inbound map[string][]Message // by the key of the document, oldest first
	History map[string][]Entry   // the same
	Letters map[string]uint64    // sequence that the letter judges, by key
	Parked  int
}

// Message is one message of INBOUND.
type Message struct {
	Sequence uint64
	Lane     string
	Why      string // what makes it take the place of an earlier one; "": the first
}

// Entry is one record of HISTORY.
type Entry struct {
	Type       string         `json:"type"`
	DocumentID string         `json:"documentID"`
	Sequence   uint64         `json:"sequence"` // of the message that it judges
	Time       time.Time      `json:"time"`
	Attempt    int            `json:"attempt"`
	Tries      map[string]int `json:"tries"`
	Reason     string         `json:"reason"`
	Worker     string         `json:"worker"`
}

// counted returns how much is counted on the document: runs that may have written, and tries.
func (e Entry) counted() int { return e.Attempt + e.tried() }

// tried returns how many failures are counted on the document, of which only so many are allowed.
func (e Entry) tried() int {
	n := 0
	for _, tries := range e.Tries {
		n += tries
	}
	return n
}

// ends reports whether the entry ends the message that it judges.
func (e Entry) ends() bool {
	switch e.Type {
	case "applied", "superseded", "recorded", "parked", "dead-lettered", "discarded":
		return true
	}
	return false
}

// Stores reads the installation's streams.
func (i *Installation) Stores(ctx context.Context) (Stores, error) {
	s := Stores{Inbound: map[string][]Message{}, History: map[string][]Entry{}, Letters: map[string]uint64{}}
	nc, err := i.nats.connect()
	if err != nil {
		return s, err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return s, fmt.Errorf("read the streams: %w", err)
	}
	err = errors.Join(
		each(ctx, js, "INBOUND", true, func(m jetstream.Msg, sequence uint64) error {
			token := strings.Split(m.Subject(), ".") // inbound.<account>.<lane>.<kind>.<key>
			key := token[len(token)-1]
			s.Inbound[key] = append(s.Inbound[key], Message{sequence, token[2], m.Headers().Get("Counterpunch-Why")})
			return nil
		}),
		each(ctx, js, "HISTORY", false, func(m jetstream.Msg, _ uint64) error {
			var e Entry
			if err := json.Unmarshal(m.Data(), &e); err != nil {
				return fmt.Errorf("record on %s: %w", m.Subject(), err)
			}
			key := keyOf(m.Subject())
			s.History[key] = append(s.History[key], e)
			return nil
		}),
		each(ctx, js, "DEADLETTERS", true, func(m jetstream.Msg, _ uint64) error {
			judged, err := strconv.ParseUint(m.Headers().Get("Counterpunch-Judged"), 10, 64)
			if err != nil {
				return fmt.Errorf("letter on %s: %w", m.Subject(), err)
			}
			s.Letters[keyOf(m.Subject())] = judged
			return nil
		}),
		each(ctx, js, "PARKED", true, func(jetstream.Msg, uint64) error {
			s.Parked++
			return nil
		}),
	)
	return s, err
}

func keyOf(subject string) string { return subject[strings.LastIndexByte(subject, '.')+1:] }

// Key returns the last token of a document's subjects.
func Key(documentID string) string { return strings.ReplaceAll(documentID, "-", "") }

// each reads a stream from its beginning to what is now its end.
func each(ctx context.Context, js jetstream.JetStream, stream string, headersOnly bool, do func(m jetstream.Msg, sequence uint64) error) error {
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	info := s.CachedInfo().State
	if info.Msgs == 0 {
		return nil
	}
	c, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{HeadersOnly: headersOnly})
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	messages, err := c.Messages()
	if err != nil {
		return fmt.Errorf("read stream %s: %w", stream, err)
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read stream %s: %w", stream, err)
		}
		meta, err := m.Metadata()
		if err == nil {
			err = do(m, meta.Sequence.Stream)
		}
		if err != nil {
			return fmt.Errorf("read stream %s: %w", stream, err)
		}
		if meta.Sequence.Stream >= info.LastSeq || meta.NumPending == 0 {
			return nil
		}
	}
}
