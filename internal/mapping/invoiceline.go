package mapping

import (
	"fmt"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

// cents are the decimal places of amounts on a bill, rateDecimals those of rates.
const (
	cents        = 2
	rateDecimals = 8
)

// itemLine is an item line of a bill or credit.
type itemLine struct {
	order       record.PurchaseOrder // zero for a charge
	line        int                  // key in the order
	item        string
	quantity    document.Decimal
	rate        document.Decimal
	derived     bool             // the rate is a quotient of what is stated
	amount      document.Decimal // of the invoice; in whole cents once the bill is rounded
	description string
	service     bool
}

// invoiced reads quantity, rate in the order's terms, and amount of an invoice line. The declared subtotal is the amount;
// where quantity and price say another, that is a problem.
func (b *bill) invoiced(it document.InvoiceItem) (l itemLine, ok bool) {
	l.quantity, l.service = it.Quantity.Value, it.Service
	if it.UnitPrice != nil {
		l.rate = it.UnitPrice.Amount
		// The price may hold for several units, or for another one: per unit it is price times conversion through basis.
		if p := it.PriceBasis; p != nil && !p.Quantity.Value.IsZero() {
			factor := p.ConversionFactor
			if factor.IsZero() {
				factor = document.NewDecimal(1)
			}
			l.rate, l.derived = l.rate.Mul(factor).Quo(p.Quantity.Value), true
		}
	}
	if it.Service && l.quantity.IsZero() && it.UnitPrice == nil && it.Subtotal != nil {
		l.quantity, l.rate = document.NewDecimal(1), it.Subtotal.Amount
	}
	l.amount = l.quantity.Mul(l.rate)
	n := it.InvoiceLineNumber
	switch {
	case it.Return || l.quantity.Sign() < 0 || l.amount.Sign() < 0 || it.Subtotal != nil && it.Subtotal.Amount.Sign() < 0:
		b.problem(reason.NotSupported, fmt.Sprintf("line %d gives something back on an invoice", n),
			Difference{What: "quantity", Expected: "more than 0", Found: l.quantity.Canonical(), Line: n})
		return l, false
	case it.UnitPrice == nil && it.Subtotal == nil:
		b.problem(reason.NotSupported, fmt.Sprintf("line %d has neither price nor subtotal", n),
			Difference{What: "unit price", Expected: "a price", Line: n})
		return l, false
	case it.Subtotal == nil:
		return l, true
	case it.UnitPrice == nil && l.amount.IsZero() && !l.quantity.IsZero():
		l.rate = it.Subtotal.Amount.Quo(l.quantity)
	case !rounding(l.quantity.Mul(l.rate), it.Subtotal.Amount) && !b.config.Tolerance.Total.allows(l.amount, it.Subtotal.Amount):
		d := Difference{What: "subtotal", Expected: l.amount.Round(cents).Canonical(), Found: it.Subtotal.Amount.Canonical(), Line: n}
		if b.problem(reason.TotalMismatch, fmt.Sprintf("line %d: %s times %s is not %s", n, l.quantity.Canonical(), l.rate.Canonical(), d.Found), d) {
			return l, false
		}
	}
	l.amount = it.Subtotal.Amount
	return l, true
}

// rounding reports whether stated can be exact rounded to a cent, in whatever way.
func rounding(exact, stated document.Decimal) bool {
	return stated.Sub(exact).Abs().Cmp(document.MustDecimal("0.01")) < 0
}

func invoiceClaim(it document.InvoiceItem, l itemLine) claim {
	return claim{
		number: it.LineNumber, shown: it.InvoiceLineNumber,
		parts: parts{named: given(nil, it.Item.SupplierPartID), buyers: given(nil, it.Item.BuyerPartID)},
		unit:  it.Quantity.Unit, quantity: l.quantity, price: &l.rate, derived: l.derived,
	}
}

// checkLine compares an invoice line with the order's.
func (b *bill) checkLine(it document.InvoiceItem, l itemLine, ol record.OrderLine) {
	n := it.InvoiceLineNumber
	if ol.IsClosed {
		b.problem(reason.OrderClosed, fmt.Sprintf("line %d: line %d of the order is closed", n, ol.Line),
			Difference{What: "line of the order", Expected: "open", Found: "closed", Line: n})
	}
	rate := l.rate
	if !b.units.same(it.Quantity.Unit, ol.Units) {
		d := Difference{What: "unit", Expected: name(ol.Units), Found: it.Quantity.Unit, Line: n}
		if _, ok := b.inUnit(l.quantity, it.Quantity.Unit, ol.Units); !ok {
			b.problem(reason.UnitMismatch, d.String(), d)
			return
		}
		b.differences = append(b.differences, d)
		rate, l.derived = b.priceIn(l.rate, it.Quantity.Unit, ol.Units), true
	}
	if l.derived {
		rate = comparable(rate, ol.Rate)
	}
	d := Difference{What: "unit price", Expected: ol.Rate.Canonical(), Found: rate.Canonical(), Line: n}
	switch {
	case ol.Rate.Equal(rate):
	case b.config.Tolerance.Price.allows(ol.Rate, rate):
		b.differences = append(b.differences, d)
	default:
		b.problem(reason.PriceMismatch, d.String(), d)
	}
}

// ordered returns an invoice line in the unit of the order's. Its amount is the invoice's, to the cent.
func (b *bill) ordered(l itemLine, unit string, ol record.OrderLine) itemLine {
	if quantity, ok := b.inUnit(l.quantity, unit, ol.Units); ok {
		l.rate, l.quantity = b.priceIn(l.rate, unit, ol.Units), quantity
	}
	return l
}

// take adds an invoiced line to the bill. NetSuite keys a bill's lines by the order's, so that two lines of the invoice
// for one of the order become one, if their price is one.
func (b *bill) take(n int, l itemLine) {
	for i := range b.lines {
		have := &b.lines[i]
		if have.order.ID != l.order.ID || have.line != l.line {
			continue
		}
		if !have.rate.Equal(l.rate) {
			b.problem(reason.NotSupported, fmt.Sprintf("line %d bills line %d of the order a second time at another price", n, l.line),
				Difference{What: "unit price", Expected: have.rate.Canonical(), Found: l.rate.Canonical(), Line: n})
			return
		}
		have.quantity, have.amount = have.quantity.Add(l.quantity), have.amount.Add(l.amount)
		return
	}
	b.lines = append(b.lines, l)
}

// checkQuantities compares what is billed with what is left to bill, over all lines of the invoice.
func (b *bill) checkQuantities() {
	for _, l := range b.lines {
		ol, ok := l.order.Line(l.line)
		if !ok {
			continue
		}
		left := ol.Quantity.Sub(ol.QuantityBilled)
		d := Difference{What: fmt.Sprintf("quantity for line %d of order %s", l.line, l.order.TranID), Expected: "at most " + left.Canonical(), Found: l.quantity.Canonical()}
		switch {
		case l.quantity.Cmp(left) <= 0:
		case b.config.Tolerance.Quantity.allows(left, l.quantity):
			b.differences = append(b.differences, d)
		default:
			b.problem(reason.QuantityExceedsOrder, d.String(), d)
		}
	}
}
