package mapping

import (
	"fmt"
	"slices"
	"strings"

	"counterpunch/internal/netsuite/record"
)

// parts are the part numbers that a claim gives for its line.
type parts struct {
	named   []string // supplier parts that are said to be the line's
	offered []string // supplier parts that are openly offered for it, which need not be the ordered one
	buyers  []string // the buyer's own numbers
	// settled are offered parts that are no slip of the line number, though another line orders them.
	settled []string
}

// evidence is what the parts of a claim say of a line.
type evidence struct {
	same       bool // one of them is the line's
	substitute bool // another is openly offered, so that the price proves nothing
	against    *Difference
}

// keysOf are the parts that a line orders, in the form in which two spellings are equal: the supplier's, then the buyer's by
// name and by NetSuite's internal id.
func keysOf(l record.OrderLine) []string {
	var keys []string
	if l.VendorName != "" {
		keys = append(keys, supplierKey(l.VendorName))
	}
	for _, own := range []string{l.Item.RefName, leaf(l.Item.RefName), l.Item.ID} {
		if own != "" {
			keys = append(keys, buyerKey(own))
		}
	}
	return keys
}

// leaf is an item's own name, which NetSuite shows behind those of the items above it: "Fasteners : Bolt".
func leaf(refName string) string { return refName[strings.LastIndex(refName, ":")+1:] }

func supplierKey(part string) string { return "supplier " + fold(part) }

func buyerKey(part string) string { return "buyer " + fold(part) }

// ordered is a supplier's part as orders have it.
func (m *Mapper) ordered(part string) string { return orElse(m.tables.lookup(TableItems, part), part) }

// is reports whether a supplier's part is the line's.
func (m *Mapper) is(part string, l record.OrderLine) bool {
	return fold(l.VendorName) != "" && fold(m.ordered(part)) == fold(l.VendorName)
}

// isBuyers reports whether a part number of the buyer's is the line's.
func isBuyers(part string, l record.OrderLine) bool {
	return slices.Contains(keysOf(l), buyerKey(part))
}

// hears weighs the parts of a claim for a line. Another supplier part than the ordered one contradicts the line, unless it is
// openly offered; a part that another line of the order orders says that the number is wrong, also where it is offered.
func (m *Mapper) hears(c claim, l record.OrderLine, order numbering) evidence {
	var e evidence
	for _, part := range c.parts.named {
		switch {
		case m.is(part, l):
			e.same = true
		case l.VendorName != "":
			e.against = &Difference{What: "supplier part", Expected: l.VendorName, Found: m.ordered(part)}
		}
	}
	for _, part := range c.parts.offered {
		same := m.is(part, l)
		e.same, e.substitute = e.same || same, e.substitute || !same
	}
	for _, part := range c.parts.buyers {
		e.same = e.same || isBuyers(part, l)
	}
	if c.number != 0 && !e.same {
		if d := m.elsewhere(c.parts, l, order); d != nil {
			e.against = d
		}
	}
	return e
}

// elsewhere says which other line of the order orders a part; nil when none does.
func (m *Mapper) elsewhere(p parts, l record.OrderLine, order numbering) *Difference {
	found := func(what, expected, part, key string) *Difference {
		number, ok := order.byPart[key]
		if !ok {
			return nil
		}
		return &Difference{What: what, Expected: expected, Found: fmt.Sprintf("%s, which line %d orders", part, number)}
	}
	for _, part := range slices.Concat(p.named, p.offered) {
		if slices.Contains(p.settled, part) {
			continue
		}
		part = m.ordered(part)
		if d := found("supplier part", orElse(l.VendorName, name(l.Item)), part, supplierKey(part)); d != nil {
			return d
		}
	}
	for _, part := range p.buyers {
		if d := found("buyer's part", name(l.Item), part, buyerKey(part)); d != nil {
			return d
		}
	}
	return nil
}
