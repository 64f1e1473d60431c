package delivery

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/queue"
)

// steps are all the places between which a worker can die, with a document that comes by.
var steps = []struct {
	name string
	doc  func() *document.Document
}{
	{"ledger saved", func() *document.Document { return notice("S-1", day(1), 2, "PO-1") }},
	{"attempt started", func() *document.Document { return notice("S-1", day(1), 2, "PO-1") }},
	{"written", func() *document.Document { return notice("S-1", day(1), 2, "PO-1") }},
	{"before the end", func() *document.Document { return notice("S-1", day(1), 2, "PO-1") }},
	{"claimed", func() *document.Document { return invoice("PO-1", "I-1", 100) }},
	{"attempt started", func() *document.Document { return invoice("PO-1", "I-1", 100) }},
	{"written", func() *document.Document { return invoice("PO-1", "I-1", 100) }},
	{"read back", func() *document.Document { return invoice("PO-1", "I-1", 100) }},
	{"before the end", func() *document.Document { return invoice("PO-1", "I-1", 100) }},
}

func TestAWorkerThatDiesBetweenTwoStepsIsSucceededOnce(t *testing.T) {
	for _, s := range steps {
		d := s.doc()
		t.Run(fmt.Sprint(d.Kind, " ", s.name), func(t *testing.T) {
			w := newWorld(t, 1, 1)
			var dead atomic.Bool
			w.start(w.dies(s.name, 1, &dead))
			id := w.send(d)[0]
			w.until("the first worker has died", dead.Load)
			w.start()
			w.ends(id, queue.StateApplied, "")
			b := w.sound()
			switch d.Kind {
			case document.KindShipNotice:
				w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "2")
			case document.KindInvoice:
				if len(b.VendorBills) != 1 {
					t.Errorf("%d bills", len(b.VendorBills))
				}
			}
			ends := 0
			for _, rec := range w.types(id) {
				if rec.Terminal() && rec != queue.Parked { // to look once more at what the dead worker may have sent
					ends++
				}
			}
			if ends != 1 {
				t.Errorf("%d ends: %v", ends, w.types(id))
			}
		})
	}
}

func TestAStalledWorkerThatWakesUpDoesNothingMore(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.mortal()
	stalled, wake := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	first := w.start(func(o *Options) {
		o.crash = func(ctx context.Context, step string) {
			if step == "ledger saved" && once.CompareAndSwap(false, true) {
				close(stalled)
				<-ctx.Done() // it has lost its lane
				<-wake
			}
		}
	})
	id := w.send(notice("S-1", day(1), 2, "PO-1"))[0]
	<-stalled
	// The whole process stands still: its connections say nothing any more.
	for _, nc := range first.conns {
		nc.Close()
	}
	w.start()
	w.ends(id, queue.StateApplied, "")
	before, types := len(w.netsuite.Books().Writes), w.types(id)
	close(wake)
	first.stop()
	if after := len(w.netsuite.Books().Writes); after != before {
		t.Errorf("the stalled worker wrote %d times", after-before)
	}
	if got := w.types(id); len(got) != len(types) {
		t.Errorf("the stalled worker recorded: %v, then %v", types, got)
	}
}

func TestAFencedWorkerGivesItsLaneBack(t *testing.T) {
	// Another worker, which has had the lane for a moment, records something and goes. The one that is fenced by it must not
	// keep the lane from whoever comes next, which is itself.
	w := newWorld(t, 1, 1)
	var once atomic.Bool
	w.start(func(o *Options) {
		o.crash = func(ctx context.Context, step string) {
			if step == "ledger saved" && once.CompareAndSwap(false, true) {
				w.fence()
			}
		}
	})
	ids := w.send(notice("S-1", day(1), 2, "PO-1"), notice("S-2", day(2), 2, "PO-1"))
	w.applied(ids...)
	w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "4")
}

// fence records a start about the oldest document as a worker that has it would.
func (w *world) fence() {
	all, err := w.q.Documents(w.ctx, queue.Filter{})
	if err != nil || len(all) == 0 {
		w.t.Errorf("no document: %v", err)
		return
	}
	oldest := all[len(all)-1]
	last, err := w.q.History(w.ctx, oldest.ID)
	if err != nil || len(last) > 0 {
		w.t.Errorf("the document has a history already: %v %v", last, err)
		return
	}
	nc, err := w.server.Connect("fence")
	if err != nil {
		w.t.Error(err)
		return
	}
	defer nc.Close()
	rec := queue.Record{
		Type: queue.AttemptStarted, ID: "r", DocumentID: oldest.ID, Account: "main", Supplier: "acme", Kind: oldest.Kind,
		Sequence: oldest.Sequence, Time: time.Now().UTC(), Attempt: 1, Unfinished: 1,
	}
	m := &nats.Msg{Subject: "history.main." + string(oldest.Kind) + "." + event.Key(oldest.ID), Data: encode(rec), Header: nats.Header{
		"ce-id": {"r"}, "ce-specversion": {"1.0"}, "ce-type": {"counterpunch.document.attempt-started.v1"}, "ce-source": {"/counterpunch"},
		"ce-datacontenttype": {"application/json"},
	}}
	if _, err := nc.RequestMsg(m, time.Second); err != nil {
		w.t.Error(err)
	}
}

