package simulator

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// found returns the ids of a collection's answer.
func found(t *testing.T, a answer) []string {
	t.Helper()
	var said struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
		Total int `json:"totalResults"`
	}
	if err := json.Unmarshal(a.body, &said); err != nil || a.status != 200 {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	ids := []string{}
	for _, one := range said.Items {
		ids = append(ids, one.ID)
	}
	if said.Total != len(ids) {
		t.Errorf("totalResults %d for %v", said.Total, ids)
	}
	return ids
}

func TestSearchFindsByBodyFields(t *testing.T) {
	b := newBench(t, Options{})
	b.record("PATCH", "purchaseOrder/7002", `{"memo":"rush order","matchBillToReceipt":true}`)
	for q, want := range map[string][]string{
		`tranId IS "PO-1002"`:                                        {"7002"},
		`tranId IS PO-1001`:                                          {"7001", "7006"}, // whatever its case
		`tranId IS_NOT "PO-1001" AND entity ANY_OF [502]`:            {"7005"},
		`tranId START_WITH "PO-100" AND memo CONTAIN "RUSH"`:         {"7002"},
		`tranId END_WITH 5`:                                          {"7005"},
		`memo EMPTY_NOT`:                                             {"7002"},
		`memo EMPTY AND id ANY_OF [7001, 7002]`:                      {"7001"},
		`id EQUAL 7003`:                                              {"7003"},
		`id BETWEEN [7003,7004] OR id GREATER 7005`:                  {"7003", "7004", "7006"},
		`id LESS 7003 AND (memo CONTAIN x OR id LESS_OR_EQUAL 7001)`: {"7001"},
		`id GREATER_OR_EQUAL 7005 AND currency ANY_OF [4]`:           {"7005"},
		`matchBillToReceipt IS true`:                                 {"7002"},
		`tranDate ON "9/1/2026"`:                                     {"7001"},
		`tranDate ON_OR_AFTER 9/2/2026`:                              {},
		`tranDate BEFORE "10/1/2026"`:                                {"7001"},
		`memo CONTAIN_NOT "rush"`:                                    {}, // an absent value fits only EMPTY
	} {
		t.Run(q, func(t *testing.T) {
			got := found(t, b.record("GET", "purchaseOrder?q="+strings.ReplaceAll(url.PathEscape(q), "=", "%3D"), ""))
			if !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

func TestSearchThatNetSuiteWouldNotTakeIsRefused(t *testing.T) {
	b := newBench(t, Options{})
	for q, text := range map[string]string{
		`tranid IS "x"`:                 "field 'tranid' does not exist",
		`item.item IS 5`:                "field 'item.item' does not exist",
		`item ANY_OF [201]`:             "field 'item' does not exist",
		`tranId EQUAL "x"`:              "operator 'EQUAL' is not valid for field 'tranId'",
		`id IS 5`:                       "operator 'IS' is not valid for field 'id'",
		`entity IS 501`:                 "operator 'IS' is not valid for field 'entity'",
		`tranId = "x"`:                  "operator '=' is not valid",
		`tranId`:                        "incomplete condition",
		`tranId IS`:                     "expected a value",
		`tranId IS "x`:                  "a quotation mark is not closed",
		`tranId IS "x" tranId IS "y"`:   "unexpected 'tranId'",
		`(tranId IS "x"`:                "expected ')'",
		`id ANY_OF 5`:                   "expected '['",
		`id ANY_OF [5`:                  "expected ',' or ']'",
		`id BETWEEN [5]`:                "BETWEEN takes two values",
		`id EQUAL five`:                 "invalid number 'five'",
		`tranDate ON "2026-09-01"`:      "invalid date '2026-09-01'",
		`matchBillToReceipt IS perhaps`: "invalid value 'perhaps'",
	} {
		t.Run(q, func(t *testing.T) {
			b.refused(b.record("GET", "purchaseOrder?q="+strings.ReplaceAll(url.PathEscape(q), "=", "%3D"), ""), 400, "INVALID_PARAMETER", text)
		})
	}
}

func FuzzSearch(f *testing.F) {
	f.Add(`tranId IS "a" AND (id ANY_OF [1,2] OR memo EMPTY)`)
	s := newSchemas(nil)["purchaseorder"]
	r := newRecord(s, "1")
	f.Fuzz(func(t *testing.T, q string) {
		if fits, err := parseSearch(q, s, "M/D/YYYY"); err == nil {
			fits(r)
		}
	})
}
