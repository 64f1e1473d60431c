package cxml

import (
	"strings"
	"testing"

	"counterpunch/internal/document"
)

const fullInvoice = `<InvoiceDetailRequest>
<InvoiceDetailRequestHeader invoiceID="I-1" invoiceDate="2026-09-10T00:00:00Z" purpose="standard" operation="new" invoiceOrigin="supplier" isInformationOnly="yes" isERS="yes">
 <InvoiceDetailHeaderIndicator/><InvoiceDetailLineIndicator isTaxInLine="yes" isShippingInLine="yes" isSpecialHandlingInLine="yes" isDiscountInLine="yes" isAccountingInLine="yes" isPriceAdjustmentInLine="yes"/>
 <InvoicePartner><Contact role="remitTo" addressID="R1"><Name xml:lang="en">Bank</Name></Contact><IdReference domain="x" identifier="y"/></InvoicePartner>
 <DocumentReference payloadID="earlier@acme.example"/>
 <InvoiceIDInfo invoiceID="I-0" invoiceDate="2026-09-01T00:00:00Z"/>
 <InvoiceDetailShipping><Contact role="shipFrom"><Name xml:lang="en">Plant</Name></Contact><Contact role="shipTo"><Name xml:lang="en">Site</Name></Contact></InvoiceDetailShipping>
  <PaymentTerm payInNumberOfDays="10"><Discount><DiscountPercent percent="2"/></Discount></PaymentTerm>
 <PaymentTerm payInNumberOfDays="15"><Discount><DiscountAmount><Money currency="USD">3</Money></DiscountAmount></Discount></PaymentTerm>
 <PaymentTerm payInNumberOfDays="30"/>
 <Period startDate="2026-09-01T00:00:00Z" endDate="2026-09-30T00:00:00Z"/>
 <Comments>thanks</Comments><IdReference domain="d" identifier="i"/><Extrinsic name="x">y</Extrinsic>
</InvoiceDetailRequestHeader>
<InvoiceDetailOrder>
 <InvoiceDetailOrderInfo><OrderReference orderID="PO-1001" orderDate="2026-08-30T00:00:00Z"><DocumentReference payloadID="order@buyer.example"/></OrderReference><MasterAgreementReference agreementID="AG-1"><DocumentReference payloadID=""/></MasterAgreementReference><SupplierOrderInfo orderID="SO-1"/></InvoiceDetailOrderInfo>
 <InvoiceDetailShipNoticeInfo><ShipNoticeReference shipNoticeID="S-1"><DocumentReference payloadID=""/></ShipNoticeReference></InvoiceDetailShipNoticeInfo>
 <InvoiceDetailItem invoiceLineNumber="1" quantity="10" parentInvoiceLineNumber="7" reason="return">
  <UnitOfMeasure>EA</UnitOfMeasure><UnitPrice><Money currency="USD">5.00</Money></UnitPrice><PriceBasisQuantity quantity="2" conversionFactor="0.5"><UnitOfMeasure>BX</UnitOfMeasure></PriceBasisQuantity>
  <InvoiceDetailItemReference lineNumber="010" serialNumber="SN0"><ItemID><SupplierPartID>W-1</SupplierPartID></ItemID><Description xml:lang="en">Widget</Description><ManufacturerPartID>M</ManufacturerPartID><ManufacturerName>MN</ManufacturerName><SerialNumber>SN0</SerialNumber><SerialNumber>SN1</SerialNumber></InvoiceDetailItemReference>
  <SubtotalAmount><Money currency="USD">50.00</Money></SubtotalAmount>
  <Tax><Money currency="USD">4.00</Money><Description xml:lang="en">tax</Description></Tax>
  <InvoiceDetailLineSpecialHandling><Description xml:lang="en">crate</Description><Money currency="USD">1.00</Money></InvoiceDetailLineSpecialHandling>
  <InvoiceDetailLineShipping><InvoiceDetailShipping/><Money currency="USD">2.00</Money></InvoiceDetailLineShipping>
  <GrossAmount><Money currency="USD">57.00</Money></GrossAmount>
  <InvoiceDetailDiscount percentageRate="10"><Money currency="USD">5.00</Money></InvoiceDetailDiscount>
  <InvoiceItemModifications>
   <Modification><OriginalPrice><Money currency="USD">6</Money></OriginalPrice><AdditionalDeduction><DeductionAmount><Money currency="USD">1.00</Money></DeductionAmount></AdditionalDeduction><ModificationDetail name="Allowance"><Description xml:lang="en">promo</Description></ModificationDetail></Modification>
   <Modification><AdditionalDeduction><DeductionPercent percent="3"/></AdditionalDeduction></Modification>
   <Modification><AdditionalCost><Percentage percent="4"/></AdditionalCost></Modification>
   <Modification><AdditionalCost><Money currency="USD">0.50</Money></AdditionalCost></Modification>
  </InvoiceItemModifications>
  <NetAmount><Money currency="USD">52.00</Money></NetAmount>
  <Distribution><Accounting name="split"><AccountingSegment id="610"><Name xml:lang="en">G/L</Name><Description xml:lang="en"/></AccountingSegment><Segment type="cc" id="7" description=""/></Accounting><Charge><Money currency="USD">52.00</Money></Charge></Distribution>
  <Comments>line</Comments><Extrinsic name="l">m</Extrinsic>
 </InvoiceDetailItem>
 <InvoiceDetailServiceItem invoiceLineNumber="2"><InvoiceDetailServiceItemReference lineNumber="20"><ItemID><SupplierPartID>SV</SupplierPartID></ItemID><Description xml:lang="en">Cleaning</Description></InvoiceDetailServiceItemReference><SubtotalAmount><Money currency="USD">30.00</Money></SubtotalAmount></InvoiceDetailServiceItem>
 <InvoiceDetailServiceItem invoiceLineNumber="3" quantity="2" isAdHoc="yes"><InvoiceDetailServiceItemReference><Description xml:lang="en">Hours</Description></InvoiceDetailServiceItemReference><SubtotalAmount><Money currency="USD">40.00</Money></SubtotalAmount><UnitRate><Money currency="USD">20.00</Money><UnitOfMeasure>HUR</UnitOfMeasure></UnitRate></InvoiceDetailServiceItem>
</InvoiceDetailOrder>
<InvoiceDetailOrder>
 <InvoiceDetailOrderInfo><MasterAgreementIDInfo agreementID="AG-2"/><OrderIDInfo orderID="PO-1002"/></InvoiceDetailOrderInfo>
 <InvoiceDetailItem invoiceLineNumber="4" quantity="1"><UnitOfMeasure>EA</UnitOfMeasure><UnitPrice><Money currency="USD">1</Money></UnitPrice><InvoiceDetailItemReference lineNumber="1"/></InvoiceDetailItem>
</InvoiceDetailOrder>
<InvoiceDetailSummary>
 <SubtotalAmount><Money currency="USD">120.00</Money></SubtotalAmount>
 <Tax><Money currency="USD">4.00</Money><Description xml:lang="en">all tax</Description></Tax>
 <SpecialHandlingAmount><Money currency="USD">1.00</Money></SpecialHandlingAmount><ShippingAmount><Money currency="USD">2.00</Money></ShippingAmount>
 <GrossAmount><Money currency="USD">128.00</Money></GrossAmount><InvoiceDetailDiscount percentageRate="1"><Money currency="USD">1.28</Money></InvoiceDetailDiscount>
 <InvoiceHeaderModifications><Modification><AdditionalCost><Money currency="USD">0.28</Money></AdditionalCost><ModificationDetail name="Fuel"/></Modification></InvoiceHeaderModifications>
 <NetAmount><Money currency="USD">127.00</Money></NetAmount><DepositAmount><Money currency="USD">27.00</Money></DepositAmount><DueAmount><Money currency="USD">100.00</Money></DueAmount>
</InvoiceDetailSummary>
</InvoiceDetailRequest>`

