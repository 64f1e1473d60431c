package mapping_test

import (
	"strings"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/reason"
)

// dozens lets a box hold twelve.
func dozens(c *mapping.Config) {
	c.Conversions = map[string]map[string]document.Decimal{"BOX": {"EA": dec("12")}}
}

func unit(items []document.InvoiceItem, code string) []document.InvoiceItem {
	items[0].Quantity.Unit = code
	return items
}

// ordered sets quantity, unit and price of the first line of the order.
func ordered(quantity, rate float64, units string) func(map[string]any) {
	return func(raw map[string]any) {
		l := raw["item"].(map[string]any)["items"].([]any)[0].(map[string]any)
		l["quantity"], l["rate"], l["amount"], l["units"] = quantity, rate, quantity*rate, map[string]any{"id": "9", "refName": units}
	}
}

func TestUnitsAreConvertedInQuantityAndPrice(t *testing.T) {
	for _, c := range []struct {
		name           string
		items          []document.InvoiceItem
		total          string
		order          func(map[string]any)
		quantity, rate string
		why            reason.Code
	}{
		{name: "boxes against each", items: unit([]document.InvoiceItem{line(1, 1, "ACME-W-1", "2", "60.00", "120.00")}, "BOX"), total: "120",
			order: ordered(24, 5, "EA"), quantity: "24", rate: "5"},
		{name: "box by another spelling", items: unit([]document.InvoiceItem{line(1, 1, "ACME-W-1", "2", "60.00", "120.00")}, "bx"), total: "120",
			order: ordered(24, 5, "Each"), quantity: "24", rate: "5"},
		{name: "each against boxes", items: unit([]document.InvoiceItem{line(1, 1, "ACME-W-1", "24", "5.00", "120.00")}, "EA"), total: "120",
			order: ordered(2, 60, "BOX"), quantity: "2", rate: "60"},
		{name: "a price with more places", items: unit([]document.InvoiceItem{line(1, 1, "ACME-W-1", "2", "10.00", "20.00")}, "BOX"), total: "20",
			order: ordered(24, 0.8333, "EA"), quantity: "24", rate: "0.83333333"},
		{name: "half a box", items: unit([]document.InvoiceItem{line(1, 1, "ACME-W-1", "6", "5.00", "30.00")}, "EA"), total: "30",
			order: ordered(2, 60, "BOX"), quantity: "0.5", rate: "60"},
		{name: "a seventh of a box", items: unit([]document.InvoiceItem{line(1, 1, "ACME-W-1", "1", "5.00", "5.00")}, "EA"), total: "5",
			order: ordered(2, 60, "BOX"), why: reason.UnitMismatch},
		{name: "another price", items: unit([]document.InvoiceItem{line(1, 1, "ACME-W-1", "2", "61.00", "122.00")}, "BOX"), total: "122",
			order: ordered(24, 5, "EA"), why: reason.PriceMismatch},
		{name: "too many", items: unit([]document.InvoiceItem{line(1, 1, "ACME-W-1", "3", "60.00", "180.00")}, "BOX"), total: "180",
			order: ordered(24, 5, "EA"), why: reason.QuantityExceedsOrder},
		{name: "no conversion", items: unit([]document.InvoiceItem{line(1, 1, "ACME-W-1", "2", "60.00", "120.00")}, "PK"), total: "120",
			order: ordered(24, 5, "EA"), why: reason.UnitMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := bill(t, mapper(t, dozens), invoice(c.total, c.items), orders(t, c.order))
			if c.why != "" {
				refused(t, err, c.why)
				return
			}
			p = plan(t, p, err)
			l := p.Expect.Lines[0]
			if l.Quantity.Canonical() != c.quantity || !l.Amount.Equal(dec(c.total)) || !p.Expect.Total.Equal(dec(c.total)) {
				t.Errorf("%s for %s of %s, want %s for %s", l.Quantity.Canonical(), l.Amount, p.Expect.Total, c.quantity, c.total)
			}
			if want := `"quantity":` + c.quantity + `,"rate":` + c.rate + `,`; !strings.Contains(string(p.Calls[0].Body), want) {
				t.Errorf("the body is %s, want %s in it", p.Calls[0].Body, want)
			}
			if len(p.Differences) != 1 || p.Differences[0].What != "unit" {
				t.Errorf("the table is %v, want the unit in it", p.Differences)
			}
		})
	}
}

