package demo_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"counterpunch/fixtures"
)

// namesPlace reports whether an answer's text names a place as suppliers read it.
func namesPlace(text string, p fixtures.Problem) bool {
	place := fmt.Sprintf("line %d", p.Line)
	if p.Column > 0 {
		place += fmt.Sprintf(", column %d", p.Column)
	}
	return strings.Contains(text, place)
}

// filesWith returns the files below dir that contain text as raw bytes.
func filesWith(t *testing.T, dir, text string) []string {
	t.Helper()
	var found []string
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte(text)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Fatalf("there is no file below %s", dir)
	}
	return found
}
