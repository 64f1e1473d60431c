package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
)

func newDeadLettersReplay() *cobra.Command {
	var in installation
	var f filter
	var all bool
	c := change{verb: "replay", done: "replayed"}
	cmd := &cobra.Command{
		Use: "replay [ID...]", Short: "Send dead letters through their lane again",
		Long: "Send dead letters through their lane again, either those named or, with --all, those that the filter chooses.\n" +
			"A parked document that is named comes back before its time. What the document will do again is told first.\n" +
			"A replay is safe to repeat: of two replays of the same letter one wins.",
		Example: "  counterpunch deadletters replay INV-60044 --note \"price corrected on the order\"\n" +
			"  counterpunch deadletters replay --all --reason price-mismatch --supplier acme --dry-run --plan",
		RunE: func(cmd *cobra.Command, names []string) error {
			if all == (len(names) > 0) {
				return usageError{errors.New("name the dead letters to replay, or give --all, with a filter if not all are meant")}
			}
			if !all && f != (filter{}) {
				return usageError{errors.New("the filter goes with --all; documents that are named need none")}
			}
			c.tell = func(w io.Writer, width int, r queue.Record) { printList(w, width, recordTitle(r), replayDoes(r)) }
			c.do = func(ctx context.Context, q *queue.Queue, id string) error {
				_, err := q.Replay(ctx, id, queue.Decision{Actor: actor(), Note: c.note})
				return err
			}
			return c.run(cmd, &in, &f, names)
		},
	}
	in.flag(cmd)
	f.flags(cmd, 0)
	cmd.Flags().BoolVar(&all, "all", false, "every dead letter that the filter chooses")
	cmd.Flags().BoolVar(&c.plan, "plan", false, "ask NetSuite what each of them would do now; nothing is written for it")
	c.flags(cmd)
	return cmd
}

func newDeadLettersDiscard() *cobra.Command {
	var in installation
	c := change{verb: "discard", done: "discarded"}
	cmd := &cobra.Command{
		Use: "discard ID...", Short: "End dead letters that a person has dealt with otherwise; --note is kept",
		RunE: func(cmd *cobra.Command, names []string) error {
			switch {
			case len(names) == 0:
				return usageError{errors.New("name the dead letters to discard")}
			case strings.TrimSpace(c.note) == "":
				return usageError{errors.New("discarding a document needs --note, which stays in its history")}
			}
			c.tell = func(w io.Writer, width int, r queue.Record) {
				printList(w, width, recordTitle(r), []string{"is never brought into NetSuite; sent again by the supplier, it is answered as known"})
			}
			c.do = func(ctx context.Context, q *queue.Queue, id string) error { return q.Discard(ctx, id, queue.Decision{Actor: actor(), Note: c.note}) }
			return c.run(cmd, &in, &filter{}, names)
		},
	}
	in.flag(cmd)
	c.flags(cmd)
	return cmd
}

// change is something that is done to each of several dead letters.
type change struct {
	verb, done string
	yes, dry   bool
	plan       bool // tell what NetSuite has to say to it, too
	note       string
	tell       func(w io.Writer, width int, r queue.Record) // what it means for one document
	do         func(ctx context.Context, q *queue.Queue, id string) error
}

func (c *change) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&c.yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&c.dry, "dry-run", false, "only say what would be done")
	cmd.Flags().StringVar(&c.note, "note", "", "why, for the history")
}

// told is how many documents are told of one by one before it is asked whether to go on.
const told = 10

// run tells, asks, and does the change letter by letter. One that fails does not stop the others.
func (c *change) run(cmd *cobra.Command, in *installation, f *filter, names []string) error {
	wanted, q, done, err := in.openFor(cmd, f)
	if err != nil {
		return err
	}
	defer done()
	records, err := c.chosen(cmd.Context(), q, wanted, names)
	if err != nil {
		return err
	}
	errs := cmd.ErrOrStderr()
	if len(records) == 0 {
		fmt.Fprintf(errs, "no dead letter to %s\n", c.verb)
		return nil
	}
	if err := c.tellEach(cmd, in, q, records[:min(told, len(records))]); err != nil {
		return err
	}
	if more := len(records) - told; more > 0 {
		fmt.Fprintf(errs, "\nand %d more\n", more)
	}
	fmt.Fprintln(errs)
	if c.dry {
		for _, r := range records {
			fmt.Fprintf(cmd.OutOrStdout(), "%s\twould be %s\n", r.DocumentID, c.done)
		}
		return nil
	}
	if err := confirm(cmd, c.yes, "%s %d document(s)?", c.verb, len(records)); err != nil {
		return err
	}
	return c.each(cmd, q, records)
}

