package delivery

import (
	"context"
	"sync"
	"time"
)

// throttle bounds how many lanes of an account are active in this worker. It halves when NetSuite says that too many
// calls are in progress, and grows by one after as many successes in a row as there are active lanes.
type throttle struct {
	mu      sync.Mutex
	limit   int
	most    int
	active  int
	streak  int
	round   uint64    // counts the halvings: what began before the last one says nothing new
	busy    int       // halvings since the last success
	quiet   time.Time // nobody enters before
	changed chan struct{}
}

func newThrottle(limit, most int) *throttle {
	return &throttle{limit: limit, most: most, changed: make(chan struct{})}
}

// enter waits for a place and returns the round in which it was given. Call leave after a nil error.
func (t *throttle) enter(ctx context.Context) (round uint64, err error) {
	for {
		t.mu.Lock()
		wait := time.Until(t.quiet)
		if t.active < t.limit && wait <= 0 {
			t.active++
			round := t.round
			t.mu.Unlock()
			return round, nil
		}
		changed := t.changed
		t.mu.Unlock()
		if wait <= 0 {
			wait = time.Hour // a place becomes free by a change only
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
}

func (t *throttle) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.active--
	t.wake()
}

// succeeded notes a run that NetSuite served.
func (t *throttle) succeeded() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy = 0
	t.streak++
	if t.streak >= t.limit && t.limit < t.most {
		t.limit++
		t.streak = 0
		t.wake()
	}
}

// overloaded notes that NetSuite refused a run of this round because of too many calls, and returns how long its document
// shall wait: along waits, one further for each halving in a row, and at least for what NetSuite asked for. Of all runs
// that were refused together one halves the lanes; the others pause once their present documents are done. What NetSuite
// asks for is asked of the account, so that nobody enters before.
func (t *throttle) overloaded(round uint64, waits []time.Duration, asked time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if round == t.round {
		t.round++
		t.busy++
		t.limit, t.streak = max(1, t.limit/2), 0
	}
	if until := time.Now().Add(asked); until.After(t.quiet) {
		t.quiet = until
	}
	if len(waits) == 0 {
		return asked
	}
	return max(jitter(waits[min(max(t.busy, 1), len(waits))-1]), asked)
}

// restart begins again with one lane: after an outage, or while a credential is unproven.
func (t *throttle) restart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit, t.streak = 1, 0
}

// bound sets how many lanes there are to be active at most.
func (t *throttle) bound(most int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.most = max(1, most)
	t.limit = min(t.limit, t.most)
}

func (t *throttle) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}
