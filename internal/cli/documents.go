package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"counterpunch/internal/event"
	"counterpunch/internal/queue"
)

func newDocuments() *cobra.Command {
	return group("documents", "Look at what suppliers sent and what became of it", newDocumentsList(), newDocumentsShow())
}

func newDocumentsList() *cobra.Command {
	var in installation
	var out output
	var f filter
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List documents, newest first", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			wanted, err := f.queue()
			if err != nil {
				return err
			}
			q, done, err := in.open(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			all, err := q.Documents(cmd.Context(), wanted)
			if err != nil {
				return fmt.Errorf("list documents: %w", err)
			}
			header := table.Row{"id", "age", "supplier", "kind", "number", "order", "state", "reason"}
			return out.print(cmd.OutOrStdout(), all, header, func(t table.Writer) {
				for _, s := range all {
					t.AppendRow(table.Row{s.ID, age(s.Received), s.Supplier, s.Kind, short(s.Number, 24), short(strings.Join(s.Orders, " "), 24), s.State, s.Reason})
				}
			})
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	f.flags(cmd, true)
	return cmd
}

// shownDocument is the JSON of documents show.
type shownDocument struct {
	Status  queue.Status   `json:"status"`
	History []queue.Record `json:"history"`
	Event   *event.Event   `json:"event"`
}

func newDocumentsShow() *cobra.Command {
	var in installation
	var out output
	var original bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show one document: its state, what happened to it and what it says", Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, done, err := in.open(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			var d shownDocument
			if d.Event, _, err = q.Find(cmd.Context(), args[0]); err == nil {
				d.Status, err = q.Status(cmd.Context(), args[0])
			}
			if err == nil {
				d.History, err = q.History(cmd.Context(), args[0])
			}
			if err != nil {
				return fmt.Errorf("show document %s: %w", args[0], err)
			}
			if original {
				_, err := io.WriteString(cmd.OutOrStdout(), d.Event.Data.Original.CXML)
				return err
			}
			if out.format == "json" {
				return printJSON(cmd.OutOrStdout(), d)
			}
			return d.print(cmd.OutOrStdout())
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	cmd.Flags().BoolVar(&original, "original", false, "print the cXML as it was sent, secrets blanked")
	return cmd
}

func (d shownDocument) print(w io.Writer) error {
	s := d.Status
	facts := newTable(w)
	for _, row := range [][2]string{
		{"document", s.ID}, {"account", s.Account}, {"supplier", s.Supplier}, {"kind", string(s.Kind)}, {"number", short(s.Number, 80)},
		{"orders", short(strings.Join(s.Orders, " "), 80)}, {"payloadID", short(s.PayloadID, 80)}, {"received", s.Received.Format(time.RFC3339)},
		{"state", string(s.State)}, {"reason", string(s.Reason)}, {"means", s.Reason.Sentence()}, {"detail", short(s.Detail, 400)},
	} {
		if row[1] != "" {
			facts.AppendRow(table.Row{row[0], row[1]})
		}
	}
	facts.SetColumnConfigs([]table.ColumnConfig{{Number: 2, WidthMax: 100}})
	facts.Render()
	happened := newTable(w)
	happened.AppendHeader(table.Row{"time", "what", "attempt", "class", "reason", "calls", "by", "detail"})
	for _, r := range d.History {
		by := r.Worker
		if r.Actor != "" {
			by = r.Actor
		}
		happened.AppendRow(table.Row{r.Time.Format(time.RFC3339), r.Type, r.Attempt, r.Class, r.Reason, r.Calls, by, short(strings.TrimSpace(r.Detail+" "+r.Note), 160)})
		for _, e := range r.Effects {
			happened.AppendRow(table.Row{"", "", "", "", "", "", "", short(effectText(e), 160)})
		}
	}
	happened.SetColumnConfigs([]table.ColumnConfig{{Number: 8, WidthMax: 80}})
	happened.Render()
	return nil
}

func effectText(e queue.Effect) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Record, e.Number)
	if e.Line != 0 {
		fmt.Fprintf(&b, " line %d", e.Line)
	}
	fmt.Fprintf(&b, " %s: %s -> %s", e.Field, e.Before, e.After)
	return b.String()
}
