package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

func newDeadLetters() *cobra.Command {
	return group("deadletters", "Look at documents that wait for a person, replay, correct or discard them",
		newDeadLettersList(), newDeadLettersShow(), newDeadLettersReplay(), newDeadLettersDiscard(),
		newDeadLettersEdit(), newDeadLettersEdits(), newDeadLettersApprove(), newDeadLettersReject(),
		newDeadLettersExport(), newDeadLettersImport())
}

// shownLetter is the JSON of a line of deadletters ls.
type shownLetter struct {
	ID          string          `json:"id"`
	Account     string          `json:"account"`
	Supplier    string          `json:"supplier"`
	Kind        document.Kind   `json:"kind"`
	Number      string          `json:"number,omitempty"`
	Orders      []string        `json:"orders"`
	PayloadID   string          `json:"payloadID,omitempty"`
	Received    time.Time       `json:"received"`
	Since       time.Time       `json:"since"` // when it became a dead letter
	Reason      reason.Code     `json:"reason"`
	Means       string          `json:"means,omitempty"`
	Detail      string          `json:"detail,omitempty"`
	NetSuite    string          `json:"netsuite,omitempty"`
	Class       string          `json:"class,omitempty"`
	Fingerprint string          `json:"fingerprint,omitempty"` // of the cause
	Attempt     int             `json:"attempt"`
	Differences json.RawMessage `json:"differences,omitempty"`
}

func newShownLetter(l queue.Letter) shownLetter {
	r := l.Record
	s := shownLetter{
		ID: l.Event.ID, Account: l.Event.Account, Supplier: l.Event.Supplier, Kind: l.Event.Kind,
		Orders: list(r.Orders), PayloadID: l.Event.PayloadID, Received: l.Event.Time, Since: r.Time, Reason: r.Reason,
		Means: r.Reason.Sentence(), Detail: r.Detail, NetSuite: r.NetSuite, Class: r.Class, Fingerprint: r.Fingerprint, Attempt: r.Attempt, Differences: r.Differences,
	}
	if l.Event.Data.Document != nil {
		s.Number = l.Event.Data.Document.Number()
	}
	return s
}

func newDeadLettersList() *cobra.Command {
	var s session
	var f filter
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List dead letters, newest first", Args: exactly(),
		RunE: s.run(func(cmd *cobra.Command, _ []string) error {
			letters, err := s.queue.Letters(cmd.Context(), f.queue())
			if err != nil {
				return fmt.Errorf("list dead letters: %w", err)
			}
			all := make([]shownLetter, len(letters))
			g := newGrid("id", "age", "supplier~", "kind~", "number~", "orders~", "reason~", "fingerprint", "says~")
			for i, letter := range letters {
				l := newShownLetter(letter)
				all[i] = l
				g.add(l.ID, age(l.Since), l.Supplier, l.Kind, l.Number, orderList(l.Orders), l.Reason, l.Fingerprint, short(cmp.Or(l.NetSuite, l.Detail), 100))
			}
			if err := s.out.print(cmd, all, g); err != nil {
				return err
			}
			f.note(cmd, "dead letters match", len(letters))
			return nil
		}),
	}
	s.flags(cmd)
	f.flags(cmd, 100)
	return cmd
}

func newDeadLettersShow() *cobra.Command {
	var s session
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show one dead letter: why it waits, its history, and what a replay would do", Args: exactly("ID"),
		RunE: s.onDocument(func(cmd *cobra.Command, id string) error {
			d, err := readDocument(cmd.Context(), s.queue, id)
			if err != nil {
				return err
			}
			if d.Status.State != queue.StateDeadLettered {
				return fmt.Errorf("document %s is no dead letter but %s; counterpunch documents show has it: %w", id, d.Status.State, queue.ErrNotFound)
			}
			return s.out.show(cmd, d, func(w io.Writer) {
				d.print(w)
				printList(w, widthOf(w), "A replay", replayDoes(*d.newest()))
			})
		}),
	}
	s.flags(cmd)
	return cmd
}
