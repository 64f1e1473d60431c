package mapping

import (
	"testing"

	"counterpunch/internal/netsuite/record"
)

func TestKnowsWhatTheTablesHave(t *testing.T) {
	c := Default()
	c.Units = map[string][]string{"BG": {"Bag", "17"}}
	c.Currencies = map[string][]string{"BRL": {"9"}, "XTS": {"Test money"}}
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what           string
		ref            record.Ref
		unit, currency bool
	}{
		{"nothing", record.Ref{}, true, true},
		{"usual name", record.Ref{ID: "3", RefName: "Each"}, true, false},
		{"usual currency", record.Ref{ID: "77", RefName: "US Dollar"}, false, true},
		{"configured name", record.Ref{RefName: "bag"}, true, false},
		{"configured id", record.Ref{ID: "17"}, true, false},
		{"configured currency by id", record.Ref{ID: "9", RefName: "Brazilian Real"}, false, true},
		{"configured currency by name", record.Ref{ID: "12", RefName: "test money"}, false, true},
		{"an id alone that nobody configured", record.Ref{ID: "3"}, false, false},
		{"a name that nobody configured", record.Ref{ID: "40", RefName: "Pallet"}, false, false},
	} {
		if got := m.KnowsUnit(test.ref); got != test.unit {
			t.Errorf("%s: known as a unit: %v", test.what, got)
		}
		if got := m.KnowsCurrency(test.ref); got != test.currency {
			t.Errorf("%s: known as a currency: %v", test.what, got)
		}
	}
}

func TestCurrencyIsGivenByItsOneInternalID(t *testing.T) {
	c := Default()
	c.Currencies = map[string][]string{"USD": {"1", "US Dollar"}, "EUR": {"4", "5"}}
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{"USD": "1", "usd": "1", "EUR": "", "GBP": "", "XTS": ""} {
		if got := m.Currency(code); got.ID != want {
			t.Errorf("%s has the id %q, want %q", code, got.ID, want)
		}
	}
}
