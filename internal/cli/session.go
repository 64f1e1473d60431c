package cli

import (
	"github.com/spf13/cobra"

	"counterpunch/internal/config"
	"counterpunch/internal/operations"
	"counterpunch/internal/queue"
)

// session is what a command has at hand while the installation's queue is open: what its flags say, and what with opened.
type session struct {
	in  installation
	out output
	who author

	cfg   *config.Config
	queue *queue.Queue
	ops   *operations.Operations // in the author's name
}

// flags adds the flags of a command that prints what it finds.
func (s *session) flags(cmd *cobra.Command) {
	s.in.flags(cmd)
	s.out.flag(cmd)
}

// with calls do between opening the queue and closing it.
func (s *session) with(cmd *cobra.Command, do func() error) error {
	cfg, q, closeQueue, err := s.in.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeQueue()
	ops, err := operations.New(q, s.who.name())
	if err != nil {
		return usageError{err}
	}
	s.cfg, s.queue, s.ops = cfg, q, ops
	return do()
}

// runner is what cobra calls to run a command.
type runner = func(cmd *cobra.Command, args []string) error

// run returns do with the queue open while it runs.
func (s *session) run(do runner) runner {
	return func(cmd *cobra.Command, args []string) error {
		return s.with(cmd, func() error { return do(cmd, args) })
	}
}

// onDocument is run for a command whose one argument names a document, by its id or by its own number.
func (s *session) onDocument(do func(cmd *cobra.Command, id string) error) runner {
	return s.run(func(cmd *cobra.Command, args []string) error {
		id, err := resolve(cmd.Context(), s.queue, args[0])
		if err != nil {
			return err
		}
		return do(cmd, id)
	})
}
