package delivery

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"counterpunch/internal/pause"
)

func TestThrottleNeverLetsInMoreThanItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(2, 4)
		var active, most atomic.Int32
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := th.enter(t.Context()); err != nil {
					t.Error(err)
					return
				}
				defer th.leave()
				n := active.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				pause.For(t.Context(), time.Second) // of the bubble's time
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
	th.overloaded(0, nil, 0)
	th.overloaded(1, nil, 0)
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
	th.overloaded(2, nil, 0)
	if th.limit != 1 {
		t.Errorf("limit after a restart is %d, want 1", th.limit)
	}
}

func TestThrottleWaitEndsWithItsContext(t *testing.T) {
	th := newThrottle(1, 1)
	if _, err := th.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := th.enter(ctx); err == nil {
		t.Error("a second place was given at a limit of 1")
	}
}

func TestThrottleWaitsLongerForEachHalvingInARow(t *testing.T) {
	th := newThrottle(8, 8)
	waits := []time.Duration{time.Second, time.Minute}
	near := func(got, want time.Duration) {
		t.Helper()
		if got > want || got < want*4/5 {
			t.Errorf("the wait is %s, want about %s", got, want)
		}
	}
	near(th.overloaded(0, waits, 0), time.Second)
	near(th.overloaded(0, waits, 0), time.Second) // refused together with the first: the same news
	if th.limit != 4 {
		t.Errorf("limit %d after one refusal of two runs at once, want 4", th.limit)
	}
	near(th.overloaded(1, waits, 0), time.Minute)
	near(th.overloaded(2, waits, 0), time.Minute)
	near(th.overloaded(3, waits, time.Hour), time.Hour)
	th.succeeded()
	near(th.overloaded(4, waits, 0), time.Second)
}

func TestThrottleLetsNobodyInBeforeNetSuiteWantsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := newThrottle(4, 4)
		th.overloaded(0, nil, time.Minute)
		begin := time.Now()
		if _, err := th.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(begin); waited != time.Minute {
			t.Errorf("entered after %s, want a minute", waited)
		}
	})
}
