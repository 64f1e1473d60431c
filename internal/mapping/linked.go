package mapping

import (
	"fmt"
	"slices"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
)

// doubtful reports whether the bill alone cannot show that NetSuite took the order's line with this key: were orderLine the
// place of a line in its order, and not its key, another line with the same item would have been billed in its stead.
func doubtful(po record.PurchaseOrder, key int) bool {
	meant := slices.IndexFunc(po.Items, func(l record.OrderLine) bool { return l.Line == key })
	place := key - 1
	return meant >= 0 && meant != place && place >= 0 && place < len(po.Items) && po.Items[place].Item.ID == po.Items[meant].Item.ID
}

// billedAfter is what the order has to show as billed of a doubtful line once a quantity more of it is, nil for any other.
func billedAfter(po record.PurchaseOrder, key int, quantity document.Decimal) *document.Decimal {
	ol, ok := po.Line(key)
	if !ok || !doubtful(po, key) {
		return nil
	}
	billed := ol.QuantityBilled.Add(quantity)
	return &billed
}

// Doubtful returns the ids of the orders that have to be read to know which of their lines the bill took.
func (e *Expected) Doubtful() []string {
	var ids []string
	for _, l := range e.Lines {
		if l.Billed != nil && !slices.Contains(ids, l.OrderID) {
			ids = append(ids, l.OrderID)
		}
	}
	return ids
}

// CompareOrder returns which doubtful lines the order does not show as billed, read after the bill was made.
func (e *Expected) CompareOrder(po record.PurchaseOrder) []Difference {
	var all []Difference
	for _, l := range e.Lines {
		if l.Billed == nil || l.OrderID != po.ID {
			continue
		}
		if ol, _ := po.Line(l.OrderLine); ol.QuantityBilled.Cmp(*l.Billed) < 0 {
			all = append(all, Difference{What: fmt.Sprintf("billed of line %d of order %s", l.OrderLine, po.ID),
				Expected: "at least " + l.Billed.Canonical(), Found: ol.QuantityBilled.Canonical()})
		}
	}
	return all
}
