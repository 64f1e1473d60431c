package mapping_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a plan with testdata/<name>.json.
func golden(t *testing.T, name string, p mapping.Plan) {
	t.Helper()
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(p); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("plan differs from %s (-want +got):\n%s", path, diff)
	}
}

func line(n, orderLine int, part, quantity, price, subtotal string) document.InvoiceItem {
	return document.InvoiceItem{
		InvoiceLineNumber: n, LineNumber: orderLine, Quantity: ea(quantity), UnitPrice: usd(price), Subtotal: usd(subtotal),
		Item: document.Item{SupplierPartID: part},
	}
}

// invoice is INV-1 over the lines, with a total and changes.
func invoice(net string, items []document.InvoiceItem, changes ...func(*document.Invoice)) *document.Document {
	inv := &document.Invoice{
		InvoiceID: "INV-1", InvoiceDate: day(10), Purpose: document.PurposeStandard, Operation: document.OperationNew,
		Orders:  []document.InvoiceOrder{{Order: document.OrderReference{OrderID: "po-1001 "}, Items: items}},
		Summary: document.InvoiceSummary{Subtotal: *usd(net), Net: usd(net)},
	}
	for _, change := range changes {
		change(inv)
	}
	return &document.Document{Kind: document.KindInvoice, Invoice: inv}
}

func widgets(quantity, subtotal string) []document.InvoiceItem {
	return []document.InvoiceItem{line(1, 1, "ACME-W-1", quantity, "5.00", subtotal)}
}

func orders(t testing.TB, changes ...func(map[string]any)) map[string]record.PurchaseOrder {
	return map[string]record.PurchaseOrder{"PO-1001": purchaseOrder(t, changes...)}
}

func bill(t testing.TB, m *mapping.Mapper, d *document.Document, pos map[string]record.PurchaseOrder) (mapping.Plan, error) {
	t.Helper()
	return m.Bill(d, pos, "cp-1", "doc-1")
}

// charged is an invoice with every charge in its summary and terms of payment.
func charged() *document.Document {
	percent := dec("2")
	return invoice("63.25", append(widgets("10", "50.00"), line(2, 2, "", "20", "0.30", "6.00")), func(inv *document.Invoice) {
		inv.Summary.Subtotal = *usd("56.00")
		inv.Summary.Tax = &document.Tax{Amount: *usd("4.25"), Description: "Sales tax"}
		inv.Summary.Shipping = &document.Charge{Amount: *usd("3.00")}
		inv.Summary.SpecialHandling = &document.Charge{Amount: *usd("1.00"), Description: "Fragile"}
		inv.Summary.Discount = &document.Charge{Amount: *usd("1.00"), Description: "Loyalty"}
		inv.PaymentTerms = []document.PaymentTerm{{Days: 10, DiscountPercent: &percent}, {Days: 30}}
		inv.Comments = []document.Comment{{Text: "Thank you"}}
	})
}

func TestBillByEachStrategy(t *testing.T) {
	for _, strategy := range []string{mapping.TransformReplace, mapping.TransformZero, mapping.PostOrderDoc} {
		t.Run(strategy, func(t *testing.T) {
			m := mapper(t, func(c *mapping.Config) { c.Strategy = strategy })
			p, err := bill(t, m, charged(), orders(t))
			golden(t, "bill-"+strategy, plan(t, p, err))
			if want := []string{"vendorBill INV-1: created, vendor 501, total 63.25, from PO-1001"}; !cmp.Equal(want, effects(p)) {
				t.Errorf("effects are %q, want %q", effects(p), want)
			}
		})
	}
}

func TestBillReplacesTheOrdersExpensesByNothing(t *testing.T) {
	p, err := bill(t, mapper(t), invoice("50", widgets("10", "50.00")), orders(t))
	p = plan(t, p, err)
	var body struct {
		Expense *struct{ Items []any } `json:"expense"`
	}
	if err := json.Unmarshal(p.Calls[0].Body, &body); err != nil || body.Expense == nil || len(body.Expense.Items) != 0 {
		t.Errorf("expense is %v in %s, want an empty list: without it the order's would be copied", body.Expense, p.Calls[0].Body)
	}
}

