package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/order"
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
	p := orderPlan{Mapper: m, state: state, po: po, numbering: m.number(po.Items), refused: make(map[int]bool)}
	p.witnesses()
	doc := p.header()
	body := make(map[string]json.RawMessage)
	header := func(f field) bool { return state.Stated.Header(f.header) }
	env := environment{Doc: doc, Order: valuesOf(po), Lookup: m.tables.lookup}
	if err := p.compare(body, m.header, env, po.Raw, 0, header); err != nil {
		return Plan{}, fmt.Errorf("map order %s: %w", po.TranID, err)
	}
	p.unmapped("", doc, docFacets(), m.read.doc)
	var lines []map[string]json.RawMessage
	for i, l := range po.Items {
		number := p.numbering.numbers[i]
		if number == 0 || l.Line == 0 || p.refused[number] {
			continue
		}
		values := p.line(number, l)
		if p.refused[number] {
			continue
		}
		line := make(map[string]json.RawMessage)
		stated := func(f field) bool { return state.Stated.Header(f.header) || state.Stated.Line(number, f.ofLine) }
		env := lineEnvironment{Doc: doc, Order: valuesOf(po), Line: values, Lookup: m.tables.lookup}
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
	state     order.State
	po        record.PurchaseOrder
	numbering numbering
	plan      Plan
	problems  []problem
	refused   map[int]bool // numbers of lines that a document is wrong about
}

func (p *orderPlan) refuse(number int, documentID string, problem *problem) {
	problem.doc = documentID
	p.problems = append(p.problems, *problem)
	p.refused[number] = true
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
