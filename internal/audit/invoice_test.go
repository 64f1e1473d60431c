package audit_test

import (
	"fmt"
	"strings"
)

// invoice is an invoice or memo as a supplier states it. Amounts are text; an empty one is not stated.
type invoice struct {
	id        string
	payloadID string // default: the id
	date      string // default 2026-09-20
	purpose   string
	header    bool   // isHeaderInvoice
	flags     string // attributes of InvoiceDetailRequestHeader
	inLine    string // which charges stand at the lines: Tax, Shipping, SpecialHandling, Discount
	refers    string // number of the invoice that a memo is about
	currency  string // default USD
	parts     []part
	charges   // in the summary
	subtotal  string
	net       string
	due       string
	deposit   string
	terms     string
}

// part bills lines of one order, or, without lines, an amount of the whole.
type part struct {
	order string // "" names none
	byID  bool   // OrderIDInfo in place of OrderReference
	lines []line
	whole string // subtotal of a header invoice
	charges
}

// line is an invoiced line.
type line struct {
	at       int    // line of the order as the buyer counts; 0 names none
	part     string // supplier part
	unit     string // default EA
	quantity string
	price    string
	basis    [2]string // quantity and conversion factor of the price basis
	amount   string    // SubtotalAmount
	currency string    // of the unit price, where it is not the invoice's
	service  bool
	rate     bool   // a service's price as UnitRate
	flags    string // further attributes
	charges
}

// charges stand at a line or in the summary.
type charges struct {
	tax, shipping, handling, discount string
	more                              string // an AdditionalCost
	less                              string // an AdditionalDeduction
}

// xml writes the document as the supplier acme sends it.
func (v invoice) xml() []byte {
	var b strings.Builder
	w := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	if v.currency == "" {
		v.currency = "USD"
	}
	if v.date == "" {
		v.date = "2026-09-20"
	}
	if v.payloadID == "" {
		v.payloadID = v.id + "@audit.example"
	}
	w(`<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<cXML payloadID="%s" timestamp="%sT10:00:00-05:00" version="1.2.055" xml:lang="en-US">`, v.payloadID, v.date)
	w(`<Header><From><Credential domain="DUNS"><Identity>111111111</Identity></Credential></From><To><Credential domain="NetworkID"><Identity>AN01000000001</Identity></Credential></To>`)
	w(`<Sender><Credential domain="DUNS"><Identity>111111111</Identity><SharedSecret>acme-secret</SharedSecret></Credential><UserAgent>audit</UserAgent></Sender></Header>`)
	w(`<Request><InvoiceDetailRequest><InvoiceDetailRequestHeader invoiceID="%s" invoiceDate="%sT09:00:00-05:00"%s%s>`, v.id, v.date, attribute("purpose", v.purpose), pad(v.flags))
	w(`<InvoiceDetailHeaderIndicator%s/><InvoiceDetailLineIndicator`, yes("isHeaderInvoice", v.header))
	for _, kind := range strings.Fields(v.inLine) {
		w(` is%sInLine="yes"`, kind)
	}
	w(`/>`)
	if v.refers != "" {
		w(`<InvoiceIDInfo invoiceID="%s"/>`, v.refers)
	}
	if v.terms != "" {
		w(`<PaymentTerm payInNumberOfDays="%s"/>`, v.terms)
	}
	w("</InvoiceDetailRequestHeader>\n")
	number := 0
	for _, p := range v.parts {
		p.write(w, &number, v.currency)
	}
	w(`<InvoiceDetailSummary><SubtotalAmount>%s</SubtotalAmount>`, money(v.currency, v.subtotal))
	if v.tax == "" {
		v.tax = "0.00"
	}
	w(`<Tax>%s<Description xml:lang="en-US">Sales tax</Description></Tax>`, money(v.currency, v.tax))
	amount := func(name, stated string) {
		if stated != "" {
			w(`<%s>%s</%s>`, name, money(v.currency, stated), name)
		}
	}
	amount("SpecialHandlingAmount", v.handling)
	amount("ShippingAmount", v.shipping)
	amount("InvoiceDetailDiscount", v.discount)
	w(`%s`, v.modifications("InvoiceHeaderModifications", v.currency))
	amount("NetAmount", v.net)
	amount("DepositAmount", v.deposit)
	amount("DueAmount", v.due)
	w("</InvoiceDetailSummary></InvoiceDetailRequest></Request></cXML>\n")
	return []byte(b.String())
}

