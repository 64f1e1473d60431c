package cxml

import (
	"maps"
	"slices"
	"strings"

	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

// invoiceSummary reads an InvoiceDetailSummary as declared. needed makes an invoice without any total a problem.
func (r *reader) invoiceSummary(e *etree.Element, needed bool) document.InvoiceSummary {
	s := document.InvoiceSummary{
		Charges:       r.charges(e, "SpecialHandlingAmount", "ShippingAmount"),
		Gross:         r.amount(r.single(e, "GrossAmount"), important),
		Modifications: r.modifications(child(e, "InvoiceHeaderModifications")),
		Net:           r.amount(r.single(e, "NetAmount"), important),
		Deposit:       r.amount(r.single(e, "DepositAmount"), important),
		Due:           r.amount(r.single(e, "DueAmount"), important),
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
	if several := invoiceCurrencies(v); len(several) > 1 {
		r.warn(summary, "", warnCurrency, strings.Join(several, " "), "The lines and the summary are not all in one currency: %s.", strings.Join(several, ", "))
		return
	}
	total, lines, nested := document.Decimal{}, 0, false
	add := func(m *document.Money) {
		if m != nil {
			total, lines = total.Add(m.Amount), lines+1
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
	if lines > 0 && !nested && !total.Equal(v.Summary.Subtotal.Amount) {
		r.warn(summary, "", warnTotals, v.Summary.Subtotal.Amount.String(), "The lines add up to %s, not to the SubtotalAmount %s.", total, v.Summary.Subtotal.Amount)
	}
}

// invoiceCurrencies returns the currencies of an invoice's prices and amounts, in alphabetical order. Of an amount without
// one a warning has been given where it stands.
func invoiceCurrencies(v *document.Invoice) []string {
	named := make(map[string]bool)
	add := func(all ...*document.Money) {
		for _, m := range all {
			if m != nil && m.Currency != "" {
				named[m.Currency] = true
			}
		}
	}
	add(&v.Summary.Subtotal, v.Summary.Gross, v.Summary.Net, v.Summary.Due)
	for _, o := range v.Orders {
		for _, item := range o.Items {
			add(item.UnitPrice, item.Subtotal, item.Gross, item.Net)
		}
		if o.Summary != nil {
			add(&o.Summary.Subtotal, o.Summary.Gross, o.Summary.Net)
		}
	}
	return slices.Sorted(maps.Keys(named))
}