func TestDueDateIsThatOfTheNetTerm(t *testing.T) {
	percent, zero := dec("3"), dec("0")
	terms := []document.PaymentTerm{{Days: 30, DiscountPercent: &zero}, {Days: 60, DiscountPercent: &percent}, {Days: 10}}
	p, err := bill(t, mapper(t), invoice("50", widgets("10", "50"), func(inv *document.Invoice) { inv.PaymentTerms = terms }), orders(t))
	if got := string(plan(t, p, err).Calls[0].Body); !strings.Contains(got, `"dueDate":"2026-10-10"`) {
		t.Errorf("body is %s, want it due 30 days after 10 September", got)
	}
}

func TestChargeAsItemLine(t *testing.T) {
	m := mapper(t, func(c *mapping.Config) { c.Charges[mapping.ChargeShipping] = mapping.Target{Item: "900"} })
	d := invoice("53", widgets("10", "50.00"), func(inv *document.Invoice) { inv.Summary.Shipping = &document.Charge{Amount: *usd("3.00")} })
	p, err := bill(t, m, d, orders(t))
	golden(t, "bill-charge-item", plan(t, p, err))
}

func TestBillOfSeveralOrders(t *testing.T) {
	pos := orders(t)
	pos["PO-1002"] = purchaseOrder(t, set("id", "7002"), set("tranId", "PO-1002"))
	d := invoice("60", widgets("10", "50.00"), func(inv *document.Invoice) {
		inv.Orders = append(inv.Orders, document.InvoiceOrder{Order: document.OrderReference{OrderID: "PO-1002"}, Items: []document.InvoiceItem{line(2, 1, "ACME-W-1", "2", "5", "10")}})
	})
	p, err := bill(t, mapper(t), d, pos)
	golden(t, "bill-two-orders", plan(t, p, err))
	for name, change := range map[string]func(map[string]any){
		"subsidiary": set("subsidiary", map[string]any{"id": "2"}), "currency": set("currency", map[string]any{"id": "4", "refName": "US Dollar"}),
		"vendor": set("entity", map[string]any{"id": "502"}),
	} {
		t.Run(name, func(t *testing.T) {
			pos["PO-1002"] = purchaseOrder(t, set("id", "7002"), set("tranId", "PO-1002"), change)
			_, err := bill(t, mapper(t), d, pos)
			refused(t, err, reason.OrdersNotCombinable)
		})
	}
}

func TestChargesCountOnce(t *testing.T) {
	inLine := func(tax, ship string) []document.InvoiceItem {
		items := widgets("10", "50.00")
		items[0].Tax = &document.Tax{Amount: *usd(tax)}
		items[0].Shipping = &document.Charge{Amount: *usd(ship)}
		items[0].SpecialHandling = &document.Charge{Amount: *usd("1")}
		items[0].Discount = &document.Charge{Amount: *usd("2")}
		return items
	}
	summary := func(inv *document.Invoice) {
		inv.Summary.Tax = &document.Tax{Amount: *usd("4")}
		inv.Summary.Shipping = &document.Charge{Amount: *usd("3")}
		inv.Summary.SpecialHandling = &document.Charge{Amount: *usd("1")}
		inv.Summary.Discount = &document.Charge{Amount: *usd("-2")}
	}
	for _, indicators := range []document.Indicators{{}, {TaxInLine: true, ShippingInLine: true, SpecialHandlingInLine: true, DiscountInLine: true}, {TaxInLine: true}} {
		d := invoice("56", inLine("4", "3"), summary, func(inv *document.Invoice) { inv.Indicators = indicators })
		p, err := bill(t, mapper(t), d, orders(t))
		p = plan(t, p, err)
		if got := p.Expect.Total.String(); got != "56.00" {
			t.Errorf("%+v: total is %s, want 56", indicators, got)
		}
	}
}

func TestChargeThatNoLineHasIsTakenFromTheSummary(t *testing.T) {
	d := invoice("53", widgets("10", "50.00"), func(inv *document.Invoice) {
		inv.Indicators.ShippingInLine = true
		inv.Summary.Shipping = &document.Charge{Amount: *usd("3")}
	})
	p, err := bill(t, mapper(t), d, orders(t))
	plan(t, p, err)
}

