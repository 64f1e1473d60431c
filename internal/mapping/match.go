package mapping

import (
	"fmt"
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

// claim is what a document says of a line, to find it in the order.
type claim struct {
	number   int // as the documents count; 0: none
	shown    int // line of the document for the table of differences
	parts    parts
	unit     string
	price    *document.Decimal
	derived  bool // the price is a quotient
	quantity document.Decimal
	// weak: the kind of document often carries neither part nor price, so unit and quantity may bear the number out.
	weak bool
}

// problem is a claim that does not hold, with a reason of its own.
type problem struct {
	reason reason.Code
	text   string
	diff   Difference
	doc    string // id of the document that makes the claim, where several are looked at
}

// numbering is the lines of an order with the numbers under which the documents know them.
type numbering struct {
	lines    []record.OrderLine
	numbers  []int // by index in lines, 0 for none
	byNumber map[int][]record.OrderLine
	byPart   map[string]int // number of the first line that orders a supplier part, or a part of the buyer's
}

func (m *Mapper) number(lines []record.OrderLine) numbering {
	n := numbering{lines: lines, numbers: make([]int, len(lines)), byNumber: make(map[int][]record.OrderLine, len(lines)), byPart: make(map[string]int)}
	for i, l := range lines {
		number := m.numberOf(l, i)
		if n.numbers[i] = number; number == 0 {
			continue
		}
		n.byNumber[number] = append(n.byNumber[number], l)
		for _, key := range keysOf(l) {
			if _, taken := n.byPart[key]; !taken {
				n.byPart[key] = number
			}
		}
	}
	return n
}

// numberOf is the number under which the documents know the line at an index, 0 when it has none.
func (m *Mapper) numberOf(l record.OrderLine, index int) int {
	switch m.config.LinePolicy {
	case LineByKey:
		return l.Line
	case LineByPosition:
		return index + 1
	}
	d, err := record.Decimal(l.Raw[m.config.LinePolicy])
	if err != nil {
		return 0
	}
	var n int
	if _, err := fmt.Sscanf(d.Canonical(), "%d", &n); err != nil {
		return 0
	}
	return n
}

// match finds the line of a claim. Two witnesses must agree: the line number is one; the supplier's part, or unit and
// price, or for weak claims unit and quantity, is the other. A claim without a number needs part, unit and price.
func (m *Mapper) match(c claim, order numbering) (record.OrderLine, *problem) {
	candidates := order.lines
	if c.number != 0 {
		candidates = order.byNumber[c.number]
	}
	var found []record.OrderLine
	var against *Difference
	for _, l := range candidates {
		diff := m.witness(c, l, order)
		if diff == nil {
			found = append(found, l)
		} else {
			against = diff
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return record.OrderLine{}, ambiguous(c, Difference{What: "lines of the order that fit", Expected: "1", Found: fmt.Sprint(len(found))})
	case len(candidates) == 0 || c.number == 0:
		d := Difference{What: "line of the order", Expected: c.text(), Found: "", Line: c.shown}
		return record.OrderLine{}, &problem{reason: reason.LineNotFound, text: fmt.Sprintf("line %d: the order has no such line", c.shown), diff: d}
	}
	return record.OrderLine{}, ambiguous(c, *against)
}

func ambiguous(c claim, d Difference) *problem {
	d.Line = c.shown
	return &problem{reason: reason.LineAmbiguous, text: fmt.Sprintf("line %d: %s", c.shown, Difference{What: d.What, Expected: d.Expected, Found: d.Found}), diff: d}
}

func (c claim) text() string {
	if c.number != 0 {
		return fmt.Sprintf("line %d", c.number)
	}
	return strings.TrimSpace("part " + orNone(strings.Join(c.parts.named, ", ")))
}

// witness returns nil when the line bears the claim out, else what speaks against it or is missing.
func (m *Mapper) witness(c claim, l record.OrderLine, order numbering) *Difference {
	c = m.inUnits(c, l)
	said := m.hears(c, l, order)
	if said.against != nil {
		return said.against
	}
	unit := m.units.same(c.unit, l.Units)
	priced := c.price != nil && unit && m.config.Tolerance.Price.allows(l.Rate, *c.price)
	switch {
	case c.number == 0:
		// Without a number the part and the price must both speak.
		if said.same && priced {
			return nil
		}
	case said.same, priced && !said.substitute:
		return nil
	case c.weak && unit && c.quantity.Cmp(l.Quantity) <= 0:
		return nil
	}
	switch {
	case !unit:
		return &Difference{What: "unit", Expected: name(l.Units), Found: c.unit}
	case c.weak && c.quantity.Cmp(l.Quantity) > 0:
		return &Difference{What: "quantity", Expected: l.Quantity.Canonical(), Found: c.quantity.Canonical()}
	case c.price != nil && !priced:
		return &Difference{What: "unit price", Expected: l.Rate.Canonical(), Found: c.price.Canonical()}
	}
	return &Difference{What: "supplier part or price", Expected: strings.TrimSpace(l.VendorName + " at " + l.Rate.Canonical())}
}

// mismatch makes one error of all problems; the first gives the reason.
func mismatch(subject string, problems []problem) *Mismatch {
	if len(problems) == 0 {
		return nil
	}
	m := &Mismatch{Reason: problems[0].reason}
	var texts []string
	docs := make(map[string]bool)
	for _, p := range problems {
		texts = append(texts, p.text)
		m.Differences = append(m.Differences, p.diff)
		if p.doc != "" && !docs[p.doc] {
			docs[p.doc] = true
			m.Documents = append(m.Documents, p.doc)
		}
	}
	m.Text = subject + ": " + document.Clip(strings.Join(texts, "; "), 1000)
	return m
}
