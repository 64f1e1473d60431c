package audit_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// group is a number of documents of one kind on orders that are new to the worker, or known.
type group struct {
	kind   string
	known  bool
	budget int // calls a document, by the design
	orders []simulator.SeedOrder
	make   func(simulator.SeedOrder) ([]byte, error)
}

// groups are the six groups of n documents each, in the order in which they are sent: the later ones of an order find it
// known. Every order is seeded. guard is what it costs to look whether a number is in NetSuite already, where no order has
// to be looked for with the same call.
func (w *world) groups(n, guard int) []group {
	set := func(letter string) []simulator.SeedOrder {
		var stories []story
		for i := range n {
			stories = append(stories, prefixed(story{orders: one(usual("P1"))}, fmt.Sprintf("%s%d-", letter, i)))
		}
		var all []simulator.SeedOrder
		byID := w.seedOrders(stories)
		for _, id := range slices.Sorted(maps.Keys(byID)) {
			all = append(all, byID[id])
		}
		return all
	}
	confirmed, shipped, billed := set("c"), set("s"), set("b")
	confirm := func(o simulator.SeedOrder) ([]byte, error) {
		g, err := demo.OrderConfirmation(demo.Acme(), o)
		return g.Body, err
	}
	bill := func(o simulator.SeedOrder) ([]byte, error) { return taxed("I-"+o.TranID, o.TranID).xml(), nil }
	return []group{
		{"order-confirmation", false, 3, confirmed, confirm},
		{"order-confirmation", true, 2, confirmed, changed},
		{"ship-notice", false, 3, shipped, notice},
		{"ship-notice", true, 2, confirmed, notice},
		{"invoice", false, 4, billed, bill},
		{"invoice", true, 3 + guard, confirmed, bill},
	}
}

// changed is a later confirmation that puts the first line on back order.
func changed(o simulator.SeedOrder) ([]byte, error) {
	g, err := demo.OrderConfirmation(demo.Acme(), o)
	text := string(g.Body)
	for _, change := range [][2]string{
		{`payloadID="` + g.Number, `payloadID="later.` + g.Number}, {`confirmID="` + g.Number, `confirmID="later.` + g.Number},
		{`type="accept" noticeDate="2026-09-02`, `type="detail" noticeDate="2026-09-03`}, {`type="accept"`, `type="backordered"`},
	} {
		if err == nil && !strings.Contains(text, change[0]) {
			err = fmt.Errorf("the generated confirmation has no %q", change[0])
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	return []byte(text), err
}

// notice is the ship notice for the first line of an order.
func notice(o simulator.SeedOrder) ([]byte, error) {
	id := "S-" + o.TranID
	envelope, _, _ := strings.Cut(string(invoice{id: id}.xml()), "<Request>")
	return fmt.Appendf(nil, `%s<Request><ShipNoticeRequest>
<ShipNoticeHeader shipmentID="%s" noticeDate="2026-09-10T09:00:00-05:00" shipmentDate="2026-09-10T09:00:00-05:00" deliveryDate="2026-09-14T09:00:00-05:00"/>
<ShipControl><CarrierIdentifier domain="companyName">UPS</CarrierIdentifier><ShipmentIdentifier>1Z%s</ShipmentIdentifier></ShipControl>
<ShipNoticePortion><OrderReference orderID="%s"><DocumentReference payloadID=""/></OrderReference>
<ShipNoticeItem quantity="3" lineNumber="1"><ItemID><SupplierPartID>V-201</SupplierPartID></ItemID><UnitOfMeasure>EA</UnitOfMeasure></ShipNoticeItem>
</ShipNoticePortion></ShipNoticeRequest></Request></cXML>`, envelope, id, o.ID, o.TranID), nil
}

// callsOfADocument sends the groups and returns, for each, a row of what NetSuite was called for.
func (w *world) callsOfADocument(n, guard int) string {
	w.t.Helper()
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "document\torder\tdocuments\tcalls\ta document\tdesign\tcalls by kind")
	total, calls := 0, 0
	for _, g := range w.groups(n, guard) {
		var bodies [][]byte
		for _, o := range g.orders {
			body, err := g.make(o)
			if err != nil {
				w.t.Fatal(err)
			}
			bodies = append(bodies, body)
		}
		before := w.NetSuite.Books()
		for i, p := range w.post(bodies) {
			if p.status.State != queue.StateApplied {
				w.t.Fatalf("%s %d: %s", g.kind, i, p)
			}
		}
		after := w.NetSuite.Books()
		made := after.TotalCalls - before.TotalCalls
		total, calls = total+len(bodies), calls+made
		order := "new"
		if g.known {
			order = "known"
		}
		fmt.Fprintf(out, "%s\t%s\t%d\t%d\t%.3f\t%d\t%s\n", g.kind, order, len(bodies), made, float64(made)/float64(len(bodies)), g.budget, byKind(before.Calls, after.Calls))
		if made != g.budget*len(bodies) {
			w.t.Errorf("%s on a %s order: %d calls for %d documents, want %d each", g.kind, order, made, len(bodies), g.budget)
		}
	}
	fmt.Fprintf(out, "all\t\t%d\t%d\t%.3f\t\t\n", total, calls, float64(calls)/float64(total))
	out.Flush()
	return table.String()
}

func byKind(before, after map[string]int) string {
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(after)) {
		if n := after[kind] - before[kind]; n > 0 {
			all = append(all, fmt.Sprintf("%s %d", kind, n))
		}
	}
	return strings.Join(all, ", ")
}

// guards are the two ways of keeping a vendor's numbers from being used twice, with what the look costs.
var guards = []struct {
	name  string
	guard int
}{{"look", 1}, {"blocked", 0}}

func under(rule string) func(*config.Config) {
	return func(c *config.Config) {
		for i := range c.Accounts {
			c.Accounts[i].Bill.DuplicateNumbers = rule
		}
	}
}

// TestCallsOfADocumentAreThoseOfTheDesign counts NetSuite's calls by its own log.
func TestCallsOfADocumentAreThoseOfTheDesign(t *testing.T) {
	for _, r := range guards {
		t.Run(r.name, func(t *testing.T) {
			w := open(t, under(r.name), simulator.Options{})
			t.Logf("\n%s", w.callsOfADocument(20, r.guard))
			w.sound()
		})
	}
}

// BenchmarkCallsOfADocument is the same over 1,002 documents.
func BenchmarkCallsOfADocument(b *testing.B) {
	for _, r := range guards {
		b.Run(r.name, func(b *testing.B) {
			for range b.N {
				w := open(b, under(r.name), simulator.Options{KeepCalls: 20_000})
				b.Logf("\n%s", w.callsOfADocument(167, r.guard))
			}
		})
	}
}
