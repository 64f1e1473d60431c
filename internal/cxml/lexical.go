package cxml

import (
	"bytes"
	"regexp"
	"strconv"
)

// declared is an XML declaration that is well-formed.
var declared = regexp.MustCompile(`^<\?xml\s+version\s*=\s*("1\.0"|'1\.0')(\s+encoding\s*=\s*("[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*'))?(\s+standalone\s*=\s*("(yes|no)"|'(yes|no)'))?\s*\?>`)

// reference is a numeric character reference.
var reference = regexp.MustCompile(`^&#(x?)0*([0-9a-fA-F]+);`)

// lenient finds what encoding/xml lets pass although it is not well-formed: other readers of the kept document would
// stumble over it, or read something else. It returns the offset, and the sentence for it; "" when all is well.
func lenient(text []byte) (int, string) {
	if bytes.HasPrefix(text, []byte("<?xml")) && !declared.Match(text[:min(len(text), 256)]) {
		return 0, `The XML declaration cannot be read. Write <?xml version="1.0" encoding="UTF-8"?>.`
	}
	for from := 0; ; {
		at := bytes.Index(text[from:], []byte("&#"))
		if at < 0 {
			break
		}
		from += at
		// encoding/xml turns half a surrogate pair into U+FFFD.
		if m := reference.FindSubmatch(text[from:min(len(text), from+64)]); m != nil && surrogate(string(m[1]), string(m[2])) {
			return from, "The character reference stands for no character. Remove it."
		}
		from += len("&#")
	}
	at := -1
	scanTags(text, func(t tag) bool {
		if t.opens {
			at = crowded(text, t.start, t.end)
		}
		return at < 0
	})
	if at >= 0 {
		return at, "White space is missing between two attributes."
	}
	return -1, ""
}

func surrogate(x, digits string) bool {
	base := 10
	if x != "" {
		base = 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return err == nil && n >= 0xD800 && n <= 0xDFFF
}

// crowded returns the offset of an attribute that follows the value before it without white space, or -1.
func crowded(text []byte, start, end int) int {
	var quote byte
	for i := start; i < end; i++ {
		switch c := text[i]; {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
			if next := i + 1; next < end && !isSpace(text[next]) && text[next] != '>' && text[next] != '/' {
				return next
			}
		}
	}
	return -1
}
