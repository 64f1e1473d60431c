package material_test

import (
	"os"
	"path/filepath"
	"testing"

	"counterpunch/internal/testkit/material"
)

func TestFoldersAreThoseThatAVariableNamesElseTheNearestAbove(t *testing.T) {
	root := t.TempDir()
	below := filepath.Join(root, "a", "b")
	corpus, dtd := filepath.Join(root, "shared", "corpus"), filepath.Join(root, "a", "shared", "dtd", "1.2.069")
	for _, dir := range []string{below, corpus, dtd} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(below)
	for _, c := range []struct{ name, corpus, dtd, wantCorpus, wantDTD string }{
		{"beside the checkout", "", "", corpus, dtd},
		{"named", "/real", "/official", "/real", "/official"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("COUNTERPUNCH_CORPUS", c.corpus)
			t.Setenv("COUNTERPUNCH_DTD", c.dtd)
			if got := material.FindCorpus(); got != c.wantCorpus {
				t.Errorf("corpus %q, want %q", got, c.wantCorpus)
			}
			if got := material.FindDTD(); got != c.wantDTD {
				t.Errorf("DTDs %q, want %q", got, c.wantDTD)
			}
		})
	}
}

func TestWhatIsNotThereSkipsTheTestThatNeedsIt(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("COUNTERPUNCH_CORPUS", "")
	t.Setenv("COUNTERPUNCH_DTD", "")
	t.Setenv("PATH", "")
	for name, need := range map[string]func(testing.TB) string{
		"corpus": material.Corpus, "DTDs": material.DTD, "program": func(t testing.TB) string { return material.Program(t, "xmllint") },
	} {
		skipped := false
		t.Run(name, func(t *testing.T) {
			defer func() { skipped = t.Skipped() }()
			need(t)
		})
		if !skipped {
			t.Errorf("%s: the test goes on", name)
		}
	}
}
