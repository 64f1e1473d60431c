package mapping

import (
	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/order"
	"counterpunch/internal/reason"
)

// witnesses checks every line that a document names against the order.
func (p *orderPlan) witnesses() {
	for _, n := range p.state.Mentioned() {
		if l, ok := p.state.Lines[n]; ok {
			p.witnessed(p.confirmed(n, l), l.DocumentID)
		}
		for _, s := range p.state.Shipments {
			if quantities, ok := s.Lines[n]; ok && !s.Return {
				p.witnessed(p.shipped(n, quantities, s), s.DocumentID)
			}
		}
	}
}

func (p *orderPlan) witnessed(c claim, documentID string) {
	if c.number <= 0 {
		p.refuse(c.number, documentID, &problem{reason: reason.LineNotFound, text: "a line has no number", diff: Difference{What: "line number", Expected: "a number"}})
		return
	}
	if _, bad := p.match(c, p.numbering); bad != nil {
		p.refuse(c.number, documentID, bad)
	}
}

func (p *orderPlan) confirmed(n int, l order.LineState) claim {
	c := claim{number: n, shown: n, weak: true}
	var sum order.Quantities
	for _, portion := range l.Portions {
		sum = sum.Add(portion.Quantity)
		if portion.Price != nil && c.price == nil {
			c.price = &portion.Price.Amount
		}
		c.part = portion.Substitute
	}
	c.unit, c.quantity = p.common(sum)
	if c.substitute = len(l.Substitutes) > 0; c.substitute {
		for _, line := range p.numbering.byNumber[n] {
			c.substitute = c.substitute && fold(c.part) != fold(line.VendorName)
		}
	}
	return c
}

func (p *orderPlan) shipped(n int, quantities order.Quantities, s order.ShipmentState) claim {
	c := claim{number: n, shown: n, weak: true}
	c.unit, c.quantity = p.common(quantities)
	if len(s.Parts[n]) > 0 {
		c.part = s.Parts[n][0]
	}
	// A part that the confirmation offered instead is expected to come.
	for _, substitute := range p.state.Lines[n].Substitutes {
		c.substitute = c.substitute || fold(substitute) == fold(c.part)
	}
	return c
}

// common adds quantities up when their units are one. When they are not, the unit is a text that no order has.
func (p *orderPlan) common(quantities order.Quantities) (unit string, sum document.Decimal) {
	for i, q := range quantities {
		if i > 0 && p.units.group(q.Unit) != p.units.group(unit) {
			return unit + " and " + q.Unit, sum
		}
		if unit == "" {
			unit = q.Unit
		}
		sum = sum.Add(q.Value)
	}
	return unit, sum
}

// total is what quantities come to in the line's unit; false when a unit is not the line's.
func (p *orderPlan) total(quantities order.Quantities, unit record.Ref) (document.Decimal, bool) {
	var sum document.Decimal
	for _, q := range quantities {
		value, ok := p.inUnit(q.Value, q.Unit, unit)
		if !ok {
			return sum, false
		}
		sum = sum.Add(value)
	}
	return sum, true
}
