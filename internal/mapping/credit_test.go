package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

const billJSON = `{"id":"9001","externalId":"cp-1","tranId":"INV-1","tranDate":"2026-09-10","total":50.0,
 "entity":{"id":"501"},"currency":{"id":"1","refName":"US Dollar"},"subsidiary":{"id":"1"},"status":{"id":"A","refName":"Open"},
 "item":{"items":[{"line":1,"orderDoc":{"id":"7001"},"orderLine":1,"item":{"id":"201"},"quantity":10.0,"rate":5.0,"amount":50.0}]},
 "expense":{"items":[]}}`

func savedBill(t testing.TB) *record.VendorBill {
	t.Helper()
	var b record.VendorBill
	if err := json.Unmarshal([]byte(billJSON), &b); err != nil {
		t.Fatal(err)
	}
	return &b
}

func creditMemo(net string, items []document.InvoiceItem, changes ...func(*document.Invoice)) *document.Document {
	return invoice(net, items, append([]func(*document.Invoice){func(inv *document.Invoice) {
		inv.InvoiceID, inv.Purpose = "CM-1", document.PurposeLineLevelCreditMemo
		inv.Refers = &document.InvoiceReference{InvoiceID: "INV-1"}
	}}, changes...)...)
}

func headerCredit(net string) *document.Document {
	return creditMemo(net, nil, func(inv *document.Invoice) {
		inv.Purpose, inv.HeaderInvoice = document.PurposeCreditMemo, true
		inv.Orders[0].Summary = &document.InvoiceOrderSummary{Subtotal: *usd(net)}
	})
}

func withCredit(c *mapping.Config) { c.Charges[mapping.ChargeCredit] = mapping.Target{Account: "620"} }

func TestCreditOfLinesIsAppliedToItsBill(t *testing.T) {
	d := creditMemo("11", []document.InvoiceItem{line(1, 1, "ACME-W-1", "2", "5", "10")}, func(inv *document.Invoice) {
		inv.Summary.Tax = &document.Tax{Amount: *usd("1")}
	})
	po := purchaseOrder(t, set("orderStatus", map[string]any{"id": "G"}))
	p, err := mapper(t).Credit(d, savedBill(t), &po, "cp-2", "doc-2")
	golden(t, "credit-applied", plan(t, p, err))
	if want, got := "vendorCredit CM-1: created, vendor 501, total 11.00, applied to INV-1", effects(p)[0]; got != want {
		t.Errorf("effect is %q, want %q", got, want)
	}
	p, err = mapper(t).Credit(d, savedBill(t), nil, "cp-2", "doc-2")
	if got := plan(t, p, err).Expect.Lines[0].Item; got != "201" {
		t.Errorf("item without the order is %s, want the bill's 201", got)
	}
}

func TestCreditWithoutLinesIsOneCharge(t *testing.T) {
	_, err := mapper(t).Credit(headerCredit("7"), savedBill(t), nil, "cp-2", "doc-2")
	refused(t, err, reason.ChargeUnmapped)
	p, err := mapper(t, withCredit).Credit(headerCredit("7"), savedBill(t), nil, "cp-2", "doc-2")
	golden(t, "credit-single", plan(t, p, err))
}

func TestCreditOfAPriceNeedsNoPartIfTheQuantityFits(t *testing.T) {
	d := creditMemo("2", []document.InvoiceItem{line(1, 1, "", "10", "0.2", "2")}) // 0.20 too much was asked for each of ten
	po := purchaseOrder(t)
	p, err := mapper(t).Credit(d, savedBill(t), &po, "cp-2", "doc-2")
	if got := plan(t, p, err).Expect.Total.String(); got != "2.00" {
		t.Errorf("total is %s, want 2.00", got)
	}
}

func TestNoMoreIsAppliedThanTheBillIsFor(t *testing.T) {
	p, err := mapper(t, withCredit).Credit(headerCredit("70"), savedBill(t), nil, "cp-2", "doc-2")
	if got := string(plan(t, p, err).Calls[0].Body); !strings.Contains(got, `"apply":true,"amount":50}`) {
		t.Errorf("body is %s, want 50 applied", got)
	}
}

func TestCreditWithoutAnOpenBillIsUnapplied(t *testing.T) {
	po := purchaseOrder(t)
	p, err := mapper(t, withCredit).Credit(headerCredit("7"), nil, &po, "cp-2", "doc-2")
	golden(t, "credit-unapplied", plan(t, p, err))

	paid := savedBill(t)
	paid.Status = record.Ref{ID: "paidInFull", RefName: "Paid In Full"}
	p, err = mapper(t, withCredit).Credit(headerCredit("7"), paid, nil, "cp-2", "doc-2")
	p = plan(t, p, err)
	var body map[string]any
	if err := json.Unmarshal(p.Calls[0].Body, &body); err != nil || body["apply"] != nil {
		t.Errorf("a credit is applied to a paid bill: %s", p.Calls[0].Body)
	}
	if len(p.Differences) != 1 || p.Differences[0].Found != "Paid In Full" {
		t.Errorf("that the bill is paid is not shown: %v", p.Differences)
	}
}

