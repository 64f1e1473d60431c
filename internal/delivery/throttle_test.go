package delivery

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrottleNeverLetsInMoreThanItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(2, 4)
		var active, most atomic.Int32
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if err := th.enter(t.Context()); err != nil {
					t.Error(err)
					return
				}
				defer th.leave()
				n := active.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				pause(t.Context(), time.Second) // of the bubble's time
				active.Add(-1)
			})
			synctest.Wait()
			if active.Load() > 2 {
				t.Fatalf("%d are active, the limit is 2", active.Load())
			}
		}
		group.Wait()
		if most.Load() != 2 {
			t.Errorf("at most %d were active at once, want 2", most.Load())
		}
	})
}

func TestThrottleHalvesAndGrowsBack(t *testing.T) {
	th := newThrottle(8, 8)
	th.halve()
	th.halve()
	if th.limit != 2 {
		t.Fatalf("limit after halving 8 twice is %d, want 2", th.limit)
	}
	for range 2 {
		th.succeeded()
	}
	if th.limit != 3 {
		t.Errorf("limit after as many successes as lanes is %d, want 3", th.limit)
	}
	for range 100 {
		th.succeeded()
	}
	if th.limit != 8 {
		t.Errorf("limit after many successes is %d, want the most, 8", th.limit)
	}
	th.restart()
	th.halve()
	if th.limit != 1 {
		t.Errorf("limit after a restart is %d, want 1", th.limit)
	}
}

func TestThrottleWaitEndsWithItsContext(t *testing.T) {
	th := newThrottle(1, 1)
	if err := th.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := th.enter(ctx); err == nil {
		t.Error("a second place was given at a limit of 1")
	}
}
