package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// openFile opens a file to read it, or standard input for -.
func openFile(cmd *cobra.Command, path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usageError{err}
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		_ = f.Close()
		return nil, usagef("open %s: it is a folder; give a file", path)
	}
	return f, nil
}

// readFile reads a file, or standard input for -.
func readFile(cmd *cobra.Command, path string) ([]byte, error) {
	f, err := openFile(cmd, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, usagef("read %s: %w", path, err)
	}
	return data, nil
}

// writeNew writes a file that must not be there yet, and has it on the disk.
func writeNew(path string, data []byte, mode os.FileMode) error {
	return writeNewBy(path, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeNewBy is writeNew for what does writes. A file that could not be written whole is removed: half of it looks like all.
func writeNewBy(path string, mode os.FileMode, do func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = do(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	return nil
}
