package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestControl(t *testing.T) {
	b := newBench(t, Options{})
	server := httptest.NewServer(b.s.Control())
	defer server.Close()
	ask := func(method, path, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
	b.must(204, "PATCH", "purchaseOrder/7001", `{"memo":"one"}`)
	_, mark := ask("GET", "/_sim/mark", "")
	if !strings.Contains(mark, `"mark": 1`) {
		t.Errorf("mark %s", mark)
	}
	b.must(204, "PATCH", "purchaseOrder/7001", `{"memo":"two"}`)
	for _, c := range []struct {
		method, path, body string
		status             int
		part               string
	}{
		{"GET", "/_sim/effects", "", 200, `"purchaseOrder PO-1001 memo: -> two"`},
		{"GET", "/_sim/effects?since=1", "", 200, `"purchaseOrder PO-1001 memo: one -> two"`},
		{"GET", "/_sim/effects?since=2", "", 200, `[]`},
		{"GET", "/_sim/effects?since=x", "", 400, "since"},
		{"PATCH", "/_sim/knobs", `{"overBilling":"refuse","latency":{"get":{"median":"1ns"}},"commitThenFail":{"next":2}}`, 200, `"overBilling": "refuse"`},
		{"PATCH", "/_sim/knobs", `{"overBiling":"refuse"}`, 400, "overBiling"},
		{"PATCH", "/_sim/knobs", `{"overBilling":"maybe"}`, 400, "overBilling"},
		{"PATCH", "/_sim/knobs", `{"commitThenFail":{"path":"("}}`, 400, "path"},
		{"PATCH", "/_sim/knobs", `{"missingPermissions":["Everything"]}`, 400, "missingPermissions"},
		{"PATCH", "/_sim/knobs", `nonsense`, 400, ""},
		{"GET", "/_sim/knobs", "", 200, `"next": 2`},
		{"POST", "/_sim/seed", `{"purchaseOrders":[{"id":"7100","tranId":"PO-2000","vendor":"501","items":[{"line":1,"item":"201","quantity":"1","rate":"2"}]}]}`, 204, ""},
		{"POST", "/_sim/seed", `{"purchaseOrders":[{"id":"7100","tranId":"PO-2000","vendor":"501","items":[]}]}`, 400, "PO-2000"},
		{"POST", "/_sim/acts", `{"do":"approve","record":"7002"}`, 200, `"action": "changed"`},
		{"POST", "/_sim/acts", `{"do":"approve","record":"1"}`, 400, "does not exist"},
		{"POST", "/_sim/acts", `{"do":"dance","record":"7002"}`, 400, "unknown act"},
		{"GET", "/_sim/books", "", 200, `"tranId": "PO-2000"`},
		{"DELETE", "/_sim/books", "", 405, ""},
		{"GET", "/_sim/", "", 200, "POST /_sim/reset"},
		{"GET", "/_sim/nothing", "", 404, ""},
		{"GET", "/_sim/audit", "", 200, "[]"},
		{"GET", "/_sim/calls?kind=purchaseOrder%20patch&status=204&since=1", "", 200, `"sequence": 2`},
		{"GET", "/_sim/calls?fault=applied", "", 200, "[]"},
		{"GET", "/_sim/calls?since=x", "", 400, "since"},
		{"GET", "/_sim/clock", "", 200, `"now": "2026-09-10T12:00:00Z"`},
		{"POST", "/_sim/clock", `{"advance":"90s"}`, 200, `"now": "2026-09-10T12:01:30Z"`},
		{"POST", "/_sim/clock", `{"advance":"-1s"}`, 400, "forward"},
		{"POST", "/_sim/clock", `{"land":true}`, 200, `"late": 0`},
		{"PUT", "/_sim/snapshots/before", "", 204, ""},
		{"GET", "/_sim/snapshots", "", 200, `"name": "before"`},
		{"POST", "/_sim/snapshots/before", "", 204, ""},
		{"POST", "/_sim/snapshots/other", "", 400, "none of this name"},
		{"DELETE", "/_sim/snapshots/before", "", 204, ""},
		{"DELETE", "/_sim/snapshots/before", "", 400, "none of this name"},
	} {
		if status, text := ask(c.method, c.path, c.body); status != c.status || !strings.Contains(text, c.part) {
			t.Errorf("%s %s %s: %d %.300s, want %d %q", c.method, c.path, c.body, status, text, c.status, c.part)
		}
	}
	if got := b.order("PO-1002").Status; got != "B" {
		t.Errorf("status %s after approval", got)
	}
	k := b.s.Knobs()
	if k.OverBilling != Refuse || k.CommitThenFail.Next != 2 || k.ConcurrencyLimit != 5 {
		t.Errorf("knobs %+v", k)
	}
}

func TestKnobsSurviveTheirJSON(t *testing.T) {
	s := New(Options{})
	text, err := json.Marshal(s.Knobs())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.TurnJSON(text); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(s.Knobs())
	if err != nil || string(text) != string(again) {
		t.Errorf("%v\n%s\n%s", err, text, again)
	}
}

func TestAWrongKnobIsAMistakeInTheProgram(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	New(Options{Knobs: func(k *Knobs) { k.ConcurrencyStatus = 500 }})
}

func TestWhatPeopleDoIsInTheBooksButNoEffectOfCalls(t *testing.T) {
	b := newBench(t, Options{})
	for _, a := range []Act{
		{Do: ActEdit, Record: "7001", Line: 1, Field: "rate", Value: "6"},
		{Do: ActClose, Record: "7001", Line: 3},
		{Do: ActReopen, Record: "7001", Line: 3},
		{Do: ActEdit, Record: "7001", Field: "memo", Value: "by hand"},
	} {
		if err := b.s.Do(a); err != nil {
			t.Errorf("%+v: %v", a, err)
		}
	}
	if got := b.s.Effects(0); len(got) != 0 {
		t.Errorf("effects %v", got)
	}
	books := b.s.Books()
	if len(books.Writes) != 4 || books.Writes[0].Call != 0 || !slices.Contains(books.Writes[0].Changes, Change{List: "item", Line: 1, Field: "amount", Before: "50", After: "60", Derived: true}) {
		t.Errorf("writes %+v", books.Writes)
	}
	for _, a := range []Act{{Do: ActPay, Record: "7001"}, {Do: ActReceive, Record: "7001", Line: 9, Quantity: "1"}, {Do: ActEdit, Record: "7001", Field: "nothing"}} {
		if err := b.s.Do(a); err == nil {
			t.Errorf("%+v was done", a)
		}
	}
}

func TestWritesAreLoggedWithTheirConsequences(t *testing.T) {
	b := newBench(t, Options{})
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`)
	writes := b.s.Books().Writes
	if len(writes) != 2 || writes[0].Action != "created" || writes[0].Record != "vendorBill" || writes[1].Record != "purchaseOrder" || writes[0].Call != writes[1].Call {
		t.Fatalf("writes %+v", writes)
	}
	for _, c := range writes[1].Changes {
		if !c.Derived {
			t.Errorf("%+v was not asked for", c)
		}
	}
}

func TestServerTimeAndCatalogue(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.ServerClockOffset = Duration(time.Minute) }})
	if a := b.do("GET", "/services/rest/system/v1/serverTime", ""); string(a.body) != `{"serverTime":"2026-09-10T12:01:00.000Z"}` {
		t.Errorf("%s", a.body)
	}
	b.refused(b.do("GET", "/services/rest/system/v1/governanceLimits", ""), 403, "INSUFFICIENT_PERMISSION", "")
	a := b.must(200, "GET", "metadata-catalog/purchaseOrder", "")
	for _, part := range []string{`"custbody_cp_supplier_tax"`, `"custcol_cp_status"`, `"readOnly":true`} {
		if !strings.Contains(string(a.body), part) {
			t.Errorf("no %s in %s", part, a.body)
		}
	}
	b.must(404, "GET", "metadata-catalog/file", "")
	b.must(200, "GET", "purchaseOrder/7001/item", "")
	b.must(200, "GET", "purchaseOrder/7001/item/3", "")
	b.must(404, "GET", "purchaseOrder/7001/item/2", "")
	if a := b.must(200, "GET", "purchaseOrder?limit=2", ""); !strings.Contains(string(a.body), `"hasMore":true`) {
		t.Errorf("%s", a.body)
	}
}

func TestAnswersAreDatedByTheServersClock(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.ServerClockOffset = Duration(6 * time.Minute) }})
	a := b.do("GET", "/services/rest/system/v1/serverTime", "")
	b.refused(a, 401, "INVALID_LOGIN", "")
	if want := start.Add(6 * time.Minute).Format(http.TimeFormat); a.header.Get("Date") != want {
		t.Errorf("dated %s, want %s", a.header.Get("Date"), want)
	}
}

func TestTheTokenTellsWhoSignsInByTheHostOfRESTlets(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.MissingPermissions = []string{PermissionREST} }})
	b.refused(b.do("GET", tokenInfoPath, ""), 401, "INVALID_LOGIN", "")
	b.host = "https://1234567-sb1.restlets.api.netsuite.com"
	told := unmarshal(t, b.do("GET", tokenInfoPath, "").body)
	if told["userName"] != "integration user" || told["roleName"] != "Counterpunch Integration" || told["companyId"] != "1234567_SB1" {
		t.Errorf("%v", told)
	}
}

func TestAccountsAreFoundByWhoMaySeeThem(t *testing.T) {
	b := newBench(t, Options{})
	const q = "SELECT id FROM account WHERE id = ?"
	if a := b.query(q, "610"); !strings.Contains(string(a.body), `"id":"610"`) {
		t.Errorf("%s", a.body)
	}
	if a := b.query(q, "699"); !strings.Contains(string(a.body), `"count":0`) {
		t.Errorf("%s", a.body)
	}
	if err := b.s.Turn(func(k *Knobs) { k.MissingPermissions = []string{PermissionAccounts} }); err != nil {
		t.Fatal(err)
	}
	b.refused(b.query(q, "610"), 400, "INVALID_PARAMETER", "Record 'account' was not found")
}

func TestOptionsAddCustomFields(t *testing.T) {
	b := newBench(t, Options{CustomFields: []CustomField{{Record: "vendorBill", Name: "custbody_site", Kind: "text"}}})
	b.must(204, "POST", "vendorBill", with(bill("INV-1", "cp-1", "1"), `"custbody_site":"x"`))
	b.refused(b.record("PATCH", "purchaseOrder/7001", `{"custbody_site":"x"}`), 400, "INVALID_CONTENT", "custbody_site")
}
