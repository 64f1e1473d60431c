package intake

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/queue/embedded/embeddedtest"
	"counterpunch/internal/testkit/ports"
	"counterpunch/internal/testkit/proxy"
	"counterpunch/internal/testkit/wait"
)

// patience is the PublishTimeout of these tests, and inTime when an answer must be there, on a busy machine too.
const (
	patience = time.Second
	inTime   = 20 * time.Second
)

// dialed returns intake's connection over the network, as the programs make it.
func dialed(t testing.TB, address string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(address, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.ReconnectBufSize(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func impatient(s *setup) {
	s.PublishTimeout, s.queue.PublishTimeout = patience, patience
}

// refusedInTime posts a document that cannot be stored.
func (w *world) refusedInTime(body string, headers ...string) {
	w.t.Helper()
	started := time.Now()
	r := w.post(body, headers...)
	if took := time.Since(started); took > inTime {
		w.t.Errorf("the answer took %s", took)
	}
	if r.code != 560 || r.header.Get("Retry-After") == "" || r.id != "" {
		w.t.Errorf("%d %s, id %q: want 560", r.code, r.text, r.id)
	}
}

// takenOnce posts the document until it is taken, as a sender does after a 560, and looks that it is there once.
func (w *world) takenOnce(body string, headers ...string) {
	w.t.Helper()
	wait.UntilNil(w.ctx, w.t, "the document is taken", func() error {
		r, err := w.try(http.MethodPost, "/cxml", body, headers...)
		if err == nil && r.code != 200 {
			err = fmt.Errorf("answered %d: %s", r.code, r.text)
		}
		return err
	})
	if n := w.stored(); n != 1 {
		w.t.Errorf("%d events are stored", n)
	}
}

const related = "multipart/related; boundary=b"

var withFile = message([2]string{"Content-Type: text/xml", referring("cid:x")}, [2]string{"Content-ID: <x>", strings.Repeat("y", 50_000)})

func TestJetStreamIsAway(t *testing.T) {
	port := ports.Free(t, 1)[0]
	w := startWorld(t, impatient, func(s *setup) {
		s.server.Port = port
		s.intake = func(w *world) *nats.Conn { return dialed(w.t, w.server.URL()) }
	})
	if err := w.server.Close(); err != nil {
		t.Fatal(err)
	}
	w.refusedInTime(paper{}.String())
	w.refusedInTime(withFile, "Content-Type", related)
	dir := w.server.Dir()
	w.server = embeddedtest.Start(t, embedded.Options{Dir: dir, Port: port})
	// The lanes' connection lives within the process that has ended.
	s := w.setup()
	impatient(s)
	w.queue = w.open(dialed(t, w.server.URL()), s.queue)
	w.serve(s)
	w.takenOnce(withFile, "Content-Type", related)
}

func TestJetStreamIsFull(t *testing.T) {
	w := startWorld(t, impatient, func(s *setup) { s.queue.MaxBytes = 1000 })
	w.refusedInTime(paper{}.String())
	s := w.setup()
	s.queue.MaxBytes = 1 << 20
	w.queue = w.open(w.connect(), s.queue) // with room again
	w.serve(s)
	w.takenOnce(paper{}.String())
}

func TestJetStreamTakesNoWrites(t *testing.T) {
	w := startWorld(t, impatient)
	js, err := jetstream.New(w.connect())
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(w.ctx, "INBOUND")
	if err != nil {
		t.Fatal(err)
	}
	c := stream.CachedInfo().Config
	c.Sealed = true
	if _, err := js.UpdateStream(w.ctx, c); err != nil {
		t.Fatal(err)
	}
	w.refusedInTime(paper{}.String())
	if n := w.stored(); n != 0 {
		t.Errorf("%d events are stored", n)
	}
}

func TestJetStreamStoresAndSaysNothing(t *testing.T) {
	for _, c := range []struct {
		name, body, contentType string
		stored                  int // while nothing is acknowledged
	}{
		{"a document alone", paper{}.String(), "text/xml", 1},
		{"with an attachment", withFile, related, 0}, // which comes first
	} {
		t.Run(c.name, func(t *testing.T) {
			w, p := startBehindProxy(t, impatient)
			p.Hold() // answers wait
			w.refusedInTime(c.body, "Content-Type", c.contentType)
			if n := w.stored(); n != c.stored {
				t.Errorf("%d events are stored, want %d", n, c.stored)
			}
			p.Release()
			w.takenOnce(c.body, "Content-Type", c.contentType)
		})
	}
}

func TestJetStreamIsSlow(t *testing.T) {
	w, p := startBehindProxy(t)
	p.Hold()
	replied := make(chan reply)
	go func() {
		r, err := w.try(http.MethodPost, "/cxml", paper{}.String())
		if err != nil {
			t.Error(err)
		}
		replied <- r
	}()
	// The server has it; then the acknowledgement comes through.
	wait.Until(w.ctx, t, "the server has the document", func() bool { return w.stored() > 0 })
	select {
	case r := <-replied:
		t.Errorf("answered %d before the acknowledgement", r.code)
	default:
	}
	p.Release()
	if r := <-replied; r.code != 200 {
		t.Errorf("%d %s", r.code, r.text)
	}
	w.takenOnce(paper{}.String())
}

// startBehindProxy starts a world whose intake reaches JetStream through the proxy; the test itself looks past it.
func startBehindProxy(t *testing.T, change ...func(*setup)) (*world, *proxy.Proxy) {
	t.Helper()
	var p *proxy.Proxy
	w := startWorld(t, append(change, func(s *setup) {
		s.intake = func(w *world) *nats.Conn {
			p = proxy.Start(w.t, strings.TrimPrefix(w.server.URL(), "nats://"))
			return dialed(w.t, "nats://"+p.Addr())
		}
	})...)
	w.queue = w.open(w.connect(), queue.Options{})
	return w, p
}
