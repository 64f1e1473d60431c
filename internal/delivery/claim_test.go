package delivery

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// ofEach bills a quantity of line 1 of each order.
func ofEach(quantity int, number string, orders ...string) *document.Document {
	d := invoice(orders[0], number, quantity)
	for _, o := range orders[1:] {
		next := d.Invoice.Orders[0]
		next.Order = ref(o)
		d.Invoice.Orders = append(d.Invoice.Orders, next)
	}
	total := usd(fmt.Sprintf("%d.00", 5*quantity*len(orders)))
	d.Invoice.Summary = document.InvoiceSummary{Subtotal: total, Net: &total, Due: &total}
	return d
}

func TestTwoInvoicesOverTheSameOrdersDoNotBillThemTwice(t *testing.T) {
	const pairs = 100
	w := newWorld(t, 2*pairs, 8)
	// The simulator would let more be billed than is ordered.
	w.turn(func(k *simulator.Knobs) {
		k.OverBilling, k.Latency.Get.Median, k.Latency.Post.Median = simulator.Allow, simulator.Duration(5*time.Millisecond), simulator.Duration(15*time.Millisecond)
	})
	w.start()
	w.start()
	var docs []*document.Document
	for i := range pairs {
		a, b := fmt.Sprint("PO-", 2*i+1), fmt.Sprint("PO-", 2*i+2)
		docs = append(docs, ofEach(60, fmt.Sprint("A-", i), a, b), ofEach(60, fmt.Sprint("B-", i), b, a))
	}
	all := w.final(w.send(docs...)...)
	met := 0
	for i := range pairs {
		a, b := all[2*i], all[2*i+1]
		if b.State == queue.StateApplied {
			a, b = b, a
		}
		if a.State != queue.StateApplied || b.State != queue.StateDeadLettered || b.Reason != "quantity-exceeds-order" {
			t.Errorf("pair %d: %s %s %s and %s %s %s", i, a.State, a.Reason, a.Detail, b.State, b.Reason, b.Detail)
		}
		for _, r := range w.history(b.ID) {
			if r.Reason == "invoice-in-progress" {
				met++
				break
			}
		}
	}
	overbilled := 0
	for _, o := range w.sound().PurchaseOrders {
		if l, ok := o.Item(1); ok && l.Fields["quantityBilled"] != "60" {
			overbilled++
		}
	}
	if overbilled > 0 {
		t.Errorf("%d orders are billed for something else than 60", overbilled)
	}
	t.Logf("%d of %d pairs met at work, %d orders overbilled", met, pairs, overbilled)
}

func TestTwoCreditsOfOneBillDoNotCreditItTwice(t *testing.T) {
	const pairs = 20
	w := newWorld(t, 2*pairs, 8)
	w.turn(func(k *simulator.Knobs) { k.Latency.Post.Median = simulator.Duration(15 * time.Millisecond) })
	w.start()
	w.start()
	var bills, credits []*document.Document
	for i := range pairs {
		number := fmt.Sprint("I-", i)
		// The memos name another order first, so that they are in different lanes.
		bills = append(bills, ofEach(10, number, fmt.Sprint("PO-", 2*i+1), fmt.Sprint("PO-", 2*i+2)))
		credits = append(credits, memo(fmt.Sprint("PO-", 2*i+1), "A-"+number, number, 8), memo(fmt.Sprint("PO-", 2*i+2), "B-"+number, number, 8))
	}
	w.applied(w.send(bills...)...)
	w.final(w.send(credits...)...)
	b := w.sound()
	for _, bill := range b.VendorBills {
		credited := 0
		for _, c := range b.VendorCredits {
			if strings.HasSuffix(c.TranID, "-"+bill.TranID) {
				credited++
			}
		}
		if credited == 0 {
			t.Errorf("bill %s has no credit", bill.TranID)
		}
		if left := bill.Fields["amountRemaining"]; strings.HasPrefix(left, "-") {
			t.Errorf("bill %s has %s left after %d credits", bill.TranID, left, credited)
		}
	}
}

func TestAClaimOfAWorkerThatDiedIsTakenUpByItsSuccessor(t *testing.T) {
	for _, step := range []string{"sources claimed", "attempt started", "written", "read back"} {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t, 2, 8)
			var dead atomic.Bool
			w.start(w.dies(step, 1, &dead))
			first := w.send(ofEach(60, "A", "PO-1", "PO-2"))[0]
			w.until("the worker has died", dead.Load)
			second := w.send(ofEach(60, "B", "PO-2", "PO-1"))[0]
			w.start()
			w.ends(first, queue.StateApplied, "")
			w.ends(second, queue.StateDeadLettered, "quantity-exceeds-order")
			w.applied(w.send(ofEach(40, "C", "PO-1", "PO-2"))...)
			w.sound()
		})
	}
}

func TestAClaimOfADocumentThatHasEndedIsTakenOver(t *testing.T) {
	w := newWorld(t, 2, 8)
	w.turn(func(k *simulator.Knobs) { k.ClosedPeriods = []string{"2026-10"} })
	w.start()
	ended := w.send(invoice("PO-1", "A", 1))[0]
	w.ends(ended, queue.StateDeadLettered, "period-closed")
	w.turn(func(k *simulator.Knobs) { k.ClosedPeriods = nil })
	// It left its claim behind, as when its worker died after its end was on record.
	if _, err := w.q.Claims().Take(w.ctx, "main", "7001", ended); err != nil {
		t.Fatal(err)
	}
	w.applied(w.send(ofEach(60, "B", "PO-1", "PO-2"))...)
	// What is over is released.
	for _, id := range []string{"7001", "7002"} {
		if c, err := w.q.Claims().Take(w.ctx, "main", id, "nobody"); err != nil || c.DocumentID != "nobody" {
			t.Errorf("transaction %s is still claimed by %s, %v", id, c.DocumentID, err)
		}
	}
}

func TestAnOrderWaitsForAWriteWhoseOutcomeIsNotKnown(t *testing.T) {
	w := newWorld(t, 2, 8)
	_, land := w.hang(http.MethodPost)
	w.start(patient)
	first := w.send(ofEach(60, "A", "PO-1", "PO-2"))[0]
	w.until("the first waits for its outcome", func() bool { return w.status(first).Reason == "netsuite-unknown-outcome" })
	second := w.send(ofEach(60, "B", "PO-2", "PO-1"))[0]
	w.until("the second waits for the first", func() bool { return w.status(second).Reason == "invoice-in-progress" })
	land()
	w.comeBack()
	w.ends(first, queue.StateApplied, "")
	w.ends(second, queue.StateDeadLettered, "quantity-exceeds-order")
	w.sound()
}
