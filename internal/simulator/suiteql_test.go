package simulator

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// rows returns the items of an answer without their links.
func rows(t *testing.T, a answer) []map[string]any {
	t.Helper()
	var p struct{ Items []map[string]any }
	if err := json.Unmarshal(a.body, &p); err != nil || a.status != 200 {
		t.Fatalf("%d %s %v", a.status, a.body, err)
	}
	for _, item := range p.Items {
		if _, ok := item["links"]; !ok {
			t.Errorf("no links in %v", item)
		}
		delete(item, "links")
	}
	return p.Items
}

func TestQueries(t *testing.T) {
	type row = map[string]any
	for _, c := range []struct {
		name, q string
		params  []any
		want    []row
	}{
		{"order by number in any case", `SELECT t.id, t.tranid, t.externalid, t.status, t.entity, TO_CHAR(t.lastmodifieddate,'YYYY-MM-DD HH24:MI:SS') lm
			FROM transaction t WHERE t.type='PurchOrd' AND UPPER(t.tranid)=UPPER(?) ORDER BY t.id`, []any{"po-1001"}, []row{
			{"id": "7001", "tranid": "PO-1001", "status": "E", "entity": "501", "lm": "2026-09-10 12:00:00"},
			{"id": "7006", "tranid": "po-1001", "status": "B", "entity": "502", "lm": "2026-09-10 12:00:00"}}},
		{"exact case", `SELECT id FROM transaction WHERE tranid = ?`, []any{"po-1001"}, []row{{"id": "7006"}}},
		{"lines", `SELECT tl.id line, tl.linesequencenumber seq, tl.item, BUILTIN.DF(tl.item) itemname, i.vendorname,
			ABS(NVL(tl.quantity,0)) qty, tl.rate, ABS(NVL(tl.quantityshiprecv,0)) recv, ABS(NVL(tl.quantitybilled,0)) billed,
			tl.isclosed, TO_CHAR(tl.expectedreceiptdate,'YYYY-MM-DD') erd
			FROM transactionline tl LEFT JOIN item i ON i.id=tl.item
			WHERE tl.transaction=? AND tl.mainline='F' AND tl.taxline='F' ORDER BY tl.linesequencenumber`, []any{"7001"}, []row{
			{"line": "1", "seq": "1", "item": "201", "itemname": "Widget", "vendorname": "ACME-W-1", "qty": "10", "rate": "5", "recv": "0", "billed": "0", "isclosed": "F"},
			{"line": "3", "seq": "2", "item": "202", "itemname": "Gadget", "vendorname": "ACME-G-2", "qty": "4", "rate": "0.105", "recv": "0", "billed": "2", "isclosed": "F"}}},
		{"bill by external id or number", `SELECT t.id, t.tranid FROM transaction t WHERE t.type='VendBill' AND (t.externalid=? OR (t.entity=? AND t.tranid=?))`,
			[]any{"none", 501, "INV-1"}, []row{{"id": "9001", "tranid": "INV-1"}}},
		{"bills of an order", `SELECT DISTINCT l.nextdoc FROM NextTransactionLineLink l WHERE l.previousdoc=?`, []any{"7001"}, []row{{"nextdoc": "9001"}}},
		{"probe", `SELECT id FROM transaction FETCH FIRST 1 ROWS ONLY`, nil, []row{{"id": "7001"}}},
		{"dates of the account", `SELECT trandate, foreigntotal, paymenthold FROM transaction WHERE id=9001`, nil, []row{{"trandate": "9/10/2026", "foreigntotal": "0.21", "paymenthold": "F"}}},
		{"id with a leading zero is the same number", `SELECT tranid FROM transaction WHERE id='07001'`, nil, []row{{"tranid": "PO-1001"}}},
		{"order and first", `SELECT id FROM transaction WHERE type IN ('PurchOrd') AND NOT status = 'B' ORDER BY id DESC FETCH FIRST 2 ROWS ONLY`, nil, []row{{"id": "7005"}, {"id": "7004"}}},
		{"null is neither equal nor different", `SELECT id FROM transaction WHERE externalid <> 'x' OR externalid = 'x'`, nil, []row{{"id": "9001"}}},
		{"null and true is not true", `SELECT id FROM transaction WHERE externalid = 'cp-9' AND id > 0`, nil, []row{{"id": "9001"}}},
		{"not null is not true", `SELECT id FROM transaction WHERE NOT externalid = 'x'`, nil, []row{{"id": "9001"}}},
		{"left join without a match", `SELECT t.id, i.itemid FROM transaction t LEFT JOIN item i ON i.id = t.id WHERE t.id = 7001`, nil, []row{{"id": "7001"}}},
		{"join without a match", `SELECT t.id FROM transaction t JOIN item i ON i.id = t.id WHERE t.id = 7001`, nil, nil},
		{"is null and like", `SELECT id FROM transaction WHERE externalid IS NOT NULL AND externalid LIKE 'cp-%'`, nil, []row{{"id": "9001"}}},
		{"by date", `SELECT COUNTED.id FROM transaction COUNTED WHERE trandate >= TO_DATE(?, 'YYYY-MM-DD') ORDER BY id`, []any{"2026-09-02"}, []row{{"id": "9001"}}},
		{"custom column", `SELECT custcol_cp_status s FROM transactionline WHERE transaction = 7001 AND id = 3`, nil, []row{{"s": "it's"}}},
		{"join to the lines", `SELECT t.tranid, tl.id FROM transaction t JOIN transactionline tl ON tl.transaction = t.id WHERE t.id = 7001 AND tl.item = 202`, nil, []row{{"tranid": "PO-1001", "id": "3"}}},
		{"quoted text", `SELECT id FROM transactionline WHERE custcol_cp_status = 'it''s'`, nil, []row{{"id": "3"}}},
		{"order by an output", `SELECT id AS n FROM transaction WHERE id IN (7001, 7002) ORDER BY n DESC`, nil, []row{{"n": "7002"}, {"n": "7001"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{})
			b.must(204, "PATCH", "purchaseOrder/7001", `{"item":{"items":[{"line":3,"custcol_cp_status":"it's"}]}}`)
			b.must(204, "POST", "purchaseOrder/7001"+toBill+"?replace=item", `{"tranId":"INV-1","externalId":"cp-9","item":{"items":[{"orderLine":3,"quantity":2,"rate":0.105}]}}`)
			if diff := cmp.Diff(c.want, rows(t, b.query(c.q, c.params...)), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestQueriesThatAreNotUnderstoodAreRefused(t *testing.T) {
	for _, c := range []struct {
		q, text string
		params  []any
	}{
		{q: `SELECT foo FROM transaction`, text: "Unknown identifier 'foo'. Available identifiers are: {"},
		{q: `SELECT t.subsidiary FROM transaction t`, text: "Unknown identifier 'subsidiary'"},
		{q: `SELECT id FROM invoice`, text: "Record 'invoice' was not found"},
		{q: `SELECT * FROM transaction`, text: "expected a name"},
		{q: `SELECT COUNT(id) FROM transaction`, text: `function "count"`},
		{q: `SELECT id FROM transaction GROUP BY id`, text: "GROUP"},
		{q: `SELECT id FROM transaction WHERE id + 1 = 2`, text: "syntax"},
		{q: `SELECT id FROM transaction WHERE id = 1 UNION SELECT id FROM item`, text: "UNION"},
		{q: `SELECT id FROM transaction WHERE id BETWEEN 1 AND 2`, text: "BETWEEN"},
		{q: `SELECT id FROM transaction; DELETE`, text: "syntax"},
		{q: `SELECT id FROM transaction WHERE id = ?`, text: "parameter 1 has no value"},
		{q: `SELECT id FROM transaction WHERE id = 1`, text: "parameters", params: []any{"x"}},
		{q: `SELECT id FROM transaction WHERE id = ?`, text: "no usable value", params: []any{nil}},
		{q: `SELECT id FROM transaction WHERE entity = 'ACME'`, text: "invalid number"},
		{q: `SELECT id FROM transaction WHERE id = 'PO-1001'`, text: "invalid number"},
		{q: `SELECT id FROM transaction WHERE trandate = '2026-09-01'`, text: "date"},
		{q: `SELECT TO_CHAR(trandate, 'DY') FROM transaction`, text: "date format"},
		{q: `SELECT id FROM transaction t JOIN item i ON i.id = t.id`, text: "ambiguous"},
		{q: `SELECT id FROM transaction WHERE (id = 1`, text: "expected )"},
	} {
		t.Run(c.q, func(t *testing.T) {
			b := newBench(t, Options{})
			b.refused(b.query(c.q, c.params...), 400, "INVALID_PARAMETER", c.text)
		})
	}
}

func TestQueryRequests(t *testing.T) {
	b := newBench(t, Options{})
	const target = "/services/rest/query/v1/suiteql"
	const q = `{"q":"SELECT id FROM transaction ORDER BY id"}`
	b.refused(b.do("POST", target, q), 400, "INVALID_HEADER", "Prefer")
	b.refused(b.do("POST", target+"?limit=1001", q, "Prefer", "transient"), 400, "INVALID_PARAMETER", "limit")
	b.refused(b.do("POST", target+"?limit=4&offset=2", q, "Prefer", "transient"), 400, "INVALID_PARAMETER", "multiple")
	b.refused(b.do("POST", target, `{"query":"x"}`, "Prefer", "transient"), 400, "INVALID_CONTENT", "")
	b.refused(b.do("GET", target, "", "Prefer", "transient"), 405, "METHOD_NOT_ALLOWED", "")
	a := unmarshal(t, b.do("POST", target+"?limit=4&offset=4", q, "Prefer", "transient").body)
	if a["count"] != 2.0 || a["hasMore"] != false || a["totalResults"] != 6.0 || a["offset"] != 4.0 {
		t.Errorf("%v", a)
	}
	a = unmarshal(t, b.do("POST", target+"?limit=4&offset=0", q, "Prefer", "transient").body)
	if a["count"] != 4.0 || a["hasMore"] != true {
		t.Errorf("%v", a)
	}
}

func TestNullColumnsByKnob(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.NullColumns, k.NegativeOrderQuantity = true, true }})
	if a := b.query(`SELECT externalid FROM transaction WHERE id = 7001`); !strings.Contains(string(a.body), `"externalid":null`) {
		t.Errorf("%s", a.body)
	}
	if a := b.query(`SELECT quantity FROM transactionline WHERE transaction = 7001 AND id = 1`); !strings.Contains(string(a.body), `"quantity":"-10"`) {
		t.Errorf("%s", a.body)
	}
}

func FuzzParseQuery(f *testing.F) {
	f.Add(`SELECT t.id, UPPER(t.tranid) u FROM transaction t WHERE t.type='PurchOrd' AND (t.id=1 OR NOT t.id IN (2,'3')) ORDER BY t.id DESC FETCH FIRST 3 ROWS ONLY`)
	f.Add(`SELECT DISTINCT l.nextdoc FROM NextTransactionLineLink l LEFT JOIN item i ON i.id = l.nextdoc WHERE l.previousdoc IS NOT NULL`)
	s := New(Options{})
	if err := s.SeedOrders([]byte(seedText)); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := parseQuery(text, nil)
		if err != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		_, _ = s.run(q)
	})
}
