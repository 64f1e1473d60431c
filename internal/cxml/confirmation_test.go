package cxml

import (
	"strings"
	"testing"
	"time"

	"counterpunch/internal/document"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func atp(s string) *time.Time { t := at(s); return &t }

// sameTime compares instants and the zone's offset, which is what a document says.
var sameTime = cmp.Comparer(func(a, b time.Time) bool { return a.Format(time.RFC3339Nano) == b.Format(time.RFC3339Nano) })

var sameDecimal = cmp.Comparer(func(a, b document.Decimal) bool { return a.String() == b.String() })

func diff(want, got any) string {
	return cmp.Diff(want, got, sameTime, sameDecimal, cmpopts.EquateEmpty())
}

const fullConfirmation = `<ConfirmationRequest>
<ConfirmationHeader type="detail" operation="update" noticeDate="2026-09-01T10:00:00+02:00" confirmID="C-1" invoiceID="I-1" incoTerms="fob">
 <DocumentReference payloadID="earlier@acme.example"/>
 <Total><Money currency="USD">100.00</Money></Total>
 <Shipping trackingId="1"><Money currency="USD">5.00</Money><Description xml:lang="en">by road</Description></Shipping>
 <Tax><Money currency="USD">7.50</Money><Description xml:lang="en">sales tax</Description>
  <TaxDetail category="sales" purpose="tax" percentageRate="7.5"><TaxableAmount><Money currency="USD">100</Money></TaxableAmount><TaxAmount><Money currency="USD">7.50</Money></TaxAmount><TaxLocation xml:lang="en">CA</TaxLocation></TaxDetail></Tax>
 <Contact role="shipFrom" addressID="A1"><Name xml:lang="en">Plant  1</Name><Email>plant@acme.example</Email></Contact>
 <Comments xml:lang="en" type="t">Look <Attachment><URL>cid:drawing@acme.example</URL></Attachment></Comments>
 <IdReference domain="d" identifier="i"/>
 <Extrinsic name="x">a <b>c</b></Extrinsic>
</ConfirmationHeader>
<OrderReference orderID="PO-1001" orderDate="2026-08-30T00:00:00Z"><DocumentReference payloadID="order@buyer.example"/></OrderReference>
<ConfirmationItem lineNumber="00010" quantity="10" parentLineNumber="5"><UnitOfMeasure>EA</UnitOfMeasure>
 <ConfirmationStatus type="accept" quantity="6" shipmentDate="2026-09-02T00:00:00Z" deliveryDate="2026-09-05T00:00:00Z"><UnitOfMeasure>EA</UnitOfMeasure>
  <UnitPrice><Money currency="USD">10.00</Money></UnitPrice><Tax><Money currency="USD">1</Money><Description xml:lang="en">t</Description></Tax><Shipping><Money currency="USD">2</Money><Description xml:lang="en">s</Description></Shipping>
  <SupplierBatchID>B1</SupplierBatchID><Comments>soon</Comments><Extrinsic name="y">z</Extrinsic><Extrinsic name="SupplierPartID"> W-1 </Extrinsic><Extrinsic name="buyerPartId">B-1</Extrinsic></ConfirmationStatus>
 <ConfirmationStatus type="detail" quantity="4"><UnitOfMeasure>BX</UnitOfMeasure>
  <ItemIn quantity="4"><ItemID><SupplierPartID>W-2</SupplierPartID><SupplierPartAuxiliaryID>aux</SupplierPartAuxiliaryID><BuyerPartID>B-2</BuyerPartID></ItemID>
   <ItemDetail><UnitPrice><Money currency="USD">11.00</Money></UnitPrice><Description xml:lang="en"><ShortName>short</ShortName>Better widget</Description><UnitOfMeasure>BX</UnitOfMeasure><Classification domain="u">1</Classification><ManufacturerPartID>M</ManufacturerPartID><ManufacturerName>MN</ManufacturerName></ItemDetail></ItemIn>
 </ConfirmationStatus>
</ConfirmationItem>
</ConfirmationRequest>`

func TestConfirmationIsReadInFull(t *testing.T) {
	want := &document.OrderConfirmation{
		ConfirmID: "C-1", Type: document.ConfirmDetail, Operation: document.OperationUpdate, NoticeDate: at("2026-09-01T10:00:00+02:00"),
		PreviousPayloadID: "earlier@acme.example", InvoiceID: "I-1", IncoTerms: "fob",
		Order:    document.OrderReference{OrderID: "PO-1001", PayloadID: "order@buyer.example", OrderDate: atp("2026-08-30T00:00:00Z")},
		Total:    usd("100.00"),
		Shipping: &document.Charge{Amount: *usd("5.00"), Description: "by road"},
		Tax: &document.Tax{Amount: *usd("7.50"), Description: "sales tax", Details: []document.TaxDetail{
			{Category: "sales", Purpose: "tax", Rate: new(dec("7.5")), Taxable: usd("100"), Amount: *usd("7.50"), Location: "CA"}}},
		Contacts:     []document.Contact{{Role: "shipFrom", AddressID: "A1", Name: "Plant 1", Email: "plant@acme.example"}},
		Comments:     []document.Comment{{Text: "Look", Lang: "en", Type: "t", Attachments: []string{"cid:drawing@acme.example"}}},
		IDReferences: []document.IDReference{{Domain: "d", Identifier: "i"}},
		Extrinsics:   []document.Extrinsic{{Name: "x", Value: "a c"}},
		Items: []document.ConfirmationItem{{
			LineNumber: 10, ParentLineNumber: 5, Quantity: document.Quantity{Value: dec("10"), Unit: "EA"},
			Statuses: []document.ConfirmationStatus{
				{
					Type: document.StatusAccept, Quantity: document.Quantity{Value: dec("6"), Unit: "EA"}, UnitPrice: usd("10.00"),
					Tax: &document.Tax{Amount: *usd("1"), Description: "t"}, Shipping: &document.Charge{Amount: *usd("2"), Description: "s"},
					ShipmentDate: atp("2026-09-02T00:00:00Z"), DeliveryDate: atp("2026-09-05T00:00:00Z"), SupplierBatchID: "B1",
					Comments: []document.Comment{{Text: "soon"}}, Extrinsics: []document.Extrinsic{{Name: "y", Value: "z"}, {Name: "SupplierPartID", Value: "W-1"}, {Name: "buyerPartId", Value: "B-1"}},
					Item: &document.Item{SupplierPartID: "W-1", BuyerPartID: "B-1"},
				},
				{
					Type: document.StatusDetail, Quantity: document.Quantity{Value: dec("4"), Unit: "BX"}, UnitPrice: usd("11.00"),
					Substitute: &document.Item{SupplierPartID: "W-2", SupplierAuxiliaryID: "aux", BuyerPartID: "B-2", ManufacturerPartID: "M",
						ManufacturerName: "MN", Description: "Better widget", UnitPrice: usd("11.00"), Quantity: &document.Quantity{Value: dec("4"), Unit: "BX"}},
				},
			},
		}},
	}
	d := mustDocument(t, fullConfirmation)
	if s := diff(want, d.OrderConfirmation); s != "" {
		t.Errorf("confirmation (-want +got)\n%s", s)
	}
	if len(d.Warnings) != 0 {
		t.Errorf("warnings: %v", d.Warnings)
	}
	envelope := &document.Document{Kind: document.KindOrderConfirmation, PayloadID: "p-1@acme.example", Timestamp: atp("2026-09-01T10:00:00+02:00"),
		Version: "1.2.069", DeploymentMode: "production", UserAgent: "test",
		From: []document.Credential{{Domain: "DUNS", Identity: "111111111"}}, To: []document.Credential{{Domain: "NetworkID", Identity: "AN01000000001"}},
		Sender: []document.Credential{{Domain: "DUNS", Identity: "111111111"}}, OrderConfirmation: want}
	if s := diff(envelope, d); s != "" {
		t.Errorf("document (-want +got)\n%s", s)
	}
}

// inBoxes is a part that is sold by the box.
const inBoxes = `<ItemIn quantity="1"><ItemID><SupplierPartID>W-12</SupplierPartID></ItemID><ItemDetail><UnitPrice><Money currency="USD">50</Money></UnitPrice><UnitOfMeasure>BX</UnitOfMeasure></ItemDetail></ItemIn>`

// confirm returns a small confirmation, with the pairs of old and new text exchanged.
func confirm(pairs ...string) string {
	s := strings.NewReplacer(pairs...).Replace(`<ConfirmationRequest><ConfirmationHeader type="detail" noticeDate="2026-09-01T10:00:00Z" confirmID="C-1"/>
<OrderReference orderID="PO-1001"/>
<ConfirmationItem lineNumber="1" quantity="10"><UnitOfMeasure>EA</UnitOfMeasure><ConfirmationStatus type="accept" quantity="10"><UnitOfMeasure>EA</UnitOfMeasure></ConfirmationStatus></ConfirmationItem>
</ConfirmationRequest>`)
	return s
}

func TestConfirmationTypesAndStatuses(t *testing.T) {
	for _, typ := range []string{"accept", "allDetail", "detail", "backordered", "except", "reject", "requestToPay", "replace"} {
		d := mustDocument(t, confirm(`type="detail"`, `type="`+typ+`"`))
		if got := d.OrderConfirmation.Type; string(got) != typ {
			t.Errorf("type %q was read as %q", typ, got)
		}
	}
	for _, typ := range []string{"accept", "allDetail", "detail", "backordered", "reject", "unknown", "requestToPay"} {
		d := mustDocument(t, confirm(`type="accept"`, `type="`+typ+`"`))
		if got := d.OrderConfirmation.Items[0].Statuses[0].Type; string(got) != typ {
			t.Errorf("status %q was read as %q", typ, got)
		}
	}
}

func TestConfirmationProblems(t *testing.T) {
	const header, status = "/ConfirmationHeader", "/ConfirmationStatus"
	tests := []struct {
		name, payload, path, text string
	}{
		{"no header", `<ConfirmationRequest><OrderReference orderID="1"/></ConfirmationRequest>`, "/ConfirmationRequest", "no ConfirmationHeader"},
		{"two headers", confirm(`<OrderReference`, `<ConfirmationHeader type="accept" noticeDate="2026-09-01T10:00:00Z"/><OrderReference`), header + "[2]", "only one may"},
		{"no type", confirm(`type="detail" `, ``), header + "/@type", "type is missing"},
		{"unknown type", confirm(`type="detail"`, `type="maybe"`), header + "/@type", `"maybe"; it must be one of`},
		{"delete", confirm(`type="detail"`, `type="detail" operation="delete"`), header + "/@operation", "new, update"},
		{"no notice date", confirm(`noticeDate="2026-09-01T10:00:00Z"`, ``), header + "/@noticeDate", "noticeDate is missing"},
		{"notice date in words", confirm(`2026-09-01T10:00:00Z`, `tomorrow`), header + "/@noticeDate", `noticeDate "tomorrow" cannot be used: it is not a date`},
		{"unreadable notice date", confirm(`2026-09-01T10:00:00Z`, `2026-09-31`), header + "/@noticeDate", "not a date"},
		{"impossible zone", confirm(`10:00:00Z`, `17:37:35+17:37`), header + "/@noticeDate", "between -12:00 and +14:00"},
		{"no order", confirm(`<OrderReference orderID="PO-1001"/>`, ``), "/ConfirmationRequest", "no OrderReference"},
		{"empty order", confirm(`orderID="PO-1001"/>`, `orderID=" "><DocumentReference payloadID=""/></OrderReference>`), "/OrderReference/@orderID", "neither orderID nor"},
		{"no line number", confirm(`lineNumber="1"`, `lineNumber=""`), "/ConfirmationItem/@lineNumber", "lineNumber is missing"},
		{"line zero", confirm(`lineNumber="1"`, `lineNumber="0"`), "/ConfirmationItem/@lineNumber", "count from 1"},
		{"unreadable line number", confirm(`lineNumber="1"`, `lineNumber="one"`), "/ConfirmationItem/@lineNumber", "not a whole number"},
		{"no quantity at all", confirm(`quantity="10"`, ``), status + "/@quantity", "quantity is missing"},
		{"unreadable quantity", confirm(`"accept" quantity="10"`, `"accept" quantity="ten"`), status + "/@quantity", "not a number"},
		{"ambiguous quantity", confirm(`"accept" quantity="10"`, `"accept" quantity="1,000"`), status + "/@quantity", "thousands or decimals"},
		{"negative quantity", confirm(`"accept" quantity="10"`, `"accept" quantity="-10"`), status + "/@quantity", "cannot be negative"},
		{"no status", confirm(`<ConfirmationStatus type="accept" quantity="10"><UnitOfMeasure>EA</UnitOfMeasure></ConfirmationStatus>`, ``), "/ConfirmationItem", "no ConfirmationStatus"},
		{"unknown status", confirm(`type="accept"`, `type="accepted"`), status + "/@type", `"accepted"`},
		{"no status type", confirm(`type="accept"`, `type=""`), status + "/@type", "type is missing"},
		{"unreadable price", confirm(`EA</UnitOfMeasure></ConfirmationStatus>`, `EA</UnitOfMeasure><UnitPrice><Money currency="USD">20.00@#$</Money></UnitPrice></ConfirmationStatus>`), "/UnitPrice/Money", "not a number"},
		{"two amounts", confirm(`EA</UnitOfMeasure></ConfirmationStatus>`, `EA</UnitOfMeasure><UnitPrice><Money currency="USD">1</Money><Money currency="EUR">2</Money></UnitPrice></ConfirmationStatus>`), "/UnitPrice/Money[2]", "only one may"},
		{"unreadable delivery date", confirm(`type="accept"`, `type="accept" deliveryDate="2021-07-T07:36:31"`), status + "/@deliveryDate", "not a date"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all := refused(t, tt.payload)
			if !hasProblem(all, tt.path, tt.text) {
				t.Errorf("problems = %v, want one at %s with %q", all, tt.path, tt.text)
			}
			for _, p := range all {
				if p.Code != 400 {
					t.Errorf("code = %d, want 400", p.Code)
				}
			}
		})
	}
}

