package audit_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"counterpunch/internal/config"
	"counterpunch/internal/simulator"
)

// pace is how much faster than the real one the test's clock goes: a minute of NetSuite's is a second.
const pace = 60

// quick is a clock that goes at the test's pace.
func quick() func() time.Time {
	began := time.Now()
	return func() time.Time { return began.Add(pace * time.Since(began)) }
}

// doubtful is a world in which everything happens at the test's pace.
func doubtful(t testing.TB, knobs func(*simulator.Knobs)) *world {
	t.Helper()
	return open(t, func(c *config.Config) {
		c.Accounts[0].NetSuite.Timeout = 2 * time.Second
		c.Worker.ParkingScan = 50 * time.Millisecond
		for _, waits := range [][]time.Duration{c.Worker.Retry.Unknown, c.Worker.Retry.Odd, c.Worker.Retry.NotYet} {
			for i := range waits {
				waits[i] /= pace
			}
		}
		c.Worker.Retry.NotYet = c.Worker.Retry.Unknown[:1]
	}, simulator.Options{Seed: 4, Clock: quick(), Knobs: func(k *simulator.Knobs) {
		k.ClockSkew = simulator.Duration(1000 * time.Hour)
		if knobs != nil {
			knobs(k)
		}
	}})
}

// TestNoAnswerThatIsLostMakesASecondBillOrNone brings the same documents in with and without answers that are lost
// although NetSuite has done, or will do, what it was asked for. What the books hold is the same.
func TestNoAnswerThatIsLostMakesASecondBillOrNone(t *testing.T) {
	n := 48
	if os.Getenv("COUNTERPUNCH_AUDIT") == "all" {
		n = 200
	}
	calm := doubtful(t, nil)
	calm.bringAllIn(calm.mixture(n))
	want := state(t, calm.sound())
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "answer\tdocuments\twrites\tlost\tcalls\tbills\tcredits\tseconds")
	for _, how := range []simulator.Choice{simulator.Error500, simulator.Reset, simulator.Timeout} {
		t.Run(string(how), func(t *testing.T) {
			began := time.Now()
			w := doubtful(t, func(k *simulator.Knobs) { k.CommitThenFail = simulator.Fault{Rate: 0.3, How: how} })
			w.bringAllIn(w.mixture(n))
			books := w.sound()
			if wrong := differ(want, state(t, books)); wrong != "" {
				t.Error(wrong)
			}
			fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.0f\n", how, n, len(books.Writes), books.Faults["commitThenFail"], books.TotalCalls,
				len(books.VendorBills), len(books.VendorCredits), time.Since(began).Seconds())
		})
	}
	out.Flush()
	t.Logf("\n%s", table.String())
}
