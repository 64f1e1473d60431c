package simulator

import (
	"maps"
	"slices"
)

// Books are everything the account holds and everything that happened to it. They are a copy: nothing in them changes.
type Books struct {
	PurchaseOrders []Record `json:"purchaseOrders"`
	VendorBills    []Record `json:"vendorBills"`
	VendorCredits  []Record `json:"vendorCredits"`
	ItemReceipts   []Record `json:"itemReceipts"`

	Writes       []Write       `json:"writes"`       // append-only
	Accidents    []Accident    `json:"accidents"`    // lines added by mistake
	FailedLogins []FailedLogin `json:"failedLogins"` // the login audit trail

	TotalCalls    int            `json:"totalCalls"`
	Calls         map[string]int `json:"calls"`         // by kind, such as "purchaseOrder patch"
	Refused       map[string]int `json:"refused"`       // answers by o:errorCode
	Faults        map[string]int `json:"faults"`        // faults that hit, by knob
	CallLog       []Call         `json:"callLog"`       // the first Options.KeepCalls calls
	Late          int            `json:"late"`          // writes that have not landed yet
	Abandoned     []Call         `json:"abandoned"`     // whose caller hung up before they were carried out; the first Options.KeepCalls
	OverLimit     int            `json:"overLimit"`     // calls refused by the concurrency limit
	MaxConcurrent int            `json:"maxConcurrent"` // most calls at once, refused ones included
	MaxSlots      int            `json:"maxSlots"`      // most calls at once that were let in
}

// Record is a transaction as the books show it: numbers without trailing zeros, references by their id, flags as true and
// false, absent fields absent.
type Record struct {
	Type       string            `json:"type"`
	ID         string            `json:"id"`
	TranID     string            `json:"tranId"`
	ExternalID string            `json:"externalId,omitempty"`
	Vendor     string            `json:"vendor"`
	Total      string            `json:"total"` // with two places
	Status     string            `json:"status"`
	Fields     map[string]string `json:"fields"`
	Items      []Line            `json:"items,omitempty"`
	Expenses   []Line            `json:"expenses,omitempty"`
	Apply      []Line            `json:"apply,omitempty"`
	TaxDetails []Line            `json:"taxDetails,omitempty"`
}

// Line is a line of a Record.
type Line struct {
	Line   int               `json:"line"`
	Fields map[string]string `json:"fields"`
}

// Item returns the item line with a number.
func (r Record) Item(line int) (Line, bool) {
	for _, one := range r.Items {
		if one.Line == line {
			return one, true
		}
	}
	return Line{}, false
}

// Order returns the purchase order with a number (tranId).
func (b Books) Order(tranID string) (Record, bool) {
	for _, r := range b.PurchaseOrders {
		if r.TranID == tranID {
			return r, true
		}
	}
	return Record{}, false
}

// Bills returns the vendor bills of a vendor with a number (tranId).
func (b Books) Bills(vendor, tranID string) []Record { return numbered(b.VendorBills, vendor, tranID) }

// Credits returns the vendor credits of a vendor with a number (tranId).
func (b Books) Credits(vendor, tranID string) []Record {
	return numbered(b.VendorCredits, vendor, tranID)
}

func numbered(all []Record, vendor, tranID string) []Record {
	var found []Record
	for _, r := range all {
		if r.Vendor == vendor && r.TranID == tranID {
			found = append(found, r)
		}
	}
	return found
}

// Calls returns the call log: the first Options.KeepCalls calls.
func (s *Simulator) Calls() []Call {
	s.lock()
	defer s.mu.Unlock()
	return slices.Concat([]Call{}, s.traffic.calls)
}

// Books returns the books as they are now.
func (s *Simulator) Books() Books {
	s.lock()
	defer s.mu.Unlock()
	w, t := s.world, &s.traffic
	b := Books{
		PurchaseOrders: []Record{}, VendorBills: []Record{}, VendorCredits: []Record{}, ItemReceipts: []Record{},
		Late: len(s.late), Writes: slices.Clone(w.writes), Accidents: slices.Clone(w.accident), FailedLogins: slices.Clone(s.gate.trail),
		TotalCalls: t.total, Calls: maps.Clone(t.kinds), Refused: maps.Clone(t.refused), Faults: maps.Clone(t.faults),
		CallLog: slices.Clone(t.calls), Abandoned: slices.Clone(t.abandoned), OverLimit: t.overLimit, MaxConcurrent: t.maxFlight, MaxSlots: t.maxSlots,
	}
	for _, id := range w.ids {
		r := w.records[id]
		switch r.schema.name {
		case orderType:
			b.PurchaseOrders = append(b.PurchaseOrders, show(r))
		case billType:
			b.VendorBills = append(b.VendorBills, show(r))
		case creditType:
			b.VendorCredits = append(b.VendorCredits, show(r))
		default:
			b.ItemReceipts = append(b.ItemReceipts, show(r))
		}
	}
	return b
}

func show(r *record) Record {
	status := r.text("status")
	if r.schema.name == orderType {
		status = r.text("orderStatus")
	}
	return Record{
		Type: r.schema.name, ID: r.id, TranID: r.text("tranId"), ExternalID: r.text("externalId"), Vendor: r.text("entity"),
		Total: money(r.number("total")), Status: status, Fields: texts(r.fields),
		Items: showLines(r, itemList), Expenses: showLines(r, expenses), Apply: showLines(r, applyList), TaxDetails: showLines(r, taxList),
	}
}

func showLines(r *record, list string) []Line {
	var lines []Line
	for _, one := range r.lists[list] {
		lines = append(lines, Line{Line: one.line, Fields: texts(one.fields)})
	}
	return lines
}

func texts(fields map[string]any) map[string]string {
	out := make(map[string]string, len(fields))
	for name, value := range fields {
		out[name] = textOf(value)
	}
	return out
}
