package cxml

import (
	"cmp"
	"time"
)

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
	return Limits{
		Body:           cmp.Or(l.Body, d.Body),
		Depth:          cmp.Or(l.Depth, d.Depth),
		Elements:       cmp.Or(l.Elements, d.Elements),
		Attributes:     cmp.Or(l.Attributes, d.Attributes),
		Lines:          cmp.Or(l.Lines, d.Lines),
		AttributeValue: cmp.Or(l.AttributeValue, d.AttributeValue),
		Text:           cmp.Or(l.Text, d.Text),
		Time:           cmp.Or(l.Time, d.Time),
	}
}
