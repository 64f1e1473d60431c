package mapping

import (
	"fmt"
	"slices"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
)

// inStead returns the key of the line that would be billed in place of the one with this key, were orderLine the place of a line
// in its order and not its key. 0: the bill shows that NetSuite took the right one, because the other is of another item.
func inStead(po record.PurchaseOrder, key int) int {
	meant := slices.IndexFunc(po.Items, func(l record.OrderLine) bool { return l.Line == key })
	place := key - 1
	if meant < 0 || meant == place || place < 0 || place >= len(po.Items) || po.Items[place].Item.ID != po.Items[meant].Item.ID {
		return 0
	}
	return po.Items[place].Line
}

// billedAfter is what the order has to show as billed of a doubtful line once a quantity more of it is, nil for any other.
func billedAfter(po record.PurchaseOrder, key int, quantity document.Decimal) *document.Decimal {
	ol, ok := po.Line(key)
	if !ok || inStead(po, key) == 0 {
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

// Exchangeable reports whether lines may have been billed for one another in a way that the order does not show either: in equal
// quantities, and at different amounts.
func (e *Expected) Exchangeable() bool {
	return slices.ContainsFunc(e.Lines, func(l ExpectedLine) bool {
		return l.InStead != 0 && slices.ContainsFunc(e.Lines, func(other ExpectedLine) bool {
			return other.OrderID == l.OrderID && other.OrderLine == l.InStead && other.Quantity.Equal(l.Quantity) && !other.Amount.Equal(l.Amount)
		})
	})
}

// CompareLinks returns which lines of the bill bill another line of their order than the one they were made for. billed has the
// order's line by the bill's.
func (e *Expected) CompareLinks(bill record.VendorBill, billed map[int]int) []Difference {
	var all []Difference
	for _, bl := range bill.Items {
		is, known := billed[bl.Line]
		for _, l := range e.Lines {
			if known && l.InStead != 0 && l.OrderID == bl.OrderDoc.ID && l.OrderLine == bl.OrderLine && is != l.OrderLine {
				all = append(all, Difference{What: fmt.Sprintf("line of order %s that line %d of the bill is for", l.OrderID, bl.Line),
					Expected: fmt.Sprint(l.OrderLine), Found: fmt.Sprint(is)})
			}
		}
	}
	return all
}
