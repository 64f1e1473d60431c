package record_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
)

const order = `{"links":[{"rel":"self","href":"https://1234567.suitetalk.api.netsuite.com/services/rest/record/v1/purchaseorder/7001"}],
 "id":"7001","tranId":"PO-1001","externalId":null,"tranDate":"2026-09-01","custbody_cp_confirmation_number":"C-1",
 "entity":{"links":[],"id":"501","refName":"ACME Inc"},"currency":{"id":"1","refName":"US Dollar"},"subsidiary":"1",
 "orderStatus":{"id":"B","refName":"Pending Receipt"},"approvalStatus":{"id":"2","refName":"Approved"},
 "exchangeRate":1.0,"total":1.0000010E7,
 "item":{"links":[],"totalResults":2,"items":[
  {"links":[],"line":1,"item":{"id":"201","refName":"Widget"},"units":{"id":"3","refName":"EA"},"vendorName":"ACME-W-1",
   "description":"Widget","quantity":2.0,"rate":0.1,"amount":0.2,"quantityReceived":1E0,"quantityBilled":"0.50",
   "isClosed":false,"expectedReceiptDate":"2026-09-10","custcol_cp_status":"accept","custcol_deep":{"items":[1]}},
  {"line":4.0,"item":"202","quantity":100000000000000000000.000000000001,"isClosed":true}]},
 "expense":{"items":[{"line":1,"account":{"id":"611"},"amount":12.50,"memo":"freight"}],"totalResults":1,"hasMore":false}}`

func TestPurchaseOrderIsDecoded(t *testing.T) {
	var po record.PurchaseOrder
	if err := json.Unmarshal([]byte(order), &po); err != nil {
		t.Fatal(err)
	}
	if po.ID != "7001" || po.TranID != "PO-1001" || po.ExternalID != "" || po.TranDate != "2026-09-01" {
		t.Errorf("header: %+v", po)
	}
	refs := []record.Ref{po.Entity, po.Currency, po.Subsidiary, po.OrderStatus, po.ApprovalStatus}
	want := []record.Ref{{ID: "501", RefName: "ACME Inc"}, {ID: "1", RefName: "US Dollar"}, {ID: "1"},
		{ID: "B", RefName: "Pending Receipt"}, {ID: "2", RefName: "Approved"}}
	if d := cmp.Diff(want, refs); d != "" {
		t.Error(d)
	}
	if len(po.Items) != 2 || len(po.Expenses) != 1 {
		t.Fatalf("%d item and %d expense lines", len(po.Items), len(po.Expenses))
	}
	l := po.Items[0]
	numbers := []string{po.Total.String(), l.Quantity.String(), l.Rate.String(), l.Amount.String(),
		l.QuantityReceived.String(), l.QuantityBilled.String(), po.Items[1].Quantity.String(), po.Expenses[0].Amount.String()}
	if d := cmp.Diff([]string{"10000010", "2.0", "0.1", "0.2", "1", "0.50", "100000000000000000000.000000000001", "12.50"}, numbers); d != "" {
		t.Error(d)
	}
	if l.Line != 1 || l.Item.ID != "201" || l.Units.RefName != "EA" || l.VendorName != "ACME-W-1" ||
		l.ExpectedReceiptDate != "2026-09-10" || l.IsClosed || !po.Items[1].IsClosed {
		t.Errorf("lines: %+v", po.Items)
	}
	if two, ok := po.Line(4); !ok || two.Item != (record.Ref{ID: "202"}) {
		t.Errorf("line 4: %+v %v", two, ok)
	}
	if _, ok := po.Line(2); ok {
		t.Error("line 2 was found, but the order has a gap there")
	}
}

func TestCustomFieldsStayRaw(t *testing.T) {
	var po record.PurchaseOrder
	if err := json.Unmarshal([]byte(order), &po); err != nil {
		t.Fatal(err)
	}
	if got := string(po.Raw["custbody_cp_confirmation_number"]); got != `"C-1"` {
		t.Errorf("body field: %s", got)
	}
	if got := string(po.Items[0].Raw["custcol_cp_status"]); got != `"accept"` {
		t.Errorf("line field: %s", got)
	}
	for _, name := range []string{"links", "item", "expense"} {
		if _, ok := po.Raw[name]; ok {
			t.Errorf("raw holds %s", name)
		}
	}
}