func TestSummaryTaxIsAllTax(t *testing.T) {
	items := widgets("10", "50.00")
	items[0].Tax = &document.Tax{Amount: *usd("4")}
	inLine := func(inv *document.Invoice) { inv.Indicators.TaxInLine = true }
	taxed := invoice("61", items, inLine, func(inv *document.Invoice) {
		inv.Summary.Tax = &document.Tax{Amount: *usd("4.5")} // half a dollar of it on the shipping
		inv.Summary.Shipping = &document.Charge{Amount: *usd("6.5")}
	})
	for _, d := range []*document.Document{taxed, invoice("54", items, inLine)} {
		p, err := bill(t, mapper(t), d, orders(t))
		plan(t, p, err)
	}
	// Without the indicator the tax of a line is only said again.
	_, err := bill(t, mapper(t), invoice("54", items), orders(t))
	refused(t, err, reason.TotalMismatch)
}

func TestModificationsAreCharges(t *testing.T) {
	d := invoice("51", widgets("10", "50.00"), func(inv *document.Invoice) {
		inv.Summary.Modifications = []document.Modification{{Name: "Fuel", Amount: usd("3")}, {Name: "Rebate", Deduction: true, Amount: usd("2")}}
	})
	p, err := bill(t, mapper(t), d, orders(t))
	want := []mapping.ExpectedLine{{Account: "612", Amount: dec("3")}, {Account: "613", Amount: dec("-2")}}
	if diff := cmp.Diff(want, plan(t, p, err).Expect.Expenses); diff != "" {
		t.Error(diff)
	}
}

func TestPriceBasis(t *testing.T) {
	items := []document.InvoiceItem{line(1, 2, "ACME-B-2", "100", "3.00", "30.00")} // 3.00 for ten
	items[0].PriceBasis = &document.PriceBasis{Quantity: ea("10"), ConversionFactor: dec("1")}
	p, err := bill(t, mapper(t), invoice("30", items), orders(t))
	if got := plan(t, p, err).Expect.Lines[0]; got.Amount.Canonical() != "30" || got.OrderLine != 2 {
		t.Errorf("line is %+v, want 30 for line 2", got)
	}
}

func TestTwoLinesForOneOfTheOrderAreAddedUp(t *testing.T) {
	items := append(widgets("4", "20.00"), line(2, 1, "ACME-W-1", "3", "5", "15"))
	p, err := bill(t, mapper(t), invoice("35", items), orders(t))
	if got := plan(t, p, err).Expect.Lines; len(got) != 1 || got[0].Quantity.Canonical() != "7" {
		t.Errorf("lines are %+v, want one of 7", got)
	}
}

func TestLineWithoutNumberIsFoundByPartAndPrice(t *testing.T) {
	p, err := bill(t, mapper(t), invoice("50", []document.InvoiceItem{line(1, 0, "acme-w-1", "10", "5", "50")}), orders(t))
	if got := plan(t, p, err).Expect.Lines[0].OrderLine; got != 1 {
		t.Errorf("line of the order is %d, want 1", got)
	}
	_, err = bill(t, mapper(t), invoice("50", []document.InvoiceItem{line(1, 0, "", "10", "5", "50")}), orders(t))
	refused(t, err, reason.LineNotFound)
	twice := orders(t, setLine(1, "vendorName", "ACME-W-1"), setLine(1, "rate", 5))
	_, err = bill(t, mapper(t), invoice("50", []document.InvoiceItem{line(1, 0, "ACME-W-1", "10", "5", "50")}), twice)
	refused(t, err, reason.LineAmbiguous)
}

