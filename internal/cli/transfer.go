package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"counterpunch/internal/operations"
)

func newDeadLettersExport() *cobra.Command {
	var in installation
	var who author
	var f filter
	var file string
	cmd := &cobra.Command{
		Use: "export", Short: "Write dead letters to a file, to look at or to import elsewhere; they stay where they are", Args: exactly(),
		Long: "Write the dead letters that the filter chooses to a file of JSON Lines, oldest first: each with the whole event, the\n" +
			"original with its secrets blanked, its history and its attachments. They stay where they are.",
		Example: "  counterpunch deadletters export --file letters.jsonl --reason price-mismatch",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usageError{errors.New("give --file with where to write to, - for standard output")}
			}
			wanted, q, done, err := in.openFor(cmd, &f)
			if err != nil {
				return err
			}
			defer done()
			ops, err := who.operations(q)
			if err != nil {
				return err
			}
			n := 0
			err = writeTo(cmd, file, func(w io.Writer) (err error) {
				n, err = ops.Export(cmd.Context(), wanted, w)
				return err
			})
			fmt.Fprintf(cmd.ErrOrStderr(), "%d exported\n", n)
			return err
		},
	}
	in.flag(cmd)
	f.flags(cmd, 0)
	cmd.Flags().StringVar(&file, "file", "", "write to this `file`, - for standard output; one that exists is not overwritten")
	return cmd
}

// writeTo lets do write to a new file that only its owner may read, or to standard output.
func writeTo(cmd *cobra.Command, file string, do func(io.Writer) error) error {
	if file == "-" {
		return do(cmd.OutOrStdout())
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return usageError{fmt.Errorf("write the dead letters: %w", err)}
	}
	w := bufio.NewWriter(f)
	return errors.Join(do(w), w.Flush(), f.Sync(), f.Close())
}

func newDeadLettersImport() *cobra.Command {
	var in installation
	var out output
	var who author
	var file, note string
	cmd := &cobra.Command{
		Use: "import", Short: "Take in dead letters that were exported, here or elsewhere", Args: exactly(),
		Long: "Take in dead letters from a file that counterpunch deadletters export wrote, into an empty or another installation.\n" +
			"They wait here for a person, with their history; nothing is sent to NetSuite. A document that is known here is left as\n" +
			"it is, so an import can be repeated. While a document waits in two installations over one NetSuite account, replay it\n" +
			"in one of them: a bill is looked up by its external id before it is sent, but the ledgers of orders are not shared.",
		Example: "  counterpunch deadletters import --file letters.jsonl --note \"moved from the old server\"",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			if file == "" {
				return usageError{errors.New("give --file with what export wrote, - for standard input")}
			}
			from := cmd.InOrStdin()
			if file != "-" {
				f, err := os.Open(file)
				if err != nil {
					return usageError{fmt.Errorf("read the dead letters: %w", err)}
				}
				defer f.Close()
				from = f
			}
			cfg, q, done, err := in.open(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			ops, err := who.operations(q)
			if err != nil {
				return err
			}
			var accounts []string
			for _, a := range cfg.Accounts {
				accounts = append(accounts, a.Name)
			}
			got, err := ops.Import(cmd.Context(), from, accounts, note)
			return errors.Join(printImported(cmd, &out, got), importError(got, err))
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	who.flag(cmd)
	cmd.Flags().StringVar(&file, "file", "", "read from this `file`, - for standard input")
	cmd.Flags().StringVar(&note, "note", "", "why, for the history")
	return cmd
}

func printImported(cmd *cobra.Command, out *output, got operations.Imported) error {
	shown := struct {
		Imported int      `json:"imported"`
		Known    int      `json:"known"` // left as they are
		Failed   []string `json:"failed"`
	}{got.Imported, got.Known, []string{}}
	for _, err := range got.Failed {
		shown.Failed = append(shown.Failed, err.Error())
	}
	if out.format == "json" {
		return printJSON(cmd.OutOrStdout(), shown)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%d imported, %d known before, %d failed\n", got.Imported, got.Known, len(got.Failed))
	return err
}

// importError is the error of an import that did not take everything.
func importError(got operations.Imported, err error) error {
	err = errors.Join(append([]error{err}, got.Failed...)...)
	if err != nil && got.Imported+got.Known > 0 {
		return partlyError{err}
	}
	return err
}
