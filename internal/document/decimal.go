package document

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/cockroachdb/apd/v3"
)

// Decimal is an exact decimal number. The zero value is 0. A Decimal is immutable: every operation returns a new one.
// Its JSON form is a string, because a JSON number would pass through a float in most readers.
type Decimal struct {
	d apd.Decimal
}

// MaxDigits bounds the digits of a Decimal read from text. Real amounts stay below 20; the bound keeps a hostile
// document from turning arithmetic into work.
const MaxDigits = 34

// shown bounds how much of a text that is no number stands in the error.
const shown = 64

// plainDecimal is the only accepted form. apd itself would also take NaN, Infinity and exponents.
var plainDecimal = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)

// arithmetic rounds half up beyond 40 significant digits, which only quotients reach.
var arithmetic = apd.Context{Precision: 40, Rounding: apd.RoundHalfUp, MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent}

// ParseDecimal reads plain decimal text such as "12", "-3.50" or ".5". Exponents, separators and blanks are refused.
func ParseDecimal(s string) (Decimal, error) {
	if !plainDecimal.MatchString(s) {
		return Decimal{}, fmt.Errorf("%q is not a decimal number", Clip(s, shown))
	}
	d, _, err := apd.NewFromString(s)
	if err != nil {
		return Decimal{}, fmt.Errorf("%q is not a decimal number: %w", Clip(s, shown), err)
	}
	if d.NumDigits() > MaxDigits || d.Exponent < -MaxDigits {
		return Decimal{}, fmt.Errorf("%q has more than %d digits", Clip(s, shown), MaxDigits)
	}
	return Decimal{d: *d}, nil
}

// MustDecimal is ParseDecimal for constants; it panics on text that is not a decimal number.
func MustDecimal(s string) Decimal {
	d, err := ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// NewDecimal returns n as a Decimal.
func NewDecimal(n int64) Decimal { return Decimal{d: *apd.New(n, 0)} }

func (a Decimal) with(op func(d, x, y *apd.Decimal) (apd.Condition, error), b Decimal) Decimal {
	var r Decimal
	if _, err := op(&r.d, &a.d, &b.d); err != nil {
		// Operands are finite and bounded, so only a division by zero comes here; callers test for it first.
		panic(fmt.Sprintf("decimal arithmetic on %s and %s: %v", a, b, err))
	}
	return r
}

// Add returns a + b.
func (a Decimal) Add(b Decimal) Decimal { return a.with(arithmetic.Add, b) }

// Sub returns a - b.
func (a Decimal) Sub(b Decimal) Decimal { return a.with(arithmetic.Sub, b) }

// Mul returns a * b.
func (a Decimal) Mul(b Decimal) Decimal { return a.with(arithmetic.Mul, b) }

// Quo returns a / b, exact or rounded half up at 40 digits. It panics when b is zero: test with IsZero first.
func (a Decimal) Quo(b Decimal) Decimal { return a.with(arithmetic.Quo, b) }

// Neg returns -a; zero stays zero.
func (a Decimal) Neg() Decimal {
	if a.IsZero() {
		return a
	}
	var r Decimal
	r.d.Neg(&a.d)
	return r
}

// Abs returns the value without its sign.
func (a Decimal) Abs() Decimal {
	var r Decimal
	r.d.Abs(&a.d)
	return r
}

// Round returns a rounded half up to the given number of decimal places.
func (a Decimal) Round(places int32) Decimal {
	var r Decimal
	if _, err := arithmetic.Quantize(&r.d, &a.d, -places); err != nil {
		return a
	}
	return r
}

// Cmp returns -1, 0 or 1 as a is less than, equal to or greater than b. 1.0 and 1.00 are equal.
func (a Decimal) Cmp(b Decimal) int { return a.d.Cmp(&b.d) }

// Equal reports whether a and b are the same number, whatever their trailing zeros.
func (a Decimal) Equal(b Decimal) bool { return a.Cmp(b) == 0 }

// Sign returns -1, 0 or 1.
func (a Decimal) Sign() int { return a.d.Sign() }

// IsZero reports whether a is 0.
func (a Decimal) IsZero() bool { return a.d.IsZero() }

// String returns plain decimal text with the digits as given, never an exponent.
func (a Decimal) String() string { return a.d.Text('f') }

// Canonical returns plain decimal text without trailing zeros, so that equal numbers have equal text.
func (a Decimal) Canonical() string {
	var r apd.Decimal
	r.Reduce(&a.d)
	return r.Text('f')
}

// Number returns the value for JSON that wants a number, as NetSuite's records do.
func (a Decimal) Number() json.Number { return json.Number(a.Canonical()) }

// MarshalText implements encoding.TextMarshaler.
func (a Decimal) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Decimal) UnmarshalText(text []byte) error {
	d, err := ParseDecimal(string(text))
	if err != nil {
		return err
	}
	*a = d
	return nil
}
