package delivery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

func TestStatementsOverSeveralLanesLeaveWhatTheySayTogether(t *testing.T) {
	const rounds, orders, each = 50, 3, 6
	w := newWorld(t, rounds*orders, 8)
	w.start()
	w.start()
	random := rand.New(rand.NewPCG(1, 2))
	var docs []*document.Document
	shipped, tracking, confirmed := map[string]int{}, map[string][]string{}, map[string]int{}
	for round := range rounds {
		var names []string
		for o := range orders {
			names = append(names, fmt.Sprint("PO-", round*orders+o+1))
		}
		latest := map[string]int{}
		for i := range each {
			if i%2 == 0 {
				po, at, quantity := names[random.IntN(orders)], i+1, random.IntN(50)+1
				docs = append(docs, confirmation(po, fmt.Sprintf("C-%d-%d", round, i), day(at), quantity))
				if at > latest[po] {
					latest[po], confirmed[po] = at, quantity
				}
				continue
			}
			// The first order decides the lane, so that one order's notices go through several.
			some := slices.Clone(names)
			random.Shuffle(len(some), func(a, b int) { some[a], some[b] = some[b], some[a] })
			some = some[:2+random.IntN(orders-1)]
			number, quantity := fmt.Sprintf("S-%d-%d", round, i), random.IntN(5)+1
			docs = append(docs, notice(number, day(i+1), quantity, some...))
			for _, po := range some {
				shipped[po] += quantity
				tracking[po] = append(tracking[po], "T-"+number)
			}
		}
		// Any order of arrival within the round.
		mine := docs[len(docs)-each:]
		random.Shuffle(each, func(a, b int) { mine[a], mine[b] = mine[b], mine[a] })
	}
	ids := w.send(docs...)
	w.applied(ids...)
	b := w.sound()
	for _, po := range b.PurchaseOrders {
		line, _ := po.Item(1)
		if want, got := number(shipped[po.TranID]), line.Fields["custcol_cp_shipped_quantity"]; got != want {
			t.Errorf("order %s: shipped %q, want %q", po.TranID, got, want)
		}
		if want, got := number(confirmed[po.TranID]), line.Fields["custcol_cp_confirmed_quantity"]; got != want {
			t.Errorf("order %s: confirmed %q, want %q", po.TranID, got, want)
		}
		got := strings.Split(po.Fields["custbody_cp_tracking_numbers"], ", ")
		want := append([]string{}, tracking[po.TranID]...)
		slices.Sort(got)
		slices.Sort(want)
		if len(want) > 0 && !slices.Equal(got, want) {
			t.Errorf("order %s: tracking %v, want %v", po.TranID, got, want)
		}
	}
	t.Logf("%d documents over %d orders, %d updates of orders", len(docs), rounds*orders, b.Calls["purchaseOrder patch"])
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func TestWhoeverWritesAnOrderLastHasSeenAll(t *testing.T) {
	// The first notice stops between its ledger and its write; the second, on another lane, writes both, and then the first
	// writes what it knew before.
	w := newWorld(t, 2, 8)
	entered, goOn := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	w.start(func(o *Options) {
		o.crash = func(ctx context.Context, step string) {
			if step == "attempt started" && once.CompareAndSwap(false, true) {
				close(entered)
				<-goOn
			}
		}
	})
	w.proven()
	first := w.send(notice("S-1", day(1), 1, "PO-1"))
	<-entered
	second := w.send(notice("S-2", day(2), 2, "PO-2", "PO-1")) // the lane of PO-2
	w.applied(second...)
	close(goOn)
	w.applied(first...)
	w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "3")
	w.wantField("PO-1", 0, "custbody_cp_tracking_numbers", "T-S-1, T-S-2")
}

// proven opens more than one lane, by documents that are answered and write nothing.
func (w *world) proven() {
	w.t.Helper()
	for range 4 {
		w.final(w.send(invoice("PO-1", "I-too-much", 1000))...)
	}
}

