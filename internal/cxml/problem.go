package cxml

import (
	"fmt"
	"strings"
	"unicode"

	"counterpunch/internal/document"
)

// Problem is one reason why a document is refused.
type Problem struct {
	Code   int    `json:"code"`             // cXML status code
	Path   string `json:"path,omitempty"`   // of the element or attribute, such as /cXML/Request/ConfirmationRequest/ConfirmationItem[2]/@quantity
	Line   int    `json:"line,omitempty"`   // from 1; 0 when the problem has no place in the document
	Column int    `json:"column,omitempty"` // from 1, in characters
	Text   string `json:"text"`             // one sentence for the supplier's integrator
}

// String returns the problem with its place, on one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", p.Line, p.Column)
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Refusal is the error of a document that is not accepted. It holds every problem that was found.
type Refusal struct {
	Problems []Problem
	Warnings []document.Warning // what else was odd, where the document could be read so far
}

// Refuse returns a Refusal with one problem that has no place in the document.
func Refuse(code int, text string) *Refusal {
	return &Refusal{Problems: []Problem{{Code: code, Text: text}}}
}

// Error implements error. It names the first problem and how many there are, in one line that is safe to log: parts of it
// are the sender's own words, and a terminal takes some characters for commands.
func (r *Refusal) Error() string {
	if len(r.Problems) == 0 {
		return "document refused"
	}
	first := fmt.Sprintf("document refused with %d: %s", r.Code(), printable(oneLine(r.Problems[0].String())))
	if n := len(r.Problems) - 1; n > 0 {
		return fmt.Sprintf("%s (and %d more)", first, n)
	}
	return first
}

// printable replaces what is no visible character: controls, and marks that turn the direction of writing.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// Code returns the cXML status code of the answer: that of the first problem. A problem with the parse or with the
// credentials always stands alone, so problems of different weight do not meet here.
func (r *Refusal) Code() int {
	if len(r.Problems) == 0 {
		return StatusInternal
	}
	return r.Problems[0].Code
}
