package simulator

import (
	"fmt"

	"counterpunch/internal/document"
)

// actOnBill does what people do to a bill.
func (s *Simulator) actOnBill(t *save, before *record, a Act) error {
	if before.text("status") == voided {
		return userError(voidedText)
	}
	r := t.edit(before.id)
	switch a.Do {
	case ActApprove:
		r.fields["approvalStatus"] = s.world.refTo("approvalStatus", "2")
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
	case ActVoid:
		return s.void(t, before, r)
	default:
		return fmt.Errorf("not possible for a %s", r.schema.name)
	}
	s.settleBill(r)
	return nil
}

// void sets the amounts of a bill to nothing and gives its quantities back to the orders. The bill stays, with its number.
func (s *Simulator) void(t *save, before, r *record) error {
	if before.number("amountPaid").Sign() > 0 {
		return userError(dependentsText)
	}
	if err := s.open(before); err != nil {
		return err
	}
	for _, list := range r.lists {
		for _, one := range list {
			for _, name := range []string{"quantity", "amount", "tax1Amt", "grossAmt", "taxAmount"} {
				if one.has(name) {
					one.fields[name] = document.Decimal{}
				}
			}
		}
	}
	totals(r, document.Decimal{}, document.Decimal{})
	r.fields["userTotal"] = document.Decimal{}
	r.fields["status"] = ref{id: voided, name: voided}
	s.settleBill(r)
	return s.book(t, before, r)
}
