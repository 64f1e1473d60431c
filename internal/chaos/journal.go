package chaos

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// ReadJournal returns the document ids of an intake journal. A kill may have torn lines, which are none.
func ReadJournal(path string) (map[string]bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the intake journal: %w", err)
	}
	defer f.Close()
	return readJournal(f)
}

func readJournal(r io.Reader) (map[string]bool, error) {
	ids := map[string]bool{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var entry struct {
			DocumentID string `json:"documentID"`
		}
		if json.Unmarshal(line, &entry) == nil && entry.DocumentID != "" {
			ids[entry.DocumentID] = true
		}
		if err == io.EOF {
			return ids, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the intake journal: %w", err)
		}
	}
}
