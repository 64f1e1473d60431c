package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"counterpunch/internal/document"
)

// content is the body of a record request on its way into a record.
type content struct {
	body    map[string]any
	strict  bool // X-NetSuite-PropertyNameValidation: Error
	silent  bool // … Ignore
	schema  *schema
	world   *world
	call    *call
	account *Simulator // whose features and role decide which fields there are
}

// readContent parses the body. Numbers stay text until the field is known.
func (s *Simulator) readContent(c *call, schema *schema) (*content, error) {
	media, _, _ := strings.Cut(c.header.Get("Content-Type"), ";")
	media = strings.TrimSpace(media)
	if !slices.Contains([]string{"application/json", "application/vnd.oracle.resource+json"}, strings.ToLower(media)) {
		return nil, refuse(http.StatusUnsupportedMediaType, codeMedia, "Content type '"+media+"' is not supported.")
	}
	body := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return nil, refuse(http.StatusBadRequest, codeContent, accessing+"Invalid content in the request: "+err.Error()+".")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, refuse(http.StatusBadRequest, codeContent, accessing+"Invalid content in the request: more than one value.")
	}
	x := &content{body: body, schema: schema, world: s.world, call: c, account: s}
	switch v := c.header.Get("X-NetSuite-PropertyNameValidation"); v {
	case "Error":
		x.strict = true
	case "Ignore":
		x.silent = true
	case "", "Warning":
	default:
		return nil, &refusal{status: http.StatusBadRequest, details: []detail{{
			Detail: "Invalid header value '" + v + "'.", Header: "X-NetSuite-PropertyNameValidation", Code: codeHeader}}}
	}
	for _, reject := range s.knobs.ScriptRejects {
		if matched, err := matches(reject.Pattern, c.body); err == nil && matched {
			return nil, userError("%s", reject.Text)
		}
	}
	return x, nil
}

// fields writes given values into a body or a line. mark is told of every field that was written.
func (x *content) fields(into map[string]any, known map[string]field, given map[string]any, path string, mark func(string)) error {
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	slices.Sort(names)
	list, _, _ := strings.Cut(path, ".")
	for _, name := range names {
		at := path + name
		if name == "links" || name == "line" && path != "" {
			continue // navigation, and the key that chose the line
		}
		f, ok := known[name]
		if isList := path == "" && x.schema.lists[name] != nil; isList && !x.account.absent("", name) && !x.account.locked("", name) || path == "" && name == "id" {
			continue // sublists are written apart, and the address has the id
		} else if isList {
			f, ok = field{name: name}, true
		}
		if !ok || x.account.absent(list, name) {
			if x.strict {
				return contentError(at, unknownFieldText, name)
			}
			if !x.silent {
				x.call.warn = append(x.call.warn, fmt.Sprintf("Unknown field '%s' was ignored.", at))
			}
			continue
		}
		if path != "" && name == "location" && x.account.knobs.PerLineLocation == Off {
			return unexpected(x.call) // as an account without the feature answers, for whatever reason
		}
		if f.readOnly || x.account.locked(list, name) {
			return userError(readOnlyText, name)
		}
		value, err := x.value(f, given[name], at)
		if err != nil {
			return err
		}
		mark(name)
		if value == nil {
			delete(into, name)
			continue
		}
		into[name] = value
	}
	return nil
}

// value converts one JSON value. Types are not guessed: a number in quotes is refused, as is a bare reference.
func (x *content) value(f field, v any, at string) (any, error) {
	bad := func() error { return contentError(at, "Invalid value for the field '%s'.", f.name) }
	if v == nil {
		return nil, nil
	}
	switch f.kind {
	case text, day, instant:
		s, ok := v.(string)
		if !ok {
			return nil, bad()
		}
		longest := f.max
		if longest == 0 {
			longest = 4000
		}
		if utf8.RuneCountInString(s) > longest {
			return nil, userError(moreThanMaxText, f.name, longest)
		}
		if f.kind == day {
			if _, err := time.Parse(time.DateOnly, s); err != nil {
				return nil, bad()
			}
		}
		if s == "" {
			return nil, nil // NetSuite does not tell empty text from none
		}
		return s, nil
	case number, whole:
		n, ok := v.(json.Number)
		if !ok {
			return nil, bad()
		}
		d, err := document.ParseDecimal(n.String())
		if err != nil || f.kind == whole && !d.Equal(d.Round(0)) {
			return nil, bad()
		}
		return d, nil
	case flag:
		b, ok := v.(bool)
		if !ok {
			return nil, bad()
		}
		return b, nil
	case reference:
		return x.reference(f, v, at)
	}
	return nil, bad()
}

