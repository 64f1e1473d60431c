package schemas

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

// compiledModel is a table of one element with that content.
func compiledModel(t testing.TB, model string) (*Table, *element) {
	t.Helper()
	table, err := loadTable(fstest.MapFS{"content/one.txt": {Data: []byte("Root = " + model + "\n")}}, "content")
	if err != nil {
		t.Fatal(err)
	}
	return table, table.elements["Root"]
}

// codesOf returns the codes of a word written as names with blanks between.
func codesOf(t *Table, word string) []rune {
	var codes []rune
	for _, name := range strings.Fields(word) {
		codes = append(codes, t.name(name).code)
	}
	return codes
}

func TestModelsTakeTheirWordsOnly(t *testing.T) {
	for model, words := range map[string]struct{ fit, not []string }{
		"A":                      {[]string{"A"}, []string{"", "A A", "B"}},
		"A, B?, C*":              {[]string{"A", "A B", "A C C", "A B C"}, []string{"", "B", "A C B", "A B B"}},
		"A | B+":                 {[]string{"A", "B", "B B"}, []string{"", "A B", "A A"}},
		"(A, B)+, (C | D)*":      {[]string{"A B", "A B A B D C"}, []string{"A", "A B C A B", "C"}},
		"((A+, B*) | B+), C?":    {[]string{"A", "B", "A A B B C", "B C"}, []string{"", "C", "B A"}},
		"(A* | B*), C":           {[]string{"C", "A C", "B B C"}, []string{"A B C", "A"}},
		"A.b-c, ds:Signature*":   {[]string{"A.b-c", "A.b-c ds:Signature"}, []string{"ds:Signature"}},
		"(A, (B | (C, D?)), E?)": {[]string{"A B", "A C D E"}, []string{"A", "A B C", "A D"}},
	} {
		table, e := compiledModel(t, model)
		for _, w := range words.fit {
			if !e.fits(codesOf(table, w)) {
				t.Errorf("%s does not take %q", model, w)
			}
		}
		for _, w := range words.not {
			if e.fits(codesOf(table, w)) {
				t.Errorf("%s takes %q", model, w)
			}
		}
	}
}

func TestMistakesInModelsAreTold(t *testing.T) {
	for model, want := range map[string]string{
		"":           `a name is missing before ""`,
		"A,":         `a name is missing before ""`,
		"A, | B":     `a name is missing before "|"`,
		"A, B | C":   `"," and "|" stand in one group`,
		"(A, B":      `a ")" is missing`,
		"A)":         `")" does not belong there`,
		"A B":        `"B" does not belong there`,
		"A, ()":      `a name is missing before ")"`,
		"A & B":      `" & B" is no part`,
		"A**":        `"*" does not belong there`,
		"(A | B)?, ": `a name is missing before ""`,
	} {
		if _, err := parseModel(model); err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), `\"`, `"`), want) {
			t.Errorf("parseModel(%q): %v, want %s", model, err, want)
		}
	}
}

// derive is the witness for the regular expressions: what may follow the name in a word of the models, by Brzozowski's
// derivatives. No models: nothing may.
func derive(models []*particle, name string) []*particle {
	var after []*particle
	for _, p := range models {
		after = append(after, derivative(p, name)...)
	}
	return after
}

func derivative(p *particle, name string) []*particle {
	once := *p
	once.times = 0
	var after []*particle
	switch {
	case p.name == name && name != "":
		after = []*particle{{}} // the empty sequence
	case p.name != "":
		return nil
	case p.any:
		after = derive(p.parts, name)
	default:
		for i, q := range p.parts {
			for _, d := range derivative(q, name) {
				after = append(after, &particle{parts: append([]*particle{d}, p.parts[i+1:]...)})
			}
			if !nullable(q) {
				break
			}
		}
	}
	if p.times == '*' || p.times == '+' {
		again := once
		again.times = '*'
		for i, d := range after {
			after[i] = &particle{parts: []*particle{d, &again}}
		}
	}
	return after
}

func nullable(p *particle) bool {
	if p.times == '?' || p.times == '*' {
		return true
	}
	if p.name != "" {
		return false
	}
	for _, q := range p.parts {
		if nullable(q) == p.any {
			return p.any
		}
	}
	return !p.any
}

func TestModelsAgreeWithDerivatives(t *testing.T) {
	names := []string{"A", "B", "C", "D"}
	var model func(r *rapid.T, depth int) string
	model = func(r *rapid.T, depth int) string {
		times := rapid.SampledFrom([]string{"", "", "?", "*", "+"}).Draw(r, "times")
		if depth == 0 || rapid.IntRange(0, 2).Draw(r, "group") == 0 {
			return rapid.SampledFrom(names).Draw(r, "name") + times
		}
		sign := rapid.SampledFrom([]string{", ", " | "}).Draw(r, "sign")
		var parts []string
		for range rapid.IntRange(1, 3).Draw(r, "parts") {
			parts = append(parts, model(r, depth-1))
		}
		return "(" + strings.Join(parts, sign) + ")" + times
	}
	rapid.Check(t, func(r *rapid.T) {
		text := model(r, 3)
		table, e := compiledModel(t, text)
		rest, word := []*particle{e.model}, ""
		for range rapid.IntRange(0, 6).Draw(r, "length") {
			name := rapid.SampledFrom(names).Draw(r, "child")
			rest, word = derive(rest, name), word+" "+name
			fits := false
			for _, p := range rest {
				fits = fits || nullable(p)
			}
			codes := codesOf(table, word)
			if got := e.fits(codes); got != fits {
				r.Fatalf("%s takes %s: %t, derivatives say %t", text, word, got, fits)
			}
			viable := e.start().FindString(string(codes)) == string(codes)
			if viable != (len(rest) > 0) {
				r.Fatalf("a word of %s may start with %s: %t, derivatives say %t", text, word, viable, len(rest) > 0)
			}
		}
	})
}

// Go compiles a pattern to one pass without backtracking when it is deterministic and anchored. Others are correct too,
// but a table full of them would cost more than the parse.
func TestPatternsAreAnchored(t *testing.T) {
	for name, e := range Content().elements {
		if e.whole == nil {
			continue
		}
		if s := e.whole.String(); !strings.HasPrefix(s, "^") || !strings.HasSuffix(s, "$") {
			t.Errorf("%s: %s", name, s)
		}
		if _, err := regexp.Compile("^" + e.model.prefixes(func(string) rune { return 'x' })); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseModel(f *testing.F) {
	for _, name := range Content().Elements() {
		f.Add(Content().elements[name].source)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 500 {
			return // nested repetition multiplies; tables are our own
		}
		model, err := parseModel(text)
		if err != nil {
			return
		}
		again, err := parseModel(model.normalised())
		if err != nil || again.normalised() != model.normalised() {
			t.Errorf("%q is %s, which reads as %v (%v)", text, model.normalised(), again, err)
		}
	})
}
