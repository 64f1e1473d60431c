package mapping

import (
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/order"
	"counterpunch/internal/reason"
)

func (p *orderPlan) header() docValues {
	var v docValues
	if h := p.state.Confirmation; h != nil {
		v.ConfirmationNumber, v.Comments = h.Number, h.Comments
		v.ConfirmationDate = day(&h.Date)
		v.Tax, v.Shipping, v.Total = p.money(h, "tax", h.Tax), p.money(h, "shipping", h.Shipping), p.money(h, "total", h.Total)
	}
	for _, s := range p.state.Shipments {
		if !s.Planned && !s.Return && s.Number != "" {
			v.Shipments = append(v.Shipments, s.Number)
		}
	}
	v.TrackingNumbers, v.Carriers, v.ShipDate = p.state.Tracking, p.state.Carriers, day(p.state.ShipDate)
	return v
}

// money is an amount of the confirmation's header, unless it is in another currency: a bare number in the order's field
// would be wrong.
func (p *orderPlan) money(h *order.Header, what string, amount *document.Money) string {
	if amount == nil {
		return ""
	}
	if bad := p.currency(what, amount.Currency, p.po.Currency, 0); bad != nil {
		bad.doc = h.DocumentID
		p.problems = append(p.problems, *bad)
		return ""
	}
	return amount.Amount.Canonical()
}

// line returns the values of a line; a unit or currency that the order does not have refuses it.
func (p *orderPlan) line(number int, l record.OrderLine) lineValues {
	s := p.state.Line(number)
	v := lineValues{
		Number: number, Status: s.Status,
		ShipDate: day(s.ShipDate), DeliveryDate: day(s.DeliveryDate),
		OrderLine: l.Line, Item: l.Item.ID, Part: l.VendorName, Description: l.Description, Unit: name(l.Units),
		Quantity: l.Quantity.Canonical(), Price: l.Rate.Canonical(),
	}
	substitutes := p.substitutes(s, l)
	v.Comments, v.Substitutes = s.CommentsWith(substitutes), strings.Join(substitutes, ", ")
	for _, part := range substitutes {
		p.plan.Differences = append(p.plan.Differences, Difference{What: "supplier part", Expected: l.VendorName, Found: part + ", offered instead", Line: number})
	}
	if s.Price != nil {
		if bad := p.currency("price", s.Price.Currency, p.po.Currency, number); bad != nil {
			p.refuse(number, s.DocumentID, bad)
		}
		unit, _ := p.common(s.Confirmed)
		v.ConfirmedPrice = p.priceIn(s.Price.Amount, unit, l.Units).Round(rateDecimals).Canonical()
	}
	v.ConfirmedQuantity = p.confirmedQuantity(number, s, l, len(substitutes) > 0)
	switch sum, ok := p.total(s.Shipped, l.Units); {
	case s.ShippedWhole:
		v.ShippedQuantity = v.Quantity
	case !ok:
		p.unitMismatch(number, p.shipper(number, l.Units), s.Shipped, l)
	case len(s.Shipped) > 0:
		v.ShippedQuantity = sum.Canonical()
		if sum.Cmp(l.Quantity) > 0 {
			p.plan.Differences = append(p.plan.Differences, Difference{What: "shipped quantity", Expected: v.Quantity, Found: v.ShippedQuantity, Line: number})
		}
	}
	return v
}

// substitutes are the parts that the supplier offers in place of the line's. Many restate the ordered one; where the order does
// not say which that is, only a status of changes can mean another.
func (p *orderPlan) substitutes(s order.LineState, l record.OrderLine) []string {
	var all []string
	for _, portion := range s.Portions {
		if p.is(portion.Substitute, l) || l.VendorName == "" && portion.Status != document.StatusDetail {
			continue
		}
		all = given(all, portion.Substitute)
	}
	return all
}

func (p *orderPlan) confirmedQuantity(number int, s order.LineState, l record.OrderLine, substituted bool) string {
	if len(s.Portions) == 0 {
		return ""
	}
	if s.Whole {
		if s.Portions[0].Confirmed() {
			return l.Quantity.Canonical()
		}
		return "0"
	}
	sum, ok := p.total(s.Confirmed, l.Units)
	if !ok && !substituted {
		p.unitMismatch(number, s.DocumentID, s.Confirmed, l)
	}
	if !ok {
		return ""
	}
	return sum.Canonical()
}

// shipper is the document of the shipment whose unit is not the line's.
func (p *orderPlan) shipper(number int, unit record.Ref) string {
	for _, s := range p.state.Shipments {
		if _, ok := p.total(s.Lines[number], unit); !ok {
			return s.DocumentID
		}
	}
	return ""
}

func (p *orderPlan) unitMismatch(number int, documentID string, q order.Quantities, l record.OrderLine) {
	unit, _ := p.common(q)
	d := Difference{What: "unit", Expected: name(l.Units), Found: unit, Line: number}
	p.refuse(number, documentID, &problem{reason: reason.UnitMismatch, text: d.String(), diff: d})
}

func valuesOf(po record.PurchaseOrder) orderValues {
	return orderValues{
		ID: po.ID, Number: po.TranID, Vendor: po.Entity.ID, Currency: name(po.Currency), Date: po.TranDate,
		Status: po.OrderStatus.ID, Total: po.Total.Canonical(),
	}
}

// day is the calendar date of a moment in the zone that was written with it, "" for none.
func day(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
