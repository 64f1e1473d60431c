package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	manifestFile = "manifest.json"
	// format is raised when an older program could not read a backup.
	format = 1
)

// Manifest says what is in a backup.
type Manifest struct {
	Format  int       `json:"format"`
	Version string    `json:"version"` // of the program that wrote it
	Server  string    `json:"server"`  // version of the NATS server
	Prefix  string    `json:"prefix"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Streams []Stream  `json:"streams"` // in the order in which they were taken
}

// Stream is one snapshot.
type Stream struct {
	Name     string          `json:"name"`
	File     string          `json:"file"` // in the folder of the backup
	Taken    time.Time       `json:"taken"`
	Messages uint64          `json:"messages"`
	Bytes    uint64          `json:"bytes"` // of the messages in the store
	FirstSeq uint64          `json:"firstSequence"`
	LastSeq  uint64          `json:"lastSequence"`
	Size     int64           `json:"size"`   // of the file in bytes
	SHA256   string          `json:"sha256"` // of the file, in hex
	Config   json.RawMessage `json:"config"` // as JetStream gave it
	State    json.RawMessage `json:"state"`  // as JetStream gave it, and wants it back
}

// Stream returns the snapshot of that name.
func (m Manifest) Stream(name string) (Stream, bool) {
	for _, s := range m.Streams {
		if s.Name == name {
			return s, true
		}
	}
	return Stream{}, false
}

// Read reads the manifest of the backup in dir.
func Read(dir string) (Manifest, error) {
	var m Manifest
	body, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%s is no backup, or one that was not finished: it has no %s: %w", dir, manifestFile, err)
	}
	if err != nil {
		return m, fmt.Errorf("read the backup in %s: %w", dir, err)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("read the backup in %s: %s: %w", dir, manifestFile, err)
	}
	if m.Format != format {
		return m, fmt.Errorf("the backup in %s has format %d, and this program reads %d: use the program that wrote it, version %s", dir, m.Format, format, m.Version)
	}
	for _, s := range m.Streams {
		if s.File != filepath.Base(s.File) {
			return m, fmt.Errorf("read the backup in %s: the file %q of stream %s is not in the folder", dir, s.File, s.Name)
		}
	}
	return m, nil
}

// write stores the manifest, whole or not at all.
func (m Manifest) write(dir string) error {
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", manifestFile, err)
	}
	path := filepath.Join(dir, manifestFile)
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", manifestFile, err)
	}
	_, err = f.Write(append(body, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", manifestFile, err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		return fmt.Errorf("write %s: %w", manifestFile, err)
	}
	return syncFolder(dir)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("flush the folder %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("flush the folder %s: %w", dir, err)
	}
	return nil
}
