package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/operations"
	"counterpunch/internal/queue"
)

func newDeadLettersReplay() *cobra.Command {
	var rate float64
	var detach, force bool
	c := change{verb: "replay", done: "replayed"}
	c.tell = func(w io.Writer, width int, r queue.Record) { printList(w, width, recordTitle(r), replayDoes(r)) }
	c.do = func(ctx context.Context, s queue.Status) error { return c.ops.Replay(ctx, s, c.note) }
	cmd := &cobra.Command{
		Use: "replay [ID...]", Short: "Send dead letters through their lane again", Args: arguments(0, -1, "any number of IDs"),
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
		RunE: c.run(func(cmd *cobra.Command, s operations.Selection, chosen []queue.Status) error {
			if !c.all {
				return c.each(cmd, chosen)
			}
			j, err := c.ops.Start(cmd.Context(), s, chosen, c.note, rate)
			if err != nil || detach {
				return errors.Join(err, c.out.job(cmd, j))
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "job %s\n", j.ID)
			if j, err = watchJob(cmd, c.queue, j.ID); err != nil {
				return err
			}
			return errors.Join(c.out.job(cmd, j), outcome(j))
		}),
	}
	c.changeFlags(cmd)
	cmd.Flags().BoolVar(&c.plan, "plan", false, "ask NetSuite what each of them would do now; nothing is written for it")
	cmd.Flags().IntVar(&c.plans, "plans", 50, "with --plan, ask about at most this many")
	cmd.Flags().Float64Var(&rate, "rate", 0, "with --all, replay at most this many a second; 0: as fast as the lanes take them")
	cmd.Flags().BoolVar(&detach, "detach", false, "with --all, leave the job to the workers at once")
	cmd.Flags().BoolVar(&c.archive, "archive", false, "documents that have ended, in place of dead letters; needs --force")
	cmd.Flags().BoolVar(&force, "force", false, "really replay documents that have ended")
	c.filter.stateFlag(cmd, "with --archive, only ", slices.DeleteFunc(queue.States(), func(s queue.State) bool { return !s.Final() }))
	before(cmd, func([]string) error {
		switch {
		case c.archive && !force:
			return usagef("--archive replays what has come to its end already; give --force as well when that is meant, and see --help for what keeps effects from being doubled")
		case force && !c.archive:
			return usagef("--force goes with --archive; dead letters need none")
		case c.filter.state != "" && !c.archive:
			return usagef("--state goes with --archive; dead letters are in one state")
		case (detach || rate != 0) && !c.all:
			return usagef("--rate and --detach go with --all, whose documents the workers replay as a job")
		case rate < 0:
			return usagef("--rate %g: give a number of documents a second", rate)
		case c.plan && c.plans < 1:
			return usagef("--plans %d: give a number of documents", c.plans)
		}
		return nil
	})
	return cmd
}

func newDeadLettersDiscard() *cobra.Command {
	c := change{verb: "discard", done: "discarded"}
	c.tell = func(w io.Writer, width int, r queue.Record) {
		printList(w, width, recordTitle(r), []string{"is never brought into NetSuite; sent again by the supplier, it is answered as known"})
	}
	c.do = func(ctx context.Context, s queue.Status) error { return c.ops.Discard(ctx, s, c.note) }
	cmd := &cobra.Command{
		Use: "discard [ID...]", Short: "End dead letters that a person has dealt with otherwise; --note is kept",
		Args: arguments(0, -1, "any number of IDs"),
		Long: "End dead letters that a person has dealt with otherwise, either those named or, with --all, those that the filter\n" +
			"chooses. --note says why and stays in their history.",
		Example: "  counterpunch deadletters discard INV-60044 --note \"entered by hand as bill 123\"",
		RunE: c.run(func(cmd *cobra.Command, _ operations.Selection, chosen []queue.Status) error {
			return c.each(cmd, chosen)
		}),
	}
	c.changeFlags(cmd)
	needs(cmd, "note", "discarding a document needs --note, which stays in its history")
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