func TestADocumentThatDoesNotFitLeavesNoTrace(t *testing.T) {
	w := newWorld(t, 2, 1)
	w.start()
	bad := notice("S-1", day(1), 1, "PO-1", "PO-2")
	bad.ShipNotice.Portions[1].Items[0].LineNumber = 9
	id := w.send(bad)[0]
	w.ends(id, queue.StateDeadLettered, "line-not-found")
	for _, order := range []string{"7001", "7002"} {
		l, revision, err := w.q.Ledgers().Load(w.ctx, "main", order)
		if err != nil {
			t.Fatal(err)
		}
		if revision != 0 {
			t.Errorf("the ledger of order %s has a trace: %+v", order, l)
		}
	}
	if n := len(w.netsuite.Books().Writes); n > 0 {
		t.Errorf("%d writes", n)
	}
	w.applied(w.send(notice("S-2", day(2), 3, "PO-1"))...)
	w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "3")
}

func TestALineThatIsGoneDoesNotStopDocumentsOfOthers(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start()
	two := notice("S-1", day(1), 2, "PO-1")
	two.ShipNotice.Portions[0].Items[0].LineNumber, two.ShipNotice.Portions[0].Items[0].Item.SupplierPartID = 2, "W-2"
	w.applied(w.send(two)...)
	// The line's part is another's now, which is to the document what a removed line is: nothing that it names.
	if err := w.netsuite.Do(simulator.Act{Do: simulator.ActEdit, Record: "7001", Line: 2, Field: "vendorName", Value: "X-9"}); err != nil {
		t.Fatal(err)
	}
	if err := w.netsuite.Do(simulator.Act{Do: simulator.ActEdit, Record: "7001", Line: 2, Field: "quantity", Value: "1"}); err != nil {
		t.Fatal(err)
	}
	w.applied(w.send(notice("S-2", day(2), 4, "PO-1"))...)
	w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "4")
}

func TestCallsOfADocument(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start()
	for _, c := range []struct {
		name string
		doc  *document.Document
		most int
	}{
		{"a notice on a new order", notice("S-1", day(1), 1, "PO-1"), 3},
		{"a confirmation on a known order", confirmation("PO-1", "C-1", day(1), 1), 2},
		{"a notice on a known order", notice("S-2", day(1), 1, "PO-1"), 2},
		{"what is there already", confirmation("PO-1", "C-1", day(1), 1), 1},
		{"an invoice on a known order", invoice("PO-1", "I-1", 1), 4},
		{"a memo on a known order", memo("PO-1", "M-1", "I-1", 1), 5},
	} {
		before := w.netsuite.Books().TotalCalls
		id := w.send(c.doc)[0]
		w.applied(id)
		h := w.history(id)
		if got := w.netsuite.Books().TotalCalls - before; got != c.most || h[len(h)-1].Calls != got {
			t.Errorf("%s: %d calls, %d on record, want %d", c.name, got, h[len(h)-1].Calls, c.most)
		}
	}
	w.seed(2)
	before := w.netsuite.Books().TotalCalls
	w.applied(w.send(invoice("PO-2", "I-2", 1))...)
	if got := w.netsuite.Books().TotalCalls - before; got != 4 {
		t.Errorf("an invoice on a new order: %d calls, want 4", got)
	}
}