// tellEach ends at the first preview that cannot be made: sign-ins that are refused again and again lock the user.
func (c *change) tellEach(cmd *cobra.Command, in *installation, q *queue.Queue, records []queue.Record) error {
	errs := cmd.ErrOrStderr()
	var p *planner
	if c.plan {
		var err error
		if p, err = newPlanner(in, q); err != nil {
			return err
		}
		defer p.close()
	}
	for _, r := range records {
		c.tell(errs, widthOf(errs), r)
		if p == nil {
			continue
		}
		shown, err := p.preview(cmd.Context(), r.DocumentID)
		if err != nil {
			return err
		}
		fmt.Fprintln(errs)
		shown.print(errs)
	}
	return nil
}

func (c *change) each(cmd *cobra.Command, q *queue.Queue, records []queue.Record) error {
	var failed []error
	for i, r := range records {
		if err := cmd.Context().Err(); err != nil {
			return fmt.Errorf("%d of %d %s: %w", i-len(failed), len(records), c.done, err)
		}
		err := c.do(cmd.Context(), q, r.DocumentID)
		if errors.Is(err, queue.ErrNotFound) {
			err = queue.ErrReplayed // it was there a moment ago
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s %s: %w", c.verb, r.DocumentID, err))
			continue
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", r.DocumentID, c.done)
	}
	err := errors.Join(failed...)
	if err != nil && len(failed) < len(records) {
		return partlyError{fmt.Errorf("%d of %d were not %s:\n%w", len(failed), len(records), c.done, err)}
	}
	return err
}

// chosen returns the record that each chosen document waits with.
func (c *change) chosen(ctx context.Context, q *queue.Queue, wanted queue.Filter, names []string) ([]queue.Record, error) {
	if len(names) == 0 {
		letters, err := q.Letters(ctx, wanted)
		if err != nil {
			return nil, fmt.Errorf("list dead letters: %w", err)
		}
		var records []queue.Record
		for _, l := range letters {
			records = append(records, l.Record)
		}
		return records, nil
	}
	var records []queue.Record
	for _, name := range names {
		r, err := c.waiting(ctx, q, name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(records, func(o queue.Record) bool { return o.DocumentID == r.DocumentID }) {
			records = append(records, r)
		}
	}
	return records, nil
}

// waiting returns the record that a named document waits with. One that does not wait is refused.
func (c *change) waiting(ctx context.Context, q *queue.Queue, name string) (queue.Record, error) {
	id, err := resolve(ctx, q, name)
	if err != nil {
		return queue.Record{}, err
	}
	status, err := q.Status(ctx, id)
	if err != nil {
		return queue.Record{}, fmt.Errorf("%s %s: %w", c.verb, name, err)
	}
	if status.State != queue.StateDeadLettered && status.State != queue.StateParked {
		return queue.Record{}, refusedError{fmt.Errorf("%s %s: it is %s: only a dead-lettered or parked document can be %s; somebody else may have been first, see counterpunch documents show %s", c.verb, name, status.State, c.done, id)}
	}
	history, err := q.History(ctx, id)
	if err != nil || len(history) == 0 {
		return queue.Record{}, fmt.Errorf("%s %s: read its history: %w", c.verb, name, errors.Join(err, ctx.Err()))
	}
	return history[len(history)-1], nil
}

func recordTitle(r queue.Record) string {
	return line(fmt.Sprintf("%s %s of %s, %s", r.Kind, r.DocumentID, r.Supplier, r.Reason))
}

// replayDoes says what a document does again when it is replayed, from the record that it waits with.
func replayDoes(r queue.Record) []string {
	var does []string
	orders := "its orders, as far as it names any, are"
	if len(r.Orders) > 0 {
		orders = "order " + orderList(r.Orders) + " is"
	}
	does = append(does, orders+" read from NetSuite and the document is matched anew; the tries start again from the first")
	var plan mapping.Plan
	if len(r.Plan) > 0 && json.Unmarshal(r.Plan, &plan) == nil && len(plan.Changes) > 0 {
		if r.Class == string(netsuite.Unknown) {
			does = append(does, "the outcome of its last write is unknown: it is looked up in NetSuite before anything is sent")
		}
		does = append(does, "its last attempt was to write:")
		for _, change := range plan.Changes[:min(told, len(plan.Changes))] {
			does = append(does, "  "+change.String())
		}
		if more := len(plan.Changes) - told; more > 0 {
			does = append(does, fmt.Sprintf("  and %d more", more))
		}
	}
	switch {
	case len(r.Effects) > 0:
		does = append(does, fmt.Sprintf("%d changes that it made are in NetSuite and are not made twice", len(r.Effects)))
	case r.Attempt == 0:
		does = append(does, "nothing was written to NetSuite for it so far")
	}
	return does
}
