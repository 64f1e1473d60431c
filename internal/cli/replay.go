package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/operations"
	"counterpunch/internal/queue"
)

func newDeadLettersReplay() *cobra.Command {
	var in installation
	var out output
	var rate float64
	var detach, force bool
	c := change{verb: "replay", done: "replayed"}
	cmd := &cobra.Command{
		Use: "replay [ID...]", Short: "Send dead letters through their lane again",
		Long: "Send dead letters through their lane again, either those named or, with --all, those that the filter chooses.\n" +
			"A parked document that is named comes back before its time. What the document will do again is told first.\n" +
			"A replay is safe to repeat: of two replays of the same letter one wins.\n\n" +
			"With --all the workers carry the replay out as a job, with one document in a lane at a time, so that what suppliers\n" +
			"send now is not stuck behind it. It goes on when this command ends; counterpunch jobs shows and stops it.\n\n" +
			"--archive --force takes documents that have come to their end. An order is made what its ledger says, so a\n" +
			"confirmation or notice that counts already changes nothing; a bill or credit is looked up by its external id before\n" +
			"anything is sent. What a person has undone in NetSuite since is done again.",
		Example: "  counterpunch deadletters replay INV-60044 --note \"price corrected on the order\"\n" +
			"  counterpunch deadletters replay --all --reason price-mismatch --supplier acme --dry-run --plan\n" +
			"  counterpunch deadletters replay --all --fingerprint 5b1c9e07d2aa --rate 5 --detach\n" +
			"  counterpunch deadletters replay --all --archive --force --since 2026-09-01 --kind order-confirmation",
		RunE: func(cmd *cobra.Command, names []string) error {
			switch {
			case c.archive && !force:
				return usageError{errors.New("--archive replays what has come to its end already; give --force as well when that is meant, and see --help for what keeps effects from being doubled")}
			case force && !c.archive:
				return usageError{errors.New("--force goes with --archive; dead letters need none")}
			case rate < 0:
				return usageError{fmt.Errorf("--rate %g: give a number of documents a second", rate)}
			}
			if err := c.check(names, &out); err != nil {
				return err
			}
			c.tell = func(w io.Writer, width int, r queue.Record) { printList(w, width, recordTitle(r), replayDoes(r)) }
			c.do = func(ctx context.Context, ops *operations.Operations, s queue.Status) error {
				return ops.Replay(ctx, s, c.note)
			}
			if c.all {
				c.many = func(cmd *cobra.Command, q *queue.Queue, ops *operations.Operations, s operations.Selection, chosen []queue.Status) error {
					j, err := ops.Start(cmd.Context(), s, chosen, c.note, rate)
					if err != nil || detach {
						return errors.Join(err, out.job(cmd, j))
					}
					fmt.Fprintf(cmd.ErrOrStderr(), "job %s\n", j.ID)
					if j, err = watchJob(cmd, q, j.ID); err != nil {
						return err
					}
					return errors.Join(out.job(cmd, j), outcome(j))
				}
			}
			return c.run(cmd, &in, &out, names)
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	c.flags(cmd)
	cmd.Flags().BoolVar(&c.plan, "plan", false, "ask NetSuite what each of them would do now; nothing is written for it")
	cmd.Flags().IntVar(&c.plans, "plans", 50, "with --plan, ask about at most this many")
	cmd.Flags().Float64Var(&rate, "rate", 0, "with --all, replay at most this many a second; 0: as fast as the lanes take them")
	cmd.Flags().BoolVar(&detach, "detach", false, "with --all, leave the job to the workers at once")
	cmd.Flags().BoolVar(&c.archive, "archive", false, "documents that have ended, in place of dead letters; needs --force")
	cmd.Flags().BoolVar(&force, "force", false, "really replay documents that have ended")
	cmd.Flags().StringVar(&c.filter.state, "state", "", "with --archive, only applied, superseded, recorded or discarded")
	return cmd
}

func newDeadLettersDiscard() *cobra.Command {
	var in installation
	var out output
	c := change{verb: "discard", done: "discarded"}
	cmd := &cobra.Command{
		Use: "discard [ID...]", Short: "End dead letters that a person has dealt with otherwise; --note is kept",
		Long: "End dead letters that a person has dealt with otherwise, either those named or, with --all, those that the filter\n" +
			"chooses. --note says why and stays in their history.",
		Example: "  counterpunch deadletters discard INV-60044 --note \"entered by hand as bill 123\"",
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := c.check(names, &out); err != nil {
				return err
			}
			if c.note == "" {
				return usageError{errors.New("discarding a document needs --note, which stays in its history")}
			}
			c.tell = func(w io.Writer, width int, r queue.Record) {
				printList(w, width, recordTitle(r), []string{"is never brought into NetSuite; sent again by the supplier, it is answered as known"})
			}
			c.do = func(ctx context.Context, ops *operations.Operations, s queue.Status) error {
				return ops.Discard(ctx, s, c.note)
			}
			return c.run(cmd, &in, &out, names)
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	c.flags(cmd)
	return cmd
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
