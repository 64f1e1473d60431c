package chaos

import (
	"context"
	"time"
)

// beat is how often the pulse is felt.
const beat = 20 * time.Millisecond

// pulse returns, when ctx ends, the longest time in which this program was given no time of the machine: the others were
// given none either.
func pulse(ctx context.Context) (stood time.Duration) {
	last := time.Now()
	for pause(ctx, beat) == nil {
		now := time.Now()
		stood = max(stood, now.Sub(last)-beat)
		last = now
	}
	return stood
}
