package cxml

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"counterpunch/internal/document"
	"github.com/google/uuid"
)

// Bounds of an answer. A hostile document must not make it larger than itself.
const (
	maxListed       = 200 // problems, and warnings
	maxListedLength = 500 // characters of each
)

// answerVersion is the cXML version that answers follow.
const answerVersion = "1.2.069"

// Response is the answer to one document.
type Response struct {
	PayloadID  string    // of the answer itself; "" makes one
	Timestamp  time.Time // zero means now
	Code       int       // cXML status code; 0 means 500
	Detail     string    // first sentence
	DocumentID string    // under which the document can be asked for, "" when it was not stored
	Problems   []Problem
	Warnings   []document.Warning
}

// Bytes returns the answer as a valid cXML document in UTF-8. Whatever the texts contain, they stay text.
func (r Response) Bytes() []byte {
	if r.Code == 0 {
		r.Code = StatusInternal
	}
	var b bytes.Buffer
	openAnswer(&b, r.PayloadID, r.Timestamp)
	writeStatus(&b, r.Code, r.detail())
	closeAnswer(&b)
	return b.Bytes()
}

// detail returns the text of the Status: a sentence, then one line a problem and a warning.
func (r Response) detail() string {
	var lines []string
	if r.Detail != "" {
		lines = append(lines, r.Detail)
	}
	if r.DocumentID != "" {
		lines = append(lines, "Document id: "+r.DocumentID)
	}
	for i, p := range r.Problems {
		if i == maxListed {
			lines = append(lines, fmt.Sprintf("%d more problems are not listed.", len(r.Problems)-i))
			break
		}
		lines = append(lines, oneLine(p.String()))
	}
	for i, w := range r.Warnings {
		if i == maxListed {
			lines = append(lines, fmt.Sprintf("%d more warnings are not listed.", len(r.Warnings)-i))
			break
		}
		p := Problem{Path: w.Path, Line: w.Line, Column: w.Column, Text: w.Text}
		lines = append(lines, "warning: "+oneLine(p.String()))
	}
	return strings.Join(lines, "\n")
}

// oneLine folds white space, so that no text can look like a line of its own, and bounds the length.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	runes := 0
	for i := range s {
		if runes++; runes > maxListedLength {
			return s[:i] + "…"
		}
	}
	return s
}

func openAnswer(b *bytes.Buffer, payloadID string, at time.Time) {
	if payloadID == "" {
		payloadID = uuid.NewString() + "@counterpunch"
	}
	if at.IsZero() {
		at = time.Now()
	}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	b.WriteString(`<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/` + answerVersion + `/cXML.dtd">` + "\n")
	fmt.Fprintf(b, `<cXML version="%s" payloadID="%s" timestamp="%s" xml:lang="en-US">`+"\n  <Response>\n",
		answerVersion, escape(payloadID), at.UTC().Format(time.RFC3339))
}

func writeStatus(b *bytes.Buffer, code int, detail string) {
	fmt.Fprintf(b, `    <Status code="%d" text="%s" xml:lang="en-US">%s</Status>`+"\n", code, escape(StatusText(code)), escape(detail))
}

func closeAnswer(b *bytes.Buffer) { b.WriteString("  </Response>\n</cXML>\n") }

// escape makes any text fit for an attribute or an element. Characters that XML does not have become U+FFFD.
func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "" // a strings.Builder takes every write
	}
	// A line feed is readable as it is in text, and the answers have none in attributes.
	return strings.ReplaceAll(b.String(), "&#xA;", "\n")
}
