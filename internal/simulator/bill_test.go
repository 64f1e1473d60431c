package simulator

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const toBill = "/!transform/vendorBill"

func TestTransformBillsWhatRemains(t *testing.T) {
	for _, c := range []struct {
		name, query, body, total string
		billed1, billed3, status string
		lines                    int // of items; 0: not looked at
		knobs                    func(*Knobs)
	}{
		{name: "empty body", body: `{}`, total: "50.42", billed1: "10", billed3: "4", status: "G"},
		{name: "unlisted line stays", body: `{"item":{"items":[{"orderLine":1,"quantity":2,"rate":4.99}]}}`, total: "10.40", billed1: "2", billed3: "4", status: "E"},
		{name: "zero drops", body: `{"item":{"items":[{"orderLine":1,"quantity":2},{"orderLine":3,"quantity":0}]}}`, total: "10.00", billed1: "2", billed3: "0", status: "E"},
		{name: "replace", query: "?replace=item", body: `{"item":{"items":[{"orderLine":1,"quantity":2,"rate":5}]}}`, total: "10.00", billed1: "2", billed3: "0", status: "E"},
		{name: "replace without rate takes the item's price", query: "?replace=item", body: `{"item":{"items":[{"orderLine":1,"quantity":2}]}}`, total: "19.98", billed1: "2", billed3: "0", status: "E"},
		{name: "unlisted line does not stay by knob", body: `{"item":{"items":[{"orderLine":1,"quantity":2}]}}`, total: "10.00", billed1: "2", billed3: "0", status: "E", knobs: func(k *Knobs) { k.UnlistedLines = None }},
		{name: "zero is kept", body: `{"item":{"items":[{"orderLine":1,"quantity":2},{"orderLine":3,"quantity":0}]}}`, total: "10.00", billed1: "2", billed3: "0", status: "E", lines: 2, knobs: func(k *Knobs) { k.ZeroQuantity = Kept }},
		{name: "zero is all that is left", body: `{"item":{"items":[{"orderLine":1,"quantity":2},{"orderLine":3,"quantity":0}]}}`, total: "10.42", billed1: "2", billed3: "4", status: "E", knobs: func(k *Knobs) { k.ZeroQuantity = Full }},
		{name: "replace is not heeded", query: "?replace=item", body: `{"item":{"items":[{"orderLine":1,"quantity":2}]}}`, total: "10.42", billed1: "2", billed3: "4", status: "E", knobs: func(k *Knobs) { k.TransformReplace = Ignored }},
		{name: "amount is computed", query: "?replace=item", body: `{"item":{"items":[{"orderLine":3,"quantity":1,"rate":0.105,"amount":0.10}]}}`, total: "0.11", billed1: "0", billed3: "1", status: "E", knobs: func(k *Knobs) { k.LineAmount = Computed }},
		{name: "amount is given", query: "?replace=item", body: `{"item":{"items":[{"orderLine":3,"quantity":1,"rate":0.105,"amount":0.10}]}}`, total: "0.10", billed1: "0", billed3: "1", status: "E"},
		{name: "an empty list leaves the lines", body: `{"item":{"items":[]}}`, total: "50.42", billed1: "10", billed3: "4", status: "G"},
		{name: "expense beside", query: "?replace=item,expense", body: `{"item":{"items":[{"orderLine":1,"quantity":1,"rate":5}]},"expense":{"items":[{"account":{"id":"610"},"amount":0.45},{"account":{"id":"613"},"amount":-1}]}}`, total: "4.45", billed1: "1", billed3: "0", status: "E"},
		{name: "charge as a further item", body: `{"item":{"items":[{"orderLine":3,"quantity":0},{"item":{"id":"202"},"quantity":1,"rate":3}]}}`, total: "53.00", billed1: "10", billed3: "0", status: "E"},
		{name: "more than ordered", body: `{"item":{"items":[{"orderLine":1,"quantity":12}]}}`, total: "60.42", billed1: "12", billed3: "4", status: "G"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Knobs: c.knobs})
			mark := b.s.Mark()
			a := b.must(204, "POST", "purchaseOrder/7001"+toBill+c.query, with(c.body, `"tranId":"INV-1","externalId":"cp-1"`))
			bills := b.s.Books().Bills("501", "INV-1")
			if len(bills) != 1 || bills[0].ID != a.id() || bills[0].Total != c.total || bills[0].Fields["tranDate"] != "2026-09-10" {
				t.Fatalf("bills %+v, want one with total %s", bills, c.total)
			}
			if c.lines > 0 && len(bills[0].Items) != c.lines {
				t.Errorf("%d lines, want %d", len(bills[0].Items), c.lines)
			}
			if got := [3]string{b.line("PO-1001", 1)["quantityBilled"], b.line("PO-1001", 3)["quantityBilled"], b.order("PO-1001").Status}; got != [3]string{c.billed1, c.billed3, c.status} {
				t.Errorf("billed and status %v", got)
			}
			want := []string{"vendorBill INV-1: created, vendor 501, total " + c.total + ", from PO-1001"}
			if diff := cmp.Diff(want, b.s.Effects(mark)); diff != "" {
				t.Error(diff)
			}
			b.must(200, "GET", "vendorBill/eid:cp-1", "")
			b.balanced()
		})
	}
}

