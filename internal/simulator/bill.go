package simulator

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"counterpunch/internal/document"
)

// defaults fills what NetSuite fills in on a new bill or credit, and keeps the period with the date.
func (s *Simulator) defaults(t *save, before, r *record) error {
	if !hasField(r, "entity") {
		return userError(enterValueText, "Vendor")
	}
	if before != nil {
		for _, fixed := range []string{"entity", "currency", "subsidiary"} {
			if before.text(fixed) != r.text(fixed) {
				return userError(readOnlyText, fixed)
			}
		}
	}
	fill := func(name string, value any) {
		if !hasField(r, name) {
			r.fields[name] = value
		}
	}
	fill("tranDate", t.now.Format(time.DateOnly))
	fill("currency", s.world.refTo("currency", "1"))
	fill("exchangeRate", s.world.exchangeRate(r.text("currency")))
	if !hasField(r, "subsidiary") && s.knobs.OneWorld == On && s.knobs.MissingSubsidiary == Refuse {
		return userError(enterValueText, "Subsidiary")
	}
	fill("subsidiary", s.world.refTo("subsidiary", "1"))
	if !s.covers(r.text("subsidiary")) {
		return contentError("subsidiary", invalidFieldText, r.text("subsidiary"), "subsidiary")
	}
	return s.post(before, r)
}

func hasField(r *record, name string) bool {
	_, ok := r.fields[name]
	return ok
}

// finishBill completes and checks a changed bill and books it on the orders to which its lines are linked.
func (s *Simulator) finishBill(t *save, before, r *record) error {
	if err := s.defaults(t, before, r); err != nil {
		return err
	}
	if !hasField(r, "approvalStatus") {
		status := "2"
		if s.knobs.BillApproval == On {
			status = "1"
		}
		r.fields["approvalStatus"] = s.world.refTo("approvalStatus", status)
	}
	if _, ok := r.fields["paymentHold"].(bool); !ok {
		r.fields["paymentHold"] = false
	}
	for i, one := range r.lists[itemList] {
		if err := s.link(r, one, fmt.Sprintf("item.items[%d]", i)); err != nil {
			return err
		}
	}
	if err := s.sum(before, r); err != nil {
		return err
	}
	if err := s.changeable(before, r); err != nil {
		return err
	}
	if r.number("amountPaid").Cmp(r.number("total")) > 0 {
		return userError("The total of a bill cannot be below the amount that has been paid.")
	}
	s.settleBill(r)
	return s.book(t, before, r)
}

// sum computes the totals of a bill or credit, refuses what cannot be posted, and a posting into a closed period.
func (s *Simulator) sum(before, r *record) error {
	total, err := s.price(r)
	if err != nil {
		return err
	}
	if len(r.lists[itemList])+len(r.lists[expenses]) == 0 {
		return userError(emptyLinesText)
	}
	tax, err := s.tax(r, total)
	if err != nil {
		return err
	}
	subtotal := total
	if total = subtotal.Add(tax); total.Sign() < 0 {
		return userError("The total of a transaction cannot be negative.")
	}
	if r.given["userTotal"] && !r.number("userTotal").Equal(total) {
		return userError("The amount %s does not equal the sum of the lines, %s.", r.text("userTotal"), total.Canonical())
	}
	totals(r, subtotal, tax)
	r.fields["userTotal"] = total
	posted := before == nil || !before.number("total").Equal(total) ||
		before.text("tranDate") != r.text("tranDate") || before.text("postingPeriod") != r.text("postingPeriod")
	if !posted {
		return nil
	}
	if before != nil {
		if err := s.open(before); err != nil {
			return err
		}
	}
	return s.open(r)
}

// settleBill works out what is due and the status that follows.
func (s *Simulator) settleBill(r *record) {
	if !hasField(r, "amountPaid") {
		r.fields["amountPaid"] = document.Decimal{}
	}
	due := r.number("total").Sub(r.number("amountPaid"))
	r.fields["amountRemaining"] = due
	name := "Open"
	switch {
	case r.text("status") == voided:
		name = voided
	case r.text("approvalStatus") == "1":
		name = "Pending Approval"
	case due.IsZero() && r.number("total").Sign() > 0:
		name = "Paid In Full"
	}
	r.fields["status"] = ref{id: name, name: name}
}

// voided is the status of a bill whose amounts a person has set to nothing.
const voided = "Voided"

// changeable refuses changes that a voided or paid bill does not take. What is only noted on it may be changed.
func (s *Simulator) changeable(before, r *record) error {
	switch {
	case before == nil:
	case before.text("status") == voided:
		return userError(voidedText)
	case before.text("status") == "Paid In Full" && (!before.number("total").Equal(r.number("total")) || before.text("paymentHold") != r.text("paymentHold")):
		return userError("This bill has been paid in full: its amounts and its payment hold cannot be changed.")
	}
	return nil
}

