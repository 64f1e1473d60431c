package simulator

import (
	"strings"
	"testing"
)

func TestEmptyFieldsAreLeftOutOrNull(t *testing.T) {
	for _, null := range []bool{false, true} {
		b := newBench(t, Options{Knobs: func(k *Knobs) { k.NullFields = null }})
		order := unmarshal(t, b.must(200, "GET", "purchaseOrder/7001?expandSubResources=true", "").body)
		line := order["item"].(map[string]any)["items"].([]any)[1].(map[string]any)
		for name, fields := range map[string]map[string]any{"memo": order, "custcol_cp_status": line} {
			if value, shown := fields[name]; shown != null || value != nil {
				t.Errorf("null %v: %s is shown %v as %v", null, name, shown, value)
			}
		}
		if order["tranId"] != "PO-1001" || line["line"] != 3.0 || line["quantity"] != 4.0 {
			t.Errorf("null %v: what has a value is shown as %v and %v", null, order, line)
		}
	}
}

func TestNamesOfScriptsStandInTheWordsOrAsTheCode(t *testing.T) {
	for _, asCode := range []bool{false, true} {
		b := newBench(t, Options{Knobs: func(k *Knobs) {
			k.NameAsCode, k.ClosedPeriods, k.RecordChanged = asCode, []string{"2026-08"}, Fault{Path: "PATCH"}
		}})
		for name, a := range map[string]answer{
			"CLOSED_TRAN_PRD":       b.record("POST", "purchaseOrder/7001"+toBill, `{"tranDate":"2026-08-31"}`),
			"RCRD_HAS_BEEN_CHANGED": b.record("PATCH", "purchaseOrder/7001", `{"memo":"x"}`),
		} {
			code, text := a.problem()
			if a.status != 400 || (code == name) != asCode || strings.Contains(text, name) == asCode {
				t.Errorf("as code %v: %d %s %s", asCode, a.status, code, text)
			}
		}
		// Words without such a name keep their code.
		b.refused(b.record("POST", "purchaseOrder/7001"+toBill, `{"userTotal":1}`), 400, "USER_ERROR", "does not equal")
	}
}
