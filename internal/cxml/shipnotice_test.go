package cxml

import (
	"strings"
	"testing"

	"counterpunch/internal/document"
)

const fullNotice = `<ShipNoticeRequest>
<ShipNoticeHeader shipmentID="S-1" noticeDate="2026-09-03T08:00:00Z" operation="update" shipmentDate="2026-09-03T00:00:00Z" deliveryDate="2026-09-05T00:00:00Z" requestedDeliveryDate="2026-09-06T00:00:00Z" shipmentType="actual" fulfillmentType="partial">
 <ServiceLevel xml:lang="en">2 Day Air</ServiceLevel><ServiceLevel xml:lang="de"/>
 <DocumentReference payloadID="earlier@acme.example"/>
 <Contact role="shipFrom"><Name xml:lang="en">Plant</Name></Contact>
 <Comments>careful</Comments>
 <Packaging><PackagingCode xml:lang="en">Pallet</PackagingCode><PackagingLevelCode>0001</PackagingLevelCode><ShippingContainerSerialCode>SSCC1</ShippingContainerSerialCode></Packaging>
 <Extrinsic name="x">y</Extrinsic><IdReference domain="d" identifier="i"/>
</ShipNoticeHeader>
<ShipControl startDate="2026-09-03T00:00:00Z">
 <CarrierIdentifier domain="SCAC">UPSN</CarrierIdentifier><CarrierIdentifier domain="companyName">UPS</CarrierIdentifier><CarrierIdentifier domain="billOfLading"></CarrierIdentifier>
 <ShipmentIdentifier domain="trackingNumber" trackingNumberDate="2026-09-03T00:00:00Z" trackingURL="https://carrier.example/1Z">1Z</ShipmentIdentifier><ShipmentIdentifier/>
 <Route method="air"/><TransportInformation><Route method="motor"/></TransportInformation>
</ShipControl>
<ShipControl><CarrierIdentifier domain="SCAC">DHL</CarrierIdentifier><ShipmentIdentifier>2Z</ShipmentIdentifier></ShipControl>
<ShipNoticePortion>
 <OrderReference orderID="PO-1001"><DocumentReference payloadID="order@buyer.example"/></OrderReference>
 <MasterAgreementIDInfo agreementID="AG-1"/><Comments>first</Comments><Extrinsic name="p">q</Extrinsic>
 <ShipNoticeItem quantity="6.5" lineNumber="00010" shipNoticeLineNumber="1" parentLineNumber="5">
  <ItemID><SupplierPartID>W-1</SupplierPartID><BuyerPartID>B-1</BuyerPartID></ItemID>
  <ShipNoticeItemDetail><UnitPrice><Money currency="USD">5.00</Money></UnitPrice><Description xml:lang="en">Widget</Description><ManufacturerPartID>M</ManufacturerPartID><ManufacturerName>MN</ManufacturerName></ShipNoticeItemDetail>
  <UnitOfMeasure>EA</UnitOfMeasure>
  <Packaging><PackagingCode><packagecode>Carton</packagecode></PackagingCode><ShippingContainerSerialCodeReference>SSCC1</ShippingContainerSerialCodeReference><PackageID><PackageTrackingID>T1</PackageTrackingID></PackageID></Packaging>
  <Batch expirationDate="2027-01-01T00:00:00Z" productionDate="2026-01-01T00:00:00Z"><BuyerBatchID>BB</BuyerBatchID><SupplierBatchID>SB</SupplierBatchID></Batch>
  <SupplierBatchID>SB2</SupplierBatchID>
  <AssetInfo serialNumber="SN1"/><AssetInfo tagNumber="x"/><AssetInfo serialNumber="SN2"/>
  <OrderedQuantity quantity="10"><UnitOfMeasure>EA</UnitOfMeasure></OrderedQuantity>
  <Comments>item</Comments><Extrinsic name="i">j</Extrinsic>
 </ShipNoticeItem>
 <ShipNoticeItem quantity="1" lineNumber="10" shipNoticeLineNumber="2"><ShipNoticeItemDetail><UnitOfMeasure>BX</UnitOfMeasure></ShipNoticeItemDetail></ShipNoticeItem>
</ShipNoticePortion>
<ShipNoticePortion><OrderReference orderID="PO-1002"/></ShipNoticePortion>
</ShipNoticeRequest>`