func TestBillAndCreditAreDecoded(t *testing.T) {
	var bill record.VendorBill
	err := json.Unmarshal([]byte(`{"id":"9001","externalId":"cp-1","tranId":"INV-1","tranDate":"2026-09-02","dueDate":"2026-10-02",
	 "entity":{"id":"501"},"currency":{"id":"1"},"subsidiary":{"id":"1"},"total":50.00,"taxTotal":"3","paymentHold":true,
	 "status":{"id":"A","refName":"Open"},
	 "item":{"items":[{"line":1,"orderDoc":{"id":"7001"},"orderLine":4,"item":{"id":"201"},"quantity":10,"rate":5,"amount":50}]},
	 "expense":{"items":[]}}`), &bill)
	if err != nil {
		t.Fatal(err)
	}
	if bill.ID != "9001" || bill.ExternalID != "cp-1" || bill.TranID != "INV-1" || !bill.PaymentHold ||
		bill.Total.String() != "50.00" || bill.TaxTotal.String() != "3" || bill.Status.RefName != "Open" {
		t.Errorf("%+v", bill)
	}
	if len(bill.Items) != 1 || bill.Items[0].OrderDoc.ID != "7001" || bill.Items[0].OrderLine != 4 {
		t.Errorf("%+v", bill.Items)
	}
	var credit record.VendorCredit
	err = json.Unmarshal([]byte(`{"id":"9002","entity":"501","total":5,"unapplied":0.0,"createdFrom":{"id":"9001"},
	 "apply":{"items":[{"line":1,"doc":{"id":"9001"},"apply":true,"amount":5.0}],"totalResults":1}}`), &credit)
	if err != nil {
		t.Fatal(err)
	}
	if credit.CreatedFrom.ID != "9001" || len(credit.Apply) != 1 || !credit.Apply[0].Apply || credit.Apply[0].Doc.ID != "9001" {
		t.Errorf("%+v", credit)
	}
}

func TestWhatIsNotWholeOrNotARecordIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"link only":          {`{"id":"1","item":{"links":[{"rel":"self","href":"x"}]}}`, "expandSubResources=true"},
		"more lines exist":   {`{"id":"1","item":{"items":[{"line":1}],"totalResults":2}}`, "only 1 lines"},
		"another page":       {`{"id":"1","item":{"items":[{"line":1}],"hasMore":true}}`, "only 1 lines"},
		"number is a word":   {`{"id":"1","item":{"items":[{"line":1},{"line":2,"quantity":"ten"}]}}`, `item[1]: quantity: "ten"`},
		"number is an array": {`{"id":"1","total":[1]}`, "total: [1]"},
		"line is a fraction": {`{"id":"1","item":{"items":[{"line":1.5}]}}`, "1.5 is not a whole number"},
		"exponent too large": {`{"id":"1","total":1e999999999}`, "not a decimal number in range"},
		"too many digits":    {`{"id":"1","total":1e60}`, "more than 34 digits"},
		"flag is a number":   {`{"id":"1","item":{"items":[{"isClosed":2}]}}`, "isClosed: 2"},
		"ref is an array":    {`{"id":"1","entity":[]}`, "entity"},
		"line is a text":     {`{"id":"1","item":{"items":["x"]}}`, "not a JSON object"},
		"not an object":      {`[]`, "not a JSON object"},
		"sublist is a text":  {`{"id":"1","item":"x"}`, "item"},
	} {
		t.Run(name, func(t *testing.T) {
			var po record.PurchaseOrder
			err := json.Unmarshal([]byte(c.body), &po)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	var po record.PurchaseOrder
	if err := json.Unmarshal([]byte(`{"item":{"links":[]}}`), &po); !errors.Is(err, record.ErrNotExpanded) {
		t.Errorf("link only is not ErrNotExpanded: %v", err)
	}
}

func TestDecimalIsExact(t *testing.T) {
	for in, want := range map[string]string{
		`10`: "10", `1.0E2`: "100", `1.25e1`: "12.5", `-1.5E-3`: "-0.0015", `"7.10"`: "7.10", `"1.0E7"`: "10000000", `null`: "0",
		`""`: "0", `0.1`: "0.1", `1E0`: "1", `12e-1`: "1.2", `123456789012345678901234.56`: "123456789012345678901234.56",
	} {
		got, err := record.Decimal(json.RawMessage(in))
		if err != nil || got.String() != want {
			t.Errorf("%s = %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`"e5"`, `".e5"`, `"1,000"`, `"1e"`, `"NaN"`, `"Infinity"`, `true`, `{}`, `"1e1e1"`} {
		if got, err := record.Decimal(json.RawMessage(in)); err == nil {
			t.Errorf("%s was read as %s", in, got)
		}
	}
}

func FuzzRecords(f *testing.F) {
	f.Add([]byte(order))
	f.Add([]byte(`{"item":{"items":[{"line":1e2,"quantity":"-1.0E-2","item":null}]},"apply":[{"doc":"1","apply":"T"}]}`))
	f.Add([]byte(`{"item":{"links":[]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var po record.PurchaseOrder
		if json.Unmarshal(body, &po) == nil {
			for _, l := range po.Items {
				if _, err := document.ParseDecimal(l.Quantity.String()); err != nil {
					t.Errorf("quantity %s cannot be read back: %v", l.Quantity, err)
				}
			}
		}
		var bill record.VendorBill
		_ = json.Unmarshal(body, &bill)
		var credit record.VendorCredit
		_ = json.Unmarshal(body, &credit)
	})
}
