package cxml

import (
	"strings"

	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

// confirmation reads a ConfirmationRequest.
func (r *reader) confirmation(e *etree.Element) *document.OrderConfirmation {
	c := &document.OrderConfirmation{}
	header := r.single(e, "ConfirmationHeader")
	if header == nil {
		r.problem(e, "", "The ConfirmationRequest has no ConfirmationHeader.")
	} else {
		r.confirmationHeader(c, header)
	}
	c.Order = r.neededOrder(e)
	seen := make(map[int]bool)
	for i := range children(e, "ConfirmationItem") {
		item := r.confirmationItem(i)
		if item.LineNumber > 0 && seen[item.LineNumber] {
			r.warn(i, "lineNumber", warnRepeated, "", "Line %d is confirmed in several items; all of them count.", item.LineNumber)
		}
		seen[item.LineNumber] = true
		c.Items = append(c.Items, item)
	}
	if header != nil {
		r.confirmationAgrees(c, header)
	}
	return c
}

func (r *reader) confirmationHeader(c *document.OrderConfirmation, e *etree.Element) {
	c.ConfirmID = r.word(e, "confirmID")
	c.Type = choice(r, e, "type", "", true,
		document.ConfirmAccept, document.ConfirmAllDetail, document.ConfirmDetail, document.ConfirmBackordered,
		document.ConfirmExcept, document.ConfirmReject, document.ConfirmReplace, document.ConfirmRequestToPay)
	c.Operation = choice(r, e, "operation", document.OperationNew, true, document.OperationNew, document.OperationUpdate)
	c.NoticeDate = r.moment(e, "noticeDate")
	c.PreviousPayloadID = r.documentReference(e)
	c.InvoiceID = r.word(e, "invoiceID")
	c.IncoTerms = string(choice(r, e, "incoTerms", "", false, incoTerms...))
	c.Total = r.amount(r.single(e, "Total"), important)
	c.Shipping = r.charge(r.single(e, "Shipping"))
	c.Tax = r.tax(r.single(e, "Tax"))
	c.Contacts = r.contacts(e)
	c.Comments = r.comments(e)
	c.IDReferences = r.idReferences(e)
	c.Extrinsics = r.extrinsics(e)
	if c.Operation == document.OperationUpdate && c.PreviousPayloadID == "" {
		r.warn(e, "", warnMissing, "", "The update names no earlier confirmation (DocumentReference); it replaces the one with the same confirmID.")
	}
}

func (r *reader) confirmationItem(e *etree.Element) document.ConfirmationItem {
	item := document.ConfirmationItem{
		LineNumber:       r.whole(e, "lineNumber", required),
		ParentLineNumber: r.whole(e, "parentLineNumber", optional),
		Statuses:         []document.ConfirmationStatus{},
	}
	quantity := r.positive(e, important)
	statuses := 0
	for range children(e, "ConfirmationStatus") {
		statuses++
	}
	if statuses == 0 {
		r.problem(e, "", "The ConfirmationItem has no ConfirmationStatus.")
	}
	sum := document.Decimal{}
	unit := text(child(e, "UnitOfMeasure"))
	for s := range children(e, "ConfirmationStatus") {
		status := r.confirmationStatus(s)
		switch q := r.positive(s, important); {
		case q != nil:
			status.Quantity = *q
		case quantity != nil && statuses == 1:
			r.warn(s, "quantity", warnMissing, "", "The status has no quantity; that of the item is taken.")
			status.Quantity = *quantity
		case r.word(s, "quantity") == "":
			r.problem(s, "quantity", "quantity is missing. Say how much of the line has this status.")
		}
		if status.Quantity.Unit == "" {
			status.Quantity.Unit = unit
		}
		sum = sum.Add(status.Quantity.Value)
		item.Statuses = append(item.Statuses, status)
	}
	switch {
	case quantity == nil:
		item.Quantity = document.Quantity{Value: sum, Unit: unit}
		if r.word(e, "quantity") == "" {
			r.warn(e, "quantity", warnMissing, "", "The item has no quantity; the sum of its statuses, %s, is taken.", sum)
		}
	default:
		item.Quantity = *quantity
		if statuses > 0 && !sum.Equal(quantity.Value) {
			r.warn(e, "quantity", warnQuantities, quantity.Value.String(), "The statuses add up to %s, not to the item's quantity %s.", sum, quantity.Value)
		}
	}
	if item.Quantity.Unit == "" {
		r.warn(e, "", warnMissing, "", "The item has no UnitOfMeasure.")
	}
	return item
}

// confirmationStatus reads all of a status but its quantity, which may come from the item.
func (r *reader) confirmationStatus(e *etree.Element) document.ConfirmationStatus {
	s := document.ConfirmationStatus{
		Type: choice(r, e, "type", "", true,
			document.StatusAccept, document.StatusAllDetail, document.StatusDetail, document.StatusBackordered,
			document.StatusReject, document.StatusUnknown, document.StatusRequestToPay),
		UnitPrice:       r.amount(r.single(e, "UnitPrice"), important),
		Tax:             r.tax(r.single(e, "Tax")),
		Shipping:        r.charge(r.single(e, "Shipping")),
		ShipmentDate:    r.date(e, "shipmentDate", important),
		DeliveryDate:    r.date(e, "deliveryDate", important),
		Item:            r.namedPart(e),
		SupplierBatchID: text(child(e, "SupplierBatchID")),
		Comments:        r.comments(e),
		Extrinsics:      r.extrinsics(e),
	}
	in := r.single(e, "ItemIn")
	if in == nil {
		return s
	}
	s.Substitute = r.described(in)
	detail := child(in, "ItemDetail")
	unit, own := text(child(detail, "UnitOfMeasure")), text(child(e, "UnitOfMeasure"))
	switch price := s.Substitute.UnitPrice; {
	case s.UnitPrice != nil || price == nil:
	case !perUnit(s.Substitute.PriceBasis):
		r.warn(child(detail, "PriceBasisQuantity"), "", warnPriceBasis, "", "The price holds for another quantity than one unit; it is kept with the item and is not taken as the line's unit price.")
	case unit != "" && own != "" && !strings.EqualFold(unit, own):
		r.warn(child(detail, "UnitOfMeasure"), "", warnPriceBasis, unit, "The price holds for one %s and the line counts in %s; it is kept with the item and is not taken as the line's unit price.", clip(unit), clip(own))
	default:
		s.UnitPrice = price
	}
	if s.Tax == nil {
		s.Tax = r.tax(child(in, "Tax"))
	}
	if s.Shipping == nil {
		s.Shipping = r.charge(child(in, "Shipping"))
	}
	return s
}

// perUnit reports whether a price with this basis is the price of one unit.
func perUnit(b *document.PriceBasis) bool {
	one := document.NewDecimal(1)
	return b == nil || b.Quantity.Value.Equal(one) && b.ConversionFactor.Equal(one)
}

// incoTerms are cXML's terms of delivery.
var incoTerms = []string{"cfr", "cif", "cip", "cpt", "daf", "dap", "ddp", "ddu", "dpu", "deq", "des", "exw", "fas", "fca", "fob"}

// linesOf lists the line statuses that go with a header type. Types that allow every status are absent.
var linesOf = map[document.ConfirmationType][]document.LineStatus{
	document.ConfirmAccept:      {document.StatusAccept},
	document.ConfirmBackordered: {document.StatusBackordered},
}

// confirmationAgrees warns where the type of the whole and the lines disagree. Real documents do; the lines count.
func (r *reader) confirmationAgrees(c *document.OrderConfirmation, header *etree.Element) {
	switch c.Type {
	case document.ConfirmReject:
		if len(c.Items) > 0 {
			r.warn(header, "type", warnType, string(c.Type), "A confirmation of type reject rejects the whole order and should list no items.")
		}
	case document.ConfirmDetail, document.ConfirmAllDetail, document.ConfirmExcept, document.ConfirmReplace:
		if len(c.Items) == 0 {
			r.warn(header, "type", warnType, string(c.Type), "A confirmation of type %s should list items; this one has none.", c.Type)
		}
	}
	allowed := linesOf[c.Type]
	if allowed == nil {
		return
	}
	for _, item := range c.Items {
		for _, s := range item.Statuses {
			if s.Type != allowed[0] && s.Type != "" {
				r.warn(header, "type", warnType, string(c.Type), "Line %d is %s although the confirmation is %s; the line counts.", item.LineNumber, s.Type, c.Type)
			}
		}
	}
}
