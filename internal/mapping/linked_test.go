package mapping_test

import (
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"

	"github.com/google/go-cmp/cmp"
)

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
