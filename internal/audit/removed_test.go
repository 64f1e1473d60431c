package audit_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// gapped is an order of three lines whose keys have gaps. Each has a price and a quantity of its own, which bear it out.
func gapped(number string) simulator.SeedOrder {
	return status(order(number, ordered(2, "201", "10", "5.00", "EA"), ordered(5, "202", "4", "12.50", "EA"), ordered(9, "203", "500", "0.085", "EA")), "B")
}

// confirmed is the confirmation of the lines of gapped, which it counts from 1: the first n of each quantity are accepted.
func confirmed(o simulator.SeedOrder, id string, day int, share int) []byte {
	envelope, _, _ := strings.Cut(string(invoice{id: id}.xml()), "<Request>")
	var items strings.Builder
	for i, l := range o.Items {
		ordered, _ := strconv.Atoi(l.Quantity)
		fmt.Fprintf(&items, `<ConfirmationItem lineNumber="%d" quantity="%d"><UnitOfMeasure>EA</UnitOfMeasure>`+
			`<ConfirmationStatus type="accept" quantity="%d"><UnitOfMeasure>EA</UnitOfMeasure><UnitPrice>%s</UnitPrice></ConfirmationStatus></ConfirmationItem>`,
			i+1, ordered, ordered/share, money("USD", l.Rate))
	}
	return fmt.Appendf(nil, `%s<Request><ConfirmationRequest><ConfirmationHeader confirmID="%s" type="detail" noticeDate="2026-09-%02dT08:00:00-05:00"/>`+
		`<OrderReference orderID="%s"><DocumentReference payloadID=""/></OrderReference>%s</ConfirmationRequest></Request></cXML>`,
		envelope, id, day, o.TranID, items.String())
}

// change is what people do to an order between two confirmations; lines is how many it then has.
type change struct {
	name  string
	acts  []simulator.Act
	lines int
}

func changes() []change {
	remove := func(line int) simulator.Act { return simulator.Act{Do: simulator.ActRemoveLine, Line: line} }
	insert := func(before int) simulator.Act {
		return simulator.Act{Do: simulator.ActInsertLine, Line: before, Item: "203", Quantity: "1", Rate: "1.00"}
	}
	return []change{
		{"nothing", nil, 3},
		{"first line removed", []simulator.Act{remove(2)}, 2},
		{"line between removed", []simulator.Act{remove(5)}, 2},
		{"last line removed", []simulator.Act{remove(9)}, 2},
		{"line inserted first", []simulator.Act{insert(2)}, 4},
		{"line inserted between", []simulator.Act{insert(5)}, 4},
		{"line inserted last", []simulator.Act{insert(0)}, 4},
		{"line removed, another in its place", []simulator.Act{remove(5), insert(9)}, 3},
		{"all but one removed", []simulator.Act{remove(2), remove(5)}, 1},
	}
}

// TestAnOrderWhoseLinesArePeoplesToChangeNeverGetsAnotherLine confirms orders, lets people remove and insert lines, and
// sends a second confirmation, a notice and a replay of what was said before. No line is added, and nothing that is said
// of one line stands on another.
func TestAnOrderWhoseLinesArePeoplesToChangeNeverGetsAnotherLine(t *testing.T) {
	each := 3
	if os.Getenv("COUNTERPUNCH_AUDIT") == "all" {
		each = 20
	}
	w := open(t, nil, simulator.Options{})
	all := changes()
	var stories []story
	for i := range each * len(all) {
		stories = append(stories, prefixed(story{orders: one(gapped("P1"))}, fmt.Sprintf("g%d-", i)))
	}
	byID := w.seedOrders(stories)
	var first, second [][]byte
	ids := slices.Sorted(maps.Keys(byID))
	for _, id := range ids {
		o := byID[id]
		first = append(first, confirmed(o, "OC1-"+o.TranID, 5, 1))
		second = append(second, confirmed(o, "OC2-"+o.TranID, 6, 2))
	}
	w.bringAllIn(first)
	for i, id := range ids {
		for _, a := range all[i%len(all)].acts {
			a.Record = id
			if err := w.NetSuite.Do(a); err != nil {
				t.Fatal(err)
			}
		}
	}
	ends := map[string]map[string]int{}
	results := w.post(second)
	for i, p := range results {
		c := all[i%len(all)]
		if ends[c.name] == nil {
			ends[c.name] = map[string]int{}
		}
		ends[c.name][strings.TrimSpace(fmt.Sprint(p.status.State, " ", p.last.Reason))]++
		if !p.good() && p.status.State != queue.StateDeadLettered {
			t.Errorf("%s: %s", c.name, p)
		}
	}
	books := w.sound()
	for i, id := range ids {
		c := all[i%len(all)]
		o, _ := books.Order(byID[id].TranID)
		if len(o.Items) != c.lines {
			t.Errorf("%s: order %s has %d lines, want %d", c.name, o.TranID, len(o.Items), c.lines)
		}
		for _, l := range o.Items {
			said, quantity := l.Fields["custcol_cp_confirmed_quantity"], map[string]int{"201": 10, "202": 4, "203": 500}[l.Fields["item"]]
			inserted := l.Fields["rate"] == "1"
			if allowed := []string{strconv.Itoa(quantity), strconv.Itoa(quantity / 2)}; inserted && said != "" || !inserted && !slices.Contains(allowed, said) {
				t.Errorf("%s: line %d of item %s at %s is confirmed over %q", c.name, l.Line, l.Fields["item"], l.Fields["rate"], said)
			}
		}
	}
	for _, c := range all {
		t.Logf("%-36s the second confirmation: %v", c.name, ends[c.name])
	}
}