// link checks the order line that a bill line names, and takes over what the line does not say.
func (s *Simulator) link(r *record, one *row, at string) error {
	orderID := one.text("orderDoc")
	if orderID == "" {
		if one.has("orderLine") {
			return refuseAt(codeKey, at+".orderLine", accessing+fmt.Sprintf("Invalid orderLine reference key %s.", one.text("orderLine")))
		}
		return nil
	}
	fresh := r.wasGiven(itemList, one.line, "orderDoc") || r.wasGiven(itemList, one.line, "orderLine")
	order := s.world.records[orderID]
	invalid := func(name, value string) error {
		return refuseAt(codeKey, at+"."+name, accessing+fmt.Sprintf("Invalid %s reference key %s.", name, value))
	}
	if order == nil || order.schema.name != orderType {
		return invalid("orderDoc", orderID)
	}
	if fresh && (!billable(order) || order.text("entity") != r.text("entity") ||
		order.text("currency") != r.text("currency") || order.text("subsidiary") != r.text("subsidiary")) {
		return invalid("orderDoc", orderID)
	}
	target := order.row(itemList, int(wholeOf(one.fields["orderLine"])))
	if target == nil || fresh && target.flag("isClosed") {
		return invalid("orderLine", one.text("orderLine"))
	}
	if one.has("item") && one.text("item") != target.text("item") {
		return contentError(at+".item", invalidFieldText, one.text("item"), "item")
	}
	for _, name := range []string{"item", "units", "description", "vendorName"} {
		if !one.has(name) && target.has(name) {
			one.fields[name] = target.fields[name]
		}
	}
	if one.number("quantity").Sign() < 0 {
		return contentError(at+".quantity", invalidFieldText, one.text("quantity"), "quantity")
	}
	return nil
}

func wholeOf(v any) int64 {
	n, err := numberOf(v).Round(0).Number().Int64()
	if err != nil {
		return 0
	}
	return n
}

// orderLine names a line of an order.
type orderLine struct {
	order string
	line  int
}

func (a orderLine) compare(b orderLine) int {
	return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.line, b.line))
}

// gains yields by how much each key has more, or less, in one state than in another, by the order of the keys.
func gains[K comparable](was, is map[K]document.Decimal, order func(a, b K) int) iter.Seq2[K, document.Decimal] {
	return func(yield func(K, document.Decimal) bool) {
		keys := maps.Clone(is)
		maps.Copy(keys, was)
		for _, key := range slices.SortedFunc(maps.Keys(keys), order) {
			if delta := is[key].Sub(was[key]); !delta.IsZero() && !yield(key, delta) {
				return
			}
		}
	}
}

// taken sums the quantities that a bill or receipt takes from order lines.
func taken(r *record) map[orderLine]document.Decimal {
	sums := map[orderLine]document.Decimal{}
	if r == nil {
		return sums
	}
	for _, one := range r.lists[itemList] {
		order := one.text("orderDoc")
		if r.schema.name == receiptType {
			order = r.text("createdFrom")
		}
		if order != "" {
			at := orderLine{order, int(wholeOf(one.fields["orderLine"]))}
			sums[at] = sums[at].Add(one.number("quantity"))
		}
	}
	return sums
}

// book raises or lowers the billed or received quantities of the orders by the difference between two states of a bill or
// receipt.
func (s *Simulator) book(t *save, before, after *record) error {
	receipt := cmp.Or(after, before).schema.name == receiptType
	column := "quantityBilled"
	if receipt {
		column = "quantityReceived"
	}
	for at, delta := range gains(taken(before), taken(after), orderLine.compare) {
		if s.world.records[at.order] == nil {
			continue
		}
		order := t.edit(at.order)
		one := order.row(itemList, at.line)
		if one == nil {
			continue
		}
		sum := one.number(column).Add(delta)
		switch {
		case receipt:
			if err := s.receivable(order, one, sum, delta); err != nil {
				return err
			}
		case delta.Sign() > 0:
			bound, bounded := one.number("quantity"), s.knobs.OverBilling == Refuse
			if s.knobs.BillBeforeReceipt == Refuse {
				bound, bounded = one.number("quantityReceived"), true
			}
			if bounded && sum.Cmp(bound) > 0 {
				return userError(overBilledText, at.line, order.text("tranId"))
			}
		}
		one.fields[column] = sum
		s.settleOrder(order)
	}
	return nil
}

// unbook takes back what a deleted record had booked elsewhere, and refuses to delete what others depend on.
func (s *Simulator) unbook(t *save, r *record) error {
	switch r.schema.name {
	case orderType:
		for _, one := range r.lists[itemList] {
			if one.number("quantityBilled").Sign() > 0 || one.number("quantityReceived").Sign() > 0 {
				return userError(dependentsText)
			}
		}
		return nil
	case billType:
		if r.number("amountPaid").Sign() > 0 {
			return userError(dependentsText)
		}
		if err := s.open(r); err != nil {
			return err
		}
		return s.book(t, r, nil)
	case receiptType:
		if err := s.open(r); err != nil {
			return err
		}
		return s.book(t, r, nil)
	}
	if err := s.open(r); err != nil {
		return err
	}
	s.apply(t, r, nil)
	return nil
}
