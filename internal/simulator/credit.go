package simulator

import (
	"cmp"
	"slices"

	"counterpunch/internal/document"
)

// finishCredit completes and checks a changed vendor credit and applies it to its bills.
func (s *Simulator) finishCredit(t *save, before, r *record) error {
	if err := s.defaults(t, before, r); err != nil {
		return err
	}
	if err := s.sum(before, r); err != nil {
		return err
	}
	if before == nil && s.knobs.PostedApply == Ignored && !hasField(r, "createdFrom") {
		r.lists[applyList] = nil
	}
	left := r.number("total")
	was := applied(before)
	for _, one := range r.lists[applyList] {
		bill := s.world.records[one.text("doc")]
		if bill == nil || bill.schema.name != billType || bill.text("entity") != r.text("entity") ||
			bill.text("currency") != r.text("currency") ||
			one.flag("apply") && bill.text("approvalStatus") == "1" && s.knobs.ApplyToPending == Refuse && was[bill.id].IsZero() {
			return refuseAt(codeKey, "apply", accessing+"Invalid doc reference key "+one.text("doc")+".")
		}
		if !one.flag("apply") {
			delete(one.fields, "amount")
			continue
		}
		due := bill.number("amountRemaining").Add(was[bill.id])
		if !one.has("amount") {
			one.fields["amount"] = smaller(left, due)
		}
		amount := one.number("amount").Round(2)
		if amount.Sign() < 0 || amount.Cmp(due) > 0 {
			return userError(overAppliedText)
		}
		if amount.Cmp(left) > 0 {
			return userError(overCreditedText)
		}
		one.fields["amount"], one.fields["due"], one.fields["total"] = amount, due, bill.number("total")
		if n := bill.text("tranId"); n != "" {
			one.fields["refNum"] = n
		}
		left = left.Sub(amount)
	}
	r.lists[applyList] = slices.DeleteFunc(r.lists[applyList], func(one *row) bool { return !one.flag("apply") })
	r.fields["applied"], r.fields["unapplied"] = r.number("total").Sub(left), left
	name := "Open"
	if left.IsZero() {
		name = "Fully Applied"
	}
	r.fields["status"] = ref{id: name, name: name}
	s.apply(t, before, r)
	return nil
}

func smaller(a, b document.Decimal) document.Decimal {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// applied sums what a credit takes off each bill.
func applied(r *record) map[string]document.Decimal {
	sums := map[string]document.Decimal{}
	if r == nil {
		return sums
	}
	for _, one := range r.lists[applyList] {
		if one.flag("apply") {
			sums[one.text("doc")] = sums[one.text("doc")].Add(one.number("amount"))
		}
	}
	return sums
}

// apply lowers or raises what is due on bills by the difference between two states of a credit.
func (s *Simulator) apply(t *save, before, after *record) {
	for id, delta := range gains(applied(before), applied(after), cmp.Compare[string]) {
		bill := t.edit(id)
		bill.fields["amountPaid"] = bill.number("amountPaid").Add(delta)
		s.settleBill(bill)
	}
}