func charge(amount string) *document.Charge { return &document.Charge{Amount: *usd(amount)} }

func TestInvoiceIsReadInFull(t *testing.T) {
	want := &document.Invoice{
		InvoiceID: "I-1", InvoiceDate: at("2026-09-10T00:00:00Z"), Purpose: document.PurposeStandard, Operation: document.OperationNew,
		Origin: "supplier", InformationOnly: true, ERS: true,
		Indicators:        document.Indicators{TaxInLine: true, SpecialHandlingInLine: true, ShippingInLine: true, DiscountInLine: true, AccountingInLine: true, PriceAdjustmentInLine: true},
		PreviousPayloadID: "earlier@acme.example", Refers: &document.InvoiceReference{InvoiceID: "I-0", InvoiceDate: atp("2026-09-01T00:00:00Z")},
		Partners: []document.Contact{{Role: "remitTo", AddressID: "R1", Name: "Bank"}, {Role: "shipFrom", Name: "Plant"}, {Role: "shipTo", Name: "Site"}},
		PaymentTerms: []document.PaymentTerm{
			{Days: 10, DiscountPercent: new(dec("2"))}, {Days: 15, DiscountAmount: usd("3")}, {Days: 30}},
		ShipNoticeID: "S-1", PeriodStart: atp("2026-09-01T00:00:00Z"), PeriodEnd: atp("2026-09-30T00:00:00Z"),
		Comments: []document.Comment{{Text: "thanks"}}, IDReferences: []document.IDReference{{Domain: "d", Identifier: "i"}},
		Extrinsics: []document.Extrinsic{{Name: "x", Value: "y"}},
		Orders: []document.InvoiceOrder{
			{
				Order: document.OrderReference{OrderID: "PO-1001", PayloadID: "order@buyer.example", OrderDate: atp("2026-08-30T00:00:00Z"), SupplierOrderID: "SO-1", AgreementID: "AG-1"},
				Items: []document.InvoiceItem{
					{
						InvoiceLineNumber: 1, ParentLineNumber: 7, LineNumber: 10, Return: true,
						Quantity: document.Quantity{Value: dec("10"), Unit: "EA"}, UnitPrice: usd("5.00"),
						PriceBasis:    &document.PriceBasis{Quantity: document.Quantity{Value: dec("2"), Unit: "BX"}, ConversionFactor: dec("0.5")},
						Item:          document.Item{SupplierPartID: "W-1", Description: "Widget", ManufacturerPartID: "M", ManufacturerName: "MN"},
						SerialNumbers: []string{"SN0", "SN1"}, Subtotal: usd("50.00"),
						Charges: document.Charges{
							Tax:             &document.Tax{Amount: *usd("4.00"), Description: "tax"},
							SpecialHandling: &document.Charge{Amount: *usd("1.00"), Description: "crate"}, Shipping: charge("2.00"),
							Discount: &document.Charge{Amount: *usd("5.00"), Rate: new(dec("10"))},
						},
						Gross: usd("57.00"),
						Modifications: []document.Modification{
							{Name: "Allowance", Description: "promo", Deduction: true, Amount: usd("1.00")},
							{Deduction: true, Percent: dec("3")}, {Percent: dec("4")}, {Amount: usd("0.50")}},
						Net: usd("52.00"),
						Distributions: []document.Distribution{{Name: "split", Charge: *usd("52.00"),
							Segments: []document.IDReference{{Domain: "cc", Identifier: "7"}, {Domain: "G/L", Identifier: "610"}}}},
						Comments: []document.Comment{{Text: "line"}}, Extrinsics: []document.Extrinsic{{Name: "l", Value: "m"}},
					},
					{InvoiceLineNumber: 2, LineNumber: 20, Service: true, Item: document.Item{SupplierPartID: "SV", Description: "Cleaning"}, Subtotal: usd("30.00")},
					{InvoiceLineNumber: 3, Service: true, AdHoc: true, Quantity: document.Quantity{Value: dec("2"), Unit: "HUR"}, UnitPrice: usd("20.00"),
						Item: document.Item{Description: "Hours"}, Subtotal: usd("40.00")},
				},
			},
			{
				Order: document.OrderReference{OrderID: "PO-1002", AgreementID: "AG-2"},
				Items: []document.InvoiceItem{{InvoiceLineNumber: 4, LineNumber: 1, Quantity: document.Quantity{Value: dec("1"), Unit: "EA"}, UnitPrice: usd("1")}},
			},
		},
		Summary: document.InvoiceSummary{
			Subtotal: *usd("120.00"), Gross: usd("128.00"),
			Charges: document.Charges{
				Tax: &document.Tax{Amount: *usd("4.00"), Description: "all tax"}, SpecialHandling: charge("1.00"), Shipping: charge("2.00"),
				Discount: &document.Charge{Amount: *usd("1.28"), Rate: new(dec("1"))},
			},
			Modifications: []document.Modification{{Name: "Fuel", Amount: usd("0.28")}},
			Net:           usd("127.00"), Deposit: usd("27.00"), Due: usd("100.00"),
		},
	}
	d := mustDocument(t, fullInvoice)
	if s := diff(want, d.Invoice); s != "" {
		t.Errorf("invoice (-want +got)\n%s", s)
	}
	if w := beyondContent(d.Warnings); len(w) != 0 {
		t.Errorf("warnings: %v", w)
	}
}

