package delivery

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// Two documents on one order are taken through their steps in every possible order. The first lowers what the order shows
// as shipped, and the second raises it to what it was: whichever of the two reads the order while the other is about to
// write it finds its own share there already.
func TestTwoDocumentsOnOneOrderEndInTheSameStateHoweverTheirStepsFall(t *testing.T) {
	orders := schedules(stepsOfFirst, stepsOfSecond)
	for _, c := range []struct {
		name       string
		raiseFirst bool // the document that raises reads first
		misreport  bool // the first answer says that the write failed, and it was carried out
	}{
		{name: "answered"},
		{name: "answered, raised first", raiseFirst: true},
		{name: "misreported", misreport: true},
		{name: "misreported, raised first", misreport: true, raiseFirst: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, len(orders)+9, 8)
			g := &turnstile{open: true}
			w.start(func(o *Options) { o.crash = g.arrive })
			w.proven()
			for n, steps := range orders {
				order := fmt.Sprint("PO-", n+1)
				other := elsewhere(t, order, len(orders)+1)
				w.applied(w.send(notice("S-"+order, day(1), 2, order))...)
				lower, raise := notice("S-"+order, day(2), 1, order), notice("R-"+order, day(3), 1, other, order)
				lower.ShipNotice.Operation = document.OperationUpdate
				if c.raiseFirst {
					lower, raise = raise, lower
				}
				if c.misreport {
					w.misreport(order)
				}
				ids := g.through(w, steps, lower, raise)
				w.applied(ids...)
				if got := w.field(order, 1, "custcol_cp_shipped_quantity"); got != "2" {
					t.Errorf("steps %s: the order shows %s shipped, want 2", steps, got)
				}
				if got := w.field(order, 0, "custbody_cp_tracking_numbers"); !strings.Contains(got, "T-S-"+order) || !strings.Contains(got, "T-R-"+order) {
					t.Errorf("steps %s: the order shows %s", steps, got)
				}
			}
			w.sound()
		})
	}
}

// NetSuite takes one of the two documents under no circumstances, and the other under all.
func TestARefusedDocumentStopsNoOtherHoweverTheirStepsFall(t *testing.T) {
	orders := schedules(stepsOfFirst, stepsOfSecond)
	for _, c := range []struct {
		name     string
		badFirst bool
		replaces bool // the refused document is a later version of the other
	}{
		{name: "refused first", badFirst: true},
		{name: "refused second"},
		{name: "refused first, replaces", badFirst: true, replaces: true},
		{name: "refused second, replaces", replaces: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, len(orders)+9, 8)
			g := &turnstile{open: true}
			w.turn(func(k *simulator.Knobs) { k.ScriptRejects = []simulator.ScriptReject{{Pattern: "T-BAD"}} })
			w.start(func(o *Options) { o.crash = g.arrive })
			w.proven()
			for n, steps := range orders {
				order := fmt.Sprint("PO-", n+1)
				other := elsewhere(t, order, len(orders)+1)
				bad, good := notice("BAD-"+order, day(4), 1, order), notice("S-"+order, day(3), 2, other, order)
				if c.replaces {
					bad.ShipNotice.ShipmentID, bad.ShipNotice.Operation = good.ShipNotice.ShipmentID, document.OperationUpdate
				}
				docs := []*document.Document{good, bad}
				if c.badFirst {
					docs = []*document.Document{bad, good}
				}
				ids := g.through(w, steps, docs...)
				if !c.badFirst {
					ids[0], ids[1] = ids[1], ids[0]
				}
				w.ends(ids[0], queue.StateDeadLettered, "netsuite-refused")
				w.applied(ids[1])
				if got := w.field(order, 1, "custcol_cp_shipped_quantity"); got != "2" {
					t.Errorf("steps %s: the order shows %s shipped, want 2", steps, got)
				}
				if got := w.field(order, 0, "custbody_cp_tracking_numbers"); got != "T-S-"+order {
					t.Errorf("steps %s: the order shows %s", steps, got)
				}
			}
			w.sound()
		})
	}
}

