package mapping_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

func TestACreditThatNetSuiteLeavesUnappliedDiffers(t *testing.T) {
	p, err := mapper(t, withCredit).Credit(headerCredit("7"), savedBill(t), nil, "cp-2", "doc-2")
	p = plan(t, p, err)
	for _, c := range []struct {
		name, shown string
		want        []mapping.Difference
	}{
		{"applied", `"unapplied":0.0`, nil},
		{"applied elsewhere", `"apply":{"items":[{"doc":{"id":"9999"},"apply":true,"amount":7.0}]}`, nil},
		{"not shown", `"memo":"x"`, nil},
		{"left open", `"unapplied":7.0`, []mapping.Difference{{What: "applied to bills", Expected: "7", Found: "0"}}},
		{"applied in part", `"unapplied":2.5`, []mapping.Difference{{What: "applied to bills", Expected: "7", Found: "4.5"}}},
		{"offered to bills", `"apply":{"items":[{"doc":{"id":"9001"},"apply":false,"amount":7.0}]}`, []mapping.Difference{{What: "applied to bills", Expected: "7", Found: "0"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var credit record.VendorCredit
			text := `{"tranId":"CM-1","tranDate":"2026-09-10","entity":{"id":"501"},"currency":{"id":"1"},"total":7.0,
				"expense":{"items":[{"account":{"id":"620"},"amount":7.0}]},` + c.shown + `}`
			if err := json.Unmarshal([]byte(text), &credit); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, mapper(t).CompareCredit(headerCredit("7"), p, credit)); diff != "" {
				t.Error(diff)
			}
		})
	}
	po := purchaseOrder(t)
	p, err = mapper(t, withCredit).Credit(headerCredit("7"), nil, &po, "cp-2", "doc-2")
	if got := plan(t, p, err).Expect.Applied; !got.IsZero() {
		t.Errorf("of a credit without a bill %s is expected to be applied", got)
	}
}

func TestACreditWaitsForABillThatWaitsForApproval(t *testing.T) {
	for _, shown := range []func(*record.VendorBill){
		func(b *record.VendorBill) { b.ApprovalStatus.ID = "1" },
		func(b *record.VendorBill) { b.Status = record.Ref{ID: "D"} },
		func(b *record.VendorBill) { b.Status = record.Ref{ID: "x", RefName: "Pending Approval"} },
	} {
		b := savedBill(t)
		shown(b)
		_, err := mapper(t, withCredit).Credit(headerCredit("7"), b, nil, "cp-2", "doc-2")
		if m := refused(t, err, reason.InvoiceNotFound); len(m.Differences) != 1 {
			t.Errorf("the table is %v", m.Differences)
		}
	}
	approved := savedBill(t)
	approved.ApprovalStatus.ID = "2"
	p, err := mapper(t, withCredit).Credit(headerCredit("7"), approved, nil, "cp-2", "doc-2")
	plan(t, p, err)
}
