package queue

import (
	"bytes"
	"net"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/queue/embedded"
)

// losing dials connections that lose what asks for messages, as often as losses says.
type losing struct{ losses atomic.Int32 }

func (l *losing) Dial(network, address string) (net.Conn, error) {
	c, err := net.Dial(network, address)
	return &losingConn{c, l}, err
}

type losingConn struct {
	net.Conn
	of *losing
}

func (c *losingConn) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(".MSG.NEXT.")) && c.of.losses.Add(-1) >= 0 {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// A list that silently lacks what a slow server has not sent yet would make documents look lost and files unused.
func TestWhatAServerIsSlowToSendIsNotMissing(t *testing.T) {
	t.Parallel()
	f := startFixture(t, embedded.Options{Port: -1})
	line := &losing{}
	nc, err := nats.Connect(f.server.URL(), nats.SetCustomDialer(line))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	q, err := Open(f.ctx, nc, nc, Options{Prefix: f.prefix})
	if err != nil {
		t.Fatal(err)
	}
	for _, payloadID := range []string{"p1", "p2", "p3"} {
		if _, err := q.Publish(f.ctx, doc("PO-1", payloadID)); err != nil {
			t.Fatal(err)
		}
	}
	scan := func() int {
		all, err := q.scan(f.ctx, inbound, q.filterSubject(inbound, Filter{}), true)
		if err != nil {
			t.Error(err)
		}
		return len(all)
	}
	line.losses.Store(2)
	if n := scan(); n != 3 {
		t.Errorf("%d of 3 messages are read over a line that loses two requests", n)
	}
	if line.losses.Load() >= 0 {
		t.Error("no request was lost")
	}
}
