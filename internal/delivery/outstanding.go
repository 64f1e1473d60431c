package delivery

import (
	"slices"
	"time"

	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
)

// outstandingError is of a run that found that a write of an earlier one may still reach NetSuite.
type outstandingError struct{ wait time.Duration }

func (e outstandingError) Error() string {
	return "a write of an earlier attempt, of which nobody saw the end, may still be carried out"
}

// outstanding returns an outstandingError as long as a write of an earlier run may still reach NetSuite, because its worker
// died or was stopped with it in its hands or NetSuite went down: nothing is sent a second time then that would have a
// second effect, and what has been sent is looked at once more afterwards.
func (r *run) outstanding() error {
	if wait := time.Until(r.openUntil); wait > 0 {
		return outstandingError{wait}
	}
	return nil
}

// openUntil returns until when a write may still be carried out after a record, the newest one of its document when a run
// begins: for as long as one with an unknown outcome is waited for. When a worker died is not known, but that was before the
// run began. One that could still say how its attempt ended has said whether the write was on its way.
func (s Schedule) openUntil(last *queue.Record, began time.Time) time.Time {
	if len(s.Unknown) == 0 {
		return time.Time{}
	}
	switch {
	case last.Type == queue.AttemptStarted && (len(last.Plan) > 0 || slices.Contains(last.Truncated, "plan")):
		return began.Add(s.Unknown[0])
	case last.Type == queue.AttemptFailed && last.Class == string(netsuite.Unknown):
		return last.Time.Add(s.Unknown[0])
	}
	return time.Time{}
}
