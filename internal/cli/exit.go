package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"counterpunch/internal/app"
	"counterpunch/internal/operations"
	"counterpunch/internal/queue"
)

// Exit statuses.
const (
	ExitOK          = 0
	ExitFailed      = 1 // the command did not do what was asked
	ExitUsage       = 2 // the command line or the configuration is wrong
	ExitNotFound    = 3 // there is no such document, dead letter or account
	ExitPartly      = 5 // of several things some were done and some were not
	ExitRefused     = 6 // nothing was done because it was not confirmed, or somebody else was first
	ExitUnreachable = 7 // NATS, or the endpoint that was posted to, does not answer
	ExitInterrupted = app.ExitInterrupted
)

// usageError is a command line or configuration that is wrong.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usagef is fmt.Errorf for a usageError.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// partlyError is what went wrong where other things went well.
type partlyError struct{ error }

func (e partlyError) Unwrap() error { return e.error }

// refusedError is a command that was not confirmed, or a document that is not in a state for it.
type refusedError struct{ error }

func (e refusedError) Unwrap() error { return e.error }

// unreachableError is a server that does not answer.
type unreachableError struct{ error }

func (e unreachableError) Unwrap() error { return e.error }

// interruptedError is a command that Ctrl-C ended.
type interruptedError struct{ error }

func (e interruptedError) Unwrap() error { return e.error }

// interrupted is the error of a command that Ctrl-C ended: it says how far the command came, as far as that is known.
func interrupted(err error) error {
	if is[interruptedError](err) {
		return err
	}
	said := strings.TrimSuffix(err.Error(), context.Canceled.Error())
	return interruptedError{errors.New(strings.TrimSuffix("interrupted: "+said, ": "))}
}

// ExitStatus returns the exit status for an error of a command.
func ExitStatus(err error) int {
	switch {
	case err == nil:
		return ExitOK
	case is[interruptedError](err):
		return ExitInterrupted
	case is[partlyError](err):
		return ExitPartly
	case is[usageError](err), errors.Is(err, operations.ErrInvalid):
		return ExitUsage
	case errors.Is(err, queue.ErrNotFound):
		return ExitNotFound
	case is[refusedError](err), errors.Is(err, queue.ErrReplayed), errors.Is(err, queue.ErrChanged),
		errors.Is(err, operations.ErrState), errors.Is(err, operations.ErrUnchanged), errors.Is(err, operations.ErrSamePerson):
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