func invoice(pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(`<InvoiceDetailRequest><InvoiceDetailRequestHeader invoiceID="I-1" invoiceDate="2026-09-10T00:00:00Z"><InvoiceDetailHeaderIndicator/><InvoiceDetailLineIndicator/></InvoiceDetailRequestHeader>
<InvoiceDetailOrder><InvoiceDetailOrderInfo><OrderIDInfo orderID="PO-1001"/></InvoiceDetailOrderInfo>
<InvoiceDetailItem invoiceLineNumber="1" quantity="10"><UnitOfMeasure>EA</UnitOfMeasure><UnitPrice><Money currency="USD">5.00</Money></UnitPrice><InvoiceDetailItemReference lineNumber="1"/><SubtotalAmount><Money currency="USD">50.00</Money></SubtotalAmount></InvoiceDetailItem></InvoiceDetailOrder>
<InvoiceDetailSummary><SubtotalAmount><Money currency="USD">50.00</Money></SubtotalAmount><Tax><Money currency="USD">0.00</Money><Description xml:lang="en"/></Tax><NetAmount><Money currency="USD">50.00</Money></NetAmount></InvoiceDetailSummary></InvoiceDetailRequest>`)
}

const orderInfo = `<OrderIDInfo orderID="PO-1001"/>`

