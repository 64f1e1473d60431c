package delivery

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// at gives a document the time of its envelope.
func at(hour int, d *document.Document) *document.Document {
	t := time.Date(2026, 10, 6, hour, 0, 0, 0, time.UTC)
	d.Timestamp = &t
	return d
}

// withdrawal cancels an invoice, by its number or, when it is given, by the payloadID of a document.
func withdrawal(number string, of *document.Document) *document.Document {
	d := invoice("PO-1", number, 1)
	d.Invoice.Operation, d.Invoice.Orders = document.OperationDelete, nil
	d.Invoice.Refers = &document.InvoiceReference{InvoiceID: number}
	if of != nil {
		d.Invoice.Refers, d.Invoice.PreviousPayloadID = nil, of.PayloadID
	}
	return d
}

func onDelete(what OnDelete) func(*Options) {
	return func(o *Options) { o.Accounts[0].OnDelete = what }
}

// held returns the payment hold of each bill in the books, by number.
func (w *world) held() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, b := range w.sound().VendorBills {
		all[b.TranID] = b.Fields["paymentHold"]
	}
	return all
}

func TestACancelledInvoiceIsHeld(t *testing.T) {
	w := newWorld(t, 1, 2)
	w.start()
	first := at(8, invoice("PO-1", "I-1", 2))
	w.applied(w.send(first)...)
	id := w.send(at(9, withdrawal("I-1", nil)))[0]
	w.applied(id)
	if held := w.held(); len(held) != 1 || held["I-1"] != "true" {
		t.Errorf("payment holds are %v", held)
	}
	end := w.history(id)[len(w.history(id))-1]
	if len(end.Effects) != 1 || end.Effects[0].Field != "paymentHold" || end.Calls != 3 {
		t.Errorf("%d calls and the effects %+v, want to read, write and read back", end.Calls, end.Effects)
	}
	// The same again under another payloadID, and the invoice once more as it was before.
	again := w.send(at(9, withdrawal("I-1", nil)), at(8, invoice("PO-1", "I-1", 2)))
	for _, st := range w.final(again...) {
		if st.State != queue.StateSuperseded {
			t.Errorf("%s is %s %s: %s", st.Number, st.State, st.Reason, st.Detail)
		}
	}
	// A later version has to wait for a person: its bill is there, with the old content.
	w.ends(w.send(at(10, invoice("PO-1", "I-1", 3)))[0], queue.StateDeadLettered, "duplicate-invoice")
	if held := w.held(); len(held) != 1 || held["I-1"] != "true" {
		t.Errorf("payment holds are %v", held)
	}
}

func TestACancellationWhoseWorkerDiesIsCarriedOutOnce(t *testing.T) {
	for _, what := range []OnDelete{DeleteHolds, DeleteVoids} {
		for _, step := range []string{"invoice taken over", "attempt started", "written", "before the end"} {
			t.Run(string(what)+" "+step, func(t *testing.T) {
				w := newWorld(t, 1, 1)
				first := w.start(onDelete(what))
				w.applied(w.send(at(8, invoice("PO-1", "I-1", 2)))...)
				first.stop()
				var dead atomic.Bool
				w.start(onDelete(what), w.dies(step, 1, &dead))
				id := w.send(at(9, withdrawal("I-1", nil)))[0]
				w.until("the worker has died", dead.Load)
				w.start(onDelete(what))
				w.ends(id, queue.StateApplied, "")
				if rec := w.last(id); len(rec.Effects) != 1 {
					t.Errorf("effects %+v, want one", rec.Effects)
				}
				held := w.held()
				if what == DeleteVoids && len(held) != 0 || what == DeleteHolds && held["I-1"] != "true" {
					t.Errorf("payment holds are %v", held)
				}
				calls := w.netsuite.Books().Calls
				if n := calls["vendorBill patch"] + calls["vendorBill delete"]; n != 1 {
					t.Errorf("it was written %d times", n)
				}
			})
		}
	}
}

func TestACancellationWaitsForItsInvoice(t *testing.T) {
	for _, what := range []OnDelete{DeleteHolds, DeleteVoids} {
		t.Run(string(what), func(t *testing.T) {
			w := newWorld(t, 1, 2)
			w.start(onDelete(what))
			first := at(8, invoice("PO-1", "I-1", 2))
			id := w.send(at(9, withdrawal("", first)))[0]
			w.until("the cancellation waits", func() bool { return w.status(id).State == queue.StateParked })
			if st := w.status(id); st.Reason != "invoice-not-found" {
				t.Errorf("it waits for %s", st.Reason)
			}
			w.applied(w.send(first)[0], id)
			held := w.held()
			if want := map[OnDelete]int{DeleteHolds: 1, DeleteVoids: 0}[what]; len(held) != want || want == 1 && held["I-1"] != "true" {
				t.Errorf("payment holds are %v", held)
			}
		})
	}
}

