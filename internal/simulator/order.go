package simulator

import (
	"counterpunch/internal/document"
)

// The status letters of a purchase order.
const (
	statusPendingApproval = "A"
	statusPendingReceipt  = "B"
	statusRejected        = "C"
	statusPartial         = "D" // received in part, nothing of it to bill
	statusPartialBilling  = "E" // received or billed in part
	statusPendingBill     = "F" // received in full
	statusBilled          = "G"
	statusClosed          = "H"
)

func orderStatuses() map[string]string {
	return map[string]string{
		statusPendingApproval: "Pending Supervisor Approval", statusPendingReceipt: "Pending Receipt",
		statusRejected: "Rejected by Supervisor", statusPartial: "Partially Received",
		statusPartialBilling: "Pending Billing/Partially Received", statusPendingBill: "Pending Bill",
		statusBilled: "Fully Billed", statusClosed: "Closed",
	}
}

// finishOrder completes and checks a changed purchase order.
func (s *Simulator) finishOrder(before, r *record) error {
	if before != nil && before.text("entity") != r.text("entity") {
		return userError(readOnlyText, "entity")
	}
	for _, one := range r.lists[itemList] {
		if !one.has("uniqueKey") {
			s.world.lastKey++
			one.fields["uniqueKey"] = document.NewDecimal(int64(s.world.lastKey))
		}
		if before == nil || !r.wasGiven(itemList, one.line, "quantity") {
			continue
		}
		done := one.number("quantityReceived")
		if billed := one.number("quantityBilled"); billed.Cmp(done) > 0 {
			done = billed
		}
		// An order that was billed in excess may still be saved as it is.
		was := before.row(itemList, one.line)
		if one.number("quantity").Cmp(done) < 0 && (was == nil || !one.number("quantity").Equal(was.number("quantity"))) {
			return userError(belowReceivedText, one.line, one.text("quantity"), done.Canonical())
		}
	}
	total, err := s.price(r)
	if err != nil {
		return err
	}
	if len(r.lists[itemList])+len(r.lists[expenses]) == 0 {
		return userError(emptyLinesText)
	}
	totals(r, total, document.Decimal{})
	s.settleOrder(r)
	return nil
}

// settleOrder works out what follows from the quantities of an order: open and linked lines, and its status.
func (s *Simulator) settleOrder(r *record) {
	for _, one := range r.lists[itemList] {
		for _, name := range []string{"quantityReceived", "quantityBilled"} {
			if !one.has(name) {
				one.fields[name] = document.Decimal{}
			}
		}
		quantity, received, billed := one.number("quantity"), one.number("quantityReceived"), one.number("quantityBilled")
		one.fields["isClosed"] = one.flag("isClosed")
		one.fields["isOpen"] = !one.flag("isClosed") && (billed.Cmp(quantity) < 0 || received.Cmp(quantity) < 0)
		one.fields["linked"] = received.Sign() > 0 || billed.Sign() > 0
	}
	letter := orderStatus(r)
	r.fields["orderStatus"] = s.world.refTo("orderStatus", letter)
	name := orderStatuses()[letter]
	r.fields["status"] = ref{id: name, name: name}
	approval := map[string]string{statusPendingApproval: "1", statusRejected: "3"}[letter]
	if approval == "" {
		approval = "2"
	}
	r.fields["approvalStatus"] = s.world.refTo("approvalStatus", approval)
}

// orderStatus derives the status letter. An order that waits for approval, or was rejected, stays so until a person acts.
func orderStatus(r *record) string {
	if now := r.text("orderStatus"); now == statusPendingApproval || now == statusRejected {
		return now
	}
	open, anyReceived, anyBilled, allReceived, allBilled, toBill := 0, false, false, true, true, false
	for _, one := range r.lists[itemList] {
		quantity, received, billed := one.number("quantity"), one.number("quantityReceived"), one.number("quantityBilled")
		anyReceived = anyReceived || received.Sign() > 0
		anyBilled = anyBilled || billed.Sign() > 0
		if one.flag("isClosed") {
			continue
		}
		open++
		allReceived = allReceived && received.Cmp(quantity) >= 0
		allBilled = allBilled && billed.Cmp(quantity) >= 0
		toBill = toBill || received.Cmp(billed) != 0
	}
	switch {
	case open == 0:
		return statusClosed
	case allBilled:
		return statusBilled
	case allReceived:
		return statusPendingBill
	case anyReceived && !toBill:
		return statusPartial
	case anyReceived || anyBilled:
		return statusPartialBilling
	}
	return statusPendingReceipt
}

// billable reports whether a bill can be made from the order now.
func billable(order *record) bool {
	switch order.text("orderStatus") {
	case statusPendingReceipt, statusPartial, statusPartialBilling, statusPendingBill:
		return true
	}
	return false
}
