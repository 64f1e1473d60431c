package order_test

import (
	"encoding/json"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/order"

	"github.com/google/go-cmp/cmp"
)

func deleted(number, payloadID, previous string, d int) *document.Document {
	return &document.Document{Kind: document.KindShipNotice, PayloadID: payloadID, ShipNotice: &document.ShipNotice{
		ShipmentID: number, Operation: document.OperationDelete, NoticeDate: day(d), PreviousPayloadID: previous,
	}}
}

func TestDeleteTakesBackWheneverItComes(t *testing.T) {
	tests := map[string][]*document.Document{
		"after its notice":            {notice("S1", 1, shipped(1, "4")), deleted("S1", "del", "", 2)},
		"before its notice":           {deleted("S1", "del", "", 2), notice("S1", 1, shipped(1, "4"))},
		"on the notice's date":        {deleted("S1", "del", "", 1), notice("S1", 1, shipped(1, "4"))},
		"by payloadID":                {deleted("", "del", "pay-S1", 2), notice("S1", 1, shipped(1, "4"))},
		"by payloadID, other number":  {notice("S1", 1, shipped(1, "4")), deleted("S9", "del", "pay-S1", 2)},
		"by payloadID, then replaced": {notice("S1", 1, shipped(1, "4")), deleted("S9", "del", "pay-S1", 2), deleted("S9", "del2", "del", 3)},
		"replaced, then the notice":   {deleted("S9", "del2", "del", 3), deleted("S9", "del", "pay-S1", 2), notice("S1", 1, shipped(1, "4"))},
	}
	for name, docs := range tests {
		t.Run(name, func(t *testing.T) {
			l := ledger(docs...)
			if s := l.Fold(); len(s.Shipments) != 0 || len(s.Shipped) != 0 {
				t.Errorf("still shipped: %v", s.Shipped)
			}
			if !l.Superseded("pay-S1") {
				t.Error("the notice is not superseded")
			}
			if !l.Fold().Stated.Line(1, order.FacetShipped) {
				t.Error("that line 1 was once shipped is forgotten, so it could not be taken out of NetSuite")
			}
		})
	}
}

func TestLaterNoticeStandsAfterADelete(t *testing.T) {
	again := notice("S1", 3, shipped(1, "4"))
	again.PayloadID = "again"
	if s := ledger(again, deleted("S1", "del", "pay-S1", 2), notice("S1", 1, shipped(1, "1"))).Fold(); s.Shipped[1][0].Value.Canonical() != "4" {
		t.Errorf("shipped is %v, want 4", s.Shipped)
	}
}

func TestRepeatChangesNothing(t *testing.T) {
	d := confirm("C1", 1, document.ConfirmDetail, item(1, status(accept, "10.50")))
	d.OrderConfirmation.Items[0].Statuses[0].UnitPrice = usd("5.00")
	d.OrderConfirmation.Items[0].Statuses[0].DeliveryDate = on(9)
	l := ledger(d)
	if l.Add(contribution(d)) {
		t.Error("adding the same contribution again changed the ledger")
	}
	if stored(t, l).Add(contribution(d)) {
		t.Error("adding the same contribution to the stored ledger changed it")
	}
}

func TestOlderVersionChangesNothing(t *testing.T) {
	l := ledger(confirm("C1", 5, document.ConfirmAccept))
	older := confirm("C1", 1, document.ConfirmAccept)
	older.PayloadID = "older"
	if l.Add(contribution(older)) {
		t.Error("an older version changed the ledger")
	}
	if !l.Superseded("older") || l.Superseded("pay-C1") {
		t.Error("the older version is not the superseded one")
	}
}

