package document_test

import (
	"testing"

	"counterpunch/internal/document"
)

func TestClipCountsCharacters(t *testing.T) {
	for _, test := range []struct {
		text string
		most int
		want string
	}{
		{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"äöüß", 4, "äöüß"}, {"äöüßÄ", 4, "äöü…"},
		{"ab cd", 4, "ab…"}, {"ab", 1, "…"}, {"ab", 0, ""}, {"ab", -1, ""}, {"\xff\xfe\xfd", 2, "\xff…"},
	} {
		if got := document.Clip(test.text, test.most); got != test.want {
			t.Errorf("Clip(%q, %d) is %q, want %q", test.text, test.most, got, test.want)
		}
	}
}
