package audit_test

import (
	"os"
	"slices"
	"strconv"
	"testing"

	"counterpunch/internal/config"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
	"counterpunch/internal/simulator"
)

// TestTwoDocumentsThatNeverGetThroughStopNobody has a bill that NetSuite always answers with an error, and a confirmation
// that it never answers, among others.
func TestTwoDocumentsThatNeverGetThroughStopNobody(t *testing.T) {
	n := 60
	if os.Getenv("COUNTERPUNCH_AUDIT") == "all" {
		n = 500
	}
	w := open(t, func(c *config.Config) {
		c.Accounts[0].NetSuite.Timeout = patience
		hasten(c, 600)
	}, simulator.Options{Limit: -1, Knobs: func(k *simulator.Knobs) {
		// Whatever is asked about the one order, and the change of the other.
		k.UnexpectedError = simulator.Fault{Path: "/purchaseOrder/20033"}
		k.FailBeforeCommit = simulator.Fault{Path: "PATCH .*/purchaseOrder/20007$", How: simulator.Timeout}
	}})
	says := rounds()[:3] // confirmation, notice, bill: each for an order of its own
	var stories []story
	for range n {
		stories = append(stories, prefixed(story{orders: one(usual("P1"))}, "s"+strconv.Itoa(len(stories))+"-"))
	}
	byID := w.seedOrders(stories)
	var bodies [][]byte
	for i := range n {
		o := byID[strconv.Itoa(20001+i)]
		body, err := says[i%len(says)](o, o)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	ends := map[queue.State]int{}
	var letters []reason.Code
	for i, id := range w.send(bodies) {
		p := w.end(id)
		ends[p.status.State]++
		if p.status.State == queue.StateDeadLettered {
			letters = append(letters, p.last.Reason)
			if want := map[int]reason.Code{6: reason.NetSuiteUnknownOutcome, 32: reason.NetSuiteUnexpected}[i]; p.last.Reason != want {
				t.Errorf("document %d: %s, want %q", i, p, want)
			}
		}
	}
	slices.Sort(letters)
	if ends[queue.StateApplied] != n-2 || len(letters) != 2 {
		t.Errorf("of %d documents %v; dead letters %v", n, ends, letters)
	}
	if opened := w.log.count("breaker.changed"); opened > 0 {
		t.Errorf("the breaker changed %d times", opened)
	}
	books := w.sound()
	t.Logf("of %d documents %v, dead letters %v; the breaker stayed closed over %d calls", n, ends, letters, books.TotalCalls)
}