// with adds members to a JSON object.
func with(object, members string) string {
	if object == "{}" {
		return "{" + members + "}"
	}
	return "{" + members + "," + object[1:]
}

func TestTransformRefusals(t *testing.T) {
	for _, c := range []struct {
		name, order, body, code, text string
		knobs                         func(*Knobs)
	}{
		{name: "pending approval", order: "7002", body: `{}`, code: "USER_ERROR", text: "You can not initialize vendorBill: invalid reference 7002."},
		{name: "closed", order: "7003", body: `{}`, code: "USER_ERROR", text: "invalid reference 7003"},
		{name: "fully billed", order: "7004", body: `{}`, code: "USER_ERROR", text: "invalid reference 7004"},
		{name: "before receipt", order: "7001", body: `{}`, code: "USER_ERROR", text: "invalid reference 7001", knobs: func(k *Knobs) { k.BillBeforeReceipt = Refuse }},
		{name: "over-billing", order: "7001", body: `{"item":{"items":[{"orderLine":1,"quantity":11}]}}`, code: "USER_ERROR", text: "remains to be billed", knobs: func(k *Knobs) { k.OverBilling = Refuse }},
		{name: "nothing left", order: "7001", body: `{"item":{"items":[{"orderLine":1,"quantity":0},{"orderLine":3,"quantity":0}]}}`, code: "USER_ERROR", text: "at least one line"},
		{name: "zero refused", order: "7001", body: `{"item":{"items":[{"orderLine":1,"quantity":0}]}}`, code: "INVALID_CONTENT", text: "quantity", knobs: func(k *Knobs) { k.ZeroQuantity = Refuse }},
		{name: "unknown line without item", order: "7001", body: `{"item":{"items":[{"orderLine":2,"quantity":1}]}}`, code: "USER_ERROR", text: "Please enter value(s) for: Item."},
		{name: "another vendor", order: "7001", body: `{"entity":{"id":"502"}}`, code: "USER_ERROR", text: "entity"},
		{name: "closed period", order: "7001", body: `{"tranDate":"2026-08-31"}`, code: "USER_ERROR", text: "CLOSED_TRAN_PRD", knobs: func(k *Knobs) { k.ClosedPeriods = []string{"2026-08"} }},
		{name: "negative total", order: "7001", body: `{"expense":{"items":[{"account":{"id":"613"},"amount":-60}]}}`, code: "USER_ERROR", text: "negative"},
		{name: "unknown account", order: "7001", body: `{"expense":{"items":[{"account":{"id":"1"},"amount":1}]}}`, code: "INVALID_CONTENT", text: "Invalid Field Value 1 for the following field: account"},
		{name: "total by the user differs", order: "7001", body: `{"userTotal":50}`, code: "USER_ERROR", text: "does not equal"},
		{name: "script", order: "7001", body: `{"memo":"bad"}`, code: "USER_ERROR", text: "no bad memos", knobs: func(k *Knobs) { k.ScriptRejects = []ScriptReject{{`"memo":"bad"`, "no bad memos"}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Knobs: c.knobs})
			b.refused(b.record("POST", "purchaseOrder/"+c.order+toBill, c.body), 400, c.code, c.text)
			if books := b.s.Books(); len(books.Writes)+len(books.VendorBills) != 0 {
				t.Errorf("the refused save left a trace: %+v", books.Writes)
			}
		})
	}
}

