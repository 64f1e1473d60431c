package cxml

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/beevik/etree"
)

// sound reports whether the tree is of well-formed XML within the limits. etree takes much that is not: no root or
// several, text around the root, a DOCTYPE anywhere with an internal subset, instructions, duplicate attributes.
// Each rule has its sentence in diagnose.
func sound(tree *etree.Document, text []byte, lim Limits) bool {
	var root *etree.Element
	doctypes := 0
	for i, token := range tree.Child {
		switch t := token.(type) {
		case *etree.Element:
			if root != nil {
				return false
			}
			root = t
		case *etree.CharData:
			if !blank(t.Data) {
				return false
			}
		case *etree.ProcInst:
			if t.Target != "xml" || i != 0 {
				return false
			}
		case *etree.Directive:
			if doctypes++; doctypes > 1 || root != nil {
				return false
			}
		}
	}
	return root != nil && (doctypes == 0 || bareDoctype(firstDirective(text))) && soundElement(root, lim)
}

// maxName bounds the name of an element or attribute in bytes, with its prefix. cXML's longest has 41.
const maxName = 256

func soundElement(e *etree.Element, lim Limits) bool {
	if len(e.Attr) > lim.Attributes || len(e.Space)+len(e.Tag) > maxName {
		return false
	}
	for i, a := range e.Attr {
		if len(a.Value) > lim.AttributeValue || len(a.Space)+len(a.Key) > maxName {
			return false
		}
		for _, b := range e.Attr[:i] {
			if a.Key == b.Key && a.Space == b.Space {
				return false
			}
		}
	}
	for _, token := range e.Child {
		switch t := token.(type) {
		case *etree.Element:
			if !soundElement(t, lim) {
				return false
			}
		case *etree.CharData:
			if len(t.Data) > lim.Text {
				return false
			}
		case *etree.ProcInst, *etree.Directive:
			return false
		}
	}
	return true
}

// doctype is a DOCTYPE with an external identifier at most. Its name is taken as loosely as encoding/xml takes names, but
// no punctuation stands in it.
var doctype = regexp.MustCompile(`^<!DOCTYPE\s+[\pL_:][\pL\pN\pM_:.\x{B7}-]*(\s+(SYSTEM|PUBLIC\s+("[\w\s'()+,./:=?;!*#@$%-]*"|'[\w\s()+,./:=?;!*#@$%-]*'))\s+("[^"]*"|'[^']*'))?\s*>$`)

// bareDoctype checks a directive as it stands in the text. The tree's form will not do: the decoder takes comments out
// of it, in which quotes could hide the end of the DOCTYPE from scanTags.
func bareDoctype(raw []byte) bool { return doctype.Match(raw) }

// firstDirective returns the first directive that is not a comment.
func firstDirective(text []byte) []byte {
	for i := 0; i < len(text); {
		at := bytes.Index(text[i:], []byte("<!"))
		if at < 0 {
			return nil
		}
		i += at
		if !bytes.HasPrefix(text[i:], []byte("<!--")) {
			return text[i:tagEnd(text, i)]
		}
		i = blockAt(text, i)
	}
	return nil
}

func blank(s string) bool { return strings.Trim(s, " \t\r\n") == "" }

// adoptPrefix takes the prefix of the root element off all elements that carry it, so that a document in which cXML
// has a namespace prefix reads like one without.
func adoptPrefix(root *etree.Element) {
	prefix := root.Space
	if prefix == "" {
		return
	}
	var walk func(*etree.Element)
	walk = func(e *etree.Element) {
		if e.Space == prefix {
			e.Space = ""
		}
		for _, c := range e.ChildElements() {
			walk(c)
		}
	}
	walk(root)
}
