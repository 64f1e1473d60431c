package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"counterpunch/internal/operations"
	"counterpunch/internal/queue"
)

// change is something that is done to each of several documents, either named or chosen by a filter.
type change struct {
	verb, done string
	who        author
	filter     filter
	all        bool
	archive    bool // documents that have ended
	yes, dry   bool
	plan       bool // tell what NetSuite has to say to it, too
	plans      int  // to how many at most
	note       string
	tell       func(w io.Writer, width int, r queue.Record) // what it means for one document
	do         func(context.Context, *operations.Operations, queue.Status) error
	// many does it to all that were chosen at once; nil: one by one.
	many func(*cobra.Command, *queue.Queue, *operations.Operations, operations.Selection, []queue.Status) error
}

func (c *change) flags(cmd *cobra.Command) {
	c.filter.flags(cmd, 0)
	c.who.flag(cmd)
	cmd.Flags().BoolVar(&c.all, "all", false, "every document that the filter chooses")
	cmd.Flags().BoolVarP(&c.yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&c.dry, "dry-run", false, "only say what would be done")
	cmd.Flags().StringVar(&c.note, "note", "", "why, for the history")
}

// check refuses a command line that does not say clearly what is meant.
func (c *change) check(names []string, out *output) error {
	if err := out.check(); err != nil {
		return err
	}
	if c.all == (len(names) > 0) {
		return usageError{fmt.Errorf("name the documents to %s, or give --all, with a filter if not all are meant", c.verb)}
	}
	if !c.all && c.filter != (filter{}) {
		return usageError{errors.New("the filter goes with --all; documents that are named need none")}
	}
	return nil
}

// told is how many documents are told of one by one before it is asked whether to go on.
const told = 10

// run tells, asks, and does the change.
func (c *change) run(cmd *cobra.Command, in *installation, out *output, names []string) error {
	wanted, q, done, err := in.openFor(cmd, &c.filter)
	if err != nil {
		return err
	}
	defer done()
	ops, err := c.who.operations(q)
	if err != nil {
		return err
	}
	selection := operations.Selection{Filter: wanted, Archive: c.archive}
	chosen, err := c.choose(cmd.Context(), q, ops, selection, names)
	if err != nil {
		return err
	}
	errs := cmd.ErrOrStderr()
	if len(chosen) == 0 {
		what := "dead letter"
		if c.archive {
			what = "document in the archive"
		}
		fmt.Fprintf(errs, "no %s to %s\n", what, c.verb)
		return nil
	}
	planned, err := c.tellAll(cmd, in, q, chosen)
	if err != nil {
		return err
	}
	if c.dry {
		return c.printDry(cmd, out, chosen, planned)
	}
	if err := confirm(cmd, c.yes, "%s %d document(s)?", c.verb, len(chosen)); err != nil {
		return err
	}
	if c.many != nil {
		return c.many(cmd, q, ops, selection, chosen)
	}
	return c.each(cmd, ops, out, chosen)
}

// choose returns the documents that are meant, each once.
func (c *change) choose(ctx context.Context, q *queue.Queue, ops *operations.Operations, s operations.Selection, names []string) ([]queue.Status, error) {
	if len(names) == 0 {
		return ops.Choose(ctx, s)
	}
	var chosen []queue.Status
	for _, name := range names {
		id, err := resolve(ctx, q, name)
		if err != nil {
			return nil, err
		}
		one, err := ops.Named(ctx, id, c.archive)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w; counterpunch documents show %s tells more", c.verb, name, err, id)
		}
		if !slices.ContainsFunc(chosen, func(o queue.Status) bool { return o.ID == one.ID }) {
			chosen = append(chosen, one)
		}
	}
	return chosen, nil
}

// tellAll tells of the first documents one by one, and of as many as are asked for what NetSuite would make of them.
func (c *change) tellAll(cmd *cobra.Command, in *installation, q *queue.Queue, chosen []queue.Status) ([]shownPreview, error) {
	errs := cmd.ErrOrStderr()
	planned, err := c.preview(cmd, in, q, chosen)
	if err != nil {
		return nil, err
	}
	for i, s := range chosen[:min(told, len(chosen))] {
		history, err := q.History(cmd.Context(), s.ID)
		if err != nil || len(history) == 0 {
			return nil, fmt.Errorf("read the history of document %s: %w", s.ID, errors.Join(err, cmd.Context().Err()))
		}
		c.tell(errs, widthOf(errs), history[len(history)-1])
		if i < len(planned) {
			fmt.Fprintln(errs)
			planned[i].print(errs)
		}
	}
	if more := len(chosen) - told; more > 0 {
		fmt.Fprintf(errs, "\nand %d more\n", more)
	}
	if c.plan {
		tellOutcomes(errs, planned, len(chosen))
	}
	fmt.Fprintln(errs)
	return planned, nil
}

// printDry says what would be done and does nothing.
func (c *change) printDry(cmd *cobra.Command, out *output, chosen []queue.Status, planned []shownPreview) error {
	w := cmd.OutOrStdout()
	if out.format == "json" {
		all := make([]shownChoice, len(chosen))
		for i, s := range chosen {
			all[i].Status = s
			if i < len(planned) {
				all[i].Plan = &planned[i]
			}
		}
		return printJSON(w, all)
	}
	for i, s := range chosen {
		fmt.Fprintf(w, "%s\twould be %s", s.ID, c.done)
		if i < len(planned) {
			fmt.Fprintf(w, ", then %s", planned[i].becomes())
		}
		fmt.Fprintln(w)
	}
	return nil
}

// shownChoice is the JSON of a document that a dry run chose.
type shownChoice struct {
	queue.Status
	Plan *shownPreview `json:"plan,omitempty"`
}

// each does the change to one document after the other. One that fails does not stop the others.
func (c *change) each(cmd *cobra.Command, ops *operations.Operations, out *output, chosen []queue.Status) error {
	type shownChange struct {
		ID    string `json:"id"`
		Done  bool   `json:"done"`
		Error string `json:"error,omitempty"`
	}
	shown := make([]shownChange, 0, len(chosen))
	var failed []error
	for i, s := range chosen {
		if err := cmd.Context().Err(); err != nil {
			return fmt.Errorf("%d of %d %s: %w", i-len(failed), len(chosen), c.done, err)
		}
		err := c.do(cmd.Context(), ops, s)
		one := shownChange{ID: s.ID, Done: err == nil}
		switch {
		case err != nil:
			one.Error = err.Error()
			failed = append(failed, fmt.Errorf("%s %s: %w", c.verb, s.ID, err))
		case out.format != "json":
			fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", s.ID, c.done)
		}
		shown = append(shown, one)
	}
	if out.format == "json" {
		if err := printJSON(cmd.OutOrStdout(), shown); err != nil {
			return err
		}
	}
	err := errors.Join(failed...)
	if err != nil && len(failed) < len(chosen) {
		return partlyError{fmt.Errorf("%d of %d were not %s:\n%w", len(failed), len(chosen), c.done, err)}
	}
	return err
}
