package cxml

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// PayloadHash returns the SHA-256, in hex, of the payload element in canonical form. A resend that differs in its
// envelope, its charset, the order of attributes, comments, or the indentation between elements has the same hash.
// Each call does the work again.
//
// The form is fixed, because hashes are stored: start and end tags for every element, attributes sorted by name with
// namespace declarations left out, text as it reads after line ends became LF and references and CDATA were resolved,
// with & < > and " escaped. Text that is only white space is left out in elements that have element children.
func (e *Envelope) PayloadHash() string {
	h := sha256.New()
	w := bufio.NewWriter(h)
	writeCanonical(w, e.payload)
	w.Flush() // a hash takes every write
	return hex.EncodeToString(h.Sum(nil))
}

func writeCanonical(w *bufio.Writer, e *etree.Element) {
	w.WriteByte('<')
	writeName(w, e.Space, e.Tag)
	for _, a := range canonicalAttributes(e) {
		w.WriteByte(' ')
		writeName(w, a.Space, a.Key)
		w.WriteString(`="`)
		canonicalEscape.WriteString(w, a.Value)
		w.WriteByte('"')
	}
	w.WriteByte('>')
	parent := slices.ContainsFunc(e.Child, isElement)
	var run strings.Builder // text up to the next element; comments do not end it
	for _, token := range e.Child {
		switch t := token.(type) {
		case *etree.CharData:
			run.WriteString(t.Data)
		case *etree.Element:
			writeText(w, run.String(), parent)
			run.Reset()
			writeCanonical(w, t)
		}
	}
	writeText(w, run.String(), parent)
	w.WriteString("</")
	writeName(w, e.Space, e.Tag)
	w.WriteByte('>')
}

func writeText(w *bufio.Writer, s string, parent bool) {
	if !parent || !blank(s) {
		canonicalEscape.WriteString(w, s)
	}
}

func writeName(w *bufio.Writer, space, name string) {
	if space != "" {
		w.WriteString(space)
		w.WriteByte(':')
	}
	w.WriteString(name)
}

var canonicalEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func canonicalAttributes(e *etree.Element) []etree.Attr {
	attrs := make([]etree.Attr, 0, len(e.Attr))
	for _, a := range e.Attr {
		if a.Space == "xmlns" || a.Space == "" && a.Key == "xmlns" {
			continue
		}
		attrs = append(attrs, a)
	}
	slices.SortFunc(attrs, func(a, b etree.Attr) int {
		return cmp.Or(cmp.Compare(a.Space, b.Space), cmp.Compare(a.Key, b.Key))
	})
	return attrs
}

func isElement(t etree.Token) bool { _, ok := t.(*etree.Element); return ok }

func qualified(space, name string) string {
	if space == "" {
		return name
	}
	return space + ":" + name
}
