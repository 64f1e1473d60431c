package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"counterpunch/internal/queue/embedded"
)

// VerifyOptions say how thoroughly a backup is verified.
type VerifyOptions struct {
	// Quick compares the files with their hashes only.
	Quick bool
	// Temp is where the trial restore puts its data; empty is the system's folder for that. It takes as much room as the
	// streams themselves.
	Temp     string
	Progress func(Progress)
}

// Verify compares the files of a backup with its manifest and then, unless Quick, restores it into a NATS server of its own
// and compares the streams.
func Verify(ctx context.Context, dir string, o VerifyOptions) (m Manifest, err error) {
	if m, err = Read(dir); err != nil {
		return m, err
	}
	if err := checkFiles(ctx, dir, m, o.Progress); err != nil || o.Quick {
		return m, err
	}
	data, err := os.MkdirTemp(o.Temp, "counterpunch-verify-")
	if err != nil {
		return m, fmt.Errorf("make a folder for the trial restore: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	server, err := embedded.Start(embedded.Options{Dir: data})
	if err != nil {
		return m, fmt.Errorf("start a server for the trial restore: %w", err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	nc, err := server.Connect("verify")
	if err != nil {
		return m, err
	}
	defer nc.Close()
	if _, err := Restore(ctx, nc, dir, RestoreOptions{Replicas: 1, Progress: o.Progress}); err != nil {
		return m, fmt.Errorf("restore for trial: %w", err)
	}
	return m, nil
}

// checkFiles compares every file with its size and hash, and names all that differ.
func checkFiles(ctx context.Context, dir string, m Manifest, progress func(Progress)) error {
	var wrong []error
	for i, s := range m.Streams {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.checkFile(dir); err != nil {
			wrong = append(wrong, err)
		}
		tell(progress, Progress{Stream: s.Name, Number: i + 1, Of: len(m.Streams), Done: s.Size, Total: s.Size})
	}
	if len(wrong) > 0 {
		return fmt.Errorf("the backup in %s is damaged: %w", dir, errors.Join(wrong...))
	}
	return nil
}

func (s Stream) checkFile(dir string) error {
	f, err := os.Open(filepath.Join(dir, s.File))
	if err != nil {
		return fmt.Errorf("stream %s: %w", s.Name, err)
	}
	defer f.Close() // nothing was written
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	switch {
	case err != nil:
		return fmt.Errorf("stream %s: %w", s.Name, err)
	case n != s.Size:
		return fmt.Errorf("stream %s: %s has %d bytes in place of %d", s.Name, s.File, n, s.Size)
	case hex.EncodeToString(sum.Sum(nil)) != s.SHA256:
		return fmt.Errorf("stream %s: %s is not what was written", s.Name, s.File)
	}
	return nil
}
