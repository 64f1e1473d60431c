package queue

import (
	"context"
	"time"
)

// Lead calls do while this process holds the lease name, until ctx ends. Of all processes that call it one is within do at
// a time; when that one dies another takes over after the term. The context of do ends when the lease is lost. It spares
// work; correctness must not depend on it.
func (q *Queue) Lead(ctx context.Context, name string, term time.Duration, do func(context.Context)) {
	l := q.lease(name, term)
	defer l.release()
	tick := time.NewTicker(term / 3)
	defer tick.Stop()
	for ctx.Err() == nil {
		if q.holds(ctx, l) {
			q.lead(ctx, l, tick, do)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// lead calls do and extends the lease until do returns or the lease is lost.
func (q *Queue) lead(ctx context.Context, l *lease, tick *time.Ticker, do func(context.Context)) {
	led, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(led)
	}()
	until := time.Now().Add(l.term)
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if q.holds(ctx, l) {
				until = time.Now().Add(l.term)
			} else if time.Now().After(until) {
				cancel()
				<-done
				return
			}
		}
	}
}

func (q *Queue) holds(ctx context.Context, l *lease) bool {
	held, err := l.hold(ctx)
	if err != nil && ctx.Err() == nil {
		q.log.Warn().Err(err).Str("lease", l.name).Msg("lease.not_extended")
	}
	return held
}
