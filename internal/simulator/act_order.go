package simulator

import (
	"fmt"
	"slices"

	"counterpunch/internal/document"
)

// actOnOrder does what people do to an order.
func (s *Simulator) actOnOrder(t *save, before *record, a Act) error {
	if a.Do == ActReceive {
		return s.receive(t, before, a)
	}
	r := t.edit(before.id)
	switch a.Do {
	case ActApprove:
		r.fields["orderStatus"] = s.world.refTo("orderStatus", statusPendingReceipt)
	case ActReject:
		r.fields["orderStatus"] = s.world.refTo("orderStatus", statusRejected)
	case ActClose, ActReopen:
		if a.Line != 0 && r.row(itemList, a.Line) == nil {
			return fmt.Errorf("line %d does not exist", a.Line)
		}
		for _, one := range r.lists[itemList] {
			if a.Line == 0 || one.line == a.Line {
				one.fields["isClosed"] = a.Do == ActClose
			}
		}
	case ActInsertLine:
		if err := s.insertLine(r, a); err != nil {
			return err
		}
	case ActRemoveLine:
		one := r.row(itemList, a.Line)
		if one == nil {
			return fmt.Errorf("line %d does not exist", a.Line)
		}
		if one.flag("linked") {
			return userError("Line %d cannot be removed: it has been received or billed.", a.Line)
		}
		r.lists[itemList] = slices.DeleteFunc(r.lists[itemList], func(other *row) bool { return other == one })
	default:
		return fmt.Errorf("not possible for a %s", r.schema.name)
	}
	return s.finishOrder(before, r)
}

// insertLine adds a line before another one, or as the last. Its number is the next, whatever its place.
func (s *Simulator) insertLine(r *record, a Act) error {
	if _, known := s.world.names["item"][a.Item]; !known {
		return fmt.Errorf("item %q is not known", a.Item)
	}
	one := r.add(itemList)
	one.fields["item"] = s.world.refTo("item", a.Item)
	if v := s.world.vendorNames[a.Item]; v != "" {
		one.fields["vendorName"] = v
	}
	for name, value := range map[string]string{"quantity": a.Quantity, "rate": a.Rate} {
		d, err := document.ParseDecimal(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		one.fields[name] = d
	}
	if a.Line == 0 {
		return nil
	}
	lines := r.lists[itemList]
	at := slices.IndexFunc(lines, func(other *row) bool { return other.line == a.Line })
	if at < 0 {
		return fmt.Errorf("line %d does not exist", a.Line)
	}
	r.lists[itemList] = slices.Insert(lines[:len(lines)-1], at, one)
	return nil
}

// receive makes an item receipt.
func (s *Simulator) receive(t *save, order *record, a Act) error {
	r := t.create(s.schemaOf(receiptType))
	lines := s.prefill(order, r)[itemList]
	if a.Line == 0 {
		return s.finish(t, nil, r)
	}
	source := order.row(itemList, a.Line)
	quantity, err := document.ParseDecimal(a.Quantity)
	if source == nil || err != nil {
		return fmt.Errorf("line %d, quantity %q: no such line or not a number", a.Line, a.Quantity)
	}
	one := lines[a.Line]
	if one == nil {
		return userError(overReceivedText, a.Line, order.text("tranId"))
	}
	one.fields["quantity"] = quantity
	r.lists[itemList] = []*row{one}
	return s.finish(t, nil, r)
}
