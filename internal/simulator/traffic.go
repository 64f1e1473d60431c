package simulator

import (
	"maps"
	"slices"
	"time"
)

// Call is one call as it arrived and as it was answered.
type Call struct {
	Sequence   int       `json:"sequence"`
	Time       time.Time `json:"time"` // by the server's clock
	Method     string    `json:"method"`
	Path       string    `json:"path"` // with the query
	Kind       string    `json:"kind"`
	User       string    `json:"user,omitempty"` // who signed in
	InProgress int       `json:"inProgress"`     // calls in progress when it arrived, itself included
	Status     int       `json:"status"`         // 0: not answered
	Took       Duration  `json:"took"`           // until it was answered, by the machine's clock; 0: still running
	Code       string    `json:"code,omitempty"`
	Fault      string    `json:"fault,omitempty"` // such as "applied: reset"
	Late       string    `json:"late,omitempty"`  // of a write that lands late: waiting, landed or "refused: " and why
}

// traffic counts calls. It is guarded by the simulator's mutex.
type traffic struct {
	total     int
	kinds     map[string]int
	refused   map[string]int // by error code
	faults    map[string]int
	overLimit int
	maxFlight int
	maxSlots  int
	keep      int
	calls     []Call
	kept      map[*call]int // index in calls, until nothing more is to be said of the call
	abandoned []Call
}

func newTraffic(keep int) traffic {
	return traffic{kinds: map[string]int{}, refused: map[string]int{}, faults: map[string]int{}, keep: keep, kept: map[*call]int{}}
}

// clone returns a copy for which the calls that are running now have ended unanswered; late writes go on.
func (t traffic) clone() traffic {
	t.kinds, t.refused, t.faults = maps.Clone(t.kinds), maps.Clone(t.refused), maps.Clone(t.faults)
	t.calls, t.abandoned = slices.Clone(t.calls), slices.Clone(t.abandoned)
	kept := map[*call]int{}
	for c, i := range t.kept {
		if t.calls[i].Late == lateWaiting {
			kept[c] = i
		}
	}
	t.kept = kept
	return t
}

func (t *traffic) arrive(c *call, now time.Time, inFlight int) {
	t.total++
	c.sequence = t.total
	t.kinds[c.kind]++
	c.arrived = now
	t.maxFlight = max(t.maxFlight, inFlight)
	if len(t.calls) < t.keep {
		t.kept[c] = len(t.calls)
		t.calls = append(t.calls, Call{Sequence: c.sequence, Time: now, Method: c.method, Path: c.target, Kind: c.kind, InProgress: inFlight})
	}
}

// note completes the record of a call with its answer.
func (t *traffic) note(c *call, status int, code, fault string) {
	if code != "" {
		t.refused[code]++
	}
	i, kept := t.kept[c]
	if !kept {
		return
	}
	one := &t.calls[i]
	one.Status, one.Code, one.Fault, one.User, one.Took = status, code, fault, c.user, Duration(time.Since(c.started))
	if one.Late != lateWaiting {
		delete(t.kept, c)
	}
}

// late says what became of a late write.
func (t *traffic) late(c *call, what string) {
	i, kept := t.kept[c]
	if !kept {
		return
	}
	one := &t.calls[i]
	one.Late = what
	if what != lateWaiting && one.Fault != "" {
		delete(t.kept, c)
	}
}

func (t *traffic) fault(name string) { t.faults[name]++ }

func (t *traffic) abandon(c *call) {
	if len(t.abandoned) < t.keep {
		t.abandoned = append(t.abandoned, Call{Sequence: c.sequence, Time: c.arrived, Method: c.method, Path: c.target, Kind: c.kind, User: c.user})
	}
}