func TestShipNoticeIsReadInFull(t *testing.T) {
	want := &document.ShipNotice{
		ShipmentID: "S-1", Operation: document.OperationUpdate, NoticeDate: at("2026-09-03T08:00:00Z"), PreviousPayloadID: "earlier@acme.example",
		ShipmentDate: atp("2026-09-03T00:00:00Z"), DeliveryDate: atp("2026-09-05T00:00:00Z"), RequestedDeliveryDate: atp("2026-09-06T00:00:00Z"),
		FulfillmentType: "partial", ServiceLevels: []string{"2 Day Air"},
		Contacts:     []document.Contact{{Role: "shipFrom", Name: "Plant"}},
		Comments:     []document.Comment{{Text: "careful"}},
		IDReferences: []document.IDReference{{Domain: "d", Identifier: "i"}},
		Extrinsics:   []document.Extrinsic{{Name: "x", Value: "y"}},
		Packaging:    []document.Packaging{{Codes: []string{"Pallet"}, LevelCode: "0001", ShippingContainerSerialCode: "SSCC1"}},
		Controls: []document.ShipControl{
			{
				StartDate: atp("2026-09-03T00:00:00Z"),
				Carriers:  []document.Carrier{{Domain: "SCAC", Name: "UPSN"}, {Domain: "companyName", Name: "UPS"}},
				Tracking:  []document.TrackingNumber{{Number: "1Z", Domain: "trackingNumber", Date: atp("2026-09-03T00:00:00Z"), URL: "https://carrier.example/1Z"}},
				Methods:   []string{"air", "motor"},
			},
			{Carriers: []document.Carrier{{Domain: "SCAC", Name: "DHL"}}, Tracking: []document.TrackingNumber{{Number: "2Z"}}},
		},
		Portions: []document.ShipNoticePortion{
			{
				Order:    document.OrderReference{OrderID: "PO-1001", PayloadID: "order@buyer.example", AgreementID: "AG-1"},
				Comments: []document.Comment{{Text: "first"}}, Extrinsics: []document.Extrinsic{{Name: "p", Value: "q"}},
				Items: []document.ShipNoticeItem{
					{
						LineNumber: 10, NoticeLineNumber: 1, ParentLineNumber: 5, Quantity: document.Quantity{Value: dec("6.5"), Unit: "EA"},
						OrderedQuantity: &document.Quantity{Value: dec("10"), Unit: "EA"},
						Item: document.Item{SupplierPartID: "W-1", BuyerPartID: "B-1", ManufacturerPartID: "M", ManufacturerName: "MN",
							Description: "Widget", UnitPrice: usd("5.00")},
						Batches: []document.Batch{
							{SupplierBatchID: "SB", BuyerBatchID: "BB", ExpirationDate: atp("2027-01-01T00:00:00Z"), ProductionDate: atp("2026-01-01T00:00:00Z")},
							{SupplierBatchID: "SB2"},
						},
						SerialNumbers: []string{"SN1", "SN2"},
						Packaging:     []document.Packaging{{Codes: []string{"Carton"}, ShippingContainerSerialOuter: "SSCC1", PackageID: "T1"}},
						Comments:      []document.Comment{{Text: "item"}}, Extrinsics: []document.Extrinsic{{Name: "i", Value: "j"}},
					},
					{LineNumber: 10, NoticeLineNumber: 2, Quantity: document.Quantity{Value: dec("1"), Unit: "BX"}},
				},
			},
			{Order: document.OrderReference{OrderID: "PO-1002"}},
		},
	}
	d := mustDocument(t, fullNotice)
	if s := diff(want, d.ShipNotice); s != "" {
		t.Errorf("ship notice (-want +got)\n%s", s)
	}
	if w := beyondContent(d.Warnings); len(w) != 0 {
		t.Errorf("warnings: %v", w)
	}
}

func notice(pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(`<ShipNoticeRequest><ShipNoticeHeader shipmentID="S-1" noticeDate="2026-09-03T08:00:00Z" shipmentDate="2026-09-03T00:00:00Z"/>
<ShipNoticePortion><OrderReference orderID="PO-1001"/><ShipNoticeItem lineNumber="1" quantity="5"><UnitOfMeasure>EA</UnitOfMeasure></ShipNoticeItem></ShipNoticePortion></ShipNoticeRequest>`)
}

