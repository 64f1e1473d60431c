package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/event"
)

// Final reports whether nothing can happen to a document in this state any more.
func (s State) Final() bool {
	switch s {
	case StateApplied, StateSuperseded, StateRecorded, StateDiscarded:
		return true
	}
	return false
}

// Forget deletes a document that has come to its end. A marker with its id, number and payload hash stays, so that it is
// recognised when it is sent again; its history stays, too. A document that is still wanted is refused.
func (q *Queue) Forget(ctx context.Context, id, actor, note string) error {
	m, err := q.newest(ctx, id)
	if err != nil {
		return err
	}
	s, err := q.status(ctx, m)
	if err != nil {
		return err
	}
	if !s.State.Final() {
		return fmt.Errorf("forget document %s: it is %s; replay or discard it first", id, s.State)
	}
	filter := q.inboundFilter(s.Account, event.Key(id))
	last := m.Sequence
	if !s.Forgotten {
		h := nats.Header{}
		for name, v := range m.Header {
			if len(name) > 3 && name[:3] == "ce-" && name != "ce-dataref" {
				h[name] = v
			}
		}
		// Whoever forgets it again, because this process was killed below, may know it by its number.
		setHeader(h, headerNumber, s.Number)
		setHeader(h, headerWhy, whyForget)
		setHeader(h, headerActor, actor)
		setHeader(h, headerNote, note)
		last, err = q.write(ctx, q.intake, q.js, inbound, &nats.Msg{Subject: m.Subject, Header: h}, filter, m.Sequence)
		var moved *movedError
		if errors.As(err, &moved) {
			return fmt.Errorf("forget document %s: %w", id, ErrChanged)
		}
		if err != nil {
			return fmt.Errorf("forget document %s: %w", id, err)
		}
	}
	if err := q.o.crash("forget: marked"); err != nil {
		return err
	}
	// A crash from here on leaves messages behind a marker; forgetting again removes them.
	old, err := q.window(ctx, inbound, filter, true, 1, last)
	if err != nil {
		return err
	}
	for _, o := range old {
		if o.Sequence == last {
			continue
		}
		if err := q.remove(ctx, inbound, o.Sequence); err != nil {
			return fmt.Errorf("forget document %s: %w", id, err)
		}
	}
	return nil
}

// expireWindow is how many messages Expire looks at in one step.
const expireWindow = 2000

// Expire forgets the documents that came to their end longer than age ago and returns how many. It goes through the archive
// from the oldest message to the first that is younger than age, reading headers only.
func (q *Queue) Expire(ctx context.Context, age time.Duration) (int, error) {
	stream, err := q.js.Stream(ctx, q.o.stream(inbound))
	if err != nil {
		return 0, unavailable("expire documents", err)
	}
	state := stream.CachedInfo().State
	expired := 0
	for begin := max(state.FirstSeq, 1); begin <= state.LastSeq; begin += expireWindow {
		heads, err := q.window(ctx, inbound, q.filterSubject(inbound, Filter{}), true, begin, begin+expireWindow-1)
		if err != nil {
			return expired, err
		}
		for _, h := range heads {
			if time.Since(h.Time) < age {
				return expired, nil
			}
			gone, err := q.expire(ctx, h, age)
			if err != nil {
				return expired, err
			}
			if gone {
				expired++
			}
		}
	}
	return expired, nil
}

// expire forgets the document of a message if it came to its end longer than age ago.
func (q *Queue) expire(ctx context.Context, m *stored, age time.Duration) (bool, error) {
	if getHeader(m.Header, headerWhy) == whyForget {
		return false, nil
	}
	id := event.Attribute(m.Header, "id")
	s, err := q.Status(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	case !s.State.Final(), time.Since(s.Updated) < age:
		return false, nil
	}
	err = q.Forget(ctx, id, "retention", fmt.Sprintf("its end is more than %s ago", age))
	if errors.Is(err, ErrChanged) {
		return false, nil
	}
	return err == nil, err
}
