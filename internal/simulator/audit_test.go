package simulator

import (
	"fmt"
	"strings"
	"testing"
)

func TestAuditFindsWhatMustNotBe(t *testing.T) {
	bill1 := func(b *bench) string {
		return b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1","externalId":"cp-1"}`).id()
	}
	for _, c := range []struct {
		name  string
		knobs func(*Knobs)
		do    func(*bench)
		kinds []string
		text  string
	}{
		{name: "nothing in order", do: func(b *bench) {
			id := bill1(b)
			b.must(204, "POST", "vendorBill/"+id+"/!transform/vendorCredit", `{"tranId":"CM-1"}`)
			b.act(Act{Do: ActInsertLine, Record: "7005", Item: "201", Quantity: "1", Rate: "1"})
			b.must(204, "PATCH", "purchaseOrder/7005", `{"item":{"items":[{"line":1,"custcol_cp_status":"accept"}]}}`)
		}},
		{name: "a bill twice by number", kinds: []string{FindingBillDoubled}, text: "vendorBill inv-1 of vendor 501, total 5.00", do: func(b *bench) {
			bill1(b)
			b.must(204, "POST", "vendorBill", bill("inv-1", "cp-2", "5"))
		}},
		{name: "a bill twice, one by hand", kinds: []string{FindingBillDoubled}, do: func(b *bench) {
			b.act(Act{Do: ActEnterBill, Vendor: "501", Number: "INV-1", Amount: "5"})
			bill1(b)
		}},
		{name: "a voided bill does not count", do: func(b *bench) {
			b.act(Act{Do: ActVoid, Record: bill1(b)})
			b.must(204, "POST", "vendorBill", bill("INV-1", "cp-2", "5"))
		}},
		{name: "an external id twice", kinds: []string{FindingExternalIDDoubled}, text: "external id cp-1", knobs: func(k *Knobs) { k.ExternalIDUnique = Off }, do: func(b *bench) {
			b.must(204, "POST", "vendorBill", bill("INV-1", "cp-1", "5"))
			b.must(204, "POST", "vendorBill", bill("INV-2", "cp-1", "5"))
		}},
		{name: "a credit twice, and too much of it", kinds: []string{FindingCreditDoubled, FindingOvercredited}, text: "total 50.42, credited 100.84", do: func(b *bench) {
			id := bill1(b)
			for range 2 {
				b.must(204, "POST", "vendorBill/"+id+"/!transform/vendorCredit", `{"tranId":"CM-1"}`)
			}
		}},
		{name: "a line added to an order", kinds: []string{FindingLineAdded}, text: "purchaseOrder PO-1001: call 1 added line 4 of item", do: func(b *bench) {
			b.must(204, "PATCH", "purchaseOrder/7001", `{"item":{"items":[{"item":{"id":"201"},"quantity":1,"rate":1}]}}`)
		}},
		{name: "a line added by replacing", kinds: []string{FindingLineAdded}, do: func(b *bench) {
			b.must(204, "PATCH", "purchaseOrder/7001?replace=item", `{"item":{"items":[{"item":{"id":"201"},"quantity":1,"rate":1}]}}`)
		}},
		{name: "a bill line that names no line", kinds: []string{FindingLineAdded}, text: "named orderLine 9", do: func(b *bench) {
			b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1","item":{"items":[{"orderLine":9,"item":{"id":"201"},"quantity":1,"rate":1}]}}`)
		}},
		{name: "more billed than ordered", kinds: []string{FindingOverbilled}, text: "line 1: ordered 10, billed 11", do: func(b *bench) {
			b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1","item":{"items":[{"orderLine":1,"quantity":11}]}}`)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Knobs: c.knobs})
			c.do(b)
			var kinds, texts []string
			for _, one := range b.s.Audit() {
				kinds, texts = append(kinds, one.Kind), append(texts, one.Text)
			}
			if fmt.Sprint(kinds) != fmt.Sprint(c.kinds) || !strings.Contains(strings.Join(texts, "\n"), c.text) {
				t.Errorf("found %v %q, want %v %q", kinds, texts, c.kinds, c.text)
			}
		})
	}
}

// What the simulator itself never lets happen is looked for all the same: in books that were changed afterwards.
func TestAuditBelievesNobody(t *testing.T) {
	b := newBench(t, Options{})
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`)
	for _, c := range []struct {
		kind   string
		tamper func(*Books)
	}{
		{FindingVendorCrossed, func(b *Books) { b.VendorBills[0].Vendor = "502" }},
		{FindingTotals, func(b *Books) { b.VendorBills[0].Total = "50.00"; b.VendorBills[0].Fields["amountRemaining"] = "50" }},
	} {
		books := b.s.Books()
		c.tamper(&books)
		found := books.Audit()
		if len(found) != 1 || found[0].Kind != c.kind {
			t.Errorf("found %+v, want %s", found, c.kind)
		}
	}
}
