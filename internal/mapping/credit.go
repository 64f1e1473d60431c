package mapping

import (
	"encoding/json"
	"net/http"
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

// application is what a credit is set against.
type application struct {
	Doc    record.Ref  `json:"doc"`
	Apply  bool        `json:"apply"`
	Amount json.Number `json:"amount"`
}

// Credit plans the vendor credit for a credit memo. bill is the bill that it refers to, order the purchase order; either
// may be nil, not both, since one of them must say whose the credit is. A credit with lines gives back lines of the order
// or the bill; one without is a single line by the target ChargeCredit. It is applied to the bill when there is one that
// is not yet paid, and stays unapplied otherwise.
func (m *Mapper) Credit(doc *document.Document, bill *record.VendorBill, order *record.PurchaseOrder, externalID, documentID string) (Plan, error) {
	if doc.Invoice == nil || !doc.Invoice.Purpose.Credit() {
		return Plan{}, unsupported("a vendor credit is made from a credit memo", "purpose", purposeOf(doc))
	}
	c := &credit{bill: newCredit(m, doc, bill, order), against: bill, given: make(map[int]document.Decimal)}
	if c.vendor.IsZero() {
		return Plan{}, unsupported("the credit memo refers to neither a bill nor a purchase order that is known", "bill or order", "")
	}
	c.checkCurrency()
	lines := c.number(c.creditable(order))
	for _, o := range c.inv.Orders {
		for _, it := range o.Items {
			c.give(it, lines)
		}
		if o.Summary != nil && len(o.Items) == 0 {
			c.single(o.Summary.Subtotal.Amount)
		}
	}
	if len(c.inv.Orders) == 0 {
		c.single(c.inv.Summary.Subtotal.Amount)
	}
	for _, x := range chargesOf(c.inv) {
		c.charge(x)
	}
	c.roundToCents(c.inv.Summary.Total())
	c.checkRepeated()
	c.checkCharges()
	c.checkTotal()
	if c.stopped() {
		return Plan{}, c.mismatch()
	}
	if bill != nil && unapproved(bill) {
		return Plan{}, pending(bill)
	}
	if c.total.Sign() <= 0 {
		return Plan{}, unsupported("the credit memo credits nothing", "total", c.total.Canonical())
	}
	return c.plan(externalID, documentID)
}

// credit is a vendor credit in the making: a bill that is given back.
type credit struct {
	*bill
	against *record.VendorBill
	given   map[int]document.Decimal // quantity by the order's line
}

func newCredit(m *Mapper, doc *document.Document, against *record.VendorBill, order *record.PurchaseOrder) *bill {
	// A credit cannot be put on payment hold, and one that is too high takes money that is not ours.
	b := &bill{Mapper: m, doc: doc, inv: doc.Invoice, strict: true}
	switch {
	case order != nil:
		b.vendor, b.subsidiary, b.orders = order.Entity, order.Subsidiary, []record.PurchaseOrder{*order}
	case against != nil:
		b.orders = []record.PurchaseOrder{{Currency: against.Currency}}
	}
	if against != nil {
		b.vendor, b.subsidiary = against.Entity, against.Subsidiary
	}
	return b
}

// give credits one line. Its price is the credited one and need not be the order's.
func (c *credit) give(it document.InvoiceItem, lines numbering) {
	it.Return = false // of a credit this is what is meant
	l, ok := c.invoiced(it)
	if !ok || l.amount.IsZero() {
		return
	}
	cl := invoiceClaim(it, l)
	cl.weak = true
	ol, bad := c.match(cl, lines)
	if bad != nil {
		c.problems = append(c.problems, *bad)
		return
	}
	n := it.InvoiceLineNumber
	if _, ok := c.inUnit(l.quantity, it.Quantity.Unit, ol.Units); !ok {
		d := Difference{What: "unit", Expected: name(ol.Units), Found: it.Quantity.Unit, Line: n}
		c.problem(reason.UnitMismatch, d.String(), d)
	}
	l = c.ordered(l, it.Quantity.Unit, ol)
	back := l.quantity
	if ol.Line != 0 { // a line of a bill without an order has no key
		back = back.Add(c.given[ol.Line])
		c.given[ol.Line] = back
	}
	if left := ol.QuantityBilled; c.against != nil && back.Cmp(left) > 0 && !c.config.Tolerance.Quantity.allows(left, back) {
		d := Difference{What: "credited quantity", Expected: "at most " + left.Canonical() + " billed", Found: back.Canonical(), Line: n}
		c.problem(reason.QuantityExceedsOrder, d.String(), d)
	}
	l.item = ol.Item.ID
	c.lines = append(c.lines, l)
	c.total = c.total.Add(l.amount)
}

// creditable are the lines that a credit can be for: those of the bill under the order's keys, with what the order knows
// of them; without a bill those of the order.
func (c *credit) creditable(order *record.PurchaseOrder) []record.OrderLine {
	if c.against == nil {
		return order.Items
	}
	if order != nil {
		lines := make([]record.OrderLine, len(order.Items))
		for i, ol := range order.Items {
			lines[i] = ol
			lines[i].QuantityBilled = document.Decimal{}
			for _, bl := range c.against.Items {
				if bl.OrderLine == ol.Line && (bl.OrderDoc.ID == "" || bl.OrderDoc.ID == order.ID) {
					lines[i].QuantityBilled = lines[i].QuantityBilled.Add(bl.Quantity)
				}
			}
		}
		return lines
	}
	var lines []record.OrderLine
	for _, bl := range c.against.Items {
		lines = append(lines, record.OrderLine{
			Line: bl.OrderLine, Item: bl.Item, Units: bl.Units, VendorName: bl.VendorName, Description: bl.Description,
			Quantity: bl.Quantity, QuantityBilled: bl.Quantity, Rate: bl.Rate, Amount: bl.Amount, Raw: bl.Raw,
		})
	}
	return lines
}

// single credits an amount that names no line.
func (c *credit) single(amount document.Decimal) {
	if amount.IsZero() {
		return
	}
	memo := "credit"
	if r := c.inv.Refers; r != nil && r.InvoiceID != "" {
		memo = "credit for " + r.InvoiceID
	}
	c.charge(charge{kind: ChargeCredit, memo: memo, amount: amount})
}

func (c *credit) plan(externalID, documentID string) (Plan, error) {
	w := c.head(externalID)
	w.Entity, w.Subsidiary, w.Currency = id(c.vendor), id(c.subsidiary), id(c.orders[0].Currency)
	w.Item, w.Expense = c.itemsOnly().orNil(), c.expenseLines().orNil()
	from, applied := ", unapplied", document.Decimal{}
	switch b := c.against; {
	case b == nil:
	case paid(b):
		c.differences = append(c.differences, Difference{What: "bill " + b.TranID, Expected: "open", Found: orElse(name(b.Status), "nothing left to pay")})
	default:
		applied = c.total
		if due := left(b); due.Sign() > 0 && applied.Cmp(due) > 0 {
			c.differences = append(c.differences, Difference{What: "left to pay of bill " + b.TranID, Expected: "at least " + applied.Canonical(), Found: due.Canonical()})
			applied = due
		}
		w.Apply = &sublist{Items: []any{application{Doc: record.Ref{ID: b.ID}, Apply: true, Amount: applied.Number()}}}
		from = ", applied to " + b.TranID
	}
	p, err := c.planned("vendorCredit", Call{Method: http.MethodPost, Path: "vendorCredit"}, w, documentID, from)
	if p.Expect != nil {
		p.Expect.Applied = applied
	}
	return p, err
}

// itemsOnly are the lines without a link to the order: a credit gives back what was billed, it does not bill the order.
func (c *credit) itemsOnly() *sublist {
	s := c.items(false)
	for i, it := range s.Items {
		line := it.(item)
		line.OrderLine = 0
		s.Items[i] = line
	}
	return s
}

// left is what a credit can be set against: what payments and earlier credits have left of a bill, or all of it in accounts
// that do not show that.
func left(b *record.VendorBill) document.Decimal {
	raw := b.Raw["amountRemaining"]
	if due, err := record.Decimal(raw); err == nil && shownText(raw) != "" {
		return due
	}
	return b.Total
}

// unapproved reports whether a bill waits for approval: it is not posted yet, so that no credit can be set against it.
func unapproved(b *record.VendorBill) bool {
	return b.ApprovalStatus.ID == "1" || b.Status.ID == "D" || strings.Contains(strings.ToLower(b.Status.RefName), "pending approval")
}

// pending is why a credit waits for its bill.
func pending(b *record.VendorBill) *Mismatch {
	d := Difference{What: "bill " + b.TranID, Expected: "open", Found: "Pending Approval"}
	return &Mismatch{Reason: reason.InvoiceNotFound, Differences: []Difference{d},
		Text: "bill " + b.TranID + ", which the memo refers to, waits for approval in NetSuite: the credit can be set against it afterwards"}
}

// paid reports whether nothing of a bill is left to set a credit against.
func paid(b *record.VendorBill) bool {
	status := strings.ToLower(b.Status.ID + " " + b.Status.RefName)
	return b.Status.ID == "B" || strings.Contains(status, "paid in full") || strings.EqualFold(b.Status.ID, "paidInFull") ||
		b.Total.Sign() > 0 && left(b).Sign() <= 0
}

// Paid says what has been paid of a bill, by money or by credits; "" for nothing.
func Paid(b *record.VendorBill) string {
	if part := b.Total.Sub(left(b)); part.Sign() > 0 {
		return part.Canonical()
	}
	if paid(b) {
		return b.Total.Canonical()
	}
	return ""
}
