package mapping_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"

	"github.com/google/go-cmp/cmp"
)

// lenient lets one reason pass.
func lenient(code reason.Code, p mapping.Policy) func(*mapping.Config) {
	return func(c *mapping.Config) { c.Policies = map[reason.Code]mapping.Policy{code: p} }
}

// off are invoices that differ from PO-1001 in one way that can be negotiated, with what they come to when they are billed.
func off() map[reason.Code]struct {
	doc   *document.Document
	total string
	row   string
} {
	dear := []document.InvoiceItem{line(1, 1, "ACME-W-1", "10", "6.00", "60.00")}
	twice := append(widgets("4", "20.00"), widgets("4", "20.00")...)
	return map[reason.Code]struct {
		doc   *document.Document
		total string
		row   string
	}{
		reason.PriceMismatch:        {invoice("60", dear), "60", "line 1: unit price is 6, expected 5"},
		reason.QuantityExceedsOrder: {invoice("60", widgets("12", "60.00")), "60", "quantity for line 1 of order PO-1001 is 12, expected at most 10"},
		reason.TotalMismatch:        {invoice("49", widgets("10", "50.00")), "50", "total is 50, expected 49"},
		reason.InvoiceDateFuture: {invoice("50", widgets("10", "50.00"), func(inv *document.Invoice) { inv.InvoiceDate = day(20) }), "50",
			"invoice date is 2026-09-20, expected 2026-09-13 or earlier"},
		reason.LineRepeated:   {invoice("40", twice), "40", "line 1: lines with this number is 2, expected 1"},
		reason.ReceiptMissing: {invoice("50", widgets("10", "50.00")), "50", "quantity for line 1 of order PO-1001 is 10, expected at most 0 received"},
	}
}

// today is the day of an invoice that is not from the future.
func today(m *mapping.Mapper) *mapping.Mapper { return m.In(mapping.Situation{Today: day(10)}) }

func TestAPolicySaysWhatBecomesOfADifference(t *testing.T) {
	cases := off()
	for _, code := range reason.Negotiable() {
		c, ok := cases[code]
		if !ok {
			t.Fatalf("%s is not tried out", code)
		}
		for _, policy := range mapping.PoliciesFor(code) {
			t.Run(string(code)+" "+string(policy), func(t *testing.T) {
				m := today(mapper(t, lenient(code, policy), func(c *mapping.Config) { c.FutureDays = 3 }))
				p, err := bill(t, m, c.doc, orders(t))
				if policy == mapping.PolicyDeadLetter || policy == mapping.PolicyWait {
					mm := refused(t, err, code)
					if final := code == reason.ReceiptMissing && policy == mapping.PolicyDeadLetter; mm.Final != final {
						t.Errorf("final is %v", mm.Final)
					}
					if mm.Differences[0].String() != c.row {
						t.Errorf("the table is %v, want %q", mm.Differences, c.row)
					}
					return
				}
				p = plan(t, p, err)
				hold := policy == mapping.PolicyHold
				var body struct {
					PaymentHold bool
				}
				if err := json.Unmarshal(p.Calls[0].Body, &body); err != nil {
					t.Fatal(err)
				}
				if body.PaymentHold != hold || p.Expect.Hold != hold || p.Expect.Total.Canonical() != c.total {
					t.Errorf("hold is %v, expected %v, total %s", body.PaymentHold, p.Expect.Hold, p.Expect.Total)
				}
				if code == reason.ReceiptMissing && policy == mapping.PolicyBill {
					if len(p.Accepted) != 0 {
						t.Errorf("what is not looked at is told: %v", p.Accepted)
					}
					return
				}
				if !slices.Equal(p.Accepted, []reason.Code{code}) {
					t.Errorf("accepted is %v", p.Accepted)
				}
				if !slices.ContainsFunc(p.Differences, func(d mapping.Difference) bool { return d.String() == c.row }) {
					t.Errorf("the table is %v, want %q in it", p.Differences, c.row)
				}
			})
		}
	}
}

func TestWithoutPoliciesEveryDifferenceIsRefusedButAMissingReceipt(t *testing.T) {
	m := today(mapper(t, func(c *mapping.Config) { c.FutureDays = 3 }))
	for code, c := range off() {
		p, err := bill(t, m, c.doc, orders(t))
		if code == reason.ReceiptMissing {
			plan(t, p, err)
			continue
		}
		refused(t, err, code)
	}
}

func TestAPolicyLetsNothingElsePass(t *testing.T) {
	m := mapper(t, lenient(reason.PriceMismatch, mapping.PolicyBill))
	dear := []document.InvoiceItem{line(1, 1, "ACME-W-1", "12", "6.00", "72.00")}
	_, err := bill(t, m, invoice("72", dear), orders(t))
	mm := refused(t, err, reason.QuantityExceedsOrder)
	if len(mm.Differences) != 2 || mm.Differences[1].What != "unit price" {
		t.Errorf("the table is %v, want what was accepted in it too", mm.Differences)
	}
}

