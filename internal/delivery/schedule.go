package delivery

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// Schedule says how long a document waits after what happened to it. The last entry of a list repeats where the class
// has a deadline, and is the end of the list otherwise.
//
//	class     counted  waits                             then
//	busy      no       Busy, along the account's streak  for ever
//	down      no       in the lane, behind the breaker   for ever
//	login     no       in the lane, behind the hold      for ever
//	unknown   yes      Unknown, looked up each time      dead letter; not counted while NetSuite is down
//	odd       yes      Odd                               dead letter
//	changed   yes      none for Changed tries, then Odd  dead letter
//	not yet   yes      NotYet                            dead letter at the Deadline
//	refused   -        none                              dead letter
//
// What waits for another document to end its work is not yet too, and waits along Busy until the Deadline.
//
// Odd is counted only while a probe is served, as is a call that looks down; a login that is refused while a probe is served
// is refused (a permission) or odd.
type Schedule struct {
	Busy     []time.Duration // default 1 s, 2 s, 5 s, 10 s, 30 s, 60 s
	Unknown  []time.Duration // default 60 s, 5 min, 24 min
	Odd      []time.Duration // default 1 min, 5 min, 24 min: four attempts in 30 minutes
	NotYet   []time.Duration // default 5 min, 1 h, 6 h, 24 h
	Changed  int             // tries at once when a record was changed while it was written; default 5
	Deadline time.Duration   // for NotYet, from the first time the document was parked; default 14 days
	Hand     time.Duration   // before a document that was given back is taken up again; default 1 s
}

// DefaultSchedule returns the schedule for production.
func DefaultSchedule() Schedule {
	return Schedule{
		Busy:    []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute},
		Unknown: []time.Duration{time.Minute, 5 * time.Minute, 24 * time.Minute},
		Odd:     []time.Duration{time.Minute, 5 * time.Minute, 24 * time.Minute},
		NotYet:  []time.Duration{5 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour},
		Changed: 5, Deadline: 14 * 24 * time.Hour, Hand: time.Second,
	}
}

// maxUnfinished is how many starts without an end a document may have before it counts as poison.
const maxUnfinished = 5

// classNotYet is the class of what only time can mend; the other classes are those of netsuite.Error.
const classNotYet netsuite.Class = "not-yet"

// notYet are the reasons that time may mend.
var notYet = map[reason.Code]bool{
	reason.OrderNotFound: true, reason.OrderPendingApproval: true, reason.ReceiptMissing: true,
	reason.InvoiceNotFound: true, reason.InvoiceInProgress: true,
}

// action is what becomes of a document whose run failed.
type action int

const (
	abandon    action = iota // another worker has it: record nothing
	release                  // back to the lane after a wait, not counted
	park                     // away from the lane until a time
	deadLetter               // to a person
)

// decision is what an error means.
type decision struct {
	action action
	class  netsuite.Class
	reason reason.Code
	detail string // for ops: what was attempted and what is wrong
	words  string // NetSuite's own
	table  []mapping.Difference
	wait   time.Duration
	// uncounted: what the document waits for is not its fault.
	uncounted bool
}

// decide says what an error means for a document with this history. It is the only place that does; what a probe adds to
// it is said by counted and refusedCall.
func (s Schedule) decide(err error, last *queue.Record, now time.Time) decision {
	d := decision{detail: err.Error(), class: netsuite.ClassOf(err)}
	mismatch, refused, open := (*mapping.Mismatch)(nil), (*netsuite.Error)(nil), outstandingError{}
	switch {
	case errors.Is(err, queue.ErrFenced):
		d.action = abandon
	case errors.As(err, &open):
		d.action, d.class, d.reason, d.wait, d.uncounted = park, netsuite.Unknown, reason.NetSuiteUnknownOutcome, open.wait, true
	case errors.Is(err, netsuite.ErrSignInRefused):
		d.action, d.reason, d.wait = release, reason.LoginRefused, jitter(s.Hand)
	case errors.As(err, &mismatch):
		d.reason, d.table, d.detail = mismatch.Reason, mismatch.Differences, told(err, mismatch)
		if !notYet[d.reason] || mismatch.Final {
			d.action, d.class = deadLetter, netsuite.Refused
			return d
		}
		d.class = classNotYet
		waits := s.NotYet
		if d.reason == reason.InvoiceInProgress {
			waits = s.Busy
		}
		d.action, d.wait = s.untilDeadline(waits, last, now)
	case errors.As(err, &refused):
		d.words = words(refused)
		s.decideCall(&d, refused, last)
	case passing(err):
		// Nothing can be recorded in JetStream now, or the worker stops: the lane gets the document again.
		d.action, d.reason, d.wait = release, reason.Internal, jitter(s.Hand)
	default:
		// A fault of this program or of its configuration, such as an expression that fails on this document. It may not
		// stand in the way of the others.
		d.class, d.reason = netsuite.Odd, reason.Internal
		d.action, d.wait = s.counted(s.Odd, d.class, last)
	}
	return d
}

