package config

import (
	"errors"
	"strings"
	"testing"
)

// Whatever the file holds, Parse returns: a configuration that validates, or problems that each say something.
func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add(Example())
	for _, s := range []string{"", "a", "- a", "a: b: c", "accounts: [[]]", "accounts:\n  - &a\n    name: *a", "? [a]\n: b", "ingest: {limits: {body: 9999999999GiB}}", "nats: !!binary x", "log: |\n  x", "%YAML 1.2\n---\n{}", "accounts: [~]", "suppliers:\n- accounts: {main: ~}\n"} {
		f.Add(s)
	}
	setSecrets(f)
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "file:") {
			return // would read files of this machine
		}
		c, err := Parse("f.yaml", []byte(text))
		if err == nil {
			if err := c.Validate(); err != nil {
				t.Errorf("accepted, but does not validate: %v", err)
			}
			return
		}
		var list *Error
		if !errors.As(err, &list) || len(list.Problems) == 0 {
			t.Fatalf("not a list of problems: %v", err)
		}
		for _, p := range list.Problems {
			if p.Text == "" {
				t.Errorf("a problem without text: %+v", p)
			}
		}
	})
}
