package delivery

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// twoOrders bills one piece of line 1 of each order; the first order decides the lane.
func twoOrders(number string, orders ...string) *document.Document {
	d := invoice(orders[0], number, 1)
	for _, o := range orders[1:] {
		next := d.Invoice.Orders[0]
		next.Order = ref(o)
		d.Invoice.Orders = append(d.Invoice.Orders, next)
	}
	total := usd(fmt.Sprintf("%d.00", 5*len(orders)))
	d.Invoice.Summary = document.InvoiceSummary{Subtotal: total, Net: &total, Due: &total}
	return d
}

func TestAnInvoiceUnderTwoPayloadIDsMakesOneBill(t *testing.T) {
	const pairs = 50
	w := newWorld(t, 2*pairs, 8)
	w.turn(func(k *simulator.Knobs) { k.Latency.Post.Median = simulator.Duration(5 * time.Millisecond) })
	w.start()
	w.start()
	var docs []*document.Document
	for i := range pairs {
		number, a, b := fmt.Sprint("I-", i), fmt.Sprint("PO-", 2*i+1), fmt.Sprint("PO-", 2*i+2)
		docs = append(docs, twoOrders(number, a, b), twoOrders(number, b, a))
	}
	ids := w.send(docs...)
	all := w.final(ids...)
	inProgress := 0
	for i := range pairs {
		a, b := all[2*i], all[2*i+1]
		if b.State == queue.StateApplied {
			a, b = b, a
		}
		if a.State != queue.StateApplied || b.State != queue.StateDeadLettered || b.Reason != "duplicate-invoice" {
			t.Errorf("invoice %d: %s %s %s and %s %s %s", i, a.State, a.Reason, a.Detail, b.State, b.Reason, b.Detail)
		}
		if slices.Contains(w.types(b.ID), queue.Parked) {
			inProgress++
		}
	}
	if books := w.sound(); len(books.VendorBills) != pairs {
		t.Errorf("%d bills for %d invoices", len(books.VendorBills), pairs)
	}
	t.Logf("%d of %d met while the first was in progress", inProgress, pairs)
}

func TestANumberWhoseOwnerEndedWithoutABillMayBeTakenOver(t *testing.T) {
	w := newWorld(t, 2, 2)
	w.start()
	first := w.send(invoice("PO-1", "I-1", 1000))[0] // more than is ordered
	w.ends(first, queue.StateDeadLettered, "quantity-exceeds-order")
	second := w.send(invoice("PO-1", "I-1", 2))[0]
	w.ends(second, queue.StateApplied, "")
	if _, err := w.q.Replay(w.ctx, first, queue.Decision{Actor: "ops"}); err != nil {
		t.Fatal(err)
	}
	w.ends(first, queue.StateDeadLettered, "duplicate-invoice")
	if b := w.sound(); len(b.VendorBills) != 1 {
		t.Errorf("%d bills", len(b.VendorBills))
	}
}

func TestAnOwnerThatIsReplayedDuringATakeOverKeepsItsNumber(t *testing.T) {
	w := newWorld(t, 2, 2)
	taken, goOn := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	stopping := func(o *Options) {
		o.crash = func(ctx context.Context, step string) {
			if step == "taken over" && once.CompareAndSwap(false, true) {
				close(taken)
				<-goOn
			}
		}
	}
	w.turn(func(k *simulator.Knobs) { k.ClosedPeriods = []string{"2026-10"} })
	w.start(stopping)
	first := w.send(invoice("PO-1", "I-1", 3))[0]
	w.ends(first, queue.StateDeadLettered, "period-closed")
	w.turn(func(k *simulator.Knobs) { k.ClosedPeriods = nil })
	second := w.send(invoice("PO-1", "I-1", 3))[0]
	<-taken
	if _, err := w.q.Replay(w.ctx, first, queue.Decision{Actor: "ops", Note: "the period is open"}); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	a, b := w.final(first)[0], w.final(second)[0]
	if a.State != queue.StateApplied || b.Reason != "duplicate-invoice" {
		t.Errorf("the owner is %s %s, the other %s %s", a.State, a.Reason, b.State, b.Reason)
	}
	if b := w.sound(); len(b.VendorBills) != 1 {
		t.Errorf("%d bills", len(b.VendorBills))
	}
}

func TestACreditMemoWaitsForItsBill(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start()
	credit := w.send(memo("PO-1", "M-1", "I-1", 1))[0]
	w.until("it waits", func() bool { return w.status(credit).State == queue.StateParked })
	if st := w.status(credit); st.Reason != "invoice-not-found" {
		t.Errorf("it waits for %s", st.Reason)
	}
	w.applied(w.send(invoice("PO-1", "I-1", 3))...)
	w.applied(credit)
	b := w.sound()
	if len(b.VendorCredits) != 1 || len(b.VendorCredits[0].Apply) != 1 {
		t.Errorf("credits %+v", b.VendorCredits)
	}
}

