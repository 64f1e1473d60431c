package audit_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"counterpunch/internal/config"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
	"counterpunch/internal/simulator"
)

// TestOneInvoiceUnderTwoPayloadIDsAndTwoFirstOrdersIsOneBill posts each invoice twice at the same time: under two payloadIDs
// and with its orders in either order, so that two lanes work on it.
func TestOneInvoiceUnderTwoPayloadIDsAndTwoFirstOrdersIsOneBill(t *testing.T) {
	pairs := 100
	if testing.Short() {
		pairs = 20
	}
	w := open(t, func(c *config.Config) {
		c.Accounts[0].Lanes = 8
		c.Worker.Retry.NotYet = []time.Duration{50 * time.Millisecond}
		c.Worker.ParkingScan = 20 * time.Millisecond
	}, simulator.Options{Limit: 20})
	err := w.NetSuite.Turn(func(k *simulator.Knobs) { k.Latency.Post.Median = simulator.Duration(5 * time.Millisecond) })
	if err != nil {
		t.Fatal(err)
	}
	var stories []story
	for i := range pairs {
		s := story{orders: []simulator.SeedOrder{usual("P1"), usual("P2")}, inv: invoice{id: "I1",
			parts:    []part{{order: "P1", lines: []line{widgets("1", "5.00")}}, {order: "P2", lines: []line{widgets("2", "10.00")}}},
			subtotal: "15.00", charges: charges{tax: "1.24"}, net: "16.24"}}
		stories = append(stories, prefixed(s, fmt.Sprintf("%d-", i)))
	}
	w.seedOrders(stories)
	ids := make([][2]string, pairs)
	for i, s := range stories {
		other := s.inv
		other.payloadID = "second." + s.inv.id
		other.parts = slices.Clone(s.inv.parts)
		slices.Reverse(other.parts)
		start := make(chan struct{})
		var group sync.WaitGroup
		for j, v := range []invoice{s.inv, other} {
			group.Go(func() {
				<-start
				answer, err := w.Post(w.ctx, "text/xml", v.xml())
				if err != nil || answer.Code != 200 {
					t.Errorf("invoice %d: %v, answer %d: %s", i, err, answer.Code, answer.Text)
				}
				ids[i][j] = answer.ID
			})
		}
		close(start)
		group.Wait()
	}
	if t.Failed() {
		t.FailNow()
	}
	met := 0
	for i, pair := range ids {
		a, b := w.end(pair[0]), w.end(pair[1])
		if b.status.State == queue.StateApplied {
			a, b = b, a
		}
		if a.status.State != queue.StateApplied || b.status.State != queue.StateDeadLettered || b.last.Reason != reason.DuplicateInvoice {
			t.Errorf("invoice %d: %s; and %s", i, a, b)
		}
		if b.last.FirstParked != nil {
			met++
		}
	}
	books := w.sound()
	if len(books.VendorBills) != pairs {
		t.Errorf("%d bills for %d invoices", len(books.VendorBills), pairs)
	}
	for _, s := range stories {
		if found := books.Bills("501", s.inv.id); len(found) != 1 || found[0].Total != "16.24" {
			t.Errorf("invoice %s: %d bills, want one over 16.24", s.inv.id, len(found))
		}
	}
	t.Logf("%d pairs, %d bills; %d of them met while the first was being worked on", pairs, len(books.VendorBills), met)
}
