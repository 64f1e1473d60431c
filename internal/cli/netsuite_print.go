package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// printFetched writes a record as NetSuite gave it: JSON as it came, a table of fields and one of each sublist's lines, or
// CSV of fields and values, in which a line's columns are item.1.quantity.
func printFetched(w io.Writer, format string, raw json.RawMessage) error {
	if format == asJSON {
		return printRaw(w, raw)
	}
	fields, lists := flatten("", raw)
	if format == asCSV {
		for _, l := range lists {
			for i, row := range l.rows {
				for j, cell := range row {
					if cell != "" {
						fields = append(fields, []string{fmt.Sprintf("%s.%s.%s", l.name, l.keys[i], l.columns[j]), cell})
					}
				}
			}
		}
		return printRows(w, asCSV, []string{"field", "value"}, fields)
	}
	if err := printRows(w, asTable, []string{"field", "value"}, fields); err != nil {
		return err
	}
	for _, l := range lists {
		if _, err := fmt.Fprintf(w, "\n%s: %d\n", line(l.name), len(l.rows)); err != nil {
			return err
		}
		if err := printRows(w, asTable, l.columns, l.rows); err != nil {
			return err
		}
	}
	return nil
}

// printRaw writes JSON as it came, indented: its numbers stay as they are.
func printRaw(w io.Writer, raw json.RawMessage) error {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return fmt.Errorf("print the answer: %w", err)
	}
	b.WriteByte('\n')
	return printText(w, b.Bytes())
}

// lines are the rows of a sublist.
type lines struct {
	name    string
	columns []string
	keys    []string // of the rows: the field line, else their position
	rows    [][]string
}

// flatten turns an object into fields and values, and its sublists into lines. References are shown as name and id, links
// are left out, and objects within objects become names with dots.
func flatten(prefix string, raw json.RawMessage) (fields [][]string, lists []lines) {
	for _, m := range members(raw) {
		name := prefix + m.name
		inner := members(m.value)
		switch {
		case m.name == "links":
		case m.value[0] != '{':
			fields = append(fields, []string{name, scalarText(m.value)})
		case value(inner, "items") != nil:
			lists = append(lists, sublist(name, value(inner, "items")))
		case len(inner) == 1 && inner[0].name == "links":
			fields = append(fields, []string{name, "(--expand shows it)"})
		case value(inner, "id") != nil || value(inner, "refName") != nil:
			fields = append(fields, []string{name, referenceText(inner)})
		default:
			below, more := flatten(name+".", m.value)
			fields, lists = append(fields, below...), append(lists, more...)
		}
	}
	return fields, lists
}

func sublist(name string, raw json.RawMessage) lines {
	l := lines{name: name}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return l
	}
	all := make([]map[string]string, len(items))
	for i, item := range items {
		all[i] = map[string]string{}
		fields, lists := flatten("", item)
		for _, below := range lists {
			fields = append(fields, []string{below.name, fmt.Sprintf("%d lines", len(below.rows))})
		}
		for _, f := range fields {
			if !slices.Contains(l.columns, f[0]) {
				l.columns = append(l.columns, f[0])
			}
			all[i][f[0]] = f[1]
		}
	}
	if i := slices.Index(l.columns, "line"); i > 0 {
		l.columns = slices.Insert(slices.Delete(l.columns, i, i+1), 0, "line")
	}
	for i, one := range all {
		row := make([]string, len(l.columns))
		for j, c := range l.columns {
			row[j] = one[c]
		}
		key := one["line"]
		if key == "" {
			key = fmt.Sprint(i + 1)
		}
		l.keys, l.rows = append(l.keys, key), append(l.rows, row)
	}
	return l
}

// member is a name of a JSON object with its value, without blanks around it.
type member struct {
	name  string
	value json.RawMessage
}

// members returns the members of an object in their order, and none of anything else.
func members(raw json.RawMessage) []member {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var all []member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return all
		}
		var v json.RawMessage
		if d.Decode(&v) != nil {
			return all
		}
		all = append(all, member{fmt.Sprint(name), v})
	}
	return all
}

func value(all []member, name string) json.RawMessage {
	for _, m := range all {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// referenceText shows {"id":"501","refName":"ACME Inc"} as ACME Inc (501), and a word that is its own id once.
func referenceText(inner []member) string {
	id, name := scalarText(value(inner, "id")), scalarText(value(inner, "refName"))
	switch {
	case name == "" || name == id:
		return id
	case id == "":
		return name
	}
	return name + " (" + id + ")"
}

// scalarText returns a JSON string's text, nothing for null, and any other value as it is written.
func scalarText(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
