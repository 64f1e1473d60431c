package queue

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/queue/embedded/embeddedtest"
	"counterpunch/internal/testkit/ports"
	"counterpunch/internal/testkit/wait"
)

// The pull of an idle lane waits at the server, and dies with it. A lane that does not notice waits for the end of its pull.
func TestAnIdleLaneGetsDocumentsAsSoonAsTheServerIsBack(t *testing.T) {
	t.Parallel()
	const pullWait = 5 * time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), pullWait-time.Minute)
	defer cancel()
	o := embedded.Options{Dir: t.TempDir(), Port: ports.Free(t, 1)[0]}
	s := embeddedtest.Start(t, o)
	connect := func() *nats.Conn {
		nc, err := nats.Connect(s.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		return nc
	}
	q, err := Open(ctx, connect(), connect(), Options{Prefix: "t", AckWait: 4 * time.Second, PullWait: pullWait})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, ctx: ctx, prefix: "t"}
	e := doc("PO-1", "first")
	l := f.lane(q, e)
	waiting := make(chan *Delivery, 1)
	go func() {
		d, err := l.Next(ctx)
		if err != nil {
			t.Error(err)
		}
		waiting <- d
	}()
	wait.Until(ctx, t, "the lane waits for a document", func() bool {
		info, err := l.consumer.Info(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return info.NumWaiting == 1
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	embeddedtest.Start(t, o)
	wait.UntilNil(ctx, t, "the server takes the document", func() error { _, err := q.Publish(ctx, e); return err })
	published := time.Now()
	d := <-waiting
	if d == nil {
		t.FailNow()
	}
	t.Logf("the document came %s after it was published", time.Since(published))
	f.end(d, Record{Type: Applied})
}
