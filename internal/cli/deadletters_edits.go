package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/queue"
)

func newDeadLettersEdits() *cobra.Command {
	var s session
	var all bool
	cmd := &cobra.Command{
		Use: "edits", Short: "List corrections that wait for a second person", Args: exactly(),
		RunE: s.run(func(cmd *cobra.Command, _ []string) error {
			edits, err := s.ops.Edits(cmd.Context(), all)
			if err != nil {
				return err
			}
			g := newGrid("id", "age", "supplier~", "number~", "author~", "state", "decided by~", "note~", "changes~")
			for _, e := range edits {
				g.add(e.DocumentID, age(e.Time), e.Supplier, e.Number, e.Author, e.State, e.DecidedBy, short(e.Note, 60), changesLine(e.Changes))
			}
			return s.out.print(cmd, list(edits), g)
		}),
	}
	s.flags(cmd)
	s.who.flag(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "also those that were replayed, rejected or overtaken")
	return cmd
}

func newDeadLettersApprove() *cobra.Command {
	var yes bool
	cmd := onEdit("approve ID", "Agree to a correction that somebody else proposed, and replay the document", func(cmd *cobra.Command, s *session, e queue.Edit) (queue.Edit, error) {
		if err := confirm(cmd, yes, "replay the document with this?"); err != nil {
			return e, err
		}
		return s.ops.Approve(cmd.Context(), e)
	})
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func newDeadLettersReject() *cobra.Command {
	var note string
	cmd := onEdit("reject ID", "Refuse a proposed correction, or take one's own back; the dead letter stays", func(cmd *cobra.Command, s *session, e queue.Edit) (queue.Edit, error) {
		return s.ops.Reject(cmd.Context(), e, note)
	})
	cmd.Flags().StringVar(&note, "note", "", "why; kept with the correction")
	needs(cmd, "note", "rejecting a correction needs --note, which is kept with it")
	return cmd
}

// onEdit is a command that shows a proposed correction and decides about it.
func onEdit(use, about string, decide func(*cobra.Command, *session, queue.Edit) (queue.Edit, error)) *cobra.Command {
	var s session
	cmd := &cobra.Command{
		Use: use, Short: about, Args: exactly("ID"),
		RunE: s.onDocument(func(cmd *cobra.Command, id string) error {
			e, err := s.ops.Proposal(cmd.Context(), id)
			if err != nil {
				return err
			}
			errs := cmd.ErrOrStderr()
			fmt.Fprintf(errs, "%s %s of %s, proposed by %s: %s\n", e.Kind, line(e.Number), e.Supplier, line(e.Author), line(e.Note))
			printChanges(errs, e.Changes)
			fmt.Fprintln(errs)
			if e, err = decide(cmd, &s, e); err != nil {
				return err
			}
			return s.out.edit(cmd, e)
		}),
	}
	s.flags(cmd)
	s.who.flag(cmd)
	return cmd
}

func printChanges(w io.Writer, changes []queue.EditChange) {
	fmt.Fprintln(w, "\nChanges")
	g := newGrid("what~", "before~", "after~")
	for _, c := range changes {
		g.add(c.Path, c.Before, c.After)
	}
	g.render(w, widthOf(w))
}

func changesLine(changes []queue.EditChange) string {
	var all []string
	for _, c := range changes {
		all = append(all, fmt.Sprintf("%s: %s -> %s", c.Path, c.Before, c.After))
	}
	return short(strings.Join(all, "; "), 200)
}

// edit prints what became of a correction.
func (o *output) edit(cmd *cobra.Command, e queue.Edit) error {
	return o.show(cmd, e, func(w io.Writer) {
		fmt.Fprintf(w, "%s\t%s\n", e.DocumentID, e.State)
		if e.State == queue.EditProposed {
			fmt.Fprintf(cmd.ErrOrStderr(), "it waits for somebody else: counterpunch deadletters approve %s\n", e.DocumentID)
		}
	})
}