func TestAVoidedInvoiceIsBilledAgainByALaterVersionOnly(t *testing.T) {
	w := newWorld(t, 1, 2)
	w.start(onDelete(DeleteVoids))
	first := at(8, invoice("PO-1", "I-1", 2))
	w.applied(w.send(first)...)
	w.applied(w.send(at(9, withdrawal("I-1", nil)))...)
	if b := w.sound(); len(b.VendorBills) != 0 {
		t.Fatalf("the bill is still there: %+v", b.VendorBills)
	}
	w.ends(w.send(at(8, invoice("PO-1", "I-1", 2)))[0], queue.StateSuperseded, "")
	later := w.send(at(10, invoice("PO-1", "I-1", 3)))[0]
	w.applied(later)
	// The cancellation of before is older than what stands now.
	w.ends(w.send(at(9, withdrawal("I-1", nil)))[0], queue.StateSuperseded, "")
	b := w.sound()
	if len(b.VendorBills) != 1 || b.VendorBills[0].Total != "15.00" || b.VendorBills[0].Fields["paymentHold"] == "true" {
		t.Errorf("the bills are %+v", b.VendorBills)
	}
}

func TestWhatIsPaidOrEnteredByHandIsNotTakenBack(t *testing.T) {
	w := newWorld(t, 2, 2)
	w.start(onDelete(DeleteVoids))
	w.applied(w.send(at(8, invoice("PO-1", "I-1", 2)))...)
	paid := w.netsuite.Books().VendorBills[0].ID
	for _, act := range []simulator.Act{
		{Do: simulator.ActPay, Record: paid, Amount: "4.00"},
		{Do: simulator.ActEnterBill, Record: "7002", Number: "I-2"},
	} {
		if err := w.netsuite.Do(act); err != nil {
			t.Fatal(err)
		}
	}
	before := len(w.netsuite.Books().Writes)
	st := w.ends(w.send(at(9, withdrawal("I-1", nil)))[0], queue.StateDeadLettered, "invoice-paid")
	if !strings.Contains(st.Detail, "4 has been paid") {
		t.Errorf("the detail is %q", st.Detail)
	}
	w.ends(w.send(at(9, withdrawal("I-2", nil)))[0], queue.StateDeadLettered, "duplicate-number")
	if after := len(w.netsuite.Books().Writes); after != before {
		t.Errorf("%d writes", after-before)
	}
}

func TestWithoutAWayToCancelAPersonDoesIt(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start(onDelete(DeleteWaits))
	w.applied(w.send(at(8, invoice("PO-1", "I-1", 2)))...)
	w.ends(w.send(at(9, withdrawal("I-1", nil)))[0], queue.StateDeadLettered, "not-supported")
	credit := withdrawal("I-1", nil)
	credit.Invoice.Purpose = document.PurposeLineLevelCreditMemo
	w.ends(w.send(credit)[0], queue.StateDeadLettered, "not-supported")
	if held := w.held(); held["I-1"] == "true" {
		t.Error("the bill is held")
	}
}

func TestACancellationThatNamesNoOtherInvoiceIsOfItsOwnNumber(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start()
	own := at(9, withdrawal("I-1", nil))
	own.Invoice.Refers = nil
	id := w.send(own)[0]
	w.until("it waits for the invoice", func() bool { return w.status(id).State == queue.StateParked })
	if rec := w.last(id); !strings.Contains(rec.Detail, "invoice I-1, which the document cancels") {
		t.Errorf("detail %q", rec.Detail)
	}
	w.applied(w.send(at(8, invoice("PO-1", "I-1", 2)))...)
	w.applied(id)
	if held := w.held(); held["I-1"] != "true" {
		t.Errorf("payment holds are %v", held)
	}
}

func TestWhatNetSuiteRefusesToTakeBackStaysTheInvoices(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start(onDelete(DeleteVoids))
	first := at(8, invoice("PO-1", "I-1", 2))
	w.applied(w.send(first)...)
	w.turn(func(k *simulator.Knobs) { k.ClosedPeriods = []string{"2026-10"} })
	id := w.send(at(9, withdrawal("I-1", nil)))[0]
	if st := w.ends(id, queue.StateDeadLettered, "period-closed"); st.State != queue.StateDeadLettered {
		return
	}
	w.ends(w.send(at(8, invoice("PO-1", "I-1", 2)))[0], queue.StateDeadLettered, "duplicate-invoice")
	w.turn(func(k *simulator.Knobs) { k.ClosedPeriods = nil })
	if _, err := w.q.Replay(w.ctx, id, queue.Decision{Actor: "ada"}); err != nil {
		t.Fatal(err)
	}
	w.applied(id)
	if b := w.sound(); len(b.VendorBills) != 0 {
		t.Errorf("the bills are %+v", b.VendorBills)
	}
}

func TestACancellationIsCarriedOutOnceWhenItsAnswerIsLost(t *testing.T) {
	for what, method := range map[OnDelete]string{DeleteHolds: http.MethodPatch, DeleteVoids: http.MethodDelete} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			w.start(onDelete(what))
			w.applied(w.send(at(8, invoice("PO-1", "I-1", 2)))...)
			var lost, sent atomic.Int32
			w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method != method {
					next.ServeHTTP(rw, r)
					return
				}
				sent.Add(1)
				next.ServeHTTP(rw, r)
				if lost.CompareAndSwap(0, 1) {
					panic(http.ErrAbortHandler)
				}
			})
			id := w.send(at(9, withdrawal("I-1", nil)))[0]
			w.applied(id)
			end := w.history(id)[len(w.history(id))-1]
			if sent.Load() != 1 || len(end.Effects) != 1 {
				t.Errorf("sent %d times, effects %+v", sent.Load(), end.Effects)
			}
			held := w.held()
			if want := map[OnDelete]int{DeleteHolds: 1, DeleteVoids: 0}[what]; len(held) != want {
				t.Errorf("payment holds are %v", held)
			}
		})
	}
}