func TestEveryProblemIsListedWithItsPlace(t *testing.T) {
	all := refused(t, `<ConfirmationRequest>
<ConfirmationHeader type="maybe"
   noticeDate="soon 1" confirmID="é"/>
<OrderReference orderID=""/>
 <ConfirmationItem lineNumber="1" quantity="ten"><ConfirmationStatus type="accept" quantity="1"/></ConfirmationItem>
<ConfirmationItem quantity='>' lineNumber="x"><ConfirmationStatus quantity="1" type="accept"/></ConfirmationItem>
</ConfirmationRequest>`)
	type place struct {
		Path         string
		Line, Column int
	}
	const top = "/cXML/Request/ConfirmationRequest"
	want := []place{
		{top + "/ConfirmationHeader/@type", 9, 21},
		{top + "/ConfirmationHeader/@noticeDate", 10, 4},
		{top + "/OrderReference/@orderID", 11, 17},
		{top + "/ConfirmationItem[1]/@quantity", 12, 35},
		{top + "/ConfirmationItem[2]/@lineNumber", 13, 32},
		{top + "/ConfirmationItem[2]/@quantity", 13, 19},
	}
	var got []place
	for _, p := range all {
		got = append(got, place{p.Path, p.Line, p.Column})
	}
	if s := cmp.Diff(want, got); s != "" {
		t.Errorf("places (-want +got)\n%s", s)
	}
}

