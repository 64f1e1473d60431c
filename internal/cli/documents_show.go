package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/spf13/cobra"

	"counterpunch/internal/cxml"
	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
)

// shownDocument is the JSON of documents show. Event is left out when the document itself was deleted.
type shownDocument struct {
	Status  queue.Status       `json:"status"`
	Means   string             `json:"means,omitempty"` // the reason in a sentence
	History []queue.Record     `json:"history"`
	Event   *cloudevents.Event `json:"event,omitempty"`

	original cxml.Original
	files    int
}

func newDocumentsShow() *cobra.Command {
	var s session
	var original bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show one document: its state, what happened to it and what it says", Args: exactly("ID"),
		Long: "Show one document, named by its id or its own number: its state, what happened to it, what was changed in NetSuite,\n" +
			"what differs, and what no field takes.",
		RunE: s.onDocument(func(cmd *cobra.Command, id string) error {
			d, err := readDocument(cmd.Context(), s.queue, id)
			if err != nil {
				return err
			}
			if original {
				return d.printOriginal(cmd.OutOrStdout())
			}
			return s.out.show(cmd, d, d.print)
		}),
	}
	s.flags(cmd)
	cmd.Flags().BoolVar(&original, "original", false, "print the cXML as it was sent, secrets blanked")
	return cmd
}

func readDocument(ctx context.Context, q *queue.Queue, id string) (shownDocument, error) {
	var d shownDocument
	var err error
	if d.Status, err = q.Status(ctx, id); err == nil {
		d.History, err = q.History(ctx, id)
	}
	if err != nil {
		return d, fmt.Errorf("show document %s: %w", id, err)
	}
	d.History, d.Means = list(d.History), d.Status.Reason.Sentence()
	e, _, err := q.Find(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return d, nil // forgotten: what happened to it is still there
	}
	if err != nil {
		return d, fmt.Errorf("read document %s: %w", id, err)
	}
	d.original, d.files = e.Data.Original, len(e.Data.Attachments)
	ce, err := e.CloudEvent()
	if err != nil {
		return d, fmt.Errorf("read document %s: %w", id, err)
	}
	d.Event = &ce
	return d, nil
}

// printOriginal writes the bytes as they were received. On a terminal, what it would act upon is left out.
func (d shownDocument) printOriginal(w io.Writer) error {
	body := []byte(d.original.CXML)
	if d.original.Base64 != "" {
		var err error
		if body, err = base64.StdEncoding.DecodeString(d.original.Base64); err != nil {
			return fmt.Errorf("decode the original of document %s: %w", d.Status.ID, err)
		}
	}
	if len(body) == 0 {
		return fmt.Errorf("the original of document %s is not kept any more: %w", d.Status.ID, queue.ErrNotFound)
	}
	return printText(w, body)
}

func (d shownDocument) print(w io.Writer) {
	width := widthOf(w)
	d.facts().render(w, width)
	if last := d.newest(); last != nil {
		printDifferences(w, width, last.Differences)
		printList(w, width, "No field in NetSuite takes", last.Unmapped)
	}
	if len(d.History) == 0 {
		return
	}
	fmt.Fprintln(w, "\nHistory")
	for _, r := range d.History {
		printRecord(w, width, r)
	}
}

func (d shownDocument) facts() facts {
	s, f := d.Status, facts{}
	f.add("document", s.ID)
	f.add("account", s.Account)
	f.add("supplier", s.Supplier)
	f.add("kind", s.Kind)
	f.add("number", s.Number)
	f.add("orders", strings.Join(s.Orders, " "))
	f.add("payloadID", s.PayloadID)
	if d.files > 0 {
		f.add("attachments", fmt.Sprintf("%d, see counterpunch documents attachments %s", d.files, s.ID))
	}
	f.add("received", stamp(s.Received)+", "+age(s.Received)+" ago")
	f.add("state", s.State)
	if s.Due != nil {
		f.add("due", stamp(*s.Due))
	}
	f.add("reason", s.Reason)
	f.add("fingerprint", s.Fingerprint)
	f.add("means", d.Means)
	f.add("detail", s.Detail)
	if last := d.newest(); last != nil {
		f.add("NetSuite says", last.NetSuite)
	}
	if s.Forgotten {
		f.add("forgotten", "the document itself was deleted; this is what is known of it")
	}
	switch s.State {
	case queue.StateDeadLettered, queue.StateParked:
		f.add("to do", "counterpunch deadletters replay "+s.ID+", or discard it with --note")
	}
	return f
}

