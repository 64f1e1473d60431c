package audit_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"slices"
	"testing"

	"counterpunch/internal/simulator"
)

// histories seeds orders and returns what their supplier says of them, in turn: three confirmations, of which the last
// counts, and two notices.
func (w *world) histories(orders int) [][]byte {
	w.t.Helper()
	var stories []story
	for i := range orders {
		stories = append(stories, prefixed(story{orders: one(gapped("P1"))}, fmt.Sprintf("h%d-", i)))
	}
	byID := w.seedOrders(stories)
	var all [][]byte
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		o := byID[id]
		shipped, err := notice(o)
		if err != nil {
			w.t.Fatal(err)
		}
		more := bytes.ReplaceAll(shipped, []byte("S-"+o.TranID), []byte("T-"+o.TranID))
		all = append(all, confirmed(o, "OC1-"+o.TranID, 5, 1), shipped, confirmed(o, "OC2-"+o.TranID, 6, 5), more, confirmed(o, "OC3-"+o.TranID, 7, 2))
	}
	return all
}

// TestOrdersAreTheSameHoweverTheirDocumentsArrive is the ledger's property end to end: posted in turn, and mixed with some
// of them posted twice, the same documents leave the same orders in NetSuite.
func TestOrdersAreTheSameHoweverTheirDocumentsArrive(t *testing.T) {
	orders, mixes := 10, 1
	if os.Getenv("COUNTERPUNCH_AUDIT") == "all" {
		orders, mixes = 100, 3
	}
	plain := open(t, nil, simulator.Options{})
	for _, body := range plain.histories(orders) {
		plain.bringAllIn([][]byte{body})
	}
	want := state(t, plain.sound())
	for mix := range mixes {
		w := open(t, nil, simulator.Options{})
		documents := w.histories(orders)
		r := rand.New(rand.NewSource(int64(mix)))
		for range len(documents) / 3 {
			documents = append(documents, documents[r.Intn(len(documents))])
		}
		r.Shuffle(len(documents), func(i, j int) { documents[i], documents[j] = documents[j], documents[i] })
		w.bringAllIn(documents)
		if wrong := differ(want, state(t, w.sound())); wrong != "" {
			t.Errorf("mix %d: %s", mix, wrong)
		}
		t.Logf("mix %d: %d posts about %d orders", mix, len(documents), orders)
	}
}