func TestShipNoticeKinds(t *testing.T) {
	tests := []struct {
		name, attribute string
		operation       document.Operation
		planned, back   bool
	}{
		{"plain", ``, document.OperationNew, false, false},
		{"planned", `shipmentType="planned"`, document.OperationNew, true, false},
		{"return", `reason="return"`, document.OperationNew, false, true},
		{"update", `operation="update"`, document.OperationUpdate, false, false},
		{"delete", `operation="delete"`, document.OperationDelete, false, false},
		{"empty words", `operation="" shipmentType="" reason=""`, document.OperationNew, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := mustDocument(t, notice(`shipmentID=`, tt.attribute+` shipmentID=`)).ShipNotice
			if n.Operation != tt.operation || n.Planned != tt.planned || n.Return != tt.back {
				t.Errorf("%s, planned %t, return %t", n.Operation, n.Planned, n.Return)
			}
		})
	}
	back := mustDocument(t, notice(`shipmentID=`, `reason="return" shipmentID=`, `quantity="5"`, `quantity="-5"`))
	if q := back.ShipNotice.Portions[0].Items[0].Quantity.Value; !q.Equal(dec("5")) || !hasWarning(back, warnSign, "-5") {
		t.Errorf("quantity of a return = %s, warnings %v", q, back.Warnings)
	}
	gone := mustDocument(t, `<ShipNoticeRequest><ShipNoticeHeader shipmentID="S-1" noticeDate="2026-09-03T08:00:00Z" operation="delete"/></ShipNoticeRequest>`)
	if gone.ShipNotice.Operation != document.OperationDelete {
		t.Error("a deletion needs no portion")
	}
}

func TestShipNoticeProblems(t *testing.T) {
	tests := []struct{ name, payload, path, text string }{
		{"no header", `<ShipNoticeRequest><ShipNoticePortion><OrderReference orderID="1"/></ShipNoticePortion></ShipNoticeRequest>`, "/ShipNoticeRequest", "no ShipNoticeHeader"},
		{"no shipmentID", notice(`shipmentID="S-1"`, `shipmentID=" "`), "/ShipNoticeHeader/@shipmentID", "shipmentID is missing"},
		{"no noticeDate", notice(`noticeDate="2026-09-03T08:00:00Z"`, ``), "/@noticeDate", "noticeDate is missing"},
		{"unknown operation", notice(`shipmentID=`, `operation="cancel" shipmentID=`), "/@operation", "new, update, delete"},
		{"unknown shipment type", notice(`shipmentID=`, `shipmentType="soon" shipmentID=`), "/@shipmentType", "actual, planned"},
		{"no portion", `<ShipNoticeRequest><ShipNoticeHeader shipmentID="S" noticeDate="2026-09-03T08:00:00Z"/></ShipNoticeRequest>`, "/ShipNoticeRequest", "no ShipNoticePortion"},
		{"no order", notice(`<OrderReference orderID="PO-1001"/>`, ``), "/ShipNoticePortion", "no OrderReference"},
		{"no line number", notice(`lineNumber="1"`, ``), "/ShipNoticeItem/@lineNumber", "lineNumber is missing"},
		{"no quantity", notice(`quantity="5"`, `quantity=""`), "/ShipNoticeItem/@quantity", "quantity is missing"},
		{"negative quantity", notice(`quantity="5"`, `quantity="5-"`), "/ShipNoticeItem/@quantity", "cannot be negative"},
		{"unreadable ship date", notice(`2026-09-03T00:00:00Z`, `2026-99-03`), "/@shipmentDate", "not a date"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if all := refused(t, tt.payload); !hasProblem(all, tt.path, tt.text) {
				t.Errorf("problems = %v, want one at %s with %q", all, tt.path, tt.text)
			}
		})
	}
}

func TestShipNoticeWarnings(t *testing.T) {
	tests := []struct{ name, payload, code, original string }{
		{"order in two portions", strings.Replace(notice(), "</ShipNoticeRequest>", `<ShipNoticePortion><OrderReference orderID="po-1001"/></ShipNoticePortion></ShipNoticeRequest>`, 1), warnRepeated, "po-1001"},
		{"no shipment date", notice(`shipmentDate="2026-09-03T00:00:00Z"`, ``), warnMissing, ""},
		{"wrong case of an attribute", notice(`shipmentID`, `ShipmentID`), warnName, "ShipmentID"},
		{"unknown fulfilment", notice(`shipmentID=`, `fulfillmentType="some" shipmentID=`), warnValue, "some"},
		{"no unit", notice(`<UnitOfMeasure>EA</UnitOfMeasure>`, ``), warnMissing, ""},
		{"template as order date", notice(`orderID="PO-1001"`, `orderID="PO-1001" orderDate="--"`), warnIgnored, "--"},
		{"unreadable order date", notice(`orderID="PO-1001"`, `orderID="PO-1001" orderDate="31.12.2026"`), warnIgnored, "31.12.2026"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := mustDocument(t, tt.payload); !hasWarning(d, tt.code, tt.original) {
				t.Errorf("warnings = %v, want %s of %q", d.Warnings, tt.code, tt.original)
			}
		})
	}
}
