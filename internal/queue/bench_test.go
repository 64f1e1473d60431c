package queue

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/event"
	"counterpunch/internal/queue/embedded"
)

// BenchmarkPublish measures one publisher before an archive of some size, and a document that is sent again.
func BenchmarkPublish(b *testing.B) {
	for _, archive := range []int{0, 100_000} {
		s, err := embedded.Start(embedded.Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		nc, err := s.Connect("bench")
		if err != nil {
			b.Fatal(err)
		}
		defer nc.Close()
		q, err := Open(ctx, nc, nc, Options{Prefix: "b"})
		if err != nil {
			b.Fatal(err)
		}
		e := doc("PO-1", "again")
		if _, err := q.Publish(ctx, e); err != nil {
			b.Fatal(err)
		}
		m, err := q.inboundMessage(ctx, e)
		if err != nil {
			b.Fatal(err)
		}
		for i := range archive {
			old := *e
			old.ID = event.DocumentID("main", "acme", e.Kind, fmt.Sprint(i), "")
			if _, err := q.js.PublishMsgAsync(&nats.Msg{Subject: q.inboundSubject(&old, i%4), Header: m.Header, Data: m.Data}, jetstream.WithStallWait(time.Minute)); err != nil {
				b.Fatal(err)
			}
		}
		<-q.js.PublishAsyncComplete()
		n := 0
		b.Run(fmt.Sprintf("new/archive=%d", archive), func(b *testing.B) {
			for b.Loop() {
				n++
				if _, err := q.Publish(ctx, doc("PO-1", fmt.Sprint("new", n))); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("again/archive=%d", archive), func(b *testing.B) {
			for b.Loop() {
				if r, err := q.Publish(ctx, e); err != nil || !r.Duplicate {
					b.Fatalf("%+v, %v", r, err)
				}
			}
		})
	}
}