// reference resolves {"id": …}, {"externalId": …} or {"refName": …}.
func (x *content) reference(f field, v any, at string) (any, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return nil, contentError(at, "Invalid value for the field '%s': a reference is an object with an id.", f.name)
	}
	var id string
	switch given := object["id"].(type) {
	case string:
		id = given
	case json.Number:
		id = given.String()
	}
	if external, ok := object["externalId"].(string); ok && id == "" {
		if target := x.world.schemas[strings.ToLower(f.to)]; target != nil {
			if r := x.world.find(target, "eid:"+external); r != nil {
				id = r.id
			}
		}
	}
	if name, ok := object["refName"].(string); ok && id == "" {
		for known, called := range x.world.names[f.to] {
			if called == name {
				id = known
			}
		}
	}
	if id == "" {
		return nil, contentError(at+".id", invalidFieldText, "null", f.name)
	}
	switch target := x.world.schemas[strings.ToLower(f.to)]; {
	case target != nil:
		r := x.world.find(target, id)
		if r == nil {
			return nil, refuseAt(codeKey, at, accessing+fmt.Sprintf("Invalid %s reference key %s.", f.name, id))
		}
		return ref{id: r.id, name: target.label + " #" + r.text("tranId")}, nil
	case f.to == "period":
		month, ok := monthOf(id)
		if !ok {
			return nil, refuseAt(codeKey, at, accessing+fmt.Sprintf("Invalid %s reference key %s.", f.name, id))
		}
		return month.ref(), nil
	case f.to != "":
		if _, known := x.world.names[f.to][id]; !known {
			return nil, contentError(at, invalidFieldText, id, f.name)
		}
	}
	return x.world.refTo(f.to, id), nil
}

func refuseAt(code, path, text string) *refusal {
	return &refusal{status: http.StatusBadRequest, details: []detail{{Detail: text, Path: path, Code: code}}}
}

// lines returns the given lines of a sublist. present is false when the body does not name it; it is nil for null, which
// empties the sublist.
func (x *content) lines(list string) (lines []map[string]any, present bool, err error) {
	v, present := x.body[list]
	if !present || v == nil {
		return nil, present, nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, true, contentError(list, "Invalid value for the sublist '%s'.", list)
	}
	items, ok := object["items"]
	if !ok {
		return nil, false, nil
	}
	if items == nil {
		return nil, true, nil
	}
	array, ok := items.([]any)
	if !ok {
		return nil, true, contentError(list+".items", "Invalid value for the sublist '%s'.", list)
	}
	lines = []map[string]any{} // without a line nothing changes, unless the list is replaced
	for i, one := range array {
		line, ok := one.(map[string]any)
		if !ok {
			return nil, true, contentError(fmt.Sprintf("%s.items[%d]", list, i), "Invalid value for a line of '%s'.", list)
		}
		lines = append(lines, line)
	}
	return lines, true, nil
}

// key reads the number that chooses a line: line on saved records, orderLine inside a transform.
func key(line map[string]any, name, at string) (n int, given string, err error) {
	v, ok := line[name]
	if !ok || v == nil {
		return 0, "", nil
	}
	number, ok := v.(json.Number)
	if !ok {
		return 0, "", contentError(at+"."+name, "Invalid value for the field '%s'.", name)
	}
	n, err = strconv.Atoi(number.String())
	if err != nil {
		return 0, "", contentError(at+"."+name, "Invalid value for the field '%s'.", name)
	}
	return n, number.String(), nil
}

// unmarshalStrict refuses fields that the target does not have.
func unmarshalStrict(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func decodeNumbers(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}
