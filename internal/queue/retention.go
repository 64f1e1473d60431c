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
	sweep := sweeper{q: q, retention: r}
	tick := time.NewTicker(r.Every)
	defer tick.Stop()
	for {
		held, err := l.hold(ctx)
		if err == nil && held {
			var swept Swept
			if swept, err = sweep.round(ctx); swept != (Swept{}) {
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

// sweeper removes what is not wanted any more.
type sweeper struct {
	q         *Queue
	retention Retention
	// unused are the objects that nothing named in the last round. Only what nothing has named for a whole round is removed,
	// because a backup takes the object store some time after what names objects.
	unused map[string]bool
}

func (s *sweeper) round(ctx context.Context) (Swept, error) {
	var swept Swept
	var err error
	if swept.Documents, err = s.q.Expire(ctx, s.retention.Age); err != nil {
		return swept, err
	}
	used, err := s.q.objectsInUse(ctx)
	if err != nil {
		return swept, err
	}
	before := s.unused
	s.unused = map[string]bool{}
	swept.Objects, err = s.q.SweepObjects(ctx, s.retention.Orphans, func(ref string) bool {
		if used[ref] || s.q.Ledgers().names(ctx, ref) {
			return true
		}
		s.unused[ref] = true
		return !before[ref]
	})
	return swept, err
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