// The steps at which a document of two is held: when its order has been read, when its ledger is stored, when its write is
// answered. The first has been read before the second is sent.
const (
	stepsOfFirst  = 3
	stepsOfSecond = 4
)

// schedules returns every order of a steps of one and b steps of the other, as words of "1" and "2".
func schedules(a, b int) []string {
	if a == 0 || b == 0 {
		return []string{strings.Repeat("1", a) + strings.Repeat("2", b)}
	}
	var all []string
	for _, rest := range schedules(a-1, b) {
		all = append(all, "1"+rest)
	}
	for _, rest := range schedules(a, b-1) {
		all = append(all, "2"+rest)
	}
	return all
}

// elsewhere returns an order from a number on whose documents go through another lane than those of order.
func elsewhere(t *testing.T, order string, from int) string {
	t.Helper()
	lane := func(o string) int { return queue.LaneOf(document.NormaliseNumber(o), 8) }
	for n := from; n < from+9; n++ {
		if o := fmt.Sprint("PO-", n); lane(o) != lane(order) {
			return o
		}
	}
	t.Fatal("all orders share one lane")
	return ""
}

// misreport lets the next write of the order be carried out and answered as failed.
func (w *world) misreport(order string) {
	po, _ := w.netsuite.Books().Order(order)
	w.turn(func(k *simulator.Knobs) {
		k.CommitThenFail = simulator.Fault{Path: "^PATCH .*/purchaseOrder/" + po.ID + "$", Next: 1, How: "500"}
	})
}

// turnstile takes two documents through their steps one at a time, and lets all others pass.
type turnstile struct {
	mu   sync.Mutex
	open bool
	docs []*document.Document
	held []*held // in the order of their arrival, which is that of docs
}

// held is a document that waits at every step until it is released.
type held struct {
	ctx     context.Context // of its delivery, by which it is known; it ends with the run
	arrived chan struct{}
	release chan struct{}
	steps   int // it has come to
	orders  int // it names; the last is the shared one
}

// isOnShared counts a step and reports whether it is one on the shared order. At its first step a document has read all its
// orders; then it takes three on each.
func (h *held) isOnShared() bool {
	h.steps++
	return h.steps == 1 || h.steps > 3*(h.orders-1)+1
}

// arrive is called by a run that has come to a step.
func (g *turnstile) arrive(ctx context.Context, step string) {
	if step != "matched" && step != "ledger saved" && step != "written" {
		return
	}
	if h := g.of(ctx); h != nil && h.isOnShared() {
		h.arrived <- struct{}{}
		<-h.release
	}
}

// of returns what is held under a context, or nil when it passes.
func (g *turnstile) of(ctx context.Context) *held {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open {
		return nil
	}
	for _, h := range g.held {
		if h.ctx == ctx {
			return h
		}
	}
	if len(g.held) == len(g.docs) {
		return nil
	}
	h := &held{ctx: ctx, arrived: make(chan struct{}, 1), release: make(chan struct{}, 1), orders: len(g.docs[len(g.held)].Orders())}
	g.held = append(g.held, h)
	return h
}

func (g *turnstile) number() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.held)
}

// through sends two documents, takes them through their steps as the schedule says, and lets them go.
func (g *turnstile) through(w *world, schedule string, docs ...*document.Document) []string {
	w.t.Helper()
	g.mu.Lock()
	g.open, g.docs, g.held = false, docs, nil
	g.mu.Unlock()
	var ids []string
	for _, step := range "1" + schedule {
		who := int(step - '1')
		if who == len(ids) {
			ids = append(ids, w.send(docs[who])...)
			w.until("the document has read the order", func() bool { return g.number() > who })
		} else if g.held[who].ctx.Err() == nil {
			g.held[who].release <- struct{}{}
		}
		select {
		case <-g.held[who].arrived:
		case <-g.held[who].ctx.Done():
		case <-w.ctx.Done():
			w.t.Fatal("a document comes to no step and to no end")
		}
	}
	g.mu.Lock()
	g.open = true
	g.mu.Unlock()
	for _, h := range g.held {
		close(h.release)
	}
	return ids
}