func TestHeaderInvoiceBillsAllThatIsLeft(t *testing.T) {
	whole := func(subtotal string) *document.Document {
		return invoice(subtotal, nil, func(inv *document.Invoice) {
			inv.HeaderInvoice = true
			inv.Orders[0].Summary = &document.InvoiceOrderSummary{InvoiceLineNumber: 1, Subtotal: *usd(subtotal)}
		})
	}
	p, err := bill(t, mapper(t), whole("130"), orders(t))
	if got := plan(t, p, err).Expect.Lines; len(got) != 3 {
		t.Errorf("lines are %+v, want all three", got)
	}
	p, err = bill(t, mapper(t), whole("105"), orders(t, setLine(0, "quantityBilled", 5)))
	if got := plan(t, p, err).Expect.Lines[0].Quantity.Canonical(); got != "5" {
		t.Errorf("quantity of line 1 is %s, want the 5 that are left", got)
	}
	p, err = bill(t, mapper(t), whole("80"), orders(t, setLine(0, "isClosed", true)))
	if got := plan(t, p, err).Expect.Lines; len(got) != 2 {
		t.Errorf("lines are %+v, want the two that are not closed", got)
	}
	_, err = bill(t, mapper(t), whole("100"), orders(t))
	refused(t, err, reason.NotSupported)

	memo := whole("7")
	memo.Invoice.Purpose = document.PurposeDebitMemo
	m := mapper(t, func(c *mapping.Config) { c.ExpenseAccount = "690" })
	p, err = bill(t, m, memo, orders(t))
	p = plan(t, p, err)
	if p.Calls[0].Path != "vendorBill" || p.Expect.Expenses[0].Account != "690" {
		t.Errorf("plan of a debit memo is %+v", p)
	}
}

func TestInvoiceThatDoesNotFitIsRefused(t *testing.T) {
	change := func(f func(*document.Invoice)) *document.Document { return invoice("50", widgets("10", "50.00"), f) }
	first := func(f func(*document.InvoiceItem)) *document.Document {
		return change(func(inv *document.Invoice) { f(&inv.Orders[0].Items[0]) })
	}
	tests := []struct {
		name string
		doc  *document.Document
		po   func(map[string]any)
		want reason.Code
	}{
		{"order not given", change(func(inv *document.Invoice) { inv.Orders[0].Order.OrderID = "PO-9" }), nil, reason.OrderNotFound},
		{"pending approval", invoice("50", widgets("10", "50")), set("orderStatus", map[string]any{"id": "A"}), reason.OrderPendingApproval},
		{"approval pending", invoice("50", widgets("10", "50")), set("approvalStatus", map[string]any{"id": "1"}), reason.OrderPendingApproval},
		{"approval rejected", invoice("50", widgets("10", "50")), set("approvalStatus", map[string]any{"id": "3"}), reason.OrderClosed},
		{"closed", invoice("50", widgets("10", "50")), set("orderStatus", map[string]any{"id": "H"}), reason.OrderClosed},
		{"closed, by name", invoice("50", widgets("10", "50")), set("orderStatus", map[string]any{"id": "Closed", "refName": "Closed"}), reason.OrderClosed},
		{"fully billed", invoice("50", widgets("10", "50")), set("orderStatus", map[string]any{"id": "G"}), reason.OrderClosed},
		{"closed line", invoice("50", widgets("10", "50")), setLine(0, "isClosed", true), reason.OrderClosed},
		{"currency of the invoice", change(func(inv *document.Invoice) { inv.Summary.Net.Currency = "EUR" }), nil, reason.CurrencyMismatch},
		{"currency of a price", first(func(it *document.InvoiceItem) { it.UnitPrice.Currency = "EUR" }), nil, reason.CurrencyMismatch},
		{"currency that is not configured", invoice("50", widgets("10", "50")), set("currency", map[string]any{"id": "9", "refName": "Taler"}), reason.CurrencyMismatch},
		{"more than is left", invoice("50", widgets("10", "50")), setLine(0, "quantityBilled", 1), reason.QuantityExceedsOrder},
		{"more than is left, in two lines", invoice("60", append(widgets("6", "30"), line(2, 1, "ACME-W-1", "6", "5", "30"))), nil, reason.QuantityExceedsOrder},
		{"price", invoice("51", []document.InvoiceItem{line(1, 1, "ACME-W-1", "10", "5.1", "51")}), nil, reason.PriceMismatch},
		{"price from the subtotal", first(func(it *document.InvoiceItem) { it.UnitPrice, it.Subtotal = nil, usd("51") }), nil, reason.PriceMismatch},
		{"price and part", invoice("51", []document.InvoiceItem{line(1, 1, "", "10", "5.1", "51")}), nil, reason.LineAmbiguous},
		{"part", invoice("50", []document.InvoiceItem{line(1, 1, "OTHER", "10", "5", "50")}), nil, reason.LineAmbiguous},
		{"line", invoice("50", []document.InvoiceItem{line(1, 3, "ACME-W-1", "10", "5", "50")}), nil, reason.LineNotFound},
		{"unit", first(func(it *document.InvoiceItem) { it.Quantity.Unit = "BX" }), nil, reason.UnitMismatch},
		{"subtotal of a line", first(func(it *document.InvoiceItem) { it.Subtotal = usd("49") }), nil, reason.TotalMismatch},
		{"total", invoice("51", widgets("10", "50")), nil, reason.TotalMismatch},
		{"price not per one", first(func(it *document.InvoiceItem) {
			it.PriceBasis = &document.PriceBasis{Quantity: ea("10"), ConversionFactor: dec("1")}
		}), nil, reason.TotalMismatch},
		{"another cost has the target of handling", invoice("51", widgets("10", "50"), func(inv *document.Invoice) {
			inv.Summary.Modifications = []document.Modification{{Amount: usd("1")}}
		}), nil, ""},
		{"nothing but a return", first(func(it *document.InvoiceItem) { it.Return = true }), nil, reason.NotSupported},
		{"negative line", first(func(it *document.InvoiceItem) { it.Quantity = ea("-10"); it.Subtotal = usd("-50") }), nil, reason.NotSupported},
		{"no price", first(func(it *document.InvoiceItem) { it.UnitPrice, it.Subtotal = nil, nil }), nil, reason.NotSupported},
		{"no lines", change(func(inv *document.Invoice) { inv.Orders[0].Items = nil; inv.Summary.Net = usd("0") }), nil, reason.NotSupported},
		{"second price for a line", invoice("60", append(widgets("6", "30"), line(2, 1, "ACME-W-1", "3", "10", "30"))), nil, reason.NotSupported},
		{"no order", change(func(inv *document.Invoice) { inv.Orders[0].Order = document.OrderReference{SupplierOrderID: "S"} }), nil, reason.NotSupported},
		{"credit memo", change(func(inv *document.Invoice) { inv.Purpose = document.PurposeCreditMemo }), nil, reason.NotSupported},
		{"a part without an order", change(func(inv *document.Invoice) { inv.Orders = append(inv.Orders, document.InvoiceOrder{}) }), nil, reason.NotSupported},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pos := orders(t)
			if test.po != nil {
				pos = orders(t, test.po)
			}
			p, err := bill(t, mapper(t), test.doc, pos)
			if test.want == "" {
				plan(t, p, err)
				return
			}
			refused(t, err, test.want)
			if len(p.Calls) > 0 {
				t.Error("a refused invoice has calls")
			}
		})
	}
}

func TestChargeWithoutTargetIsNeverLeftOut(t *testing.T) {
	m := mapper(t, func(c *mapping.Config) { c.Charges = nil })
	_, err := bill(t, m, charged(), orders(t))
	if mm := refused(t, err, reason.ChargeUnmapped); len(mm.Differences) != 4 {
		t.Errorf("differences are %v, want all four charges", mm.Differences)
	}
	zero := invoice("50", widgets("10", "50"), func(inv *document.Invoice) { inv.Summary.Tax = &document.Tax{Amount: *usd("0.00")} })
	p, err := bill(t, m, zero, orders(t))
	plan(t, p, err)
}

