package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/operations"
	"counterpunch/internal/queue"
)

func newDeadLettersEdit() *cobra.Command {
	var s session
	var file, note string
	var show, yes bool
	cmd := &cobra.Command{
		Use: "edit ID", Short: "Correct a dead letter and replay it; --note says why", Args: exactly("ID"),
		Long: "Correct the normalised document of a dead letter, in the editor that VISUAL or EDITOR names or with --file, and replay\n" +
			"it. The corrected document is checked against the schema of its kind. What was received stays in the archive, and the\n" +
			"history says who corrected it and why.\n\n" +
			"A correction of amounts, quantities, vendors, orders, numbers, or of anything else that may matter to money, is only\n" +
			"proposed: somebody else approves it with counterpunch deadletters approve. Comments, contacts, descriptions, dates of\n" +
			"delivery, carriers and packages are corrected by one person.\n\n" +
			"A person is the name that --author gives, or the operating system's user. Nothing proves it: the second person guards\n" +
			"against slips, not against somebody who may write to NATS and gives a colleague's name.",
		Example: "  counterpunch deadletters edit INV-60044 --note \"quantity as on the delivery note\"\n" +
			"  counterpunch deadletters edit INV-60044 --print > corrected.json\n" +
			"  counterpunch deadletters edit INV-60044 --file corrected.json --note \"quantity as on the delivery note\"",
		RunE: s.onDocument(func(cmd *cobra.Command, id string) error {
			was, err := s.ops.Document(cmd.Context(), id)
			if err != nil {
				return err
			}
			if show {
				return printJSON(cmd.OutOrStdout(), was)
			}
			body, keep, err := corrected(cmd, file, was)
			if err != nil {
				return err
			}
			changes, second, err := s.ops.Compare(cmd.Context(), id, body)
			if err == nil {
				err = agree(cmd, yes, changes, second)
			}
			var e queue.Edit
			if err == nil {
				e, err = s.ops.Edit(cmd.Context(), id, body, note)
			}
			if err != nil {
				return keep(err)
			}
			return s.out.edit(cmd, e)
		}),
	}
	s.flags(cmd)
	s.who.flag(cmd)
	cmd.Flags().StringVar(&file, "file", "", "take the corrected document from this `file`, - for standard input, in place of an editor")
	cmd.Flags().BoolVar(&show, "print", false, "only print the document, to be corrected")
	cmd.Flags().StringVar(&note, "note", "", "why, for the history")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	before(cmd, func([]string) error {
		switch {
		case !show && blank(note):
			return usagef("correcting a document needs --note, which stays in its history")
		case file == "-" && !yes && !show:
			return usagef("standard input cannot be the file and the answer: give --yes")
		}
		return nil
	})
	return cmd
}

// agree shows what a correction changes and asks whether to go on.
func agree(cmd *cobra.Command, yes bool, changes []queue.EditChange, second bool) error {
	errs := cmd.ErrOrStderr()
	printChanges(errs, changes)
	fmt.Fprintln(errs)
	if second {
		return confirm(cmd, yes, "propose this to a second person?")
	}
	return confirm(cmd, yes, "correct the document and replay it?")
}

// corrected returns what a person makes of a document. keep completes an error with where the work was left.
func corrected(cmd *cobra.Command, file string, was any) (body []byte, keep func(error) error, err error) {
	if file == "" {
		return inEditor(cmd, was)
	}
	body, err = readFile(cmd, file)
	return body, func(err error) error { return err }, err
}

// inEditor lets a person edit a document. The file is removed unless what becomes of it fails.
func inEditor(cmd *cobra.Command, was any) ([]byte, func(error) error, error) {
	var text bytes.Buffer
	if err := printJSON(&text, was); err != nil {
		return nil, nil, err
	}
	f, err := os.CreateTemp("", "counterpunch-*.json")
	if err != nil {
		return nil, nil, fmt.Errorf("make a file for the editor: %w", err)
	}
	_, err = f.Write(text.Bytes())
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, nil, fmt.Errorf("make a file for the editor: %w", err)
	}
	keep := func(err error) error {
		if errors.Is(err, operations.ErrUnchanged) {
			return errors.Join(err, os.Remove(f.Name()))
		}
		return fmt.Errorf("%w; what you wrote is in %s, to be given with --file", err, f.Name())
	}
	words := strings.Fields(editor())
	run := exec.CommandContext(cmd.Context(), words[0], append(words[1:], f.Name())...)
	// An editor has to see that these are a terminal.
	if in, out := fileOf(cmd.InOrStdin()), fileOf(cmd.OutOrStdout()); in != nil && out != nil {
		run.Stdin, run.Stdout = in, out
	}
	run.Stderr = cmd.ErrOrStderr()
	if err := run.Run(); err != nil {
		return nil, nil, usageError{keep(fmt.Errorf("run the editor %s, which VISUAL or EDITOR names: %w", words[0], err))}
	}
	body, err := os.ReadFile(f.Name())
	if err != nil {
		return nil, nil, fmt.Errorf("read what the editor wrote: %w", err)
	}
	return body, keep, nil
}

func editor() string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if e := strings.TrimSpace(os.Getenv(name)); e != "" {
			return e
		}
	}
	return "vi"
}
