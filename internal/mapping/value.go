package mapping

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"counterpunch/internal/netsuite/record"

	"github.com/expr-lang/expr"
)

// value is what a field should hold: nothing, text, a number, a flag or a reference.
type value struct {
	json json.RawMessage // nil: nothing
	text string          // for people and for comparing text
	kind valueKind
}

type valueKind int

const (
	none valueKind = iota
	text
	number
	flag
	ref
)

func (f field) evaluate(env any) (value, error) {
	result, err := expr.Run(f.program, env)
	if err != nil {
		return value{}, fmt.Errorf("field %s: %w", f.name, err)
	}
	v, err := newValue(result)
	if err != nil {
		return value{}, fmt.Errorf("field %s: %w", f.name, err)
	}
	return v, nil
}

func newValue(result any) (value, error) {
	var v value
	var err error
	switch x := result.(type) {
	case nil:
	case string:
		// What is not UTF-8 would be stored as something else and so differ for ever.
		if s := strings.TrimSpace(strings.ToValidUTF8(x, "�")); s != "" {
			v = value{text: s, kind: text}
			v.json, err = json.Marshal(s)
		}
	case bool:
		v = value{json: json.RawMessage(fmt.Sprint(x)), text: fmt.Sprint(x), kind: flag}
	case int, quantity:
		q, _ := toQuantity(x)
		if q.set {
			s := q.value.Canonical()
			v = value{json: json.RawMessage(s), text: s, kind: number}
		}
	case reference:
		if x.id != "" {
			v = value{text: x.id, kind: ref}
			v.json, err = json.Marshal(record.Ref{ID: x.id})
		}
	case float64:
		err = errFloat
	default:
		err = fmt.Errorf("%T cannot be written to a field", result)
	}
	return v, err
}

// same reports whether a field that NetSuite shows as raw already holds v: numbers as numbers, dates as dates.
func (v value) same(raw json.RawMessage) bool {
	shown := shownText(raw)
	switch v.kind {
	case none:
		return shown == ""
	case number:
		have, err := record.Decimal(raw)
		want, wantErr := record.Decimal(v.json)
		return err == nil && wantErr == nil && shown != "" && have.Equal(want)
	case flag:
		// A checkbox that was never ticked is not shown.
		return shown == v.text || shown == "" && v.text == "false" || shown == "T" && v.text == "true" || shown == "F" && v.text == "false"
	}
	var r record.Ref
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "{") && json.Unmarshal(raw, &r) == nil {
		return r.ID == v.text || v.kind == text && r.RefName == v.text
	}
	return lines(shown) == lines(v.text) || date(v.text) != "" && date(v.text) == date(shown)
}

// lines makes two spellings of a line's end equal; NetSuite rewrites them in long texts.
func lines(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

// date returns the calendar date of a date or of a moment as NetSuite writes it, or "".
func date(s string) string {
	if len(s) > len(time.DateOnly) && s[len(time.DateOnly)] == 'T' {
		s = s[:len(time.DateOnly)]
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return ""
	}
	return s
}

// shownText is a field's value as text for people: the id of a reference, a number without trailing zeros, "" for
// nothing.
func shownText(raw json.RawMessage) string {
	s := strings.TrimSpace(string(raw))
	switch {
	case s == "" || s == "null":
		return ""
	case s[0] == '"':
		var t string
		if json.Unmarshal(raw, &t) == nil {
			return strings.TrimSpace(t)
		}
	case s[0] == '{':
		var r record.Ref
		if json.Unmarshal(raw, &r) == nil && r.ID != "" {
			return r.ID
		}
	case s[0] == '-' || s[0] >= '0' && s[0] <= '9':
		if d, err := record.Decimal(raw); err == nil {
			return d.Canonical()
		}
	}
	return s
}
