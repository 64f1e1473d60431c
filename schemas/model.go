package schemas

import (
	"fmt"
	"regexp"
	"strings"
)

// particle is a part of a content model: a name, or a sequence or choice of particles, and how often it may stand.
type particle struct {
	name  string      // "" for a group
	parts []*particle // of a group
	any   bool        // a choice, not a sequence
	times byte        // '?', '*', '+', or 0 for once
}

// modelWord is the next word of a content model: a name or a sign.
var modelWord = regexp.MustCompile(`^\s*([A-Za-z_][\w.:-]*|[(),|?*+])`)

// modelReader reads a content model word by word.
type modelReader struct {
	rest string
	word string // "" at the end
}

func (r *modelReader) next() error {
	if strings.TrimSpace(r.rest) == "" {
		r.word = ""
		return nil
	}
	m := modelWord.FindStringSubmatch(r.rest)
	if m == nil {
		return fmt.Errorf("%q is no part of a content model", r.rest)
	}
	r.rest, r.word = r.rest[len(m[0]):], m[1]
	return nil
}

// parseModel reads a content model of child elements, such as "A, (B | C)*, D?".
func parseModel(text string) (*particle, error) {
	r := &modelReader{rest: text}
	if err := r.next(); err != nil {
		return nil, err
	}
	p, err := r.group()
	if err == nil && r.word != "" {
		err = fmt.Errorf("%q does not belong there", r.word)
	}
	return p, err
}

// group reads particles up to a closing parenthesis or the end.
func (r *modelReader) group() (*particle, error) {
	g := &particle{}
	sign := ""
	for {
		p, err := r.particle()
		if err != nil {
			return nil, err
		}
		g.parts = append(g.parts, p)
		if r.word != "," && r.word != "|" {
			break
		}
		if sign != "" && sign != r.word {
			return nil, fmt.Errorf(`"," and "|" stand in one group`)
		}
		sign = r.word
		if err := r.next(); err != nil {
			return nil, err
		}
	}
	g.any = sign == "|"
	return g, nil
}

func (r *modelReader) particle() (*particle, error) {
	p := &particle{}
	switch {
	case r.word == "(":
		if err := r.next(); err != nil {
			return nil, err
		}
		group, err := r.group()
		if err != nil {
			return nil, err
		}
		if r.word != ")" {
			return nil, fmt.Errorf(`a ")" is missing before %q`, r.word)
		}
		p = group
	case r.word == "" || strings.Contains("),|?*+", r.word):
		return nil, fmt.Errorf("a name is missing before %q", r.word)
	default:
		p.name = r.word
	}
	if err := r.next(); err != nil {
		return nil, err
	}
	if r.word != "" && strings.Contains("?*+", r.word) {
		p.times = r.word[0]
		return p, r.next()
	}
	return p, nil
}

// names calls visit with each name in the model.
func (p *particle) names(visit func(string)) {
	if p.name != "" {
		visit(p.name)
	}
	for _, q := range p.parts {
		q.names(visit)
	}
}

// pattern writes a regular expression for the model over one rune a name. Models are deterministic, as XML demands, so
// that Go compiles nearly all of the patterns to one pass without backtracking.
func (p *particle) pattern(code func(string) rune) string {
	s := ""
	switch {
	case p.name != "":
		s = string(code(p.name))
	default:
		parts := make([]string, len(p.parts))
		for i, q := range p.parts {
			parts[i] = q.pattern(code)
		}
		s = "(?:" + strings.Join(parts, p.sign()) + ")"
	}
	return s + p.often()
}

// prefixes writes a regular expression for everything that the model's words may start with, the empty word included.
func (p *particle) prefixes(code func(string) rune) string {
	s := ""
	switch {
	case p.name != "":
		s = string(code(p.name)) + "?"
	case p.any:
		parts := make([]string, len(p.parts))
		for i, q := range p.parts {
			parts[i] = q.prefixes(code)
		}
		s = "(?:" + strings.Join(parts, "|") + ")"
	default:
		// Of a sequence: a start of the first part, or the whole first part and a start of the rest.
		for i := len(p.parts) - 1; i >= 0; i-- {
			first := p.parts[i].prefixes(code)
			if s == "" {
				s = first
			} else {
				s = "(?:" + first + "|" + p.parts[i].pattern(code) + s + ")"
			}
		}
	}
	if p.times == '*' || p.times == '+' {
		once := *p
		once.times = 0
		return "(?:(?:" + once.pattern(code) + ")*" + s + ")"
	}
	return s
}

func (p *particle) sign() string {
	if p.any {
		return "|"
	}
	return ""
}

func (p *particle) often() string {
	if p.times == 0 {
		return ""
	}
	return string(p.times)
}
