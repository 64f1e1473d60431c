package document_test

import (
	"encoding/json"
	"testing"

	"counterpunch/internal/document"
)

func TestParseDecimalTakesPlainTextOnly(t *testing.T) {
	for text, want := range map[string]string{
		"12": "12", "-3.50": "-3.50", ".5": "0.5", "+7": "7", "007": "7", "1.": "1", "0.00": "0.00",
	} {
		d, err := document.ParseDecimal(text)
		if err != nil {
			t.Errorf("ParseDecimal(%q): %v", text, err)
		} else if d.String() != want {
			t.Errorf("ParseDecimal(%q) = %s, want %s", text, d, want)
		}
	}
	for _, text := range []string{"", " 1", "1e3", "NaN", "Infinity", "1,000", "12-", "0x1F", "1.2.3", "-", ".",
		"99999999999999999999999999999999999", "0.00000000000000000000000000000000000001"} {
		if d, err := document.ParseDecimal(text); err == nil {
			t.Errorf("ParseDecimal(%q) = %s, want an error", text, d)
		}
	}
}

func TestDecimalArithmeticIsExact(t *testing.T) {
	a, b := document.MustDecimal("0.1"), document.MustDecimal("0.2")
	for what, got := range map[string]document.Decimal{
		"0.3": a.Add(b), "-0.1": a.Sub(b), "0.02": a.Mul(b), "0.5": a.Quo(b), "0.10": document.MustDecimal("0.095").Round(2),
	} {
		if !got.Equal(document.MustDecimal(what)) {
			t.Errorf("got %s, want %s", got, what)
		}
	}
	if got := document.MustDecimal("0").Neg().String(); got != "0" {
		t.Errorf("-0 = %s, want 0", got)
	}
}

func TestDecimalEqualityIgnoresTrailingZeros(t *testing.T) {
	if a, b := document.MustDecimal("1.50"), document.MustDecimal("1.5"); !a.Equal(b) || a.Canonical() != b.Canonical() {
		t.Errorf("%s and %s differ", a, b)
	}
	if got := document.MustDecimal("1200").Number().String(); got != "1200" {
		t.Errorf("Number of 1200 = %s", got)
	}
}

func TestDecimalJSONIsText(t *testing.T) {
	raw, err := json.Marshal(document.Money{Amount: document.MustDecimal("10.10"), Currency: "USD"})
	if err != nil || string(raw) != `{"amount":"10.10","currency":"USD"}` {
		t.Fatalf("marshal: %s, %v", raw, err)
	}
	var m document.Money
	if err := json.Unmarshal(raw, &m); err != nil || m.Amount.String() != "10.10" {
		t.Errorf("unmarshal: %v, %v", m, err)
	}
	if err := json.Unmarshal([]byte(`{"amount":"1e9"}`), &m); err == nil {
		t.Error("an exponent was accepted")
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"1", "-0.5", "1e9", "NaN", "0000", "+.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := document.ParseDecimal(s)
		if err != nil {
			return
		}
		again, err := document.ParseDecimal(d.String())
		if err != nil || !again.Equal(d) {
			t.Errorf("%q became %s, which reads back as %s (%v)", s, d, again, err)
		}
	})
}
