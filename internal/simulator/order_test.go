package simulator

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGetShowsTheOrderAsNetSuiteDoes(t *testing.T) {
	b := newBench(t, Options{})
	a := b.must(200, "GET", "purchaseOrder/7001?expandSubResources=true", "")
	if got := a.header.Get("Content-Type"); got != mediaSingular {
		t.Errorf("content type %q", got)
	}
	text := string(a.body)
	for _, part := range []string{
		`"tranId":"PO-1001"`, `"orderStatus":{"id":"B","links":[],"refName":"Pending Receipt"}`,
		`"entity":{"id":"501","links":[],"refName":"ACME Inc"}`, `"total":50.42`, `"quantity":10.0`, `"line":3`,
		`"units":{"id":"1","links":[],"refName":"EA"}`, `"quantityBilled":0.0`, `"isClosed":false`, `"totalResults":2`,
		`"href":"https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/purchaseorder/7001"`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("missing %s in %s", part, text)
		}
	}
	plain := unmarshal(t, b.must(200, "GET", "purchaseOrder/7001", "").body)
	if item, ok := plain["item"].(map[string]any); !ok || item["items"] != nil || item["links"] == nil {
		t.Errorf("an unexpanded sublist is %v, want links only", plain["item"])
	}
	some := unmarshal(t, b.must(200, "GET", "purchaseOrder/7001?fields=tranId,orderStatus&simpleEnumFormat=true", "").body)
	delete(some, "links")
	if diff := cmp.Diff(map[string]any{"id": "7001", "tranId": "PO-1001", "orderStatus": "B"}, some); diff != "" {
		t.Error(diff)
	}
}

func TestGetRefusals(t *testing.T) {
	for _, c := range []struct {
		method, path string
		status       int
		code, text   string
		missing400   bool
	}{
		{"GET", "purchaseOrder/1", 404, "NONEXISTENT_ID", "The record instance does not exist.", false},
		{"GET", "purchaseOrder/1", 400, "USER_ERROR", "Transaction type specified is incorrect.", true},
		{"GET", "vendorBill/7001", 404, "NONEXISTENT_ID", "", false},
		{"GET", "file/1", 404, "NONEXISTENT_ID", "Record type 'file' does not exist.", false},
		{"GET", "vendorBill/eid:a%7Cb", 400, "INVALID_KEY_OR_REF", "", false},
		{"GET", "purchaseOrder/7001?expandSubresources=true", 400, "INVALID_PARAMETER", "Invalid query parameter name 'expandSubresources'", false},
		{"GET", "purchaseOrder?q=tranID%20IS%20%22x%22", 400, "INVALID_PARAMETER", "field 'tranID' does not exist", false},
		{"POST", "purchaseOrder/7001", 405, "METHOD_NOT_ALLOWED", "", false},
		{"POST", "purchaseOrder/7001/!transform/salesOrder", 404, "NONEXISTENT_ID", "", false},
		{"PUT", "vendorBill/7001", 405, "METHOD_NOT_ALLOWED", "", false},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			b := newBench(t, Options{Knobs: func(k *Knobs) { k.MissingAs400 = c.missing400 }})
			body := ""
			if c.method != "GET" {
				body = "{}"
			}
			b.refused(b.record(c.method, c.path, body), c.status, c.code, c.text)
		})
	}
}

func TestErrorBodies(t *testing.T) {
	for _, c := range []struct {
		style Choice
		want  string
	}{
		{RFC9110, `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1","title":"Bad Request","status":400,"o:errorDetails":[{"detail":"Error while accessing a resource. Unknown field 'custbody_typo' in the request body.","o:errorPath":"custbody_typo","o:errorCode":"INVALID_CONTENT"}]}`},
		{RFC2616, `{"type":"https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.1","title":"Bad Request","status":400,"o:errorDetails":[{"detail":"Error while accessing a resource. Unknown field 'custbody_typo' in the request body.","o:errorPath":"custbody_typo","o:errorCode":"INVALID_CONTENT"}]}`},
	} {
		b := newBench(t, Options{Knobs: func(k *Knobs) { k.ErrorStyle = c.style }})
		a := b.record("PATCH", "purchaseOrder/7001", `{"custbody_typo":"x"}`)
		if string(a.body) != c.want || a.header.Get("Content-Type") != mediaError {
			t.Errorf("%s: %s %s", c.style, a.header.Get("Content-Type"), a.body)
		}
	}
}

