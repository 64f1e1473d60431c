package cxml

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"counterpunch/internal/document"
)

// maxDiagnosed bounds the problems listed of a document that is no XML.
const maxDiagnosed = 50

// diagnosis is the second reading of a document that the first one refused, this time to say where and why.
type diagnosis struct {
	text       []byte
	lim        Limits
	open       []opened
	root       string
	doctypes   int
	elements   int
	attributes int
	problems   []Problem
	places     []*place
}

// opened is an element whose end tag is still to come.
type opened struct {
	name   string
	offset int
}

// diagnose reads the text token by token and returns what is wrong with it, with line and column.
func diagnose(ctx context.Context, text []byte, lim Limits) *Refusal {
	d := &diagnosis{text: text, lim: lim}
	if at := forbidden(text); at >= 0 {
		d.add(at, "A character is not allowed in XML here (NUL, a control character, U+FFFE or U+FFFF). Remove it.")
	} else {
		d.read(ctx)
	}
	if len(d.problems) == 0 {
		d.add(0, "The document is not well-formed XML.")
	}
	positions(text, d.places)
	for i, p := range d.places {
		d.problems[i].Line, d.problems[i].Column = p.line, p.column
	}
	return &Refusal{Problems: d.problems}
}

// add notes a problem. One in a secret is described without the words of the document: a password with a bracket in it
// looks like a tag.
func (d *diagnosis) add(offset int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if d.inSecret(offset) {
		text = "This element cannot be read. Write & as &amp; and < as &lt; in its content, and close it."
	}
	d.problems = append(d.problems, Problem{Code: StatusNotAcceptable, Path: d.path(), Text: text})
	d.places = append(d.places, &place{offset: offset})
}

func (d *diagnosis) path() string {
	var b strings.Builder
	for _, o := range d.open {
		b.WriteString("/" + o.name)
		if isSecret(o.name) {
			break // what stands in it is no name but a part of it
		}
	}
	return b.String()
}

func (d *diagnosis) read(ctx context.Context) {
	dec := xml.NewDecoder(&boundedReader{ctx: ctx, r: bytes.NewReader(d.text)})
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for len(d.problems) < maxDiagnosed {
		start := int(dec.InputOffset())
		token, err := dec.RawToken()
		if err == io.EOF {
			d.end()
			return
		}
		if err != nil {
			d.syntax(err, start, int(dec.InputOffset()))
			return
		}
		if !d.token(token, start, int(dec.InputOffset())) {
			return
		}
	}
}

// token checks one token; false ends the reading.
func (d *diagnosis) token(token xml.Token, start, end int) bool {
	switch t := token.(type) {
	case xml.StartElement:
		return d.start(t, start)
	case xml.EndElement:
		name := rawName(t.Name)
		if len(d.open) == 0 {
			d.add(start, "The end tag </%s> has no start tag.", clip(name))
			return false
		}
		last := d.open[len(d.open)-1]
		if last.name != name {
			line, _ := position(d.text, last.offset)
			d.add(start, "The end tag </%s> stands where <%s> of line %d must be closed first.", clip(name), clip(last.name), line)
			return false
		}
		d.open = d.open[:len(d.open)-1]
	case xml.CharData:
		switch {
		case len(d.open) == 0 && !blank(string(t)):
			d.outside(t, start)
			return d.root != ""
		case len(t) > d.lim.Text:
			d.add(start, "A text has %d bytes; at most %d are accepted. Send files as attachments.", len(t), d.lim.Text)
		}
	case xml.ProcInst:
		switch {
		case t.Target != "xml":
			d.add(start, "Processing instructions such as <?%s …?> are not accepted. Remove it.", clip(t.Target))
		case start != 0:
			d.add(start, "The XML declaration must be the very first thing in the document. Remove what stands before it.")
		}
	case xml.Directive:
		d.directive(d.text[start:end], start)
	}
	return true
}