func TestPreviewSavesNothing(t *testing.T) {
	b := newBench(t, Options{})
	a := b.must(200, "POST", "purchaseOrder/7001"+toBill, `{"item":{"items":[{"orderLine":1,"quantity":2}]}}`, "Accept", "application/vnd.oracle.resource+json; type=create-form")
	form := unmarshal(t, a.body)
	if a.header.Get("Content-Type") != mediaCreateForm || form["total"] != 10.42 || form["id"] != nil {
		t.Errorf("%s %v", a.header.Get("Content-Type"), form)
	}
	if books := b.s.Books(); len(books.Writes)+len(books.VendorBills) != 0 || b.line("PO-1001", 1)["quantityBilled"] != "0" {
		t.Error("the preview was saved")
	}
}

func TestAnAccountThatKnowsNoFormsRefusesOrSaves(t *testing.T) {
	for knob, status := range map[Choice]int{Refuse: 406, Ignored: 204} {
		b := newBench(t, Options{Knobs: func(k *Knobs) { k.CreateForm = knob }})
		a := b.record("POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`, "Accept", "application/vnd.oracle.resource+json; type=create-form")
		saved := len(b.s.Books().VendorBills)
		if a.status != status || saved == 1 != (knob == Ignored) {
			t.Errorf("%s: status %d, %d bills", knob, a.status, saved)
		}
	}
}

func TestAnAccountThatKnowsNoReplaceInTransforms(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.TransformReplace = Refuse }})
	b.refused(b.record("POST", "purchaseOrder/7001"+toBill+"?replace=item", `{"tranId":"INV-1"}`), 400, "INVALID_PARAMETER", "replace")
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`)
}

func TestAnApplicationThatIsIgnored(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.PostedApply = Ignored }})
	bill := b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`).id()
	id := b.must(204, "POST", "vendorCredit", `{"entity":{"id":"501"},"tranId":"CM-1","expense":{"items":[{"account":{"id":"613"},"amount":5}]},"apply":{"items":[{"doc":{"id":"`+bill+`"},"apply":true,"amount":5}]}}`).id()
	if got := unmarshal(t, b.must(200, "GET", "vendorCredit/"+id, "").body)["unapplied"]; got != 5.0 {
		t.Errorf("unapplied %v", got)
	}
	// A person, or a later call, can apply it all the same.
	b.must(204, "PATCH", "vendorCredit/"+id, `{"apply":{"items":[{"doc":{"id":"`+bill+`"},"apply":true,"amount":5}]}}`)
	if got := b.s.Books().Bills("501", "INV-1")[0].Fields["amountRemaining"]; got != "45.42" {
		t.Errorf("remaining of the bill %s", got)
	}
	b.balanced()
}

func TestACreditIsNotAppliedToABillThatWaitsForApproval(t *testing.T) {
	for knob, status := range map[Choice]int{Refuse: 400, Allow: 204} {
		b := newBench(t, Options{Knobs: func(k *Knobs) { k.BillApproval, k.ApplyToPending = On, knob }})
		bill := b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`).id()
		body := `{"entity":{"id":"501"},"tranId":"CM-1","expense":{"items":[{"account":{"id":"613"},"amount":5}]},"apply":{"items":[{"doc":{"id":"` + bill + `"},"apply":true,"amount":5}]}}`
		if a := b.record("POST", "vendorCredit", body); a.status != status {
			t.Errorf("%s: status %d: %s", knob, a.status, a.body)
		}
		if err := b.s.Do(Act{Do: ActApprove, Record: bill}); err != nil {
			t.Fatal(err)
		}
		b.must(204, "POST", "vendorCredit", strings.Replace(body, "CM-1", "CM-2", 1))
		b.balanced()
	}
}

func TestAPostedBillMayNeedItsSubsidiary(t *testing.T) {
	const body = `{"entity":{"id":"501"},"tranId":"INV-1","expense":{"items":[{"account":{"id":"613"},"amount":5}]}}`
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.MissingSubsidiary = Refuse }})
	b.refused(b.record("POST", "vendorBill", body), 400, "USER_ERROR", "Please enter value(s) for: Subsidiary.")
	b.must(204, "POST", "vendorBill", with(body, `"subsidiary":{"id":"1"}`))
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-2"}`)
	if err := b.s.Do(Act{Do: ActEnterBill, Vendor: "501", Number: "INV-3", Amount: "5"}); err != nil {
		t.Error(err)
	}
}

