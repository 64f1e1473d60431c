package audit_test

import (
	"fmt"
	"testing"

	"counterpunch/internal/config"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
	"counterpunch/internal/simulator"
)

// TestAChargeWithoutATargetIsNeverAShorterBill posts each charge to an account that has no place for any.
func TestAChargeWithoutATargetIsNeverAShorterBill(t *testing.T) {
	w := open(t, func(c *config.Config) { c.Accounts[0].Bill.Charges = config.Charges{} }, simulator.Options{})
	var stories []story
	for i, v := range []invoice{
		withCharges(full("I1", "P1"), charges{tax: "8.25"}, "108.25"),
		withCharges(full("I1", "P1"), charges{shipping: "12.34"}, "112.34"),
		withCharges(full("I1", "P1"), charges{handling: "4.00"}, "104.00"),
		withCharges(full("I1", "P1"), charges{discount: "5.00"}, "95.00"),
		withCharges(full("I1", "P1"), charges{more: "7.77"}, "107.77"),
		// Not even when the total leaves the charge out.
		withCharges(full("I1", "P1"), charges{tax: "8.25"}, "100.00"),
		{id: "C1", purpose: "creditMemo", header: true, parts: []part{{order: "P1", whole: "-15.00"}}, subtotal: "-15.00", net: "-15.00"},
	} {
		stories = append(stories, prefixed(story{name: fmt.Sprintf("%+v", v.charges), orders: one(usual("P1")), inv: v}, fmt.Sprintf("u%d-", i)))
	}
	w.holds(stories, reason.ChargeUnmapped, true)
}

// written are an invoice of each form that writes, and a credit, in this order.
func written(prefix string) []story {
	return []story{
		prefixed(story{name: "invoice", orders: one(usual("P1")), inv: taxed("I1", "P1")}, prefix+"a-"),
		prefixed(story{name: "partial", orders: one(usual("P1")), inv: invoice{id: "I1", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}}, prefix+"b-"),
		prefixed(story{name: "credit", orders: one(usual("P1")), inv: invoice{id: "C1", purpose: "creditMemo", header: true, parts: []part{{order: "P1", whole: "-15.00"}}, subtotal: "-15.00", net: "-15.00"}}, prefix+"c-"),
	}
}

// TestARefusedWriteIsNoBill posts what writes to an account whose rules refuse it: a month that is closed or locked for
// bills, in words that vary, and a script of the account's.
func TestARefusedWriteIsNoBill(t *testing.T) {
	for _, strategy := range strategies() {
		w := open(t, func(c *config.Config) { c.Accounts[0].Bill.Strategy = strategy }, simulator.Options{})
		for i, rule := range []struct {
			turn func(*simulator.Knobs)
			why  reason.Code
		}{
			{func(k *simulator.Knobs) { k.ClosedPeriods = []string{"2026-09"} }, reason.PeriodClosed},
			{func(k *simulator.Knobs) { k.LockedPeriods = []string{"2026-09"} }, reason.PeriodClosed},
			{func(k *simulator.Knobs) {
				k.ClosedPeriods, k.ClosedPeriodText = []string{"2026-09"}, "DATEPERIODMISMATCH"
			}, reason.PeriodClosed},
			{func(k *simulator.Knobs) {
				k.ClosedPeriods, k.ClosedPeriodText = []string{"2026-09"}, "The posting period is closed."
			}, reason.PeriodClosed},
			{func(k *simulator.Knobs) {
				k.ClosedPeriods, k.ClosedPeriodText = []string{"2026-09"}, "Words that nobody has heard."
			}, reason.NetSuiteRefused},
			{func(k *simulator.Knobs) {
				k.ScriptRejects = []simulator.ScriptReject{{Pattern: "tranId", Text: "Only people enter these."}}
			}, reason.NetSuiteRefused},
		} {
			knobs := simulator.DefaultKnobs()
			rule.turn(&knobs)
			if err := w.NetSuite.Turn(func(k *simulator.Knobs) { *k = knobs }); err != nil {
				t.Fatal(err)
			}
			w.holds(written(fmt.Sprintf("r%d", i)), rule.why, false)
		}
	}
}

