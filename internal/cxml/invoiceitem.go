package cxml

import (
	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

// invoiceItem reads an InvoiceDetailItem, a line of goods.
func (r *reader) invoiceItem(e *etree.Element) document.InvoiceItem {
	item := r.invoiceLine(e)
	item.UnitPrice = r.amount(r.single(e, "UnitPrice"), important)
	item.PriceBasis = r.priceBasis(child(e, "PriceBasisQuantity"))
	if q := r.quantity(e, required); q != nil {
		item.Quantity = *q
	}
	if item.Quantity.Unit == "" {
		r.warn(e, "", warnMissing, "", "The line has no UnitOfMeasure.")
	}
	reference := r.single(e, "InvoiceDetailItemReference")
	item.LineNumber = r.whole(reference, "lineNumber", important)
	item.Item = r.item(child(reference, "ItemID"))
	item.Item.Description = r.description(reference)
	item.Item.ManufacturerPartID = text(child(reference, "ManufacturerPartID"))
	item.Item.ManufacturerName = text(child(reference, "ManufacturerName"))
	if serial := r.word(reference, "serialNumber"); serial != "" {
		item.SerialNumbers = append(item.SerialNumbers, serial)
	}
	for s := range children(reference, "SerialNumber") {
		if serial := text(s); serial != "" && (len(item.SerialNumbers) == 0 || item.SerialNumbers[0] != serial) {
			item.SerialNumbers = append(item.SerialNumbers, serial)
		}
	}
	r.invoiceLineStates(e, &item)
	return item
}

// invoiceServiceItem reads an InvoiceDetailServiceItem. It may state an amount only, without quantity and price.
func (r *reader) invoiceServiceItem(e *etree.Element) document.InvoiceItem {
	item := r.invoiceLine(e)
	item.Service = true
	item.UnitPrice = r.amount(r.single(e, "UnitPrice"), important)
	item.PriceBasis = r.priceBasis(child(e, "PriceBasisQuantity"))
	if q := r.quantity(e, important); q != nil {
		item.Quantity = *q
	}
	if rate := child(e, "UnitRate"); rate != nil && item.UnitPrice == nil {
		item.UnitPrice = r.amount(rate, important)
		item.PriceBasis = r.priceBasis(child(rate, "PriceBasisQuantity"))
		if item.Quantity.Unit == "" {
			item.Quantity.Unit = text(child(rate, "UnitOfMeasure"))
		}
	}
	reference := r.single(e, "InvoiceDetailServiceItemReference")
	item.LineNumber = r.whole(reference, "lineNumber", important)
	item.Item = r.item(child(reference, "ItemID"))
	item.Item.Description = r.description(reference)
	r.invoiceLineStates(e, &item)
	return item
}

// invoiceLine reads what both kinds of line share.
func (r *reader) invoiceLine(e *etree.Element) document.InvoiceItem {
	return document.InvoiceItem{
		InvoiceLineNumber: r.whole(e, "invoiceLineNumber", important),
		ParentLineNumber:  r.whole(e, "parentInvoiceLineNumber", optional),
		AdHoc:             r.yes(e, "isAdHoc"),
		Return:            choice(r, e, "reason", "", false, "return") == "return",
		Subtotal:          r.amount(r.single(e, "SubtotalAmount"), important),
		Charges:           r.charges(e, "InvoiceDetailLineSpecialHandling", "InvoiceDetailLineShipping"),
		Gross:             r.amount(r.single(e, "GrossAmount"), important),
		Modifications:     r.modifications(child(e, "InvoiceItemModifications")),
		Net:               r.amount(r.single(e, "NetAmount"), important),
		Distributions:     r.distributions(e),
		Comments:          r.comments(e),
		Extrinsics:        r.extrinsics(e),
	}
}

// invoiceLineStates checks that the line says what it costs.
func (r *reader) invoiceLineStates(e *etree.Element, item *document.InvoiceItem) {
	switch {
	case item.UnitPrice == nil && item.Subtotal == nil && item.Net == nil && item.Gross == nil:
		if !priced(e) {
			r.problem(e, "", "The line states neither a UnitPrice nor a SubtotalAmount.")
		}
	case item.UnitPrice == nil && !item.Service:
		r.warn(e, "", warnMissing, "", "The line has no UnitPrice; only its amounts count.")
	}
	if item.LineNumber == 0 && !item.AdHoc {
		r.warn(e, "", warnMissing, "", "The line names no line of the order.")
	}
}

// priced reports whether an amount is written in the line. One that could not be read has been reported already.
func priced(e *etree.Element) bool {
	for _, name := range []string{"UnitPrice", "SubtotalAmount", "NetAmount", "GrossAmount"} {
		if text(child(e, name, "Money")) != "" {
			return true
		}
	}
	return text(child(e, "UnitRate", "Money")) != ""
}