func TestInvoiceNamesItsOrderInEveryForm(t *testing.T) {
	tests := map[string]document.OrderReference{
		`<OrderReference orderID="A"><DocumentReference payloadID="p"/></OrderReference>`:                          {OrderID: "A", PayloadID: "p"},
		`<OrderReference><DocumentReference payloadID="p"/></OrderReference>`:                                      {PayloadID: "p"},
		`<OrderReference orderID="A"/>`:                                                                            {OrderID: "A"},
		`<OrderReference orderID=""><DocumentReference payloadID="p"/></OrderReference><OrderIDInfo orderID="B"/>`: {OrderID: "B", PayloadID: "p"},
		`<OrderIDInfo orderID=" A "/><SupplierOrderInfo orderID="S"/>`:                                             {OrderID: "A", SupplierOrderID: "S"},
		`<MasterAgreementReference agreementID="M"/><OrderIDInfo orderID="A"/>`:                                    {OrderID: "A", AgreementID: "M"},
		`<MasterAgreementIDInfo agreementID="M"/>`:                                                                 {AgreementID: "M"},
		`<SupplierOrderInfo orderID="S"/>`:                                                                         {SupplierOrderID: "S"},
	}
	for info, want := range tests {
		d := mustDocument(t, invoice(orderInfo, info))
		if s := diff(want, d.Invoice.Orders[0].Order); s != "" {
			t.Errorf("%s (-want +got)\n%s", info, s)
		}
	}
}

