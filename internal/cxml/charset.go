package cxml

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// source is a document as UTF-8 text together with what is needed to write it in its own charset again.
type source struct {
	text     []byte            // UTF-8, without byte order mark
	mark     []byte            // the byte order mark as received
	charset  string            // name for Original.Charset
	encoding encoding.Encoding // nil for UTF-8
}

// encode returns text in the charset of the source, with its byte order mark.
func (s source) encode(text []byte) ([]byte, error) {
	if s.encoding == nil {
		return append(bytes.Clone(s.mark), text...), nil
	}
	b, err := s.encoding.NewEncoder().Bytes(text)
	if err != nil {
		return nil, fmt.Errorf("encode document as %s: %w", s.charset, err)
	}
	return append(bytes.Clone(s.mark), b...), nil
}

const (
	utf8Name    = "UTF-8"
	utf16BEName = "UTF-16BE"
	utf16LEName = "UTF-16LE"
	latin1Name  = "ISO-8859-1"
	win1252Name = "windows-1252"
)

// declaration finds the encoding in an XML declaration at the very start.
var declaration = regexp.MustCompile(`^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// decode finds the charset and returns the document as UTF-8. The order is that of RFC 7303: byte order mark, the HTTP
// charset, the XML declaration, UTF-8. But senders' HTTP libraries add a charset unasked: where the declaration says
// otherwise and the bytes bear it out (they are valid UTF-8, or are not), the declaration wins.
func decode(body []byte, httpCharset string) (source, *Problem) {
	switch {
	case bytes.HasPrefix(body, []byte{0xEF, 0xBB, 0xBF}):
		return source{text: body[3:], mark: body[:3], charset: utf8Name}.checked(body)
	case bytes.HasPrefix(body, []byte{0xFE, 0xFF}):
		return decodeAs(utf16BEName, body, 2)
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE}):
		return decodeAs(utf16LEName, body, 2)
	// UTF-16 without a mark shows by the zero byte beside the first "<".
	case bytes.HasPrefix(body, []byte{0, '<'}):
		return decodeAs(utf16BEName, body, 0)
	case bytes.HasPrefix(body, []byte{'<', 0}):
		return decodeAs(utf16LEName, body, 0)
	}
	declared := ""
	if m := declaration.FindSubmatch(body[:min(len(body), 256)]); m != nil {
		declared = string(m[1])
	}
	for _, named := range []string{httpCharset, declared} {
		if named == "" {
			continue
		}
		name, ok := charsetName(named)
		if !ok {
			return source{}, &Problem{Code: StatusNotAcceptable, Text: fmt.Sprintf(
				"The charset %q is not supported. Send UTF-8, UTF-16, ISO-8859-1 or Windows-1252.", clip(named))}
		}
		if other, ok := charsetName(declared); ok && other != name && utf8.Valid(body) == (other == utf8Name) {
			name = other
		}
		return decodeAs(name, body, 0)
	}
	return decodeAs(utf8Name, body, 0)
}

// charsetName returns our name for a charset's name or alias.
func charsetName(s string) (string, bool) {
	switch strings.ToLower(strings.Trim(strings.TrimSpace(s), `"'`)) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return utf8Name, true
	// Without a mark and without a zero byte at the start the text cannot be UTF-16, whatever is declared: the label
	// survived a conversion. UTF-8 is what it was converted to.
	case "utf-16", "utf16", "utf-16le", "utf-16be":
		return utf8Name, true
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1":
		return latin1Name, true
	case "windows-1252", "cp1252", "cp-1252", "x-cp1252":
		return win1252Name, true
	}
	return "", false
}

func decodeAs(name string, body []byte, mark int) (source, *Problem) {
	s := source{charset: name, mark: body[:mark]}
	switch name {
	case utf8Name:
		s.text = body
		return s.checked(body)
	case utf16BEName:
		s.encoding = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case utf16LEName:
		s.encoding = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case latin1Name:
		s.encoding = charmap.ISO8859_1
		// ISO-8859-1 has only control characters here; who sends these bytes means Windows-1252.
		if hasC1(body) {
			s.encoding, s.charset = charmap.Windows1252, win1252Name
		}
	case win1252Name:
		s.encoding = charmap.Windows1252
	}
	text, err := s.encoding.NewDecoder().Bytes(body[mark:])
	if err != nil {
		return source{}, &Problem{Code: StatusNotAcceptable, Text: fmt.Sprintf("The body is not valid %s.", s.charset)}
	}
	s.text = text
	return s.checked(body)
}

func hasC1(body []byte) bool {
	for _, c := range body {
		if c >= 0x80 && c <= 0x9F {
			return true
		}
	}
	return false
}

// checked refuses bytes that the charset does not have, because they could not be written back as they came.
func (s source) checked(body []byte) (source, *Problem) {
	if s.encoding == nil {
		if at := firstInvalid(s.text); at >= 0 {
			line, column := position(s.text, at)
			return source{}, &Problem{Code: StatusNotAcceptable, Line: line, Column: column,
				Text: "The body is not valid UTF-8 here. Declare the charset that it is written in, or send UTF-8."}
		}
		return s, nil
	}
	back, err := s.encode(s.text)
	if err != nil || !bytes.Equal(back, body) {
		return source{}, &Problem{Code: StatusNotAcceptable, Text: fmt.Sprintf("The body is not valid %s.", s.charset)}
	}
	return s, nil
}

func firstInvalid(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}
