package simulator

import "counterpunch/internal/document"

// finishReceipt completes and checks a changed item receipt and books it on its order. A receipt lists the lines that
// were received; those that the request said not to receive are gone before (see overlay).
func (s *Simulator) finishReceipt(t *save, before, r *record) error {
	if err := s.defaults(t, before, r); err != nil {
		return err
	}
	if !hasField(r, "tranId") {
		r.fields["tranId"] = "IR" + r.id
	}
	if len(r.lists[itemList]) == 0 {
		return userError(emptyLinesText)
	}
	order := s.world.records[r.text("createdFrom")]
	for _, one := range r.lists[itemList] {
		if order == nil || order.row(itemList, int(wholeOf(one.fields["orderLine"]))) == nil {
			return refuseAt(codeKey, "item", accessing+"Invalid orderLine reference key "+one.text("orderLine")+".")
		}
		if one.number("quantity").Sign() <= 0 {
			return userError(enterValueText, "Quantity")
		}
	}
	if err := s.open(r); err != nil {
		return err
	}
	name := "Received"
	r.fields["status"] = ref{id: name, name: name}
	return s.book(t, before, r)
}

// receivable checks what a receipt makes of the received quantity of an order line: not more than was ordered, unless the
// account allows overage on receipts, and not less than was billed while receipts come before bills.
func (s *Simulator) receivable(order *record, one *row, sum, delta document.Decimal) error {
	switch {
	case delta.Sign() > 0 && one.flag("isClosed"),
		delta.Sign() > 0 && s.knobs.OverReceiving == Refuse && sum.Cmp(one.number("quantity")) > 0:
		return userError(overReceivedText, one.line, order.text("tranId"))
	case delta.Sign() < 0 && s.knobs.BillBeforeReceipt == Refuse && sum.Cmp(one.number("quantityBilled")) < 0:
		return userError(dependentsText)
	}
	return nil
}
