package simulator

import (
	"maps"
	"slices"
	"strings"
)

// run executes a query on the books: nested loops over its tables, then order, duplicates and FETCH FIRST.
func (s *Simulator) run(q *query) ([][]any, error) {
	known := tables(s)
	if err := q.bind(known); err != nil {
		return nil, err
	}
	type result struct{ values, sort []any }
	var results []result
	collect := func(b bindings) error {
		if q.where != nil {
			if t, err := q.where.holds(b); err != nil || t != yes {
				return err
			}
		}
		var r result
		for _, out := range q.outputs {
			v, err := out.value.eval(b)
			if err != nil {
				return err
			}
			r.values = append(r.values, v)
		}
		for _, o := range q.order {
			v, err := o.value.eval(b)
			if err != nil {
				return err
			}
			r.sort = append(r.sort, v)
		}
		results = append(results, r)
		return nil
	}
	if err := q.join(s, known, make(bindings, 0, len(q.tables)), collect); err != nil {
		return nil, err
	}
	var failed error
	slices.SortStableFunc(results, func(a, b result) int {
		for i, o := range q.order {
			n, err := compareNulls(a.sort[i], b.sort[i])
			if err != nil {
				failed = err
			}
			if o.descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	if failed != nil {
		return nil, failed
	}
	seen := map[string]bool{}
	rows := make([][]any, 0, len(results))
	for _, r := range results {
		if q.distinct {
			var key strings.Builder
			for _, v := range r.values {
				key.WriteString(shown(v) + "\x00")
			}
			if seen[key.String()] {
				continue
			}
			seen[key.String()] = true
		}
		if q.first > 0 && len(rows) == q.first {
			break
		}
		rows = append(rows, r.values)
	}
	return rows, nil
}

// compareNulls sorts null last, as Oracle does.
func compareNulls(a, b any) (int, error) {
	switch {
	case a == nil && b == nil:
		return 0, nil
	case a == nil:
		return 1, nil
	case b == nil:
		return -1, nil
	}
	return compare(a, b)
}

func (q *query) join(s *Simulator, known map[string]table, chosen bindings, collect func(bindings) error) error {
	at := len(chosen)
	if at == len(q.tables) {
		return collect(chosen)
	}
	source := q.tables[at]
	wanted := narrow(source.on, at, chosen)
	if at == 0 {
		wanted = wanted.and(narrow(q.where, at, chosen))
	}
	matched := false
	for _, row := range known[source.table].rows(s, wanted) {
		next := append(chosen[:at:at], row)
		if source.on != nil {
			if t, err := source.on.holds(next); err != nil {
				return err
			} else if t != yes {
				continue
			}
		}
		matched = true
		if err := q.join(s, known, next, collect); err != nil {
			return err
		}
	}
	if !matched && source.left {
		return q.join(s, known, append(chosen[:at:at], nil), collect)
	}
	return nil
}

// choices are values that columns of a table must have, one of each column's.
type choices map[string][]string

// and joins what two conditions ask for that must both hold.
func (c choices) and(d choices) choices {
	all := maps.Clone(d)
	if all == nil {
		return c
	}
	maps.Copy(all, c)
	return all
}

// or joins what two conditions ask for of which one must hold: a column that only one of them knows may have any value.
func (c choices) or(d choices) choices {
	all := choices{}
	for name, values := range c {
		if others, ok := d[name]; ok {
			all[name] = slices.Concat(values, others)
		}
	}
	return all
}

// narrow finds columns of a table that must have values known already. It only spares work: every row is tested by the
// whole condition afterwards.
func narrow(c condition, at int, chosen bindings) choices {
	switch c := c.(type) {
	case both:
		return narrow(c.left, at, chosen).and(narrow(c.right, at, chosen))
	case either:
		return narrow(c.left, at, chosen).or(narrow(c.right, at, chosen))
	case comparison:
		if c.operator != "=" {
			return nil
		}
		wanted := choices{}
		for _, side := range [2][2]expression{{c.left, c.right}, {c.right, c.left}} {
			name, ok := columnOf(side[0], at)
			if !ok || !evaluable(side[1], at) {
				continue
			}
			v, err := side[1].eval(chosen)
			if err != nil || v == nil {
				continue
			}
			// Only where the text decides as the comparison would: 07001 is the id 7001, and a number is no tranid.
			if n, err := asNumber(v); err == nil && name != "tranid" {
				wanted[name] = []string{n.Canonical()}
			} else if t, isText := v.(string); isText && name == "tranid" {
				wanted[name] = []string{t}
			}
		}
		return wanted
	}
	return nil
}

// columnOf returns the name of a bare column of the table, or of the number of a transaction within UPPER.
func columnOf(e expression, at int) (string, bool) {
	f, wrapped := e.(function)
	if wrapped && f.name == "upper" {
		e = f.args[0]
	}
	c, ok := e.(*column)
	if !ok || c.table != at || wrapped && c.name != "tranid" {
		return "", false
	}
	return c.name, true
}

// evaluable reports whether an expression needs only tables before the given one.
func evaluable(e expression, at int) bool {
	switch e := e.(type) {
	case *column:
		return e.table < at
	case function:
		for _, arg := range e.args {
			if !evaluable(arg, at) {
				return false
			}
		}
	}
	return true
}
