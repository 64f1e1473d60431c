package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"counterpunch/internal/config"
	"counterpunch/internal/doctor"
	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
	"counterpunch/internal/simulator"
)

// otherwise are the rules by which NetSuite takes what is sent and makes something else of it.
func otherwise() []rule {
	return []rule{
		{"postedOrderDoc=ignored", true, false, func(k *simulator.Knobs) { k.PostedOrderDoc = simulator.Ignored }},
		{"orderLine=position", true, false, func(k *simulator.Knobs) { k.OrderLine = simulator.ByPosition }},
		{"transformRate=order", true, false, func(k *simulator.Knobs) { k.TransformRate = simulator.OrderRate }},
	}
}

// mistakable are the good invoices, and those that such a rule gets wrong most quietly.
func mistakable() []story {
	all := append(good(), story{name: "another price than the order's", orders: one(usual("P1")),
		inv: invoice{id: "I1", parts: of("P1", line{at: 1, part: "V-201", quantity: "10", price: "5.10", amount: "51.00"}), subtotal: "51.00", net: "51.00"}},
		story{name: "one item in all lines, keys with gaps",
			orders: one(order("P1", ordered(1, "201", "10", "5.00", "EA"), ordered(3, "201", "10", "5.00", "EA"), ordered(4, "201", "10", "5.00", "EA"))),
			inv:    invoice{id: "I1", parts: of("P1", line{at: 2, part: "V-201", quantity: "3", price: "5.00", amount: "15.00"}), subtotal: "15.00", net: "15.00"}})
	return slices.DeleteFunc(all, func(s story) bool { return len(s.before) > 0 })
}

// TestNoBillIsOtherThanSentUnseen brings in invoices, by each strategy, to a NetSuite that links or prices bills otherwise
// than this program takes it to. Each is billed to the cent and linked to its lines, or on payment hold with its table, or
// was refused by NetSuite and is no bill.
func TestNoBillIsOtherThanSentUnseen(t *testing.T) {
	stories := mistakable()
	expected := witness(t, stories)
	for i, strategy := range strategies() {
		if (testing.Short() || raced) && i > 0 {
			continue
		}
		w := open(t, func(c *config.Config) {
			c.Accounts[0].Bill.Strategy = strategy
			c.Accounts[0].Bill.Tolerance = config.Tolerance{Percent: document.MustDecimal("5"), Amount: document.MustDecimal("1")}
		}, simulator.Options{})
		for i, r := range otherwise() {
			knobs := simulator.DefaultKnobs()
			r.turn(&knobs)
			if err := w.NetSuite.Turn(func(k *simulator.Knobs) { *k = knobs }); err != nil {
				t.Fatal(err)
			}
			// The doctor finds nothing to work that does not, and says what the order cannot show.
			advice, want := w.advised(fmt.Sprintf("d%d-", i)), doctor.OK
			switch {
			case strategy == mapping.PostOrderDoc:
				want = doctor.Warning
			case knobs.TransformRate == simulator.OrderRate:
				want = doctor.Failed
			}
			if advice.Result != want || want == doctor.OK && !strings.Contains(strings.Join(advice.Advice, "\n"), "orderLine") {
				t.Errorf("%s: the doctor says of %s: %s, want %s: %s %v", r.name, strategy, advice.Result, want, advice.Found, advice.Advice)
			}
			t.Logf("%s, %s: %s", strategy, r.name, w.judge(stories, expected, fmt.Sprintf("o%d-", i), strategy+", "+r.name))
		}
	}
}

// judge posts the invoices of stories and says how many were billed, are held and were refused.
func (w *world) judge(stories []story, expected map[string]account, prefix, rule string) string {
	w.t.Helper()
	var told []story
	var bodies [][]byte
	for i, s := range stories {
		s = prefixed(s, fmt.Sprintf("%s%d-", prefix, i))
		told, bodies = append(told, s), append(bodies, s.inv.xml())
	}
	orders := w.seedOrders(told)
	results := w.post(bodies)
	books := w.NetSuite.Books()
	billed, held, refused := 0, 0, 0
	for i, s := range stories {
		want, p, id := expected[s.name+".xml"], results[i], told[i].inv.id
		found := books.Bills("501", id)
		if want.Credit {
			found = books.Credits("501", id)
		}
		var wrong []string
		switch {
		case p.status.State == queue.StateApplied && len(found) == 1:
			billed++
			wrong = compare(want, found[0], orders, strings.TrimSuffix(id, s.inv.id))
		case p.last.Reason == reason.CreatedDifferently && len(found) == 1 && len(p.differences()) > 0:
			held++
			if found[0].Fields["paymentHold"] != "true" {
				wrong = append(wrong, "it is not on payment hold")
			}
		case p.last.Reason == reason.NetSuiteRefused && len(found) == 0:
			refused++
		default:
			wrong = append(wrong, fmt.Sprintf("%s, %d records", p, len(found)))
		}
		if len(wrong) > 0 {
			w.t.Errorf("%s: %s: %s", rule, s.name, strings.Join(wrong, "; "))
		}
	}
	return fmt.Sprintf("%d billed, %d held, %d refused", billed, held, refused)
}
