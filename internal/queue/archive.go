package queue

import (
	"context"
	"errors"
	"fmt"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
)

// EachRecord calls each with the records of HISTORY that an account and a kind choose, oldest first; empty chooses all. It
// ends with the first error of each. Records that cannot be read are passed as far as their headers say.
func (q *Queue) EachRecord(ctx context.Context, account string, kind document.Kind, each func(Record) error) error {
	filter := q.filterSubject(history, Filter{Account: account, Kind: kind})
	return q.walk(ctx, history, filter, false, 1, ^uint64(0), func(m *stored) error {
		r, err := readRecord(m)
		if err != nil {
			q.log.Error().Err(err).Msg("record.unreadable")
		}
		return each(*r)
	})
}

// Conclude puts the end of a document on record that a worker has brought about but not recorded, as is known from NetSuite.
// seen is where the document stood when that was found out; ErrChanged means that it does not stand there any more. A
// worker that is at it at this moment is overtaken, and stops.
func (q *Queue) Conclude(ctx context.Context, seen Status, r Record) error {
	what := fmt.Sprintf("put the end of document %s on record", seen.ID)
	if r.Type != Applied {
		return fmt.Errorf("%s: only applied documents are concluded, not %s", what, r.Type)
	}
	e, seq, err := q.Find(ctx, seen.ID)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	last, fence, err := q.lastRecord(ctx, q.intake, q.subject(history, e.Account, e.Kind, event.Key(e.ID)))
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if seq != seen.Sequence || seen.State != StateAccepted || last != nil && (last.Time.After(seen.Updated) || last.Sequence >= seq && last.Type.Terminal()) {
		return fmt.Errorf("%s: %w", what, ErrChanged)
	}
	if last != nil {
		r.Attempt, r.Tries = last.Attempt, last.Tries
	}
	_, err = q.appendRecord(ctx, q.intake, r.complete(e, seq, q.o.Worker), fence)
	var moved *movedError
	if errors.As(err, &moved) {
		return fmt.Errorf("%s: %w", what, ErrChanged)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
