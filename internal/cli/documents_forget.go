package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"counterpunch/internal/queue"
)

func newDocumentsForget() *cobra.Command {
	var s session
	var reason string
	var yes bool
	cmd := &cobra.Command{
		Use: "forget ID...", Short: "Delete documents that have come to their end; --reason is kept", Args: arguments(1, -1, "one ID or more"),
		Long: "Delete what suppliers sent, with its files, of documents that have come to their end: applied, superseded, recorded or\n" +
			"discarded. Their history stays, and a marker, so that a document which is sent again is answered as before and does\n" +
			"nothing twice. This cannot be undone. Workers do the same by themselves after nats.retention.",
		Example: "  counterpunch documents forget INV-60044 --reason \"holds personal data\"",
		RunE:    s.run(func(cmd *cobra.Command, names []string) error { return forgetAll(cmd, s.queue, names, reason, yes) }),
	}
	s.in.flags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "why; it stays with the marker")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	needs(cmd, "reason", "forgetting a document needs --reason, which stays with its marker")
	return cmd
}

// forgetAll looks at every document before it asks, and forgets none when one cannot be.
func forgetAll(cmd *cobra.Command, q *queue.Queue, names []string, reason string, yes bool) error {
	var ids []string
	for _, name := range names {
		id, err := resolve(cmd.Context(), q, name)
		if err != nil {
			return err
		}
		s, err := q.Status(cmd.Context(), id)
		if err != nil {
			return fmt.Errorf("forget %s: %w", name, err)
		}
		if !s.State.Final() {
			return refusedError{fmt.Errorf("forget %s: it is %s, and only a document that has come to its end can be forgotten; replay or discard it first", name, s.State)}
		}
		fmt.Fprintln(cmd.ErrOrStderr(), line(fmt.Sprintf("%s %s of %s, %s, received %s", s.Kind, id, s.Supplier, s.State, stamp(s.Received))))
		ids = append(ids, id)
	}
	if err := confirm(cmd, yes, "delete what these %d document(s) said, for good?", len(ids)); err != nil {
		return err
	}
	var failed []error
	for _, id := range ids {
		if err := q.Forget(cmd.Context(), id, actor(), reason); err != nil {
			failed = append(failed, err)
			continue
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s\tforgotten\n", id)
	}
	err := errors.Join(failed...)
	if err != nil && len(failed) < len(ids) {
		return partlyError{err}
	}
	return err
}
