package mapping_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/reason"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// amounts are those that a bill's call writes, items first.
func amounts(t testing.TB, p mapping.Plan) []string {
	t.Helper()
	type sublist struct {
		Items []struct{ Amount json.Number }
	}
	var body struct{ Item, Expense sublist }
	if err := json.Unmarshal(p.Calls[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range append(body.Item.Items, body.Expense.Items...) {
		all = append(all, l.Amount.String())
	}
	return all
}

func TestFractionsOfACentAddUpToTheInvoicesTotal(t *testing.T) {
	item := func(n int, quantity, price, subtotal string) document.InvoiceItem {
		it := line(n, n, "", quantity, price, "0")
		if it.Subtotal = nil; subtotal != "" {
			it.Subtotal = usd(subtotal)
		}
		return it
	}
	taxed := func(tax string) func(*document.Invoice) {
		return func(inv *document.Invoice) { inv.Summary.Tax = &document.Tax{Amount: *usd(tax)} }
	}
	prices := func(first, second string) []func(map[string]any) {
		return []func(map[string]any){setLine(0, "rate", json.Number(first)), setLine(1, "rate", json.Number(second))}
	}
	tests := []struct {
		name   string
		doc    *document.Document
		prices []func(map[string]any)
		want   []string
	}{
		{"subtotals of half a cent", invoice("2.01", []document.InvoiceItem{item(1, "3", "0.335", "1.005"), item(2, "3", "0.335", "1.005")}), prices("0.335", "0.335"), []string{"1", "1.01"}},
		{"subtotals of half a cent, each rounded in the total", invoice("2.02", []document.InvoiceItem{item(1, "3", "0.335", "1.005"), item(2, "3", "0.335", "1.005")}), prices("0.335", "0.335"), []string{"1.01", "1.01"}},
		{"no subtotals", invoice("2.01", []document.InvoiceItem{item(1, "3", "0.335", ""), item(2, "3", "0.335", "")}), prices("0.335", "0.335"), []string{"1", "1.01"}},
		{"the larger fraction is rounded up", invoice("0.67", []document.InvoiceItem{item(1, "1", "0.332", ""), item(2, "1", "0.334", "")}), prices("0.332", "0.334"), []string{"0.33", "0.34"}},
		{"tax with a fraction", invoice("50.13", widgets("10", "50.00"), taxed("0.125")), nil, []string{"50", "0.13"}},
		{"tax with a fraction that is cut off", invoice("50.12", widgets("10", "50.00"), taxed("0.125")), nil, []string{"50", "0.12"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := mapper(t, func(c *mapping.Config) { c.Tolerance.Total = mapping.Limit{} })
			p, err := bill(t, m, test.doc, orders(t, test.prices...))
			p = plan(t, p, err)
			if diff := cmp.Diff(test.want, amounts(t, p)); diff != "" {
				t.Error(diff)
			}
			if declared := test.doc.Invoice.Summary.Net.Amount; !p.Expect.Total.Equal(declared) {
				t.Errorf("the bill comes to %s, the invoice to %s", p.Expect.Total, declared)
			}
		})
	}
}

func TestAChargeAsAnItemIsOneAtItsRoundedPrice(t *testing.T) {
	m := mapper(t, func(c *mapping.Config) { c.Charges[mapping.ChargeTax] = mapping.Target{Item: "900"} })
	d := invoice("50.12", widgets("10", "50.00"), func(inv *document.Invoice) { inv.Summary.Tax = &document.Tax{Amount: *usd("0.125")} })
	p, err := bill(t, m, d, orders(t))
	if body := string(plan(t, p, err).Calls[0].Body); !strings.Contains(body, `"quantity":1,"rate":0.12,"amount":0.12}`) {
		t.Errorf("the body is %s, want the tax at 0.12", body)
	}
}

func TestFractionsDoNotHideAWrongTotal(t *testing.T) {
	var items []document.InvoiceItem
	for n := range 40 {
		items = append(items, document.InvoiceItem{InvoiceLineNumber: n + 1, LineNumber: 2, Quantity: ea("1"), UnitPrice: usd("0.335")})
	}
	m := mapper(t, func(c *mapping.Config) { c.Tolerance.Total = mapping.Limit{} })
	for net, want := range map[string]reason.Code{"13.40": "", "13.41": reason.TotalMismatch, "13.39": reason.TotalMismatch, "13.60": reason.TotalMismatch} {
		_, err := bill(t, m, invoice(net, items), orders(t, setLine(1, "rate", json.Number("0.335"))))
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", net, err)
			}
			continue
		}
		refused(t, err, want)
	}
}

// TestWhatIsBilledIsTheDeclaredTotal draws invoices of lines with fractions of cents, whose totals are rounded once or by line.
func TestWhatIsBilledIsTheDeclaredTotal(t *testing.T) {
	m := mapper(t, func(c *mapping.Config) { c.Tolerance.Total = mapping.Limit{} })
	rapid.Check(t, func(r *rapid.T) {
		var items []document.InvoiceItem
		var exact, rounded document.Decimal
		n := rapid.IntRange(1, 30).Draw(r, "lines")
		changes := make([]func(map[string]any), 0, n)
		changes = append(changes, func(raw map[string]any) {
			var lines []any
			for i := range n {
				lines = append(lines, map[string]any{"line": i + 1, "item": map[string]any{"id": fmt.Sprint(300 + i)}, "vendorName": fmt.Sprintf("P-%d", i), "quantity": 100})
			}
			raw["item"] = map[string]any{"items": lines}
		})
		for i := range n {
			price := document.NewDecimal(int64(rapid.IntRange(0, 9999).Draw(r, "price"))).Quo(document.NewDecimal(1000))
			quantity := document.NewDecimal(int64(rapid.IntRange(1, 9).Draw(r, "quantity")))
			amount := quantity.Mul(price)
			it := document.InvoiceItem{InvoiceLineNumber: i + 1, LineNumber: i + 1, Quantity: document.Quantity{Value: quantity},
				UnitPrice: &document.Money{Amount: price, Currency: "USD"}, Item: document.Item{SupplierPartID: fmt.Sprintf("P-%d", i)}}
			if rapid.Bool().Draw(r, "stated") {
				it.Subtotal = &document.Money{Amount: amount, Currency: "USD"}
			}
			items = append(items, it)
			exact, rounded = exact.Add(amount), rounded.Add(amount.Round(2))
			changes = append(changes, setLine(i, "rate", price.Number()))
		}
		declared := exact.Round(2)
		if rapid.Bool().Draw(r, "by line") {
			declared = rounded
		}
		p, err := m.Bill(invoice(declared.String(), items), orders(t, changes...), "cp-1", "doc-1")
		if err != nil {
			r.Fatal(err)
		}
		var sum document.Decimal
		for i, l := range p.Expect.Lines {
			if !l.Amount.Equal(l.Amount.Round(2)) || l.Amount.Sub(items[i].UnitPrice.Amount.Mul(items[i].Quantity.Value)).Abs().Cmp(dec("0.01")) >= 0 {
				r.Fatalf("line %d is billed as %s", i+1, l.Amount)
			}
			sum = sum.Add(l.Amount)
		}
		if !sum.Equal(declared) || !p.Expect.Total.Equal(declared) {
			r.Fatalf("lines of %s, total %s, declared %s", sum, p.Expect.Total, declared)
		}
	})
}