func TestCreditThatDoesNotFitIsRefused(t *testing.T) {
	po := purchaseOrder(t)
	two := func(part, quantity, subtotal string) *document.Document {
		return creditMemo(subtotal, []document.InvoiceItem{line(1, 1, part, quantity, "5", subtotal)})
	}
	tests := []struct {
		name string
		doc  *document.Document
		bill *record.VendorBill
		po   *record.PurchaseOrder
		want reason.Code
	}{
		{"an invoice", invoice("50", widgets("10", "50")), savedBill(t), &po, reason.NotSupported},
		{"nothing known", two("ACME-W-1", "2", "10"), nil, nil, reason.NotSupported},
		{"more than billed", two("ACME-W-1", "11", "55"), savedBill(t), &po, reason.QuantityExceedsOrder},
		{"another part", two("OTHER", "2", "10"), savedBill(t), &po, reason.LineAmbiguous},
		{"total", creditMemo("11", []document.InvoiceItem{line(1, 1, "ACME-W-1", "2", "5", "10")}), savedBill(t), &po, reason.TotalMismatch},
		{"nothing credited", headerCredit("0"), savedBill(t), &po, reason.NotSupported},
		{"currency", creditMemo("10", nil, func(inv *document.Invoice) { inv.Summary.Net.Currency = "EUR" }), savedBill(t), &po, reason.CurrencyMismatch},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := mapper(t, withCredit).Credit(test.doc, test.bill, test.po, "cp-2", "doc-2")
			refused(t, err, test.want)
		})
	}
}

func TestCreditIsCompared(t *testing.T) {
	p, err := mapper(t, withCredit).Credit(headerCredit("7"), savedBill(t), nil, "cp-2", "doc-2")
	p = plan(t, p, err)
	c := record.VendorCredit{TranID: "CM-1", TranDate: "2026-09-10", Entity: record.Ref{ID: "501"}, Currency: record.Ref{ID: "1"}, Total: dec("7.00"),
		Expenses: []record.ExpenseLine{{Account: record.Ref{ID: "620"}, Amount: dec("7.0")}}}
	if d := mapper(t).CompareCredit(headerCredit("7"), p, c); len(d) > 0 {
		t.Errorf("an equal credit differs: %v", d)
	}
	c.Expenses[0].Account.ID = "621"
	if d := mapper(t).CompareCredit(headerCredit("7"), p, c); len(d) != 2 {
		t.Errorf("differences are %v, want both accounts", d)
	}
}

func TestCreditIsAppliedToWhatIsLeftOfItsBill(t *testing.T) {
	for _, c := range []struct{ due, credit, applied string }{
		{"50.0", "15", "15"}, {"15.0", "15", "15"}, {"12.25", "15", "12.25"}, {"0.0", "15", ""},
		{"null", "60", "50"}, {"", "60", "50"}, {"", "15", "15"}, // not shown
	} {
		b := savedBill(t)
		if c.due != "" {
			b.Raw["amountRemaining"] = json.RawMessage(c.due)
		}
		p, err := mapper(t, withCredit).Credit(headerCredit(c.credit), b, nil, "cp-2", "doc-2")
		p = plan(t, p, err)
		var w struct {
			Apply struct {
				Items []struct{ Amount json.Number }
			}
		}
		if err := json.Unmarshal(p.Calls[0].Body, &w); err != nil {
			t.Fatal(err)
		}
		applied := ""
		if len(w.Apply.Items) > 0 {
			applied = w.Apply.Items[0].Amount.String()
		}
		if applied != c.applied {
			t.Errorf("%s due, %s credited: %q is applied, want %q", c.due, c.credit, applied, c.applied)
		}
		if less := c.applied != c.credit; less != (len(p.Differences) > 0) {
			t.Errorf("%s due, %s credited: differences %v", c.due, c.credit, p.Differences)
		}
	}
}

func TestACreditGivesNoLineBackTwice(t *testing.T) {
	twice := []document.InvoiceItem{line(1, 1, "ACME-W-1", "6", "5", "30"), line(2, 1, "ACME-W-1", "5", "4", "20")}
	_, err := mapper(t).Credit(creditMemo("50", twice), savedBill(t), nil, "cp-2", "doc-2")
	refused(t, err, reason.QuantityExceedsOrder)
	twice[1].Quantity, twice[1].Subtotal = ea("4"), usd("16")
	p, err := mapper(t).Credit(creditMemo("46", twice), savedBill(t), nil, "cp-2", "doc-2")
	if got := len(plan(t, p, err).Expect.Lines); got != 2 {
		t.Errorf("%d lines are credited, want both: their prices differ", got)
	}
	same := []document.InvoiceItem{twice[0], twice[0]}
	same[0].Quantity, same[0].Subtotal = ea("2"), usd("10")
	same[1] = same[0]
	_, err = mapper(t).Credit(creditMemo("20", same), savedBill(t), nil, "cp-2", "doc-2")
	refused(t, err, reason.LineRepeated)
}
