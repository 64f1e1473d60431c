package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
)

// Run carries out one command line and returns the exit status. Errors are printed to stderr, with what to do.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = interruptedError{errors.New("interrupted")}
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
		return usageError{fmt.Errorf("%w; try %s --help", err, cmd.CommandPath())}
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
			return usageError{fmt.Errorf("%s has no command %q%s; try %s --help", cmd.CommandPath(), args[0], hint, cmd.CommandPath())}
		},
	}
	cmd.AddCommand(sub...)
	return cmd
}

// exactly is cobra.ExactArgs with an error that says what to give.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		want := "no arguments"
		if len(names) > 0 {
			want = strings.Join(names, " ")
		}
		return usageError{fmt.Errorf("%s takes %s, got %d argument(s); try %s --help", cmd.CommandPath(), want, len(args), cmd.CommandPath())}
	}
}

// complete offers words for a flag to shell completion.
func complete[T ~string](cmd *cobra.Command, flag string, words ...T) {
	all := make([]cobra.Completion, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	// The only error is a flag that the command does not have.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(all, cobra.ShellCompDirectiveNoFileComp))
}
