package cxml

import (
	"fmt"
	"iter"
	"strings"

	"github.com/beevik/etree"
)

// child returns the first child element of that name without prefix, or nil. A nil element has no children.
func child(e *etree.Element, names ...string) *etree.Element {
	for _, name := range names {
		var found *etree.Element
		for c := range children(e, name) {
			found = c
			break
		}
		if found == nil {
			return nil
		}
		e = found
	}
	return e
}

// children yields the child elements of that name without prefix.
func children(e *etree.Element, name string) iter.Seq[*etree.Element] {
	return func(yield func(*etree.Element) bool) {
		if e == nil {
			return
		}
		for _, token := range e.Child {
			if c, ok := token.(*etree.Element); ok && c.Tag == name && c.Space == "" && !yield(c) {
				return
			}
		}
	}
}

// childElements yields all child elements.
func childElements(e *etree.Element) iter.Seq[*etree.Element] {
	return func(yield func(*etree.Element) bool) {
		if e == nil {
			return
		}
		for _, token := range e.Child {
			if c, ok := token.(*etree.Element); ok && !yield(c) {
				return
			}
		}
	}
}

// rawText returns the element's own character data, across comments, as it stands. Secrets of a document that is quoted
// in it are left out.
func rawText(e *etree.Element) string {
	if e == nil {
		return ""
	}
	if len(e.Child) == 1 { // nearly always
		if c, ok := e.Child[0].(*etree.CharData); ok {
			return withoutSecrets(c.Data)
		}
	}
	var b strings.Builder
	for _, token := range e.Child {
		if c, ok := token.(*etree.CharData); ok {
			b.WriteString(c.Data)
		}
	}
	return withoutSecrets(b.String())
}

// text returns the element's own character data without outer white space.
func text(e *etree.Element) string { return strings.TrimSpace(rawText(e)) }

// deepText returns all text within the element with white space folded. Secrets that a document hides there are left out.
func deepText(e *etree.Element) string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	var walk func(*etree.Element)
	walk = func(e *etree.Element) {
		if isSecret(e.Tag) {
			return
		}
		for _, token := range e.Child {
			switch t := token.(type) {
			case *etree.CharData:
				b.WriteString(t.Data)
			case *etree.Element:
				b.WriteByte(' ')
				walk(t)
				b.WriteByte(' ')
			}
		}
	}
	walk(e)
	return strings.Join(strings.Fields(withoutSecrets(b.String())), " ")
}

// attr returns the value of an attribute without prefix as it stands, and whether it is there.
func attr(e *etree.Element, name string) (string, bool) {
	if e == nil {
		return "", false
	}
	for _, a := range e.Attr {
		if a.Key == name && a.Space == "" {
			return a.Value, true
		}
	}
	return "", false
}

// attrText returns the value of an attribute without outer white space, "" when it is not there.
func attrText(e *etree.Element, name string) string {
	v, _ := attr(e, name)
	return strings.TrimSpace(v)
}

// lang returns the element's xml:lang.
func lang(e *etree.Element) string {
	for _, a := range e.Attr {
		if a.Key == "lang" && a.Space == "xml" {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// path returns where an element stands, with a number where it has siblings of its name.
func path(e *etree.Element) string {
	var steps []string
	for ; e != nil && e.Tag != ""; e = e.Parent() {
		step := qualified(e.Space, e.Tag)
		if n, of := rank(e); of > 1 {
			step = fmt.Sprintf("%s[%d]", step, n)
		}
		steps = append(steps, step)
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		b.WriteString("/" + steps[i])
	}
	return b.String()
}

// rank returns which of the parent's children of its name the element is, from 1, and how many there are.
func rank(e *etree.Element) (n, of int) {
	for s := range childElements(e.Parent()) {
		if s.Tag == e.Tag && s.Space == e.Space {
			if of++; s == e {
				n = of
			}
		}
	}
	return n, of
}