// newest is the record that says where the document stands.
func (d shownDocument) newest() *queue.Record {
	if len(d.History) == 0 {
		return nil
	}
	return &d.History[len(d.History)-1]
}

func printDifferences(w io.Writer, width int, raw json.RawMessage) {
	var all []mapping.Difference
	if len(raw) > 0 && json.Unmarshal(raw, &all) == nil {
		printDifferenceTable(w, width, all)
	}
}

func printDifferenceTable(w io.Writer, width int, all []mapping.Difference) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, "\nDifferences")
	g := newGrid("line", "what~", "expected~", "found~")
	for _, x := range all {
		at := ""
		if x.Line > 0 {
			at = fmt.Sprint(x.Line)
		}
		g.add(at, x.What, x.Expected, x.Found)
	}
	g.render(w, width)
}

func printList(w io.Writer, width int, title string, all []string) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, "\n"+title)
	for _, one := range all {
		printIndented(w, width, one)
	}
}

func printIndented(w io.Writer, width int, s string) {
	if width > 0 {
		width = max(20, width-4)
	}
	for _, l := range wrap(line(s), width) {
		fmt.Fprintln(w, "    "+l)
	}
}

// printRecord writes one thing that happened, with everything that it says.
func printRecord(w io.Writer, width int, r queue.Record) {
	head := []string{stamp(r.Time), string(r.Type)}
	for _, part := range []struct{ name, value string }{
		{"", string(r.Reason)}, {"class ", r.Class}, {"by ", r.Actor}, {"approved by ", r.Approver}, {"job ", r.Job}, {"worker ", r.Worker},
	} {
		if part.value != "" {
			head = append(head, part.name+line(part.value))
		}
	}
	if r.Attempt > 0 {
		head = append(head, fmt.Sprint("attempt ", r.Attempt))
	}
	if r.Calls > 0 {
		head = append(head, fmt.Sprint(r.Calls, " calls"))
	}
	if r.Due != nil {
		head = append(head, "due "+stamp(*r.Due))
	}
	for i, l := range wrap(strings.Join(head, "  "), max(0, width-4)) {
		fmt.Fprintln(w, "  "+strings.Repeat("  ", min(i, 1))+l)
	}
	for _, text := range []string{r.Note, r.Detail} {
		if text != "" {
			printIndented(w, width, text)
		}
	}
	if r.NetSuite != "" && !strings.Contains(r.Detail, r.NetSuite) {
		printIndented(w, width, "NetSuite says: "+r.NetSuite)
	}
	if r.Type == queue.AttemptStarted {
		for _, text := range calls(r.Plan) {
			printIndented(w, width, text)
		}
	}
	for _, e := range r.Effects {
		printIndented(w, width, effectText(e))
	}
}

// calls writes the calls that an attempt may have sent, each with its body.
func calls(plan json.RawMessage) []string {
	var p mapping.Plan
	if json.Unmarshal(plan, &p) != nil {
		return nil
	}
	all := make([]string, len(p.Calls))
	for i, c := range p.Calls {
		all[i] = strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Method, c.Path, c.Body))
	}
	return all
}

// effectText writes an effect as plans and fixtures do.
func effectText(e queue.Effect) string {
	return mapping.Change{Record: e.Record, ID: e.ID, Number: e.Number, Line: e.Line, Field: e.Field, Before: e.Before, After: e.After}.String()
}