func TestPatchChangesGivenColumnsOfTheGivenLine(t *testing.T) {
	b := newBench(t, Options{})
	mark := b.s.Mark()
	a := b.must(204, "PATCH", "purchaseOrder/7001", `{"custbody_cp_supplier_tax":4.50,"custbody_cp_confirmation_number":"C-1",
		"item":{"items":[{"line":3,"custcol_cp_status":"accept","quantity":5,"expectedReceiptDate":"2026-09-20"}]}}`)
	if a.id() != "7001" {
		t.Errorf("location %q", a.header.Get("Location"))
	}
	line := b.line("PO-1001", 3)
	for name, want := range map[string]string{"custcol_cp_status": "accept", "quantity": "5", "rate": "0.105", "amount": "0.53", "vendorName": "ACME-G-2"} {
		if line[name] != want {
			t.Errorf("%s is %q, want %q", name, line[name], want)
		}
	}
	if other := b.line("PO-1001", 1); other["quantity"] != "10" || other["custcol_cp_status"] != "" {
		t.Errorf("line 1 changed: %v", other)
	}
	if got := b.order("PO-1001").Total; got != "50.53" {
		t.Errorf("total %s", got)
	}
	want := []string{
		"purchaseOrder PO-1001 custbody_cp_confirmation_number: -> C-1",
		"purchaseOrder PO-1001 custbody_cp_supplier_tax: -> 4.5",
		"purchaseOrder PO-1001 line 3 custcol_cp_status: -> accept",
		"purchaseOrder PO-1001 line 3 expectedReceiptDate: -> 2026-09-20",
		"purchaseOrder PO-1001 line 3 quantity: 4 -> 5",
	}
	if diff := cmp.Diff(want, b.s.Effects(mark)); diff != "" {
		t.Error(diff)
	}
	b.must(204, "PATCH", "purchaseOrder/7001", `{"custbody_cp_confirmation_number":null,"custbody_cp_supplier_tax":4.50,"item":{"items":[{"line":3,"quantity":4,"custcol_cp_status":"reject"}]}}`)
	want = []string{
		"purchaseOrder PO-1001 custbody_cp_supplier_tax: -> 4.5",
		"purchaseOrder PO-1001 line 3 custcol_cp_status: -> reject",
		"purchaseOrder PO-1001 line 3 expectedReceiptDate: -> 2026-09-20",
	}
	if diff := cmp.Diff(want, b.s.Effects(mark)); diff != "" {
		t.Errorf("net effects: %s", diff)
	}
	b.balanced()
}

func TestPatchAddsALineThatIsNotThere(t *testing.T) {
	for _, c := range []struct {
		name, line, given string
	}{
		{"no line", `{"item":{"id":"201"},"quantity":1,"rate":2}`, ""},
		{"unknown line", `{"line":2,"item":{"id":"201"},"quantity":1,"rate":2}`, "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{})
			b.must(204, "PATCH", "purchaseOrder/7001", `{"item":{"items":[`+c.line+`]}}`)
			order := b.order("PO-1001")
			if len(order.Items) != 3 || order.Items[2].Line != 4 || order.Total != "52.42" {
				t.Errorf("%d lines, total %s", len(order.Items), order.Total)
			}
			accidents := b.s.Books().Accidents
			if len(accidents) != 1 || accidents[0].Line != 4 || accidents[0].Given != c.given || accidents[0].TranID != "PO-1001" {
				t.Errorf("accidents %+v", accidents)
			}
		})
	}
	b := newBench(t, Options{})
	b.refused(b.record("PATCH", "purchaseOrder/7001", `{"item":{"items":[{"line":2,"custcol_cp_status":"accept"}]}}`), 400, "USER_ERROR", "Please enter value(s) for: Item.")
	if accidents := b.s.Books().Accidents; len(accidents) != 1 || accidents[0].Line != 0 || accidents[0].Refuse == "" {
		t.Errorf("a refused addition is an accident too: %+v", accidents)
	}
}

