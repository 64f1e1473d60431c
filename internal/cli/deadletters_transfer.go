package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"counterpunch/internal/operations"
)

func newDeadLettersExport() *cobra.Command {
	var s session
	var f filter
	var file string
	cmd := &cobra.Command{
		Use: "export", Short: "Write dead letters to a file, to look at or to import elsewhere; they stay where they are", Args: exactly(),
		Long: "Write the dead letters that the filter chooses to a file of JSON Lines, oldest first: each with the whole event, the\n" +
			"original with its secrets blanked, its history and its attachments. They stay where they are.",
		Example: "  counterpunch deadletters export --file letters.jsonl --reason price-mismatch",
		RunE: s.run(func(cmd *cobra.Command, _ []string) error {
			n := 0
			err := writeTo(cmd, file, func(w io.Writer) (err error) {
				n, err = s.ops.Export(cmd.Context(), f.queue(), w)
				return err
			})
			if err != nil {
				return fmt.Errorf("export dead letters: %w", err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d exported\n", n)
			return nil
		}),
	}
	s.in.flags(cmd)
	f.flags(cmd, 0)
	cmd.Flags().StringVar(&file, "file", "", "write to this `file`, - for standard output; one that exists is not overwritten")
	needs(cmd, "file", "give --file with where to write to, - for standard output")
	return cmd
}

// writeTo lets do write to a new file that only its owner may read, or to standard output.
func writeTo(cmd *cobra.Command, file string, do func(io.Writer) error) error {
	if file == "-" {
		return do(cmd.OutOrStdout())
	}
	err := writeNewBy(file, 0o600, func(f io.Writer) error {
		w := bufio.NewWriter(f)
		return errors.Join(do(w), w.Flush())
	})
	if unopened := (*fs.PathError)(nil); errors.As(err, &unopened) && unopened.Op == "open" {
		return usageError{err}
	}
	return err
}

func newDeadLettersImport() *cobra.Command {
	var s session
	var file, note string
	cmd := &cobra.Command{
		Use: "import", Short: "Take in dead letters that were exported, here or elsewhere", Args: exactly(),
		Long: "Take in dead letters from a file that counterpunch deadletters export wrote, into an empty or another installation.\n" +
			"They wait here for a person, with their history; nothing is sent to NetSuite. A document that is known here is left as\n" +
			"it is, so an import can be repeated. While a document waits in two installations over one NetSuite account, replay it\n" +
			"in one of them: a bill is looked up by its external id before it is sent, but the ledgers of orders are not shared.",
		Example: "  counterpunch deadletters import --file letters.jsonl --note \"moved from the old server\"",
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := openFile(cmd, file)
			if err != nil {
				return err
			}
			defer from.Close()
			return s.with(cmd, func() error {
				got, err := s.ops.Import(cmd.Context(), from, accountNames(s.cfg), note)
				return errors.Join(printImported(cmd, &s.out, got), importError(got, err))
			})
		},
	}
	s.flags(cmd)
	s.who.flag(cmd)
	cmd.Flags().StringVar(&file, "file", "", "read from this `file`, - for standard input")
	cmd.Flags().StringVar(&note, "note", "", "why, for the history")
	needs(cmd, "file", "give --file with what export wrote, - for standard input")
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
	return out.show(cmd, shown, func(w io.Writer) {
		fmt.Fprintf(w, "%d imported, %d known before, %d failed\n", got.Imported, got.Known, len(got.Failed))
	})
}

// importError is the error of an import that did not take everything.
func importError(got operations.Imported, err error) error {
	err = errors.Join(append([]error{err}, got.Failed...)...)
	if err != nil && got.Imported+got.Known > 0 {
		return partlyError{err}
	}
	return err
}
