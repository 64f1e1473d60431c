package document_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/document"
)

func TestOrdersNamesEachOrderOnce(t *testing.T) {
	d := document.Document{Kind: document.KindShipNotice, ShipNotice: &document.ShipNotice{Portions: []document.ShipNoticePortion{
		{Order: document.OrderReference{OrderID: "PO-1"}},
		{Order: document.OrderReference{OrderID: " po-1 "}},
		{Order: document.OrderReference{}},
		{Order: document.OrderReference{PayloadID: "a@b"}},
		{Order: document.OrderReference{OrderID: "PO-2", PayloadID: "a@b"}},
	}}}
	var got []string
	for _, r := range d.Orders() {
		got = append(got, r.String())
	}
	if diff := cmp.Diff([]string{"PO-1", "payloadID a@b", "PO-2"}, got); diff != "" {
		t.Error(diff)
	}
	if len(d.ShipNotice.Portions) != 5 {
		t.Error("Orders changed the document")
	}
}

func TestATotalIsTheNetAmountAndADepositLowersOnlyWhatIsDue(t *testing.T) {
	money := func(s string) *document.Money { return &document.Money{Amount: document.MustDecimal(s)} }
	for want, s := range map[string]document.InvoiceSummary{
		"107": {Subtotal: *money("100"), Net: money("107"), Due: money("57"), Deposit: money("50")},
		"106": {Subtotal: *money("100"), Due: money("56"), Deposit: money("50")},
		"105": {Subtotal: *money("100"), Due: money("105")},
		"100": {Subtotal: *money("100")},
	} {
		if got := s.Total().String(); got != want {
			t.Errorf("total is %s, want %s", got, want)
		}
	}
}
