package delivery

import (
	"context"
	"sync"
)

// throttle bounds how many lanes of an account are active in this worker. It halves when NetSuite says that too many
// calls are in progress, and grows by one after as many successes in a row as there are active lanes.
type throttle struct {
	mu      sync.Mutex
	limit   int
	most    int
	active  int
	streak  int
	changed chan struct{} // closed and replaced when a place may have become free
}

func newThrottle(limit, most int) *throttle {
	return &throttle{limit: limit, most: most, changed: make(chan struct{})}
}

// enter waits for a place. Call leave after a nil error.
func (t *throttle) enter(ctx context.Context) error {
	for {
		t.mu.Lock()
		if t.active < t.limit {
			t.active++
			t.mu.Unlock()
			return nil
		}
		changed := t.changed
		t.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
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
	t.streak++
	if t.streak >= t.limit && t.limit < t.most {
		t.limit++
		t.streak = 0
		t.wake()
	}
}

// halve makes half of the lanes pause once their present documents are done.
func (t *throttle) halve() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit, t.streak = max(1, t.limit/2), 0
}

// restart begins again with one lane: after an outage, or while a credential is unproven.
func (t *throttle) restart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit, t.streak = 1, 0
}

func (t *throttle) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}
