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

// patience is how long a caller waits for NetSuite, by the real clock.
const patience = time.Second

// quick is a clock that goes at the test's pace.
func quick() func() time.Time {
	began := time.Now()
	return func() time.Time { return began.Add(pace * time.Since(began)) }
}

// doubtful is a world in which everything happens at the test's pace.
func doubtful(t testing.TB, numbers string, knobs func(*simulator.Knobs)) *world {
	t.Helper()
	return open(t, func(c *config.Config) {
		under(numbers)(c)
		c.Accounts[0].NetSuite.Timeout = patience
		hasten(c, pace)
	}, simulator.Options{Seed: 4, Limit: -1, Clock: quick(), Knobs: func(k *simulator.Knobs) {
		k.ClockSkew = simulator.Duration(1000 * time.Hour)
		if knobs != nil {
			knobs(k)
		}
	}})
}

// lanes are those of an account whose waits are hastened.
const lanes = 8

// hasten divides all waits between tries, and serves more lanes than there are by default.
func hasten(c *config.Config, by time.Duration) {
	c.Accounts[0].Lanes, c.Accounts[0].NetSuite.Slots = lanes, lanes
	c.Worker.ParkingScan = 50 * time.Millisecond
	for _, waits := range [][]time.Duration{c.Worker.Retry.Unknown, c.Worker.Retry.Odd} {
		for i := range waits {
			waits[i] /= by
		}
	}
	c.Worker.Retry.NotYet = c.Worker.Retry.Unknown[:1]
}

// lostAnswer is how an answer is lost, and when NetSuite carries the write out after its caller has seen the failure.
type lostAnswer struct {
	how    simulator.Choice
	late   time.Duration
	unique simulator.Choice // external ids
	// numbers is how a vendor's number is kept from being used twice: look for it, or blocked by NetSuite itself.
	numbers string
}

func (l lostAnswer) turn(k *simulator.Knobs) {
	late := l.late
	if late > 0 && l.how == simulator.Timeout {
		late += pace * patience // the simulator counts from the call, and the caller waits for that long
	}
	k.CommitThenFail = simulator.Fault{Rate: 0.3, How: l.how, Late: simulator.Duration(late)}
	k.ExternalIDUnique = l.unique
	if l.numbers == "blocked" {
		k.DuplicateTranID, k.MissingAs400 = simulator.Refuse, true
	}
}

// lostAnswers are all ways, or one of each that NetSuite may have of keeping a second bill from being made.
func lostAnswers(everything bool) []lostAnswer {
	ways := []simulator.Choice{simulator.Error500, simulator.Reset, simulator.Timeout}
	var all []lostAnswer
	for i, l := range []lostAnswer{
		{unique: simulator.On, numbers: "look"}, {unique: simulator.Off, numbers: "look"},
		{unique: simulator.Off, numbers: "blocked"}, {unique: simulator.Transactions, numbers: "look"},
	} {
		for _, l.late = range []time.Duration{0, time.Minute} {
			for j, how := range ways {
				if l.how = how; everything || l.late > 0 && i%len(ways) == j {
					all = append(all, l)
				}
			}
		}
	}
	return all
}

// TestNoAnswerThatIsLostMakesASecondBillOrNone brings the same documents in with and without answers that are lost
// although NetSuite has done, or will do, what it was asked for. What the books hold is the same.
func TestNoAnswerThatIsLostMakesASecondBillOrNone(t *testing.T) {
	n, everything := 36, os.Getenv("COUNTERPUNCH_AUDIT") == "all"
	if everything {
		n = 200
	}
	calm := doubtful(t, "look", nil)
	calm.bringAllIn(calm.mixture(n))
	want := state(t, calm.sound())
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "answer lost by\twrite lands\texternal ids\tnumbers\tdocuments\twrites\tlost\tcalls\tbills\tcredits\tseconds")
	for _, l := range lostAnswers(everything) {
		t.Run(fmt.Sprintf("by %s, %s late, external ids unique %s, numbers %s", l.how, l.late, l.unique, l.numbers), func(t *testing.T) {
			began := time.Now()
			w := doubtful(t, l.numbers, l.turn)
			w.bringAllIn(w.mixture(n))
			books := w.sound()
			if wrong := differ(want, state(t, books)); wrong != "" {
				t.Error(wrong)
			}
			lost := books.Faults["commitThenFail"]
			if lost < n/10 {
				t.Errorf("%d answers were lost", lost)
			}
			fmt.Fprintf(out, "%s\t%s late\tunique %s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.0f\n", l.how, l.late, l.unique, l.numbers, n, len(books.Writes), lost,
				books.TotalCalls, len(books.VendorBills), len(books.VendorCredits), time.Since(began).Seconds())
		})
	}
	out.Flush()
	t.Logf("\n%s", table.String())
}
