package schemas

import (
	"strings"
	"time"
)

// lexical is a form that text has to have.
type lexical struct {
	name  string
	means string // completes "it is not ..."
	holds func(string) bool
	value bool // a form that the DTD leaves open: cXML states it in words only
}

// lexicals are the forms by the names that tables use.
var lexicals = map[string]*lexical{
	"text":     {name: "text", holds: func(string) bool { return true }},
	"number":   {name: "number", means: "a number such as 1250.50", holds: number, value: true},
	"uint":     {name: "uint", means: "a whole number", holds: digits, value: true},
	"datetime": {name: "datetime", means: "a date with time and zone such as 2006-01-02T15:04:05-07:00", holds: datetime, value: true},
	"currency": {name: "currency", means: "a currency code of three capital letters such as USD", holds: currency, value: true},
	"lang":     {name: "lang", means: "a language code such as en-US", holds: language, value: true},
	"nmtoken":  {name: "nmtoken", means: "one word of letters, digits and . - _ :", holds: nmtoken},
	"id":       {name: "id", means: "a name that starts with a letter", holds: xmlName},
	"idref":    {name: "idref", means: "a name that starts with a letter", holds: xmlName},
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func number(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	return whole+fraction != "" && (whole == "" || digits(whole)) && (fraction == "" || digits(fraction))
}

// datetime takes ISO 8601 with a zone. Zones that no place has come from programs that print the time of day as the zone.
func datetime(s string) bool {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return false
	}
	_, offset := t.Zone()
	return offset >= -12*3600 && offset <= 14*3600
}

func currency(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return len(s) == 3
}

// language takes the shape of RFC 5646, and the empty value, with which XML says that the language is not known.
func language(s string) bool {
	if s == "" {
		return true
	}
	for part := range strings.SplitSeq(s, "-") {
		if part == "" || len(part) > 8 {
			return false
		}
		for i := range len(part) {
			if c := part[i] | 0x20; (c < 'a' || c > 'z') && (part[i] < '0' || part[i] > '9') {
				return false
			}
		}
	}
	return true
}

// nmtoken takes XML's Nmtoken. Of letters beyond ASCII all are taken, a few of which XML leaves out.
func nmtoken(s string) bool {
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_', c == ':', c >= 0xB7:
		default:
			return false
		}
	}
	return s != ""
}

func xmlName(s string) bool {
	return nmtoken(s) && !strings.ContainsRune("0123456789.-", rune(s[0]))
}
