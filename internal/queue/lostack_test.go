package queue

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/testkit/proxy"
)

func TestALostAcknowledgementIsLookedFor(t *testing.T) {
	t.Parallel()
	f := startFixture(t, embedded.Options{Port: -1})
	p := proxy.Start(t, strings.TrimPrefix(f.server.URL(), "nats://"))
	intake, err := nats.Connect("nats://"+p.Addr(), nats.ReconnectWait(20*time.Millisecond), nats.MaxReconnects(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(intake.Close)
	q, err := Open(f.ctx, intake, f.connect(), Options{Prefix: f.prefix, PublishTimeout: 9 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	witness := f.queue()
	e := doc("PO-1", "p1")
	if _, err := q.Lanes(f.ctx, "main"); err != nil {
		t.Fatal(err)
	}
	p.Swallow(true)
	go func() {
		// The server has stored it and said so to nobody; then the line comes back.
		for f.ctx.Err() == nil {
			if _, err := witness.Status(f.ctx, e.ID); err == nil {
				break
			}
		}
		p.Swallow(false)
		p.Cut()
	}()
	r, err := q.Publish(f.ctx, e)
	if err != nil || r.Duplicate || r.Sequence == 0 {
		t.Errorf("%+v, %v: want the receipt of the first", r, err)
	}
	if got := f.count(witness, inbound); got != 1 {
		t.Errorf("%d messages are stored", got)
	}
}
