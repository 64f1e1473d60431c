package cli

import (
	"bytes"
	"strings"
	"testing"

	"counterpunch/internal/demo"
)

func TestTheTableOfTheDemonstrationHasALineForEachChange(t *testing.T) {
	var out bytes.Buffer
	printReport(&out, demo.Report{Documents: []demo.Result{{
		File: "01-confirm.xml", Title: "A line is confirmed", Code: 200, State: "applied",
		Effects: []string{"purchaseOrder PO-1 line 1 custcol_cp_status: -> accept", "purchaseOrder PO-1 line 2 custcol_cp_status: -> reject"},
	}}})
	for _, want := range []string{"│ 01-confirm.xml      │", "│ A line is confirmed │", "│ purchaseOrder PO-1 line 1 custcol_cp_status: -> accept │", "│ purchaseOrder PO-1 line 2 custcol_cp_status: -> reject │"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, out.String())
		}
	}
}

func TestTheSumOfTheDemonstrationCountsEveryDocumentOnce(t *testing.T) {
	got := ends(demo.Report{Documents: []demo.Result{
		{Code: 200, State: "applied"}, {Code: 200, State: "superseded"}, {Code: 200}, {Code: 409, State: "applied"}, {Code: 401}, {Code: 200, State: "applied"},
	}})
	if want := "1 answered only, 2 applied, 2 refused, 1 superseded"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
