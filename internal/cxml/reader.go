package cxml

import (
	"strings"
	"time"

	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

// Codes of warnings. They are stable: consumers may filter on them.
const (
	warnNumber      = "number-form"       // a number was read that is not written as cXML wants it
	warnDate        = "date-form"         // likewise a date
	warnIgnored     = "value-ignored"     // an optional value could not be read and was left out
	warnValue       = "value-form"        // a word differs from cXML's in case or is unknown and harmless
	warnName        = "name-form"         // an attribute's name differs from cXML's in case
	warnMissing     = "missing"           // a value that cXML requires is absent, but can be done without
	warnRepeated    = "repeated"          // something stands twice
	warnQuantities  = "quantities-differ" // parts do not add up to the whole
	warnTotals      = "totals-differ"     // declared totals do not add up
	warnType        = "type-differs"      // a document's type and its lines disagree
	warnCurrency    = "currency"          // a currency is missing or not a code of three letters, or there are several
	warnSign        = "sign"              // signs are mixed or unexpected
	warnWithholding = "withholding-tax"   // a tax is withheld, not added
	warnPriceBasis  = "price-basis"       // a price that is not for one unit
	warnUnread      = "not-read"          // a part of the document has no place in the normalised form
)

// reader turns elements into values and collects what is to be said about them.
type reader struct {
	findings
	zone *time.Location
}

// need says how bad it is when a value is absent or cannot be read.
type need int

const (
	optional  need = iota // absent: nothing; unreadable: a warning
	important             // absent: nothing; unreadable: a problem, because it would be written somewhere
	required              // absent or unreadable: a problem
)

// attr returns an attribute as it stands. A name that differs only in case is taken, with a warning.
func (r *reader) attr(e *etree.Element, name string) string {
	v, ok := attr(e, name)
	if ok || e == nil {
		return v
	}
	for _, a := range e.Attr {
		if a.Space == "" && strings.EqualFold(a.Key, name) {
			r.warn(e, a.Key, warnName, a.Key, "The attribute is called %s in cXML.", name)
			return a.Value
		}
	}
	return ""
}

// word returns an attribute's value without outer white space.
func (r *reader) word(e *etree.Element, name string) string {
	return strings.TrimSpace(r.attr(e, name))
}

// id returns a required identifier.
func (r *reader) id(e *etree.Element, name, what string) string {
	v := r.word(e, name)
	if v == "" {
		r.problem(e, name, "%s is missing. Give %s of <%s>.", what, name, e.Tag)
	}
	return v
}

// single returns the child that may stand once. A second one is a problem: nobody can say which of the two is meant.
func (r *reader) single(e *etree.Element, name string) *etree.Element {
	var first *etree.Element
	for c := range children(e, name) {
		if first == nil {
			first = c
			continue
		}
		r.problem(c, "", "A second <%s> stands in <%s>; only one may.", name, e.Tag)
	}
	return first
}

// choice reads an attribute with a fixed list of words. absent is the value where there is none; with fatal an unknown
// word is a problem, else it is left out with a warning.
func choice[T ~string](r *reader, e *etree.Element, name string, absent T, fatal bool, allowed ...T) T {
	raw, ok := attr(e, name)
	if !ok {
		raw = r.attr(e, name)
	}
	v := strings.TrimSpace(raw)
	if v == "" {
		if fatal && absent == "" {
			r.problem(e, name, "%s is missing; it must be one of %s.", name, list(allowed))
		}
		return absent
	}
	for _, a := range allowed {
		if string(a) == raw {
			return a
		}
	}
	for _, a := range allowed {
		if strings.EqualFold(string(a), v) {
			r.warn(e, name, warnValue, raw, "%s is written %s in cXML.", name, a)
			return a
		}
	}
	if fatal {
		r.problem(e, name, "%s is %q; it must be one of %s.", name, clip(v), list(allowed))
	} else {
		r.warn(e, name, warnValue, raw, "%s is none of %s and was left out.", name, list(allowed))
	}
	return absent
}

func list[T ~string](words []T) string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = string(w)
	}
	return strings.Join(s, ", ")
}

