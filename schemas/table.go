package schemas

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed content/*.txt
var contentFiles embed.FS

// Table says of elements what may stand in them. It does not change and may be used by several goroutines.
type Table struct {
	elements map[string]*element
	names    []string // by code, from firstCode
}

// element is a name that occurs in the tables, and with defined set its entry.
type element struct {
	name       string
	code       rune // stands for the name in content models
	defined    bool
	source     string // the content model as written
	content    content
	text       *lexical
	model      *particle // of contentElements
	whole      *regexp.Regexp
	start      func() *regexp.Regexp // longest start of a content that fits; made when it is first asked for
	mixed      map[string]bool       // elements between text
	attributes []attribute
	required   int // how many attributes are
}

// content is a kind of content.
type content int

const (
	contentElements content = iota // elements as the model says
	contentEmpty
	contentAny
	contentText // text, and elements of mixed in it
)

// attribute is an attribute that may stand, under its name with prefix.
type attribute struct {
	name     string
	required bool
	words    []string // the only values; nil: any that has the form
	form     *lexical
}

// firstCode is the code of the first name. From here on there are letters that mean nothing in a regular expression.
const firstCode = 'Ā'

// Content returns the tables for cXML 1.2.069 that are part of the program. They are read at the first call.
func Content() *Table { return embedded() }

var embedded = sync.OnceValue(func() *Table {
	t, err := loadTable(contentFiles, "content")
	if err != nil {
		panic("schemas: the embedded content tables: " + err.Error()) // a test loads them
	}
	return t
})

// Elements returns the names of the elements that have an entry, sorted.
func (t *Table) Elements() []string {
	var all []string
	for name, e := range t.elements {
		if e.defined {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// loadTable reads all files of a folder. An error names the file, the line and the element.
func loadTable(files fs.FS, dir string) (*Table, error) {
	t := &Table{elements: make(map[string]*element)}
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil, fmt.Errorf("list content tables: %w", err)
	}
	for _, f := range entries {
		raw, err := fs.ReadFile(files, path.Join(dir, f.Name()))
		if err != nil {
			return nil, fmt.Errorf("read content table: %w", err)
		}
		if err := t.read(string(raw)); err != nil {
			return nil, fmt.Errorf("read content table %s: %w", f.Name(), err)
		}
	}
	if err := t.compile(); err != nil {
		return nil, err
	}
	return t, nil
}

// read adds the entries of one file. An entry starts at the beginning of a line with "Name = content"; indented lines
// continue it, and "@" starts its attributes. Lines that start with # are comments.
func (t *Table) read(text string) error {
	var entry strings.Builder
	first := 0
	add := func() error {
		if entry.Len() == 0 {
			return nil
		}
		if err := t.add(entry.String()); err != nil {
			return fmt.Errorf("line %d: %w", first, err)
		}
		entry.Reset()
		return nil
	}
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
			continue
		case line[0] == ' ' || line[0] == '\t':
			if entry.Len() == 0 {
				return fmt.Errorf("line %d: an indented line continues nothing", i+1)
			}
		default:
			if err := add(); err != nil {
				return err
			}
			first = i + 1
		}
		entry.WriteString(line + " ")
	}
	return add()
}

func (t *Table) add(entry string) error {
	name, rest, ok := strings.Cut(entry, "=")
	name = strings.TrimSpace(name)
	if !ok || name == "" || strings.ContainsAny(name, " @|,()") {
		return fmt.Errorf("%q is not of the form Name = content", strings.TrimSpace(entry))
	}
	e := t.name(name)
	if e.defined {
		return fmt.Errorf("%s: it has an entry already", name)
	}
	e.defined = true
	model, attributes, _ := strings.Cut(rest, "@")
	if err := e.setContent(strings.TrimSpace(model)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for text := range strings.SplitSeq(attributes, ",") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		if err := e.addAttribute(strings.Fields(text)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// name returns the element of that name, with a code of its own.
func (t *Table) name(name string) *element {
	e := t.elements[name]
	if e == nil {
		e = &element{name: name, code: firstCode + rune(len(t.names))}
		t.elements[name] = e
		t.names = append(t.names, name)
	}
	return e
}

func (e *element) setContent(text string) error {
	e.source = text
	words := strings.Fields(text)
	switch {
	case text == "empty":
		e.content = contentEmpty
	case text == "any":
		e.content = contentAny
	case len(words) > 0 && words[0] == "text":
		e.content, e.text = contentText, lexicals["text"]
		if len(words) == 2 {
			if e.text = lexicals[words[1]]; e.text == nil {
				return fmt.Errorf("%q is no form of text", words[1])
			}
			return nil
		}
		e.mixed = make(map[string]bool)
		for i, w := range words[1:] {
			if (i%2 == 0) != (w == "|") || len(words)%2 == 0 {
				return fmt.Errorf("%q is not of the form text | Name | Name", text)
			}
			if i%2 == 1 {
				e.mixed[w] = true
			}
		}
	default:
		model, err := parseModel(text)
		if err != nil {
			return err
		}
		e.model = model
	}
	return nil
}

// addAttribute adds an attribute written as name, or name! when it is required, and its form or (word|word).
func (e *element) addAttribute(words []string) error {
	if len(words) != 2 {
		return fmt.Errorf("%q is not an attribute and its form", strings.Join(words, " "))
	}
	a := attribute{}
	a.name, a.required = strings.CutSuffix(words[0], "!")
	if list, ok := strings.CutPrefix(words[1], "("); ok {
		a.words = strings.Split(strings.TrimSuffix(list, ")"), "|")
	} else if a.form = lexicals[words[1]]; a.form == nil {
		return fmt.Errorf("%s: %q is no form of an attribute", a.name, words[1])
	}
	if e.attribute(a.name) != nil {
		return fmt.Errorf("%s: it stands twice", a.name)
	}
	if a.required {
		e.required++
	}
	e.attributes = append(e.attributes, a)
	return nil
}

func (e *element) attribute(name string) *attribute {
	for i := range e.attributes {
		if e.attributes[i].name == name {
			return &e.attributes[i]
		}
	}
	return nil
}

// compile gives every name in a content model its code and makes the regular expressions.
func (t *Table) compile() error {
	for _, name := range slices.Clone(t.names) {
		e := t.elements[name]
		for m := range e.mixed {
			t.name(m)
		}
		if e.model == nil {
			continue
		}
		code := func(n string) rune { return t.name(n).code }
		whole, err := regexp.Compile("^" + e.model.pattern(code) + "$")
		if err != nil {
			return fmt.Errorf("compile content of %s: %w", name, err)
		}
		prefixes := "^" + e.model.prefixes(code)
		e.whole = whole
		e.start = sync.OnceValue(func() *regexp.Regexp {
			r := regexp.MustCompile(prefixes) // made of the same parts as whole
			r.Longest()
			return r
		})
	}
	return nil
}
