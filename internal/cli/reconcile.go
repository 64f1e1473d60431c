package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/config"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/reconcile"
)

// reconciliation is one comparison as it is asked for.
type reconciliation struct {
	session
	account      string
	journals     []string
	since, until moment
	stuck        time.Duration
	fix, yes     bool
	reason       string
}

func newReconcile() *cobra.Command {
	var c reconciliation
	cmd := &cobra.Command{
		Use: "reconcile", Short: "Compare the intake journal, the queue and the bills in NetSuite", Args: exactly(),
		Long: "Compare the three witnesses of what became of documents: the intake journal, which has every receipt that was answered\n" +
			"with 200, the queue with its history, and the bills and credits in NetSuite whose external ids begin with cp-. Lists\n" +
			"documents that were acknowledged and are lost, that have had no end for long, bills that are missing, differ, were made\n" +
			"twice or belong to no document, each with what to do. Ends with status 1 when there are any.\n\n" +
			"Run it now and then, and after backup restore before accounts resume. Nothing is written to NetSuite, ever. --fix puts\n" +
			"ends on record that NetSuite proves and the history lacks. Each ingest has a journal of its own: give all of them.",
		Example: "  counterpunch reconcile --since 2026-09-01\n" +
			"  counterpunch reconcile --journal a/intake.journal --journal b/intake.journal -o json\n" +
			"  counterpunch reconcile --fix --reason \"worker lost its disk\"",
		RunE: c.session.run(func(cmd *cobra.Command, _ []string) error { return c.compare(cmd) }),
	}
	c.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&c.account, "account", "", "only this account")
	f.StringArrayVar(&c.journals, "journal", nil, "intake journal `file`; again for each ingest; ingest.journal if none is given")
	f.Var(&c.since, "since", "only what was received since this `time`, such as 2026-09-01, or 24h ago")
	f.Var(&c.until, "until", "only what was received before this `time`")
	f.DurationVar(&c.stuck, "stuck", time.Hour, "how long a document may be without an end")
	f.BoolVar(&c.fix, "fix", false, "put ends on record that NetSuite proves")
	f.BoolVarP(&c.yes, "yes", "y", false, "do not ask")
	f.StringVar(&c.reason, "reason", "", "why, for the history; --fix needs it")
	before(cmd, func([]string) error {
		switch {
		case c.fix && blank(c.reason):
			return usagef("--fix needs --reason, which stays in the history")
		case c.stuck < 0:
			return usagef("--stuck %s: give a duration that is not negative, such as 1h", c.stuck)
		}
		return inOrder(c.since, c.until)
	})
	return cmd
}

func (c *reconciliation) compare(cmd *cobra.Command) error {
	cfg, err := c.in.load(config.AccountSecrets)
	if err != nil {
		return err
	}
	o := reconcile.Options{
		Queue: c.queue, Journals: c.journals, Stuck: c.stuck, Now: time.Now(), Since: c.since.time(), Until: c.until.time(),
	}
	if len(o.Journals) == 0 {
		o.Journals = []string{cfg.Ingest.Journal}
	}
	closeAll, err := c.accounts(cfg, &o)
	defer closeAll()
	if err != nil {
		return err
	}
	report, err := reconcile.Run(cmd.Context(), o)
	if failed := (*netsuite.Error)(nil); errors.As(err, &failed) {
		return called(err)
	}
	if err != nil {
		return err
	}
	if err := c.print(cmd, report); err != nil {
		return err
	}
	if n := report.Counts; n.Receipts == 0 && n.Documents > 0 {
		return fmt.Errorf("compare the journal %s with the queue: it names none of %d documents; is it that of this installation, and of this period?", strings.Join(o.Journals, ", "), n.Documents)
	}
	left := len(report.Findings)
	if c.fix {
		fixed, err := c.fixAll(cmd, report)
		if err != nil {
			return err
		}
		left -= fixed
	}
	if left > 0 {
		return fmt.Errorf("%s to be looked at, as listed", counted(left, "finding has", "findings have"))
	}
	return nil
}

// accounts adds the accounts that are compared, each with a client of one slot, and returns what closes those.
func (c *reconciliation) accounts(cfg *config.Config, o *reconcile.Options) (closeAll func(), err error) {
	closeAll = func() {
		for _, a := range o.Accounts {
			a.Client.Close()
		}
	}
	if c.account != "" {
		if _, err := c.in.account(cfg, c.account); err != nil {
			return closeAll, err
		}
	}
	for _, a := range cfg.Accounts {
		if c.account != "" && a.Name != c.account {
			continue
		}
		client, err := newClient(a)
		if err != nil {
			return closeAll, err
		}
		o.Accounts = append(o.Accounts, reconcile.Account{Name: a.Name, Client: client, DocumentField: a.Bill.DocumentField})
	}
	return closeAll, nil
}

func (c *reconciliation) print(cmd *cobra.Command, r reconcile.Report) error {
	g := newGrid("finding", "document~", "received", "supplier~", "number~", "orders~", "what is wrong~", "what to do~")
	for _, f := range r.Findings {
		g.add(f.Kind, f.DocumentID, stamp(f.Received), f.Supplier, f.Number, orderList(f.Orders), f.Text, f.Remedy)
	}
	n := r.Counts
	fmt.Fprintf(cmd.ErrOrStderr(), "%d receipts, %d documents, %d bills and credits; %d documents without a receipt", n.Receipts, n.Documents, n.Bills, n.NoReceipt)
	if n.TornLines > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "; %s of the journal cannot be read", counted(n.TornLines, "line", "lines"))
	}
	fmt.Fprintln(cmd.ErrOrStderr())
	if c.out.format != asJSON && len(r.Findings) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), agreement(n))
		return nil
	}
	return c.out.print(cmd, r, g)
}

// agreement says how much it is worth that nothing was found.
func agreement(n reconcile.Counts) string {
	var but []string
	if n.TornLines > 0 {
		but = append(but, "what an unreadable line of the journal names is not looked for; a crash of ingest leaves one, more are damage")
	}
	if n.NoReceipt > 0 {
		but = append(but, "documents without a receipt came through another ingest, whose --journal is to be given too, or just before a crash, or in a part of the journal that was moved away")
	}
	if len(but) == 0 {
		return "all agree"
	}
	return "nothing was found, but " + strings.Join(but, "; and ")
}

// fixAll asks, and puts right what can be.
func (c *reconciliation) fixAll(cmd *cobra.Command, r reconcile.Report) (int, error) {
	fixable := 0
	for _, f := range r.Findings {
		if f.Fixable() {
			fixable++
		}
	}
	if fixable == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "there is nothing that can be put right here")
		return 0, nil
	}
	if err := confirm(cmd, c.yes, "put the end of %d document(s) on record as applied?", fixable); err != nil {
		return 0, err
	}
	fixed, err := reconcile.Fix(cmd.Context(), c.queue, r, actor(), c.reason)
	for _, f := range fixed {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s\tapplied\n", f.DocumentID)
	}
	if err != nil && len(fixed) > 0 {
		return len(fixed), partlyError{err}
	}
	return len(fixed), err
}
