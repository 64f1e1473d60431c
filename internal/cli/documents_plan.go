package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/delivery"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
)

func newDocumentsPlan() *cobra.Command {
	var s session
	cmd := &cobra.Command{
		Use: "plan ID", Short: "Ask NetSuite what bringing one document in would do now, and write nothing", Args: exactly("ID"),
		Long: "Look up the orders of one document, named by its id or its own number, and tell what the worker would do with it now:\n" +
			"the calls that write, each field before and after, what no field takes, what differs; or why it would be refused or\n" +
			"parked. Nothing is written, neither to NetSuite nor to the queue. NetSuite is called with the sign-in and the slots of\n" +
			"the document's account; what it refuses only when it is written to, a preview cannot tell.",
		Example: "  counterpunch documents plan INV-60044\n  counterpunch documents plan INV-60044 -o json",
		RunE: s.onDocument(func(cmd *cobra.Command, id string) error {
			p, err := newPlanner(&s)
			if err != nil {
				return err
			}
			defer p.close()
			shown, err := p.preview(cmd.Context(), id)
			if err != nil {
				return err
			}
			if err := s.out.show(cmd, shown, shown.print); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "nothing was written; calls to NetSuite: %d\n", shown.Reads)
			return nil
		}),
	}
	s.flags(cmd)
	return cmd
}

// planner previews documents, each with the sign-in of its account.
type planner struct {
	in      *installation
	cfg     *config.Config
	queue   *queue.Queue
	clients map[string]*netsuite.Client
}

func newPlanner(s *session) (*planner, error) {
	cfg, err := s.in.load(config.AccountSecrets)
	if err != nil {
		return nil, err
	}
	return &planner{in: &s.in, cfg: cfg, queue: s.queue, clients: map[string]*netsuite.Client{}}, nil
}

func (p *planner) close() {
	for _, c := range p.clients {
		c.Close()
	}
}

func (p *planner) preview(ctx context.Context, id string) (shownPreview, error) {
	status, err := p.queue.Status(ctx, id)
	if err != nil {
		return shownPreview{}, fmt.Errorf("plan document %s: %w", id, err)
	}
	e, _, err := p.queue.Find(ctx, id)
	if err != nil {
		return shownPreview{}, fmt.Errorf("plan document %s: %w", id, err)
	}
	o, err := p.options(e.Account)
	if err != nil {
		return shownPreview{}, err
	}
	made, err := delivery.Plan(ctx, o, e)
	if failed := (*netsuite.Error)(nil); errors.As(err, &failed) {
		return shownPreview{}, called(err)
	}
	if err != nil {
		return shownPreview{}, err
	}
	return shownPreview{Preview: made, Means: made.Reason.Sentence(), Now: status.State}, nil
}

func (p *planner) options(name string) (delivery.PlanOptions, error) {
	account, err := p.in.account(p.cfg, name)
	if err != nil {
		return delivery.PlanOptions{}, err
	}
	client := p.clients[name]
	if client == nil {
		if client, err = newClient(*account); err != nil {
			return delivery.PlanOptions{}, err
		}
		p.clients[name] = client
	}
	o, err := app.PlanOptions(p.cfg, *account, p.queue, client)
	if err != nil {
		return o, usageError{err}
	}
	return o, nil
}

// preview asks NetSuite about the first documents, as many as are wanted, one at a time. It ends at the first that cannot be
// made: sign-ins that are refused again and again lock the user.
func (c *change) preview(cmd *cobra.Command, chosen []queue.Status) ([]shownPreview, error) {
	if !c.plan {
		return nil, nil
	}
	p, err := newPlanner(&c.session)
	if err != nil {
		return nil, err
	}
	defer p.close()
	asked := chosen[:min(c.plans, len(chosen))]
	bar := newProgress(cmd.ErrOrStderr(), "planned")
	defer bar.stop()
	var all []shownPreview
	for i, s := range asked {
		bar.at(i, len(asked))
		shown, err := p.preview(cmd.Context(), s.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, shown)
	}
	return all, nil
}

// tellOutcomes counts what would become of the documents that were asked about.
func tellOutcomes(w io.Writer, planned []shownPreview, chosen int) {
	count := map[string]int{}
	for _, p := range planned {
		count[p.becomes()]++
	}
	g := newGrid("documents", "would become~")
	for _, name := range slices.Sorted(maps.Keys(count)) {
		g.add(count[name], name)
	}
	fmt.Fprintln(w, "\nOutcomes")
	g.render(w, widthOf(w))
	if left := chosen - len(planned); left > 0 {
		fmt.Fprintf(w, "NetSuite was not asked about %d of them; --plans asks about more\n", left)
	}
}

// becomes says what would become of the document.
func (s shownPreview) becomes() string {
	text := string(s.State)
	if s.Reason != "" {
		text += " (" + string(s.Reason) + ")"
	}
	if len(s.Calls) == 0 {
		text += ", nothing to write"
	}
	return text
}

// shownPreview is the JSON of documents plan.
type shownPreview struct {
	delivery.Preview
	Means string      `json:"means,omitempty"` // the reason in a sentence
	Now   queue.State `json:"now"`             // the document's state
}

func (s shownPreview) print(w io.Writer) {
	width := widthOf(w)
	s.facts().render(w, width)
	var changes []string
	for _, c := range s.Changes {
		changes = append(changes, c.String())
	}
	printList(w, width, "Changes", changes)
	if len(s.Calls) > 0 {
		fmt.Fprintln(w, "\nCalls")
	}
	for _, c := range s.Calls {
		printIndented(w, width, requestLine(c))
		if len(c.Body) > 0 {
			printIndented(w, width, string(c.Body))
		}
	}
	printDifferenceTable(w, width, s.Differences)
	printList(w, width, "No field in NetSuite takes", s.Unmapped)
}

func (s shownPreview) facts() facts {
	var f facts
	f.add("document", s.DocumentID)
	f.add("account", s.Account)
	f.add("supplier", s.Supplier)
	f.add("kind", s.Kind)
	f.add("number", s.Number)
	f.add("now", s.Now)
	f.add("would be", s.State)
	f.add("reason", s.Reason)
	f.add("means", s.Means)
	f.add("detail", s.Detail)
	f.add("NetSuite says", s.NetSuite)
	var orders []string
	for _, o := range s.Orders {
		orders = append(orders, fmt.Sprintf("%s (internal id %s, vendor %s)", o.Number, o.ID, o.Vendor))
	}
	f.add("orders", strings.Join(orders, ", "))
	if x := s.Existing; x != nil {
		f.add("already there", fmt.Sprintf("%s %s with external id %s", x.Record, x.ID, x.ExternalID))
	}
	if len(s.Calls) == 0 {
		f.add("writes", "nothing")
	}
	return f
}

// requestLine is a call as it would be sent, below the record API's address.
func requestLine(c mapping.Call) string {
	query := url.Values{}
	for name, value := range c.Query {
		query.Set(name, value)
	}
	text := c.Method + " " + c.Path
	if len(query) > 0 {
		text += "?" + query.Encode()
	}
	return text
}
