package simulator

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// Values of SuiteQL are nil, string, document.Decimal, moment and ref.
type moment time.Time

// tuple is a row of a table: the value of a column by its name.
type tuple func(column string) any

// bindings are the rows chosen so far, one a table; nil where a LEFT JOIN found none.
type bindings []tuple

type expression interface {
	eval(bindings) (any, error)
}

// truth is the three-valued result of a condition.
type truth int

const (
	no truth = iota
	maybe
	yes
)

type condition interface {
	holds(bindings) (truth, error)
}

type literal struct{ value any }

func (l literal) eval(bindings) (any, error) { return l.value, nil }

type column struct {
	qualifier, name string
	table           int
	ignore          bool // stood for an output
}

func (c *column) eval(b bindings) (any, error) {
	if b[c.table] == nil {
		return nil, nil
	}
	return b[c.table](c.name), nil
}

type function struct {
	name string
	args []expression
}

// check refuses functions that are not known, so that no query gets a made-up answer.
func (f function) check() error {
	counts := map[string]int{"upper": 1, "lower": 1, "abs": 1, "nvl": 2, "to_char": 2, "to_date": 2, "builtin.df": 1}
	n, known := counts[f.name]
	if !known {
		return fmt.Errorf("function %q is not understood", f.name)
	}
	if len(f.args) != n {
		return fmt.Errorf("function %s takes %d arguments, not %d", f.name, n, len(f.args))
	}
	return nil
}

func (f function) eval(b bindings) (any, error) {
	values := make([]any, len(f.args))
	for i, arg := range f.args {
		v, err := arg.eval(b)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	first := values[0]
	if f.name == "nvl" {
		if first == nil {
			return values[1], nil
		}
		return first, nil
	}
	if first == nil {
		return nil, nil
	}
	switch f.name {
	case "upper":
		return strings.ToUpper(shown(first)), nil
	case "lower":
		return strings.ToLower(shown(first)), nil
	case "abs":
		d, err := asNumber(first)
		return d.Abs(), err
	case "builtin.df":
		if r, ok := first.(ref); ok && r.name != "" {
			return r.name, nil
		}
		return shown(first), nil
	}
	format, ok := values[1].(string)
	if !ok {
		return nil, fmt.Errorf("function %s needs a format", f.name)
	}
	layout, err := dateLayout(format)
	if err != nil {
		return nil, err
	}
	if f.name == "to_date" {
		t, err := time.Parse(layout, shown(first))
		if err != nil {
			return nil, fmt.Errorf("%q does not match the format %s", shown(first), format)
		}
		return moment(t), nil
	}
	m, ok := first.(moment)
	if !ok {
		return nil, errors.New("TO_CHAR of a value that is not a date is not understood")
	}
	return time.Time(m).UTC().Format(layout), nil
}

// dateLayout translates the parts of a date format that the simulator knows.
func dateLayout(format string) (string, error) {
	rest := format
	for _, part := range []string{"YYYY", "MM", "DD", "HH24", "MI", "SS"} {
		rest = strings.ReplaceAll(rest, part, "")
	}
	if strings.ContainsAny(strings.ToUpper(rest), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") {
		return "", fmt.Errorf("date format %q is not understood", format)
	}
	return strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02", "HH24", "15", "MI", "04", "SS", "05").Replace(format), nil
}

type both struct{ left, right condition }
type either struct{ left, right condition }
type negation struct{ inner condition }
type isNull struct{ value expression }
type like struct{ value, pattern expression }
type comparison struct {
	operator    string
	left, right expression
}

func (c both) holds(b bindings) (truth, error) {
	l, err := c.left.holds(b)
	if err != nil || l == no {
		return no, err
	}
	r, err := c.right.holds(b)
	return min(l, r), err
}

func (c either) holds(b bindings) (truth, error) {
	l, err := c.left.holds(b)
	if err != nil || l == yes {
		return l, err
	}
	r, err := c.right.holds(b)
	return max(l, r), err
}

func (c negation) holds(b bindings) (truth, error) {
	t, err := c.inner.holds(b)
	return yes - t, err
}

func (c isNull) holds(b bindings) (truth, error) {
	v, err := c.value.eval(b)
	return truthOf(v == nil), err
}

func (c like) holds(b bindings) (truth, error) {
	v, err := c.value.eval(b)
	if err != nil || v == nil {
		return maybe, err
	}
	p, err := c.pattern.eval(b)
	if err != nil || p == nil {
		return maybe, err
	}
	pattern := strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(shown(p)))
	matched, err := regexp.MatchString("(?s)^"+pattern+"$", shown(v))
	return truthOf(matched), err
}

func (c comparison) holds(b bindings) (truth, error) {
	l, err := c.left.eval(b)
	if err != nil {
		return no, err
	}
	r, err := c.right.eval(b)
	if err != nil {
		return no, err
	}
	if l == nil || r == nil {
		return maybe, nil
	}
	n, err := compare(l, r)
	if err != nil {
		return no, err
	}
	switch c.operator {
	case "=":
		return truthOf(n == 0), nil
	case "<":
		return truthOf(n < 0), nil
	case ">":
		return truthOf(n > 0), nil
	case "<=":
		return truthOf(n <= 0), nil
	case ">=":
		return truthOf(n >= 0), nil
	}
	return truthOf(n != 0), nil
}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// compare orders two values that are not null. Text beside a number is read as one, as Oracle does, or is an error.
func compare(l, r any) (int, error) {
	l, r = plain(l), plain(r)
	lm, lDate := l.(moment)
	rm, rDate := r.(moment)
	switch {
	case lDate && rDate:
		return time.Time(lm).Compare(time.Time(rm)), nil
	case lDate || rDate:
		return 0, errors.New("a date is compared with what is not a date: use TO_DATE")
	}
	_, lNumber := l.(document.Decimal)
	_, rNumber := r.(document.Decimal)
	if !lNumber && !rNumber {
		return strings.Compare(shown(l), shown(r)), nil
	}
	a, err := asNumber(l)
	if err != nil {
		return 0, err
	}
	b, err := asNumber(r)
	return a.Cmp(b), err
}

func asNumber(v any) (document.Decimal, error) {
	if d, ok := plain(v).(document.Decimal); ok {
		return d, nil
	}
	d, err := document.ParseDecimal(shown(v))
	if err != nil {
		return d, fmt.Errorf("invalid number %q", shown(v))
	}
	return d, nil
}

// plain takes a reference as its internal id.
func plain(v any) any {
	r, ok := v.(ref)
	if !ok {
		return v
	}
	if d, err := document.ParseDecimal(r.id); err == nil {
		return d
	}
	return r.id
}

// shown is the text of a value in an answer. Dates have the account's format.
func shown(v any) string {
	switch v := v.(type) {
	case moment:
		return time.Time(v).UTC().Format("1/2/2006")
	case nil:
		return ""
	}
	return textOf(v)
}
