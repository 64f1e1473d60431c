package pause

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPauseTakesItsTimeUnlessItIsCalledOff(t *testing.T) {
	for name, c := range map[string]struct {
		called, took time.Duration
		whole        bool
	}{
		"to its end": {called: time.Minute, took: time.Second, whole: true},
		"called off": {called: time.Millisecond, took: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.called)
				defer cancel()
				began := time.Now()
				if whole := For(ctx, time.Second); whole != c.whole || time.Since(began) != c.took {
					t.Errorf("%t after %s, want %t after %s", whole, time.Since(began), c.whole, c.took)
				}
			})
		})
	}
}
