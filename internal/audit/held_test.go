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

// TestAClosedPeriodIsNoBill posts an invoice of each form that writes to an account whose month is closed.
func TestAClosedPeriodIsNoBill(t *testing.T) {
	for _, strategy := range strategies() {
		w := open(t, func(c *config.Config) { c.Accounts[0].Bill.Strategy = strategy }, simulator.Options{
			Knobs: func(k *simulator.Knobs) { k.ClosedPeriods = []string{"2026-09"} },
		})
		w.holds([]story{
			prefixed(story{name: "invoice", orders: one(usual("P1")), inv: taxed("I1", "P1")}, "a-"),
			prefixed(story{name: "partial", orders: one(usual("P1")), inv: invoice{id: "I1", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}}, "b-"),
			prefixed(story{name: "credit", orders: one(usual("P1")), inv: invoice{id: "C1", purpose: "creditMemo", header: true, parts: []part{{order: "P1", whole: "-15.00"}}, subtotal: "-15.00", net: "-15.00"}}, "c-"),
		}, reason.PeriodClosed, false)
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
