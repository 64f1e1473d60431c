package mapping

import (
	"maps"
	"slices"
	"strings"

	"counterpunch/internal/netsuite/record"
)

// synonyms gives each spelling the name of its group.
type synonyms map[string]string

// newSynonyms joins tables of groups. Groups that share a spelling are one.
func newSynonyms(tables ...map[string][]string) synonyms {
	s := make(synonyms)
	for _, groups := range tables {
		for _, name := range slices.Sorted(maps.Keys(groups)) {
			for _, spelling := range append([]string{name}, groups[name]...) {
				s.join(name, spelling)
			}
		}
	}
	return s
}

func (s synonyms) join(a, b string) {
	from, to := s.group(b), s.group(a)
	for spelling, group := range s {
		if group == from {
			s[spelling] = to
		}
	}
	s[fold(a)], s[fold(b)] = to, to
}

func fold(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

func (s synonyms) group(spelling string) string {
	if g, ok := s[fold(spelling)]; ok {
		return g
	}
	return fold(spelling)
}

// same reports whether the text names what the reference is, by its id or its name. Where one side says nothing - an
// account without units or with one currency, a document without a unit - there is nothing to contradict.
func (s synonyms) same(text string, r record.Ref) bool {
	if fold(text) == "" || r.IsZero() {
		return true
	}
	g := s.group(text)
	return r.RefName != "" && s.group(r.RefName) == g || r.ID != "" && s.group(r.ID) == g
}

// name is the reference as a person knows it.
func name(r record.Ref) string {
	if r.RefName != "" {
		return r.RefName
	}
	return r.ID
}
