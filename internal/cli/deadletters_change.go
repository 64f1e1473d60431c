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
	session
	verb, done string
	filter     filter
	all        bool
	archive    bool // documents that have ended
	yes, dry   bool
	plan       bool // tell what NetSuite has to say to it, too
	plans      int  // to how many at most
	note       string
	tell       func(w io.Writer, width int, r queue.Record) // what it means for one document
	do         func(context.Context, queue.Status) error    // the change to one document
}

// changeFlags adds the flags of every change, and the check that they say clearly what is meant.
func (c *change) changeFlags(cmd *cobra.Command) {
	c.flags(cmd)
	c.filter.flags(cmd, 0)
	c.who.flag(cmd)
	cmd.Flags().BoolVar(&c.all, "all", false, "every document that the filter chooses")
	cmd.Flags().BoolVarP(&c.yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&c.dry, "dry-run", false, "only say what would be done")
	cmd.Flags().StringVar(&c.note, "note", "", "why, for the history")
	before(cmd, func(names []string) error {
		switch {
		case c.all == (len(names) > 0):
			return usagef("name the documents to %s, or give --all, with a filter if not all are meant", c.verb)
		case !c.all && c.filter != (filter{}):
			return usagef("the filter goes with --all; documents that are named need none")
		}
		return nil
	})
}

// told is how many documents are told of one by one before it is asked whether to go on.
const told = 10

// run chooses, tells and asks before it does the change to what was chosen.
func (c *change) run(do func(*cobra.Command, operations.Selection, []queue.Status) error) runner {
	return c.session.run(func(cmd *cobra.Command, names []string) error {
		selection := operations.Selection{Filter: c.filter.queue(), Archive: c.archive}
		chosen, err := c.choose(cmd.Context(), selection, names)
		if err != nil {
			return err
		}
		if len(chosen) == 0 {
			what := "dead letter"
			if c.archive {
				what = "document in the archive"
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "no %s to %s\n", what, c.verb)
			return nil
		}
		planned, err := c.tellAll(cmd, chosen)
		if err != nil {
			return err
		}
		if c.dry {
			return c.printDry(cmd, chosen, planned)
		}
		if err := confirm(cmd, c.yes, "%s %d document(s)?", c.verb, len(chosen)); err != nil {
			return err
		}
		return do(cmd, selection, chosen)
	})
}

// choose returns the documents that are meant, each once.
func (c *change) choose(ctx context.Context, s operations.Selection, names []string) ([]queue.Status, error) {
	if len(names) == 0 {
		return c.ops.Choose(ctx, s)
	}
	var chosen []queue.Status
	for _, name := range names {
		id, err := resolve(ctx, c.queue, name)
		if err != nil {
			return nil, err
		}
		one, err := c.ops.Named(ctx, id, c.archive)
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
func (c *change) tellAll(cmd *cobra.Command, chosen []queue.Status) ([]shownPreview, error) {
	errs := cmd.ErrOrStderr()
	planned, err := c.preview(cmd, chosen)
	if err != nil {
		return nil, err
	}
	for i, s := range chosen[:min(told, len(chosen))] {
		history, err := c.queue.History(cmd.Context(), s.ID)
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

// shownChoice is the JSON of a document that a dry run chose.
type shownChoice struct {
	queue.Status
	Plan *shownPreview `json:"plan,omitempty"`
}

// printDry says what would be done and does nothing.
func (c *change) printDry(cmd *cobra.Command, chosen []queue.Status, planned []shownPreview) error {
	all := make([]shownChoice, len(chosen))
	for i, s := range chosen {
		all[i].Status = s
		if i < len(planned) {
			all[i].Plan = &planned[i]
		}
	}
	return c.out.show(cmd, all, func(w io.Writer) {
		for _, one := range all {
			fmt.Fprintf(w, "%s\twould be %s", one.ID, c.done)
			if one.Plan != nil {
				fmt.Fprintf(w, ", then %s", one.Plan.becomes())
			}
			fmt.Fprintln(w)
		}
	})
}

// shownChange is the JSON of a document to which the change was done, or could not be.
type shownChange struct {
	ID    string `json:"id"`
	Done  bool   `json:"done"`
	Error string `json:"error,omitempty"`
}

// each does the change to one document after the other. One that fails does not stop the others.
func (c *change) each(cmd *cobra.Command, chosen []queue.Status) error {
	all := make([]shownChange, 0, len(chosen))
	var failed []error
	var stopped error
	for _, s := range chosen {
		if stopped = cmd.Context().Err(); stopped != nil {
			break
		}
		err := c.do(cmd.Context(), s)
		one := shownChange{ID: s.ID, Done: err == nil}
		if err != nil {
			one.Error = err.Error()
			failed = append(failed, fmt.Errorf("%s %s: %w", c.verb, s.ID, err))
		} else if c.out.format != asJSON {
			fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", s.ID, c.done)
		}
		all = append(all, one)
	}
	if c.out.format == asJSON {
		if err := printJSON(cmd.OutOrStdout(), all); err != nil {
			return err
		}
	}
	if stopped != nil {
		return fmt.Errorf("%d of %d %s: %w", len(all)-len(failed), len(chosen), c.done, stopped)
	}
	err := errors.Join(failed...)
	if err != nil && len(failed) < len(chosen) {
		return partlyError{fmt.Errorf("%d of %d were not %s:\n%w", len(failed), len(chosen), c.done, err)}
	}
	return err
}
