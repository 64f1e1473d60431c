package simulator

import (
	"maps"
	"slices"
	"strconv"

	"counterpunch/internal/document"
)

// ref is the value of a reference.
type ref struct{ id, name string }

// record is one transaction. Values are string (text, day, instant), document.Decimal (number, whole), bool (flag) or ref;
// an absent value is not in the map.
type record struct {
	schema   *schema
	id       string
	version  int
	fields   map[string]any
	lists    map[string][]*row
	lastLine int
	// given holds what the running request wrote itself, so that consequences can be told from it: "field" for the body,
	// "list/line/field" for a line. It is empty outside a request.
	given map[string]bool
}

// row is a line of a sublist.
type row struct {
	line   int
	fields map[string]any
}

func newRecord(s *schema, id string) *record {
	return &record{schema: s, id: id, fields: map[string]any{}, lists: map[string][]*row{}, given: map[string]bool{}}
}

func (r *record) clone() *record {
	c := *r
	c.fields = maps.Clone(r.fields)
	c.given = map[string]bool{}
	c.lists = make(map[string][]*row, len(r.lists))
	for name, rows := range r.lists {
		copied := make([]*row, len(rows))
		for i, one := range rows {
			copied[i] = &row{line: one.line, fields: maps.Clone(one.fields)}
		}
		c.lists[name] = copied
	}
	return &c
}

// add appends a line with the next number. Numbers of removed lines are never given again.
func (r *record) add(list string) *row {
	r.lastLine++
	one := &row{line: r.lastLine, fields: map[string]any{}}
	r.lists[list] = append(r.lists[list], one)
	return one
}

func (r *record) row(list string, line int) *row {
	for _, one := range r.lists[list] {
		if one.line == line {
			return one
		}
	}
	return nil
}

func (r *record) text(name string) string { return textOf(r.fields[name]) }

func (r *record) number(name string) document.Decimal { return numberOf(r.fields[name]) }

func (r *row) number(name string) document.Decimal { return numberOf(r.fields[name]) }

func (r *row) text(name string) string { return textOf(r.fields[name]) }

func (r *row) flag(name string) bool {
	v, _ := r.fields[name].(bool)
	return v
}

func (r *row) has(name string) bool {
	_, ok := r.fields[name]
	return ok
}

// wasGiven reports whether the running request wrote the column of the line.
func (r *record) wasGiven(list string, line int, column string) bool {
	return r.given[givenColumn(list, line, column)]
}

// givenColumn is how a column of a line stands in given.
func givenColumn(list string, line int, column string) string {
	return list + "/" + strconv.Itoa(line) + "/" + column
}

func numberOf(v any) document.Decimal {
	d, _ := v.(document.Decimal)
	return d
}

// textOf is how the books show a value: the id of a reference, a number without trailing zeros, empty for none.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case document.Decimal:
		return v.Canonical()
	case bool:
		return strconv.FormatBool(v)
	case ref:
		return v.id
	}
	return ""
}

// money renders an amount with at least the two places of a currency.
func money(d document.Decimal) string {
	rounded := d.Round(2)
	if rounded.Equal(d) {
		return rounded.String()
	}
	return d.Canonical()
}

// Change is one field before and after a write, as the books show values.
type Change struct {
	List   string `json:"list,omitempty"` // item, expense or apply; empty for the body
	Line   int    `json:"line,omitempty"`
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
	// Derived: the request did not write the field; NetSuite changed it as a consequence.
	Derived bool `json:"derived,omitempty"`
}

// The fields of a Change that stand for a line as a whole.
const (
	lineAdded   = "(line added)"
	lineRemoved = "(line removed)"
)

// changes lists what differs, in a stable order. before or after may be nil.
func changes(before, after *record) []Change {
	var all []Change
	empty := &record{}
	given := map[string]bool{}
	if before == nil {
		before = empty
	}
	if after == nil {
		after = empty
	} else {
		given = after.given
	}
	compare := func(list string, line int, prefix string, b, a map[string]any) {
		names := slices.Sorted(maps.Keys(union(b, a)))
		for _, name := range names {
			from, to := textOf(b[name]), textOf(a[name])
			if from != to && name != "lastModifiedDate" {
				all = append(all, Change{List: list, Line: line, Field: name, Before: from, After: to, Derived: !given[prefix+name]})
			}
		}
	}
	compare("", 0, "", before.fields, after.fields)
	for _, list := range []string{itemList, expenses, applyList, taxList} {
		lines := map[int]bool{}
		for _, one := range append(slices.Clone(before.lists[list]), after.lists[list]...) {
			lines[one.line] = true
		}
		for _, line := range slices.Sorted(maps.Keys(lines)) {
			b, a := before.row(list, line), after.row(list, line)
			switch {
			case b == nil:
				all = append(all, Change{List: list, Line: line, Field: lineAdded})
				b = &row{}
			case a == nil:
				all = append(all, Change{List: list, Line: line, Field: lineRemoved})
				a = &row{}
			}
			compare(list, line, list+"/"+strconv.Itoa(line)+"/", b.fields, a.fields)
		}
	}
	return all
}

func union(a, b map[string]any) map[string]any {
	all := make(map[string]any, len(a)+len(b))
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}
