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

// openUntil returns until when a write of an earlier run may still be carried out, by the newest record of a document that a
// run begins with: for as long as one with an unknown outcome is waited for. When a worker died is not known, but that was
// before the run began. One that could still say how its attempt ended has said whether the write was on its way, and
// whatever was recorded since carries that on. What was parked for the sake of it has waited.
func (s Schedule) openUntil(last *queue.Record, began time.Time) time.Time {
	var until time.Time
	if last.OpenUntil != nil {
		until = *last.OpenUntil
	}
	unknown := last.Class == string(netsuite.Unknown)
	switch {
	case len(s.Unknown) == 0, unknown && last.Type == queue.Parked:
		return time.Time{}
	case last.Type == queue.AttemptStarted && (len(last.Plan) > 0 || slices.Contains(last.Truncated, "plan")):
		until = began.Add(s.Unknown[0])
	case last.Type == queue.AttemptFailed && unknown && last.OpenUntil == nil: // of a worker that did not say it yet
		until = last.Time.Add(s.Unknown[0])
	}
	return until
}

// leavesOpen notes that a write of this run may be carried out after it.
func (r *run) leavesOpen() {
	if waits := r.options.Schedule.Unknown; len(waits) > 0 {
		r.openUntil = time.Now().Add(waits[0])
	}
}