func TestASupplierHasItsOwnTerms(t *testing.T) {
	m := mapper(t, func(c *mapping.Config) {
		c.Policies = map[reason.Code]mapping.Policy{reason.PriceMismatch: mapping.PolicyBill}
		c.Suppliers = map[string]mapping.Terms{
			"globex":  {Policies: map[reason.Code]mapping.Policy{reason.PriceMismatch: mapping.PolicyHold}},
			"initech": {Policies: map[reason.Code]mapping.Policy{reason.PriceMismatch: mapping.PolicyDeadLetter}},
			"hooli":   {Tolerance: &mapping.Tolerance{Price: mapping.Limit{Percent: dec("50"), Amount: dec("5")}}},
		}
	})
	dear := invoice("60", []document.InvoiceItem{line(1, 1, "ACME-W-1", "10", "6.00", "60.00")})
	for supplier, want := range map[string]string{"acme": "accepted", "globex": "hold", "initech": "refused", "hooli": "tolerated", "": "accepted"} {
		p, err := bill(t, m.In(mapping.Situation{Supplier: supplier}), dear, orders(t))
		got := "tolerated"
		switch {
		case err != nil:
			got = "refused"
		case p.Expect.Hold:
			got = "hold"
		case len(p.Accepted) > 0:
			got = "accepted"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", supplier, got, want)
		}
	}
}

func TestPoliciesThatCannotBeGivenAreNamed(t *testing.T) {
	for _, code := range reason.Codes() {
		c := mapping.Default()
		c.Policies = map[reason.Code]mapping.Policy{code: mapping.PolicyBill}
		_, err := mapping.New(c)
		if can := slices.Contains(reason.Negotiable(), code); (err == nil) != can {
			t.Errorf("%s: negotiable is %v, error %v", code, can, err)
		} else if err != nil && !strings.Contains(err.Error(), string(code)) {
			t.Errorf("%s: the error is %v", code, err)
		}
	}
}

func TestALineThatIsBilledOnceMoreIsNoTransform(t *testing.T) {
	billed := func(raw map[string]any) {
		raw["item"].(map[string]any)["items"].([]any)[0].(map[string]any)["quantityBilled"] = 10
	}
	m := mapper(t, lenient(reason.QuantityExceedsOrder, mapping.PolicyHold))
	p, err := bill(t, m, invoice("50", widgets("10", "50.00")), orders(t, billed))
	if p = plan(t, p, err); p.Calls[0].Path != "vendorBill" {
		t.Errorf("the bill is made by %s, which copies nothing of that line", p.Calls[0].Path)
	}
}

func TestABillThatLostItsHoldIsDifferent(t *testing.T) {
	m := mapper(t, lenient(reason.TotalMismatch, mapping.PolicyHold))
	p, err := bill(t, m, invoice("49", widgets("10", "50.00")), orders(t))
	p = plan(t, p, err)
	saved := record.VendorBill{Entity: record.Ref{ID: "501"}, TranID: "INV-1", TranDate: "2026-09-10", Total: dec("50"),
		Items: []record.BillLine{{OrderDoc: record.Ref{ID: "7001"}, OrderLine: 1, Item: record.Ref{ID: "201"}, Quantity: dec("10"), Amount: dec("50")}}}
	want := []mapping.Difference{{What: "payment hold", Expected: "true", Found: "false"}}
	if diff := cmp.Diff(want, m.CompareBill(nil, p, saved)); diff != "" {
		t.Error(diff)
	}
	saved.PaymentHold = true
	if left := m.CompareBill(nil, p, saved); len(left) != 0 {
		t.Errorf("differences are %v", left)
	}
}

func TestReceivedIsWhatCanBeBilled(t *testing.T) {
	received := func(quantity float64) func(map[string]any) {
		return func(raw map[string]any) {
			raw["item"].(map[string]any)["items"].([]any)[0].(map[string]any)["quantityReceived"] = quantity
		}
	}
	m := mapper(t, lenient(reason.ReceiptMissing, mapping.PolicyWait))
	_, err := bill(t, m, invoice("50", widgets("10", "50.00")), orders(t, received(9)))
	refused(t, err, reason.ReceiptMissing)
	p, err := bill(t, m, invoice("50", widgets("10", "50.00")), orders(t, received(10)))
	plan(t, p, err)
	visit := widgets("10", "50.00")
	visit[0].Service = true
	p, err = bill(t, m, invoice("50", visit), orders(t))
	plan(t, p, err)
}

func TestTodayMayBeLeftOut(t *testing.T) {
	late := invoice("50", widgets("10", "50.00"), func(inv *document.Invoice) { inv.InvoiceDate = day(10).AddDate(5, 0, 0) })
	for _, c := range []struct {
		days  int
		today time.Time
	}{{0, day(10)}, {3, time.Time{}}} {
		m := mapper(t, func(config *mapping.Config) { config.FutureDays = c.days }).In(mapping.Situation{Today: c.today})
		p, err := bill(t, m, late, orders(t))
		plan(t, p, err)
	}
}
