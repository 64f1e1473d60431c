package queue

import "time"

// JobState is where a job stands.
type JobState string

// The states of a job.
const (
	JobRunning    JobState = "running"    // from its creation: it waits for a worker or is carried out
	JobCancelling JobState = "cancelling" // told to stop; what is in hand is finished
	JobCancelled  JobState = "cancelled"
	JobDone       JobState = "done"
)

// Ended reports whether nothing more happens in a job.
func (s JobState) Ended() bool { return s == JobCancelled || s == JobDone }

// JobOutcome is what a job did about one document.
type JobOutcome string

// The outcomes.
const (
	JobReplayed JobOutcome = "replayed"
	JobSkipped  JobOutcome = "skipped" // somebody else had decided about it since it was chosen
	JobFailed   JobOutcome = "failed"  // it cannot be replayed; Job.Problem tells of the last such
)

// Job is a replay of many documents. Which ones is fixed when it is created; workers carry it out, so that it goes on when
// whoever asked for it has gone.
type Job struct {
	ID      string    `json:"id"`
	Author  string    `json:"author"`
	Note    string    `json:"note,omitempty"`
	Filter  Filter    `json:"filter"`            // by which the documents were chosen
	Archive bool      `json:"archive,omitempty"` // documents that had ended, in place of dead letters
	Rate    float64   `json:"rate,omitempty"`    // replays a second at most; 0: as fast as the lanes take them
	Created time.Time `json:"created"`

	State  JobState `json:"state"`
	Worker string   `json:"worker,omitempty"` // who carries it out, or did last
	// CancelledBy is who told it to stop.
	CancelledBy string    `json:"cancelledBy,omitempty"`
	Started     time.Time `json:"started,omitzero"`
	Ended       time.Time `json:"ended,omitzero"`
	Updated     time.Time `json:"updated"`

	Total    int    `json:"total"`
	Replayed int    `json:"replayed"`
	Skipped  int    `json:"skipped"`
	Failed   int    `json:"failed"`
	Problem  string `json:"problem,omitempty"`
	// Decided has a bit for each document of the list, set when its outcome is counted.
	Decided []byte `json:"decided,omitempty"`
	// Runner tells apart who carries it out, over restarts under the same name.
	Runner string `json:"runner,omitempty"`
}

// JobItem is one document of a job.
type JobItem struct {
	ID        string `json:"id"`
	Account   string `json:"account"`
	Partition string `json:"partition"` // decides the lane
	Sequence  uint64 `json:"sequence"`  // of the message in INBOUND that was looked at
}

// Left returns how many documents have no outcome yet.
func (j Job) Left() int { return j.Total - j.Replayed - j.Skipped - j.Failed }

// End ends the job.
func (j *Job) End(s JobState) {
	j.State, j.Ended = s, time.Now().UTC()
}

// IsDecided reports whether the item has an outcome.
func (j Job) IsDecided(item int) bool {
	return item/8 < len(j.Decided) && j.Decided[item/8]&(1<<(item%8)) != 0
}

// Count counts the outcome of an item, once. problem says why it failed.
func (j *Job) Count(item int, outcome JobOutcome, problem string) {
	if j.IsDecided(item) {
		return
	}
	decided := make([]byte, (j.Total+7)/8)
	copy(decided, j.Decided)
	decided[item/8] |= 1 << (item % 8)
	j.Decided = decided
	switch outcome {
	case JobReplayed:
		j.Replayed++
	case JobSkipped:
		j.Skipped++
	case JobFailed:
		j.Failed++
		j.Problem = problem
	}
}