func TestReceiptsFirst(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.BillBeforeReceipt = Refuse }})
	if err := b.s.Do(Act{Do: ActReceive, Record: "7001", Line: 1, Quantity: "6"}); err != nil {
		t.Fatal(err)
	}
	if got := b.order("PO-1001").Status; got != "E" {
		t.Errorf("status %s", got)
	}
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`)
	if got := b.s.Books().Bills("501", "INV-1")[0].Total; got != "30.00" {
		t.Errorf("total %s, want what was received", got)
	}
	if got := b.order("PO-1001").Status; got != "D" {
		t.Errorf("status %s", got)
	}
}

func TestPostLinksLinesToOrders(t *testing.T) {
	b := newBench(t, Options{})
	const line = `{"orderDoc":{"id":"7001"},"orderLine":%d,"quantity":%s,"rate":%s}`
	body := `{"entity":{"id":"501"},"tranId":"INV-1","item":{"items":[` + fmt.Sprintf(line, 1, "3", "5") + "," + fmt.Sprintf(line, 1, "1", "5.5") + `]}}`
	b.must(204, "POST", "vendorBill", body)
	bill := b.s.Books().Bills("501", "INV-1")[0]
	if bill.Total != "20.50" || bill.Items[0].Fields["item"] != "201" || b.line("PO-1001", 1)["quantityBilled"] != "4" {
		t.Errorf("%+v, billed %s", bill, b.line("PO-1001", 1)["quantityBilled"])
	}
	b.must(204, "PATCH", "vendorBill/"+bill.ID, `{"paymentHold":true,"item":{"items":[{"line":1,"quantity":1}]}}`)
	if got := b.line("PO-1001", 1)["quantityBilled"]; got != "2" {
		t.Errorf("billed %s after the bill was lowered", got)
	}
	b.must(204, "DELETE", "vendorBill/"+bill.ID, "")
	if got := b.line("PO-1001", 1)["quantityBilled"]; got != "0" || b.order("PO-1001").Status != "B" {
		t.Errorf("billed %s, status %s after the bill was deleted", got, b.order("PO-1001").Status)
	}
	b.must(404, "GET", "vendorBill/"+bill.ID, "")
	b.balanced()
}

func TestPostRefusals(t *testing.T) {
	for _, c := range []struct{ name, typ, body, code, text string }{
		{"no vendor", "vendorBill", `{"item":{"items":[{"item":{"id":"201"},"quantity":1,"rate":1}]}}`, "USER_ERROR", "Please enter value(s) for: Vendor."},
		{"no lines", "vendorBill", `{"entity":{"id":"501"}}`, "USER_ERROR", "at least one line"},
		{"no quantity", "vendorBill", `{"entity":{"id":"501"},"item":{"items":[{"item":{"id":"201"},"rate":1}]}}`, "USER_ERROR", "Quantity"},
		{"order of another vendor", "vendorBill", `{"entity":{"id":"502"},"item":{"items":[{"orderDoc":{"id":"7001"},"orderLine":1,"quantity":1,"rate":1}]}}`, "INVALID_KEY_OR_REF", "orderDoc"},
		{"order in another currency", "vendorBill", `{"entity":{"id":"502"},"item":{"items":[{"orderDoc":{"id":"7005"},"orderLine":1,"quantity":1,"rate":1}]}}`, "INVALID_KEY_OR_REF", "orderDoc"},
		{"order of another subsidiary", "vendorBill", `{"entity":{"id":"501"},"subsidiary":{"id":"2"},"item":{"items":[{"orderDoc":{"id":"7001"},"orderLine":1,"quantity":1,"rate":1}]}}`, "INVALID_KEY_OR_REF", "orderDoc"},
		{"closed order", "vendorBill", `{"entity":{"id":"501"},"item":{"items":[{"orderDoc":{"id":"7003"},"orderLine":1,"quantity":1,"rate":1}]}}`, "INVALID_KEY_OR_REF", "orderDoc"},
		{"unknown order line", "vendorBill", `{"entity":{"id":"501"},"item":{"items":[{"orderDoc":{"id":"7001"},"orderLine":2,"quantity":1,"rate":1}]}}`, "INVALID_KEY_OR_REF", "orderLine"},
		{"order line without order", "vendorBill", `{"entity":{"id":"501"},"item":{"items":[{"item":{"id":"201"},"orderLine":1,"quantity":1,"rate":1}]}}`, "INVALID_KEY_OR_REF", "orderLine"},
		{"another item", "vendorBill", `{"entity":{"id":"501"},"item":{"items":[{"orderDoc":{"id":"7001"},"orderLine":1,"item":{"id":"202"},"quantity":1,"rate":1}]}}`, "INVALID_CONTENT", "item"},
		{"new order", "purchaseOrder", `{}`, "INSUFFICIENT_PERMISSION", "Purchase Order"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{})
			if err := b.s.Seed(Seed{Subsidiaries: []Named{{ID: "2", Name: "Branch"}}}); err != nil {
				t.Fatal(err)
			}
			a := b.record("POST", c.typ, c.body)
			b.refused(a, a.status, c.code, c.text)
			if a.status != 400 && a.status != 403 || len(b.s.Books().Writes) != 0 {
				t.Errorf("%d, writes %+v", a.status, b.s.Books().Writes)
			}
		})
	}
}

func bill(number, external, amount string) string {
	return fmt.Sprintf(`{"entity":{"id":"501"},"tranId":%q,"externalId":%q,"expense":{"items":[{"account":{"id":"611"},"amount":%s}]}}`, number, external, amount)
}

func TestDuplicates(t *testing.T) {
	b := newBench(t, Options{})
	b.must(204, "POST", "vendorBill", bill("INV-1", "cp-1", "5"))
	b.refused(b.record("POST", "vendorBill", bill("INV-2", "cp-1", "5")), 400, "USER_ERROR", "This record already exists.")
	b.must(204, "POST", "vendorCredit", bill("CM-1", "cp-1", "5"))
	b.must(204, "POST", "vendorBill", bill("INV-1", "cp-2", "5"))
	if err := b.s.TurnJSON([]byte(`{"duplicateTranId":"refuse","duplicateStatus":409,"duplicateCode":"UNIQUE_RCRD_ID_REQD","duplicateText":"x"}`)); err != nil {
		t.Fatal(err)
	}
	b.refused(b.record("POST", "vendorBill", bill("inv-1", "cp-3", "5")), 400, "USER_ERROR", "Reference No.")
	b.refused(b.record("POST", "vendorBill", bill("INV-9", "cp-1", "5")), 409, "UNIQUE_RCRD_ID_REQD", "x")
	if n := len(b.s.Books().VendorBills); n != 2 {
		t.Errorf("%d bills", n)
	}
}

func TestUpsertByExternalIDDoublesLinesWithoutNumbers(t *testing.T) {
	b := newBench(t, Options{})
	body := `{"entity":{"id":"501"},"tranId":"INV-1","expense":{"items":[{"account":{"id":"611"},"amount":5}]}}`
	first := b.must(204, "PUT", "vendorBill/eid:cp-1", body)
	second := b.must(204, "PUT", "vendorBill/eid:cp-1", body)
	bills := b.s.Books().VendorBills
	if first.id() != second.id() || len(bills) != 1 || bills[0].Total != "10.00" || bills[0].ExternalID != "cp-1" {
		t.Errorf("%s %s %+v", first.id(), second.id(), bills)
	}
	b.must(204, "PUT", "vendorBill/eid:cp-1?replace=expense", body)
	if got := b.s.Books().VendorBills[0].Total; got != "5.00" {
		t.Errorf("total %s after replacing", got)
	}
	if n := len(b.s.Books().Accidents); n != 1 {
		t.Errorf("%d accidents", n)
	}
}

func TestCreditsLowerWhatIsDue(t *testing.T) {
	b := newBench(t, Options{})
	id := b.must(204, "POST", "vendorBill", bill("INV-1", "cp-1", "10.10")).id()
	due := func() string { return b.s.Books().Bills("501", "INV-1")[0].Fields["amountRemaining"] }
	credit := func(number, amount, apply string) string {
		return fmt.Sprintf(`{"entity":{"id":"501"},"tranId":%q,"expense":{"items":[{"account":{"id":"611"},"amount":%s}]},"apply":{"items":[{"doc":{"id":%q},"apply":true%s}]}}`, number, amount, id, apply)
	}
	mark := b.s.Mark()
	b.must(204, "POST", "vendorCredit", credit("CM-1", "4", `,"amount":3.10`))
	if got := due(); got != "7" {
		t.Errorf("due %s", got)
	}
	if c := b.s.Books().Credits("501", "CM-1")[0]; c.Fields["applied"] != "3.1" || c.Fields["unapplied"] != "0.9" || c.Status != "Open" {
		t.Errorf("credit %+v", c)
	}
	want := []string{"vendorCredit CM-1: created, vendor 501, total 4.00, applied to INV-1"}
	if diff := cmp.Diff(want, b.s.Effects(mark)); diff != "" {
		t.Error(diff)
	}
	b.refused(b.record("POST", "vendorCredit", credit("CM-2", "20", `,"amount":7.01`)), 400, "USER_ERROR", "cannot exceed its amount due")
	b.refused(b.record("POST", "vendorCredit", credit("CM-2", "2", `,"amount":3`)), 400, "USER_ERROR", "cannot exceed the total of the credit")
	b.refused(b.record("POST", "vendorCredit", strings.Replace(credit("CM-2", "2", ""), `"501"`, `"502"`, 1)), 400, "INVALID_KEY_OR_REF", "doc")
	b.refused(b.record("POST", "vendorCredit", with(credit("CM-2", "2", ""), `"currency":{"id":"4"}`)), 400, "INVALID_KEY_OR_REF", "doc")
	b.must(204, "POST", "vendorCredit", credit("CM-2", "20", ""))
	if got := b.s.Books().Bills("501", "INV-1")[0]; got.Fields["amountRemaining"] != "0" || got.Status != "Paid In Full" {
		t.Errorf("bill %+v", got)
	}
	b.refused(b.record("DELETE", "vendorBill/"+id, ""), 400, "USER_ERROR", "dependent records")
	b.balanced()
	b.must(204, "DELETE", "vendorCredit/"+b.s.Books().Credits("501", "CM-1")[0].ID, "")
	if got := due(); got != "3.1" {
		t.Errorf("due %s after the credit was deleted", got)
	}
	b.balanced()
}

func TestBillBecomesCredit(t *testing.T) {
	for _, c := range []struct {
		name, query, body, pay  string
		total, remains, applied string
	}{
		{name: "whole", body: `{"tranId":"CM-1"}`, total: "51.42", remains: "0", applied: "51.42"},
		{name: "one line", query: "?replace=item,expense", body: `{"tranId":"CM-1","item":{"items":[{"orderLine":1,"quantity":2,"rate":5}]}}`, total: "10.00", remains: "41.42", applied: "10"},
		{name: "less of one line", body: `{"tranId":"CM-1","item":{"items":[{"orderLine":1,"quantity":2}]}}`, total: "11.42", remains: "40", applied: "11.42"},
		{name: "paid", pay: "51.42", body: `{"tranId":"CM-1"}`, total: "51.42", remains: "0", applied: "0"},
		{name: "paid in part", pay: "50", body: `{"tranId":"CM-1"}`, total: "51.42", remains: "0", applied: "1.42"},
		{name: "not applied", body: `{"tranId":"CM-1","apply":{"items":[]}}`, total: "51.42", remains: "51.42", applied: "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{})
			id := b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1","expense":{"items":[{"account":{"id":"610"},"amount":1}]}}`).id()
			if c.pay != "" {
				if err := b.s.Do(Act{Do: ActPay, Record: id, Amount: c.pay}); err != nil {
					t.Fatal(err)
				}
			}
			mark := b.s.Mark()
			b.must(204, "POST", "vendorBill/"+id+"/!transform/vendorCredit"+c.query, c.body)
			credit, bill := b.s.Books().Credits("501", "CM-1")[0], b.s.Books().Bills("501", "INV-1")[0]
			if credit.Total != c.total || credit.Fields["applied"] != c.applied || bill.Fields["amountRemaining"] != c.remains {
				t.Errorf("credit %s applied %s, bill remains %s; want %s %s %s", credit.Total, credit.Fields["applied"], bill.Fields["amountRemaining"], c.total, c.applied, c.remains)
			}
			relation := ", applied to INV-1"
			if c.applied == "0" {
				relation = ", from INV-1"
			}
			want := []string{"vendorCredit CM-1: created, vendor 501, total " + c.total + relation}
			if diff := cmp.Diff(want, b.s.Effects(mark)); diff != "" {
				t.Error(diff)
			}
			b.balanced()
		})
	}
}

