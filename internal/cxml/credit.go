package cxml

import (
	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

// normaliseCredit makes the amounts and quantities of a credit positive: they say how much is credited.
//
// cXML wants them negative, but suppliers write all forms: negative amounts, positive amounts, a negative quantity with
// a positive price, a positive quantity with a negative price. So every amount loses its sign. Only where lines of both
// signs stand together do they oppose each other; then the sign of the total is that of what is credited, and a line
// that charges instead becomes negative.
func (r *reader) normaliseCredit(v *document.Invoice, e *etree.Element) {
	mixed := creditSigns(v) == bothSigns
	charging := 1
	if creditTotal(v) > 0 {
		charging = -1
	}
	if mixed {
		r.warn(e, "", warnSign, "", "The credit has lines of both signs; those with the sign of the total were read as credited, the others as charged.")
	}
	for i := range v.Orders {
		o := &v.Orders[i]
		for j := range o.Items {
			creditLine(&o.Items[j], mixed && lineSign(o.Items[j]) == charging)
		}
		if o.Summary != nil {
			s := signed(mixed && o.Summary.Subtotal.Amount.Sign() == charging)
			o.Summary.Subtotal = s.money(o.Summary.Subtotal)
			s.charges(o.Summary.Charges)
			s.amounts(o.Summary.Gross, o.Summary.Net)
		}
	}
	s := signed(false)
	v.Summary.Subtotal = s.money(v.Summary.Subtotal)
	s.charges(v.Summary.Charges)
	s.amounts(v.Summary.Gross, v.Summary.Net, v.Summary.Deposit, v.Summary.Due)
	s.modifications(v.Summary.Modifications)
}

func creditLine(item *document.InvoiceItem, charges bool) {
	s := signed(charges)
	item.Quantity.Value = s.decimal(item.Quantity.Value)
	// The sign of a line stands at its quantity and amounts; a price has none.
	signed(false).amounts(item.UnitPrice)
	s.amounts(item.Subtotal, item.Gross, item.Net)
	s.charges(item.Charges)
	s.modifications(item.Modifications)
	for i := range item.Distributions {
		item.Distributions[i].Charge = s.money(item.Distributions[i].Charge)
	}
}

// signs says which signs the lines of a credit have.
type signs int

const (
	noSign signs = iota
	minusSigns
	plusSigns
	bothSigns = minusSigns | plusSigns
)

func creditSigns(v *document.Invoice) signs {
	found := noSign
	note := func(sign int) {
		switch {
		case sign < 0:
			found |= minusSigns
		case sign > 0:
			found |= plusSigns
		}
	}
	for _, o := range v.Orders {
		for _, item := range o.Items {
			note(lineSign(item))
		}
		if o.Summary != nil {
			note(o.Summary.Subtotal.Amount.Sign())
		}
	}
	return found
}

// creditTotal returns the sign of the whole credit as declared.
func creditTotal(v *document.Invoice) int {
	for _, m := range []*document.Money{v.Summary.Net, v.Summary.Due, &v.Summary.Subtotal} {
		if m != nil && !m.Amount.IsZero() {
			return m.Amount.Sign()
		}
	}
	return 0
}

// lineSign returns the sign of a line before it is normalised: of its amount where it states one, else of quantity
// times price.
func lineSign(item document.InvoiceItem) int {
	for _, m := range []*document.Money{item.Subtotal, item.Net, item.Gross} {
		if m != nil && !m.Amount.IsZero() {
			// Some suppliers negate only the quantity and leave the amounts positive.
			if m.Amount.Sign() > 0 && item.Quantity.Value.Sign() < 0 {
				return -1
			}
			return m.Amount.Sign()
		}
	}
	sign := item.Quantity.Value.Sign()
	if item.UnitPrice != nil {
		sign *= item.UnitPrice.Amount.Sign()
	}
	return sign
}

// signed gives values one sign: negative when true, else positive.
type signed bool

func (s signed) decimal(d document.Decimal) document.Decimal {
	if s {
		return d.Abs().Neg()
	}
	return d.Abs()
}

func (s signed) money(m document.Money) document.Money {
	m.Amount = s.decimal(m.Amount)
	return m
}

func (s signed) amounts(all ...*document.Money) {
	for _, m := range all {
		if m != nil {
			*m = s.money(*m)
		}
	}
}

func (s signed) charges(all document.Charges) {
	s.tax(all.Tax)
	for _, c := range []*document.Charge{all.SpecialHandling, all.Shipping, all.Discount} {
		if c != nil {
			c.Amount = s.money(c.Amount)
		}
	}
}

func (s signed) tax(t *document.Tax) {
	if t == nil {
		return
	}
	t.Amount = s.money(t.Amount)
	for i := range t.Details {
		t.Details[i].Amount = s.money(t.Details[i].Amount)
		s.amounts(t.Details[i].Taxable)
	}
}

func (s signed) modifications(all []document.Modification) {
	for _, m := range all {
		s.amounts(m.Amount)
	}
}
