package cli

import (
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"counterpunch/internal/queue"
)

func newDeadLetters() *cobra.Command {
	return group("deadletters", "Look at documents that wait for a person, replay or discard them",
		newDeadLettersList(), newDeadLettersShow(), newDeadLettersReplay(), newDeadLettersDiscard())
}

func newDeadLettersList() *cobra.Command {
	var in installation
	var out output
	var f filter
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List dead letters, newest first", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, done, letters, err := chosenLetters(cmd, &in, &f)
			if err != nil {
				return err
			}
			defer done()
			_ = q
			header := table.Row{"id", "age", "supplier", "kind", "number", "reason", "NetSuite says", "detail"}
			return out.print(cmd.OutOrStdout(), letters, header, func(t table.Writer) {
				for _, l := range letters {
					r := l.Record
					t.AppendRow(table.Row{r.DocumentID, age(r.Time), r.Supplier, r.Kind, short(l.Event.Data.Document.Number(), 24), r.Reason, short(r.NetSuite, 60), short(r.Detail, 90)})
				}
			})
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	f.flags(cmd, false)
	return cmd
}

func newDeadLettersShow() *cobra.Command {
	cmd := newDocumentsShow()
	cmd.Short = "Show one dead letter with its document and history"
	return cmd
}

func newDeadLettersReplay() *cobra.Command {
	var in installation
	var f filter
	var all, yes, dry bool
	var note string
	cmd := &cobra.Command{
		Use: "replay [ID...]", Short: "Send dead letters through their lane again",
		Long: "Send dead letters through their lane again, either those named or, with --all, those that the filter chooses.\n" +
			"A replay is safe to repeat: of two replays of the same letter one wins.",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if all == (len(ids) > 0) {
				return usageError{errors.New("name the dead letters to replay, or give --all, with a filter if not all are meant")}
			}
			return eachLetter(cmd, &in, &f, ids, change{
				verb: "replay", done: "replayed", yes: yes, dry: dry,
				do: func(q *queue.Queue, id string) error {
					_, err := q.Replay(cmd.Context(), id, actor(), note)
					return err
				},
			})
		},
	}
	in.flag(cmd)
	f.flags(cmd, false)
	cmd.Flags().BoolVar(&all, "all", false, "every dead letter that the filter chooses")
	changeFlags(cmd, &yes, &dry, &note)
	return cmd
}

func newDeadLettersDiscard() *cobra.Command {
	var in installation
	var yes, dry bool
	var note string
	cmd := &cobra.Command{
		Use: "discard ID...", Short: "End dead letters that a person has dealt with otherwise; --note is kept",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if len(ids) == 0 {
				return usageError{errors.New("name the dead letters to discard")}
			}
			if note == "" {
				return usageError{errors.New("discarding a document needs --note, which stays in its history")}
			}
			return eachLetter(cmd, &in, &filter{}, ids, change{
				verb: "discard", done: "discarded", yes: yes, dry: dry,
				do: func(q *queue.Queue, id string) error { return q.Discard(cmd.Context(), id, actor(), note) },
			})
		},
	}
	in.flag(cmd)
	changeFlags(cmd, &yes, &dry, &note)
	return cmd
}

func changeFlags(cmd *cobra.Command, yes, dry *bool, note *string) {
	cmd.Flags().BoolVarP(yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(dry, "dry-run", false, "only say what would be done")
	cmd.Flags().StringVar(note, "note", "", "why, for the history")
}

// change is something that is done to each of several dead letters.
type change struct {
	verb, done string
	yes, dry   bool
	do         func(*queue.Queue, string) error
}

// eachLetter counts, asks, and does the change letter by letter. One that fails does not stop the others.
func eachLetter(cmd *cobra.Command, in *installation, f *filter, ids []string, c change) error {
	q, done, letters, err := chosenLetters(cmd, in, f)
	if err != nil {
		return err
	}
	defer done()
	if len(ids) == 0 {
		for _, l := range letters {
			ids = append(ids, l.Record.DocumentID)
		}
	}
	if len(ids) == 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "no dead letter to %s\n", c.verb)
		return nil
	}
	if c.dry {
		for _, id := range ids {
			fmt.Fprintf(cmd.OutOrStdout(), "%s\twould be %s\n", id, c.done)
		}
		return nil
	}
	if err := confirm(cmd, c.yes, "%s %d dead letter(s)?", c.verb, len(ids)); err != nil {
		return err
	}
	var failed []error
	for _, id := range ids {
		if err := c.do(q, id); err != nil {
			failed = append(failed, fmt.Errorf("%s %s: %w", c.verb, id, err))
			continue
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s\n", id, c.done)
	}
	return errors.Join(failed...)
}

func chosenLetters(cmd *cobra.Command, in *installation, f *filter) (*queue.Queue, func(), []queue.Letter, error) {
	wanted, err := f.queue()
	if err != nil {
		return nil, nil, nil, err
	}
	q, done, err := in.open(cmd.Context())
	if err != nil {
		return nil, nil, nil, err
	}
	letters, err := q.Letters(cmd.Context(), wanted)
	if err != nil {
		done()
		return nil, nil, nil, fmt.Errorf("list dead letters: %w", err)
	}
	return q, done, letters, nil
}
