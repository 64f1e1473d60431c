package cxml

import (
	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

// invoice reads an InvoiceDetailRequest.
func (r *reader) invoice(e *etree.Element) *document.Invoice {
	v := &document.Invoice{Orders: []document.InvoiceOrder{}}
	header := r.single(e, "InvoiceDetailRequestHeader")
	if header == nil {
		r.problem(e, "", "The InvoiceDetailRequest has no InvoiceDetailRequestHeader.")
	} else {
		r.invoiceHeader(v, header)
	}
	referring := v.Refers != nil || v.PreviousPayloadID != ""
	lines := make(map[int]bool)
	number := func(at *etree.Element, n int) {
		if n > 0 && lines[n] {
			r.warn(at, "invoiceLineNumber", warnRepeated, "", "The invoice line number %d stands twice; both lines count.", n)
		}
		lines[n] = true
	}
	for o := range childElements(e) {
		switch o.Tag {
		case "InvoiceDetailOrder":
			v.Orders = append(v.Orders, r.invoiceOrder(o, referring, number))
		case "InvoiceDetailHeaderOrder":
			v.Orders = append(v.Orders, r.invoiceHeaderOrder(o, referring, number))
		}
		if v.ShipNoticeID == "" {
			v.ShipNoticeID = r.shipNoticeOf(o)
		}
	}
	// A deletion is about the earlier invoice as a whole, and needs no more than its number.
	whole := v.Operation != document.OperationDelete
	if len(v.Orders) == 0 && whole {
		r.problem(e, "", "The invoice has neither InvoiceDetailOrder nor InvoiceDetailHeaderOrder, so that it invoices nothing.")
	}
	summary := r.single(e, "InvoiceDetailSummary")
	switch {
	case summary != nil:
		v.Summary = r.invoiceSummary(summary, whole)
	case whole:
		r.problem(e, "", "The invoice has no InvoiceDetailSummary, so that it states no total.")
	}
	if v.Purpose.Credit() {
		r.normaliseCredit(v, e)
	}
	if summary != nil && len(r.problems) == 0 {
		r.invoiceAgrees(v, summary)
	}
	return v
}

func (r *reader) invoiceHeader(v *document.Invoice, e *etree.Element) {
	v.InvoiceID = r.id(e, "invoiceID", "invoiceID")
	v.InvoiceDate = r.moment(e, "invoiceDate")
	v.Purpose = choice(r, e, "purpose", document.PurposeStandard, true,
		document.PurposeStandard, document.PurposeCreditMemo, document.PurposeDebitMemo,
		document.PurposeLineLevelCreditMemo, document.PurposeLineLevelDebitMemo)
	v.Operation = choice(r, e, "operation", document.OperationNew, true, document.OperationNew, document.OperationDelete)
	v.Origin = choice(r, e, "invoiceOrigin", "", false, "supplier", "buyer")
	v.InformationOnly = r.yes(e, "isInformationOnly")
	v.ERS = r.yes(e, "isERS")
	v.HeaderInvoice = r.yes(r.single(e, "InvoiceDetailHeaderIndicator"), "isHeaderInvoice")
	line := r.single(e, "InvoiceDetailLineIndicator")
	v.Indicators = document.Indicators{
		TaxInLine:             r.yes(line, "isTaxInLine"),
		SpecialHandlingInLine: r.yes(line, "isSpecialHandlingInLine"),
		ShippingInLine:        r.yes(line, "isShippingInLine"),
		DiscountInLine:        r.yes(line, "isDiscountInLine"),
		AccountingInLine:      r.yes(line, "isAccountingInLine"),
		PriceAdjustmentInLine: r.yes(line, "isPriceAdjustmentInLine"),
	}
	v.PreviousPayloadID = r.documentReference(e)
	if info := child(e, "InvoiceIDInfo"); info != nil {
		if id := r.word(info, "invoiceID"); id != "" {
			v.Refers = &document.InvoiceReference{InvoiceID: id, InvoiceDate: r.date(info, "invoiceDate", optional)}
		}
	}
	for p := range children(e, "InvoicePartner") {
		if c := child(p, "Contact"); c != nil {
			v.Partners = append(v.Partners, r.contact(c))
		}
	}
	v.Partners = append(v.Partners, r.contacts(child(e, "InvoiceDetailShipping"))...)
	v.PaymentTerms = r.paymentTerms(e)
	v.ShipNoticeID = r.word(child(e, "ShipNoticeIDInfo"), "shipNoticeID")
	period := child(e, "Period")
	v.PeriodStart, v.PeriodEnd = r.date(period, "startDate", optional), r.date(period, "endDate", optional)
	v.Comments = r.comments(e)
	v.IDReferences = r.idReferences(e)
	v.Extrinsics = r.extrinsics(e)
	if v.Operation == document.OperationDelete && v.PreviousPayloadID == "" && v.Refers == nil {
		r.warn(e, "", warnMissing, "", "The deletion names no earlier invoice (InvoiceIDInfo or DocumentReference); its invoiceID says which one is meant.")
	}
}

// shipNoticeOf returns the shipment that a part of an invoice names.
func (r *reader) shipNoticeOf(order *etree.Element) string {
	info := child(order, "InvoiceDetailShipNoticeInfo")
	for _, name := range []string{"ShipNoticeReference", "ShipNoticeIDInfo"} {
		if id := r.word(child(info, name), "shipNoticeID"); id != "" {
			return id
		}
	}
	return ""
}

// paymentTerms reads both forms: PaymentTerm, and the older InvoiceDetailPaymentTerm with a percentage.
func (r *reader) paymentTerms(e *etree.Element) []document.PaymentTerm {
	var all []document.PaymentTerm
	for t := range childElements(e) {
		if t.Tag != "PaymentTerm" && t.Tag != "InvoiceDetailPaymentTerm" {
			continue
		}
		raw := r.word(t, "payInNumberOfDays")
		if raw == "" {
			r.warn(t, "payInNumberOfDays", warnIgnored, "", "The payment term has no number of days and was left out.")
			continue
		}
		days, _, err := parseWhole(raw)
		if err != nil {
			r.warn(t, "payInNumberOfDays", warnIgnored, raw, "The payment term was left out: %v.", err)
			continue
		}
		term := document.PaymentTerm{Days: days}
		if t.Tag == "PaymentTerm" {
			discount := child(t, "Discount")
			term.DiscountPercent = r.decimal(child(discount, "DiscountPercent"), "percent", optional)
			term.DiscountAmount = r.amount(child(discount, "DiscountAmount"), optional)
		} else {
			term.DiscountPercent = r.decimal(t, "percentageRate", optional)
		}
		all = append(all, term)
	}
	return all
}

// orderInfo reads an InvoiceDetailOrderInfo in any of its forms. An invoice may name the supplier's own order only.
// So may one that names the invoice it corrects (referring), which leads to the order.
func (r *reader) orderInfo(parent *etree.Element, referring bool) document.OrderReference {
	info := r.single(parent, "InvoiceDetailOrderInfo")
	if info == nil {
		r.problem(parent, "", "<%s> has no InvoiceDetailOrderInfo, so that nobody can say which purchase order is invoiced.", parent.Tag)
		return document.OrderReference{}
	}
	var o document.OrderReference
	if reference := r.single(info, "OrderReference"); reference != nil {
		o = r.order(reference)
	}
	if id := r.single(info, "OrderIDInfo"); id != nil {
		if number := r.word(id, "orderID"); o.OrderID == "" {
			o.OrderID = number
			o.OrderDate = r.date(id, "orderDate", optional)
		} else if document.NormaliseNumber(number) != document.NormaliseNumber(o.OrderID) {
			r.problem(id, "orderID", "OrderIDInfo names order %q and OrderReference names %q.", clip(number), clip(o.OrderID))
		}
	}
	o.SupplierOrderID = r.word(child(info, "SupplierOrderInfo"), "orderID")
	o.AgreementID = r.agreement(info)
	switch {
	case !o.Empty() || o.SupplierOrderID != "" || o.AgreementID != "":
	case referring:
		r.warn(info, "", warnMissing, "", "The InvoiceDetailOrderInfo names no order; the invoice that is referred to leads to it.")
	default:
		// Invoices without an order are real: the buyer may book them as an expense.
		r.warn(info, "", warnMissing, "", "The InvoiceDetailOrderInfo names no order, so that the invoice counts as one without an order. If there is one, give its number as orderID of OrderReference or OrderIDInfo.")
	}
	return o
}

func (r *reader) invoiceOrder(e *etree.Element, referring bool, number func(*etree.Element, int)) document.InvoiceOrder {
	o := document.InvoiceOrder{Order: r.orderInfo(e, referring)}
	for i := range childElements(e) {
		switch i.Tag {
		case "InvoiceDetailItem":
			o.Items = append(o.Items, r.invoiceItem(i))
		case "InvoiceDetailServiceItem":
			o.Items = append(o.Items, r.invoiceServiceItem(i))
		default:
			continue
		}
		number(i, o.Items[len(o.Items)-1].InvoiceLineNumber)
	}
	if len(o.Items) == 0 {
		r.problem(e, "", "The InvoiceDetailOrder has no lines.")
	}
	return o
}

func (r *reader) invoiceHeaderOrder(e *etree.Element, referring bool, number func(*etree.Element, int)) document.InvoiceOrder {
	o := document.InvoiceOrder{Order: r.orderInfo(e, referring)}
	summary := r.single(e, "InvoiceDetailOrderSummary")
	if summary == nil {
		r.problem(e, "", "The InvoiceDetailHeaderOrder has no InvoiceDetailOrderSummary.")
		return o
	}
	s := document.InvoiceOrderSummary{
		InvoiceLineNumber: r.whole(summary, "invoiceLineNumber", important),
		Charges:           r.charges(summary, "InvoiceDetailLineSpecialHandling", "InvoiceDetailLineShipping"),
		Gross:             r.amount(r.single(summary, "GrossAmount"), important),
		Net:               r.amount(r.single(summary, "NetAmount"), important),
		Comments:          r.comments(summary),
	}
	if subtotal := r.neededAmount(summary, "SubtotalAmount"); subtotal != nil {
		s.Subtotal = *subtotal
	}
	number(summary, s.InvoiceLineNumber)
	o.Summary = &s
	return o
}

// neededAmount reads an amount that the document cannot do without.
func (r *reader) neededAmount(parent *etree.Element, name string) *document.Money {
	e := r.single(parent, name)
	if e == nil {
		r.problem(parent, "", "<%s> has no %s.", parent.Tag, name)
		return nil
	}
	return r.amount(e, required)
}
