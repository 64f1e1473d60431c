package netsuite

import (
	"encoding/json"
	"strings"
	"testing"

	"counterpunch/internal/netsuite/record"
)

func TestNoLineIsAddedToAnOrderByAccident(t *testing.T) {
	order := record.PurchaseOrder{
		ID: "7001", Items: []record.OrderLine{{Line: 1}, {Line: 4}, {Line: 0}}, Expenses: []record.ExpenseLine{{Line: 2}},
	}
	client, far := connect(t, answering(204, nil, ""))
	for name, c := range map[string]struct {
		id, body, want string // "" is sent
	}{
		"lines that were read":     {"7001", `{"memo":"x","item":{"items":[{"line":4,"custcol_cp_status":"accept"},{"line":1}]},"expense":{"items":[{"line":2}]}}`, ""},
		"no lines":                 {"7001", `{"memo":"x"}`, ""},
		"a custom field of a list": {"7001", `{"custbody_x":{"items":[{"id":"1"}]}}`, ""},
		"no key":                   {"7001", `{"item":{"items":[{"quantity":1}]}}`, "item[0] has no line key"},
		"key is null":              {"7001", `{"item":{"items":[{"line":null}]}}`, "no line key"},
		"key is 0":                 {"7001", `{"item":{"items":[{"line":0}]}}`, "no line key"},
		"key is a text":            {"7001", `{"item":{"items":[{"line":"1"}]}}`, "no line key"},
		"key by another name":      {"7001", `{"item":{"items":[{"Line":1}]}}`, "no line key"},
		"line in a gap":            {"7001", `{"item":{"items":[{"line":1},{"line":2}]}}`, "no line 2"},
		"line of the other list":   {"7001", `{"expense":{"items":[{"line":1}]}}`, "no line 1"},
		"line twice":               {"7001", `{"item":{"items":[{"line":1},{"line":1}]}}`, "named twice"},
		"null line":                {"7001", `{"item":{"items":[null]}}`, "no line key"},
		"null list":                {"7001", `{"item":null}`, "not a JSON object"},
		"null items":               {"7001", `{"item":{"items":null}}`, "no list of items"},
		"list without items":       {"7001", `{"item":{"Items":[{"line":1}]}}`, "no list of items"},
		"list as an array":         {"7001", `{"item":[{"line":1}]}`, "not a JSON object"},
		"list by another name":     {"7001", `{"Item":{"items":[{"quantity":1}]}}`, "spelt"},
		"another order":            {"7002", `{}`, "the order that was read is 7001"},
		"no external id":           {"eid:", `{}`, "neither an internal id"},
		"no object":                {"7001", `[]`, "not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(far.requests())
			err := client.PatchPurchaseOrder(t.Context(), c.id, json.RawMessage(c.body), order)
			sent := len(far.requests()) - before
			if c.want == "" && (err != nil || sent != 1) {
				t.Errorf("%d sent, %v", sent, err)
			}
			if c.want != "" && (err == nil || sent != 0 || !strings.Contains(err.Error(), c.want) || ClassOf(err) != None) {
				t.Errorf("%d sent, %v; want %q", sent, err, c.want)
			}
		})
	}
	for _, body := range []string{`{"item":{"items":[{"line":1}]}}`, `{"expense":{"items":[]}}`, `{"item":null}`, `{"ITEM":{}}`} {
		if err := client.Patch(t.Context(), "purchaseOrder", "7001", json.RawMessage(body)); err == nil {
			t.Errorf("%s went past the check", body)
		}
	}
}

func TestExternalIDThatNoPathTakesIsNotWritten(t *testing.T) {
	for id, taken := range map[string]bool{"cp-1_A": true, "": true, "a|b": false, "INV/1": false, "é": false, "a b": false} {
		body, err := json.Marshal(map[string]string{"externalId": id})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := written(body); (err == nil) != taken {
			t.Errorf("%q: %v", id, err)
		}
	}
}
