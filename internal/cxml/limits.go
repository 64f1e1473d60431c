package cxml

import "time"

// Limits bound what one document may cost. A field that is zero takes its value from DefaultLimits.
type Limits struct {
	Body           int64         // bytes as received, after any decompression
	Depth          int           // nesting of elements
	Elements       int           // elements in the document, and attributes of all of them
	Attributes     int           // attributes of one element
	Lines          int           // confirmed, shipped or invoiced lines of one document
	AttributeValue int           // bytes of one attribute's value
	Text           int           // bytes of one run of text
	Time           time.Duration // for parsing, by the clock
}

// DefaultLimits leaves room for an invoice of 5,000 lines, which is 5 MB and some 130,000 elements. The deepest of several
// hundred real documents nests 13 elements.
func DefaultLimits() Limits {
	return Limits{
		Body:           8 << 20,
		Depth:          64,
		Elements:       250_000,
		Attributes:     64,
		Lines:          5_000,
		AttributeValue: 8 << 10,
		Text:           256 << 10,
		Time:           5 * time.Second,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	if l.Body == 0 {
		l.Body = d.Body
	}
	if l.Depth == 0 {
		l.Depth = d.Depth
	}
	if l.Elements == 0 {
		l.Elements = d.Elements
	}
	if l.Attributes == 0 {
		l.Attributes = d.Attributes
	}
	if l.Lines == 0 {
		l.Lines = d.Lines
	}
	if l.AttributeValue == 0 {
		l.AttributeValue = d.AttributeValue
	}
	if l.Text == 0 {
		l.Text = d.Text
	}
	if l.Time == 0 {
		l.Time = d.Time
	}
	return l
}
