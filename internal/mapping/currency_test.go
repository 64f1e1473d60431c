package mapping_test

import (
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

func TestEveryAmountOfAnInvoiceIsInTheOrdersCurrency(t *testing.T) {
	eur := func(s string) *document.Money { return &document.Money{Amount: dec(s), Currency: "EUR"} }
	charge := func(s string) *document.Charge { return &document.Charge{Amount: *eur(s)} }
	first := func(inv *document.Invoice) *document.InvoiceItem { return &inv.Orders[0].Items[0] }
	for name, change := range map[string]func(*document.Invoice){
		"subtotal": func(inv *document.Invoice) { inv.Summary.Subtotal = *eur("50") },
		"net":      func(inv *document.Invoice) { inv.Summary.Net = eur("50") },
		"due":      func(inv *document.Invoice) { inv.Summary.Due = eur("50") },
		"tax": func(inv *document.Invoice) {
			inv.Summary.Tax, inv.Summary.Net = &document.Tax{Amount: *eur("3")}, usd("53")
		},
		"shipping": func(inv *document.Invoice) { inv.Summary.Shipping, inv.Summary.Net = charge("3"), usd("53") },
		"handling": func(inv *document.Invoice) { inv.Summary.SpecialHandling, inv.Summary.Net = charge("3"), usd("53") },
		"discount": func(inv *document.Invoice) { inv.Summary.Discount, inv.Summary.Net = charge("3"), usd("47") },
		"allowance": func(inv *document.Invoice) {
			inv.Summary.Modifications, inv.Summary.Net = []document.Modification{{Deduction: true, Amount: eur("3")}}, usd("47")
		},
		"line's price":    func(inv *document.Invoice) { first(inv).UnitPrice = eur("5") },
		"line's subtotal": func(inv *document.Invoice) { first(inv).Subtotal = eur("50") },
		"line's shipping": func(inv *document.Invoice) {
			inv.Indicators.ShippingInLine, first(inv).Shipping, inv.Summary.Net = true, charge("3"), usd("53")
		},
		"line's tax": func(inv *document.Invoice) {
			inv.Indicators.TaxInLine, first(inv).Tax, inv.Summary.Net = true, &document.Tax{Amount: *eur("3")}, usd("53")
		},
		"line's extra charge": func(inv *document.Invoice) {
			first(inv).Modifications, inv.Summary.Net = []document.Modification{{Amount: eur("3")}}, usd("53")
		},
		"ad hoc line": func(inv *document.Invoice) {
			first(inv).AdHoc, first(inv).UnitPrice, first(inv).Subtotal = true, eur("5"), eur("50")
		},
		"header order": func(inv *document.Invoice) {
			inv.Orders[0].Items, inv.Orders[0].Summary = nil, &document.InvoiceOrderSummary{Subtotal: *eur("130")}
			inv.Summary.Subtotal, inv.Summary.Net = *usd("130"), usd("130")
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := mapper(t, func(c *mapping.Config) { c.ExpenseAccount = "699" })
			_, err := bill(t, m, invoice("50", widgets("10", "50"), change), orders(t))
			refused(t, err, reason.CurrencyMismatch)
			if name == "header order" {
				return
			}
			// Without an order the currency is left to NetSuite, and is one all the same.
			_, err = m.ExpenseBill(invoice("50", widgets("10", "50"), change), mapping.Party{Vendor: record.Ref{ID: "501"}}, "cp-3", "doc-3")
			refused(t, err, reason.CurrencyMismatch)
			_, err = m.Credit(creditMemo("50", widgets("10", "50"), change), savedBill(t), nil, "cp-2", "doc-2")
			refused(t, err, reason.CurrencyMismatch)
		})
	}
}
