package cxml

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/document"
)

// FuzzNumber holds what must be true of any text that is read as a number: it is bounded, it survives being written, and
// its digits are those of the text, in their order, with nothing but zeros added.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"12", "-3.50", "13,450.0000", "200.00-", "1E+1", "5e-1", "1'234.50", "1\u00a0234.50", "1,000", "NaN", "0x10", "１２", "+.5", " 7 ", "00000.1e99"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, odd, err := parseNumber(s)
		if err != nil {
			return
		}
		again, err := document.ParseDecimal(d.String())
		if err != nil || !again.Equal(d) {
			t.Fatalf("%q was read as %s, which reads as %s, %v", s, d, again, err)
		}
		want, ok := new(big.Rat).SetString(plain(s))
		if !ok {
			t.Fatalf("%q was read as %s, and is no number", s, d)
		}
		got, ok := new(big.Rat).SetString(d.String())
		if !ok || got.Cmp(want) != 0 {
			t.Fatalf("%q was read as %s", s, d)
		}
		if odd == "" && !plainNumber.MatchString(s) {
			t.Fatalf("%q was read as %s without a word", s, d)
		}
	})
}

// plain returns a number in the form that math/big reads: the sign in front, no separators.
func plain(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasSuffix(s, "-") {
		s = "-" + strings.TrimSpace(strings.TrimSuffix(s, "-"))
	}
	return strings.NewReplacer(",", "", "'", "", "’", "", " ", "", "\u00a0", "", "\u202f", "").Replace(s)
}

// FuzzMoment holds what must be true of any text that is read as a date: it lies where dates can lie, its zone exists,
// and where the standard library reads the text too it is the same instant.
func FuzzMoment(f *testing.F) {
	for _, seed := range []string{
		"2026-09-01T10:20:30+02:00", "2026-09-01", "20260901102030ED", "2026-09-01T10:20:30-CST", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
		"2014-03-12T17:37:35+17:37", "2026-02-30", "2026-09-01T23:59:60Z", "2026-09-01T10:20:30.9999999999Z", "--T::", "1970-01-01T00:00:00+14:00",
	} {
		f.Add(seed)
	}
	zone := time.FixedZone("", -6*3600)
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parseMoment(s, zone)
		if err != nil {
			return
		}
		if y := m.time.Year(); y < 1970 || y > 2199 {
			t.Fatalf("%q was read as the year %d", s, y)
		}
		if _, seconds := m.time.Zone(); seconds < leastOffset || seconds > mostOffset {
			t.Fatalf("%q was read with an offset of %d s", s, seconds)
		}
		text, err := m.time.MarshalText()
		if err != nil {
			t.Fatalf("%q was read as %v, which cannot be written: %v", s, m.time, err)
		}
		if again, err := time.Parse(time.RFC3339, string(text)); err != nil || !again.Equal(m.time) {
			t.Fatalf("%q was read as %s, which reads as %v, %v", s, text, again, err)
		}
		if std, err := time.Parse(time.RFC3339, s); err == nil && !std.Equal(m.time) {
			t.Fatalf("%q was read as %s, the standard library says %s", s, text, std)
		}
		if digits := strings.Map(digit, s); len(digits) < 8 || !strings.HasPrefix(digits, m.time.Format("20060102")) {
			t.Fatalf("%q was read as the day %s", s, m.time.Format("2006-01-02"))
		}
	})
}

func digit(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}