func TestConfirmationWarnings(t *testing.T) {
	tests := []struct {
		name, payload, code, original string
	}{
		{"reject with items", confirm(`type="detail"`, `type="reject"`), warnType, "reject"},
		{"detail without items", `<ConfirmationRequest><ConfirmationHeader type="detail" noticeDate="2026-09-01T10:00:00Z"/><OrderReference orderID="1"/></ConfirmationRequest>`, warnType, "detail"},
		{"accept with another status", confirm(`"detail"`, `"accept"`, `type="accept"`, `type="reject"`), warnType, "accept"},
		{"status in capitals", confirm(`type="accept"`, `type="Accept"`), warnValue, "Accept"},
		{"unknown terms", confirm(`type="detail"`, `type="detail" incoTerms="sat"`), warnValue, "sat"},
		{"attribute in capitals", confirm(`noticeDate`, `NoticeDate`), warnName, "NoticeDate"},
		{"no zone", confirm(`10:00:00Z`, `10:00:00`), warnDate, "2026-09-01T10:00:00"},
		{"thousands", confirm(`quantity="10"`, `quantity="1,010.0"`), warnNumber, "1,010.0"},
		{"blank line number", confirm(`lineNumber="1"`, `lineNumber=" 1"`), warnNumber, " 1"},
		{"quantities differ", confirm(`lineNumber="1" quantity="10"`, `lineNumber="1" quantity="11"`), warnQuantities, "11"},
		{"no item quantity", confirm(`lineNumber="1" quantity="10"`, `lineNumber="1"`), warnMissing, ""},
		{"no status quantity", confirm(`"accept" quantity="10"`, `"accept" quantity=""`), warnMissing, ""},
		{"placeholder for a date", confirm(`type="accept"`, `type="accept" deliveryDate="--T::"`), warnIgnored, "--T::"},
		{"currency in small letters", confirm(`EA</UnitOfMeasure></C`, `EA</UnitOfMeasure><UnitPrice><Money currency="Eur">1</Money></UnitPrice></C`), warnCurrency, "Eur"},
		{"no currency", confirm(`EA</UnitOfMeasure></C`, `EA</UnitOfMeasure><UnitPrice><Money>1</Money></UnitPrice></C`), warnCurrency, ""},
		{"price for fifty", confirm(`EA</UnitOfMeasure></C`, `EA</UnitOfMeasure><ItemIn quantity="1"><ItemID/><ItemDetail><UnitPrice><Money currency="USD">1</Money></UnitPrice><PriceBasisQuantity quantity="50" conversionFactor="1"/></ItemDetail></ItemIn></C`), warnPriceBasis, ""},
		{"price for another unit", confirm(`EA</UnitOfMeasure></C`, `EA</UnitOfMeasure>`+inBoxes+`</C`), warnPriceBasis, "BX"},
		{"no part of a catalogue", confirm(`EA</UnitOfMeasure></C`, `EA</UnitOfMeasure><ItemIn quantity="1"><ItemID><SupplierPartID>Non-Catalog-Item</SupplierPartID></ItemID></ItemIn></C`), warnIgnored, "Non-Catalog-Item"},
		{"update without reference", confirm(`type="detail"`, `type="detail" operation="update"`), warnMissing, ""},
		{"line twice", strings.Replace(confirm(), "</ConfirmationRequest>", `<ConfirmationItem lineNumber="01" quantity="1"><UnitOfMeasure>EA</UnitOfMeasure><ConfirmationStatus type="accept" quantity="1"/></ConfirmationItem></ConfirmationRequest>`, 1), warnRepeated, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustDocument(t, tt.payload)
			if !hasWarning(d, tt.code, tt.original) {
				t.Errorf("warnings = %v, want %s of %q", d.Warnings, tt.code, tt.original)
			}
			for _, w := range d.Warnings {
				if w.Line == 0 || w.Column == 0 || w.Path == "" || w.Text == "" {
					t.Errorf("warning without a place: %+v", w)
				}
			}
		})
	}
	price := confirm(`EA</UnitOfMeasure></C`, `EA</UnitOfMeasure><ItemIn quantity="1"><ItemID/><ItemDetail><UnitPrice><Money currency="USD">1</Money></UnitPrice><PriceBasisQuantity quantity="50" conversionFactor="1"/></ItemDetail></ItemIn></C`)
	if s := mustDocument(t, price).OrderConfirmation.Items[0].Statuses[0]; s.UnitPrice != nil || s.Substitute.PriceBasis == nil {
		t.Errorf("a price for fifty became a unit price: %+v", s)
	}
}

