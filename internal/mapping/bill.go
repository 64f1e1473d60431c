package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

// bill is a vendor bill or vendor credit in the making.
type bill struct {
	*Mapper
	doc         *document.Document
	inv         *document.Invoice
	vendor      record.Ref
	subsidiary  record.Ref
	orders      []record.PurchaseOrder // that it is made from, each once
	numberings  map[string]numbering   // of their lines, by the order's id
	lines       []itemLine             // of orders
	extra       []itemLine             // charges as items
	expenses    []expense
	total       document.Decimal
	problems    []problem // that keep the bill from being made
	accepted    []problem // that a policy lets pass
	hold        bool      // one of them on payment hold
	strict      bool      // no policy lets anything pass
	differences []Difference
}

// Bill plans the vendor bill for a standard invoice or a debit memo. orders holds the purchase orders that it names, by
// OrderKey; that their vendor is the sender's, and that no bill of this external id exists yet, is the caller's to check
// before. documentID goes into the bill. The error is a *Mismatch that lists everything that does not fit.
func (m *Mapper) Bill(doc *document.Document, orders map[string]record.PurchaseOrder, externalID, documentID string) (Plan, error) {
	if doc.Invoice == nil || doc.Invoice.Purpose.Credit() {
		return Plan{}, unsupported("a vendor bill is made from an invoice or a debit memo", "purpose", purposeOf(doc))
	}
	b := &bill{Mapper: m, doc: doc, inv: doc.Invoice}
	references := b.find(orders)
	if len(b.orders) == 0 && len(b.problems) == 0 {
		return Plan{}, unsupported("the invoice names no purchase order", "order", "")
	}
	if b.stopped() {
		return Plan{}, b.mismatch()
	}
	b.vendor, b.subsidiary = b.orders[0].Entity, b.orders[0].Subsidiary
	b.checkOrders()
	b.checkCurrency()
	for i, o := range b.inv.Orders {
		b.add(o, references[i])
	}
	b.checkQuantities()
	b.checkReceived()
	return b.finish(externalID, documentID)
}

// Party is whom a bill is from when there is no order that says it. Internal ids; those that are empty are left to
// NetSuite's defaults.
type Party struct{ Vendor, Subsidiary, Currency record.Ref }

// ExpenseBill plans the bill for an invoice that names no order, on the configured expense account.
func (m *Mapper) ExpenseBill(doc *document.Document, from Party, externalID, documentID string) (Plan, error) {
	if doc.Invoice == nil || doc.Invoice.Purpose.Credit() {
		return Plan{}, unsupported("a vendor bill is made from an invoice or a debit memo", "purpose", purposeOf(doc))
	}
	if m.config.ExpenseAccount == "" {
		return Plan{}, unsupported("the invoice names no purchase order, and no expense account is configured for such invoices", "order", "")
	}
	b := &bill{Mapper: m, doc: doc, inv: doc.Invoice, vendor: from.Vendor, subsidiary: from.Subsidiary}
	b.orders = []record.PurchaseOrder{{Entity: from.Vendor, Subsidiary: from.Subsidiary, Currency: from.Currency}}
	b.checkCurrency()
	for _, o := range b.inv.Orders {
		b.withoutOrder(o)
	}
	return b.finish(externalID, documentID)
}

func (b *bill) finish(externalID, documentID string) (Plan, error) {
	lines := b.total
	for _, c := range chargesOf(b.inv) {
		b.charge(c)
	}
	b.roundToCents(b.inv.Summary.Total())
	b.checkDate()
	b.checkRepeated()
	b.checkSubtotal(lines)
	b.checkCharges()
	b.checkTotal()
	if len(b.lines)+len(b.extra)+len(b.expenses) == 0 && !b.stopped() {
		return Plan{}, unsupported("the invoice has no line with an amount", "lines", "0")
	}
	if b.stopped() {
		return Plan{}, b.mismatch()
	}
	return b.plan(externalID, documentID)
}

