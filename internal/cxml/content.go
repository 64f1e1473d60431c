package cxml

import (
	"strings"

	"counterpunch/schemas"
	"github.com/beevik/etree"
)

// warnContent is the code of a deviation from the content tables that no other warning tells of.
const warnContent = "content-model"

// maxContentWarnings bounds the deviations that are told of one document. Who made a mistake in every line knows it by
// then.
const maxContentWarnings = 20

// compareContent warns of every deviation from cXML's content models. Real documents deviate and are usable, so it is
// never a problem; what cannot be used has been found by then.
func (r *reader) compareContent(root *etree.Element) {
	told := r.warnings
	n := 0
	for d := range schemas.Content().Check(root, func(e *etree.Element) bool { return isSecret(e.Tag) }) {
		if alreadyTold(told, d) {
			continue
		}
		if n++; n > maxContentWarnings {
			r.warn(root, "", warnContent, "", "More deviations from cXML follow that are not listed.")
			return
		}
		r.warn(d.At, d.Attr, warnContent, d.Value, "%s", d.Text)
	}
}

// alreadyTold reports whether one of the warnings is about the same attribute, or names what is missing.
func alreadyTold(warnings []finding, d schemas.Deviation) bool {
	for _, w := range warnings {
		switch {
		case w.element != d.Element:
		case d.Attr != "" && w.attr == d.Attr, d.Name != "" && w.attr == d.Name, d.Name != "" && strings.Contains(w.text, d.Name):
			return true
		}
	}
	return false
}
