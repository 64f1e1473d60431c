package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
)

func newNetSuite() *cobra.Command {
	cmd := group("netsuite", "Call NetSuite with the sign-in and the slots of an account",
		newNetSuiteGet(), newNetSuiteList(), newNetSuiteCreate(), newNetSuiteUpdate(), newNetSuiteUpsert(), newNetSuiteDelete(),
		newNetSuiteTransform(), newNetSuiteQuery(), newNetSuiteRequest(), newNetSuiteMetadata())
	cmd.Long = "Call NetSuite as the integration user of an account of the configuration.\n\n" +
		"Nothing is repeated by itself. A hold of the account stops the workers and not these commands."
	return cmd
}

// connection is the account that a command calls, and how.
type connection struct {
	in      installation
	out     output
	account string
	debug   bool
	timeout time.Duration
}

// flags adds the flags of every command that calls NetSuite. The first of the formats is the default; none leaves -o out.
func (n *connection) flags(cmd *cobra.Command, formats ...string) {
	n.in.fileFlag(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&n.account, "account", "a", "", "`name` of the account in the configuration; may be left out when there is only one")
	fl.BoolVar(&n.debug, "debug", false, "print requests and answers to stderr, with secrets blanked")
	fl.DurationVar(&n.timeout, "timeout", 0, "`duration` of one call, in place of the configuration's, such as 30s")
	if len(formats) > 0 {
		n.out.flag(cmd, formats...)
	}
	before(cmd, func([]string) error {
		if n.timeout < 0 {
			return usagef("--timeout %s: give a duration such as 30s", n.timeout)
		}
		return nil
	})
}

// run returns do with a client of the chosen account.
func (n *connection) run(do func(cmd *cobra.Command, client *netsuite.Client, args []string) error) runner {
	return func(cmd *cobra.Command, args []string) error {
		cfg, account, err := n.in.loadAccount(n.account)
		if err != nil {
			return err
		}
		warnOfEnd(cmd, account, time.Now())
		client, err := app.NewClient(*account, func(o *netsuite.Options) {
			if n.timeout > 0 {
				o.Timeout = n.timeout
			}
			if n.debug {
				o.Trace = newTracer(cmd.ErrOrStderr(), cfg).print
			}
		})
		if err != nil {
			return usageError{err}
		}
		defer client.Close()
		return do(cmd, client, args)
	}
}

// absentError is a record that is not there.
type absentError struct{ error }

func (e absentError) Unwrap() error { return e.error }

// Is makes absence end with ExitNotFound.
func (e absentError) Is(target error) bool { return target == queue.ErrNotFound }

// called gives a failure of a call its exit status and, where it is known, what to do. What the client refused before
// anything was sent is a wrong command line.
func called(err error) error {
	var failed *netsuite.Error
	if !errors.As(err, &failed) {
		if errors.Is(err, context.Canceled) {
			return err
		}
		return usageError{err}
	}
	switch failed.Class {
	case netsuite.NotFound:
		return absentError{fmt.Errorf("%w; the role may also lack the permission to see it", err)}
	case netsuite.Busy, netsuite.Down:
		return unreachableError{err}
	case netsuite.Unknown:
		return fmt.Errorf("%w: look at the record before you send it again", err)
	case netsuite.Login:
		return fmt.Errorf("%w; five failed logins lock the integration user for half an hour", err)
	}
	return err
}

// written is what a command that changes NetSuite did.
type written struct {
	Record string `json:"record"`
	ID     string `json:"id"`
	Done   string `json:"done"` // created, changed, upserted or deleted
}

func (o *output) written(cmd *cobra.Command, done written) error {
	return o.show(cmd, done, func(w io.Writer) { fmt.Fprintf(w, "%s\t%s\t%s\n", done.Record, done.ID, done.Done) })
}

// pairs reads flags or arguments of the form name=value. A name may be given once.
func pairs(what string, given []string) (map[string]string, error) {
	all := map[string]string{}
	for _, one := range given {
		name, value, ok := strings.Cut(one, "=")
		if _, twice := all[name]; !ok || name == "" || twice {
			return nil, usagef("%s %q: give name=value, each name once", what, one)
		}
		all[name] = value
	}
	return all, nil
}

// warn prints a sentence that is no failure.
func warn(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintln(cmd.ErrOrStderr(), "counterpunch:", clean(fmt.Sprintf(format, args...)))
}
