package schemas

import (
	"fmt"
	"slices"

	"github.com/beevik/etree"
)

// maxMoves bounds the children for which the right place of a misplaced one is searched: each place is tried.
const maxMoves = 200

// diagnose says what is wrong with the children of e, which do not match the entry's model: first each child that may
// not stand in e at all, then one sentence about the order of the others.
func (c *checker) diagnose(e *etree.Element, entry *element) {
	allowed := make(map[string]bool)
	entry.model.names(func(n string) { allowed[n] = true })
	var stand []*etree.Element
	var codes []rune
	for _, token := range e.Child {
		child, ok := token.(*etree.Element)
		if !ok {
			continue
		}
		name := qualified(child.Space, child.Tag)
		if !allowed[name] {
			c.report(Deviation{Element: e, At: child, Text: fmt.Sprintf("<%s> may not stand in <%s>.", clip(name), e.Tag)})
			continue
		}
		stand = append(stand, child)
		codes = append(codes, c.table.elements[name].code)
	}
	if entry.fits(codes) {
		return
	}
	d := Deviation{Element: e, At: e}
	k := len([]rune(entry.start().FindString(string(codes))))
	d.Name = c.missing(entry, codes, k)
	switch {
	case k < len(stand) && d.Name != "":
		d.Text = fmt.Sprintf("<%s> has no <%s> before <%s>.", e.Tag, d.Name, stand[k].Tag)
		d.At = stand[k]
	case k < len(stand):
		d.At = stand[k]
		d.Text = c.misplaced(e, entry, codes, k)
	case d.Name != "":
		d.Text = fmt.Sprintf("<%s> has no <%s>, which cXML requires.", e.Tag, d.Name)
	default:
		d.Text = fmt.Sprintf("<%s> is not complete; %s has to follow.", e.Tag, c.expected(entry, codes[:k]))
	}
	c.report(d)
}

// missing returns the one name with which the children from k on would fit, or "". At the end it takes the first of two.
func (c *checker) missing(entry *element, codes []rune, k int) string {
	next := c.next(entry, codes[:k])
	for _, n := range next {
		if entry.fits(slices.Insert(slices.Clone(codes), k, n)) {
			return c.table.byCode(n)
		}
	}
	if k < len(codes) || k > maxMoves {
		return ""
	}
	for _, n := range next {
		for _, m := range c.next(entry, append(slices.Clone(codes), n)) {
			if entry.fits(append(slices.Clone(codes), n, m)) {
				return c.table.byCode(n)
			}
		}
	}
	return ""
}

// misplaced says why the child at k does not fit there.
func (c *checker) misplaced(e *etree.Element, entry *element, codes []rune, k int) string {
	name := c.table.byCode(codes[k])
	rest := slices.Delete(slices.Clone(codes), k, k+1)
	if entry.fits(rest) {
		for i := 0; i <= len(rest) && len(rest) <= maxMoves; i++ {
			switch {
			case !entry.fits(slices.Insert(slices.Clone(rest), i, codes[k])):
			case i < len(rest):
				return fmt.Sprintf("<%s> stands in the wrong place in <%s>; it belongs before <%s>.", name, e.Tag, c.table.byCode(rest[i]))
			default:
				return fmt.Sprintf("<%s> stands in the wrong place in <%s>; it belongs at the end.", name, e.Tag)
			}
		}
		if slices.Contains(codes[:k], codes[k]) {
			return fmt.Sprintf("<%s> stands too often in <%s>.", name, e.Tag)
		}
	}
	return fmt.Sprintf("<%s> may not stand here in <%s>; %s may.", name, e.Tag, c.expected(entry, codes[:k]))
}

// expected lists what may follow a start of the children.
func (c *checker) expected(entry *element, start []rune) string {
	var names []string
	for _, n := range c.next(entry, start) {
		names = append(names, "<"+c.table.byCode(n)+">")
	}
	if len(names) == 0 {
		return "nothing more"
	}
	return alternatives(names)
}

// next returns the names that may follow a start of the children, in the order of the model.
func (c *checker) next(entry *element, start []rune) []rune {
	var next []rune
	entry.model.names(func(name string) {
		n := c.table.elements[name].code
		if slices.Contains(next, n) {
			return
		}
		with := string(append(slices.Clone(start), n))
		if entry.start().FindString(with) == with {
			next = append(next, n)
		}
	})
	return next
}

func (e *element) fits(codes []rune) bool { return e.whole.MatchString(string(codes)) }

func (t *Table) byCode(code rune) string { return t.names[code-firstCode] }
