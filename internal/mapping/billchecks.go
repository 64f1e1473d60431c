package mapping

import (
	"fmt"
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

func (b *bill) checkOrders() {
	first := b.orders[0]
	for _, po := range b.orders {
		d := Difference{What: "status of order " + po.TranID, Expected: "open", Found: orElse(name(po.OrderStatus), name(po.ApprovalStatus))}
		switch status := statusLetter(po.OrderStatus); {
		case status == "A" || po.ApprovalStatus.ID == "1":
			b.problem(reason.OrderPendingApproval, d.String(), d)
		case status == "C" || status == "G" || status == "H" || po.ApprovalStatus.ID == "3":
			b.problem(reason.OrderClosed, d.String(), d)
		}
		b.combinable("vendor", po, first.Entity, po.Entity)
		b.combinable("subsidiary", po, first.Subsidiary, po.Subsidiary)
		b.combinable("currency", po, first.Currency, po.Currency)
	}
}

func (b *bill) combinable(what string, po record.PurchaseOrder, first, is record.Ref) {
	if first.ID != is.ID {
		d := Difference{What: what + " of order " + po.TranID, Expected: name(first), Found: name(is)}
		b.problem(reason.OrdersNotCombinable, d.String(), d)
	}
}

// statusLetter is an order's status as its letter, also where NetSuite gives the name in its place.
func statusLetter(r record.Ref) string {
	if len(r.ID) == 1 {
		return r.ID
	}
	switch s := strings.ToLower(r.ID + r.RefName); {
	case strings.Contains(s, "approval"):
		return "A"
	case strings.Contains(s, "reject"):
		return "C"
	case strings.Contains(s, "fully"):
		return "G"
	case strings.Contains(s, "closed"):
		return "H"
	}
	return ""
}

// checkDate looks for a date in the future, which is a slip or asks to be posted where nobody looks yet.
func (b *bill) checkDate() {
	last := b.today.AddDate(0, 0, b.config.FutureDays)
	if b.today.IsZero() || b.config.FutureDays == 0 || !b.inv.InvoiceDate.After(last) {
		return
	}
	d := Difference{What: "invoice date", Expected: last.Format(time.DateOnly) + " or earlier", Found: b.inv.InvoiceDate.Format(time.DateOnly)}
	b.problem(reason.InvoiceDateFuture, d.String(), d)
}

// checkRepeated looks for lines that are on the invoice twice. Line numbers are unique within an invoice; suppliers that
// start them anew for each order, or that bill a line in portions, give other lines under the same number.
func (b *bill) checkRepeated() {
	type key struct {
		order              string
		number, line       int
		quantity, subtotal string
	}
	seen := make(map[key]bool)
	for _, o := range b.inv.Orders {
		for _, it := range o.Items {
			k := key{o.Order.String(), it.InvoiceLineNumber, it.LineNumber, it.Quantity.Value.Canonical(), ""}
			if it.Subtotal != nil {
				k.subtotal = it.Subtotal.Amount.Canonical()
			}
			if seen[k] {
				d := Difference{What: "lines with this number", Expected: "1", Found: "2", Line: it.InvoiceLineNumber}
				b.problem(reason.LineRepeated, d.String(), d)
			}
			seen[k] = true
		}
	}
}

// checkReceived compares what is billed, with what was billed before, with what has been received. Services are not
// received.
func (b *bill) checkReceived() {
	if b.policy(reason.ReceiptMissing) == PolicyBill {
		return
	}
	for _, l := range b.lines {
		ol, ok := l.order.Line(l.line)
		if !ok || l.service {
			continue
		}
		left := ol.QuantityReceived.Sub(ol.QuantityBilled)
		if l.quantity.Cmp(left) > 0 {
			d := Difference{What: fmt.Sprintf("quantity for line %d of order %s", l.line, l.order.TranID), Expected: "at most " + left.Canonical() + " received", Found: l.quantity.Canonical()}
			b.problem(reason.ReceiptMissing, d.String(), d)
		}
	}
}

// checkSubtotal compares the lines with the declared subtotal, which some suppliers give with the charges. The total decides:
// another subtotal is told and refuses nothing.
func (b *bill) checkSubtotal(lines document.Decimal) {
	declared := b.inv.Summary.Subtotal.Amount
	if b.stopped() || declared.Equal(b.total) || rounding(lines, declared) || b.config.Tolerance.Total.allows(declared, lines) {
		return
	}
	b.differences = append(b.differences, Difference{What: "subtotal", Expected: declared.Canonical(), Found: lines.Canonical()})
}

// checkTotal compares lines and charges with the declared total.
func (b *bill) checkTotal() {
	declared := b.inv.Summary.Total()
	d := Difference{What: "total", Expected: declared.Canonical(), Found: b.total.Canonical()}
	switch {
	case declared.Equal(b.total):
	case b.config.Tolerance.Total.allows(declared, b.total):
		b.differences = append(b.differences, d)
	default:
		b.problem(reason.TotalMismatch, fmt.Sprintf("lines and charges come to %s, the invoice declares %s", d.Found, d.Expected), d)
	}
}
