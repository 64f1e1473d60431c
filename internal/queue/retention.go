package queue

import (
	"context"
	"strings"
	"time"

	"counterpunch/internal/event"
)

// Retention says how long documents are kept.
type Retention struct {
	Every time.Duration // between two rounds
	// Age is how long after its end a document is forgotten; its marker and its history stay.
	Age time.Duration
	// Orphans is how old originals and attachments that no document names must be before they are removed: more than an hour
	// plus the time of an intake.
	Orphans time.Duration
}

// Swept is what a round of retention has removed.
type Swept struct {
	Documents int
	Objects   int
}

// RunRetention forgets documents and removes what no document names, until ctx ends. Of all processes that call it one works
// at a time; when that one dies another takes over after three times Every.
func (q *Queue) RunRetention(ctx context.Context, r Retention) {
	l := q.lease("retention", 3*r.Every)
	defer l.release()
	tick := time.NewTicker(r.Every)
	defer tick.Stop()
	for {
		held, err := l.hold(ctx)
		if err == nil && held {
			var swept Swept
			if swept, err = q.sweepOnce(ctx, r); swept != (Swept{}) {
				q.log.Info().Int("documents", swept.Documents).Int("objects", swept.Objects).Msg("retention.swept")
			}
		}
		if err != nil && ctx.Err() == nil {
			q.log.Warn().Err(err).Msg("retention.failed")
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweepOnce is one round.
func (q *Queue) sweepOnce(ctx context.Context, r Retention) (Swept, error) {
	var s Swept
	var err error
	if s.Documents, err = q.Expire(ctx, r.Age); err != nil {
		return s, err
	}
	used, err := q.objectsInUse(ctx)
	if err != nil {
		return s, err
	}
	s.Objects, err = q.SweepObjects(ctx, r.Orphans, func(ref string) bool { return used[ref] })
	return s, err
}

// objectsInUse returns the references that the archive and the letters name. A letter may name another object than its
// document in the archive does: what is stored apart depends on how it is written. While a letter cannot be read nothing is
// known, and that is an error.
func (q *Queue) objectsInUse(ctx context.Context) (map[string]bool, error) {
	used := map[string]bool{}
	err := q.walk(ctx, inbound, q.filterSubject(inbound, Filter{}), true, 1, ^uint64(0), func(m *stored) error {
		used[event.Attribute(m.Header, "dataref")] = true
		for ref := range strings.SplitSeq(getHeader(m.Header, headerAttachments), ",") {
			used[ref] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, stream := range []string{parked, deadletters} {
		err := q.walk(ctx, stream, q.filterSubject(stream, Filter{}), false, 1, ^uint64(0), func(m *stored) error {
			l, err := readLetter(stream, m)
			if err != nil {
				return err
			}
			used[l.Event.DataRef] = true
			for _, a := range l.Event.Data.Attachments {
				used[a.Ref] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return used, nil
}
