package cxml

import (
	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

// invoiceSummary reads an InvoiceDetailSummary as declared. needed makes an invoice without any total a problem.
func (r *reader) invoiceSummary(e *etree.Element, needed bool) document.InvoiceSummary {
	s := document.InvoiceSummary{
		Tax:             r.tax(r.single(e, "Tax")),
		SpecialHandling: r.charge(r.single(e, "SpecialHandlingAmount")),
		Shipping:        r.charge(r.single(e, "ShippingAmount")),
		Gross:           r.amount(r.single(e, "GrossAmount"), important),
		Discount:        r.charge(r.single(e, "InvoiceDetailDiscount")),
		Modifications:   r.modifications(child(e, "InvoiceHeaderModifications")),
		Net:             r.amount(r.single(e, "NetAmount"), important),
		Deposit:         r.amount(r.single(e, "DepositAmount"), important),
		Due:             r.amount(r.single(e, "DueAmount"), important),
	}
	before := len(r.problems)
	subtotal := r.amount(r.single(e, "SubtotalAmount"), important)
	switch {
	case subtotal != nil:
		s.Subtotal = *subtotal
	case len(r.problems) > before || !needed:
	case s.Net == nil && s.Gross == nil && s.Due == nil:
		r.problem(e, "", "The InvoiceDetailSummary states no total: give SubtotalAmount, Tax and NetAmount.")
	default:
		r.warn(e, "", warnMissing, "", "The summary has no SubtotalAmount.")
	}
	if s.Net == nil && needed {
		r.warn(e, "", warnMissing, "", "The summary has no NetAmount.")
	}
	return s
}

// invoiceAgrees warns where lines and summary disagree. The declared values stay as they are: with modifications, or with
// lines that are parts of others, a difference can be right.
func (r *reader) invoiceAgrees(v *document.Invoice, summary *etree.Element) {
	total, lines, nested := document.Decimal{}, 0, false
	currencies := map[string]bool{v.Summary.Subtotal.Currency: true}
	add := func(m *document.Money) {
		if m != nil {
			total, lines = total.Add(m.Amount), lines+1
			currencies[m.Currency] = true
		}
	}
	for _, o := range v.Orders {
		for _, item := range o.Items {
			add(item.Subtotal)
			nested = nested || item.ParentLineNumber > 0
		}
		if o.Summary != nil {
			add(&o.Summary.Subtotal)
		}
	}
	switch {
	case lines == 0 || nested:
	case len(currencies) > 1:
		r.warn(summary, "", warnCurrency, "", "The lines and the summary are not all in one currency.")
	case !total.Equal(v.Summary.Subtotal.Amount):
		r.warn(summary, "", warnTotals, v.Summary.Subtotal.Amount.String(), "The lines add up to %s, not to the SubtotalAmount %s.", total, v.Summary.Subtotal.Amount)
	}
}
