package mapping

import (
	"fmt"
	"strings"

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
	b.checkCurrency()
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

func (b *bill) checkCurrency() {
	s := b.inv.Summary
	for _, money := range []*document.Money{&s.Subtotal, s.Net, s.Due} {
		if money == nil {
			continue
		}
		if bad := b.currency("invoice", money.Currency, b.orders[0].Currency, 0); bad != nil {
			b.problems = append(b.problems, *bad)
			return
		}
	}
}

// checkTotal compares lines and charges with the declared total. The net amount is that of the bill; a deposit lowers
// what is due, not what is billed.
func (b *bill) checkTotal() {
	declared := b.inv.Summary.Subtotal.Amount
	switch s := b.inv.Summary; {
	case s.Net != nil:
		declared = s.Net.Amount
	case s.Due != nil && s.Deposit != nil:
		declared = s.Due.Amount.Add(s.Deposit.Amount)
	case s.Due != nil:
		declared = s.Due.Amount
	}
	d := Difference{What: "total", Expected: declared.Canonical(), Found: b.total.Canonical()}
	switch {
	case declared.Equal(b.total):
	case b.config.Tolerance.Total.allows(declared, b.total):
		b.differences = append(b.differences, d)
	default:
		b.problem(reason.TotalMismatch, fmt.Sprintf("lines and charges come to %s, the invoice declares %s", d.Found, d.Expected), d)
	}
}