func TestAWorkerThatIsToldToStopEndsOrGivesBackWhatItHas(t *testing.T) {
	const orders = 12
	w := newWorld(t, orders, 4)
	first := w.start()
	ids := w.mixed(orders)
	w.until("some are done", func() bool { return len(w.netsuite.Books().Writes) > 5 })
	first.stop()
	left := 0
	for _, id := range ids {
		if w.status(id).State == queue.StateAccepted {
			left++
			if types := w.types(id); len(types) > 0 && types[len(types)-1] == queue.AttemptStarted {
				t.Errorf("document %s was left with an open attempt: %v", id, types)
			}
		}
	}
	w.start()
	w.applied(ids...)
	w.wantMixed(orders)
	t.Logf("%d of %d documents were left to the second worker", left, len(ids))
}

func TestAWriteThatIsCutShortByAStopIsLookedForFirst(t *testing.T) {
	w := newWorld(t, 1, 1)
	entered := make(chan struct{}, 1)
	w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "transform") {
			next.ServeHTTP(discard{http.Header{}}, r) // carried out
			entered <- struct{}{}
			<-r.Context().Done() // and never answered
			return
		}
		next.ServeHTTP(rw, r)
	})
	first := w.start(func(o *Options) { o.Shutdown = 50 * time.Millisecond })
	id := w.send(invoice("PO-1", "I-1", 100))[0]
	<-entered
	first.stop()
	types := w.types(id)
	if len(types) != 2 || types[1] != queue.AttemptFailed {
		t.Errorf("records %v, want a start and a failure", types)
	}
	w.start()
	w.ends(id, queue.StateApplied, "")
	if b := w.sound(); len(b.VendorBills) != 1 {
		t.Errorf("%d bills", len(b.VendorBills))
	}
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func TestADocumentThatKillsEveryWorkerInAnAttemptIsPoison(t *testing.T) {
	w := newWorld(t, 2, 1)
	id := w.send(notice("S-1", day(1), 1, "PO-1"))[0]
	deaths := w.killing("attempt started", id)
	other := w.send(notice("S-2", day(1), 1, "PO-2"))
	w.start()
	w.applied(other...)
	w.ends(id, queue.StateDeadLettered, "poison")
	t.Logf("after %d deaths", deaths)
	if deaths != maxUnfinished {
		t.Errorf("%d deaths, want %d", deaths, maxUnfinished)
	}
}

func TestADocumentThatKillsEveryWorkerBeforeAnAttemptIsPoison(t *testing.T) {
	w := newWorld(t, 2, 1)
	id := w.send(notice("S-1", day(1), 1, "PO-1"))[0]
	deaths := w.killing("ledger saved", id)
	w.start()
	w.ends(id, queue.StateDeadLettered, "poison")
	t.Logf("after %d deaths", deaths)
	if most := maxUnexplained + maxUnfinished; deaths != most {
		t.Errorf("%d deaths, want %d", deaths, most)
	}
	w.applied(w.send(notice("S-2", day(1), 1, "PO-2"))...)
}

// killing starts workers that die at a step until none dies of the document any more, and returns how many did.
func (w *world) killing(step, id string) int {
	w.t.Helper()
	for n := 0; ; n++ {
		var dead atomic.Bool
		r := w.start(w.dies(step, 1, &dead))
		w.until("a death or an end", func() bool {
			return dead.Load() || w.status(id).State == queue.StateDeadLettered
		})
		r.stop()
		if !dead.Load() {
			return n
		}
	}
}

func TestADocumentThatIsOftenGivenBackIsNoPoison(t *testing.T) {
	w := newWorld(t, 1, 1)
	var left atomic.Int32
	left.Store(30)
	w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if left.Add(-1) >= 0 {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(http.StatusTooManyRequests)
			_, _ = rw.Write([]byte(`{"o:errorDetails":[{"o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED","detail":"Concurrent request limit exceeded."}]}`))
			return
		}
		next.ServeHTTP(rw, r)
	})
	w.start(func(o *Options) { o.Schedule.Busy = []time.Duration{5 * time.Millisecond} })
	id := w.send(notice("S-1", day(1), 1, "PO-1"))[0]
	w.ends(id, queue.StateApplied, "")
	for _, rec := range w.history(id) {
		if len(rec.Tries) > 0 || rec.Unfinished > 1 {
			t.Errorf("%s counts %v and %d unfinished", rec.Type, rec.Tries, rec.Unfinished)
		}
	}
}