func TestHeaderInvoiceIsRead(t *testing.T) {
	d := mustDocument(t, `<InvoiceDetailRequest><InvoiceDetailRequestHeader invoiceID="I-1" invoiceDate="2026-09-10T00:00:00Z"><InvoiceDetailHeaderIndicator isHeaderInvoice="yes"/><InvoiceDetailLineIndicator/>
<InvoiceDetailPaymentTerm payInNumberOfDays="10" percentageRate="2.5"/></InvoiceDetailRequestHeader>
<InvoiceDetailHeaderOrder><InvoiceDetailOrderInfo><OrderReference orderID="PO-1001"/></InvoiceDetailOrderInfo>
<InvoiceDetailOrderSummary invoiceLineNumber="1"><SubtotalAmount><Money currency="USD">50</Money></SubtotalAmount><Tax><Money currency="USD">5</Money><Description xml:lang="en">t</Description></Tax><InvoiceDetailLineSpecialHandling><Money currency="USD">1</Money></InvoiceDetailLineSpecialHandling><InvoiceDetailLineShipping><Money currency="USD">2</Money></InvoiceDetailLineShipping><GrossAmount><Money currency="USD">58</Money></GrossAmount><InvoiceDetailDiscount><Money currency="USD">3</Money></InvoiceDetailDiscount><NetAmount><Money currency="USD">55</Money></NetAmount><Comments>c</Comments></InvoiceDetailOrderSummary></InvoiceDetailHeaderOrder>
<InvoiceDetailSummary><SubtotalAmount><Money currency="USD">50</Money></SubtotalAmount><NetAmount><Money currency="USD">55</Money></NetAmount></InvoiceDetailSummary></InvoiceDetailRequest>`)
	want := []document.InvoiceOrder{{
		Order: document.OrderReference{OrderID: "PO-1001"},
		Summary: &document.InvoiceOrderSummary{InvoiceLineNumber: 1, Subtotal: *usd("50"),
			Charges: document.Charges{Tax: &document.Tax{Amount: *usd("5"), Description: "t"}, SpecialHandling: charge("1"), Shipping: charge("2"), Discount: charge("3")},
			Gross:   usd("58"), Net: usd("55"), Comments: []document.Comment{{Text: "c"}}},
	}}
	if s := diff(want, d.Invoice.Orders); s != "" || !d.Invoice.HeaderInvoice {
		t.Errorf("orders (-want +got)\n%s", s)
	}
	if s := diff([]document.PaymentTerm{{Days: 10, DiscountPercent: new(dec("2.5"))}}, d.Invoice.PaymentTerms); s != "" {
		t.Errorf("terms (-want +got)\n%s", s)
	}
}

func TestInvoiceProblems(t *testing.T) {
	const price = `<UnitPrice><Money currency="USD">5.00</Money></UnitPrice>`
	const subtotal = `<SubtotalAmount><Money currency="USD">50.00</Money></SubtotalAmount>`
	tests := []struct{ name, payload, path, text string }{
		{"no header", `<InvoiceDetailRequest/>`, "/InvoiceDetailRequest", "no InvoiceDetailRequestHeader"},
		{"no invoiceID", invoice(`invoiceID="I-1"`, ``), "/@invoiceID", "invoiceID is missing"},
		{"no invoiceDate", invoice(`invoiceDate="2026-09-10T00:00:00Z"`, ``), "/@invoiceDate", "invoiceDate is missing"},
		{"template for invoiceDate", invoice(`invoiceDate="2026-09-10T00:00:00Z"`, `invoiceDate="..."`), "/@invoiceDate", "not a date"},
		{"unknown purpose", invoice(`invoiceID=`, `purpose="refund" invoiceID=`), "/@purpose", "creditMemo"},
		{"unknown operation", invoice(`invoiceID=`, `operation="update" invoiceID=`), "/@operation", "new, delete"},
		{"no order info", invoice(`<InvoiceDetailOrderInfo>`+orderInfo+`</InvoiceDetailOrderInfo>`, ``), "/InvoiceDetailOrder", "no InvoiceDetailOrderInfo"},
		{"two different orders", invoice(orderInfo, `<OrderReference orderID="A"/><OrderIDInfo orderID="B"/>`), "/OrderIDInfo/@orderID", `"B"`},
		{"no orders", `<InvoiceDetailRequest><InvoiceDetailRequestHeader invoiceID="I" invoiceDate="2026-09-10T00:00:00Z"/><InvoiceDetailSummary>` + subtotal + `</InvoiceDetailSummary></InvoiceDetailRequest>`, "/InvoiceDetailRequest", "invoices nothing"},
		{"no quantity", invoice(`quantity="10"`, ``), "/InvoiceDetailItem/@quantity", "quantity is missing"},
		{"unreadable quantity", invoice(`quantity="10"`, `quantity="a"`), "/InvoiceDetailItem/@quantity", "not a number"},
		{"no price and no amount", invoice(price, ``, `<InvoiceDetailItemReference lineNumber="1"/>`+subtotal, ``), "/InvoiceDetailItem", "neither a UnitPrice nor"},
		{"unreadable subtotal", invoice(`50.00`, `fifty`), "/SubtotalAmount/Money", "not a number"},
		{"two unit prices", invoice(price, price+price), "/UnitPrice[2]", "only one may"},
		{"no summary", strings.Split(invoice(), "<InvoiceDetailSummary>")[0] + "</InvoiceDetailRequest>", "/InvoiceDetailRequest", "no InvoiceDetailSummary"},
		{"no total", strings.Split(invoice(), "<InvoiceDetailSummary>")[0] + "<InvoiceDetailSummary/></InvoiceDetailRequest>", "/InvoiceDetailSummary", "no total"},
		{"price for nothing", invoice(price, price+`<PriceBasisQuantity quantity="0" conversionFactor="1"/>`), "/PriceBasisQuantity/@quantity", "no units"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if all := refused(t, tt.payload); !hasProblem(all, tt.path, tt.text) {
				t.Errorf("problems = %v, want one at %s with %q", all, tt.path, tt.text)
			}
		})
	}
}

