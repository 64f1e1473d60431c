package cxml

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Original is a document as it was received, byte for byte, except that the content of SharedSecret, CredentialMac and
// DigitalSignature is cut out wherever such an element stands, and of attributes where senders write secrets instead.
type Original struct {
	MediaType string `json:"mediaType"`
	Charset   string `json:"charset"`
	SHA256    string `json:"sha256"`           // hex, over the bytes that are kept, in their own charset
	CXML      string `json:"cxml,omitempty"`   // of a document in UTF-8
	Base64    string `json:"base64,omitempty"` // of a document in another charset
}

// Bytes returns the kept bytes in their own charset.
func (o Original) Bytes() ([]byte, error) {
	if o.Base64 == "" {
		return []byte(o.CXML), nil
	}
	b, err := base64.StdEncoding.DecodeString(o.Base64)
	if err != nil {
		return nil, fmt.Errorf("decode original document: %w", err)
	}
	return b, nil
}

// Original returns the document without its secrets. Each call does the work again.
func (e *Envelope) Original() Original {
	kept, err := e.source.encode(cutSecrets(e.source.text))
	if err != nil {
		// Cutting leaves only characters that came from this charset, so that writing them back cannot fail.
		kept = nil
	}
	sum := sha256.Sum256(kept)
	o := Original{MediaType: "text/xml", Charset: e.source.charset, SHA256: hex.EncodeToString(sum[:])}
	if e.source.encoding == nil {
		o.CXML = string(kept)
	} else {
		o.Base64 = base64.StdEncoding.EncodeToString(kept)
	}
	return o
}

// isSecret reports whether the content of an element of this name is never kept or shown. The comparison is loose: a
// misspelt element may still hold a real secret.
func isSecret(name string) bool {
	if n := strings.LastIndexByte(name, ':'); n >= 0 {
		name = name[n+1:]
	}
	switch len(name) {
	case len("SharedSecret"):
		return strings.EqualFold(name, "SharedSecret")
	case len("CredentialMac"):
		return strings.EqualFold(name, "CredentialMac")
	case len("DigitalSignature"):
		return strings.EqualFold(name, "DigitalSignature")
	}
	return false
}

// span is a range of offsets.
type span struct{ from, to int }

// cutSecrets returns text without the content of secret elements.
func cutSecrets(text []byte) []byte {
	text = cut(text, secretSpans(text))
	if bytes.Contains(text, []byte("&lt;")) {
		text = cut(text, escapedSpans(text))
	}
	return text
}

// cut returns text without the spans, which are in order and do not overlap.
func cut(text []byte, spans []span) []byte {
	if len(spans) == 0 {
		return text
	}
	var b bytes.Buffer
	b.Grow(len(text))
	at := 0
	for _, s := range spans {
		b.Write(text[at:s.from])
		at = s.to
	}
	b.Write(text[at:])
	return b.Bytes()
}

// escapedSecret is a secret element of a document that another document carries as escaped text.
var escapedSecret = regexp.MustCompile(`(?is)&lt;(?:[\w.-]+:)?(?:SharedSecret|CredentialMac|DigitalSignature)(?:\s[^<]*?)?(?:&gt;|>)([^<]*?)(?:&lt;/|<)`)

func escapedSpans(text []byte) []span {
	var spans []span
	for from := 0; from < len(text); {
		m := escapedSecret.FindSubmatchIndex(text[from:])
		if m == nil {
			break
		}
		spans = append(spans, span{from + m[2], from + m[3]})
		from += m[3]
	}
	return spans
}

// withoutSecrets cuts secret elements out of a value that holds markup as text.
func withoutSecrets(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	return string(cut([]byte(s), looseSpans([]byte(s), 0, len(s))))
}

