package doctor

import (
	"context"
	"time"
)

// pauses grow because a role that does not work after a minute may need hours. The last one repeats.
func pauses() []time.Duration {
	return []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}
}

// Wait examines again what failed, after growing pauses, until nothing fails, the sign-in is refused, or ctx ends. changed
// is told of every rung whose result or words are not what they were. pause waits; nil waits by the clock.
func (d *Doctor) Wait(ctx context.Context, last Report, pause func(context.Context, time.Duration) error, changed func(before, after Rung)) (Report, error) {
	if pause == nil {
		pause = sleep
	}
	list := pauses()
	for i := 0; !last.OK && !last.SignInRefused; i++ {
		if err := pause(ctx, list[min(i, len(list)-1)]); err != nil {
			return last, err
		}
		next := d.Examine(ctx)
		if err := ctx.Err(); err != nil {
			return last, err // what was interrupted says nothing
		}
		for k, after := range next.Rungs {
			if before := last.Rungs[k]; before.Result != after.Result || before.Found != after.Found {
				changed(before, after)
			}
		}
		last = next
	}
	return last, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
