package netsuite

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// maxDelay bounds a delay that grows.
const maxDelay = 5 * time.Minute

// Retry says how often a call is made again. The client itself never repeats one: whoever wants it asks here, so that every
// call is signed anew.
type Retry struct {
	Times       int           // after the first call; 0: never
	Delay       time.Duration // before the first repetition
	Exponential bool          // each delay is twice the one before, up to five minutes
	// All repeats every failure but a refused login: also a refusal, and a write of which it is not known whether it was
	// carried out. Without it only calls are repeated that did nothing: busy, down, and odd answers to reads.
	All bool
}

// Do makes the call until it succeeds, until it fails in a way that is not repeated, or until Times is used up; the last
// error is returned. A longer Retry-After of NetSuite is waited for. before is told of each repetition and may be nil.
func (r Retry) Do(ctx context.Context, call func() error, before func(n int, delay time.Duration, err error)) error {
	delay := r.Delay
	for n := 1; ; n++ {
		err := call()
		if err == nil || n > r.Times || !r.again(err) {
			return err
		}
		wait := delay
		var failed *Error
		if errors.As(err, &failed) {
			wait = max(wait, failed.RetryAfter)
		}
		if before != nil {
			before(n, wait, err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w (given up while waiting to try again: %w)", err, ctx.Err())
		case <-timer.C:
		}
		if r.Exponential {
			delay = min(2*delay, maxDelay)
		}
	}
}

// again reports whether the failure may be followed by the same call. A refused login never is: five of them lock the
// integration user for half an hour.
func (r Retry) again(err error) bool {
	var failed *Error
	if !errors.As(err, &failed) {
		return false // the call was not sent
	}
	switch failed.Class {
	case None, Login:
		return false
	case Busy, Down:
		return true
	case Odd:
		return !failed.Write || r.All
	default:
		return r.All
	}
}