func TestAUnitAndAPriceBearOutALineInAnotherUnit(t *testing.T) {
	items := unit([]document.InvoiceItem{line(1, 1, "", "2", "60.00", "120.00")}, "BOX")
	p, err := bill(t, mapper(t, dozens), invoice("120", items), orders(t, ordered(24, 5, "EA")))
	plan(t, p, err)
}

func TestConfirmationsAreInTheOrdersUnit(t *testing.T) {
	boxes := document.Quantity{Value: dec("2"), Unit: "BOX"}
	item := document.ConfirmationItem{LineNumber: 1, Quantity: boxes, Statuses: []document.ConfirmationStatus{{Type: document.StatusDetail, Quantity: boxes, UnitPrice: usd("60")}}}
	p, err := mapper(t, dozens).Order(ledger(confirmation("C", 1, document.ConfirmDetail, item)).Fold(), purchaseOrder(t, ordered(24, 5, "EA")))
	got := map[string]string{}
	for _, c := range plan(t, p, err).Changes {
		got[c.Field] = c.After
	}
	if got["custcol_cp_confirmed_quantity"] != "24" || got["custcol_cp_confirmed_price"] != "5" {
		t.Errorf("the order gets %v, want 24 at 5", got)
	}
}

func TestForeignCurrencies(t *testing.T) {
	inEuro := func(inv *document.Invoice) {
		for _, m := range []*document.Money{&inv.Summary.Subtotal, inv.Summary.Net, inv.Orders[0].Items[0].UnitPrice, inv.Orders[0].Items[0].Subtotal} {
			m.Currency = "EUR"
		}
	}
	euro := set("currency", map[string]any{"id": "4", "refName": "Euro"})
	box := unit([]document.InvoiceItem{line(1, 1, "ACME-W-1", "2", "60.00", "120.00")}, "BOX")
	p, err := bill(t, mapper(t, dozens), invoice("120", box, inEuro), orders(t, euro, ordered(24, 5, "EA")))
	if p = plan(t, p, err); p.Expect.Currency.ID != "4" || !p.Expect.Total.Equal(dec("120")) {
		t.Errorf("the bill is %+v", p.Expect)
	}
	_, err = bill(t, mapper(t), invoice("50", widgets("10", "50.00")), orders(t, euro))
	refused(t, err, reason.CurrencyMismatch)
}

func TestAPriceForSeveralIsTheOrdersWithItsDecimals(t *testing.T) {
	it := line(1, 1, "", "9", "10", "30")
	it.PriceBasis = &document.PriceBasis{Quantity: ea("3"), ConversionFactor: document.NewDecimal(1)}
	p, err := bill(t, mapper(t), invoice("30", []document.InvoiceItem{it}), orders(t, setLine(0, "rate", 3.33333333)))
	if got := plan(t, p, err).Expect.Lines[0].Amount; !got.Equal(dec("30")) {
		t.Errorf("billed %s, want 30", got)
	}
	it.UnitPrice = usd("10.30")
	it.Subtotal = usd("30.90")
	_, err = bill(t, mapper(t), invoice("30.90", []document.InvoiceItem{it}), orders(t, setLine(0, "rate", 3.33333333), setLine(0, "vendorName", "P"), setLine(0, "item", map[string]any{"id": "201", "refName": "Widget"})))
	refused(t, err, reason.LineAmbiguous)
}

func TestTwoConversionsOfTheSameUnitsAreRefused(t *testing.T) {
	for name, conversions := range map[string]map[string]map[string]document.Decimal{
		"the larger spelt in two ways":  {"BOX": {"EA": dec("12")}, "BX": {"EA": dec("10")}},
		"the smaller spelt in two ways": {"BOX": {"EA": dec("12"), "PCE": dec("10")}},
		"both ways round":               {"BOX": {"EA": dec("12")}, "EA": {"BX": dec("2")}},
	} {
		c := mapping.Default()
		c.Conversions = conversions
		if _, err := mapping.New(c); err == nil || !strings.Contains(err.Error(), "conversions") {
			t.Errorf("%s: error is %v, want one about the conversions", name, err)
		}
	}
}
