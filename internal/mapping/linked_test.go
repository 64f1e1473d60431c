package mapping_test

import (
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"

	"github.com/google/go-cmp/cmp"
)

// TestLinesBilledForOneAnotherAreToldByTheirLinks bills two lines of one item that stand in each other's place.
func TestLinesBilledForOneAnotherAreToldByTheirLinks(t *testing.T) {
	swapped := []func(map[string]any){setLine(0, "line", 2), setLine(1, "line", 1), setLine(1, "item", map[string]any{"id": "201"}), setLine(1, "rate", 6)}
	planned := func(first, second string) *mapping.Expected {
		items := []document.InvoiceItem{line(1, 2, "ACME-W-1", first, "5", dec(first).Mul(dec("5")).String()), line(2, 1, "ACME-B-2", second, "6", dec(second).Mul(dec("6")).String())}
		net := items[0].Subtotal.Amount.Add(items[1].Subtotal.Amount)
		p, err := bill(t, mapper(t), invoice(net.String(), items), orders(t, swapped...))
		return plan(t, p, err).Expect
	}
	if planned("3", "4").Exchangeable() {
		t.Error("lines in unlike quantities, which the order shows, are looked up")
	}
	if planned("6", "5").Exchangeable() {
		t.Error("lines are looked up of which the order shows what was billed")
	}
	e := planned("3", "3")
	if !e.Exchangeable() {
		t.Fatal("lines in equal quantities are not looked up")
	}
	made := record.VendorBill{Items: []record.BillLine{
		{Line: 1, OrderDoc: record.Ref{ID: "7001"}, OrderLine: 2}, {Line: 2, OrderDoc: record.Ref{ID: "7001"}, OrderLine: 1}, {Line: 3},
	}}
	if all := e.CompareLinks(made, map[int]int{1: 2, 2: 1}); len(all) != 0 {
		t.Errorf("the lines are billed as they should be, and yet %v", all)
	}
	if all := e.CompareLinks(made, nil); len(all) != 0 {
		t.Errorf("nothing is known of the links, and yet %v", all)
	}
	want := []mapping.Difference{
		{What: "line of order 7001 that line 1 of the bill is for", Expected: "2", Found: "1"},
		{What: "line of order 7001 that line 2 of the bill is for", Expected: "1", Found: "2"},
	}
	if diff := cmp.Diff(want, e.CompareLinks(made, map[int]int{1: 1, 2: 2})); diff != "" {
		t.Error(diff)
	}
}

// TestALineThatMayBeTakenForAnotherIsLookedUpInTheOrder bills line 2 of an order, which stands first in it: what stands second
// would be billed were orderLine a place.
func TestALineThatMayBeTakenForAnotherIsLookedUpInTheOrder(t *testing.T) {
	second := func(item string) []func(map[string]any) {
		return []func(map[string]any){setLine(0, "line", 2), setLine(0, "quantityBilled", 1), setLine(1, "line", 5), setLine(1, "item", map[string]any{"id": item})}
	}
	planned := func(changes ...func(map[string]any)) *mapping.Expected {
		number := 2
		if len(changes) == 0 {
			number = 1
		}
		p, err := bill(t, mapper(t), invoice("45", []document.InvoiceItem{line(1, number, "ACME-W-1", "9", "5", "45")}), orders(t, changes...))
		return plan(t, p, err).Expect
	}
	if ids := planned(second("202")...).Doubtful(); len(ids) != 0 {
		t.Errorf("with another item in the second place, orders %v are read", ids)
	}
	if ids := planned().Doubtful(); len(ids) != 0 {
		t.Errorf("with lines in their places, orders %v are read", ids)
	}
	e := planned(second("201")...)
	if diff := cmp.Diff([]string{"7001"}, e.Doubtful()); diff != "" {
		t.Fatal(diff)
	}
	after := record.PurchaseOrder{ID: "7001", Items: []record.OrderLine{{Line: 2, QuantityBilled: dec("10")}, {Line: 5}}}
	if all := e.CompareOrder(after); len(all) != 0 {
		t.Errorf("the line is billed, and yet %v", all)
	}
	after.Items[0].QuantityBilled, after.Items[1].QuantityBilled = dec("1"), dec("9")
	want := []mapping.Difference{{What: "billed of line 2 of order 7001", Expected: "at least 10", Found: "1"}}
	if diff := cmp.Diff(want, e.CompareOrder(after)); diff != "" {
		t.Error(diff)
	}
}
