package mapping_test

import (
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
)

// BenchmarkOrder plans an order of 2,000 lines that are all confirmed, from its ledger.
func BenchmarkOrder(b *testing.B) {
	d := confirmation("C", 1, document.ConfirmAllDetail)
	var lines []any
	for n := 1; n <= 2000; n++ {
		d.OrderConfirmation.Items = append(d.OrderConfirmation.Items, confirmed(n, status(document.StatusAllDetail, "1")))
		lines = append(lines, map[string]any{"line": n, "quantity": 1, "rate": 1, "custcol_n": n})
	}
	po := purchaseOrder(b, set("item", map[string]any{"items": lines}))
	l := ledger(d)
	m := mapper(b, func(c *mapping.Config) { c.LinePolicy = "custcol_n" })
	for b.Loop() {
		if p, err := m.Order(l.Fold(), po); err != nil || len(p.Calls) != 1 {
			b.Fatal(err)
		}
	}
}
