package mapping_test

import (
	"strings"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"

	"github.com/google/go-cmp/cmp"
)

func TestConfigurationErrorsNameTheField(t *testing.T) {
	tests := []struct {
		name   string
		change func(*mapping.Config)
		want   string
	}{
		{"syntax", func(c *mapping.Config) { c.Header["custbody_x"] = "doc." }, "header: custbody_x: "},
		{"unknown value", func(c *mapping.Config) { c.Line["custcol_x"] = "line.colour" }, "line: custcol_x: "},
		{"line in the header", func(c *mapping.Config) { c.Header["custbody_x"] = "line.status" }, "header: custbody_x: "},
		{"float", func(c *mapping.Config) { c.Header["custbody_x"] = "1.5" }, `header: custbody_x: a number with a fraction must be written as text`},
		{"list", func(c *mapping.Config) { c.Header["custbody_x"] = "doc.carriers" }, "header: custbody_x: the result is of type []string"},
		{"range", func(c *mapping.Config) { c.Header["custbody_x"] = "all(1..1000000, all(1..1000000, true))" }, "header: custbody_x: a range"},
		{"clock", func(c *mapping.Config) { c.Header["custbody_x"] = "string(now())" }, "header: custbody_x: "},
		{"the line's key", func(c *mapping.Config) { c.Line["line"] = "line.number" }, `line: "line" is not a field`},
		{"policy", func(c *mapping.Config) { c.LinePolicy = "guess" }, `linePolicy: "guess"`},
		{"strategy", func(c *mapping.Config) { c.Strategy = "" }, `strategy: ""`},
		{"charge", func(c *mapping.Config) { c.Charges = map[string]mapping.Target{"tip": {Account: "1"}} }, `charges: "tip"`},
		{"two targets", func(c *mapping.Config) { c.Charges = map[string]mapping.Target{"tax": {Account: "1", Item: "2"}} }, "charges: tax: "},
		{"tolerance", func(c *mapping.Config) { c.Tolerance.Price.Percent = dec("-1") }, "tolerance: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := mapping.Default()
			test.change(&c)
			if _, err := mapping.New(c); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestExpressions(t *testing.T) {
	st := status(document.StatusAccept, "10")
	st.UnitPrice = usd("5.10")
	d := confirmation("C", 1, document.ConfirmDetail, confirmed(1, st))
	tests := map[string]string{
		`number(line.confirmedPrice)`:                                       "5.1",
		`times(line.confirmedPrice, line.quantity)`:                         "51",
		`rounded(over(line.confirmedPrice, "3"), 2)`:                        "1.7",
		`minus(plus("0.1", "0.2"), "0.3")`:                                  "0",
		`compare(line.confirmedPrice, line.price) > 0 ? "dearer" : ""`:      "dearer",
		`times(line.shippedQuantity, 2)`:                                    "",
		`lookup("carriers", "UPS")`:                                         "12",
		`ref(lookup("carriers", "UPS"))`:                                    "12",
		`clip("abcdef", 4)`:                                                 "abc…",
		`line.status == "accept"`:                                           "true",
		`line.orderLine + 1`:                                                "2",
		`order.number + " " + line.unit + " " + line.part + " " + order.id`: "PO-1001 EA ACME-W-1 7001",
		`nil`: "",
	}
	for source, want := range tests {
		m := mapper(t, func(c *mapping.Config) {
			c.Header, c.Line = nil, map[string]string{"custcol_x": source}
			c.Lookups = map[string]map[string]string{"carriers": {"UPS": "12"}}
		})
		p, err := m.Order(ledger(d).Fold(), purchaseOrder(t))
		got := ""
		for _, c := range plan(t, p, err).Changes {
			if c.Line == 1 {
				got = c.After
			}
		}
		if got != want {
			t.Errorf("%s = %q, want %q", source, got, want)
		}
	}
}

func TestFailingExpressionNamesFieldAndOrder(t *testing.T) {
	for _, source := range []string{`over("1", "0")`, `number(line.status)`, `rounded("1", 99)`, `times("1", 0.5)`, `[1, 2][line.number]`} {
		m := mapper(t, func(c *mapping.Config) { c.Line = map[string]string{"custcol_x": source} })
		_, err := m.Order(ledger(confirmation("C", 1, document.ConfirmAccept)).Fold(), purchaseOrder(t))
		if err == nil || !strings.Contains(err.Error(), "map order PO-1001 line ") || !strings.Contains(err.Error(), "custcol_x") {
			t.Errorf("%s: error is %v", source, err)
		}
	}
}

func TestPresentValuesAreComparedByWhatTheyMean(t *testing.T) {
	tests := []struct {
		source  string
		present any
		same    bool
	}{
		{`number("5.10")`, 5.1, true}, {`number("5.10")`, "5.1", true}, {`number("5")`, 5.01, false}, {`number("0")`, nil, false},
		{`"2026-09-10"`, "2026-09-10T00:00:00Z", true}, {`"2026-09-10"`, "2026-09-11", false},
		{`"a\nb"`, "a\r\nb ", true}, {`"a"`, "A", false}, {`"accept"`, nil, false},
		{`true`, true, true}, {`false`, nil, true}, {`true`, nil, false},
		{`ref("12")`, map[string]any{"id": "12", "refName": "UPS"}, true}, {`ref("12")`, map[string]any{"id": "13"}, false},
		{`"UPS"`, map[string]any{"id": "12", "refName": "UPS"}, true}, {`nil`, "by hand", true},
	}
	for _, test := range tests {
		m := mapper(t, func(c *mapping.Config) { c.Header, c.Line = map[string]string{"custbody_x": test.source}, nil })
		p, err := m.Order(ledger(confirmation("C", 1, document.ConfirmAccept)).Fold(), purchaseOrder(t, set("custbody_x", test.present)))
		if same := len(plan(t, p, err).Changes) == 0; same != test.same {
			t.Errorf("%s over %v: same is %v, want %v", test.source, test.present, same, test.same)
		}
	}
}

func TestDefaultNeedsNothing(t *testing.T) {
	if _, err := mapping.New(mapping.Default()); err != nil {
		t.Error(err)
	}
	if !cmp.Equal(mapping.Default(), mapping.Default()) {
		t.Error("the default configuration changes")
	}
}

func FuzzNew(f *testing.F) {
	for _, s := range []string{`doc.tax`, `number(line.status)`, `join(doc.carriers, ", ")`, `lookup("a", "b")`, `rounded(over("1", "3"), 2)`,
		`clip(line.comments, -1)`, `ref(line.item)`, `map(doc.carriers, {# + "x"})`, `let x = doc; x.tax`, `doc?.tax ?? "1"`, `times("1e9", 1)`, "\xff(", "`\xf9`", `((((`} {
		f.Add(s)
	}
	d := confirmation("C", 1, document.ConfirmDetail, confirmed(1, status(document.StatusAccept, "10")))
	f.Fuzz(func(t *testing.T, source string) {
		c := mapping.Default()
		c.Header, c.Line = map[string]string{"custbody_x": source}, map[string]string{"custcol_x": source}
		_, _ = mapping.New(c)
		c.Header = nil
		m, err := mapping.New(c)
		if err != nil {
			return
		}
		p, err := m.Order(ledger(d).Fold(), purchaseOrder(t))
		if err == nil {
			plan(t, p, nil)
		}
	})
}
