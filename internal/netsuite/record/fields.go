package record

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"counterpunch/internal/document"
)

// fields reads the fields of one JSON object by their exact names and keeps the first problem.
type fields struct {
	raw map[string]json.RawMessage
	err error
}

func readFields(raw []byte) *fields {
	f := &fields{}
	if first(raw) != '{' {
		f.err = fmt.Errorf("%s is not a JSON object", clip(string(raw)))
		return f
	}
	f.err = json.Unmarshal(raw, &f.raw)
	return f
}

// keep returns the fields as NetSuite sent them, without links and without the sublists that have been decoded.
func (f *fields) keep(sublists ...string) map[string]json.RawMessage {
	delete(f.raw, "links")
	for _, name := range sublists {
		delete(f.raw, name)
	}
	return f.raw
}

func (f *fields) fail(name string, err error) {
	if f.err == nil && err != nil {
		f.err = fmt.Errorf("%s: %w", name, err)
	}
}

func (f *fields) text(name string) string {
	s, err := scalar(f.raw[name])
	f.fail(name, err)
	return s
}

func (f *fields) decimal(name string) document.Decimal {
	d, err := Decimal(f.raw[name])
	f.fail(name, err)
	return d
}

func (f *fields) ref(name string) Ref {
	var r Ref
	if raw, ok := f.raw[name]; ok {
		f.fail(name, r.UnmarshalJSON(raw))
	}
	return r
}

// whole reads a whole number, also when written as 3.0. A missing one is 0.
func (f *fields) whole(name string) int {
	d, err := Decimal(f.raw[name])
	if err == nil {
		var n int
		if n, err = strconv.Atoi(d.Canonical()); err == nil {
			return n
		}
		err = fmt.Errorf("%s is not a whole number", d)
	}
	f.fail(name, err)
	return 0
}

// flag reads a boolean, also in SuiteQL's form of T and F. A missing one is false.
func (f *fields) flag(name string) bool {
	raw := f.raw[name]
	switch text := strings.Trim(string(raw), "\" \t\r\n"); strings.ToLower(text) {
	case "true", "t":
		return true
	case "", "null", "false", "f":
		return false
	default:
		f.fail(name, fmt.Errorf("%s is not a boolean", clip(string(raw))))
		return false
	}
}
