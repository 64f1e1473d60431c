package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"counterpunch/internal/queue"
)

func newDocuments() *cobra.Command {
	return group("documents", "Look at what suppliers sent and what became of it", newDocumentsList(), newDocumentsShow(), newDocumentsPlan(), newDocumentsAttachments(), newDocumentsSchema(), newDocumentsForget())
}

func newDocumentsList() *cobra.Command {
	var s session
	var f filter
	var again watch
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List documents, newest first", Args: exactly(),
		Example: "  counterpunch documents ls --supplier acme --since 24h\n  counterpunch documents ls --order PO-1001 -o json\n  counterpunch documents ls --state parked --watch",
		RunE: s.run(func(cmd *cobra.Command, _ []string) error {
			return again.run(cmd, func() error { return s.listDocuments(cmd, &f) })
		}),
	}
	s.flags(cmd)
	f.flags(cmd, 100)
	f.stateFlag(cmd, "only ", queue.States())
	again.flags(cmd)
	return cmd
}

func (s *session) listDocuments(cmd *cobra.Command, f *filter) error {
	all, err := s.queue.Documents(cmd.Context(), f.queue())
	if err != nil {
		return fmt.Errorf("list documents: %w", err)
	}
	g := newGrid("id", "age", "supplier~", "kind~", "number~", "orders~", "state", "reason~")
	for _, d := range all {
		g.add(d.ID, age(d.Received), d.Supplier, d.Kind, d.Number, orderList(d.Orders), d.State, d.Reason)
	}
	if err := s.out.print(cmd, list(all), g); err != nil {
		return err
	}
	f.note(cmd, "documents match", len(all))
	return nil
}

// orderList names a few orders and counts the others.
func orderList(orders []string) string {
	const most = 3
	if len(orders) <= most {
		return strings.Join(orders, " ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(orders[:most], " "), len(orders)-most)
}

// resolve returns the id of a document that is named by its id or by its own number.
func resolve(ctx context.Context, q *queue.Queue, name string) (string, error) {
	name = strings.TrimSpace(name)
	if id, err := uuid.Parse(name); err == nil {
		return id.String(), nil
	}
	found, err := q.Documents(ctx, queue.Filter{Number: name, Limit: 10})
	switch {
	case err != nil:
		return "", fmt.Errorf("look up document %q: %w", name, err)
	case len(found) == 0:
		return "", fmt.Errorf("no document has the id or the number %q; counterpunch documents ls finds it by supplier, order or time: %w", name, queue.ErrNotFound)
	case len(found) > 1:
		var lines []string
		for _, s := range found {
			lines = append(lines, fmt.Sprintf("  %s  %s of %s, %s", s.ID, s.Kind, s.Supplier, s.State))
		}
		return "", usagef("several documents have the number %q; give the id of one:\n%s", name, strings.Join(lines, "\n"))
	}
	return found[0].ID, nil
}