func TestABillThatNetSuiteSavesDifferentlyIsHeld(t *testing.T) {
	for _, c := range []struct {
		name string
		hold http.HandlerFunc // in place of the patch that holds
		text string
		// changed is how often the bill is changed by others while it is put on hold.
		changed int
	}{
		{"on payment hold", nil, "it is on payment hold", 0},
		{"a hold that meets changes", nil, "it is on payment hold", 3},
		{"a hold that is refused", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(http.StatusBadRequest)
			_, _ = rw.Write([]byte(`{"o:errorDetails":[{"o:errorCode":"USER_ERROR","detail":"The field is locked."}]}`))
		}, "could not be put on payment hold: USER_ERROR The field is locked.", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			if c.changed > 0 {
				w.turn(func(k *simulator.Knobs) {
					k.RecordChanged = simulator.Fault{Path: "PATCH .*vendorBill", Next: c.changed}
				})
			}
			w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == http.MethodPatch && c.hold != nil {
					c.hold(rw, r)
					return
				}
				if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "transform") {
					next.ServeHTTP(rw, r)
					// A script of the account's own changes the bill as soon as it is saved.
					err := w.netsuite.Do(simulator.Act{Do: simulator.ActEdit, Record: w.netsuite.Books().VendorBills[0].ID, Field: "tranDate", Value: "2026-12-31"})
					if err != nil {
						t.Error(err)
					}
					return
				}
				next.ServeHTTP(rw, r)
			})
			w.start()
			id := w.send(invoice("PO-1", "I-1", 3))[0]
			st := w.ends(id, queue.StateDeadLettered, "created-differently")
			if !strings.Contains(st.Detail, c.text) {
				t.Errorf("the detail is %q, want %q", st.Detail, c.text)
			}
			if held := w.netsuite.Books().VendorBills[0].Fields["paymentHold"]; (held == "true") != (c.hold == nil) {
				t.Errorf("paymentHold is %s", held)
			}
			h := w.history(id)
			if len(h[len(h)-1].Differences) == 0 {
				t.Error("the table of differences is not on record")
			}
			if slices.ContainsFunc(h, func(rec queue.Record) bool { return rec.Type == queue.Parked }) {
				t.Error("the bill waited for its hold")
			}
			// A person corrects the bill and replays: it is recognised as this document's.
			if err := w.netsuite.Do(simulator.Act{Do: simulator.ActEdit, Record: w.netsuite.Books().VendorBills[0].ID, Field: "tranDate", Value: "2026-10-05"}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.q.Replay(w.ctx, id, queue.Decision{Actor: "ops", Note: "corrected"}); err != nil {
				t.Fatal(err)
			}
			w.ends(id, queue.StateApplied, "")
			w.sound()
		})
	}
}

func TestANumberThatNetSuiteDoesNotTakeGoesToAPersonInItsOwnWords(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.turn(func(k *simulator.Knobs) { k.DuplicateTranID = simulator.Refuse })
	w.start()
	w.applied(w.send(invoice("PO-1", "I-1", 3))...)
	again := invoice("PO-1", "I-1", 3)
	again.Invoice.InvoiceDate = again.Invoice.InvoiceDate.AddDate(-1, 0, 0) // another year is another invoice to us, not to NetSuite
	w.ends(w.send(again)[0], queue.StateDeadLettered, "duplicate-number")
}

func TestAnEditedDocumentIsNotComparedWithWhatWasPlannedBefore(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.turn(func(k *simulator.Knobs) { k.UnexpectedError = simulator.Fault{Path: "GET .*vendorBill"} })
	w.start()
	d := invoice("PO-1", "I-1", 2)
	id := w.send(d)[0]
	w.ends(id, queue.StateDeadLettered, "netsuite-unexpected")
	w.turn(func(k *simulator.Knobs) { k.UnexpectedError = simulator.Fault{} })
	l, err := w.q.Letter(w.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	edited := *l.Event.Data.Document
	edited.Invoice = invoice("PO-1", "I-1", 4).Invoice
	data := l.Event.Data
	data.Document = &edited
	if _, err := w.q.ReplayEdited(w.ctx, id, data, queue.Decision{Actor: "ops", Note: "it is 4"}); err != nil {
		t.Fatal(err)
	}
	// The bill of 2 is there: to call that applied would lose two pieces.
	w.ends(id, queue.StateDeadLettered, "created-differently")
	if b := w.sound(); len(b.VendorBills) != 1 {
		t.Errorf("%d bills", len(b.VendorBills))
	}
}

func TestARecordThatIsChangedMeanwhileIsReadAgain(t *testing.T) {
	w := newWorld(t, 2, 1)
	w.turn(func(k *simulator.Knobs) { k.RecordChanged = simulator.Fault{Next: 3} })
	w.start()
	id := w.send(notice("S-1", day(1), 1, "PO-1"))[0]
	w.applied(id)
	w.turn(func(k *simulator.Knobs) { k.RecordChanged = simulator.Fault{Next: 3} })
	bill := w.send(invoice("PO-2", "I-1", 1))[0]
	w.applied(bill)
	for _, id := range []string{id, bill} {
		if slices.Contains(w.types(id), queue.Parked) {
			t.Errorf("it was parked: %v", w.types(id))
		}
	}
	w.sound()
}