// yes reads an indicator. Only its value counts: isTaxInLine="no" occurs although cXML knows only "yes".
func (r *reader) yes(e *etree.Element, name string) bool {
	raw, ok := attr(e, name)
	if !ok {
		return false
	}
	v := strings.TrimSpace(raw)
	is := strings.EqualFold(v, "yes")
	if raw != "yes" && v != "" {
		r.warn(e, name, warnValue, raw, `cXML knows only "yes" here; read as %t.`, is)
	}
	return is
}

// date reads an attribute that is a date.
func (r *reader) date(e *etree.Element, name string, n need) *time.Time {
	raw := r.attr(e, name)
	if !strings.ContainsAny(raw, "0123456789") { // empty, or the template of a mapping tool such as --T::
		blank := strings.TrimSpace(raw) == ""
		switch {
		case n == required && e != nil && blank:
			r.problem(e, name, "%s is missing. Write it as 2006-01-02T15:04:05-07:00.", name)
		case n == required && e != nil:
			r.problem(e, name, "%s %q cannot be used: %v. Write it as 2006-01-02T15:04:05-07:00.", name, clip(raw), errNoDate)
		case !blank:
			r.warn(e, name, warnIgnored, raw, "%s holds no date and was left out.", name)
		}
		return nil
	}
	m, err := parseMoment(raw, r.zone)
	switch {
	case err != nil && n == optional:
		r.warn(e, name, warnIgnored, raw, "%s was left out: %v.", name, err)
		return nil
	case err != nil:
		r.problem(e, name, "%s %q cannot be used: %v. Write it as 2006-01-02T15:04:05-07:00.", name, clip(raw), err)
		return nil
	case m.odd != "":
		r.warn(e, name, warnDate, raw, "%s was read, but %s.", name, m.odd)
	}
	return &m.time
}

// moment is date for a value that the document cannot do without.
func (r *reader) moment(e *etree.Element, name string) time.Time {
	if t := r.date(e, name, required); t != nil {
		return *t
	}
	return time.Time{}
}

// number reads a decimal from raw, which is an attribute's value or, with name "", the element's text.
func (r *reader) number(e *etree.Element, name, raw string, n need) *document.Decimal {
	what := name
	if name == "" {
		what = "The number in <" + e.Tag + ">"
	}
	if strings.TrimSpace(raw) == "" {
		if n == required {
			r.problem(e, name, "%s is missing.", what)
		}
		return nil
	}
	d, odd, err := parseNumber(raw)
	switch {
	case err != nil && n == optional:
		r.warn(e, name, warnIgnored, raw, "%s was left out: %v.", what, err)
		return nil
	case err != nil:
		r.problem(e, name, "%s %q cannot be used: %v.", what, clip(strings.TrimSpace(raw)), err)
		return nil
	case odd != "":
		r.warn(e, name, warnNumber, raw, "%s was read as %s, but %s.", what, d, odd)
	}
	return &d
}

// decimal reads an attribute that is a decimal.
func (r *reader) decimal(e *etree.Element, name string, n need) *document.Decimal {
	if e == nil {
		return nil
	}
	return r.number(e, name, r.attr(e, name), n)
}

// whole reads an attribute that is a line number. 0 means absent, so that a required one starts at 1.
func (r *reader) whole(e *etree.Element, name string, n need) int {
	raw := r.attr(e, name)
	if strings.TrimSpace(raw) == "" {
		if n == required {
			r.problem(e, name, "%s is missing.", name)
		}
		return 0
	}
	v, odd, err := parseWhole(raw)
	switch {
	case err != nil && n == optional:
		r.warn(e, name, warnIgnored, raw, "%s was left out: %v.", name, err)
		return 0
	case err != nil:
		r.problem(e, name, "%s %q cannot be used: %v.", name, clip(raw), err)
		return 0
	case v == 0 && n == required:
		r.problem(e, name, "%s is 0; lines count from 1.", name)
	case odd != "":
		r.warn(e, name, warnNumber, raw, "%s was read as %d, but %s.", name, v, odd)
	}
	return v
}
