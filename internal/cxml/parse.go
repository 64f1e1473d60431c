package cxml

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/beevik/etree"
)

// Parse checks that the body is well-formed XML within the limits and reads the envelope around its one request.
// charset is the one of the HTTP Content-Type, "" when it names none. Every error is a *Refusal: 406 for what cannot be
// parsed, 400 for an envelope that cannot be used, 450 for a message that is no request, 560 when the time ran out.
func Parse(ctx context.Context, body []byte, charset string, lim Limits) (*Envelope, error) {
	lim = lim.withDefaults()
	if int64(len(body)) > lim.Body {
		return nil, Refuse(StatusNotAcceptable, fmt.Sprintf("The document has %d bytes; at most %d are accepted.", len(body), lim.Body))
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, Refuse(StatusNotAcceptable, "The body is empty. Post one cXML document.")
	}
	src, problem := decode(body, charset)
	if problem != nil {
		return nil, &Refusal{Problems: []Problem{*problem}}
	}
	ctx, cancel := context.WithTimeout(ctx, lim.Time)
	defer cancel()

	tree, err := readTree(ctx, src.text, lim)
	if ctx.Err() != nil {
		return nil, Refuse(StatusTemporary, fmt.Sprintf("The document could not be read within %s. Send it again later.", lim.Time))
	}
	if err != nil || !sound(tree, src.text, lim) {
		return nil, diagnose(ctx, src.text, lim)
	}
	if at, sentence := lenient(src.text); at >= 0 {
		line, column := position(src.text, at)
		return nil, &Refusal{Problems: []Problem{{Code: StatusNotAcceptable, Line: line, Column: column, Text: sentence}}}
	}
	root := tree.Root()
	adoptPrefix(root)
	return newEnvelope(src, root, lim)
}

// errElements stops the parse before a tree of too many elements or attributes is built.
var errElements = errors.New("too many elements or attributes")

func readTree(ctx context.Context, text []byte, lim Limits) (*etree.Document, error) {
	if forbidden(text) >= 0 {
		return nil, errors.New("forbidden character")
	}
	// Every element has a "<" of its own; only a text with too many of them is worth the exact count.
	if bytes.Count(text, []byte{'<'}) > lim.Elements && elements(text) > lim.Elements {
		return nil, errElements
	}
	// An attribute costs as much memory as an element, and likewise every one has a "=" of its own.
	if bytes.Count(text, []byte{'='}) > lim.Elements && attributes(text) > lim.Elements {
		return nil, errElements
	}
	tree := etree.NewDocument()
	// ValidateInput stays off: it refuses a newline after the root element and parses everything twice.
	tree.ReadSettings = etree.ReadSettings{PreserveDuplicateAttrs: true, MaxDepth: lim.Depth}
	_, err := tree.ReadFrom(&boundedReader{ctx: ctx, r: bytes.NewReader(text)})
	return tree, err
}

// elements counts the start tags of text.
func elements(text []byte) int {
	n := 0
	scanTags(text, func(t tag) bool {
		if t.opens {
			n++
		}
		return true
	})
	return n
}

// attributes counts the attributes of all elements of text.
func attributes(text []byte) int {
	n := 0
	scanTags(text, func(t tag) bool {
		var quote byte
		for _, c := range text[t.start:t.end] {
			switch {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '=':
				n++
			}
		}
		return true
	})
	return n
}

// forbidden returns the offset of the first character that XML 1.0 does not allow, or -1.
func forbidden(text []byte) int {
	for i, c := range text {
		switch {
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r':
			return i
		case c == 0xEF && i+2 < len(text) && text[i+1] == 0xBF && text[i+2] >= 0xBE:
			return i // U+FFFE and U+FFFF
		}
	}
	return -1
}

// boundedReader stops a parse whose time is over.
type boundedReader struct {
	ctx context.Context
	r   io.Reader
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, fmt.Errorf("read document: %w", err)
	}
	return b.r.Read(p)
}
