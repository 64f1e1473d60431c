package operations

import (
	"context"
	"sync"
)

// lane is one lane of an account.
type lane struct {
	account string
	number  int
}

// turns lets one replay be in a lane at a time, over all jobs, so that what suppliers send now waits for one at most.
type turns struct {
	mu    sync.Mutex
	lanes map[lane]chan struct{}
}

// take waits for the turn in a lane. leave must be called when the replay has left it.
func (t *turns) take(ctx context.Context, l lane) (leave func(), err error) {
	t.mu.Lock()
	if t.lanes == nil {
		t.lanes = map[lane]chan struct{}{}
	}
	if t.lanes[l] == nil {
		t.lanes[l] = make(chan struct{}, 1)
	}
	turn := t.lanes[l]
	t.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
