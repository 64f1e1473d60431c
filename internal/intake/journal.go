package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Journal is the intake's own evidence of what it answered with 200: one line of JSON a document, flushed to the disk
// before the answer is given. It stands outside JetStream, so that the two can be compared after a disaster.
//
// A crash or a full disk can leave a line without its end; the next line then starts on a new one. Readers skip what is no
// JSON. A journal that was moved away, to be kept elsewhere, is begun anew at its path with the next line.
type Journal struct {
	path string // where the file is looked for

	mu   sync.Mutex // guards the file's end and the three below
	file file
	torn bool   // the last line has no end
	next *batch // of lines that were written and are not yet being flushed; nil when there are none
	past []file // that were moved away; the last flush of one may still be under way

	flushing chan struct{} // holds one token while somebody flushes
}

// file is what a journal needs of an *os.File.
type file interface {
	io.WriteCloser
	Sync() error
	Stat() (os.FileInfo, error)
}

// batch is the lines that share one flush.
type batch struct {
	file file
	done chan struct{} // closed after the flush
	err  error         // of the flush, once it is done
}

func (b *batch) end(err error) {
	b.err = err
	close(b.done)
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
	// Number and Orders are the document's own number and those of its orders: what a supplier is asked for, when the
	// document is to be sent again. Lines from before there were these have none.
	Number string   `json:"number,omitempty"`
	Orders []string `json:"orders,omitempty"`
}

// OpenJournal opens the journal at path for appending and creates it, readable by its owner only, when it is not there.
func OpenJournal(path string) (*Journal, error) {
	f, torn, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("open intake journal: %w", err)
	}
	return &Journal{path: path, file: f, torn: torn, flushing: make(chan struct{}, 1)}, nil
}

// openFile opens the file of a journal, and reports whether its last line has no end.
func openFile(path string) (f *os.File, torn bool, err error) {
	f, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	torn, err = isTorn(f)
	if err == nil {
		err = syncFolder(filepath.Dir(path)) // a file that was just created could be gone after a power failure
	}
	if err != nil {
		return nil, false, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return f, torn, nil
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

// Append writes one line and returns when it is on the disk. Lines that are written while others are being flushed share the
// next flush.
func (j *Journal) Append(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode intake journal entry: %w", err)
	}
	mine, err := j.write(append(line, '\n'))
	if err != nil {
		return fmt.Errorf("write intake journal %s: %w", j.path, err)
	}
	if err := j.flush(mine); err != nil {
		return fmt.Errorf("flush intake journal %s: %w", j.path, err)
	}
	return nil
}

// write appends a line and returns the batch that it is in.
func (j *Journal) write(line []byte) (*batch, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.next == nil { // all lines of a batch are in the file that is flushed for it
		if err := j.follow(); err != nil {
			return nil, err
		}
	}
	if j.torn {
		line = append([]byte{'\n'}, line...)
	}
	if n, err := j.file.Write(line); err != nil {
		j.torn = j.torn || n > 0
		return nil, err
	}
	j.torn = false
	if j.next == nil {
		j.next = &batch{file: j.file, done: make(chan struct{})}
	}
	return j.next, nil
}

// follow begins the journal anew when its file is not at its path any more: what would be written to one that was moved
// away may be compressed or deleted meanwhile.
func (j *Journal) follow() error {
	mine, err := j.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(j.path)
	if err == nil && os.SameFile(mine, there) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, torn, err := openFile(j.path)
	if err != nil {
		return err
	}
	j.past = append(j.past, j.file)
	j.file, j.torn = f, torn
	return nil
}

// closePast closes the files that were moved away. The caller flushes, so that nobody else does.
func (j *Journal) closePast() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var failed []error
	for _, f := range j.past {
		failed = append(failed, f.Close())
	}
	j.past = nil
	return errors.Join(failed...)
}

// flush returns when the batch is on the disk. Whoever comes first does it for all; a lock instead of the two channels would
// let newcomers flush again while those whose lines are on the disk still wait for it.
func (j *Journal) flush(mine *batch) error {
	select {
	case <-mine.done:
		return mine.err
	case j.flushing <- struct{}{}:
	}
	defer func() { <-j.flushing }()
	select {
	case <-mine.done:
		return mine.err
	default:
	}
	j.take() // it is mine: those before it are done
	err := mine.file.Sync()
	err = errors.Join(err, j.closePast()) // in that order: mine may have been moved away since it was taken
	mine.end(err)
	if err != nil {
		// The system forgets what it could not flush, and the next flush may succeed without it: what was written meanwhile
		// has failed as well.
		if late := j.take(); late != nil {
			late.end(err)
		}
	}
	return err
}

// take returns the lines that wait for a flush and starts a new batch.
func (j *Journal) take() *batch {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := j.next
	j.next = nil
	return b
}

// Close closes the file.
func (j *Journal) Close() error { return errors.Join(j.closePast(), j.file.Close()) }