func TestTolerancesLetThroughAndShow(t *testing.T) {
	m := mapper(t, func(c *mapping.Config) {
		c.Tolerance = mapping.Tolerance{
			Price: mapping.Limit{Percent: dec("2"), Amount: dec("1")}, Quantity: mapping.Limit{Percent: dec("10"), Amount: dec("5")},
			Total: mapping.Limit{Percent: dec("1"), Amount: dec("0.05")},
		}
	})
	p, err := bill(t, m, invoice("56.05", []document.InvoiceItem{line(1, 1, "ACME-W-1", "11", "5.10", "56.10")}), orders(t))
	var what []string
	for _, d := range plan(t, p, err).Differences {
		what = append(what, d.What)
	}
	if diff := cmp.Diff([]string{"unit price", "quantity for line 1 of order PO-1001", "total"}, what); diff != "" {
		t.Error(diff)
	}
	_, err = bill(t, m, invoice("61.2", []document.InvoiceItem{line(1, 1, "ACME-W-1", "12", "5.10", "61.2")}), orders(t))
	refused(t, err, reason.QuantityExceedsOrder)
}

func TestBothBoundsOfATolerance(t *testing.T) {
	d := invoice("51", []document.InvoiceItem{line(1, 1, "ACME-W-1", "10", "5.10", "51")}) // 2 % and 0.10 more
	for _, limit := range []mapping.Limit{{}, {Percent: dec("2")}, {Amount: dec("0.1")}, {Percent: dec("1.9"), Amount: dec("0.1")}, {Percent: dec("2"), Amount: dec("0.09")}} {
		_, err := bill(t, mapper(t, func(c *mapping.Config) { c.Tolerance.Price = limit }), d, orders(t))
		refused(t, err, reason.PriceMismatch)
	}
	p, err := bill(t, mapper(t, func(c *mapping.Config) { c.Tolerance.Price = mapping.Limit{Percent: dec("2"), Amount: dec("0.1")} }), d, orders(t))
	plan(t, p, err)
}

func TestSubtotalMayBeRoundedInAnyWay(t *testing.T) {
	exact := func(c *mapping.Config) { c.Tolerance = mapping.Tolerance{} }
	for _, subtotal := range []string{"4.33", "4.34", "4.335"} {
		items := []document.InvoiceItem{line(1, 2, "ACME-B-2", "51", "0.085", subtotal)}
		d := invoice(document.MustDecimal(subtotal).Round(2).String(), items)
		p, err := bill(t, mapper(t, exact), d, orders(t, setLine(1, "rate", 0.085)))
		plan(t, p, err)
	}
	_, err := bill(t, mapper(t, exact), invoice("4.35", []document.InvoiceItem{line(1, 2, "ACME-B-2", "51", "0.085", "4.35")}), orders(t, setLine(1, "rate", 0.085)))
	refused(t, err, reason.TotalMismatch)
}

func TestConfiguredUnitsJoinTheUsualOnes(t *testing.T) {
	d := invoice("50", widgets("10", "50"))
	d.Invoice.Orders[0].Items[0].Quantity.Unit = "ST"
	pieces := orders(t, setLine(0, "units", map[string]any{"id": "3", "refName": "Piece"}))
	_, err := bill(t, mapper(t), d, pieces)
	refused(t, err, reason.UnitMismatch)
	m := mapper(t, func(c *mapping.Config) {
		c.Units, c.Currencies = map[string][]string{"ST": {"Each"}}, map[string][]string{"USD": {"1"}}
	})
	p, err := bill(t, m, d, orders(t, setLine(0, "units", map[string]any{"id": "3", "refName": "Piece"}), set("currency", "1")))
	plan(t, p, err)
}

func TestMismatchListsEverything(t *testing.T) {
	items := []document.InvoiceItem{line(1, 1, "ACME-W-1", "11", "5.1", "56.1"), line(2, 9, "X", "1", "1", "1")}
	_, err := bill(t, mapper(t), invoice("99", items), orders(t))
	m := refused(t, err, reason.LineNotFound)
	if len(m.Differences) != 4 {
		t.Errorf("differences are %v, want line, quantity, price and total", m.Differences)
	}
	if again := func() *mapping.Mismatch {
		_, err := bill(t, mapper(t), invoice("99", items), orders(t))
		return refused(t, err, reason.LineNotFound)
	}(); !cmp.Equal(m, again) {
		t.Error("the same invoice is refused in other words")
	}
}