func TestACreditMayBeSavedAgainAndAppliedElse(t *testing.T) {
	b := newBench(t, Options{})
	id := b.must(204, "POST", "vendorBill", bill("INV-1", "cp-1", "10")).id()
	apply := func(amount string) string {
		return fmt.Sprintf(`{"memo":%q,"apply":{"items":[{"doc":{"id":%q},"apply":true,"amount":%s}]}}`, amount, id, amount)
	}
	credit := b.must(204, "POST", "vendorCredit", with(bill("CM-1", "cp-1", "12"), apply("10")[1:len(apply("10"))-1])).id()
	for _, c := range []struct{ amount, due string }{{"10", "0"}, {"4", "6"}, {"0", "10"}} {
		b.must(204, "PATCH", "vendorCredit/"+credit, apply(c.amount))
		if got := b.s.Books().Bills("501", "INV-1")[0].Fields["amountRemaining"]; got != c.due {
			t.Errorf("applied %s: due %s, want %s", c.amount, got, c.due)
		}
		b.balanced()
	}
	b.refused(b.record("PATCH", "vendorCredit/"+credit, apply("10.01")), 400, "USER_ERROR", "amount due")
}

func TestABillOfNothingIsOpen(t *testing.T) {
	b := newBench(t, Options{})
	b.must(204, "POST", "vendorBill", bill("INV-0", "cp-0", "0"))
	if got := b.s.Books().VendorBills[0].Status; got != "Open" {
		t.Errorf("status %s", got)
	}
}