func (p part) write(w func(string, ...any), number *int, currency string) {
	tag := "InvoiceDetailOrder"
	if p.whole != "" {
		tag = "InvoiceDetailHeaderOrder"
	}
	w("<%s><InvoiceDetailOrderInfo>", tag)
	switch {
	case p.order == "":
		w(`<SupplierOrderInfo orderID="SO-1"/>`)
	case p.byID:
		w(`<OrderIDInfo orderID="%s"/>`, p.order)
	default:
		w(`<OrderReference orderID="%s"><DocumentReference payloadID=""/></OrderReference>`, p.order)
	}
	w("</InvoiceDetailOrderInfo>\n")
	for _, l := range p.lines {
		*number++
		l.write(w, *number, currency)
	}
	if p.whole != "" {
		*number++
		w(`<InvoiceDetailOrderSummary invoiceLineNumber="%d"><SubtotalAmount>%s</SubtotalAmount>%s</InvoiceDetailOrderSummary>`, *number, money(currency, p.whole), p.charges.atLine(currency))
	}
	w("</%s>\n", tag)
}

func (l line) write(w func(string, ...any), number int, currency string) {
	tag, reference := "InvoiceDetailItem", "InvoiceDetailItemReference"
	if l.service {
		tag, reference = "InvoiceDetailServiceItem", "InvoiceDetailServiceItemReference"
	}
	if l.unit == "" {
		l.unit = "EA"
	}
	if l.currency == "" {
		l.currency = currency
	}
	w(`<%s invoiceLineNumber="%d" quantity="%s"%s>`, tag, number, l.quantity, pad(l.flags))
	price := `<UnitOfMeasure>` + l.unit + `</UnitOfMeasure>`
	if l.price != "" {
		price += `<UnitPrice>` + money(l.currency, l.price) + `</UnitPrice>`
	}
	if l.basis[0] != "" {
		price += fmt.Sprintf(`<PriceBasisQuantity quantity="%s" conversionFactor="%s"><UnitOfMeasure>%s</UnitOfMeasure></PriceBasisQuantity>`, l.basis[0], l.basis[1], l.unit)
	}
	if l.rate {
		price = `<UnitRate>` + money(l.currency, l.price) + `<UnitOfMeasure>` + l.unit + `</UnitOfMeasure></UnitRate>`
	}
	at := ""
	if l.at > 0 {
		at = fmt.Sprintf(` lineNumber="%d"`, l.at)
	}
	itemID := ""
	if l.part != "" {
		itemID = `<ItemID><SupplierPartID>` + l.part + `</SupplierPartID></ItemID>`
	}
	ref := fmt.Sprintf(`<%s%s>%s<Description xml:lang="en-US">as ordered</Description></%s>`, reference, at, itemID, reference)
	subtotal := ""
	if l.amount != "" {
		subtotal = `<SubtotalAmount>` + money(currency, l.amount) + `</SubtotalAmount>`
	}
	if l.service {
		w("%s%s%s", ref, subtotal, price)
	} else {
		w("%s%s%s", price, ref, subtotal)
	}
	w("%s</%s>\n", l.charges.atLine(currency), tag)
}

func (c charges) atLine(currency string) string {
	s := ""
	if c.tax != "" {
		s += `<Tax>` + money(currency, c.tax) + `<Description xml:lang="en-US">Sales tax</Description></Tax>`
	}
	if c.handling != "" {
		s += `<InvoiceDetailLineSpecialHandling><Description xml:lang="en-US">Crating</Description>` + money(currency, c.handling) + `</InvoiceDetailLineSpecialHandling>`
	}
	if c.shipping != "" {
		s += `<InvoiceDetailLineShipping><InvoiceDetailShipping/>` + money(currency, c.shipping) + `</InvoiceDetailLineShipping>`
	}
	if c.discount != "" {
		s += `<InvoiceDetailDiscount>` + money(currency, c.discount) + `</InvoiceDetailDiscount>`
	}
	return s + c.modifications("InvoiceItemModifications", currency)
}

func (c charges) modifications(tag, currency string) string {
	s := ""
	one := func(name, content string) {
		s += `<Modification>` + content + `<ModificationDetail name="` + name + `"><Description xml:lang="en-US">` + name + `</Description></ModificationDetail></Modification>`
	}
	if c.more != "" {
		one("Surcharge", `<AdditionalCost>`+money(currency, c.more)+`</AdditionalCost>`)
	}
	if c.less != "" {
		one("Allowance", `<AdditionalDeduction><DeductionAmount>`+money(currency, c.less)+`</DeductionAmount></AdditionalDeduction>`)
	}
	if s == "" {
		return ""
	}
	return "<" + tag + ">" + s + "</" + tag + ">"
}

func money(currency, amount string) string {
	return `<Money currency="` + currency + `">` + amount + `</Money>`
}

func attribute(name, value string) string {
	if value == "" {
		return ""
	}
	return ` ` + name + `="` + value + `"`
}

func yes(name string, set bool) string {
	if !set {
		return ""
	}
	return ` ` + name + `="yes"`
}

func pad(attributes string) string {
	if attributes == "" {
		return ""
	}
	return " " + attributes
}
