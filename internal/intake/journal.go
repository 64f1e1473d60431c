package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Journal is the intake's own evidence of what it answered with 200: one line of JSON a document, flushed to the disk
// before the answer is given. It stands outside JetStream, so that the two can be compared after a disaster.
//
// A crash or a full disk can leave a line without its end; the next line then starts on a new one. Readers skip what is no
// JSON.
type Journal struct {
	mu    sync.Mutex // guards the file's end and the two below
	file  *os.File
	lines uint64 // written so far
	torn  bool   // the last line has no end

	flushing sync.Mutex // held by the one that flushes
	flushed  uint64     // lines that are on the disk
	lost     uint64     // lines of which that is not known, because a flush failed
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
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open intake journal: %w", err)
	}
	torn, err := isTorn(f)
	if err == nil {
		err = syncFolder(filepath.Dir(path)) // a file that was just created could be gone after a power failure
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open intake journal %s: %w", path, err), f.Close())
	}
	return &Journal{file: f, torn: torn}, nil
}

// isTorn reports whether the file's last line has no end.
func isTorn(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return last[0] != '\n', nil
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Append writes one line and returns when it is on the disk. Lines that are written while another is being flushed share
// the next flush.
func (j *Journal) Append(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode intake journal entry: %w", err)
	}
	mine, err := j.write(append(line, '\n'))
	if err != nil {
		return fmt.Errorf("write intake journal %s: %w", j.file.Name(), err)
	}
	j.flushing.Lock()
	defer j.flushing.Unlock()
	if mine <= j.flushed {
		return nil
	}
	if mine <= j.lost {
		// The system forgets what it could not flush: a later flush that succeeds says nothing of this line.
		return fmt.Errorf("flush intake journal %s: the flush of an earlier line failed", j.file.Name())
	}
	j.mu.Lock()
	upTo := j.lines
	j.mu.Unlock()
	if err := j.file.Sync(); err != nil {
		j.lost = upTo
		return fmt.Errorf("flush intake journal %s: %w", j.file.Name(), err)
	}
	j.flushed = upTo
	return nil
}

// write appends a line and returns its number.
func (j *Journal) write(line []byte) (uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := j.file.Write(line)
	if err != nil {
		j.torn = j.torn || n > 0
		return 0, err
	}
	j.torn = false
	j.lines++
	return j.lines, nil
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }
