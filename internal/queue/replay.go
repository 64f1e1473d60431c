package queue

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/event"
)

// The reasons why a message takes the place of an earlier one of the same document.
const (
	whyReplay  = "replay"
	whyEdit    = "edit"
	whyReturn  = "return"  // from parking
	whyDiscard = "discard" // a marker: nothing is to be done
	whyForget  = "forget"  // a marker: the document was deleted, and is recognised when it is sent again
)

// marker reports whether a message of INBOUND is a marker, which lanes acknowledge unread.
func marker(h nats.Header) bool {
	why := getHeader(h, headerWhy)
	return why == whyDiscard || why == whyForget
}

// Replay brings a dead-lettered or parked document back into its lane and returns its new sequence. Of several who
// replay or discard at once one wins, the others get ErrReplayed.
func (q *Queue) Replay(ctx context.Context, id, actor, note string) (uint64, error) {
	l, err := q.letter(ctx, id, deadletters, parked)
	if err != nil {
		return 0, err
	}
	return q.republish(ctx, l, l.Event, whyReplay, actor, note)
}

// ReplayEdited is Replay with other data. The document keeps its id and its payload hash, and the original that was
// received stays in the archive under its former sequence.
func (q *Queue) ReplayEdited(ctx context.Context, id string, data event.Data, actor, note string) (uint64, error) {
	l, err := q.letter(ctx, id, deadletters, parked)
	if err != nil {
		return 0, err
	}
	if data.Document == nil || data.Document.Kind != l.Event.Kind {
		return 0, fmt.Errorf("edit document %s: it must stay of kind %s", id, l.Event.Kind)
	}
	e := *l.Event
	e.Data, e.DataRef = data, ""
	e.PartitionKey = event.PartitionKey(data.Document, e.Supplier)
	if orders := data.Document.Orders(); len(orders) > 0 {
		e.Subject = orders[0].OrderID
	}
	return q.republish(ctx, l, &e, whyEdit, actor, note)
}

// Discard ends a dead-lettered or parked document without effect. A marker in INBOUND decides between it and a replay at
// the same time.
func (q *Queue) Discard(ctx context.Context, id, actor, note string) error {
	l, err := q.letter(ctx, id, deadletters, parked)
	if err != nil {
		return err
	}
	_, err = q.republish(ctx, l, l.Event, whyDiscard, actor, note)
	return err
}

// republish publishes what takes the place of the message that the letter is about, writes the record of it, and removes
// the letter. The first step decides; settle does the others if this process dies between them.
func (q *Queue) republish(ctx context.Context, l Letter, e *event.Event, why, actor, note string) (uint64, error) {
	m, err := q.inboundMessage(ctx, e)
	if err != nil {
		return 0, err
	}
	if why == whyDiscard {
		m.Data = nil // the event itself stays where it is
	}
	setHeader(m.Header, headerWhy, why)
	setHeader(m.Header, headerSince, fmt.Sprint(l.Record.Sequence))
	setHeader(m.Header, headerActor, actor)
	setHeader(m.Header, headerNote, note)
	lanes, err := q.Lanes(ctx, e.Account)
	if err != nil {
		return 0, err
	}
	m.Subject = q.inboundSubject(e, LaneOf(e.PartitionKey, lanes))
	seq, err := q.write(ctx, q.intake, q.js, inbound, m, q.inboundFilter(e.Account, event.Key(e.ID)), l.Record.Sequence)
	var moved *movedError
	if errors.As(err, &moved) {
		return 0, fmt.Errorf("%s document %s: %w", why, e.ID, ErrReplayed)
	}
	if err != nil {
		return 0, fmt.Errorf("%s document %s: %w", why, e.ID, err)
	}
	// From here on the document is on its way, whatever becomes of the other steps.
	if err := q.o.crash(why + ": published"); err != nil {
		return seq, err
	}
	newest := &stored{Sequence: seq, Header: m.Header}
	if err := q.finish(ctx, e, newest, &l.Record, l.fence); err != nil {
		q.log.Warn().Err(err).Str("document_id", e.ID).Msg("replay.record_pending")
		return seq, nil
	}
	if err := q.o.crash(why + ": recorded"); err != nil {
		return seq, err
	}
	if err := q.remove(ctx, l.stream, l.StreamSequence); err != nil {
		q.log.Warn().Err(err).Str("document_id", e.ID).Msg("replay.letter_pending")
	}
	return seq, nil
}

// recordReplay writes the record of a replay when the message with these headers is one, and returns the document's last
// record and fence. A return from parking has no record: reason and tries go on.
func (q *Queue) recordReplay(ctx context.Context, nc *nats.Conn, h nats.Header, e *event.Event, seq uint64, last *Record, fence uint64) (*Record, uint64, error) {
	r := Record{Type: Replayed, Actor: getHeader(h, headerActor), Note: getHeader(h, headerNote), Attempt: last.Attempt}
	switch getHeader(h, headerWhy) {
	case whyReplay:
	case whyEdit:
		r.Type = Edited
	default:
		return last, fence, nil
	}
	// The tries of the schedule start again, because a person has looked at it.
	r = r.complete(e, seq, q.o.Worker)
	next, err := q.appendRecord(ctx, nc, r, fence)
	if err != nil {
		return last, fence, err
	}
	return &r, next, nil
}

// discardRecord is the record of a discard: it judges the message that was given up.
func discardRecord(h nats.Header, e *event.Event, last *Record) Record {
	r := Record{
		Type: Discarded, Actor: getHeader(h, headerActor), Note: getHeader(h, headerNote),
		Attempt: last.Attempt, Reason: last.Reason, Detail: last.Detail,
	}
	return r.complete(e, last.Sequence, "")
}