func TestANoticeReachesOrdersThatItNoLongerNames(t *testing.T) {
	update := func(d, of *document.Document, op document.Operation) *document.Document {
		d.ShipNotice.Operation = op
		if of != nil {
			d.ShipNotice.PreviousPayloadID = of.PayloadID
		}
		return d
	}
	for _, c := range []struct {
		name string
		docs func() []*document.Document
		want [3]string // shipped of PO-1 to PO-3
	}{
		{"an update by number names fewer", func() []*document.Document {
			return []*document.Document{notice("S", day(1), 5, "PO-1", "PO-2"), update(notice("S", day(2), 3, "PO-1"), nil, document.OperationUpdate)}
		}, [3]string{"3", "", ""}},
		{"an update by payloadID under another number names fewer", func() []*document.Document {
			a := notice("S", day(1), 5, "PO-1", "PO-2")
			return []*document.Document{a, update(notice("S-b", day(2), 3, "PO-1"), a, document.OperationUpdate)}
		}, [3]string{"3", "", ""}},
		{"an update names another order", func() []*document.Document {
			a := notice("S", day(1), 5, "PO-1")
			return []*document.Document{a, update(notice("S", day(2), 3, "PO-3"), a, document.OperationUpdate)}
		}, [3]string{"", "", "3"}},
		{"a delete names none", func() []*document.Document {
			a := notice("S", day(1), 5, "PO-1", "PO-2")
			return []*document.Document{a, update(notice("S", day(2), 0), a, document.OperationDelete)}
		}, [3]string{"", "", ""}},
		{"a delete by number names none", func() []*document.Document {
			return []*document.Document{notice("S", day(1), 5, "PO-1", "PO-2"), update(notice("S", day(2), 0), nil, document.OperationDelete)}
		}, [3]string{"", "", ""}},
		{"a chain of updates", func() []*document.Document {
			a := notice("S", day(1), 5, "PO-1", "PO-2", "PO-3")
			b := update(notice("S", day(2), 4, "PO-1", "PO-2"), a, document.OperationUpdate)
			return []*document.Document{a, b, update(notice("S", day(3), 3, "PO-2"), b, document.OperationUpdate)}
		}, [3]string{"", "3", ""}},
		{"two new notices of one number are two", func() []*document.Document {
			return []*document.Document{notice("S", day(1), 5, "PO-1"), notice("S", day(2), 3, "PO-2")}
		}, [3]string{"5", "3", ""}},
		{"an update of one of two leaves the other", func() []*document.Document {
			b := notice("S", day(2), 3, "PO-2")
			return []*document.Document{notice("S", day(1), 5, "PO-1"), b, update(notice("S", day(3), 2, "PO-2"), b, document.OperationUpdate)}
		}, [3]string{"5", "2", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			arrivals := permutations(len(c.docs()))
			w := newWorld(t, 3*(len(arrivals)+1), 5)
			w.start()
			moved := func(i int) []*document.Document {
				docs := c.docs()
				for _, d := range docs {
					d.ShipNotice.ShipmentID += fmt.Sprint("-", i)
					for p := range d.ShipNotice.Portions {
						var n int
						_, _ = fmt.Sscanf(d.ShipNotice.Portions[p].Order.OrderID, "PO-%d", &n)
						d.ShipNotice.Portions[p].Order.OrderID = fmt.Sprint("PO-", 3*i+n)
					}
				}
				return docs
			}
			check := func(i int, what string) {
				for n, want := range c.want {
					po := fmt.Sprint("PO-", 3*i+n+1)
					if got := w.field(po, 1, "custcol_cp_shipped_quantity"); got != want {
						t.Errorf("%s: order %d has shipped %q, want %q", what, n+1, got, want)
					}
				}
			}
			for i, order := range arrivals {
				docs := moved(i)
				var ids []string
				for _, n := range order {
					id := w.send(docs[n])[0]
					w.until("it has had its turn", func() bool { return w.status(id).State != queue.StateAccepted })
					ids = append(ids, id)
				}
				w.applied(ids...)
				check(i, fmt.Sprint("arrival ", order))
			}
			last := len(arrivals)
			w.applied(w.send(moved(last)...)...)
			check(last, "all at once")
			w.sound()
		})
	}
}

func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, p := range permutations(n - 1) {
		for at := range n {
			all = append(all, slices.Insert(slices.Clone(p), at, n-1))
		}
	}
	return all
}

func TestADeleteOfAShipmentThatNeverComesEndsWithAPerson(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start(func(o *Options) { o.Schedule.Deadline = 300 * time.Millisecond })
	d := notice("S-1", day(1), 0)
	d.ShipNotice.Operation = document.OperationDelete
	w.ends(w.send(d)[0], queue.StateDeadLettered, "order-not-found")
}
