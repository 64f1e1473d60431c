package intake

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// Journal is the intake's own evidence of what it answered with 200: one line of JSON a document, flushed to the disk
// before the answer is given. It stands outside JetStream, so that the two can be compared after a disaster.
type Journal struct {
	mu   sync.Mutex
	file *os.File
}

// Entry is one line of the journal.
type Entry struct {
	Time        time.Time `json:"time"`
	DocumentID  string    `json:"documentID"`
	Account     string    `json:"account"`
	Supplier    string    `json:"supplier"`
	Kind        string    `json:"kind"`
	PayloadID   string    `json:"payloadID"`
	PayloadHash string    `json:"payloadHash"`
	Sequence    uint64    `json:"sequence"` // in INBOUND
}

// OpenJournal opens the journal at path for appending and creates it, readable by its owner only, when it is not there.
func OpenJournal(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open intake journal: %w", err)
	}
	return &Journal{file: f}, nil
}

// Append writes one line and returns when it is on the disk.
func (j *Journal) Append(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode intake journal entry: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write intake journal %s: %w", j.file.Name(), err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("flush intake journal %s: %w", j.file.Name(), err)
	}
	return nil
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }
