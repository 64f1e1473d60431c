package cxml

import (
	"fmt"

	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

// maxWarnings bounds the warnings that travel with a document. Thousands of equal oddities help nobody, and the event
// that carries them has a size limit.
const maxWarnings = 200

// maxProblems bounds the problems of a document that is wrong throughout; a thousand is more than anyone reads.
const maxProblems = 1000

// finding is a problem or a warning about one element or one of its attributes.
type finding struct {
	element *etree.Element
	attr    string
	code    string // of a warning
	status  int    // of a problem
	text    string
	value   string // the original text that is odd
}

// findings collects everything that is said about a document. The tree holds no positions, so that lines and columns are
// looked up afterwards, in one pass over the text and only when there is something to say.
type findings struct {
	problems []finding
	warnings []finding
	dropped  int // warnings beyond maxWarnings
}

// problem adds a reason to refuse the document for its content.
func (f *findings) problem(e *etree.Element, attr, format string, args ...any) {
	f.refuse(StatusBadRequest, e, attr, format, args...)
}

// refuse adds a reason to refuse the document with a status of its own.
func (f *findings) refuse(status int, e *etree.Element, attr, format string, args ...any) {
	switch n := len(f.problems); {
	case n < maxProblems:
		f.problems = append(f.problems, finding{element: e, attr: attr, status: status, text: fmt.Sprintf(format, args...)})
	case n == maxProblems:
		f.problems = append(f.problems, finding{element: e, status: StatusBadRequest, text: "More problems follow that are not listed. Correct these first."})
	}
}

// warn adds something odd that does not keep the document from being used.
func (f *findings) warn(e *etree.Element, attr, code, value, format string, args ...any) {
	if len(f.warnings) >= maxWarnings {
		f.dropped++
		return
	}
	f.warnings = append(f.warnings, finding{element: e, attr: attr, code: code, text: fmt.Sprintf(format, args...), value: value})
}

// refusal returns the problems with their places, or nil when there are none.
func (f *findings) refusal(root *etree.Element, text []byte) *Refusal {
	if len(f.problems) == 0 {
		return nil
	}
	places := locate(root, text, f.problems)
	r := &Refusal{Problems: make([]Problem, 0, len(f.problems))}
	for i, p := range f.problems {
		r.Problems = append(r.Problems, Problem{Code: p.status, Path: p.path(), Line: places[i].line, Column: places[i].column, Text: p.text})
	}
	return r
}

// warned returns the warnings with their places.
func (f *findings) warned(root *etree.Element, text []byte) []document.Warning {
	if len(f.warnings) == 0 {
		return nil
	}
	places := locate(root, text, f.warnings)
	warnings := make([]document.Warning, 0, len(f.warnings)+1)
	for i, w := range f.warnings {
		warnings = append(warnings, document.Warning{Code: w.code, Path: w.path(), Line: places[i].line, Column: places[i].column,
			Text: w.text, Original: clip(w.value)})
	}
	if f.dropped > 0 {
		warnings = append(warnings, document.Warning{Code: "more-warnings", Text: fmt.Sprintf("%d more oddities were found and are not listed.", f.dropped)})
	}
	return warnings
}

func (f finding) path() string {
	p := path(f.element)
	if f.attr != "" {
		p += "/@" + f.attr
	}
	return p
}

// locate finds the line and column of each finding: of the attribute it is about, else of its element's start tag. An
// element is found again in the text by its rank among all elements in document order.
func locate(root *etree.Element, text []byte, all []finding) []*place {
	wanted := make(map[*etree.Element][]int, len(all))
	places := make([]*place, len(all))
	for i, f := range all {
		wanted[f.element] = append(wanted[f.element], i)
		places[i] = &place{}
	}
	ranks := make(map[int][]int, len(wanted))
	n := 0
	var walk func(*etree.Element)
	walk = func(e *etree.Element) {
		if of, ok := wanted[e]; ok {
			ranks[n] = of
		}
		n++
		for c := range childElements(e) {
			walk(c)
		}
	}
	walk(root)
	n = 0
	scanTags(text, func(t tag) bool {
		if !t.opens {
			return true
		}
		for _, i := range ranks[n] {
			places[i].offset = t.start
			if name := all[i].attr; name != "" {
				places[i].offset = attributeAt(text, t.start, t.end, name)
			}
		}
		n++
		return true
	})
	positions(text, places)
	return places
}