func TestCorrectedDocumentTakesItsOwnPlace(t *testing.T) {
	wrong := confirm("C1", 5, document.ConfirmDetail, item(1, status(accept, "10")))
	right := confirm("C2", 4, document.ConfirmDetail, item(2, status(accept, "10"))) // edited: other number, date and line
	was := order.Contributions(wrong, "doc", 3, ref)
	is := order.Contributions(right, "doc", 8, ref)
	for name, adds := range map[string][]order.Contribution{"in turn": {was, is}, "redelivered": {was, is, was}, "reversed": {is, was}} {
		l := &order.Ledger{}
		for _, c := range adds {
			l.Add(c)
		}
		s := l.Fold()
		if said(s.Line(1)) != "" || said(s.Line(2)) != "accept 10EA" || s.Confirmation.Number != "C2" {
			t.Errorf("%s: lines are %q and %q of %s", name, said(s.Line(1)), said(s.Line(2)), s.Confirmation.Number)
		}
	}
}

func TestSupersededConfirmations(t *testing.T) {
	one := confirm("one", 1, document.ConfirmDetail, item(1, status(accept, "10")), item(2, status(accept, "10")))
	tests := []struct {
		name string
		then *document.Document
		want bool
	}{
		{"cleared by an accept", confirm("b", 2, document.ConfirmAccept), true},
		{"every line restated", confirm("b", 2, document.ConfirmDetail, item(1, status(reject, "10")), item(2, status(unknown, "10"))), true},
		{"one line left", confirm("b", 2, document.ConfirmDetail, item(1, status(reject, "10"))), false},
		{"asked to pay", confirm("b", 2, document.ConfirmRequestToPay), false},
		{"restated before", confirm("b", 0, document.ConfirmAccept), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := ledger(test.then, one).Superseded("pay-one"); got != test.want {
				t.Errorf("superseded is %v, want %v", got, test.want)
			}
			if ledger(test.then, one).Superseded("pay-b") != (test.want && test.then.OrderConfirmation.NoticeDate.Before(day(1))) {
				t.Error("the other document's state is wrong")
			}
		})
	}
	if !ledger().Superseded("never seen") {
		t.Error("a document that the ledger does not hold is not superseded")
	}
}

func TestLedgerSurvivesStorage(t *testing.T) {
	st := status(accept, "10.50")
	st.UnitPrice, st.ShipmentDate = usd("5.00"), on(4)
	n := notice("S1", 2, shipped(1, "4"))
	n.ShipNotice.Controls = []document.ShipControl{{Carriers: []document.Carrier{{Name: "UPS"}}, Tracking: []document.TrackingNumber{{Number: "1Z"}}}}
	l := ledger(confirm("C1", 1, document.ConfirmExcept, item(1, st)), n, deleted("S2", "del", "gone", 3))
	back := stored(t, l)
	if diff := cmp.Diff(l, back); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(l.Fold(), back.Fold()); diff != "" {
		t.Error(diff)
	}
}

// A key-value entry is bounded by the server's largest message, 1 MB unless configured.
func TestAThousandLinesFitManyTimes(t *testing.T) {
	d := confirm("C1", 1, document.ConfirmAllDetail)
	for n := range 1000 {
		st := status(allDetail, "10")
		st.UnitPrice, st.DeliveryDate = usd("12.50"), on(9)
		d.OrderConfirmation.Items = append(d.OrderConfirmation.Items, item(n+1, st))
	}
	b, err := json.Marshal(ledger(d))
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 220_000 {
		t.Errorf("a ledger with 1000 confirmed lines has %d bytes", len(b))
	}
}

func TestInvoiceContributesNothing(t *testing.T) {
	d := &document.Document{Kind: document.KindInvoice, Invoice: &document.Invoice{InvoiceID: "I1"}}
	if l := (&order.Ledger{}); l.Add(order.Contributions(d, "doc", 1, ref)) {
		t.Error("an invoice changed the ledger")
	}
}

func TestCloneIsApart(t *testing.T) {
	l := ledger(confirm("C1", 1, document.ConfirmDetail, item(1, status(accept, "10"))))
	want := stored(t, l)
	trial := l.Clone()
	trial.Add(contribution(deleted("S1", "del", "gone", 2)))
	trial.Add(contribution(confirm("C2", 2, document.ConfirmDetail, item(2, status(reject, "10")))))
	if diff := cmp.Diff(want, l); diff != "" {
		t.Error(diff)
	}
}
