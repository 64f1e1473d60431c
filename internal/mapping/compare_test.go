package mapping_test

import (
	"regexp"
	"testing"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"

	"github.com/google/go-cmp/cmp"
)

func TestBillIsCompared(t *testing.T) {
	p, err := bill(t, mapper(t), invoice("50", widgets("10", "50.00")), orders(t))
	p = plan(t, p, err)
	tests := []struct {
		name   string
		change func(*record.VendorBill)
		want   []string
	}{
		{"as planned", func(*record.VendorBill) {}, nil},
		{"a line with nothing", func(b *record.VendorBill) {
			b.Items = append(b.Items, record.BillLine{OrderDoc: record.Ref{ID: "7001"}, OrderLine: 2})
		}, nil},
		{"without the order's lines", func(b *record.VendorBill) { b.Items[0].OrderLine, b.Items[0].OrderDoc = 0, record.Ref{} },
			[]string{"item 201", "line 1 of order 7001"}},
		{"without the order's id", func(b *record.VendorBill) { b.Items[0].OrderDoc = record.Ref{} },
			[]string{`item 201, order "" line 1`, "line 1 of order 7001"}},
		{"of another order", func(b *record.VendorBill) { b.Items[0].OrderDoc.ID = "7002" }, []string{"line 1 of order 7001", "line 1 of order 7002"}},
		{"vendor", func(b *record.VendorBill) { b.Entity.ID = "502" }, []string{"vendor"}},
		{"number", func(b *record.VendorBill) { b.TranID = "INV-2" }, []string{"number"}},
		{"date", func(b *record.VendorBill) { b.TranDate = "2026-09-11" }, []string{"date"}},
		{"currency", func(b *record.VendorBill) { b.Currency.ID = "4" }, []string{"currency"}},
		{"tax of NetSuite's own", func(b *record.VendorBill) { b.Total = dec("54") }, []string{"total"}},
		{"quantity", func(b *record.VendorBill) { b.Items[0].Quantity = dec("9") }, []string{"line 1 of order 7001"}},
		{"amount", func(b *record.VendorBill) { b.Items[0].Amount = dec("49") }, []string{"line 1 of order 7001"}},
		{"another line", func(b *record.VendorBill) { b.Items[0].OrderLine = 2 }, []string{"line 1 of order 7001", "line 2 of order 7001"}},
		{"one line more", func(b *record.VendorBill) {
			b.Items = append(b.Items, record.BillLine{OrderDoc: record.Ref{ID: "7001"}, OrderLine: 2, Quantity: dec("100"), Amount: dec("30")})
		}, []string{"line 2 of order 7001"}},
		{"an expense", func(b *record.VendorBill) {
			b.Expenses = append(b.Expenses, record.ExpenseLine{Account: record.Ref{ID: "9"}, Amount: dec("1")})
		}, []string{"account 9"}},
		{"no lines", func(b *record.VendorBill) { b.Items = nil }, []string{"line 1 of order 7001"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := savedBill(t)
			test.change(b)
			var what []string
			for _, d := range mapper(t).CompareBill(nil, p, *b) {
				what = append(what, d.What)
			}
			if diff := cmp.Diff(test.want, what); diff != "" {
				t.Error(diff)
			}
		})
	}
	if d := mapper(t).CompareBill(nil, mapping.Plan{}, *savedBill(t)); len(d) == 0 {
		t.Error("a plan that expects nothing is taken for fulfilled")
	}
}

func TestExternalIDIsTheBusinessKey(t *testing.T) {
	id := mapping.ExternalID("main", "501", "vendorBill", "INV-1", 2026, 0)
	if !regexp.MustCompile(`^cp-[0-9a-f-]{36}$`).MatchString(id) {
		t.Errorf("external id %q has characters that an eid: path does not take", id)
	}
	if other := mapping.ExternalID("main", "501", "vendorBill", " inv-1", 2026, 0); other != id {
		t.Error("two spellings of one number have two external ids")
	}
	seen := map[string]bool{id: true}
	for _, other := range []string{
		mapping.ExternalID("main2", "501", "vendorBill", "INV-1", 2026, 0), mapping.ExternalID("main", "502", "vendorBill", "INV-1", 2026, 0),
		mapping.ExternalID("main", "501", "vendorCredit", "INV-1", 2026, 0), mapping.ExternalID("main", "501", "vendorBill", "INV-2", 2026, 0),
		mapping.ExternalID("main", "501", "vendorBill", "INV-1", 2025, 0), mapping.ExternalID("main", "501", "vendorBill", "INV-1", 2026, 1),
		mapping.ExternalID("main5", "01", "vendorBill", "INV-1", 2026, 0),
	} {
		if seen[other] {
			t.Errorf("external id %s stands for two keys", other)
		}
		seen[other] = true
	}
}