func TestExpenseBill(t *testing.T) {
	d := invoice("12", []document.InvoiceItem{{InvoiceLineNumber: 1, Quantity: ea("2"), UnitPrice: usd("5"), Item: document.Item{Description: "Site visit"}}}, func(inv *document.Invoice) {
		inv.Orders[0].Order = document.OrderReference{}
		inv.Summary.Tax = &document.Tax{Amount: *usd("2")}
	})
	from := mapping.Party{Vendor: record.Ref{ID: "501"}, Subsidiary: record.Ref{ID: "1"}}
	_, err := mapper(t).ExpenseBill(d, from, "cp-1", "doc-1")
	refused(t, err, reason.NotSupported)
	m := mapper(t, func(c *mapping.Config) { c.ExpenseAccount = "690" })
	p, err := m.ExpenseBill(d, from, "cp-1", "doc-1")
	golden(t, "bill-expense", plan(t, p, err))
	// The currency was left to NetSuite: what it has taken must be the invoice's.
	saved := record.VendorBill{
		Entity: record.Ref{ID: "501"}, TranID: "INV-1", TranDate: "2026-09-10", Total: dec("12"), Currency: record.Ref{ID: "1", RefName: "US Dollar"},
		Expenses: []record.ExpenseLine{{Account: record.Ref{ID: "690"}, Amount: dec("10")}, {Account: record.Ref{ID: "610"}, Amount: dec("2")}},
	}
	if all := m.CompareBill(d, p, saved); len(all) != 0 {
		t.Errorf("a bill as planned differs: %v", all)
	}
	saved.Currency = record.Ref{ID: "4", RefName: "Euro"}
	if all := m.CompareBill(d, p, saved); len(all) != 1 || all[0].What != "currency" {
		t.Errorf("a bill in another currency differs in %v", all)
	}
}

func TestMixedInvoiceNeedsAnExpenseAccount(t *testing.T) {
	d := invoice("57", widgets("10", "50"), func(inv *document.Invoice) {
		adHoc := line(2, 0, "", "1", "3", "3")
		adHoc.AdHoc = true
		inv.Orders[0].Items = append(inv.Orders[0].Items, adHoc)
		inv.Orders = append(inv.Orders, document.InvoiceOrder{Items: []document.InvoiceItem{line(3, 0, "", "1", "4", "4")}})
	})
	_, err := bill(t, mapper(t), d, orders(t))
	refused(t, err, reason.NotSupported)
	p, err := bill(t, mapper(t, func(c *mapping.Config) { c.ExpenseAccount = "690" }), d, orders(t))
	if got := plan(t, p, err).Expect; len(got.Lines) != 1 || len(got.Expenses) != 2 || got.Total.Canonical() != "57" {
		t.Errorf("expected bill is %+v", got)
	}
}