func unsupported(text, what, found string) *Mismatch {
	return &Mismatch{Reason: reason.NotSupported, Text: text, Differences: []Difference{{What: what, Expected: "a form that is brought in automatically", Found: found}}}
}

func purposeOf(doc *document.Document) string {
	if doc.Invoice == nil {
		return string(doc.Kind)
	}
	return string(doc.Invoice.Purpose)
}

// problem notes what does not fit, and reports whether it keeps the bill from being made. What a policy lets pass stands in
// the table of the bill.
func (b *bill) problem(r reason.Code, text string, d Difference) (stops bool) {
	p := problem{reason: r, text: text, diff: d}
	policy := b.policy(r)
	if b.strict || policy == PolicyDeadLetter || policy == PolicyWait {
		b.problems = append(b.problems, p)
		return true
	}
	b.accepted = append(b.accepted, p)
	b.hold = b.hold || policy == PolicyHold
	return false
}

func (b *bill) stopped() bool { return len(b.problems) > 0 }

// mismatch sorts the problems so that the reason is the one to look at first: an order that cannot be billed at all
// before a line of it, and a wrong total, which the others bring with them, last.
func (b *bill) mismatch() *Mismatch {
	rank := func(r reason.Code) int {
		first := []reason.Code{reason.OrderNotFound, reason.OrderPendingApproval, reason.OrderClosed, reason.OrdersNotCombinable,
			reason.InvoiceDateFuture, reason.CurrencyMismatch, reason.NotSupported, reason.LineNotFound, reason.LineAmbiguous,
			reason.LineRepeated, reason.UnitMismatch, reason.QuantityExceedsOrder, reason.PriceMismatch, reason.ChargeUnmapped,
			reason.TotalMismatch, reason.ReceiptMissing}
		return slices.Index(first, r)
	}
	slices.SortStableFunc(b.problems, func(x, y problem) int { return cmp.Compare(rank(x.reason), rank(y.reason)) })
	m := mismatch("invoice "+b.inv.InvoiceID, append(b.problems, b.accepted...))
	m.Final = m.Reason == reason.ReceiptMissing && b.policy(m.Reason) != PolicyWait
	return m
}

// find resolves the invoice's order references, in their order; the zero order stands for a part that names none.
func (b *bill) find(orders map[string]record.PurchaseOrder) []record.PurchaseOrder {
	found := make([]record.PurchaseOrder, len(b.inv.Orders))
	for i, o := range b.inv.Orders {
		if o.Order.Empty() {
			continue
		}
		po, ok := orders[OrderKey(o.Order)]
		if !ok {
			d := Difference{What: "order", Expected: o.Order.String()}
			b.problem(reason.OrderNotFound, fmt.Sprintf("order %s was not found", o.Order), d)
			continue
		}
		found[i] = po
		if !slices.ContainsFunc(b.orders, func(have record.PurchaseOrder) bool { return have.ID == po.ID }) {
			b.orders = append(b.orders, po)
		}
	}
	return found
}

// add bills one part of the invoice.
func (b *bill) add(o document.InvoiceOrder, po record.PurchaseOrder) {
	switch {
	case o.Order.Empty():
		b.withoutOrder(o)
	case o.Summary != nil && len(o.Items) == 0:
		b.headerOnly(o, po)
	default:
		for _, it := range o.Items {
			b.addItem(it, po, b.numbered(po))
		}
	}
}

// numbered gives the lines of an order their numbers, once for all parts of the invoice that name the order.
func (b *bill) numbered(po record.PurchaseOrder) numbering {
	if b.numberings == nil {
		b.numberings = make(map[string]numbering)
	}
	n, ok := b.numberings[po.ID]
	if !ok {
		n = b.number(po.Items)
		b.numberings[po.ID] = n
	}
	return n
}