// TestABillThatNetSuiteChangesIsNotPaid posts what writes to an account that adds tax of its own: whatever becomes of it is
// another amount than was sent, so that each bill is on payment hold and a person has the table.
func TestABillThatNetSuiteChangesIsNotPaid(t *testing.T) {
	for _, strategy := range strategies() {
		w := open(t, func(c *config.Config) { c.Accounts[0].Bill.Strategy = strategy }, simulator.Options{
			Knobs: func(k *simulator.Knobs) { k.AutoTax = "10" },
		})
		stories := written("t")
		w.seedOrders(stories)
		var bodies [][]byte
		for _, s := range stories {
			bodies = append(bodies, s.inv.xml())
		}
		for i, p := range w.post(bodies) {
			if p.status.State != queue.StateDeadLettered || p.last.Reason != reason.CreatedDifferently || len(p.differences()) == 0 {
				t.Errorf("%s: %s: %s, want %s with its table", strategy, stories[i].name, p, reason.CreatedDifferently)
			}
		}
		books := w.sound()
		if len(books.VendorBills) != 2 || len(books.VendorCredits) != 1 {
			t.Errorf("%s: %d bills and %d credits", strategy, len(books.VendorBills), len(books.VendorCredits))
		}
		for _, b := range books.VendorBills {
			if b.Fields["paymentHold"] != "true" {
				t.Errorf("%s: bill %s is to be paid: payment hold %q", strategy, b.TranID, b.Fields["paymentHold"])
			}
		}
	}
}

// holds posts invoices that have to become dead letters for one reason, and looks that nothing is made of them.
func (w *world) holds(stories []story, why reason.Code, table bool) {
	w.t.Helper()
	w.seedOrders(stories)
	var bodies [][]byte
	for _, s := range stories {
		bodies = append(bodies, s.inv.xml())
	}
	for i, p := range w.post(bodies) {
		if p.status.State != queue.StateDeadLettered || p.last.Reason != why || table && len(p.differences()) == 0 {
			w.t.Errorf("%s: %s, want %s", stories[i].name, p, why)
		}
	}
	if b := w.sound(); len(b.VendorBills)+len(b.VendorCredits) != 0 {
		w.t.Errorf("%d bills and %d credits", len(b.VendorBills), len(b.VendorCredits))
	}
}

// TestACreditComesInOnceItsBillIsApproved has the bill wait for approval, and its credit for that.
func TestACreditComesInOnceItsBillIsApproved(t *testing.T) {
	w := open(t, nil, simulator.Options{Knobs: func(k *simulator.Knobs) { k.BillApproval = simulator.On }})
	s := story{orders: one(usual("P1")), before: []invoice{taxed("I0", "P1")},
		inv: invoice{id: "C1", purpose: "creditMemo", header: true, refers: "I0", parts: []part{{order: "P1", whole: "-15.00"}}, subtotal: "-15.00", net: "-15.00"}}
	_, results, _ := w.tell([]story{s}, "a-")
	if p := results[0]; p.status.State != queue.StateParked || p.last.Reason != reason.InvoiceNotFound || len(p.differences()) == 0 {
		t.Errorf("%s, want it parked with its table", p)
	}
	books := w.NetSuite.Books()
	if len(books.VendorBills) != 1 || len(books.VendorCredits) != 0 {
		t.Fatalf("%d bills and %d credits", len(books.VendorBills), len(books.VendorCredits))
	}
	if err := w.NetSuite.Do(simulator.Act{Do: simulator.ActApprove, Record: books.VendorBills[0].ID}); err != nil {
		t.Fatal(err)
	}
	w.replayAll(w.Serve.Queue.Parked)
	books = w.sound()
	if credits := books.VendorCredits; len(credits) != 1 || credits[0].Fields["unapplied"] != "0" {
		t.Errorf("credits %+v, want one that is applied", credits)
	}
}
