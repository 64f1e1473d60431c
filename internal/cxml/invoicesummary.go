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
