package intake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// ReadJournal calls each with every line of the journal at path, oldest first, and returns how many lines are no entries: a
// crash or a full disk can leave such. It ends with the first error of each. The journal may be in use.
func ReadJournal(path string, each func(Entry) error) (torn int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("read intake journal: %w", err)
	}
	defer f.Close() // nothing was written
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return torn, fmt.Errorf("read intake journal %s: %w", path, err)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var e Entry
			if json.Unmarshal(line, &e) != nil || e.DocumentID == "" {
				torn++
			} else if err := each(e); err != nil {
				return torn, err
			}
		}
		if err != nil {
			return torn, nil
		}
	}
}