func (b *bill) addItem(it document.InvoiceItem, po record.PurchaseOrder, lines numbering) {
	l, ok := b.invoiced(it)
	if !ok || l.quantity.IsZero() && l.amount.IsZero() {
		return
	}
	if it.AdHoc && b.config.ExpenseAccount != "" {
		b.expense(it.Item.Description, l.amount)
		return
	}
	ol, bad := b.match(invoiceClaim(it, l), lines)
	if bad != nil {
		b.problems = append(b.problems, *bad)
		return
	}
	b.checkLine(it, l, ol)
	l = b.ordered(l, it.Quantity.Unit, ol)
	l.order, l.line, l.item = po, ol.Line, ol.Item.ID
	b.take(it.InvoiceLineNumber, l)
	b.total = b.total.Add(l.amount)
}

func (b *bill) expense(memo string, amount document.Decimal) {
	b.expenses = append(b.expenses, expense{Account: &b.config.ExpenseAccount, Amount: amount, Memo: document.Clip(memo, 300)})
	b.total = b.total.Add(amount)
}

// withoutOrder bills a part that names no order on the expense account.
func (b *bill) withoutOrder(o document.InvoiceOrder) {
	if b.config.ExpenseAccount == "" {
		b.problem(reason.NotSupported, "a part of the invoice names no purchase order, and no expense account is configured for it",
			Difference{What: "order", Expected: "a purchase order", Found: o.Order.String()})
		return
	}
	if o.Summary != nil {
		b.expense("as invoiced", o.Summary.Subtotal.Amount)
	}
	for _, it := range o.Items {
		if l, ok := b.invoiced(it); ok && !l.amount.IsZero() {
			b.expense(it.Item.Description, l.amount)
		}
	}
}

// headerOnly bills an order as a whole: a header invoice says how much, not for what, so that it can only be taken when it
// is exactly what is left to bill. A debit memo that is not goes to the expense account, if there is one.
func (b *bill) headerOnly(o document.InvoiceOrder, po record.PurchaseOrder) {
	var lines []itemLine
	var sum document.Decimal
	for _, ol := range po.Items {
		left := ol.Quantity.Sub(ol.QuantityBilled)
		if left.Sign() <= 0 || ol.IsClosed {
			continue
		}
		amount := left.Mul(ol.Rate).Round(cents)
		if ol.QuantityBilled.IsZero() && !ol.Amount.IsZero() {
			amount = ol.Amount.Round(cents)
		}
		lines = append(lines, itemLine{order: po, line: ol.Line, item: ol.Item.ID, quantity: left, rate: ol.Rate, amount: amount})
		sum = sum.Add(amount)
	}
	switch subtotal := o.Summary.Subtotal.Amount; {
	case len(lines) > 0 && b.config.Tolerance.Total.allows(sum, subtotal):
		for _, l := range lines {
			b.take(o.Summary.InvoiceLineNumber, l)
		}
		b.total = b.total.Add(sum)
	case b.inv.Purpose == document.PurposeDebitMemo && b.config.ExpenseAccount != "":
		b.expense("debit memo for "+po.TranID, subtotal)
	default:
		d := Difference{What: "subtotal for order " + po.TranID, Expected: sum.Canonical() + " left to bill", Found: subtotal.Canonical()}
		b.problem(reason.NotSupported, "an invoice without lines can only be billed when it is for all that is left: "+d.String(), d)
	}
}

// due is the date of the latest term without a discount; "" when there is none.
func due(inv *document.Invoice) string {
	days := -1
	for _, t := range inv.PaymentTerms {
		if (t.DiscountPercent == nil || t.DiscountPercent.IsZero()) && t.DiscountAmount == nil {
			days = max(days, t.Days)
		}
	}
	if days < 0 {
		return ""
	}
	return inv.InvoiceDate.AddDate(0, 0, days).Format(time.DateOnly)
}

func (b *bill) orderNumbers() string {
	var numbers []string
	for _, po := range b.orders {
		if po.TranID != "" {
			numbers = append(numbers, po.TranID)
		}
	}
	return strings.Join(numbers, ", ")
}