func TestTransformNamesALineWithoutRemainder(t *testing.T) {
	for _, c := range []struct {
		name  string
		act   func(*bench)
		knobs func(*Knobs)
		code  string
	}{
		{name: "billed, more allowed", act: func(b *bench) {
			b.must(204, "POST", "purchaseOrder/7001"+toBill+"?replace=item", `{"item":{"items":[{"orderLine":1,"quantity":10,"rate":5}]}}`)
		}},
		{name: "billed, more refused", code: "USER_ERROR", knobs: func(k *Knobs) { k.OverBilling = Refuse }, act: func(b *bench) {
			b.must(204, "POST", "purchaseOrder/7001"+toBill+"?replace=item", `{"item":{"items":[{"orderLine":1,"quantity":10,"rate":5}]}}`)
		}},
		{name: "closed", code: "INVALID_KEY_OR_REF", act: func(b *bench) {
			b.must(204, "PATCH", "purchaseOrder/7001", `{"item":{"items":[{"line":1,"isClosed":true}]}}`)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Knobs: c.knobs})
			c.act(b)
			a := b.record("POST", "purchaseOrder/7001"+toBill+"?replace=item", `{"item":{"items":[{"orderLine":1,"quantity":1,"rate":5}]}}`)
			if c.code != "" {
				b.refused(a, 400, c.code, "")
			} else if got := b.line("PO-1001", 1)["quantityBilled"]; a.status != 204 || got != "11" {
				t.Errorf("%d %s, billed %s", a.status, a.body, got)
			}
			b.balanced()
		})
	}
}

