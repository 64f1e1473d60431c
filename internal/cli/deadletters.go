package cli

import (
	"encoding/json"
	"fmt"
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
	var in installation
	var out output
	var f filter
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List dead letters, newest first", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			wanted, q, done, err := in.openFor(cmd, &f)
			if err != nil {
				return err
			}
			defer done()
			letters, err := q.Letters(cmd.Context(), wanted)
			if err != nil {
				return fmt.Errorf("list dead letters: %w", err)
			}
			shown := make([]shownLetter, len(letters))
			g := newGrid("id", "age", "supplier~", "kind~", "number~", "orders~", "reason~", "fingerprint", "says~")
			for i, l := range letters {
				s := newShownLetter(l)
				shown[i] = s
				says := s.NetSuite
				if says == "" {
					says = s.Detail
				}
				g.add(s.ID, age(s.Since), s.Supplier, s.Kind, s.Number, orderList(s.Orders), s.Reason, s.Fingerprint, short(says, 100))
			}
			if err := out.print(cmd.OutOrStdout(), shown, g); err != nil {
				return err
			}
			f.note(cmd, "dead letters", len(letters))
			return nil
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	f.flags(cmd, 100)
	return cmd
}

func newDeadLettersShow() *cobra.Command {
	var in installation
	var out output
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show one dead letter: why it waits, its history, and what a replay would do", Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check(); err != nil {
				return err
			}
			_, q, done, err := in.open(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			d, err := readDocument(cmd, q, args[0])
			if err != nil {
				return err
			}
			if d.Status.State != queue.StateDeadLettered {
				return fmt.Errorf("document %s is no dead letter but %s; counterpunch documents show has it: %w", d.Status.ID, d.Status.State, queue.ErrNotFound)
			}
			if out.format == "json" {
				return printJSON(cmd.OutOrStdout(), d)
			}
			d.print(cmd.OutOrStdout())
			w := cmd.OutOrStdout()
			printList(w, widthOf(w), "A replay", replayDoes(*d.newest()))
			return nil
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	return cmd
}