func TestInvoiceWarnings(t *testing.T) {
	const item, line = `<InvoiceDetailItem `, `<InvoiceDetailLineIndicator/>`
	tests := []struct{ name, payload, code, original string }{
		{"indicator no", invoice(line, `<InvoiceDetailLineIndicator isTaxInLine="no"/>`), warnValue, "no"},
		{"indicator Yes", invoice(line, `<InvoiceDetailLineIndicator isTaxInLine="Yes"/>`), warnValue, "Yes"},
		{"no order line", invoice(`lineNumber="1"/>`, `lineNumber=""/>`), warnMissing, ""},
		{"no unit price", invoice(`<UnitPrice><Money currency="USD">5.00</Money></UnitPrice>`, ``), warnMissing, ""},
		{"unreadable tax rate", invoice(`</Description></Tax>`, ``, `<Description xml:lang="en"/></Tax>`, `<TaxDetail category="vat" percentageRate="x"><TaxAmount><Money currency="USD">0</Money></TaxAmount></TaxDetail></Tax>`), warnIgnored, "x"},
		{"withholding", invoice(`<Description xml:lang="en"/></Tax>`, `<TaxDetail category="vat" isWithholdingTax="yes"><TaxAmount><Money currency="USD">0</Money></TaxAmount></TaxDetail></Tax>`), warnWithholding, ""},
		{"payment term without days", invoice(line, line+`<PaymentTerm payInNumberOfDays=""/>`), warnIgnored, ""},
		{"order named by the invoice it corrects", invoice(line, line+`<InvoiceIDInfo invoiceID="I-0"/>`, orderInfo, ``), warnMissing, ""},
		{"deletion without reference", invoice(`invoiceID=`, `operation="delete" invoiceID=`), warnMissing, ""},
		{"totals differ", invoice(`<InvoiceDetailSummary><SubtotalAmount><Money currency="USD">50.00<`, `<InvoiceDetailSummary><SubtotalAmount><Money currency="USD">51.00<`), warnTotals, "51.00"},
		{"two currencies", invoice(`<InvoiceDetailSummary><SubtotalAmount><Money currency="USD">`, `<InvoiceDetailSummary><SubtotalAmount><Money currency="EUR">`), warnCurrency, "EUR USD"},
		{"price in another currency", invoice(`<UnitPrice><Money currency="USD">`, `<UnitPrice><Money currency="EUR">`), warnCurrency, "EUR USD"},
		{"price of a part in another currency", invoice(`<UnitPrice><Money currency="USD">`, `<UnitPrice><Money currency="EUR">`, `invoiceLineNumber="1"`, `parentInvoiceLineNumber="9" invoiceLineNumber="1"`), warnCurrency, "EUR USD"},
		{"line number twice", invoice(`</InvoiceDetailItem>`, `</InvoiceDetailItem><InvoiceDetailItem invoiceLineNumber=" 01" quantity="1"><UnitPrice><Money currency="USD">5.00</Money></UnitPrice></InvoiceDetailItem>`), warnRepeated, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := mustDocument(t, tt.payload)
			if !hasWarning(d, tt.code, tt.original) {
				t.Errorf("warnings = %v, want %s of %q", d.Warnings, tt.code, tt.original)
			}
		})
	}
	if d := mustDocument(t, invoice(line, `<InvoiceDetailLineIndicator isTaxInLine="no" isShippingInLine="YES"/>`)); d.Invoice.Indicators.TaxInLine || !d.Invoice.Indicators.ShippingInLine {
		t.Errorf("indicators = %+v", d.Invoice.Indicators)
	}
}

