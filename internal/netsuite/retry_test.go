package netsuite

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetryRepeatsWhatDidNothing(t *testing.T) {
	busy := &Error{Class: Busy, Write: true}
	for name, c := range map[string]struct {
		retry Retry
		err   error
		calls int
		took  time.Duration
	}{
		"never unless asked":              {Retry{}, busy, 1, 0},
		"with a constant delay":           {Retry{Times: 3, Delay: time.Second}, busy, 4, 3 * time.Second},
		"with a growing delay":            {Retry{Times: 4, Delay: time.Second, Exponential: true}, busy, 5, 15 * time.Second},
		"growing up to a bound":           {Retry{Times: 3, Delay: 4 * time.Minute, Exponential: true}, busy, 4, 14 * time.Minute},
		"down":                            {Retry{Times: 1}, &Error{Class: Down}, 2, 0},
		"an odd answer to a read":         {Retry{Times: 1}, &Error{Class: Odd}, 2, 0},
		"Retry-After when it is longer":   {Retry{Times: 1, Delay: time.Second}, &Error{Class: Busy, RetryAfter: 7 * time.Second}, 2, 7 * time.Second},
		"not Retry-After when it is less": {Retry{Times: 1, Delay: time.Minute}, &Error{Class: Busy, RetryAfter: 7 * time.Second}, 2, time.Minute},
		"not an unknown outcome":          {Retry{Times: 5}, &Error{Class: Unknown, Write: true}, 1, 0},
		"an unknown outcome when told":    {Retry{Times: 2, All: true}, &Error{Class: Unknown, Write: true}, 3, 0},
		"not a refusal":                   {Retry{Times: 5}, &Error{Class: Refused}, 1, 0},
		"a refusal when told":             {Retry{Times: 2, All: true}, &Error{Class: Refused}, 3, 0},
		"never a login":                   {Retry{Times: 5, All: true}, &Error{Class: Login}, 1, 0},
		"never what was not sent":         {Retry{Times: 5, All: true}, errors.New("the path has blanks"), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, calls, told := time.Now(), 0, 0
				err := c.retry.Do(t.Context(), func() error { calls++; return c.err }, func(int, time.Duration, error) { told++ })
				if !errors.Is(err, c.err) || calls != c.calls || told != calls-1 || time.Since(began) != c.took {
					t.Errorf("%d calls, told %d times, %s, %v", calls, told, time.Since(began), err)
				}
			})
		})
	}
}

func TestRetryEndsWithTheFirstSuccessAndWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		err := Retry{Times: 5, Delay: time.Second}.Do(t.Context(), func() error {
			if calls++; calls < 3 {
				return &Error{Class: Busy}
			}
			return nil
		}, nil)
		if err != nil || calls != 3 {
			t.Errorf("%d calls, %v", calls, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		err = Retry{Times: 5, Delay: time.Hour}.Do(ctx, func() error { return &Error{Class: Busy} }, nil)
		if !errors.Is(err, context.DeadlineExceeded) || ClassOf(err) != Busy || time.Since(began) != time.Second {
			t.Errorf("given up after %s: %v", time.Since(began), err)
		}
	})
}