func TestPatchRefusals(t *testing.T) {
	long := strings.Repeat("ä", 301)
	for _, c := range []struct{ name, query, body, code, text string }{
		{"unknown field", "", `{"foo":1}`, "INVALID_CONTENT", "Unknown field 'foo'"},
		{"unknown column", "", `{"item":{"items":[{"line":1,"custcol_x":"y"}]}}`, "INVALID_CONTENT", "custcol_x"},
		{"bill's custom field", "", `{"custbody_cp_document":"x"}`, "INVALID_CONTENT", "custbody_cp_document"},
		{"read-only field", "", `{"total":1}`, "USER_ERROR", "You do not have permissions to set a value for element total"},
		{"read-only column", "", `{"item":{"items":[{"line":1,"quantityBilled":1}]}}`, "USER_ERROR", "quantityBilled"},
		{"number in quotes", "", `{"item":{"items":[{"line":1,"quantity":"5"}]}}`, "INVALID_CONTENT", "Invalid value"},
		{"date", "", `{"shipDate":"9/1/2026"}`, "INVALID_CONTENT", "Invalid value"},
		{"bare reference", "", `{"item":{"items":[{"line":1,"item":"202"}]}}`, "INVALID_CONTENT", "reference"},
		{"unknown item", "", `{"item":{"items":[{"line":1,"item":{"id":"9999"}}]}}`, "INVALID_CONTENT", "Invalid Field Value 9999 for the following field: item"},
		{"too long", "", `{"item":{"items":[{"line":1,"custcol_cp_comments":"` + long + `"}]}}`, "USER_ERROR", "more than the maximum number ( 300 )"},
		{"line twice", "", `{"item":{"items":[{"line":1,"quantity":5},{"line":1,"quantity":6}]}}`, "INVALID_CONTENT", "more than once"},
		{"not JSON", "", `{"memo":`, "INVALID_CONTENT", "Invalid content"},
		{"two values", "", `{} {}`, "INVALID_CONTENT", "Invalid content"},
		{"unknown parameter", "?id=1", `{}`, "INVALID_PARAMETER", "Invalid query parameter name 'id'. Use one of the following valid query parameters: replace, replaceSelectedFields."},
		{"no lines left", "?replace=item", `{"item":{"items":[]}}`, "USER_ERROR", "at least one line"},
		{"another vendor", "", `{"entity":{"id":"502"}}`, "USER_ERROR", "entity"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{})
			before := b.order("PO-1001")
			b.refused(b.record("PATCH", "purchaseOrder/7001"+c.query, c.body), 400, c.code, c.text)
			if diff := cmp.Diff(before, b.order("PO-1001")); diff != "" {
				t.Errorf("the refused save left a trace: %s", diff)
			}
			if n := len(b.s.Books().Writes); n != 0 {
				t.Errorf("%d writes", n)
			}
		})
	}
}

func TestEmptyTextIsNone(t *testing.T) {
	b := newBench(t, Options{})
	b.must(204, "PATCH", "purchaseOrder/7001", `{"memo":"x"}`)
	b.must(204, "PATCH", "purchaseOrder/7001", `{"memo":""}`)
	if text := string(b.must(200, "GET", "purchaseOrder/7001", "").body); strings.Contains(text, `"memo"`) {
		t.Errorf("memo is shown: %s", text)
	}
}

func TestPropertyNameValidation(t *testing.T) {
	for _, c := range []struct {
		value, warning string
		status         int
	}{{"Error", "", 400}, {"Warning", "custbody_typo", 204}, {"", "custbody_typo", 204}, {"Ignore", "", 204}, {"error", "", 400}} {
		b := newBench(t, Options{})
		a := b.do("PATCH", records+"purchaseOrder/7001", `{"custbody_typo":"x","memo":"y"}`, "X-NetSuite-PropertyNameValidation", c.value)
		if a.status != c.status || !strings.Contains(a.header.Get("Warning"), c.warning) || (c.warning == "") != (a.header.Get("Warning") == "") {
			t.Errorf("%q: %d, warning %q", c.value, a.status, a.header.Get("Warning"))
		}
		if got := b.order("PO-1001").Fields["memo"]; (got == "y") != (c.status == 204) {
			t.Errorf("%q: memo %q", c.value, got)
		}
	}
}

