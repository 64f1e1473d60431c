package cxml

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"counterpunch/internal/document"
)

var (
	errNoNumber = errors.New("it is not a number; write digits with a point for decimals, such as 1250.50")
	// errAmbiguous guards a factor of a thousand: in some countries 1,000 is one with three decimals.
	errAmbiguous = errors.New("the comma could mean thousands or decimals; write 1250 or 1.250 without a comma")
)

// maxNumeral bounds the text of a number or date in bytes, blanks included: nothing real is longer, and arithmetic on
// endless digits is work.
const maxNumeral = 200

var (
	plainNumber   = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)
	groupedNumber = regexp.MustCompile(`^[0-9]{1,3}(?:(?:,[0-9]{3})+|(?:['’][0-9]{3})+|(?:[ \x{A0}\x{202F}][0-9]{3})+)(\.[0-9]*)?$`)
	oneComma      = regexp.MustCompile(`^[0-9]{1,3},[0-9]{3}$`)
	// exponential is how Java's BigDecimal prints round numbers.
	exponential = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)[eE]([+-]?[0-9]{1,2})$`)
)

// parseNumber reads a decimal number exactly. odd says what was unusual about how it was written.
func parseNumber(s string) (d document.Decimal, odd string, err error) {
	if len(s) > maxNumeral {
		return d, "", errNoNumber
	}
	if plainNumber.MatchString(s) {
		d, err = document.ParseDecimal(s)
		return d, "", err
	}
	trimmed := strings.TrimSpace(s)
	if trimmed != s {
		odd = "it has blanks around it"
	}
	sign := ""
	switch {
	case strings.HasSuffix(trimmed, "-"):
		sign, odd = "-", "its minus sign stands at the end"
		trimmed = strings.TrimSpace(strings.TrimSuffix(trimmed, "-"))
		if strings.HasPrefix(trimmed, "-") || strings.HasPrefix(trimmed, "+") {
			return d, "", errNoNumber
		}
	case strings.HasPrefix(trimmed, "-"), strings.HasPrefix(trimmed, "+"):
		sign, trimmed = trimmed[:1], trimmed[1:]
	}
	switch {
	case plainNumber.MatchString(trimmed) && !strings.HasPrefix(trimmed, "+") && !strings.HasPrefix(trimmed, "-"):
	case oneComma.MatchString(trimmed):
		return d, "", errAmbiguous
	case groupedNumber.MatchString(trimmed):
		odd = "it has separators between thousands"
		trimmed = strings.NewReplacer(",", "", "'", "", "’", "", " ", "", "\u00a0", "", "\u202f", "").Replace(trimmed)
	case exponential.MatchString(trimmed):
		odd = "it is written with an exponent"
		trimmed = withoutExponent(trimmed)
	default:
		return d, "", errNoNumber
	}
	d, err = document.ParseDecimal(sign + trimmed)
	return d, odd, err
}

// withoutExponent moves the decimal point of a number that matches exponential.
func withoutExponent(s string) string {
	m := exponential.FindStringSubmatch(s)
	power, _ := strconv.Atoi(m[2]) // two digits, by the pattern
	whole, fraction, _ := strings.Cut(m[1], ".")
	if power >= 0 {
		fraction += strings.Repeat("0", max(0, power-len(fraction)))
		return whole + fraction[:power] + "." + fraction[power:]
	}
	whole = strings.Repeat("0", max(0, -power-len(whole)+1)) + whole
	at := len(whole) + power
	return whole[:at] + "." + whole[at:] + fraction
}

// wholeNumber is a line number: digits, which may be padded with zeros or carry empty decimals. 15 digits are exact in
// every reader of JSON.
var wholeNumber = regexp.MustCompile(`^\+?0*([0-9]{1,15})(\.0*)?$`)

// parseWhole reads a whole number from 0 up.
func parseWhole(s string) (n int, odd string, err error) {
	trimmed := strings.TrimSpace(s)
	m := wholeNumber.FindStringSubmatch(trimmed)
	if m == nil {
		return 0, "", errors.New("it is not a whole number")
	}
	n, err = strconv.Atoi(m[1])
	switch {
	case trimmed != s:
		odd = "it has blanks around it"
	case m[2] != "":
		odd = "it has decimals"
	}
	return n, odd, err
}
