package cxml

import (
	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

// shipNotice reads a ShipNoticeRequest.
func (r *reader) shipNotice(e *etree.Element) *document.ShipNotice {
	n := &document.ShipNotice{}
	header := r.single(e, "ShipNoticeHeader")
	if header == nil {
		r.problem(e, "", "The ShipNoticeRequest has no ShipNoticeHeader.")
	} else {
		r.shipNoticeHeader(n, header)
	}
	for c := range children(e, "ShipControl") {
		n.Controls = append(n.Controls, r.shipControl(c))
	}
	seen := make(map[string]bool)
	for p := range children(e, "ShipNoticePortion") {
		portion := r.shipNoticePortion(p, n.Return)
		if key := document.NormaliseNumber(portion.Order.OrderID); key != "" {
			if seen[key] {
				r.warn(p, "", warnRepeated, portion.Order.OrderID, "Order %s stands in several portions; all of them count.", clip(portion.Order.OrderID))
			}
			seen[key] = true
		}
		n.Portions = append(n.Portions, portion)
	}
	if len(n.Portions) == 0 && header != nil && n.Operation != document.OperationDelete {
		r.problem(e, "", "The ShipNoticeRequest has no ShipNoticePortion, so that nobody can say which purchase order was shipped.")
	}
	return n
}

func (r *reader) shipNoticeHeader(n *document.ShipNotice, e *etree.Element) {
	n.ShipmentID = r.id(e, "shipmentID", "shipmentID")
	n.NoticeDate = r.moment(e, "noticeDate")
	n.Operation = choice(r, e, "operation", document.OperationNew, true,
		document.OperationNew, document.OperationUpdate, document.OperationDelete)
	n.PreviousPayloadID = r.documentReference(e)
	n.ShipmentDate = r.date(e, "shipmentDate", important)
	n.DeliveryDate = r.date(e, "deliveryDate", important)
	n.RequestedDeliveryDate = r.date(e, "requestedDeliveryDate", optional)
	// To take an unknown type for actual would book goods as shipped that are not.
	n.Planned = choice(r, e, "shipmentType", "actual", true, "actual", "planned") == "planned"
	n.Return = choice(r, e, "reason", "", false, "return") == "return"
	n.FulfillmentType = choice(r, e, "fulfillmentType", "", false, "partial", "complete")
	for l := range children(e, "ServiceLevel") {
		if s := deepText(l); s != "" {
			n.ServiceLevels = append(n.ServiceLevels, s)
		}
	}
	n.Contacts = r.contacts(e)
	n.Comments = r.comments(e)
	n.IDReferences = r.idReferences(e)
	n.Extrinsics = r.extrinsics(e)
	n.Packaging = r.packaging(e)
	switch n.Operation {
	case document.OperationNew:
		if n.ShipmentDate == nil {
			r.warn(e, "shipmentDate", warnMissing, "", "The notice has no shipmentDate.")
		}
	case document.OperationUpdate, document.OperationDelete:
		if n.PreviousPayloadID == "" {
			r.warn(e, "", warnMissing, "", "The %s names no earlier notice (DocumentReference); the shipmentID says which one is meant.", n.Operation)
		}
	}
}

func (r *reader) shipControl(e *etree.Element) document.ShipControl {
	c := document.ShipControl{StartDate: r.date(e, "startDate", optional)}
	for i := range children(e, "CarrierIdentifier") {
		if name := deepText(i); name != "" {
			c.Carriers = append(c.Carriers, document.Carrier{Domain: r.word(i, "domain"), Name: name})
		}
	}
	for i := range children(e, "ShipmentIdentifier") {
		if number := deepText(i); number != "" {
			c.Tracking = append(c.Tracking, document.TrackingNumber{
				Number: number,
				Domain: r.word(i, "domain"),
				Date:   r.date(i, "trackingNumberDate", optional),
				URL:    r.word(i, "trackingURL"),
			})
		}
	}
	r.routes(&c, e)
	for t := range children(e, "TransportInformation") {
		r.routes(&c, t)
	}
	return c
}

func (r *reader) routes(c *document.ShipControl, e *etree.Element) {
	for route := range children(e, "Route") {
		if method := r.word(route, "method"); method != "" {
			c.Methods = append(c.Methods, method)
		}
	}
}

func (r *reader) shipNoticePortion(e *etree.Element, returned bool) document.ShipNoticePortion {
	p := document.ShipNoticePortion{
		Order:      r.neededOrder(e),
		Comments:   r.comments(e),
		Extrinsics: r.extrinsics(e),
	}
	p.Order.AgreementID = r.agreement(e)
	for i := range children(e, "ShipNoticeItem") {
		p.Items = append(p.Items, r.shipNoticeItem(i, returned))
	}
	return p
}

func (r *reader) shipNoticeItem(e *etree.Element, returned bool) document.ShipNoticeItem {
	item := document.ShipNoticeItem{
		LineNumber:       r.whole(e, "lineNumber", required),
		NoticeLineNumber: r.whole(e, "shipNoticeLineNumber", optional),
		ParentLineNumber: r.whole(e, "parentLineNumber", optional),
		Item:             r.item(child(e, "ItemID")),
		Packaging:        r.packaging(e),
		Comments:         r.comments(e),
		Extrinsics:       r.extrinsics(e),
	}
	detail := child(e, "ShipNoticeItemDetail")
	if detail != nil {
		r.describe(&item.Item, detail)
	}
	if q := r.quantity(e, required); q != nil {
		item.Quantity = *q
	}
	if item.Quantity.Value.Sign() < 0 {
		if returned {
			r.warn(e, "quantity", warnSign, item.Quantity.Value.String(), "The quantity of a return was read without its minus sign.")
			item.Quantity.Value = item.Quantity.Value.Abs()
		} else {
			r.problem(e, "quantity", "quantity is %s; it cannot be negative. For goods that come back, set reason to return.", item.Quantity.Value)
		}
	}
	if item.Quantity.Unit == "" {
		item.Quantity.Unit = text(child(detail, "UnitOfMeasure"))
	}
	if item.Quantity.Unit == "" {
		r.warn(e, "", warnMissing, "", "The item has no UnitOfMeasure.")
	}
	if ordered := child(e, "OrderedQuantity"); ordered != nil {
		item.OrderedQuantity = r.quantity(ordered, optional)
	}
	for token := range childElements(e) {
		switch token.Tag {
		case "Batch":
			item.Batches = append(item.Batches, document.Batch{
				SupplierBatchID: text(child(token, "SupplierBatchID")),
				BuyerBatchID:    text(child(token, "BuyerBatchID")),
				ExpirationDate:  r.date(token, "expirationDate", optional),
				ProductionDate:  r.date(token, "productionDate", optional),
			})
		case "SupplierBatchID":
			if id := text(token); id != "" {
				item.Batches = append(item.Batches, document.Batch{SupplierBatchID: id})
			}
		case "AssetInfo":
			if serial := r.word(token, "serialNumber"); serial != "" {
				item.SerialNumbers = append(item.SerialNumbers, serial)
			}
		}
	}
	return item
}

func (r *reader) packaging(e *etree.Element) []document.Packaging {
	var all []document.Packaging
	for p := range children(e, "Packaging") {
		packaging := document.Packaging{
			LevelCode:                    text(child(p, "PackagingLevelCode")),
			ShippingContainerSerialCode:  text(child(p, "ShippingContainerSerialCode")),
			ShippingContainerSerialOuter: text(child(p, "ShippingContainerSerialCodeReference")),
		}
		for c := range children(p, "PackagingCode") {
			if code := deepText(c); code != "" {
				packaging.Codes = append(packaging.Codes, code)
			}
		}
		for _, name := range []string{"PackageTrackingID", "GlobalIndividualAssetID", "ReturnablePackageID"} {
			if packaging.PackageID == "" {
				packaging.PackageID = text(child(p, "PackageID", name))
			}
		}
		all = append(all, packaging)
	}
	return all
}

// agreement returns the number of the master agreement that e refers to in one of its two forms.
func (r *reader) agreement(e *etree.Element) string {
	for _, name := range []string{"MasterAgreementReference", "MasterAgreementIDInfo"} {
		if id := r.word(child(e, name), "agreementID"); id != "" {
			return id
		}
	}
	return ""
}
