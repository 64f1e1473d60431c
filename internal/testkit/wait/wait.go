// Package wait lets a test wait for what other goroutines and processes bring about, without sleeping for a time that is
// too short on one machine and too long on another.
package wait

import (
	"context"
	"errors"
	"testing"
	"time"
)

// patience bounds a wait whose context has no deadline. Only a test that fails waits so long.
const patience = 2 * time.Minute

// interval is the time between two looks.
const interval = 10 * time.Millisecond

var errNotYet = errors.New("not yet")

// Until looks until holds reports true. It fails the test when that does not happen before the deadline of ctx, or within
// two minutes when ctx has none. what says what should come about: "every document is applied".
func Until(ctx context.Context, t testing.TB, what string, holds func() bool) {
	t.Helper()
	UntilNil(ctx, t, what, func() error {
		if holds() {
			return nil
		}
		return errNotYet
	})
}

// UntilNil is Until for a look that says what is missing: it looks until that is nil, and fails the test with what was
// missing last.
func UntilNil(ctx context.Context, t testing.TB, what string, look func() error) {
	t.Helper()
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	began := time.Now()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		missing := look()
		if missing == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited %s in vain until %s: %v", time.Since(began).Round(time.Millisecond), what, missing)
		}
	}
}
