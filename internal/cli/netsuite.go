package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
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
	account string
	format  string
	formats []string
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
	if n.formats = formats; len(formats) > 0 {
		fl.StringVarP(&n.format, "output", "o", formats[0], strings.Join(formats, ", "))
		complete(cmd, "output", formats...)
	}
}

// The forms in which answers are printed.
const (
	asTable = "table"
	asJSON  = "json"
	asCSV   = "csv"
)

// with calls do with a client of the chosen account.
func (n *connection) with(cmd *cobra.Command, do func(*netsuite.Client) error) error {
	if len(n.formats) > 0 && !slices.Contains(n.formats, n.format) {
		return usageError{fmt.Errorf("-o %s: give one of %s", n.format, strings.Join(n.formats, ", "))}
	}
	if n.timeout < 0 {
		return usageError{fmt.Errorf("--timeout %s: give a duration such as 30s", n.timeout)}
	}
	cfg, account, err := n.chosen()
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
	return do(client)
}

// chosen returns the account that is named, or the only one.
func (n *connection) chosen() (*config.Config, *config.Account, error) {
	if n.account != "" {
		return n.in.loadAccount(n.account)
	}
	cfg, err := n.in.load(config.NoSecrets)
	if err != nil {
		return nil, nil, err
	}
	names := accountNames(cfg)
	if len(names) == 1 {
		return n.in.loadAccount(names[0])
	}
	return nil, nil, usageError{fmt.Errorf("%s has several accounts; give one of them with --account: %s", n.in.path, strings.Join(names, ", "))}
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

func (n *connection) report(cmd *cobra.Command, w written) error {
	if n.format == asJSON {
		return printJSON(cmd.OutOrStdout(), w)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\t%s\n", w.Record, w.ID, w.Done)
	return err
}

// pairs reads flags or arguments of the form name=value. A name may be given once.
func pairs(what string, given []string) (map[string]string, error) {
	all := map[string]string{}
	for _, one := range given {
		name, value, ok := strings.Cut(one, "=")
		if _, twice := all[name]; !ok || name == "" || twice {
			return nil, usageError{fmt.Errorf("%s %q: give name=value, each name once", what, one)}
		}
		all[name] = value
	}
	return all, nil
}

// warn prints a sentence that is no failure.
func warn(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintln(cmd.ErrOrStderr(), "counterpunch:", clean(fmt.Sprintf(format, args...)))
}

// fileOrInput reads a file, or standard input for -.
func fileOrInput(cmd *cobra.Command, path string) ([]byte, error) {
	data, err := readFile(cmd, path)
	if err != nil {
		return nil, usageError{fmt.Errorf("read %s: %w", path, err)}
	}
	return data, nil
}
