package schemas

import (
	"fmt"
	"slices"

	"github.com/beevik/etree"
)

// maxTried bounds the children of an element for which a remedy is sought, because each name and place is tried. Who
// sends more in a wrong order is told the place only.
const maxTried = 200

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
	if len(codes) > maxTried {
		d.Text = fmt.Sprintf("<%s> is not complete.", e.Tag)
		if k < len(stand) {
			d.At = stand[k]
			d.Text = fmt.Sprintf("<%s> may not stand here in <%s>.", stand[k].Tag, e.Tag)
		}
		c.report(d)
		return
	}
	missing := c.missing(entry, codes, k)
	if len(missing) == 1 {
		d.Name = missing[0]
	}
	switch {
	case k < len(stand) && len(missing) > 0:
		d.At = stand[k]
		d.Text = fmt.Sprintf("<%s> has no %s before <%s>.", e.Tag, tags(missing), stand[k].Tag)
	case k < len(stand):
		d.At = stand[k]
		d.Text = c.misplaced(e, entry, codes, k)
	case len(missing) > 0:
		d.Text = fmt.Sprintf("<%s> has no %s, which cXML requires.", e.Tag, tags(missing))
	default:
		d.Text = fmt.Sprintf("<%s> is not complete; %s has to follow.", e.Tag, tags(c.next(entry, codes)))
	}
	c.report(d)
}

// missing returns the names each of which would make the children fit if it stood before the one at k. At the end, names
// that need one more after them count too where no name is enough.
func (c *checker) missing(entry *element, codes []rune, k int) []string {
	next := c.next(entry, codes[:k])
	var names []string
	for _, name := range next {
		if entry.fits(slices.Insert(slices.Clone(codes), k, c.code(name))) {
			names = append(names, name)
		}
	}
	if len(names) > 0 || k < len(codes) {
		return names
	}
	for _, name := range next {
		with := append(slices.Clone(codes), c.code(name))
		if slices.ContainsFunc(c.next(entry, with), func(after string) bool {
			return entry.fits(append(slices.Clone(with), c.code(after)))
		}) {
			names = append(names, name)
		}
	}
	return names
}

// misplaced says why the child at k does not fit there.
func (c *checker) misplaced(e *etree.Element, entry *element, codes []rune, k int) string {
	name := c.table.byCode(codes[k])
	rest := slices.Delete(slices.Clone(codes), k, k+1)
	for i := 0; i <= len(rest); i++ {
		if !entry.fits(slices.Insert(slices.Clone(rest), i, codes[k])) {
			continue
		}
		where := "before <" + c.table.byCode(rest[0]) + ">"
		if i > 0 {
			where = "after <" + c.table.byCode(rest[i-1]) + ">"
		}
		return fmt.Sprintf("<%s> stands in the wrong place in <%s>; it belongs %s.", name, e.Tag, where)
	}
	if entry.fits(rest) && slices.Contains(codes[:k], codes[k]) {
		return fmt.Sprintf("<%s> stands too often in <%s>.", name, e.Tag)
	}
	next := "nothing more"
	if names := c.next(entry, codes[:k]); len(names) > 0 {
		next = tags(names)
	}
	return fmt.Sprintf("<%s> may not stand here in <%s>; %s may.", name, e.Tag, next)
}

// next returns the names that may follow a start of the children, in the order of the model.
func (c *checker) next(entry *element, start []rune) []string {
	var next []string
	entry.model.names(func(name string) {
		with := string(append(slices.Clone(start), c.code(name)))
		if !slices.Contains(next, name) && entry.start().FindString(with) == with {
			next = append(next, name)
		}
	})
	return next
}

func (c *checker) code(name string) rune { return c.table.elements[name].code }

// tags lists elements as a sentence does.
func tags(names []string) string {
	var all []string
	for _, n := range names {
		all = append(all, "<"+n+">")
	}
	return alternatives(all)
}

func (e *element) fits(codes []rune) bool { return e.whole.MatchString(string(codes)) }

func (t *Table) byCode(code rune) string { return t.names[code-firstCode] }
