package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/doctor"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
)

// doctorFlags are the choices of accounts doctor.
type doctorFlags struct {
	in      installation
	out     output
	order   string
	wait    bool
	noQueue bool
}

func newAccountsDoctor() *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use: "doctor ACCOUNT", Short: "Find out what an account's NetSuite still needs, and where to set it up", Args: exactly("ACCOUNT"),
		Long: "Ask NetSuite, one call at a time, for everything that the worker needs there: sign-in, permissions, custom fields, an\n" +
			"order, a way of making bills. Nothing is saved in NetSuite. What fails is shown with NetSuite's own words and with the\n" +
			"page to open. A refused sign-in ends it at once, because five of them lock the integration user for half an hour.\n" +
			"The exit status is 0 when nothing failed.",
		RunE: f.run,
	}
	f.in.flags(cmd)
	f.out.flag(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.order, "order", "", "`number` of a purchase order to look at; best one with two open lines or more")
	fl.BoolVar(&f.wait, "wait", false, "look again at what failed, after growing pauses, until nothing fails or Ctrl-C; print only what changes")
	fl.BoolVar(&f.noQueue, "no-queue", false, "do not look at the installation's queue, for machines that cannot reach NATS")
	return cmd
}

func (f *doctorFlags) run(cmd *cobra.Command, args []string) error {
	cfg, account, client, err := f.in.client(args[0])
	if err != nil {
		return err
	}
	defer client.Close()
	o := doctor.Options{
		Account: account.Name, NetSuite: client, OAuth2: !account.NetSuite.OAuth2.IsZero(), Mapping: app.Mapping(*account), Order: f.order,
		Vendors: map[string][]string{}, PayloadField: account.Orders.PayloadField,
		OpenPeriods: account.Bill.Period == config.PeriodFirstOpen, DeletesBills: account.Bill.OnDelete == config.PolicyVoid,
	}
	if l := account.NetSuite.Login; !l.IsZero() {
		o.Login = &netsuite.BrowserLogin{ClientID: l.ClientID, File: l.TokenFile}
	}
	for _, s := range cfg.Suppliers {
		o.Vendors[s.Name] = s.Accounts[account.Name].Vendors
	}
	for _, a := range cfg.Accounts {
		if a.Sandbox == account.Name {
			o.TestOf = append(o.TestOf, a.Name)
		}
	}
	switch {
	case f.noQueue:
	case cfg.NATS.Embedded() && f.in.nats == "":
		fmt.Fprintln(cmd.ErrOrStderr(), "note: nats.url is embedded; give --nats with the address that counterpunch serve prints to look at the queue too")
	default:
		q := lateQueue{in: &f.in}
		defer q.close()
		o.Guarantee, o.State = q.guarantee, func(ctx context.Context) (queue.AccountState, error) { return q.state(ctx, account.Name) }
	}
	d, err := doctor.New(o)
	if err != nil {
		return usageError{err}
	}
	return f.examine(cmd, d)
}

func (f *doctorFlags) examine(cmd *cobra.Command, d *doctor.Doctor) error {
	ctx, stdout := cmd.Context(), cmd.OutOrStdout()
	report := d.Examine(ctx)
	if ctx.Err() != nil {
		return interruptedError{errors.New("interrupted before the examination was over")}
	}
	var err error
	if f.wait && !report.OK {
		changes := stdout
		if f.out.format == asJSON {
			changes = cmd.ErrOrStderr()
		} else {
			printLadder(stdout, report)
		}
		if !report.SignInRefused {
			fmt.Fprintln(cmd.ErrOrStderr(), "waiting for what failed; Ctrl-C ends it")
		}
		report, err = d.Wait(ctx, report, nil, func(before, after doctor.Rung) {
			fmt.Fprintf(changes, "%s  %s  %s -> %s: %s\n", time.Now().UTC().Format(time.TimeOnly), after.ID, before.Result, after.Result, line(after.Found))
		})
		if f.out.format == asTable {
			return verdict(report, err)
		}
	}
	if err := f.out.show(cmd, report, func(w io.Writer) { printLadder(w, report) }); err != nil {
		return err
	}
	return verdict(report, err)
}

// verdict is the error of an account that is not ready.
func verdict(r doctor.Report, err error) error {
	switch failed := len(r.Failed()); {
	case err != nil:
		return interruptedError{fmt.Errorf("account %s: interrupted while %d of %d rungs fail", r.Account, failed, len(r.Rungs))}
	case r.SignInRefused:
		return fmt.Errorf("account %s: NetSuite refused the sign-in; it was tried once, and nothing else was", r.Account)
	case failed > 0:
		return fmt.Errorf("account %s: %d of %d rungs failed", r.Account, failed, len(r.Rungs))
	}
	return nil
}

// printLadder prints every rung, then what to do about those that are not ok and what to know.
func printLadder(w io.Writer, r doctor.Report) {
	width := widthOf(w)
	fmt.Fprintf(w, "account %s: NetSuite %s, %s\n\n", r.Account, r.NetSuite, r.Kind)
	g := newGrid("rung", "result", "what~", "found~")
	for _, one := range r.Rungs {
		g.add(one.ID, one.Result, one.Title, short(one.Found, 90))
	}
	g.render(w, width)
	for _, one := range r.Rungs {
		if one.Result == doctor.Skipped || len(one.Advice) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s: %s\n", one.ID, one.Title)
		var f facts
		if one.Result != doctor.OK {
			f.add("  asked", one.Asked)
			f.add("  found", one.Found)
		}
		for i, advice := range one.Advice {
			what := "  do"
			if one.Result == doctor.OK {
				what = "  know"
			}
			if i > 0 {
				what = ""
			}
			f = append(f, [2]string{what, fmt.Sprintf("%d. %s", i+1, line(advice))})
		}
		f.render(w, width)
	}
}

// lateQueue connects to the installation's NATS when it is first asked, and again until that has worked once.
type lateQueue struct {
	in   *installation
	q    *queue.Queue
	done func()
}

func (l *lateQueue) open(ctx context.Context) error {
	if l.q != nil {
		return nil
	}
	_, q, done, err := l.in.open(ctx)
	if err != nil {
		return err
	}
	l.q, l.done = q, done
	return nil
}

func (l *lateQueue) close() {
	if l.done != nil {
		l.done()
	}
}

func (l *lateQueue) guarantee(ctx context.Context) (queue.Guarantee, error) {
	if err := l.open(ctx); err != nil {
		return queue.Guarantee{}, err
	}
	return l.q.Guarantee(ctx), nil
}

func (l *lateQueue) state(ctx context.Context, account string) (queue.AccountState, error) {
	if err := l.open(ctx); err != nil {
		return queue.AccountState{}, err
	}
	s, _, err := l.q.Accounts().Get(ctx, account)
	return s, err
}
