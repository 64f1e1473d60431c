package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

// elsewhere are the reject codes that are no matter of matching, with who answers for them.
func elsewhere() map[string]string {
	return map[string]string{
		"INFO": "recorded without a call (delivery: information only)",
		"NODU": "refused by intake with 403 or 401: the sender is nobody's (partner)",
		"INDU": "refused by intake with 403 or 401: the sender is nobody's (partner)",
		"NOIV": "refused by intake with 450: there is no invoice in the document (cxml)",
		"POIE": string(reason.OrderReferenceMissing) + " (delivery)",
		"POII": string(reason.OrderNotFound) + " (delivery): every form of a number is looked for",
		"PVNM": string(reason.WrongVendor) + " (delivery)",
		"EIDU": string(reason.DuplicateInvoice) + " (delivery)",
		"NFEX": "no file is exchanged: a document that cannot be read is refused by intake with 406 (cxml)",
	}
}

// TestEveryRejectCodeOfAnInvoiceHasAHome goes through the codes with which Kuali's electronic invoicing, the closest peer,
// refuses invoices: each is a reason here, or is billed because a header invoice and a line without a part number can be.
func TestEveryRejectCodeOfAnInvoiceHasAHome(t *testing.T) {
	summary := func(change func(*document.InvoiceSummary)) func(*document.Invoice) {
		return func(inv *document.Invoice) { change(&inv.Summary) }
	}
	one := widgets("10", "50.00")
	inLine := func(change func(*document.Indicators, *document.InvoiceItem), net string) *document.Document {
		items := widgets("10", "50.00")
		return invoice(net, items, func(inv *document.Invoice) { change(&inv.Indicators, &inv.Orders[0].Items[0]) })
	}
	header := func(subtotal string) *document.Document {
		return invoice(subtotal, nil, func(inv *document.Invoice) {
			inv.HeaderInvoice = true
			inv.Orders[0].Summary = &document.InvoiceOrderSummary{InvoiceLineNumber: 1, Subtotal: *usd(subtotal)}
		})
	}
	charge := func(amount string) *document.Charge { return &document.Charge{Amount: *usd(amount)} }
	homes := map[string]bool{}
	for code := range elsewhere() {
		homes[code] = true
	}
	for _, c := range []struct {
		code, what string
		doc        *document.Document
		order      []func(map[string]any)
		want       reason.Code // "": it is billed
	}{
		{"HIIO", "header invoice over all that is left", header("130"), nil, ""},
		{"HIIO", "header invoice over a part", header("100"), nil, reason.NotSupported},
		{"IDAG", "date in the future", invoice("50", one, func(inv *document.Invoice) { inv.InvoiceDate = day(20) }), nil, reason.InvoiceDateFuture},
		{"PONE", "order that there is not", invoice("50", one, func(inv *document.Invoice) { inv.Orders[0].Order.OrderID = "PO-9" }), nil, reason.OrderNotFound},
		{"PONO", "order that is closed", invoice("50", one), []func(map[string]any){set("orderStatus", map[string]any{"id": "H"})}, reason.OrderClosed},
		{"PONO", "order that is not approved", invoice("50", one), []func(map[string]any){set("orderStatus", map[string]any{"id": "A"})}, reason.OrderPendingApproval},
		{"IMLI", "line that the order does not have", invoice("50", []document.InvoiceItem{line(1, 9, "ACME-W-1", "10", "5.00", "50.00")}), nil, reason.LineNotFound},
		{"ICSL", "line that is there twice", invoice("40", append(widgets("4", "20.00"), widgets("4", "20.00")...)), nil, reason.LineRepeated},
		{"IICN", "another part number", invoice("50", []document.InvoiceItem{line(1, 1, "OTHER", "10", "5.00", "50.00")}), nil, reason.LineAmbiguous},
		{"IICN", "no part number, but unit and price", invoice("50", []document.InvoiceItem{line(1, 1, "", "10", "5.00", "50.00")}), nil, ""},
		{"IUOM", "another unit", invoice("50", unit(widgets("10", "50.00"), "PK")), nil, reason.UnitMismatch},
		{"IIQE", "no quantity and no amount", invoice("0", []document.InvoiceItem{line(1, 1, "ACME-W-1", "0", "0", "0")}), nil, reason.NotSupported},
		{"PILI", "nothing left of the line", invoice("50", one), []func(map[string]any){ordered(0, 5, "EA")}, reason.QuantityExceedsOrder},
		{"PAIA", "amount above the order's", invoice("60", []document.InvoiceItem{line(1, 1, "ACME-W-1", "10", "6.00", "60.00")}), nil, reason.PriceMismatch},
		{"AGUV", "price above the tolerance", invoice("51", []document.InvoiceItem{line(1, 1, "ACME-W-1", "10", "5.10", "51.00")}), nil, reason.PriceMismatch},
		{"ALLV", "price below the tolerance", invoice("49", []document.InvoiceItem{line(1, 1, "ACME-W-1", "10", "4.90", "49.00")}), nil, reason.PriceMismatch},
		{"STUV", "more tax at the lines than in the summary", inLine(func(in *document.Indicators, it *document.InvoiceItem) {
			in.TaxInLine, it.Tax = true, &document.Tax{Amount: *usd("9")}
		}, "54"), nil, reason.TotalMismatch},
		{"STLV", "tax that the total does not have", invoice("50", one, summary(func(s *document.InvoiceSummary) { s.Tax = &document.Tax{Amount: *usd("4")} })), nil, reason.TotalMismatch},
		{"DSAM", "discount that the total does not have", invoice("50", one, summary(func(s *document.InvoiceSummary) { s.Discount = charge("5") })), nil, reason.TotalMismatch},
		{"SSAM", "shipping that the total does not have", invoice("50", one, summary(func(s *document.InvoiceSummary) { s.Shipping = charge("5") })), nil, reason.TotalMismatch},
		{"SHSA", "handling that the total does not have", invoice("50", one, summary(func(s *document.InvoiceSummary) { s.SpecialHandling = charge("5") })), nil, reason.TotalMismatch},
		{"TSAM", "total that is not the lines'", invoice("51", one), nil, reason.TotalMismatch},
	} {
		t.Run(c.code+" "+c.what, func(t *testing.T) {
			homes[c.code] = true
			m := today(mapper(t, func(config *mapping.Config) { config.FutureDays = 3 }))
			pos := map[string]record.PurchaseOrder{"PO-1001": purchaseOrder(t, c.order...)}
			_, err := bill(t, m, c.doc, pos)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			mm := (*mapping.Mismatch)(nil)
			if !errors.As(err, &mm) || mm.Reason != c.want || len(mm.Differences) == 0 {
				t.Errorf("%v, want %s with a table", err, c.want)
			}
		})
	}
	for _, code := range strings.Fields("INFO HIIO IDAG NODU INDU NOIV POIE POII PONE PONO PVNM IMLI ICSL IICN IUOM IIQE PILI PAIA AGUV ALLV STUV STLV DSAM SSAM SHSA TSAM EIDU NFEX") {
		if !homes[code] {
			t.Errorf("%s has no home", code)
		}
	}
}
