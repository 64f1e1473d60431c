package netsuite_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"counterpunch/internal/netsuite"
	"counterpunch/internal/simulator"
)

func TestRecordOfAnyTypeIsReadAsItIs(t *testing.T) {
	client, _ := simulated(t, nil)
	raw, err := client.Get(t.Context(), "purchaseOrder", "7001", netsuite.GetOptions{Fields: []string{"tranId", "total", "orderStatus"}, SimpleEnums: true})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if string(got["total"]) != "50.75" || string(got["orderStatus"]) != `"B"` || got["entity"] != nil || got["item"] != nil {
		t.Errorf("%s", raw)
	}
	if raw, err = client.Get(t.Context(), "purchaseOrder", "7001", netsuite.GetOptions{Expand: true}); err != nil || !strings.Contains(string(raw), `"quantity":2.5`) {
		t.Errorf("%s, %v", raw, err)
	}
	if _, err = client.Get(t.Context(), "purchaseOrder", "1", netsuite.GetOptions{}); netsuite.ClassOf(err) != netsuite.NotFound {
		t.Error(err)
	}
	for _, bad := range [][2]string{{"purchase/order", "1"}, {"vendor", "1/../2"}, {"vendor", "eid:a b"}, {"", "1"}} {
		if _, err := client.Get(t.Context(), bad[0], bad[1], netsuite.GetOptions{}); err == nil || netsuite.ClassOf(err) != netsuite.None {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestChangeNeverAddsALineByAccident(t *testing.T) {
	for name, c := range map[string]struct {
		body    string
		options netsuite.ChangeOptions
		refused string // part of the error; empty: it is carried out
		calls   int    // that reach NetSuite
	}{
		"fields alone need no reading":        {`{"memo":"x"}`, netsuite.ChangeOptions{}, "", 1},
		"a line that is there":                {`{"item":{"items":[{"line":4,"custcol_cp_status":"accept"}]}}`, netsuite.ChangeOptions{}, "", 2},
		"a field that is emptied":             {`{"memo":null}`, netsuite.ChangeOptions{}, "", 2},
		"a line without a key":                {`{"item":{"items":[{"quantity":1}]}}`, netsuite.ChangeOptions{}, "item[0] has no line key", 1},
		"a line that is not there":            {`{"item":{"items":[{"line":1},{"line":2}]}}`, netsuite.ChangeOptions{}, "no line 2", 1},
		"a line twice":                        {`{"item":{"items":[{"line":1},{"line":1}]}}`, netsuite.ChangeOptions{}, "named twice", 1},
		"a key in another case":               {`{"item":{"items":[{"Line":1}]}}`, netsuite.ChangeOptions{}, "no line key", 1},
		"a sublist in another case":           {`{"Item":{"items":[{"line":1}]}}`, netsuite.ChangeOptions{}, `"item" is spelt "Item"`, 1},
		"items in another case":               {`{"item":{"Items":[{"line":1}]}}`, netsuite.ChangeOptions{}, "no list of items", 1},
		"a sublist that the record lacks":     {`{"apply":{"items":[{"line":1}]}}`, netsuite.ChangeOptions{}, "no line 1", 1},
		"an empty sublist's first line":       {`{"expense":{"items":[{"amount":1}]}}`, netsuite.ChangeOptions{}, "no line key", 1},
		"all lines removed by null":           {`{"item":null}`, netsuite.ChangeOptions{}, "would remove all lines", 1},
		"all lines removed by no items":       {`{"item":{"items":null}}`, netsuite.ChangeOptions{}, "no list of items", 1},
		"references in a sublist of lines":    {`{"item":{"items":[{"id":"201"}]}}`, netsuite.ChangeOptions{}, "no line key", 1},
		"a sublist beside one that is given":  {`{"item":{"items":[{"line":1}]},"expense":{"items":[{"amount":1}]}}`, netsuite.ChangeOptions{Replace: []string{"item"}}, "expense[0]", 1},
		"a sublist that is given whole":       {`{"item":{"items":[{"line":1,"item":{"id":"201"},"quantity":1,"rate":2}]}}`, netsuite.ChangeOptions{Replace: []string{"item"}}, "", 1},
		"a replacement that is no sublist":    {`{"memo":"x"}`, netsuite.ChangeOptions{Replace: []string{"item&limit=1"}}, "not the name of a sublist", 0},
		"what is no object":                   {`[1]`, netsuite.ChangeOptions{}, "not a JSON object", 0},
		"selected fields that are replaced":   {`{"memo":"x"}`, netsuite.ChangeOptions{ReplaceSelectedFields: true}, "", 1},
		"values of a multiple select are not": {`{"custbody_many":{"items":[{"id":"1"}]}}`, netsuite.ChangeOptions{}, "Unknown field", 2}, // by NetSuite: the account has none
	} {
		t.Run(name, func(t *testing.T) {
			client, s := simulated(t, nil)
			err := client.Change(t.Context(), "purchaseOrder", "7001", json.RawMessage(c.body), c.options)
			if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
				t.Errorf("got %v, want %q", err, c.refused)
			}
			b := s.Books()
			if b.TotalCalls != c.calls || len(b.Accidents) != 0 || (len(b.Writes) == 0) != (err != nil) {
				t.Errorf("%d calls, accidents %v, %d writes", b.TotalCalls, b.Accidents, len(b.Writes))
			}
		})
	}
}

const bill = `{"entity":{"id":"501"},"tranId":"INV-9","tranDate":"2026-09-02","item":{"items":[{"item":{"id":"201"},"quantity":1,"rate":5}]}}`

func TestUpsertMakesAndChangesAndCanDoubleLines(t *testing.T) {
	client, s := simulated(t, nil)
	ctx := t.Context()
	first, err := client.Upsert(ctx, "vendorBill", "eid:cp-9", json.RawMessage(bill), netsuite.ChangeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := netsuite.AddedLines(json.RawMessage(bill), nil); !slices.Equal(got, []string{"item"}) {
		t.Errorf("no warning of lines that are added: %v", got)
	}
	if got := netsuite.AddedLines(json.RawMessage(bill), []string{"item"}); len(got) != 0 {
		t.Errorf("a warning of lines that are replaced: %v", got)
	}
	// The simulator does what NetSuite's rule says, which is what the warning is for.
	lines := func() int { return len(s.Books().VendorBills[0].Items) }
	if _, err := client.Upsert(ctx, "vendorBill", "eid:cp-9", json.RawMessage(bill), netsuite.ChangeOptions{}); err != nil || lines() != 2 {
		t.Errorf("%d lines, %v", lines(), err)
	}
	second, err := client.Upsert(ctx, "vendorBill", "eid:cp-9", json.RawMessage(bill), netsuite.ChangeOptions{Replace: []string{"item"}})
	if err != nil || second != first || lines() != 1 {
		t.Errorf("%s and %s, %d lines, %v", first, second, lines(), err)
	}
	if _, err := client.Upsert(ctx, "vendorBill", first, json.RawMessage(bill), netsuite.ChangeOptions{}); err == nil || netsuite.ClassOf(err) != netsuite.None {
		t.Errorf("by internal id: %v", err)
	}
	if err := client.Delete(ctx, "vendorBill", "eid:cp-9"); err != nil || len(s.Books().VendorBills) != 0 {
		t.Errorf("delete: %v", err)
	}
	if err := client.Delete(ctx, "vendorBill", "eid:cp-9"); netsuite.ClassOf(err) != netsuite.NotFound {
		t.Errorf("delete again: %v", err)
	}
}

func TestListsAndQueriesPassAThousandRows(t *testing.T) {
	client, s := simulated(t, nil)
	if _, err := s.SeedRandom(2500, "501"); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for p, err := range client.List(t.Context(), "purchaseOrder", "", netsuite.Window{}) {
		if err != nil || p.Total != 2501 {
			t.Fatalf("%+v, %v", p, err)
		}
		ids = append(ids, p.IDs...)
	}
	var rows []netsuite.Row
	for p, err := range client.QueryPages(t.Context(), "SELECT id, tranid FROM transaction WHERE type=? ORDER BY id", []string{"PurchOrd"}, netsuite.Window{Offset: 1}) {
		if err != nil || p.Total != 2501 || !slices.Equal(p.Columns, []string{"id", "tranid"}) {
			t.Fatalf("%v of %d, %v", p.Columns, p.Total, err)
		}
		rows = append(rows, p.Rows...)
	}
	if len(ids) != 2501 || len(rows) != 2500 || ids[2500] != rows[2499]["id"] || s.Books().Calls["purchaseOrder list"] != 3 {
		t.Errorf("%d ids, %d rows", len(ids), len(rows))
	}
	ids = nil
	for p, err := range client.List(t.Context(), "purchaseOrder", `tranId IS "PO-1001"`, netsuite.Window{Limit: 10}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.IDs...)
	}
	if !slices.Equal(ids, []string{"7001"}) {
		t.Errorf("found %v", ids)
	}
	for _, err := range client.List(t.Context(), "purchaseOrder", `nosuch IS "x"`, netsuite.Window{}) {
		if netsuite.ClassOf(err) != netsuite.Refused {
			t.Errorf("an unknown field: %v", err)
		}
	}
}

func TestQueryEndsWhereNetSuiteDoes(t *testing.T) {
	pages := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages++
		fmt.Fprintf(w, `{"items":[{"links":[],"id":%q}],"hasMore":true,"totalResults":200000}`, r.URL.Query().Get("offset"))
	}))
	defer server.Close()
	client, _ := simulated(t, nil, func(o *netsuite.Options) { o.BaseURL = server.URL })
	rows := 0
	var last error
	for p, err := range client.QueryPages(t.Context(), "SELECT id FROM transaction ORDER BY id", nil, netsuite.Window{}) {
		rows, last = rows+len(p.Rows), err
	}
	if !errors.Is(last, netsuite.ErrTooManyRows) || pages != 100 || rows != 100 || !strings.Contains(last.Error(), "page by key") {
		t.Errorf("%d pages, %d rows, %v", pages, rows, last)
	}
}

