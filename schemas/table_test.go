package schemas

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestEmbeddedTablesAreComplete(t *testing.T) {
	table := Content()
	if n := len(table.Elements()); n != 127 {
		t.Errorf("%d elements have an entry; README.md says 127", n)
	}
	// A misspelt name in a model would have an entry nowhere and stand in no other model: it would just never be found.
	for _, name := range []string{"ConfirmationStatus", "ShipNoticeItem", "InvoiceDetailItem", "Money", "Credential"} {
		if e := table.elements[name]; e == nil || !e.defined {
			t.Errorf("%s has no entry", name)
		}
	}
	for _, name := range table.Elements() {
		for _, a := range table.elements[name].attributes {
			if (a.words == nil) == (a.form == nil) {
				t.Errorf("%s/@%s has words and a form, or neither", name, a.name)
			}
		}
	}
}

func TestMistakesInTablesAreTold(t *testing.T) {
	for text, want := range map[string]string{
		"A = B\n\nA = C":                  "line 3: A: it has an entry already",
		"A = B, C | D":                    "line 1: A: ",
		"A":                               "not of the form Name = content",
		"= B":                             "not of the form Name = content",
		"  A = B":                         "line 1: an indented line continues nothing",
		"A = text speed":                  `"speed" is no form of text`,
		"A = text | B |":                  "not of the form text | Name | Name",
		"A = text B C":                    "not of the form text | Name | Name",
		"A = empty\n  @ b":                `"b" is not an attribute and its form`,
		"A = empty\n  @ b speed":          `b: "speed" is no form of an attribute`,
		"A = empty\n  @ b text, b number": "b: it stands twice",
	} {
		_, err := loadTable(fstest.MapFS{"t/one.txt": {Data: []byte(text)}}, "t")
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), `\"`, `"`), want) || !strings.Contains(err.Error(), "one.txt") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := loadTable(fstest.MapFS{}, "missing"); err == nil {
		t.Error("a missing folder was read")
	}
}

func TestEntriesMayBeContinued(t *testing.T) {
	table, err := loadTable(fstest.MapFS{"t/one.txt": {Data: []byte("# first\nA = B,\n    C?\n\n# second\n    @ b! text, c (x|y),\n      d number\nE = text | B\n")}}, "t")
	if err != nil {
		t.Fatal(err)
	}
	a := table.elements["A"]
	if a.model.normalised() != "(B,C?)" || len(a.attributes) != 3 || a.required != 1 || a.attributes[2].form.name != "number" {
		t.Errorf("A = %s, %+v", a.model.normalised(), a.attributes)
	}
	if e := table.elements["E"]; !e.mixed["B"] || e.described() != "text|B" {
		t.Errorf("E = %+v", e)
	}
}

func TestFormsOfValues(t *testing.T) {
	for form, values := range map[string]struct{ holds, not []string }{
		"text":     {[]string{"", "any thing"}, nil},
		"number":   {[]string{"0", "10", "-1.50", ".5", "7.", "+3"}, []string{"", "-", ".", "1e3", "1,000", " 1", "1-", "--1", "1.2.3", "٣"}},
		"uint":     {[]string{"0", "00010"}, []string{"", "-1", "1.0", " 1", "x"}},
		"datetime": {[]string{"2026-09-01T10:00:00Z", "2026-09-01T10:00:00.5-05:30"}, []string{"", "2026-09-01", "2026-09-01T10:00:00", "2026-09-01T10:00:00-0500", "2026-09-01T17:37:35+17:37", "2026-02-30T00:00:00Z"}},
		"currency": {[]string{"USD"}, []string{"", "usd", "US", "EURO", "U$D"}},
		"lang":     {[]string{"", "en", "en-US", "es-419", "EN"}, []string{"en_US", "-", "english language", "abcdefghi"}},
		"nmtoken":  {[]string{"remitTo", "1a", "a.b-c_d:e", "größe"}, []string{"", "two words", " a", "a!"}},
		"id":       {[]string{"a1", "_x"}, []string{"", "1a", "-a", "a b"}},
	} {
		f := lexicals[form]
		for _, v := range values.holds {
			if !f.holds(v) {
				t.Errorf("%q is no %s", v, form)
			}
		}
		for _, v := range values.not {
			if f.holds(v) {
				t.Errorf("%q is a %s", v, form)
			}
		}
	}
}
