package queue

import (
	"context"
	"errors"
	"time"
)

// RunParking returns parked documents to their lanes when they are due, and clears what crashes left in PARKED and
// DEADLETTERS, until ctx ends. Of all processes that call it one works at a time; when that one dies another takes over
// after three times every. A document that comes back has no new record: reason and tries go on from its last one.
func (q *Queue) RunParking(ctx context.Context, every time.Duration) error {
	l := q.lease("parking", 3*every)
	defer l.release()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for round := 0; ; round++ {
		held, err := l.hold(ctx)
		if err == nil && held {
			_, err = q.ReturnDue(ctx, time.Now())
			if err == nil && round%sweepRounds == 0 {
				err = q.sweepLetters(ctx, deadletters)
			}
		}
		if err != nil && ctx.Err() == nil {
			q.log.Warn().Err(err).Msg("parking.failed")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sweepRounds is how many rounds of parking pass between two looks at the dead letters.
const sweepRounds = 20

// ReturnDue returns the parked documents that are due at now and says how many. One that somebody else has returned,
// replayed or discarded meanwhile is left alone.
func (q *Queue) ReturnDue(ctx context.Context, now time.Time) (int, error) {
	heads, err := q.scan(ctx, parked, q.filterSubject(parked, Filter{}), true)
	if err != nil {
		return 0, err
	}
	returned := 0
	var failed error
	for _, h := range heads {
		if due(h).After(now) {
			continue
		}
		if err := q.returnOne(ctx, h.Sequence); err != nil {
			// One document must not keep the others waiting.
			failed = errors.Join(failed, err)
			if ctx.Err() != nil || errors.Is(err, ErrUnavailable) {
				return returned, failed
			}
			continue
		}
		returned++
	}
	return returned, failed
}

func (q *Queue) returnOne(ctx context.Context, seq uint64) error {
	m, err := q.at(ctx, q.intake, parked, seq)
	if err != nil || m == nil {
		return err
	}
	l, err := readLetter(parked, m)
	if err != nil {
		return err
	}
	live, err := q.settle(ctx, &l)
	if err != nil || !live {
		return err
	}
	if err := q.fill(ctx, l.Event); err != nil {
		return err
	}
	_, err = q.republish(ctx, l, l.Event, whyReturn, Decision{})
	if errors.Is(err, ErrReplayed) {
		return nil
	}
	return err
}

// due returns when a parked message is due; one without a readable time is due at once.
func due(m *stored) time.Time {
	t, err := time.Parse(time.RFC3339Nano, getHeader(m.Header, headerDue))
	if err != nil {
		return time.Time{}
	}
	return t
}

// sweepLetters removes letters that say what is no longer true.
func (q *Queue) sweepLetters(ctx context.Context, stream string) error {
	heads, err := q.scan(ctx, stream, q.filterSubject(stream, Filter{}), true)
	if err != nil {
		return err
	}
	for _, h := range heads {
		m, err := q.at(ctx, q.intake, stream, h.Sequence)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		l, err := readLetter(stream, m)
		if err != nil {
			q.log.Error().Err(err).Msg("letter.unreadable")
			continue
		}
		if _, err := q.settle(ctx, &l); err != nil {
			return err
		}
	}
	return nil
}