func (s Schedule) decideCall(d *decision, e *netsuite.Error, last *queue.Record) {
	d.reason = e.Reason()
	switch d.class {
	case netsuite.Busy, netsuite.Down, netsuite.Login, netsuite.None:
		d.action, d.wait = release, max(jitter(s.Hand), e.RetryAfter)
	case netsuite.Unknown:
		d.action, d.wait = s.counted(s.Unknown, d.class, last)
	case netsuite.Odd, netsuite.Changed:
		d.action, d.wait = s.counted(s.Odd, d.class, last)
	default:
		d.action, d.class = deadLetter, netsuite.Refused
	}
}

// callOnly corrects a decision about a call that looked down, odd or refused at the door, when a probe was served after it.
func (s Schedule) callOnly(d *decision, err error, last *queue.Record) {
	e := (*netsuite.Error)(nil)
	if d.class == netsuite.Login && errors.As(err, &e) && e.Status != http.StatusUnauthorized {
		d.action, d.class, d.wait = deadLetter, netsuite.Refused, 0
		return
	}
	d.class, d.reason = netsuite.Odd, reason.NetSuiteUnexpected
	d.action, d.wait = s.counted(s.Odd, d.class, last)
}

// counted parks for the next wait of the list and dead-letters when the list is used up.
func (s Schedule) counted(waits []time.Duration, class netsuite.Class, last *queue.Record) (action, time.Duration) {
	n := tries(last, class)
	if n >= len(waits) {
		return deadLetter, 0
	}
	if class == netsuite.Unknown {
		// NetSuite may be at the write for as long as the wait. A look before its end would find nothing, and send it again.
		return park, 2*waits[n] - jitter(waits[n])
	}
	return park, jitter(waits[n])
}

// untilDeadline parks along the waits, whose last one repeats, and dead-letters when the deadline has passed.
func (s Schedule) untilDeadline(waits []time.Duration, last *queue.Record, now time.Time) (action, time.Duration) {
	if last != nil && last.FirstParked != nil && now.Sub(*last.FirstParked) >= s.Deadline || len(waits) == 0 {
		return deadLetter, 0
	}
	n := min(tries(last, classNotYet), len(waits)-1)
	return park, jitter(waits[n])
}

// passing reports whether an error of the streams, or of waiting, says nothing about the document.
func passing(err error) bool {
	for _, e := range []error{
		queue.ErrUnavailable, queue.ErrChanged, queue.ErrLost, queue.ErrReplayed, context.Canceled, context.DeadlineExceeded,
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrConnectionClosed, nats.ErrDisconnected,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// told returns what was attempted and what is wrong. The reason has a place of its own in every record and is not said again.
func told(err error, m *mapping.Mismatch) string {
	return strings.Replace(err.Error(), m.Error(), m.Text, 1)
}

// words returns what NetSuite itself said.
func words(err error) string {
	e := (*netsuite.Error)(nil)
	if !errors.As(err, &e) {
		return ""
	}
	return strings.TrimSpace(e.Code + " " + e.Detail)
}

func tries(last *queue.Record, class netsuite.Class) int {
	if last == nil {
		return 0
	}
	return last.Tries[string(class)]
}

// jitter spreads a wait over its last fifth, so that documents that failed together do not come back together.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return d - time.Duration(rand.Int64N(int64(d)/5+1))
}
