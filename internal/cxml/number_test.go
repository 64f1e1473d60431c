package cxml

import "testing"

func TestParseNumberReadsWhatSuppliersWrite(t *testing.T) {
	tests := []struct {
		in, out string
		odd     bool
	}{
		{"12", "12", false},
		{"-3.50", "-3.50", false},
		{"+1.5", "1.5", false},
		{".5", "0.5", false},
		{"007", "7", false},
		{"13,450.0000", "13450.0000", true},
		{"-1,234,567", "-1234567", true},
		{"1'234.50", "1234.50", true},
		{"1 234 567.8", "1234567.8", true},
		{"1\u00a0234.50", "1234.50", true},
		{"200.00-", "-200.00", true},
		{"1,200.00 -", "-1200.00", true},
		{"\n 5.00\t", "5.00", true},
		{"1E+1", "10", true},
		{"1.25e3", "1250", true},
		{"12.5E-3", "0.0125", true},
		{"5e-1", "0.5", true},
	}
	for _, tt := range tests {
		d, odd, err := parseNumber(tt.in)
		if err != nil || !d.Equal(dec(tt.out)) || (odd != "") != tt.odd {
			t.Errorf("parseNumber(%q) = %s, %q, %v; want %s, odd %t", tt.in, d, odd, err, tt.out, tt.odd)
		}
	}
}

func TestParseNumberRefusesWhatNobodyCanBeSureOf(t *testing.T) {
	for _, in := range []string{
		"", "abc", "20.00@#$", "$5", "1,000", "1,234", "12,50", "1.234,56", "1,23,456", "12 34", "999.00 1008.00",
		"NaN", "Infinity", "1e999", "0x10", "--1", "+-1", "-1-", "1..2", "１２", "-", ".", "1234567890123456789012345678901234567890",
	} {
		if d, _, err := parseNumber(in); err == nil {
			t.Errorf("parseNumber(%q) = %s, want an error", in, d)
		}
	}
}

func TestParseWhole(t *testing.T) {
	for in, want := range map[string]int{"1": 1, "00010": 10, " 7": 7, "10.0": 10, "0": 0, "102123131321": 102123131321} {
		if n, _, err := parseWhole(in); err != nil || n != want {
			t.Errorf("parseWhole(%q) = %d, %v; want %d", in, n, err, want)
		}
	}
	for _, in := range []string{"", "-1", "1.5", "a", "1 2", "1e3", "9999999999999999999"} {
		if n, _, err := parseWhole(in); err == nil {
			t.Errorf("parseWhole(%q) = %d, want an error", in, n)
		}
	}
}
