package delivery

import (
	"encoding/json"
	"strings"
	"testing"

	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
	"counterpunch/internal/simulator"
)

// mapped gives the account a mapping.
func mapped(t *testing.T, change func(*mapping.Config)) func(*Options) {
	t.Helper()
	c := mapping.Default()
	change(&c)
	m, err := mapping.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *Options) { o.Accounts[0].Mapper = m }
}

func TestAPolicyBillsOnPaymentHoldAndSaysWhy(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start(mapped(t, func(c *mapping.Config) {
		c.Policies = map[reason.Code]mapping.Policy{reason.QuantityExceedsOrder: mapping.PolicyHold}
	}))
	id := w.send(invoice("PO-1", "I-1", 101))[0]
	w.applied(id)
	b := w.sound()
	if len(b.VendorBills) != 1 || b.VendorBills[0].Total != "505.00" || b.VendorBills[0].Fields["paymentHold"] != "true" {
		t.Errorf("the bills are %+v", b.VendorBills)
	}
	end := w.history(id)[len(w.history(id))-1]
	var table []mapping.Difference
	if err := json.Unmarshal(end.Differences, &table); err != nil || len(table) != 1 || table[0].Found != "101" {
		t.Errorf("the table is %s, %v", end.Differences, err)
	}
	if end.Reason != reason.QuantityExceedsOrder || !strings.Contains(end.Detail, "on payment hold for quantity-exceeds-order") {
		t.Errorf("the reason is %s: %s", end.Reason, end.Detail)
	}
}

func TestAnInvoiceWaitsForTheReceipt(t *testing.T) {
	for _, policy := range []mapping.Policy{mapping.PolicyWait, mapping.PolicyDeadLetter, mapping.PolicyBill} {
		t.Run(string(policy), func(t *testing.T) {
			w := newWorld(t, 1, 1)
			w.start(mapped(t, func(c *mapping.Config) {
				c.Policies = map[reason.Code]mapping.Policy{reason.ReceiptMissing: policy}
			}))
			id := w.send(invoice("PO-1", "I-1", 5))[0]
			switch policy {
			case mapping.PolicyDeadLetter:
				w.ends(id, queue.StateDeadLettered, "receipt-missing")
				return
			case mapping.PolicyWait:
				w.until("the invoice waits", func() bool { return w.status(id).State == queue.StateParked })
				if st := w.status(id); st.Reason != reason.ReceiptMissing {
					t.Errorf("it waits for %s", st.Reason)
				}
				if err := w.netsuite.Do(simulator.Act{Do: simulator.ActReceive, Record: "7001", Line: 1, Quantity: "5"}); err != nil {
					t.Fatal(err)
				}
			}
			w.applied(id)
		})
	}
}

// autumn closes the periods of the invoices of these tests.
func (w *world) autumn() {
	w.turn(func(k *simulator.Knobs) { k.ClosedPeriods = []string{"2026-09", "2026-10", "2026-11"} })
}

func TestABillOfAClosedPeriodIsPostedInTheNextOpenOne(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.autumn()
	w.start(func(o *Options) { o.Accounts[0].FirstOpenPeriod = true })
	id := w.send(invoice("PO-1", "I-1", 5))[0]
	w.applied(id)
	b := w.sound().VendorBills[0]
	if b.Fields["postingPeriod"] != "202612" || b.Fields["tranDate"] != "2026-10-05" {
		t.Errorf("the bill is of %s in %s", b.Fields["tranDate"], b.Fields["postingPeriod"])
	}
	if end := w.history(id)[len(w.history(id))-1]; !strings.Contains(string(end.Differences), "Dec 2026") {
		t.Errorf("the table is %s", end.Differences)
	}
}

func TestABillOfAClosedPeriodWaitsForAPerson(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.autumn()
	w.start()
	id := w.send(invoice("PO-1", "I-1", 5))[0]
	st := w.ends(id, queue.StateDeadLettered, "period-closed")
	if end := w.history(id)[len(w.history(id))-1]; len(end.Differences) == 0 || !strings.Contains(st.Detail, "CLOSED_TRAN_PRD") {
		t.Errorf("the letter says %q with the table %s", st.Detail, end.Differences)
	}
}

func TestAnInvoiceFromTheFutureWaitsForAPerson(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start(mapped(t, func(c *mapping.Config) { c.FutureDays = 3 }))
	d := invoice("PO-1", "I-1", 5)
	d.Invoice.InvoiceDate = d.Invoice.InvoiceDate.AddDate(500, 0, 0)
	w.ends(w.send(d)[0], queue.StateDeadLettered, "invoice-date-future")
}

func TestALookupSetAtRunTimeServesTheNextDocument(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start()
	odd := func(number string) string {
		d := invoice("PO-1", number, 5)
		d.Invoice.Orders[0].Items[0].Item.SupplierPartID = "WIDGET/1"
		return w.send(d)[0]
	}
	w.ends(odd("I-1"), queue.StateDeadLettered, "line-ambiguous")
	v, err := w.q.Lookups().Set(w.ctx, queue.Lookup{Account: "main", Table: mapping.TableItems, Key: "WIDGET/1", Value: "W-1", By: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	n := 1
	w.until("the entry serves", func() bool {
		n++
		return w.final(odd("I-" + string(rune('0'+n))))[0].State == queue.StateApplied
	})
	v.Deleted, v.Value = true, ""
	if _, err := w.q.Lookups().Set(w.ctx, v); err != nil {
		t.Fatal(err)
	}
	w.until("it serves no more", func() bool {
		n++
		return w.final(odd("J-" + string(rune('0'+n))))[0].State == queue.StateDeadLettered
	})
	w.sound()
}
