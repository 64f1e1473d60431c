package cli

import (
	"errors"

	"counterpunch/internal/queue"
)

// Exit statuses.
const (
	ExitOK          = 0
	ExitFailed      = 1 // the command did not do what was asked
	ExitUsage       = 2 // the command line or the configuration is wrong
	ExitNotFound    = 3 // there is no such document, dead letter or account
	ExitRefused     = 6 // nothing was done because it was not confirmed, or somebody else was first
	ExitUnreachable = 7 // NATS does not answer
)

// usageError is a command line or configuration that is wrong.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// refusedError is a command that was not confirmed.
type refusedError struct{ error }

func (e refusedError) Unwrap() error { return e.error }

// unreachableError is a NATS server that does not answer.
type unreachableError struct{ error }

func (e unreachableError) Unwrap() error { return e.error }

// ExitStatus returns the exit status for an error of a command.
func ExitStatus(err error) int {
	switch {
	case err == nil:
		return ExitOK
	case is[usageError](err):
		return ExitUsage
	case errors.Is(err, queue.ErrNotFound):
		return ExitNotFound
	case is[refusedError](err), errors.Is(err, queue.ErrReplayed):
		return ExitRefused
	case is[unreachableError](err), errors.Is(err, queue.ErrUnavailable):
		return ExitUnreachable
	}
	return ExitFailed
}

func is[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}
