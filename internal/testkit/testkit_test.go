package testkit_test

import (
	"os/exec"
	"strings"
	"testing"
)

func TestProgramsImportNoTestSupport(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "counterpunch/cmd/...").Output()
	if err != nil {
		t.Fatalf("list what the programs import: %v", err)
	}
	listed := 0
	for path := range strings.Lines(string(out)) {
		listed++
		if strings.TrimSpace(path) == "testing" { // which every one of them imports
			t.Error("a program imports what is for tests")
		}
	}
	if listed < 100 {
		t.Errorf("only %d packages are listed:\n%s", listed, out)
	}
}
