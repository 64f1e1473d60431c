// Package pause waits for a time, or until the wait is called off.
package pause

import (
	"context"
	"time"
)

// For waits for d, and reports false when ctx ends before that.
func For(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
