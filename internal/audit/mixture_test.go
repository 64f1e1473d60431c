package audit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"counterpunch/internal/demo"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// rounds are what suppliers say of an order, one after the other: every kind of write that the program knows is among
// them. Each document is made for the order and for the one beside it.
func rounds() []func(order, beside simulator.SeedOrder) ([]byte, error) {
	bill := func(id string, parts []part, c charges, subtotal, net string) ([]byte, error) {
		return invoice{id: id, parts: parts, charges: c, subtotal: subtotal, net: net}.xml(), nil
	}
	return []func(o, beside simulator.SeedOrder) ([]byte, error){
		func(o, _ simulator.SeedOrder) ([]byte, error) {
			g, err := demo.OrderConfirmation(demo.Acme(), o)
			return g.Body, err
		},
		func(o, _ simulator.SeedOrder) ([]byte, error) { return notice(o) },
		func(o, _ simulator.SeedOrder) ([]byte, error) { // a transform
			return bill("A-"+o.TranID, of(o.TranID, widgets("3", "15.00")), charges{tax: "1.24"}, "15.00", "16.24")
		},
		func(o, _ simulator.SeedOrder) ([]byte, error) { return changed(o) },
		func(o, beside simulator.SeedOrder) ([]byte, error) { // a bill of two orders is a record of its own
			return bill("B-"+o.TranID, []part{{order: o.TranID, lines: []line{widgets("2", "10.00")}}, {order: beside.TranID, lines: []line{brackets("1", "12.50")}}},
				charges{shipping: "4.50"}, "22.50", "27.00")
		},
		func(o, _ simulator.SeedOrder) ([]byte, error) { // a credit of the first bill
			return invoice{id: "C-" + o.TranID, purpose: "lineLevelCreditMemo", refers: "A-" + o.TranID,
				parts: of(o.TranID, line{at: 1, part: "V-201", quantity: "-1", price: "5.00", amount: "-5.00"}), subtotal: "-5.00", net: "-5.00"}.xml(), nil
		},
	}
}

// mixture seeds orders and returns n documents about them, the first of every order before the second of any.
func (w *world) mixture(n int) [][]byte {
	w.t.Helper()
	says := rounds()
	var stories []story
	for i := range (n + len(says) - 1) / len(says) {
		stories = append(stories, prefixed(story{orders: one(usual("P1"))}, fmt.Sprintf("m%d-", i)))
	}
	byID := w.seedOrders(stories)
	var orders []simulator.SeedOrder
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		orders = append(orders, byID[id])
	}
	var all [][]byte
	for _, say := range says {
		for i, o := range orders {
			body, err := say(o, orders[(i+1)%len(orders)])
			if err != nil {
				w.t.Fatal(err)
			}
			all = append(all, body)
		}
	}
	return all[:n]
}

// bringAllIn posts documents and waits until each has come to its end, which has to be a good one.
func (w *world) bringAllIn(documents [][]byte) {
	w.t.Helper()
	for i, p := range w.post(documents) {
		if p.status.State == queue.StateParked {
			p = w.end(p.status.ID)
		}
		if !p.good() {
			w.t.Errorf("document %d: %s", i, p)
		}
	}
}

// state is what the books hold, with nothing that depends on the sequence in which records were made.
func state(t testing.TB, b simulator.Books) map[string]string {
	t.Helper()
	numbers := map[string]string{}
	for _, r := range b.VendorBills {
		numbers[r.ID] = r.TranID
	}
	all := map[string]string{}
	for _, r := range slices.Concat(b.PurchaseOrders, b.VendorBills, b.VendorCredits) {
		r.ID = ""
		for _, a := range r.Apply {
			a.Fields["doc"] = numbers[a.Fields["doc"]]
		}
		for _, name := range []string{"createdFrom", "createdDate", "lastModifiedDate"} {
			delete(r.Fields, name)
		}
		text, err := json.MarshalIndent(r, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		all[r.Type+" "+r.TranID] += string(text)
	}
	return all
}

// differ lists the records that are not the same in two states.
func differ(want, got map[string]string) string {
	var wrong []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if want[key] != got[key] {
			wrong = append(wrong, fmt.Sprintf("%s is\n%s\nwant\n%s", key, got[key], want[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s should not be:\n%s", key, got[key]))
		}
	}
	return strings.Join(wrong, "\n")
}