func TestDeletionNeedsNoMoreThanItsNumber(t *testing.T) {
	d := mustDocument(t, `<InvoiceDetailRequest><InvoiceDetailRequestHeader invoiceID="I-1" invoiceDate="2026-09-10T00:00:00Z" operation="delete"><DocumentReference payloadID="p"/></InvoiceDetailRequestHeader></InvoiceDetailRequest>`)
	if d.Invoice.Operation != document.OperationDelete || d.Invoice.PreviousPayloadID != "p" || d.Invoice.Orders == nil {
		t.Errorf("invoice = %+v", d.Invoice)
	}
}

func TestCreditsAreReadPositive(t *testing.T) {
	tests := []struct {
		name                      string
		quantity, price, subtotal string
	}{
		{"all negative", "-10", "-5.00", "-50.00"},
		{"all positive", "10", "5.00", "50.00"},
		{"negative quantity", "-10", "5.00", "-50.00"},
		{"negative price", "10", "-5.00", "-50.00"},
		{"negative quantity alone", "-10", "5.00", "50.00"},
		{"minus at the end", "10", "5.00-", "50.00-"},
	}
	for _, purpose := range []string{"creditMemo", "lineLevelCreditMemo"} {
		for _, tt := range tests {
			t.Run(purpose+" "+tt.name, func(t *testing.T) {
				v := mustDocument(t, invoice(`invoiceID=`, `purpose="`+purpose+`" invoiceID=`, `quantity="10"`, `quantity="`+tt.quantity+`"`,
					`>5.00<`, `>`+tt.price+`<`, `>50.00<`, `>`+tt.subtotal+`<`)).Invoice
				item := v.Orders[0].Items[0]
				if !item.Quantity.Value.Equal(dec("10")) || !item.UnitPrice.Amount.Equal(dec("5")) || !item.Subtotal.Amount.Equal(dec("50")) ||
					!v.Summary.Subtotal.Amount.Equal(dec("50")) || !v.Summary.Net.Amount.Equal(dec("50")) {
					t.Errorf("line %+v, summary %+v", item, v.Summary)
				}
			})
		}
	}
	for name, sign := range map[string]string{"negative": "-", "positive": ""} {
		t.Run("a line that charges, in a "+name+" total", func(t *testing.T) {
			opposite := map[string]string{"-": "", "": "-"}[sign]
			d := mustDocument(t, invoice(`invoiceID=`, `purpose="lineLevelCreditMemo" invoiceID=`, `>50.00<`, `>`+sign+`50.00<`, `</InvoiceDetailItem>`,
				`</InvoiceDetailItem><InvoiceDetailItem invoiceLineNumber="2" quantity="1"><UnitOfMeasure>EA</UnitOfMeasure><UnitPrice><Money currency="USD">3</Money></UnitPrice><InvoiceDetailItemReference lineNumber="2"/><SubtotalAmount><Money currency="USD">`+opposite+`3</Money></SubtotalAmount></InvoiceDetailItem>`))
			items := d.Invoice.Orders[0].Items
			if !items[0].Subtotal.Amount.Equal(dec("50")) || !items[1].Subtotal.Amount.Equal(dec("-3")) || !items[1].Quantity.Value.Equal(dec("-1")) || !items[1].UnitPrice.Amount.Equal(dec("3")) {
				t.Errorf("items = %+v", items)
			}
			if !hasWarning(d, warnSign, "") {
				t.Errorf("warnings = %v", d.Warnings)
			}
		})
	}
	t.Run("others keep their sign", func(t *testing.T) {
		for _, purpose := range []string{"standard", "debitMemo", "lineLevelDebitMemo"} {
			v := mustDocument(t, invoice(`invoiceID=`, `purpose="`+purpose+`" invoiceID=`, `>50.00<`, `>-50.00<`)).Invoice
			if !v.Orders[0].Items[0].Subtotal.Amount.Equal(dec("-50")) {
				t.Errorf("%s lost its sign", purpose)
			}
		}
	})
}

func TestInvoiceWithoutAnOrderIsAccepted(t *testing.T) {
	d := mustDocument(t, invoice(orderInfo, `<OrderIDInfo orderID=""/>`))
	if got := d.Orders(); len(got) > 0 {
		t.Errorf("it names the orders %v", got)
	}
	if !hasWarning(d, warnMissing, "") {
		t.Errorf("nobody is told that the order is missing: %+v", d.Warnings)
	}
}
