package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestFileThatCouldNotBeWrittenWholeIsNotLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.jsonl")
	broken := errors.New("the connection broke")
	err := writeNewBy(path, 0o600, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
}

func TestFileThatIsThereIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letters.jsonl")
	if err := writeNew(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(path, []byte("other"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("it says %q, %v", text, err)
	}
}