func TestAPriceForAnotherUnitIsNotTheLines(t *testing.T) {
	s := mustDocument(t, confirm(`EA</UnitOfMeasure></C`, `EA</UnitOfMeasure>`+inBoxes+`</C`)).OrderConfirmation.Items[0].Statuses[0]
	if s.UnitPrice != nil || s.Substitute.UnitPrice == nil {
		t.Errorf("the price of a box became that of one: %+v", s)
	}
	s = mustDocument(t, confirm(`EA</UnitOfMeasure></C`, `EA</UnitOfMeasure>`+strings.Replace(inBoxes, "BX", "ea", 1)+`</C`)).OrderConfirmation.Items[0].Statuses[0]
	if s.UnitPrice == nil {
		t.Error("the price in the line's unit is not taken")
	}
}

func TestWordsForNoPartNameNone(t *testing.T) {
	for word, want := range map[string]string{
		"Non-Catalog-Item": "", "Non Catalog Item": "", "NOT AVAILABLE": "", "N/A": "", "non catalogue": "",
		"NA-100": "NA-100", "Available": "Available", "Non-Catalog-Item-2": "Non-Catalog-Item-2",
	} {
		payload := confirm(`EA</UnitOfMeasure></C`, `EA</UnitOfMeasure><ItemIn quantity="1"><ItemID><SupplierPartID>`+word+`</SupplierPartID><BuyerPartID>B</BuyerPartID></ItemID></ItemIn></C`)
		if s := mustDocument(t, payload).OrderConfirmation.Items[0].Statuses[0].Substitute; s.SupplierPartID != want || s.BuyerPartID != "B" {
			t.Errorf("%q was read as %+v", word, s)
		}
	}
}

func TestTimesWithoutZoneTakeTheSuppliers(t *testing.T) {
	e := mustParse(t, envelopeOf(confirm(`10:00:00Z`, `10:00:00`)))
	d, err := e.Document(DocumentOptions{Zone: time.FixedZone("plant", 3600)})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.OrderConfirmation.NoticeDate.Format(time.RFC3339); got != "2026-09-01T10:00:00+01:00" {
		t.Errorf("noticeDate = %s", got)
	}
}

func TestWarningsAreBounded(t *testing.T) {
	items := strings.Repeat(`<ConfirmationItem lineNumber="1" quantity="1"><ConfirmationStatus type="accept" quantity="1"/></ConfirmationItem>`, 400)
	d := mustDocument(t, `<ConfirmationRequest><ConfirmationHeader type="detail" noticeDate="2026-09-01T10:00:00Z"/><OrderReference orderID="1"/>`+items+`</ConfirmationRequest>`)
	if n := len(d.Warnings); n != maxWarnings+1 {
		t.Errorf("%d warnings", n)
	}
	if last := d.Warnings[len(d.Warnings)-1]; last.Code != "more-warnings" || !strings.HasPrefix(last.Text, "620 more") {
		t.Errorf("last warning = %+v", last)
	}
}
