package cxml

import (
	"regexp"
	"strings"

	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

// noPart are the words that senders and hubs write as SupplierPartID, which cXML requires, where there is none.
var noPart = regexp.MustCompile(`(?i)^(non[- ]?catalog(ue)?([- ]?item)?|not[- ]available|n/a)$`)

// item reads the part numbers of an ItemID.
func (r *reader) item(id *etree.Element) document.Item {
	return document.Item{
		SupplierPartID:      r.part(child(id, "SupplierPartID")),
		SupplierAuxiliaryID: deepText(child(id, "SupplierPartAuxiliaryID")),
		BuyerPartID:         text(child(id, "BuyerPartID")),
	}
}

// part reads a supplier's part number.
func (r *reader) part(e *etree.Element) string {
	number := text(e)
	if !noPart.MatchString(number) {
		return number
	}
	r.warn(e, "", warnIgnored, number, "%q names no part and was left out.", number)
	return ""
}

// namedPart returns the part that Extrinsics in e name, as suppliers do where cXML has no ItemID; nil when they name none.
func (r *reader) namedPart(e *etree.Element) *document.Item {
	var item document.Item
	for x := range children(e, "Extrinsic") {
		switch name := r.word(x, "name"); {
		case strings.EqualFold(name, "SupplierPartID"):
			item.SupplierPartID = r.part(x)
		case strings.EqualFold(name, "BuyerPartID"):
			item.BuyerPartID = text(x)
		}
	}
	if item == (document.Item{}) {
		return nil
	}
	return &item
}

// describe adds what an element such as ItemDetail says of an item.
func (r *reader) describe(item *document.Item, e *etree.Element) {
	item.Description = r.description(e)
	item.ManufacturerPartID = text(child(e, "ManufacturerPartID"))
	item.ManufacturerName = text(child(e, "ManufacturerName"))
	item.UnitPrice = r.amount(child(e, "UnitPrice"), important)
}

// described reads an ItemIn: a part that is offered instead, or the ordered one restated.
func (r *reader) described(in *etree.Element) *document.Item {
	item := r.item(child(in, "ItemID"))
	detail := child(in, "ItemDetail")
	r.describe(&item, detail)
	if item.Quantity = r.positive(in, important); item.Quantity != nil {
		item.Quantity.Unit = text(child(detail, "UnitOfMeasure"))
	}
	item.PriceBasis = r.priceBasis(child(detail, "PriceBasisQuantity"))
	return &item
}
