package schemas

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// Deviation is one difference between a document and the tables.
type Deviation struct {
	Element *etree.Element // whose entry is not met
	At      *etree.Element // where to look: Element, or the child of it that does not belong there
	Attr    string         // the attribute as written in the document; "" when the content deviates
	Name    string         // of the child or attribute that is missing; "" when none is
	Value   string         // of the attribute or text that has not the right form
	Lexical bool           // only the form of a value differs, which cXML states in words and the DTD leaves open
	Text    string         // one sentence for the supplier's integrator
}

// Check yields the deviations of the document under root, those of an element before those of its children. Nothing that
// is in an element for which opaque reports true is looked at or shown; that goes for secrets. Elements without an entry
// are passed over, but what is in them is looked at.
func (t *Table) Check(root *etree.Element, opaque func(*etree.Element) bool) iter.Seq[Deviation] {
	return func(yield func(Deviation) bool) {
		c := checker{table: t, opaque: opaque, yield: yield, codes: make([]byte, 0, 256)}
		c.element(root, t.elements[qualified(root.Space, root.Tag)])
	}
}

// checker is one run over a document.
type checker struct {
	table  *Table
	opaque func(*etree.Element) bool
	yield  func(Deviation) bool
	codes  []byte // buffer for the codes of an element's children
	over   bool   // the caller wants no more
}

func (c *checker) report(d Deviation) {
	if !c.over && !c.yield(d) {
		c.over = true
	}
}

// element checks e against its entry, which may be nil, and then what is in it.
func (c *checker) element(e *etree.Element, entry *element) {
	if entry != nil && entry.defined {
		c.attributes(e, entry)
		c.content(e, entry)
	}
	if c.over || c.opaque(e) {
		return
	}
	for _, token := range e.Child {
		if child, ok := token.(*etree.Element); ok && !c.over {
			c.element(child, c.table.elements[qualified(child.Space, child.Tag)])
		}
	}
}

func (c *checker) attributes(e *etree.Element, entry *element) {
	required := 0
	for i := range e.Attr {
		a := &e.Attr[i]
		name := qualified(a.Space, a.Key)
		known := entry.attribute(name)
		if known == nil {
			c.unknownAttribute(e, entry, name)
			continue
		}
		if known.required {
			required++
		}
		c.value(e, known, a.Value)
	}
	if required == entry.required {
		return
	}
	for _, a := range entry.attributes {
		if a.required && !hasAttribute(e, a.name) {
			c.report(Deviation{Element: e, At: e, Name: a.name, Text: fmt.Sprintf("<%s> has no attribute %s, which cXML requires.", e.Tag, a.name)})
		}
	}
}

// hasAttribute reports whether e has the attribute, or one that is it but for upper and lower case: that is told as such.
func hasAttribute(e *etree.Element, name string) bool {
	for i := range e.Attr {
		if strings.EqualFold(qualified(e.Attr[i].Space, e.Attr[i].Key), name) {
			return true
		}
	}
	return false
}

// unknownAttribute reports an attribute without its value, which may be anything, a password too.
func (c *checker) unknownAttribute(e *etree.Element, entry *element, name string) {
	if name == "xmlns:xml" {
		return // it declares what holds anyway; XML processors do not pass it on
	}
	d := Deviation{Element: e, At: e, Attr: name, Text: fmt.Sprintf("cXML knows no attribute %s of <%s>.", clip(name), e.Tag)}
	for _, a := range entry.attributes {
		if strings.EqualFold(a.name, name) {
			d.Text = fmt.Sprintf("The attribute %s of <%s> is written %s in cXML.", clip(name), e.Tag, a.name)
		}
	}
	if name == "xmlns" || strings.HasPrefix(name, "xmlns:") {
		d.Text = "cXML uses no namespaces; leave " + clip(name) + " out."
	}
	c.report(d)
}

func (c *checker) value(e *etree.Element, a *attribute, value string) {
	switch {
	case a.words != nil:
		if !slices.Contains(a.words, value) {
			c.report(Deviation{Element: e, At: e, Attr: a.name, Value: value,
				Text: fmt.Sprintf("%s of <%s> is not %s.", a.name, e.Tag, alternatives(a.words))})
		}
	case !a.form.holds(value):
		c.report(Deviation{Element: e, At: e, Attr: a.name, Value: value, Lexical: a.form.value,
			Text: fmt.Sprintf("%s of <%s> is not %s.", a.name, e.Tag, a.form.means)})
	}
}

func (c *checker) content(e *etree.Element, entry *element) {
	switch entry.content {
	case contentEmpty:
		// XML allows not even white space in an element that is declared empty.
		if len(e.Child) > 0 {
			c.report(Deviation{Element: e, At: e, Text: fmt.Sprintf("<%s> has to be empty.", e.Tag)})
		}
	case contentText:
		c.text(e, entry)
	case contentElements:
		c.children(e, entry)
	}
}

// text checks content that is text, with elements in it where the entry allows them.
func (c *checker) text(e *etree.Element, entry *element) {
	for _, token := range e.Child {
		child, ok := token.(*etree.Element)
		if ok && !entry.mixed[qualified(child.Space, child.Tag)] {
			c.report(Deviation{Element: e, At: child, Text: fmt.Sprintf("<%s> may not stand in <%s>.", clip(child.Tag), e.Tag)})
		}
	}
	if !entry.text.value || c.opaque(e) {
		return
	}
	if text := strings.TrimSpace(e.Text()); !entry.text.holds(text) {
		c.report(Deviation{Element: e, At: e, Value: text, Lexical: true, Text: fmt.Sprintf("The text of <%s> is not %s.", e.Tag, entry.text.means)})
	}
}

// children checks content that is elements only.
func (c *checker) children(e *etree.Element, entry *element) {
	c.codes = c.codes[:0]
	known, text := true, false
	for _, token := range e.Child {
		switch t := token.(type) {
		case *etree.Element:
			child := c.table.elements[qualified(t.Space, t.Tag)]
			if child == nil {
				known = false
				continue
			}
			c.codes = utf8.AppendRune(c.codes, child.code)
		case *etree.CharData:
			text = text || !blank(t.Data)
		}
	}
	if text {
		c.report(Deviation{Element: e, At: e, Text: fmt.Sprintf("<%s> holds text; only elements may stand in it.", e.Tag)})
	}
	if !known || !entry.whole.Match(c.codes) {
		c.diagnose(e, entry)
	}
}

// qualified is the name as it is written. Names without prefix, nearly all, cost nothing.
func qualified(space, name string) string {
	if space == "" {
		return name
	}
	return space + ":" + name
}

func blank(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// clip bounds a name that a supplier chose.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// alternatives lists words as a sentence does.
func alternatives(words []string) string {
	const most = 8
	switch {
	case len(words) == 1:
		return words[0]
	case len(words) > most:
		return strings.Join(words[:most], ", ") + " or another that may stand there"
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
