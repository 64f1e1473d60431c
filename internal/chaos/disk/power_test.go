//go:build linux

package disk_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"counterpunch/fixtures"
	"counterpunch/internal/chaos/disk"
	"counterpunch/internal/cxml"
	"counterpunch/internal/demo"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded"
)

// cut is a loss of power: what had been acknowledged just before it, and what the disk holds after it.
type cut struct {
	acknowledged map[string]bool
	left         disk.Image
}

// ledger notes what was acknowledged.
type ledger struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (l *ledger) add(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen[id] = true
}

func (l *ledger) copy() map[string]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.seen)
}

// lose runs many writers at once until the power has been lost so many times. Each loss falls into the middle of writing.
func lose(t *testing.T, d *disk.Disk, times, apart int, write func(ctx context.Context, n int, l *ledger) error) []cut {
	t.Helper()
	l := &ledger{seen: map[string]bool{}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writers sync.WaitGroup
	const atOnce = 8
	for w := range atOnce {
		writers.Go(func() {
			for n := w; ctx.Err() == nil; n += atOnce {
				if err := write(ctx, n, l); err != nil && ctx.Err() == nil {
					t.Errorf("write %d: %v", n, err)
					cancel()
				}
			}
		})
	}
	var cuts []cut
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil && len(cuts) < times {
		<-tick.C
		if c := l.copy(); len(c) >= (len(cuts)+1)*apart {
			cuts = append(cuts, cut{c, survivors(t, d)})
		}
	}
	cancel()
	writers.Wait()
	return cuts
}

func newEvent(n int) *event.Event {
	d := &document.Document{Kind: document.KindOrderConfirmation, PayloadID: fmt.Sprint("p", n), DeploymentMode: "production", OrderConfirmation: &document.OrderConfirmation{
		ConfirmID: fmt.Sprint("C-", n), Type: document.ConfirmAccept, Operation: document.OperationNew, Order: document.OrderReference{OrderID: fmt.Sprint("PO-", n%20)},
	}}
	return &event.Event{
		ID: event.DocumentID("main", "acme", d.Kind, d.PayloadID, "hash"), Account: "main", Supplier: "acme", Kind: d.Kind, Time: time.Now().UTC(),
		Subject: fmt.Sprint("PO-", n%20), PayloadID: d.PayloadID, PayloadHash: "hash", PartitionKey: event.PartitionKey(d, "acme"),
		Data: event.Data{Document: d, Original: cxml.Original{MediaType: "text/xml", Charset: "utf-8", SHA256: "00", CXML: "<cXML/>"}},
	}
}

// openQueue runs an embedded server in a folder.
func openQueue(t *testing.T, dir string, syncAlways bool) (*queue.Queue, func()) {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: dir, SyncAlways: syncAlways})
	if err != nil {
		t.Fatal(err)
	}
	connect := func() *nats.Conn {
		nc, err := s.Connect("test")
		if err != nil {
			t.Fatal(err)
		}
		return nc
	}
	intake, lanes := connect(), connect()
	q, err := queue.Open(t.Context(), intake, lanes, queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return q, func() {
		intake.Close()
		lanes.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// An embedded server that syncs loses nothing that it acknowledged; one that does not shows that this test can tell.
func TestLossOfPowerTakesNothingAcknowledged(t *testing.T) {
	for _, syncAlways := range []bool{true, false} {
		t.Run(fmt.Sprint("sync always ", syncAlways), func(t *testing.T) {
			const times, apart = 5, 80
			d, dir := mount(t, nil)
			q, stop := openQueue(t, dir, syncAlways)
			cuts := lose(t, d, times, apart, func(ctx context.Context, n int, l *ledger) error {
				e := newEvent(n)
				_, err := q.Publish(ctx, e)
				if err == nil {
					l.add(e.ID)
				}
				return err
			})
			stop()
			acknowledged, lost := 0, 0
			for _, c := range cuts {
				_, dir := mount(t, c.left)
				q, stop := openQueue(t, dir, syncAlways)
				for id := range c.acknowledged {
					acknowledged++
					if _, err := q.Status(t.Context(), id); errors.Is(err, queue.ErrNotFound) {
						lost++
					} else if err != nil {
						t.Errorf("document %s: %v", id, err)
					}
				}
				stop()
			}
			t.Logf("power lost %d times: %d documents had been acknowledged, %d of them are gone", len(cuts), acknowledged, lost)
			if len(cuts) != times || (lost > 0) == syncAlways {
				t.Errorf("power lost %d times, %d of %d acknowledged documents are gone", len(cuts), lost, acknowledged)
			}
		})
	}
}

// The whole program as it is by default on one machine: intake, journal, embedded server.
func TestLossOfPowerTakesNoDocumentThatWasAnsweredWith200(t *testing.T) {
	const times, apart = 3, 40
	d, dir := mount(t, nil)
	w, err := demo.Open(t.Context(), demo.Options{Directory: dir, Orders: fixtures.Orders()})
	if err != nil {
		t.Fatal(err)
	}
	cuts := lose(t, d, times, apart, func(ctx context.Context, n int, l *ledger) error {
		a, err := w.Post(ctx, "text/xml", invoice(t, n))
		if a.Code == http.StatusOK { // on a slow machine some are told to come later
			l.add(a.ID)
		}
		return err
	})
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	answered := 0
	for _, c := range cuts {
		_, dir := mount(t, c.left)
		w, err := demo.Open(t.Context(), demo.Options{Directory: dir, Orders: fixtures.Orders()})
		if err != nil {
			t.Fatal(err)
		}
		for id := range c.acknowledged {
			answered++
			expectStatus(t, w, id)
			if !strings.Contains(c.left["intake.journal"], id) {
				t.Errorf("document %s was answered with 200 and is not in the intake journal", id)
			}
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("power lost %d times: %d documents had been answered with 200", len(cuts), answered)
	if len(cuts) != times {
		t.Errorf("power lost %d times", len(cuts))
	}
}
