package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
)

// Progress is told of while a stream is read, written or checked.
type Progress struct {
	Stream string
	Number int // of the stream, from 1
	Of     int
	Done   int64 // bytes of the stream
	// Total is the size that is expected. A snapshot is compressed, so at creation it may end below.
	Total int64
}

// CreateOptions say what is backed up.
type CreateOptions struct {
	Streams  []string // in the order in which they are taken
	Prefix   string   // of the installation
	Version  string   // of this program
	Progress func(Progress)
}

// Create takes a snapshot of each stream into dir, which must be empty or missing, while they are in use.
func Create(ctx context.Context, nc *nats.Conn, dir string, o CreateOptions) (Manifest, error) {
	m := Manifest{Format: format, Version: o.Version, Server: nc.ConnectedServerVersion(), Prefix: o.Prefix, Started: time.Now().UTC()}
	if err := emptyFolder(dir); err != nil {
		return m, err
	}
	for i, name := range o.Streams {
		p := Progress{Stream: name, Number: i + 1, Of: len(o.Streams)}
		tell(o.Progress, p)
		s, err := takeWhole(ctx, nc, dir, name, func(done, total int64) {
			p.Done, p.Total = done, total
			tell(o.Progress, p)
		})
		if err != nil {
			return m, fmt.Errorf("back up stream %s: %w", name, err)
		}
		m.Streams = append(m.Streams, s)
	}
	m.Ended = time.Now().UTC()
	return m, m.write(dir)
}

func tell(progress func(Progress), p Progress) {
	if progress != nil {
		progress(p)
	}
}

// emptyFolder makes the folder, for this user only, or checks that nothing is in it.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of the backup: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into the folder of the backup: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: a backup needs a folder of its own", dir)
	}
	return nil
}

// snapshotTries is how often a snapshot is begun that the server breaks off.
const snapshotTries = 5

// takeWhole takes a stream from its beginning again when the server breaks off.
func takeWhole(ctx context.Context, nc *nats.Conn, dir, name string, progress func(done, total int64)) (s Stream, err error) {
	for try := 1; ; try++ {
		s, err = take(ctx, nc, dir, name, progress)
		if !errors.Is(err, errBrokeOff) || try == snapshotTries {
			return s, err
		}
	}
}

// take writes the snapshot of one stream into its file.
func take(ctx context.Context, nc *nats.Conn, dir, name string, progress func(done, total int64)) (s Stream, err error) {
	s = Stream{Name: name, File: name + ".snapshot", Taken: time.Now().UTC()}
	f, err := os.OpenFile(filepath.Join(dir, s.File), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	taken, err := readSnapshot(ctx, nc, name, io.MultiWriter(f, sum), progress)
	if err != nil {
		return s, err
	}
	if err := f.Sync(); err != nil {
		return s, err
	}
	info, err := f.Stat()
	if err != nil {
		return s, err
	}
	var state struct {
		Messages uint64 `json:"messages"`
		Bytes    uint64 `json:"bytes"`
		FirstSeq uint64 `json:"first_seq"`
		LastSeq  uint64 `json:"last_seq"`
	}
	if err := json.Unmarshal(taken.State, &state); err != nil {
		return s, fmt.Errorf("read the state of the snapshot: %w", err)
	}
	s.Messages, s.Bytes, s.FirstSeq, s.LastSeq = state.Messages, state.Bytes, state.FirstSeq, state.LastSeq
	s.Size, s.SHA256, s.Config, s.State = info.Size(), hex.EncodeToString(sum.Sum(nil)), taken.Config, taken.State
	return s, nil
}
