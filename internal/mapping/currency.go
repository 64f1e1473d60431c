package mapping

import (
	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

// stating is an amount of an invoice with what it is for.
type stating struct {
	what   string
	amount *document.Money
}

// checkCurrency compares the currency of every amount that goes into the bill with the order's, or with the subtotal's where
// NetSuite shows none: one amount in another would be added up as if it were the same. Of each place the first is told, and the
// summary's stands for all.
func (b *bill) checkCurrency() {
	s := b.inv.Summary
	is := b.orders[0].Currency
	if is.IsZero() {
		is.RefName = s.Subtotal.Currency
	}
	if b.foreign(is, 0, append([]stating{{"invoice", &s.Subtotal}, {"total", s.Net}, {"due amount", s.Due}, {"deposit", s.Deposit}},
		charging(s.Charges, s.Modifications)...)) {
		return
	}
	for _, o := range b.inv.Orders {
		if h := o.Summary; h != nil {
			b.foreign(is, h.InvoiceLineNumber, append([]stating{{"subtotal", &h.Subtotal}}, charging(h.Charges, nil)...))
		}
		for _, it := range o.Items {
			b.foreign(is, it.InvoiceLineNumber, append([]stating{{"unit price", it.UnitPrice}, {"subtotal", it.Subtotal}},
				charging(it.Charges, it.Modifications)...))
		}
	}
}

// foreign reports whether one of the amounts of a line is in another currency. Nothing is nothing in any.
func (b *bill) foreign(is record.Ref, line int, all []stating) bool {
	for _, s := range all {
		if s.amount == nil || s.amount.Amount.IsZero() {
			continue
		}
		if bad := b.currency(s.what, s.amount.Currency, is, line); bad != nil {
			b.problems = append(b.problems, *bad)
			return true
		}
	}
	return false
}

func charging(charges document.Charges, modifications []document.Modification) []stating {
	var all []stating
	if tax := charges.Tax; tax != nil {
		all = append(all, stating{ChargeTax, &tax.Amount})
	}
	charge := func(what string, c *document.Charge) {
		if c != nil {
			all = append(all, stating{what, &c.Amount})
		}
	}
	charge(ChargeShipping, charges.Shipping)
	charge(ChargeHandling, charges.SpecialHandling)
	charge(ChargeDiscount, charges.Discount)
	for _, m := range modifications {
		all = append(all, stating{orElse(m.Name, ChargeOther), m.Amount})
	}
	return all
}

func (m *Mapper) currency(what, code string, is record.Ref, line int) *problem {
	if m.currencies.same(code, is) {
		return nil
	}
	d := Difference{What: "currency of the " + what, Expected: name(is), Found: code, Line: line}
	return &problem{reason: reason.CurrencyMismatch, text: d.String(), diff: d}
}
