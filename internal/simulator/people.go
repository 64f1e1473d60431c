package simulator

import (
	"fmt"

	"counterpunch/internal/document"
)

// The acts of people at work in NetSuite's own pages, which no REST call of the simulator does.
const (
	ActReceive = "receive" // goods of a line of an order
	ActApprove = "approve" // an order that waits for approval
	ActClose   = "close"   // a line of an order, or all of them (line 0)
	ActReopen  = "reopen"  // the same back
	ActPay     = "pay"     // an amount of a bill; empty: all that is due
	ActEdit    = "edit"    // a field of the body or of a line, to text or a number
)

// Act is what a person does. Record is the internal id.
type Act struct {
	Do       string `json:"do"`
	Record   string `json:"record"`
	Line     int    `json:"line"`
	Quantity string `json:"quantity"` // receive
	Amount   string `json:"amount"`   // pay
	Field    string `json:"field"`    // edit
	Value    string `json:"value"`    // edit
}

// Do carries out what a person does. It is written down in the books like a write, without a call.
func (s *Simulator) Do(a Act) error {
	s.lock()
	defer s.mu.Unlock()
	if s.world.records[a.Record] == nil {
		return fmt.Errorf("%s: record %q does not exist", a.Do, a.Record)
	}
	t := s.world.begin(s.now())
	if err := s.act(t.edit(a.Record), a); err != nil {
		return fmt.Errorf("%s record %s: %w", a.Do, a.Record, err)
	}
	t.commit(nil)
	return nil
}

func (s *Simulator) act(r *record, a Act) error {
	if (a.Do == ActPay) != (r.schema.name == billType) && a.Do != ActEdit {
		return fmt.Errorf("not possible for a %s", r.schema.name)
	}
	switch a.Do {
	case ActReceive:
		one := r.row(itemList, a.Line)
		quantity, err := document.ParseDecimal(a.Quantity)
		if one == nil || err != nil {
			return fmt.Errorf("line %d, quantity %q: no such line or not a number", a.Line, a.Quantity)
		}
		one.fields["quantityReceived"] = one.number("quantityReceived").Add(quantity)
	case ActApprove:
		r.fields["orderStatus"] = s.world.refTo("orderStatus", statusPendingReceipt)
	case ActClose, ActReopen:
		for _, one := range r.lists[itemList] {
			if a.Line == 0 || one.line == a.Line {
				one.fields["isClosed"] = a.Do == ActClose
			}
		}
	case ActPay:
		amount := r.number("amountRemaining")
		if a.Amount != "" {
			given, err := document.ParseDecimal(a.Amount)
			if err != nil {
				return err
			}
			amount = given
		}
		if amount.Cmp(r.number("amountRemaining")) > 0 {
			return fmt.Errorf("only %s is due", r.text("amountRemaining"))
		}
		r.fields["amountPaid"] = r.number("amountPaid").Add(amount)
		s.settleBill(r)
		return nil
	case ActEdit:
		return edit(r, a)
	default:
		return fmt.Errorf("unknown act")
	}
	s.settleOrder(r)
	return nil
}

// edit sets one field without the rules of the REST API; totals are not recomputed.
func edit(r *record, a Act) error {
	known, into := r.schema.fields, r.fields
	if a.Line != 0 {
		one := r.row(itemList, a.Line)
		if one == nil {
			return fmt.Errorf("line %d does not exist", a.Line)
		}
		known, into = r.schema.lists[itemList], one.fields
	}
	f, ok := known[a.Field]
	if !ok {
		return fmt.Errorf("field %q does not exist", a.Field)
	}
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
	return nil
}
