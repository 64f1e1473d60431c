package record

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"counterpunch/internal/document"
)

// maxExponent bounds the exponent of a number. It is above document.MaxDigits, so that the decimal's own limit decides,
// and it keeps "1e999999999" from being written out.
const maxExponent = 2 * document.MaxDigits

// Decimal reads a number of NetSuite's JSON exactly: a JSON number, with an exponent too (1.0E7 is how NetSuite prints ten
// million), or the same in a JSON string, as SuiteQL answers. null and the empty string are zero.
func Decimal(raw json.RawMessage) (document.Decimal, error) {
	text, err := scalar(raw)
	if err != nil || text == "" {
		return document.Decimal{}, err
	}
	plain, err := withoutExponent(text)
	if err != nil {
		return document.Decimal{}, err
	}
	return document.ParseDecimal(plain)
}

// withoutExponent writes a number such as -1.25E3 out as -1250.
func withoutExponent(s string) (string, error) {
	at := strings.IndexAny(s, "eE")
	if at < 0 {
		return s, nil
	}
	exponent, err := strconv.Atoi(s[at+1:])
	if err != nil || exponent > maxExponent || exponent < -maxExponent {
		return "", fmt.Errorf("%q is not a decimal number in range", clip(s))
	}
	mantissa, sign := s[:at], ""
	if strings.HasPrefix(mantissa, "-") || strings.HasPrefix(mantissa, "+") {
		sign, mantissa = mantissa[:1], mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" {
		return "", fmt.Errorf("%q is not a decimal number", clip(s))
	}
	digits, point := whole+fraction, len(whole)+exponent
	switch {
	case point <= 0:
		return sign + "0." + strings.Repeat("0", -point) + digits, nil
	case point >= len(digits):
		return sign + digits + strings.Repeat("0", point-len(digits)), nil
	default:
		return sign + digits[:point] + "." + digits[point:], nil
	}
}

// scalar returns the text of a JSON string or number, and "" for null and for nothing.
func scalar(raw json.RawMessage) (string, error) {
	switch first(raw) {
	case 0, 'n':
		return "", nil
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", err
		}
		return strings.TrimSpace(s), nil
	case '{', '[', 't', 'f':
		return "", fmt.Errorf("%s is neither text nor a number", clip(string(raw)))
	default:
		return string(raw), nil
	}
}

// first returns the first byte of a JSON value, which tells its type, or 0 for no value.
func first(raw json.RawMessage) byte {
	for _, b := range raw {
		if b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			return b
		}
	}
	return 0
}

func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
