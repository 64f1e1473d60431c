package simulator

import (
	"fmt"
	"slices"

	"counterpunch/internal/document"
)

// The acts of people at work in NetSuite's own pages, while the integration is at work too.
const (
	ActApprove     = "approve"      // an order or bill that waits for approval
	ActReject      = "reject"       // an order
	ActClose       = "close"        // a line of an order, or all of them (line 0)
	ActReopen      = "reopen"       // the same back
	ActInsertLine  = "insert-line"  // of an order: Item, Quantity and Rate, before line Line, or last
	ActRemoveLine  = "remove-line"  // of an order; its number is never given again
	ActReceive     = "receive"      // Quantity of a line of an order; line 0: all that is left
	ActEdit        = "edit"         // a Field of the body or of a line, to the text or number Value
	ActEnterBill   = "enter-bill"   // a bill without external id: of the order Record, or of Vendor alone
	ActEnterCredit = "enter-credit" // the same for a credit of the bill Record, or of Vendor alone
	ActPay         = "pay"          // an Amount of a bill; empty: all that is due
	ActVoid        = "void"         // a bill: its amounts become nothing
	ActDelete      = "delete"       // any record that others do not depend on
)

func acts() []string {
	return []string{ActApprove, ActReject, ActClose, ActReopen, ActInsertLine, ActRemoveLine, ActReceive, ActEdit, ActEnterBill,
		ActEnterCredit, ActPay, ActVoid, ActDelete}
}

// Act is what a person does. Record is the internal id of the record that it is done to. People are bound by the rules of
// the books as calls are, but not by the permissions of the integration's role.
type Act struct {
	Do       string `json:"do"`
	Record   string `json:"record"`
	Line     int    `json:"line"`
	Item     string `json:"item"`     // insert-line
	Quantity string `json:"quantity"` // receive, insert-line, and enter-bill with a line
	Rate     string `json:"rate"`     // insert-line
	Amount   string `json:"amount"`   // pay, and what is entered without a record
	Vendor   string `json:"vendor"`   // enter-bill and enter-credit without a record
	Number   string `json:"number"`   // enter-bill and enter-credit: the reference number
	Date     string `json:"date"`     // enter-bill and enter-credit; empty: today
	Field    string `json:"field"`    // edit
	Value    string `json:"value"`    // edit
}

// Do carries out what a person does. It is written down in the books like a write, without a call.
func (s *Simulator) Do(a Act) error {
	_, err := s.do(a)
	return err
}

// do returns what the act wrote.
func (s *Simulator) do(a Act) ([]Write, error) {
	s.lock()
	defer s.mu.Unlock()
	if !slices.Contains(acts(), a.Do) {
		return nil, fmt.Errorf("unknown act %q: do one of %q", a.Do, acts())
	}
	r := s.world.records[a.Record]
	if r == nil && (a.Record != "" || a.Do != ActEnterBill && a.Do != ActEnterCredit) {
		return nil, fmt.Errorf("%s: record %q does not exist", a.Do, a.Record)
	}
	t := s.world.begin(s.now())
	if err := s.act(t, r, a); err != nil {
		return nil, fmt.Errorf("%s record %s: %w", a.Do, a.Record, err)
	}
	before := len(s.world.writes)
	t.commit(nil)
	return slices.Clone(s.world.writes[before:]), nil
}

func (s *Simulator) act(t *save, r *record, a Act) error {
	switch a.Do {
	case ActEnterBill:
		return s.enterTransaction(t, r, billType, a)
	case ActEnterCredit:
		return s.enterTransaction(t, r, creditType, a)
	case ActDelete:
		t.remove(r.id)
		return s.unbook(t, r)
	case ActEdit:
		return s.edit(t, r, a)
	}
	switch r.schema.name {
	case orderType:
		return s.actOnOrder(t, r, a)
	case billType:
		return s.actOnBill(t, r, a)
	}
	return fmt.Errorf("not possible for a %s", r.schema.name)
}

// edit sets one field, also one that the REST API does not let be written. Amounts, totals and status of an order follow;
// those of other records are left as they are.
func (s *Simulator) edit(t *save, before *record, a Act) error {
	r := t.edit(before.id)
	known, into, mark := r.schema.fields, r.fields, a.Field
	if a.Line != 0 {
		one := r.row(itemList, a.Line)
		if one == nil {
			return fmt.Errorf("line %d does not exist", a.Line)
		}
		known, into, mark = r.schema.lists[itemList], one.fields, givenColumn(itemList, a.Line, a.Field)
	}
	f, ok := known[a.Field]
	if !ok {
		return fmt.Errorf("field %q does not exist", a.Field)
	}
	r.given[mark] = true
	switch f.kind {
	case text, day:
		into[a.Field] = a.Value
	case number:
		d, err := document.ParseDecimal(a.Value)
		if err != nil {
			return err
		}
		into[a.Field] = d
	case flag:
		into[a.Field] = a.Value == "true"
	default:
		return fmt.Errorf("field %q cannot be edited", a.Field)
	}
	if a.Value == "" {
		delete(into, a.Field)
	}
	if r.schema.name != orderType {
		return nil
	}
	return s.finishOrder(before, r)
}

// enterTransaction makes a bill or credit as a person does who has the paper: from the order or bill that is open, or from nothing.
func (s *Simulator) enterTransaction(t *save, from *record, kind string, a Act) error {
	schema := s.schemaOf(kind)
	r := t.create(schema)
	for name, value := range map[string]string{"tranId": a.Number, "tranDate": a.Date} {
		if value != "" {
			r.fields[name] = value
			r.given[name] = true
		}
	}
	if from == nil {
		return s.enterAlone(t, r, a)
	}
	if !slices.Contains(from.schema.transforms, kind) {
		return fmt.Errorf("a %s cannot be made from a %s", kind, from.schema.name)
	}
	if from.schema.name == orderType && !s.initializes(from, schema) {
		return userError(initializeText, kind, from.id)
	}
	lines := s.prefill(from, r)[itemList]
	if a.Line != 0 {
		one, there := lines[a.Line]
		if !there {
			return fmt.Errorf("nothing remains of line %d", a.Line)
		}
		if a.Quantity != "" {
			quantity, err := document.ParseDecimal(a.Quantity)
			if err != nil {
				return err
			}
			one.fields["quantity"] = quantity
		}
		r.lists[itemList] = []*row{one}
	}
	if kind == creditType {
		s.applyTo(r, from)
	}
	return s.finish(t, nil, r)
}

// enterAlone completes a record that is made from nothing: one expense line of the amount.
func (s *Simulator) enterAlone(t *save, r *record, a Act) error {
	if _, known := s.world.names["vendor"][a.Vendor]; !known {
		return fmt.Errorf("vendor %q is not known", a.Vendor)
	}
	amount, err := document.ParseDecimal(a.Amount)
	if err != nil {
		return fmt.Errorf("amount: %w", err)
	}
	r.fields["entity"], r.fields["subsidiary"] = s.world.refTo("vendor", a.Vendor), s.world.refTo("subsidiary", "1")
	one := r.add(expenses)
	one.fields["account"], one.fields["amount"] = s.world.refTo("account", "610"), amount
	return s.finish(t, nil, r)
}
