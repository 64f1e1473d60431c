package mapping

import (
	"slices"

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
		c.parts.named = given(c.parts.named, portion.Part)
		c.parts.buyers = given(c.parts.buyers, portion.BuyerPart)
	}
	c.unit, c.quantity = p.common(sum)
	c.parts.offered = l.Substitutes
	for _, part := range l.Substitutes {
		if p.settled(part, l.DocumentID) {
			c.parts.settled = append(c.parts.settled, part)
		}
	}
	return c
}

// settled reports whether the document gives the part for the line that orders it.
func (p *orderPlan) settled(part, documentID string) bool {
	number, ordered := p.numbering.byPart[supplierKey(p.ordered(part))]
	own := p.state.Lines[number]
	return ordered && own.DocumentID == documentID && slices.ContainsFunc(own.Portions, func(portion order.Portion) bool {
		return portion.Substitute == part || portion.Part == part
	})
}

func (p *orderPlan) shipped(n int, quantities order.Quantities, s order.ShipmentState) claim {
	c := claim{number: n, shown: n, weak: true}
	c.unit, c.quantity = p.common(quantities)
	c.parts.buyers = s.BuyerParts[n]
	for _, part := range s.Parts[n] {
		// A part that the confirmation offered instead is expected to come.
		if slices.ContainsFunc(p.state.Lines[n].Substitutes, func(offered string) bool { return fold(offered) == fold(part) }) {
			c.parts.offered = append(c.parts.offered, part)
		} else {
			c.parts.named = append(c.parts.named, part)
		}
	}
	c.parts.settled = c.parts.offered // the confirmation was held against the order itself
	return c
}

// given adds a part to those that are known, unless there is none.
func given(parts []string, part string) []string {
	if part == "" || slices.Contains(parts, part) {
		return parts
	}
	return append(parts, part)
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
