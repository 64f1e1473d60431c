package cli

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Run carries out one command line and returns the exit status. Errors are printed to stderr in one line, with what to do.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintln(stderr, "counterpunch:", err)
	}
	return ExitStatus(err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "counterpunch",
		Short: "Bring suppliers' order confirmations, ship notices and invoices into NetSuite",
		Long: "Counterpunch receives what suppliers send back after a punchout order, keeps each document safe,\n" +
			"and brings it into NetSuite exactly once.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version(),
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; try %s --help", err, cmd.CommandPath())}
	})
	root.AddCommand(
		newDemo(), newServe(), newSend(), newSimulator(),
		newDocuments(), newDeadLetters(), newAccounts(), newConfig(),
	)
	return root
}

// group returns a command that only holds others.
func group(use, short string, sub ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("%s has no command %q; try %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())}
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(sub...)
	return cmd
}

// exactly is cobra.ExactArgs with an error that says what to give.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return usageError{fmt.Errorf("%s takes %d argument(s) %v, got %d; try %s --help", cmd.CommandPath(), len(names), names, len(args), cmd.CommandPath())}
		}
		return nil
	}
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
