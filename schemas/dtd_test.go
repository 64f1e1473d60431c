package schemas

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/testkit/material"
)

// dtd is what the official grammar says, in a form that tables can be compared with.
type dtd struct {
	entities map[string]string            // parameter entities
	content  map[string]string            // of elements, parameter entities expanded
	attrs    map[string]map[string]string // "required type" of attributes
}

var (
	dtdComment     = regexp.MustCompile(`(?s)<!--.*?-->`)
	dtdDeclaration = regexp.MustCompile(`(?s)<!(ENTITY|ELEMENT|ATTLIST)\s((?:[^>"']|"[^"]*"|'[^']*')*)>`)
	dtdEntity      = regexp.MustCompile(`(?s)^\s*%\s+(\S+)\s+(?:"([^"]*)"|'([^']*)')`)
	dtdReference   = regexp.MustCompile(`%([\w.:-]+);`)
	dtdAttribute   = regexp.MustCompile(`(?s)([\w:.-]+)\s+(%[\w.-]+;|\([^)]*\)|[A-Z]+)\s+(#REQUIRED|#IMPLIED|(?:#FIXED\s+)?(?:"[^"]*"|'[^']*'))`)
	dtdSpace       = regexp.MustCompile(`\s+`)
)

// readDTD reads one module. Conditional sections are all ignored ones in the published files and fall out with them.
func readDTD(t *testing.T, file string) *dtd {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := &dtd{entities: map[string]string{}, content: map[string]string{}, attrs: map[string]map[string]string{}}
	for _, m := range dtdDeclaration.FindAllStringSubmatch(dtdComment.ReplaceAllString(string(raw), ""), -1) {
		switch body := m[2]; m[1] {
		case "ENTITY":
			// The first declaration of an entity holds.
			if e := dtdEntity.FindStringSubmatch(body); e != nil && d.entities[e[1]] == "" {
				d.entities[e[1]] = e[2] + e[3]
			}
		case "ELEMENT":
			name := strings.Fields(body)[0]
			if _, ok := d.content[name]; !ok {
				d.content[name] = dtdSpace.ReplaceAllString(d.expand(strings.TrimSpace(body)[len(name):]), "")
			}
		case "ATTLIST":
			fields := strings.Fields(body)
			if len(fields) == 0 {
				continue
			}
			if d.attrs[fields[0]] == nil {
				d.attrs[fields[0]] = map[string]string{}
			}
			for _, a := range dtdAttribute.FindAllStringSubmatch(strings.TrimSpace(body)[len(fields[0]):], -1) {
				if _, ok := d.attrs[fields[0]][a[1]]; !ok {
					d.attrs[fields[0]][a[1]] = d.attribute(a[2], a[3] == "#REQUIRED")
				}
			}
		}
	}
	if len(d.content) < 500 {
		t.Fatalf("%s: only %d elements were read", file, len(d.content))
	}
	return d
}

func (d *dtd) expand(s string) string {
	for dtdReference.MatchString(s) {
		s = dtdReference.ReplaceAllStringFunc(s, func(r string) string { return d.entities[r[1:len(r)-1]] })
	}
	return s
}

// attribute describes an attribute as describe does one of the table.
func (d *dtd) attribute(typ string, required bool) string {
	typ = dtdSpace.ReplaceAllString(d.expand(typ), "")
	if strings.HasPrefix(typ, "(") {
		words := strings.Split(strings.Trim(typ, "()"), "|")
		slices.Sort(words)
		typ = strings.Join(words, "|")
	}
	return fmt.Sprintf("%s required=%t", typ, required)
}

func describe(a attribute) string {
	typ := "CDATA"
	switch {
	case a.words != nil:
		words := slices.Sorted(slices.Values(a.words))
		typ = strings.Join(words, "|")
	case !a.form.value && a.form.name != "text":
		typ = strings.ToUpper(a.form.name)
	}
	return fmt.Sprintf("%s required=%t", typ, a.required)
}

// normalised writes a model so that models of the same language have one text: groups of one part are taken apart, groups
// of the same sign are joined, and choices are sorted. It does so for all that occurs in cXML, not for every model.
func (p *particle) normalised() string {
	if p.name != "" {
		return p.name + p.often()
	}
	if len(p.parts) == 1 && (p.times == 0 || p.parts[0].times == 0) {
		inner := *p.parts[0]
		inner.times = max(inner.times, p.times)
		return inner.normalised()
	}
	var parts []string
	var flatten func(*particle)
	flatten = func(q *particle) {
		for _, r := range q.parts {
			if r.name == "" && r.times == 0 && (r.any == p.any || len(r.parts) == 1) {
				flatten(r)
				continue
			}
			parts = append(parts, r.normalised())
		}
	}
	flatten(p)
	if p.any {
		slices.Sort(parts)
	}
	return "(" + strings.Join(parts, map[bool]string{true: "|", false: ","}[p.any]) + ")" + p.often()
}

// described is an element's entry, or its declaration, as text that can be compared.
func described(t *testing.T, source string) string {
	t.Helper()
	switch {
	case source == "EMPTY", source == "ANY":
		return strings.ToLower(source)
	case strings.HasPrefix(source, "(#PCDATA"):
		names := strings.Split(strings.Trim(strings.TrimPrefix(source, "(#PCDATA"), "|)*"), "|")
		slices.Sort(names)
		return strings.TrimSuffix("text|"+strings.Join(names, "|"), "|")
	}
	model, err := parseModel(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return model.normalised()
}

func (e *element) described() string {
	switch e.content {
	case contentEmpty, contentAny:
		return e.source
	case contentText:
		names := []string{"text"}
		for n := range e.mixed {
			names = append(names, n)
		}
		slices.Sort(names[1:])
		return strings.Join(names, "|")
	}
	return e.model.normalised()
}

func TestTablesSayWhatTheOfficialDTDSays(t *testing.T) {
	dir := material.DTD(t)
	table, compared := Content(), 0
	seen := make(map[string]bool)
	for _, module := range []string{"Fulfill.dtd", "InvoiceDetail.dtd"} {
		d := readDTD(t, filepath.Join(dir, module))
		for _, name := range table.Elements() {
			source, ok := d.content[name]
			if !ok {
				continue
			}
			seen[name] = true
			e := table.elements[name]
			compared++
			if name != "Request" { // each module has its own requests; the table takes the three that are read
				if diff := cmp.Diff(described(t, source), e.described()); diff != "" {
					t.Errorf("%s: content of %s (-DTD +table)\n%s", module, name, diff)
				}
			}
			attrs := make(map[string]string)
			for _, a := range e.attributes {
				attrs[a.name] = describe(a)
			}
			want := d.attrs[name]
			if want == nil {
				want = map[string]string{}
			}
			if diff := cmp.Diff(want, attrs); diff != "" {
				t.Errorf("%s: attributes of %s (-DTD +table)\n%s", module, name, diff)
			}
			if e.model == nil {
				continue
			}
			e.model.names(func(n string) {
				if _, ok := d.content[n]; !ok && name != "Request" {
					t.Errorf("%s: %s in %s is no element", module, n, name)
				}
			})
		}
	}
	for _, name := range table.Elements() {
		if !seen[name] {
			t.Errorf("%s is in none of the modules", name)
		}
	}
	t.Logf("%d entries compared", compared)
}
