package cli

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestCleanLeavesNothingForATerminalToActUpon(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain text", "Lieferung über Zürich — 10 %", "Lieferung über Zürich — 10 %"},
		{"lines and tabs", "a\n\tb", "a\n\tb"},
		{"escape sequence", "\x1b[31mred\x1b[0m", " [31mred [0m"},
		{"one-character escape sequence", "\u009b31mred", " 31mred"},
		{"title of the window", "\x1b]0;owned\x07", " ]0;owned "},
		{"carriage return", "paid\rdue ", "paid due "},
		{"direction of writing", "abc\u202etxt.exe", "abc txt.exe"},
		{"invisible characters", "a\u200bb\ufeffc", "a b c"},
		{"no UTF-8", "a\xffb", "a\ufffdb"},
	} {
		if got := clean(tt.in); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestShortIsOneLine(t *testing.T) {
	if got := short("first\n\tsecond  third", 14); got != "first second …" {
		t.Errorf("got %q", got)
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width int
		want  []string
	}{
		{"", 5, []string{""}},
		{"as it is", 0, []string{"as it is"}},
		{"fits well", 9, []string{"fits well"}},
		{"two words", 5, []string{"two", "words"}},
		{"order-confirmation", 12, []string{"order-", "confirmation"}},
		{"unbreakable", 4, []string{"unbr", "eaka", "ble"}},
		{"zürich über", 6, []string{"zürich", "über"}},
	} {
		if got := wrap(tt.in, tt.width); !slices.Equal(got, tt.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

func TestGridFitsWhateverItIsGiven(t *testing.T) {
	for width := 20; width < 160; width += 7 {
		g := newGrid("id", "kind~", "says~")
		g.add("0123456789", "order-confirmation", strings.Repeat("NetSuite has no such word ", 5))
		g.add("1", "invoice", "")
		var out bytes.Buffer
		g.render(&out, width)
		for l := range strings.Lines(out.String()) {
			if n := len(strings.TrimSuffix(l, "\n")); n > max(width, 26) {
				t.Errorf("at %d characters a line has %d: %s", width, n, l)
			}
		}
		words := strings.Join(strings.Fields(out.String()), "")
		for _, w := range []string{"0123456789", "invoice", "1"} {
			if !strings.Contains(words, w) {
				t.Errorf("at %d characters %q is missing:\n%s", width, w, &out)
			}
		}
	}
}

func TestJSONIsHarmlessAndTheSame(t *testing.T) {
	want := map[string]string{"text": "a\u009b31m\u202e\U000e0001<&>ü\x1b\n"}
	var out bytes.Buffer
	if err := printJSON(&out, want); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.String() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("the output holds %U", r)
		}
	}
	var got map[string]string
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got["text"] != want["text"] {
		t.Errorf("read back %q, %v, want %q", got, err, want)
	}
}