func TestCatalogNamesTypesAndGivesTheirSchema(t *testing.T) {
	client, _ := simulated(t, nil)
	types, err := client.RecordTypes(t.Context())
	if err != nil || !slices.Equal(types, []string{"itemReceipt", "purchaseOrder", "vendorBill", "vendorCredit"}) {
		t.Errorf("%v, %v", types, err)
	}
	raw, err := client.Schema(t.Context(), "vendorBill")
	if err != nil || !strings.Contains(string(raw), `"custbody_cp_document"`) {
		t.Errorf("%v", err)
	}
	if _, err := client.Schema(t.Context(), "nosuch"); netsuite.ClassOf(err) != netsuite.Refused {
		t.Error(err)
	}
	if _, err := client.Schema(t.Context(), "../x"); err == nil || netsuite.ClassOf(err) != netsuite.None {
		t.Error(err)
	}
}

func TestRetryGetsThroughWhatNetSuiteShowsInProduction(t *testing.T) {
	for name, turn := range map[string]func(*simulator.Knobs){
		"odd answers": func(k *simulator.Knobs) { k.UnexpectedError = simulator.Fault{Next: 2} },
		"changed meanwhile, every failure": func(k *simulator.Knobs) {
			k.RecordChanged = simulator.Fault{Next: 2}
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, s := simulated(t, turn)
			retry := netsuite.Retry{Times: 2, All: true}
			err := retry.Do(t.Context(), func() error {
				_, err := client.Do(t.Context(), netsuite.Request{Method: "PATCH", Path: "record/v1/purchaseOrder/7001", Body: []byte(`{"memo":"x"}`)})
				return err
			}, nil)
			if b := s.Books(); err != nil || len(b.Writes) != 1 || b.TotalCalls != 3 || len(b.FailedLogins) != 0 {
				t.Errorf("%v, %d writes, %d calls, failed logins %v", err, len(b.Writes), b.TotalCalls, b.FailedLogins)
			}
		})
	}
}