func TestClosedPeriodAllowsNotesAndOtherPeriods(t *testing.T) {
	b := newBench(t, Options{})
	id := b.must(204, "POST", "vendorBill", bill("INV-1", "cp-1", "5")).id()
	if err := b.s.Turn(func(k *Knobs) { k.ClosedPeriods = []string{"2026-09"} }); err != nil {
		t.Fatal(err)
	}
	b.must(204, "PATCH", "vendorBill/"+id, `{"paymentHold":true,"memo":"x"}`)
	b.refused(b.record("PATCH", "vendorBill/"+id, `{"expense":{"items":[{"line":1,"amount":6}]}}`), 400, "USER_ERROR", "CLOSED_TRAN_PRD")
	b.refused(b.record("PATCH", "vendorBill/"+id, `{"tranDate":"2026-10-01"}`), 400, "USER_ERROR", "CLOSED_TRAN_PRD")
	b.refused(b.record("DELETE", "vendorBill/"+id, ""), 400, "USER_ERROR", "CLOSED_TRAN_PRD")
	b.refused(b.record("POST", "vendorBill", bill("INV-2", "cp-2", "5")), 400, "USER_ERROR", "CLOSED_TRAN_PRD")
	b.must(204, "POST", "vendorBill", with(bill("INV-2", "cp-2", "5"), `"postingPeriod":{"id":"202610"}`))
	b.must(204, "POST", "vendorBill", with(bill("INV-3", "cp-3", "5"), `"tranDate":"2026-10-01"`))
}
