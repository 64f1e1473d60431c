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
