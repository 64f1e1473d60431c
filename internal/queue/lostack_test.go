package queue

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/queue/embedded"
)

// deafProxy stands between a client and the server and can swallow what the server says.
type deafProxy struct {
	listener net.Listener
	deaf     atomic.Bool
	mu       sync.Mutex
	conns    []net.Conn
	wg       sync.WaitGroup
}

func startProxy(t *testing.T, to string) *deafProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &deafProxy{listener: l}
	p.wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			p.wg.Go(func() { _, _ = io.Copy(out, in); out.Close() })
			p.wg.Go(func() { p.back(in, out) })
		}
	})
	t.Cleanup(func() { l.Close(); p.cut(); p.wg.Wait() })
	return p
}

func (p *deafProxy) back(in, out net.Conn) {
	defer in.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := out.Read(buf)
		if err != nil {
			return
		}
		if p.deaf.Load() {
			continue
		}
		if _, err := in.Write(buf[:n]); err != nil {
			return
		}
	}
}

// cut ends all connections, so that the client makes new ones.
func (p *deafProxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func TestALostAcknowledgementIsLookedFor(t *testing.T) {
	f := startFixture(t, embedded.Options{Port: -1})
	t.Parallel()
	p := startProxy(t, strings.TrimPrefix(f.server.URL(), "nats://"))
	intake, err := nats.Connect("nats://"+p.listener.Addr().String(), nats.ReconnectWait(20*time.Millisecond), nats.MaxReconnects(-1))
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
	p.deaf.Store(true)
	go func() {
		// The server has stored it and said so to nobody; then the line comes back.
		for f.ctx.Err() == nil {
			if _, err := witness.Status(f.ctx, e.ID); err == nil {
				break
			}
		}
		p.deaf.Store(false)
		p.cut()
	}()
	r, err := q.Publish(f.ctx, e)
	if err != nil || r.Duplicate || r.Sequence == 0 {
		t.Errorf("%+v, %v: want the receipt of the first", r, err)
	}
	if got := f.count(witness, inbound); got != 1 {
		t.Errorf("%d messages are stored", got)
	}
}