func TestChargesAtTheLinesThatAreNotTheSummarysAreRefused(t *testing.T) {
	all := document.Indicators{TaxInLine: true, ShippingInLine: true, SpecialHandlingInLine: true, DiscountInLine: true}
	charge := func(amount string) *document.Charge { return &document.Charge{Amount: *usd(amount)} }
	tax := func(amount string) *document.Tax { return &document.Tax{Amount: *usd(amount)} }
	for _, c := range []struct {
		name  string
		total string // as the side says that the charge was taken from
		line  func(*document.InvoiceItem)
		sum   func(*document.InvoiceSummary)
		shows string // of the difference; "" is brought in without one
		held  bool
	}{
		{"shipping", "53", func(it *document.InvoiceItem) { it.Shipping = charge("3") }, func(s *document.InvoiceSummary) { s.Shipping = charge("2") }, "shipping in the summary is 2, expected 3 at the lines", true},
		{"handling", "53", func(it *document.InvoiceItem) { it.SpecialHandling = charge("3") }, func(s *document.InvoiceSummary) { s.SpecialHandling = charge("4") }, "handling in the summary is 4, expected 3 at the lines", true},
		{"discount", "47", func(it *document.InvoiceItem) { it.Discount = charge("3") }, func(s *document.InvoiceSummary) { s.Discount = charge("5") }, "discount in the summary is -5, expected -3 at the lines", true},
		{"tax", "52", func(it *document.InvoiceItem) { it.Tax = tax("4") }, func(s *document.InvoiceSummary) { s.Tax = tax("2") }, "tax in the summary is 2, expected 4 at the lines", true},
		{"a cent of shipping is within the tolerance", "53", func(it *document.InvoiceItem) { it.Shipping = charge("3") }, func(s *document.InvoiceSummary) { s.Shipping = charge("3.01") }, "shipping in the summary is 3.01, expected 3 at the lines", false},
		{"more tax in the summary is the shipping's", "54", func(it *document.InvoiceItem) { it.Tax = tax("3") }, func(s *document.InvoiceSummary) { s.Tax = tax("4") }, "", false},
	} {
		items := widgets("10", "50.00")
		c.line(&items[0])
		d := invoice(c.total, items, func(inv *document.Invoice) {
			inv.Indicators = all
			c.sum(&inv.Summary)
		})
		p, err := bill(t, mapper(t), d, orders(t))
		found := p.Differences
		if c.held {
			found = refused(t, err, reason.TotalMismatch).Differences
		} else if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var shown string
		if len(found) > 0 {
			shown = found[0].String()
		}
		if len(found) > 1 || shown != c.shows {
			t.Errorf("%s: %v, want %q", c.name, found, c.shows)
		}
	}
}

func TestAPartOfAnotherLineIsNotBilledByItsNumber(t *testing.T) {
	it := line(1, 4, "ACME-B-2", "2", "25", "50")
	_, err := bill(t, mapper(t), invoice("50", []document.InvoiceItem{it}), orders(t))
	refused(t, err, reason.LineAmbiguous)
	it.Item = document.Item{BuyerPartID: "Bolt"}
	_, err = bill(t, mapper(t), invoice("50", []document.InvoiceItem{it}), orders(t))
	refused(t, err, reason.LineAmbiguous)
	it.Item = document.Item{BuyerPartID: "cleaning"}
	p, err := bill(t, mapper(t), invoice("50", []document.InvoiceItem{it}), orders(t))
	plan(t, p, err)
}

func TestAHeaderInvoiceBillsAnOrderOnce(t *testing.T) {
	whole := document.InvoiceOrder{Order: document.OrderReference{OrderID: "PO-1001"}, Summary: &document.InvoiceOrderSummary{Subtotal: *usd("130")}}
	for name, orders := range map[string][]document.InvoiceOrder{
		"twice as a whole":         {whole, whole},
		"a line, and then as such": {{Order: whole.Order, Items: widgets("10", "50")}, whole},
	} {
		t.Run(name, func(t *testing.T) {
			net := "260"
			if len(orders[0].Items) > 0 {
				net = "180"
			}
			d := invoice(net, nil, func(inv *document.Invoice) { inv.Orders = orders })
			_, err := bill(t, mapper(t), d, map[string]record.PurchaseOrder{"PO-1001": purchaseOrder(t)})
			refused(t, err, reason.QuantityExceedsOrder)
		})
	}
}

func TestManyPartsOfAnInvoiceForOneOrderAreBilledAtOnce(t *testing.T) {
	const many = 2000
	var lines []any
	var parts []document.InvoiceOrder
	for n := range many {
		part := fmt.Sprintf("P-%d", n)
		lines = append(lines, map[string]any{"line": n + 1, "item": map[string]any{"id": "201", "refName": "Widget"}, "vendorName": part, "quantity": 1, "rate": 1})
		parts = append(parts, document.InvoiceOrder{Order: document.OrderReference{OrderID: "PO-1001"}, Items: []document.InvoiceItem{line(n+1, n+1, part, "1", "1", "1")}})
	}
	pos := orders(t, set("item", map[string]any{"items": lines}))
	p, err := bill(t, mapper(t), invoice(fmt.Sprint(many), nil, func(inv *document.Invoice) { inv.Orders = parts }), pos)
	if got := len(plan(t, p, err).Expect.Lines); got != many {
		t.Errorf("%d lines are billed, want %d", got, many)
	}
}
