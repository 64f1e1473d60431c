package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/order"
	"counterpunch/internal/reason"
)

// Order plans the update that brings the purchase order to the state. Only what differs is written, in one PATCH with the
// lines by the key just read; when nothing differs there is no call.
//
// A field whose desired value is empty is cleared only if a document once stated what the field is made of: before that,
// what stands in it is a person's. A field that documents have stated is theirs from then on.
//
// A *Mismatch names the documents whose lines do not fit the order. The plan is then still that of all other lines, so
// that a bad document does not keep good ones from their effect; a caller whose own document is not among
// Mismatch.Documents goes on with it. Other errors come from expressions, and there is no plan.
func (m *Mapper) Order(state order.State, po record.PurchaseOrder) (Plan, error) {
	p := orderPlan{Mapper: m, state: state, po: po, refused: make(map[int]bool)}
	p.witnesses()
	doc := p.header()
	body := make(map[string]json.RawMessage)
	header := func(f field) bool { return state.Stated.Header(f.header) }
	env := environment{Doc: doc, Order: valuesOf(po)}
	if err := p.compare(body, m.header, env, po.Raw, 0, header); err != nil {
		return Plan{}, fmt.Errorf("map order %s: %w", po.TranID, err)
	}
	p.unmapped("", doc, docFacets(), m.read.doc)
	var lines []map[string]json.RawMessage
	for i, l := range po.Items {
		number := m.number(l, i)
		if number == 0 || l.Line == 0 || p.refused[number] {
			continue
		}
		values := p.line(number, l)
		if p.refused[number] {
			continue
		}
		line := make(map[string]json.RawMessage)
		stated := func(f field) bool { return state.Stated.Header(f.header) || state.Stated.Line(number, f.ofLine) }
		env := lineEnvironment{Doc: doc, Order: valuesOf(po), Line: values}
		if err := p.compare(line, m.line, env, l.Raw, l.Line, stated); err != nil {
			return Plan{}, fmt.Errorf("map order %s line %d: %w", po.TranID, l.Line, err)
		}
		p.unmapped(fmt.Sprintf("line %d ", number), values, lineFacets(), m.read.line)
		if len(line) > 0 {
			line["line"] = json.RawMessage(fmt.Sprint(l.Line))
			lines = append(lines, line)
		}
	}
	if err := p.call(body, lines); err != nil {
		return Plan{}, err
	}
	if mm := mismatch("order "+po.TranID, p.problems); mm != nil {
		return p.plan, mm
	}
	return p.plan, nil
}

// orderPlan is a plan in the making.
type orderPlan struct {
	*Mapper
	state    order.State
	po       record.PurchaseOrder
	plan     Plan
	problems []problem
	refused  map[int]bool // numbers of lines that a document is wrong about
}

func (p *orderPlan) refuse(number int, documentID string, problem *problem) {
	problem.doc = documentID
	p.problems = append(p.problems, *problem)
	p.refused[number] = true
}

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
	if _, bad := p.match(c, p.po.Items); bad != nil {
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
		for _, line := range p.numbered(p.po.Items, n) {
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
		if !p.units.same(q.Unit, unit) {
			return sum, false
		}
		sum = sum.Add(q.Value)
	}
	return sum, true
}

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

func (m *Mapper) currency(what, code string, is record.Ref, line int) *problem {
	if m.currencies.same(code, is) {
		return nil
	}
	d := Difference{What: "currency of the " + what, Expected: name(is), Found: code, Line: line}
	return &problem{reason: reason.CurrencyMismatch, text: d.String(), diff: d}
}

// line returns the values of a line; a unit or currency that the order does not have refuses it.
func (p *orderPlan) line(number int, l record.OrderLine) lineValues {
	s := p.state.Line(number)
	v := lineValues{
		Number: number, Status: s.Status, Comments: s.CommentsFor(l.VendorName),
		ShipDate: day(s.ShipDate), DeliveryDate: day(s.DeliveryDate),
		OrderLine: l.Line, Item: l.Item.ID, Part: l.VendorName, Description: l.Description, Unit: name(l.Units),
		Quantity: l.Quantity.Canonical(), Price: l.Rate.Canonical(),
	}
	for _, part := range s.Substitutes {
		if fold(part) != fold(l.VendorName) {
			v.Substitutes = part
			break
		}
	}
	if s.Price != nil {
		if bad := p.currency("price", s.Price.Currency, p.po.Currency, number); bad != nil {
			p.refuse(number, s.DocumentID, bad)
		}
		v.ConfirmedPrice = s.Price.Amount.Canonical()
	}
	v.ConfirmedQuantity = p.confirmedQuantity(number, s, l, v.Substitutes != "")
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

// compare puts into body what differs between the fields' desired values and what was read.
func (p *orderPlan) compare(body map[string]json.RawMessage, fields []field, env any, raw map[string]json.RawMessage, line int, stated func(field) bool) error {
	for _, f := range fields {
		v, err := f.evaluate(env)
		if err != nil {
			return err
		}
		if v.same(raw[f.name]) || v.kind == none && !stated(f) {
			continue
		}
		body[f.name] = v.json
		if v.kind == none {
			body[f.name] = json.RawMessage("null")
		}
		p.plan.Changes = append(p.plan.Changes, Change{
			Record: "purchaseOrder", ID: p.po.ID, Number: p.po.TranID, Line: line, Field: f.name,
			Before: shownText(raw[f.name]), After: v.text,
		})
	}
	return nil
}

func (p *orderPlan) unmapped(prefix string, values any, facets map[string]order.Facet, read map[string]bool) {
	for _, name := range unread(values, facets, read) {
		p.plan.Unmapped = append(p.plan.Unmapped, prefix+name)
	}
}

func (p *orderPlan) call(body map[string]json.RawMessage, lines []map[string]json.RawMessage) error {
	if len(body) == 0 && len(lines) == 0 {
		return nil
	}
	if p.po.ID == "" {
		return errors.New("map order: the order read has no internal id")
	}
	if len(lines) > 0 {
		items, err := json.Marshal(map[string]any{"items": lines})
		if err != nil {
			return fmt.Errorf("map order %s: %w", p.po.TranID, err)
		}
		body["item"] = items
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("map order %s: %w", p.po.TranID, err)
	}
	p.plan.Calls = append(p.plan.Calls, Call{Method: http.MethodPatch, Path: "purchaseOrder/" + p.po.ID, Body: raw})
	return nil
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
