package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
)

// Run carries out one command line and returns the exit status. Errors are printed to stderr, with what to do.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	out := &sink{Writer: stdout}
	root.SetIn(input{ctx, stdin})
	root.SetOut(out)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil && out.err != nil:
		err = fmt.Errorf("write what was asked for to standard output: %w", out.err)
	case err != nil && ctx.Err() != nil:
		err = interrupted(err)
	}
	if err != nil {
		fmt.Fprintln(stderr, "counterpunch:", clean(err.Error()))
	}
	return ExitStatus(err)
}

func newRoot() *cobra.Command {
	root := group("counterpunch", "Bring suppliers' order confirmations, ship notices and invoices into NetSuite",
		newDemo(), newServe(), newSend(), newSimulator(),
		newDocuments(), newDeadLetters(), newJobs(), newAccounts(), newStreams(), newBackup(), newReconcile(), newLookups(), newConfig(), newVersion(),
		newNetSuite(),
	)
	root.Long = "Counterpunch receives what suppliers send back after a punchout order, keeps each document safe,\n" +
		"and brings it into NetSuite exactly once.\n\n" +
		"Exit status: 0 done, 1 failed, 2 wrong command line or configuration, 3 not found, 5 partly done,\n" +
		"6 not confirmed or somebody else was first, 7 NATS or the endpoint does not answer, 130 interrupted."
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Version = app.BuildVersion()
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; try %s --help", err, cmd.CommandPath())
	})
	return root
}

// group returns a command that only holds others.
func group(use, short string, sub ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			hint := ""
			cmd.SuggestionsMinimumDistance = 2
			if close := cmd.SuggestionsFor(args[0]); len(close) > 0 {
				hint = ": did you mean " + strings.Join(close, " or ") + "?"
			}
			return usagef("there is no command %q%s; try %s --help", args[0], hint, cmd.CommandPath())
		},
	}
	cmd.AddCommand(sub...)
	return cmd
}

// exactly asks for the arguments named.
func exactly(names ...string) cobra.PositionalArgs {
	if len(names) == 0 {
		return arguments(0, 0, "no arguments")
	}
	return arguments(len(names), len(names), strings.Join(names, " "))
}

// arguments asks for least to most arguments, which wanted describes; a negative most sets no bound. None may be empty: it
// would be that of a shell's variable that was never set, and choose anything.
func arguments(least, most int, wanted string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		got := counted(len(args), "argument", "arguments")
		switch {
		case slices.ContainsFunc(args, blank):
			got = "an empty one"
		case len(args) >= least && (len(args) <= most || most < 0):
			return nil
		}
		return usagef("%s takes %s, got %s; try %s --help", nameOf(cmd), wanted, got, cmd.CommandPath())
	}
}

// nameOf is a command as its errors name it, which begin with the program's name anyway.
func nameOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}
