package cxml

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"
)

// tag is a start or end tag in a document's text.
type tag struct {
	start, end int    // offsets of "<" and after ">"
	name       []byte // without prefix
	opens      bool   // a start tag
	closes     bool   // an end tag, or a start tag that ends itself
}

// scanTags calls visit for each tag in order until it returns false. It is made for text that is known to be well-formed,
// where it is many times faster than a decoder; on other text it finds some tags or none.
func scanTags(text []byte, visit func(tag) bool) {
	for i := 0; i < len(text); {
		at := bytes.IndexByte(text[i:], '<')
		if at < 0 {
			return
		}
		i += at
		if block := blockAt(text, i); block > i {
			i = block
			continue
		}
		end := tagEnd(text, i)
		t := tag{start: i, end: end, opens: true}
		from := i + 1
		if from < len(text) && text[from] == '/' {
			t.opens, t.closes = false, true
			from++
		} else if end-2 > i && text[end-2] == '/' {
			t.closes = true
		}
		t.name = localName(text[from:end])
		if !visit(t) {
			return
		}
		i = end
	}
}

// blockAt returns the offset after the comment, CDATA section, declaration or instruction that starts at i, or i when
// none does.
func blockAt(text []byte, i int) int {
	for _, b := range [...]struct{ open, close string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if !bytes.HasPrefix(text[i:], []byte(b.open)) {
			continue
		}
		from := i + len(b.open)
		if n := bytes.Index(text[from:], []byte(b.close)); n >= 0 {
			return from + n + len(b.close)
		}
		return len(text)
	}
	if bytes.HasPrefix(text[i:], []byte("<!")) {
		return tagEnd(text, i)
	}
	return i
}

// tagEnd returns the offset after the ">" that ends the tag at i, which a quoted value may contain too.
func tagEnd(text []byte, i int) int {
	var quote byte
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(text)
}

// localName returns the name at the start of a tag's inside, without its prefix.
func localName(inside []byte) []byte {
	from := 0
	for i, c := range inside {
		switch c {
		case ':':
			from = i + 1
		case ' ', '\t', '\r', '\n', '/', '>':
			return inside[from:i]
		}
	}
	return inside[from:]
}

// attributeAt returns the offset of an attribute's name within the tag text[start:end], or start when it is not there.
func attributeAt(text []byte, start, end int, name string) int {
	var quote byte
	for i := start + 1; i < end; i++ {
		c := text[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
			continue
		case c == '"' || c == '\'':
			quote = c
			continue
		}
		rest := text[i:end]
		if !bytes.HasPrefix(rest, []byte(name)) || !isSpace(text[i-1]) {
			continue
		}
		after := bytes.TrimLeft(rest[len(name):], " \t\r\n")
		if len(after) > 0 && after[0] == '=' {
			return i
		}
	}
	return start
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// position returns line and column, both from 1, of an offset. The column counts characters.
func position(text []byte, offset int) (line, column int) {
	offset = min(max(offset, 0), len(text))
	before := text[:offset]
	line = bytes.Count(before, []byte{'\n'}) + 1
	column = utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return line, column
}

// place is an offset whose line and column are wanted.
type place struct {
	offset       int
	line, column int
}

// positions fills in the lines and columns of many places in one pass.
func positions(text []byte, places []*place) {
	places = slices.Clone(places)
	slices.SortStableFunc(places, func(a, b *place) int { return cmp.Compare(a.offset, b.offset) })
	at, line, column := 0, 1, 1
	for _, p := range places {
		offset := min(max(p.offset, at), len(text))
		between := text[at:offset]
		if n := bytes.Count(between, []byte{'\n'}); n > 0 {
			line += n
			column = utf8.RuneCount(between[bytes.LastIndexByte(between, '\n')+1:]) + 1
		} else {
			column += utf8.RuneCount(between)
		}
		at, p.line, p.column = offset, line, column
	}
}
