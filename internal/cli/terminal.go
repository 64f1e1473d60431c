package cli

import (
	"context"
	"io"
	"os"
	"strconv"

	"github.com/mattn/go-isatty"
	"golang.org/x/term"
)

// input is a standard input that Ctrl-C ends.
type input struct {
	ctx context.Context
	io.Reader
}

func (i input) Read(p []byte) (int, error) {
	data, err := await(i.ctx, func() ([]byte, error) {
		b := make([]byte, len(p)) // a read that is left behind must not write into p
		n, err := i.Reader.Read(b)
		return b[:n], err
	})
	return copy(p, data), err
}

// await returns what read returns. When ctx ends before, read is left behind: reading a terminal cannot be interrupted.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		got T
		err error
	}
	results := make(chan result, 1)
	go func() {
		got, err := read()
		results <- result{got, err}
	}()
	select {
	case r := <-results:
		return r.got, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// sink is a standard output that remembers its first failure, so that no command ends well whose output is lost.
type sink struct {
	io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if s.err == nil {
		s.err = err
	}
	return n, err
}

// fileOf returns the file that is behind a stream of a command, or nil.
func fileOf(stream any) *os.File {
	switch s := stream.(type) {
	case *os.File:
		return s
	case input:
		return fileOf(s.Reader)
	case *sink:
		return fileOf(s.Writer)
	}
	return nil
}

// isTerminal reports whether people are at the other end of a stream.
func isTerminal(stream any) bool {
	f := fileOf(stream)
	return f != nil && isatty.IsTerminal(f.Fd())
}

// widthOf returns how many characters fit on a line of w. COLUMNS overrides what the terminal says. 0 means that lines
// are not broken, because w is a file or a pipe.
func widthOf(w io.Writer) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	f := fileOf(w)
	if f == nil {
		return 0
	}
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return n
}