// secretSpans finds the content of secret elements, in order and without overlap. Text in comments and CDATA sections is
// searched too, because senders comment out old credentials.
func secretSpans(text []byte) []span {
	var spans []span
	depth, from, last := 0, 0, 0
	quoted := func(upTo int) {
		if depth == 0 {
			spans = append(spans, quotedSpans(text, last, upTo)...)
		}
	}
	scanTags(text, func(t tag) bool {
		quoted(t.start)
		last = t.end
		if depth == 0 && t.opens {
			spans = append(spans, attributeSpans(text, t)...)
		}
		switch {
		case depth == 0 && t.opens && !t.closes && isSecret(string(t.name)):
			depth, from = 1, t.end
		case depth > 0 && t.opens && !t.closes:
			depth++
		case depth > 0 && t.closes && !t.opens:
			if depth--; depth == 0 && t.start > from {
				spans = append(spans, span{from, t.start})
			}
		}
		return true
	})
	quoted(len(text))
	return spans
}

// attributeSpans finds the values of a start tag's attributes in which senders put a secret: any of SharedSecret, which has
// none in cXML, those of the other two that cXML does not know, and one that is called like a secret element anywhere.
func attributeSpans(text []byte, t tag) []span {
	var spans []span
	for i := t.start; i < t.end; {
		at := bytes.IndexByte(text[i:t.end], '=')
		if at < 0 {
			break
		}
		name := bytes.TrimRight(text[i:i+at], " \t\r\n")
		name = name[bytes.LastIndexAny(name, " \t\r\n")+1:]
		open := i + at + 1
		for open < t.end && isSpace(text[open]) {
			open++
		}
		if open >= t.end || text[open] != '"' && text[open] != '\'' {
			break
		}
		n := bytes.IndexByte(text[open+1:t.end], text[open])
		if n < 0 {
			break
		}
		if n > 0 && hidden(string(t.name), string(name)) {
			spans = append(spans, span{open + 1, open + 1 + n})
		}
		i = open + 1 + n + 1
	}
	return spans
}

// hidden reports whether the attribute of an element may hold a secret.
func hidden(element, attribute string) bool {
	switch {
	case isSecret(attribute):
		return true
	case !isSecret(element), strings.HasPrefix(attribute, "xml"): // namespaces and xml:lang
		return false
	case strings.EqualFold(element, "SharedSecret"):
		return true
	}
	return !slices.Contains([]string{"type", "algorithm", "creationDate", "expirationDate", "encoding"}, attribute)
}

// quotedSpans finds secret elements within the comments and CDATA sections between two tags. One that is not closed
// there is cut to the end of the comment or section.
func quotedSpans(text []byte, from, to int) []span {
	var spans []span
	for i := from; i < to; {
		at := bytes.IndexByte(text[i:to], '<')
		if at < 0 {
			return spans
		}
		i += at
		end := blockAt(text, i)
		if end <= i {
			i++
			continue
		}
		inside := 0
		switch {
		case bytes.HasPrefix(text[i:], []byte("<!--")):
			inside = len("<!--")
		case bytes.HasPrefix(text[i:], []byte("<![CDATA[")):
			inside = len("<![CDATA[")
		}
		if inside > 0 {
			spans = append(spans, looseSpans(text, i+inside, max(i+inside, end-len("-->")))...)
		}
		i = end
	}
	return spans
}

// looseSpans finds secret elements in text[from:to], which need not be well-formed.
func looseSpans(text []byte, from, to int) []span {
	var spans []span
	start := -1
	for i := from; i < to; i++ {
		if text[i] != '<' {
			continue
		}
		closing := i+1 < to && text[i+1] == '/'
		name := i + 1
		if closing {
			name++
		}
		if name >= to || !isSecret(string(localName(text[name:to]))) {
			continue
		}
		switch {
		case closing && start >= 0:
			spans = append(spans, span{start, i})
			start = -1
		case !closing && start < 0:
			if end := tagEnd(text[:to], i); text[end-1] == '>' && text[end-2] != '/' {
				start = end
			}
		}
	}
	if start >= 0 && start < to {
		spans = append(spans, span{start, to})
	}
	return spans
}
