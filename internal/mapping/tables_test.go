package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/reason"
)

func TestTablesSetAtRunTimeGoBeforeTheConfiguredOnes(t *testing.T) {
	m := mapper(t, func(c *mapping.Config) {
		c.Header, c.Line = map[string]string{"custbody_x": `lookup("carriers", "UPS") + lookup("carriers", "DHL") + lookup("mine", "a")`}, nil
		c.Lookups = mapping.Tables{"carriers": {"UPS": "1", "DHL": "2"}, "mine": {"a": "3"}}
	})
	value := func(m *mapping.Mapper) string {
		p, err := m.Order(ledger(confirmation("C", 1, document.ConfirmAccept)).Fold(), purchaseOrder(t))
		return plan(t, p, err).Changes[0].After
	}
	set := m.In(mapping.Situation{Lookups: mapping.Tables{"carriers": {"UPS": "9"}, "mine": {"b": "4"}}})
	if got := value(set); got != "923" {
		t.Errorf("with tables of run time: %s, want 923", got)
	}
	if got := value(m); got != "123" {
		t.Errorf("the mapper itself has changed: %s, want 123", got)
	}
}

func TestTablesOfUnitsCurrenciesAndItemsServeInMatching(t *testing.T) {
	odd := unit([]document.InvoiceItem{line(1, 1, "WIDGET/1", "10", "5.00", "50.00")}, "STK")
	d := invoice("50", odd, func(inv *document.Invoice) { inv.Summary.Net.Currency = "USN" })
	tables := mapping.Tables{mapping.TableUnits: {"STK": "EA"}, mapping.TableItems: {"WIDGET/1": "ACME-W-1"}, mapping.TableCurrencies: {"USN": "US Dollar"}}
	for name, m := range map[string]*mapping.Mapper{
		"configured":  mapper(t, func(c *mapping.Config) { c.Lookups = tables }),
		"at run time": mapper(t).In(mapping.Situation{Lookups: tables}),
	} {
		p, err := bill(t, m, d, orders(t))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		plan(t, p, err)
	}
	for _, without := range []string{mapping.TableUnits, mapping.TableItems, mapping.TableCurrencies} {
		less := mapping.Tables{}
		for name, entries := range tables {
			if name != without {
				less[name] = entries
			}
		}
		if _, err := bill(t, mapper(t).In(mapping.Situation{Lookups: less}), d, orders(t)); err == nil {
			t.Errorf("billed without the table %s", without)
		}
	}
	_, err := bill(t, mapper(t), invoice("50", []document.InvoiceItem{line(1, 1, "WIDGET/1", "10", "5.00", "50.00")}), orders(t))
	refused(t, err, reason.LineAmbiguous)
}

func TestALookupInATableThatThereIsNotIsRefused(t *testing.T) {
	c := mapping.Default()
	c.Header = map[string]string{"custbody_x": `lookup("cariers", "UPS")`}
	if _, err := mapping.New(c); err == nil || !strings.Contains(err.Error(), `there is no table "cariers"`) {
		t.Errorf("the error is %v", err)
	}
	c.Lookups = mapping.Tables{"cariers": nil}
	if _, err := mapping.New(c); err != nil {
		t.Error(err)
	}
	if names := c.TableNames(); !slices.Contains(names, "cariers") || len(names) != 6 {
		t.Errorf("tables are %v", names)
	}
}
