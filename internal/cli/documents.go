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
	var in installation
	var out output
	var f filter
	var again watch
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List documents, newest first", Args: exactly(),
		Example: "  counterpunch documents ls --supplier acme --since 24h\n  counterpunch documents ls --order PO-1001 -o json\n  counterpunch documents ls --state parked --watch",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			_, q, done, err := in.openFor(cmd, &f)
			if err != nil {
				return err
			}
			defer done()
			return again.run(cmd, func() error { return listDocuments(cmd, q, &f, &out) })
		},
	}
	in.flag(cmd)
	out.flag(cmd)
	f.flags(cmd, 100)
	f.stateFlag(cmd)
	again.flags(cmd)
	return cmd
}

// openFor checks the filter before it connects, so that a mistyped flag does not wait for NATS.
func (i *installation) openFor(cmd *cobra.Command, f *filter) (queue.Filter, *queue.Queue, func(), error) {
	wanted, err := f.queue()
	if err != nil {
		return wanted, nil, nil, err
	}
	_, q, done, err := i.open(cmd.Context())
	return wanted, q, done, err
}

func listDocuments(cmd *cobra.Command, q *queue.Queue, f *filter, out *output) error {
	wanted, err := f.queue() // anew each time, because --since counts from now
	if err != nil {
		return err
	}
	all, err := q.Documents(cmd.Context(), wanted)
	if err != nil {
		return fmt.Errorf("list documents: %w", err)
	}
	g := newGrid("id", "age", "supplier~", "kind~", "number~", "orders~", "state", "reason~")
	for _, s := range all {
		g.add(s.ID, age(s.Received), s.Supplier, s.Kind, s.Number, orderList(s.Orders), s.State, s.Reason)
	}
	if err := out.print(cmd.OutOrStdout(), list(all), g); err != nil {
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
		return "", usageError{fmt.Errorf("several documents have the number %q; give the id of one:\n%s", name, strings.Join(lines, "\n"))}
	}
	return found[0].ID, nil
}
