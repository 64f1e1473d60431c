package simulator

import "time"

// Call is one call as it arrived and as it was answered.
type Call struct {
	Sequence int       `json:"sequence"`
	Time     time.Time `json:"time"`
	Method   string    `json:"method"`
	Path     string    `json:"path"` // with the query
	Kind     string    `json:"kind"`
	Status   int       `json:"status"` // 0: not answered
	Code     string    `json:"code,omitempty"`
	Fault    string    `json:"fault,omitempty"` // such as "applied: reset"
}

// traffic counts calls. It is guarded by the simulator's mutex.
type traffic struct {
	total      int
	kinds      map[string]int
	refused    map[string]int // by error code
	faults     map[string]int
	overLimit  int
	maxFlight  int
	maxSlots   int
	keep       int
	calls      []Call
	bySequence map[int]int // sequence -> index in calls, while the call runs
	abandoned  []Call
}

func newTraffic(keep int) traffic {
	return traffic{kinds: map[string]int{}, refused: map[string]int{}, faults: map[string]int{}, keep: keep, bySequence: map[int]int{}}
}

func (t *traffic) arrive(c *call, now time.Time, inFlight int) {
	t.total++
	c.sequence = t.total
	t.kinds[c.kind]++
	c.arrived = now
	t.maxFlight = max(t.maxFlight, inFlight)
	if len(t.calls) < t.keep {
		t.bySequence[c.sequence] = len(t.calls)
		t.calls = append(t.calls, Call{Sequence: c.sequence, Time: now, Method: c.method, Path: c.target, Kind: c.kind})
	}
}

func (t *traffic) note(c *call, status int, code, fault string) {
	if code != "" {
		t.refused[code]++
	}
	if i, kept := t.bySequence[c.sequence]; kept {
		t.calls[i].Status, t.calls[i].Code, t.calls[i].Fault = status, code, fault
		delete(t.bySequence, c.sequence)
	}
}

func (t *traffic) fault(name string) { t.faults[name]++ }

func (t *traffic) abandon(c *call) {
	if len(t.abandoned) < t.keep {
		t.abandoned = append(t.abandoned, Call{Sequence: c.sequence, Time: c.arrived, Method: c.method, Path: c.target, Kind: c.kind})
	}
}
