package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/operations"
	"counterpunch/internal/queue"
)

func newDeadLettersEdit() *cobra.Command {
	var in installation
	var out output
	var who author
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
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check(); err != nil {
				return err
			}
			if !show && strings.TrimSpace(note) == "" {
				return usageError{errors.New("correcting a document needs --note, which stays in its history")}
			}
			q, ops, done, err := who.open(cmd.Context(), &in)
			if err != nil {
				return err
			}
			defer done()
			id, err := resolve(cmd.Context(), q, args[0])
			if err != nil {
				return err
			}
			was, err := ops.Document(cmd.Context(), id)
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
			changes, second, err := ops.Compare(cmd.Context(), id, body)
			if err == nil {
				err = agree(cmd, yes, changes, second)
			}
			var e queue.Edit
			if err == nil {
				e, err = ops.Edit(cmd.Context(), id, body, note)
			}
			if err != nil {
				return keep(err)
			}
			return out.edit(cmd, e)
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	who.flag(cmd)
	cmd.Flags().StringVar(&file, "file", "", "take the corrected document from this `file`, - for standard input, in place of an editor")
	cmd.Flags().BoolVar(&show, "print", false, "only print the document, to be corrected")
	cmd.Flags().StringVar(&note, "note", "", "why, for the history")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
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
	same := func(err error) error { return err }
	switch file {
	case "":
		return inEditor(cmd, was)
	case "-":
		body, err = io.ReadAll(cmd.InOrStdin())
	default:
		body, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, same, usageError{fmt.Errorf("read the corrected document: %w", err)}
	}
	return body, same, nil
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
	run.Stdin, run.Stdout, run.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
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

func newDeadLettersEdits() *cobra.Command {
	var in installation
	var out output
	var who author
	var all bool
	cmd := &cobra.Command{
		Use: "edits", Short: "List corrections that wait for a second person", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			_, ops, done, err := who.open(cmd.Context(), &in)
			if err != nil {
				return err
			}
			defer done()
			edits, err := ops.Edits(cmd.Context(), all)
			if err != nil {
				return err
			}
			g := newGrid("id", "age", "supplier~", "number~", "author~", "state", "decided by~", "note~", "changes~")
			for _, e := range edits {
				g.add(e.DocumentID, age(e.Time), e.Supplier, e.Number, e.Author, e.State, e.DecidedBy, short(e.Note, 60), changesLine(e.Changes))
			}
			return out.print(cmd.OutOrStdout(), list(edits), g)
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	who.flag(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "also those that were replayed, rejected or overtaken")
	return cmd
}

func newDeadLettersApprove() *cobra.Command {
	var yes bool
	cmd := onEdit("approve ID", "Agree to a correction that somebody else proposed, and replay the document", func(cmd *cobra.Command, ops *operations.Operations, e queue.Edit) (queue.Edit, error) {
		if err := confirm(cmd, yes, "replay the document with this?"); err != nil {
			return e, err
		}
		return ops.Approve(cmd.Context(), e)
	})
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func newDeadLettersReject() *cobra.Command {
	var note string
	cmd := onEdit("reject ID", "Refuse a proposed correction, or take one's own back; the dead letter stays", func(cmd *cobra.Command, ops *operations.Operations, e queue.Edit) (queue.Edit, error) {
		return ops.Reject(cmd.Context(), e, note)
	})
	cmd.Flags().StringVar(&note, "note", "", "why; kept with the correction")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if strings.TrimSpace(note) == "" {
			return usageError{errors.New("rejecting a correction needs --note, which is kept with it")}
		}
		return nil
	}
	return cmd
}

// onEdit is a command that shows a proposed correction and decides about it.
func onEdit(use, about string, do func(*cobra.Command, *operations.Operations, queue.Edit) (queue.Edit, error)) *cobra.Command {
	var in installation
	var out output
	var who author
	cmd := &cobra.Command{
		Use: use, Short: about, Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check(); err != nil {
				return err
			}
			q, ops, done, err := who.open(cmd.Context(), &in)
			if err != nil {
				return err
			}
			defer done()
			id, err := resolve(cmd.Context(), q, args[0])
			if err != nil {
				return err
			}
			e, err := ops.Proposal(cmd.Context(), id)
			if err != nil {
				return err
			}
			errs := cmd.ErrOrStderr()
			fmt.Fprintf(errs, "%s %s of %s, proposed by %s: %s\n", e.Kind, line(e.Number), e.Supplier, line(e.Author), line(e.Note))
			printChanges(errs, e.Changes)
			fmt.Fprintln(errs)
			if e, err = do(cmd, ops, e); err != nil {
				return err
			}
			return out.edit(cmd, e)
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	who.flag(cmd)
	return cmd
}

func printChanges(w io.Writer, changes []queue.EditChange) {
	fmt.Fprintln(w, "\nChanges")
	g := newGrid("what~", "before~", "after~")
	for _, c := range changes {
		g.add(c.Path, c.Before, c.After)
	}
	g.render(w, widthOf(w))
}

func changesLine(changes []queue.EditChange) string {
	var all []string
	for _, c := range changes {
		all = append(all, fmt.Sprintf("%s: %s -> %s", c.Path, c.Before, c.After))
	}
	return short(strings.Join(all, "; "), 200)
}

// edit prints what became of a correction.
func (o *output) edit(cmd *cobra.Command, e queue.Edit) error {
	if o.format == "json" {
		return printJSON(cmd.OutOrStdout(), e)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", e.DocumentID, e.State)
	if e.State == queue.EditProposed {
		fmt.Fprintf(cmd.ErrOrStderr(), "it waits for somebody else: counterpunch deadletters approve %s\n", e.DocumentID)
	}
	return nil
}