func TestReplaceRemovesLinesAndEmptiesColumns(t *testing.T) {
	b := newBench(t, Options{})
	b.must(204, "PATCH", "purchaseOrder/7001", `{"item":{"items":[{"line":1,"custcol_cp_status":"accept"}]}}`)
	b.must(204, "PATCH", "purchaseOrder/7001?replace=item", `{"item":{"items":[{"line":1,"item":{"id":"201"},"quantity":10}]}}`)
	order := b.order("PO-1001")
	if len(order.Items) != 1 || order.Total != "99.90" || order.Items[0].Fields["custcol_cp_status"] != "" {
		t.Errorf("%d lines, total %s, %v; want the item's own price and no custom column", len(order.Items), order.Total, order.Items[0].Fields)
	}
	if n := len(b.s.Books().Accidents); n != 0 {
		t.Errorf("%d accidents", n)
	}
	b.must(204, "PATCH", "purchaseOrder/7001", `{"item":{"items":[{"item":{"id":"201"},"quantity":1}]}}`)
	if got := b.order("PO-1001").Items[1].Line; got != 4 {
		t.Errorf("the new line is %d: numbers of removed lines are not given again", got)
	}
}

func TestQuantityCannotFallBelowWhatIsDone(t *testing.T) {
	b := newBench(t, Options{})
	if err := b.s.Do(Act{Do: ActReceive, Record: "7001", Line: 1, Quantity: "6"}); err != nil {
		t.Fatal(err)
	}
	b.refused(b.record("PATCH", "purchaseOrder/7001", `{"item":{"items":[{"line":1,"quantity":5}]}}`), 400, "USER_ERROR", "6 have already been received or billed")
	b.must(204, "PATCH", "purchaseOrder/7001", `{"item":{"items":[{"line":1,"quantity":6}]}}`)
	b.refused(b.record("PATCH", "purchaseOrder/7001?replace=item", `{"item":{"items":[{"line":3,"item":{"id":"202"},"quantity":4}]}}`), 400, "USER_ERROR", "cannot be removed")
}

func TestClosingEveryLineClosesTheOrder(t *testing.T) {
	b := newBench(t, Options{})
	b.must(204, "PATCH", "purchaseOrder/7001", `{"item":{"items":[{"line":1,"isClosed":true}]}}`)
	if got := b.order("PO-1001").Status; got != "B" {
		t.Errorf("status %s after one line", got)
	}
	b.must(204, "PATCH", "purchaseOrder/7001", `{"item":{"items":[{"line":3,"isClosed":true}]}}`)
	if got := b.order("PO-1001").Status; got != "H" {
		t.Errorf("status %s after all lines", got)
	}
}

func TestSeedsThatCannotBe(t *testing.T) {
	for _, c := range []struct{ name, seed, text string }{
		{"unknown field", `{"purchaseOrder":[]}`, "unknown field"},
		{"unknown vendor", `{"purchaseOrders":[{"id":"1","tranId":"X","vendor":"9","items":[]}]}`, "vendor"},
		{"unknown item", `{"vendors":[{"id":"9"}],"purchaseOrders":[{"id":"1","tranId":"X","vendor":"9","items":[{"line":1,"item":"5"}]}]}`, "item"},
		{"id taken", `{"purchaseOrders":[{"id":"7001","tranId":"X","vendor":"501","items":[{"line":1,"item":"201","quantity":"1","rate":"1"}]}]}`, "taken"},
		{"id twice", `{"purchaseOrders":[{"id":"8","tranId":"X","vendor":"501","items":[{"line":1,"item":"201","quantity":"1","rate":"1"}]},{"id":"8","tranId":"Y","vendor":"501","items":[{"line":1,"item":"201","quantity":"1","rate":"1"}]}]}`, "taken"},
		{"status against quantities", `{"purchaseOrders":[{"id":"1","tranId":"X","vendor":"501","status":"D","items":[{"line":1,"item":"201","quantity":"1","rate":"1"}]}]}`, "quantities"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New(Options{})
			if err := s.SeedOrders([]byte(seedText)); err != nil {
				t.Fatal(err)
			}
			if err := s.SeedOrders([]byte(c.seed)); err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v, want %q", err, c.text)
			}
		})
	}
}

func TestRandomSeedIsRepeatable(t *testing.T) {
	one, err := New(Options{Seed: 3}).SeedRandom(50, "501")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{Seed: 3})
	two, err := s.SeedRandom(50, "501")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(one, two); diff != "" {
		t.Error(diff)
	}
	more, err := s.SeedRandom(50, "501")
	if err != nil || more[0].ID == two[0].ID || len(s.Books().PurchaseOrders) != 100 {
		t.Errorf("%v, %d orders", err, len(s.Books().PurchaseOrders))
	}
	if _, err := json.Marshal(s.Books()); err != nil {
		t.Error(err)
	}
}
