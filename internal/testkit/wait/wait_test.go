package wait_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"counterpunch/internal/testkit/wait"
)

// verdict takes what a wait says of its test.
type verdict struct {
	testing.TB
	failure string
}

func (v *verdict) Fatalf(format string, args ...any) {
	v.failure = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (v *verdict) Helper() {}

// waited returns how long a wait took on the clock of a bubble, and how it failed.
func waited(t *testing.T, wait func(testing.TB)) (took time.Duration, failure string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v := &verdict{TB: t}
		began, ended := time.Now(), make(chan struct{})
		go func() {
			defer close(ended)
			wait(v)
		}()
		<-ended
		took, failure = time.Since(began), v.failure
	})
	return took, failure
}

func TestAWaitEndsAsSoonAsItIsOver(t *testing.T) {
	looks := 0
	took, failure := waited(t, func(t testing.TB) {
		wait.Until(context.Background(), t, "it is the third look", func() bool { looks++; return looks == 3 })
	})
	if looks != 3 || failure != "" || took > time.Second {
		t.Errorf("%d looks, %s, %q", looks, took, failure)
	}
}

func TestAWaitInVainSaysWhatFor(t *testing.T) {
	for _, c := range []struct {
		name  string
		bound time.Duration // of the context; 0: none
		took  time.Duration
	}{{"for ever", 0, 2 * time.Minute}, {"shortly", time.Second, time.Second}, {"long", time.Hour, time.Hour}} {
		t.Run(c.name, func(t *testing.T) {
			took, failure := waited(t, func(t testing.TB) {
				ctx := context.Background()
				if c.bound > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.bound)
					defer cancel()
				}
				wait.UntilNil(ctx, t, "there is a bill", func() error { return errors.New("the order is pending") })
			})
			if took != c.took || failure != "waited "+took.String()+" in vain until there is a bill: the order is pending" {
				t.Errorf("after %s: %q", took, failure)
			}
		})
	}
}
