package cli

import (
	"context"

	"github.com/spf13/cobra"

	"counterpunch/internal/operations"
	"counterpunch/internal/queue"
)

// author says who does something. Nothing proves the name: it is what the history shows.
type author struct {
	name string
}

func (a *author) flag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.name, "author", "", "`name` of who does it, for the history; else that of the operating system's user")
}

// open opens the queue of an installation, with what the author can do there. done closes it.
func (a *author) open(ctx context.Context, in *installation) (q *queue.Queue, ops *operations.Operations, done func(), err error) {
	_, q, done, err = in.open(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	if ops, err = a.operations(q); err != nil {
		done()
		return nil, nil, nil, err
	}
	return q, ops, done, nil
}

// operations returns what the author can do.
func (a *author) operations(q *queue.Queue) (*operations.Operations, error) {
	name := a.name
	if name == "" {
		name = actor()
	}
	ops, err := operations.New(q, name)
	if err != nil {
		return nil, usageError{err}
	}
	return ops, nil
}