func (d *diagnosis) start(t xml.StartElement, start int) bool {
	name := rawName(t.Name)
	if len(d.open) == 0 {
		if d.root != "" {
			d.add(start, "A second root element <%s> follows <%s>. Post one document a request.", clip(name), clip(d.root))
			return false
		}
		d.root = name
	}
	if d.elements++; d.elements > d.lim.Elements {
		d.add(start, "The document has more than %d elements. Split it.", d.lim.Elements)
		return false
	}
	if d.attributes += len(t.Attr); d.attributes > d.lim.Elements {
		d.add(start, "The document has more than %d attributes. Split it.", d.lim.Elements)
		return false
	}
	d.open = append(d.open, opened{name: name, offset: start})
	if len(d.open) > d.lim.Depth {
		d.add(start, "Elements are nested more than %d deep.", d.lim.Depth)
		return false
	}
	if len(t.Attr) > d.lim.Attributes {
		d.add(start, "The element has %d attributes; at most %d are accepted.", len(t.Attr), d.lim.Attributes)
		return true
	}
	d.long(t.Name, start)
	seen := make(map[xml.Name]bool, len(t.Attr))
	for _, a := range t.Attr {
		d.long(a.Name, start)
		if seen[a.Name] {
			d.add(start, "The attribute %s stands twice in <%s>.", clip(rawName(a.Name)), clip(name))
		}
		seen[a.Name] = true
		if len(a.Value) > d.lim.AttributeValue {
			d.add(start, "The attribute %s has %d bytes; at most %d are accepted.", clip(rawName(a.Name)), len(a.Value), d.lim.AttributeValue)
		}
	}
	return true
}

// long reports a name that is too long.
func (d *diagnosis) long(name xml.Name, start int) {
	if n := len(name.Space) + len(name.Local); n > maxName {
		d.add(start, "The name %s has %d bytes; at most %d are accepted.", clip(rawName(name)), n, maxName)
	}
}

func (d *diagnosis) outside(text xml.CharData, start int) {
	start += len(text) - len(bytes.TrimLeft(text, " \t\r\n"))
	if d.root != "" {
		d.add(start, "Text follows the end of the root element <%s>. Remove it.", clip(d.root))
		return
	}
	d.add(start, "The body is not XML: text stands where the root element <cXML> must start.")
}

func (d *diagnosis) directive(raw []byte, start int) {
	d.doctypes++
	switch {
	case !bytes.HasPrefix(raw, []byte("<!DOCTYPE")):
		d.add(start, "A markup declaration stands outside a DOCTYPE. Remove it.")
	case d.doctypes > 1:
		d.add(start, "The document has more than one DOCTYPE.")
	case d.root != "":
		d.add(start, "The DOCTYPE must stand before the root element.")
	case bareDoctype(raw):
	case bytes.ContainsRune(raw, '['):
		d.add(start, "The DOCTYPE has an internal subset ([…]). Only a plain DOCTYPE with a system identifier is accepted.")
	default:
		d.add(start, `The DOCTYPE cannot be read. Write <!DOCTYPE cXML SYSTEM "…">.`)
	}
}

// end is called at the end of the text.
func (d *diagnosis) end() {
	if len(d.open) > 0 {
		last := d.open[len(d.open)-1]
		line, _ := position(d.text, last.offset)
		d.add(len(d.text), "The document ends before <%s> of line %d is closed. It may have been cut off.", clip(last.name), line)
		return
	}
	if d.root == "" {
		d.add(len(d.text), "The document has no root element.")
	}
}

func (d *diagnosis) syntax(err error, start, at int) {
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) {
		d.add(at, "The document could not be read: only XML 1.0 is accepted.")
		return
	}
	if strings.Contains(syntax.Msg, "unexpected EOF") {
		d.add(at, "The document ends in the middle of a tag, comment or section. It may have been cut off.")
		return
	}
	if d.inSecret(start) {
		at = start // the end of a broken tag may be anywhere
	}
	hint := ""
	switch {
	case strings.Contains(syntax.Msg, "entity"):
		hint = ` Write & as &amp;; only &amp; &lt; &gt; &quot; &apos; and character references are defined.`
	case strings.Contains(syntax.Msg, "unescaped <"):
		hint = " Write < as &lt;."
	}
	d.add(at, "The XML is not well-formed: %s.%s", clip(syntax.Msg), hint)
}

// inSecret reports whether the place stands in, or in a tag of, an element whose content is never shown.
func (d *diagnosis) inSecret(offset int) bool {
	for _, o := range d.open {
		if isSecret(o.name) {
			return true
		}
	}
	rest := d.text[min(offset, len(d.text)):]
	return len(rest) > 0 && rest[0] == '<' && isSecret(string(localName(bytes.TrimPrefix(rest[1:], []byte("/")))))
}

func rawName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// clip shortens what a document put into a sentence.
func clip(s string) string { return document.Clip(s, 80) }
