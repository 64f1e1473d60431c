package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"

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
	whyImport  = "import"  // the first message of a dead letter from another installation
)

// unread reports whether lanes acknowledge a message without a look: markers, and what was imported, which waits for a person.
func unread(h nats.Header) bool { return marker(h) || getHeader(h, headerWhy) == whyImport }

// marker reports whether a message of INBOUND is a marker, which stands for a document without being one.
func marker(h nats.Header) bool {
	why := getHeader(h, headerWhy)
	return why == whyDiscard || why == whyForget
}

// Decision is what a person has decided about a document: who, why, and about which of its messages.
type Decision struct {
	Actor    string
	Approver string // the second person, where two are needed
	Note     string
	Job      string // id of the job that carries it out; empty when the person does
	// Sequence is the message of INBOUND that the person looked at; 0: whichever the document waits with. When it is another
	// by now, somebody else has decided.
	Sequence uint64
}

// set writes the decision into the headers of the message that carries it out.
func (d Decision) set(h nats.Header) {
	setHeader(h, headerActor, d.Actor)
	setHeader(h, headerApprover, d.Approver)
	setHeader(h, headerNote, d.Note)
	setHeader(h, headerJob, d.Job)
}

// decisionOf reads the decision that a message carries out.
func decisionOf(h nats.Header) Decision {
	since, _ := strconv.ParseUint(getHeader(h, headerSince), 10, 64) // 0 when the message takes no other's place
	return Decision{
		Actor: getHeader(h, headerActor), Approver: getHeader(h, headerApprover), Note: getHeader(h, headerNote),
		Job: getHeader(h, headerJob), Sequence: since,
	}
}

// record returns a record of the decision.
func (d Decision) record(t RecordType) Record {
	return Record{Type: t, Actor: d.Actor, Approver: d.Approver, Note: d.Note, Job: d.Job}
}

// Replay brings a dead-lettered or parked document back into its lane and returns its new sequence. Of several who
// replay or discard at once one wins, the others get ErrReplayed.
func (q *Queue) Replay(ctx context.Context, id string, d Decision) (uint64, error) {
	l, err := q.decided(ctx, id, d)
	if err != nil {
		return 0, err
	}
	return q.republish(ctx, l, l.Event, whyReplay, d)
}

// ReplayEdited is Replay with other data. The document keeps its id and its payload hash, and the original that was
// received stays in the archive under its former sequence.
func (q *Queue) ReplayEdited(ctx context.Context, id string, data event.Data, d Decision) (uint64, error) {
	l, err := q.decided(ctx, id, d)
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
	return q.republish(ctx, l, &e, whyEdit, d)
}

// ReplayEnded brings a document back into its lane that has come to an end: applied, superseded, recorded or discarded.
// Of several who do so at once one wins, the others get ErrReplayed. A document that has not ended is refused.
func (q *Queue) ReplayEnded(ctx context.Context, id string, d Decision) (uint64, error) {
	s, err := q.Status(ctx, id)
	if err != nil {
		return 0, err
	}
	switch {
	case d.Sequence != 0 && d.Sequence != s.Sequence:
		return 0, fmt.Errorf("replay document %s: %w", id, ErrReplayed)
	case !s.State.Final():
		return 0, fmt.Errorf("replay document %s: it is %s, not at its end: %w", id, s.State, ErrReplayed)
	}
	e, seq, err := q.Find(ctx, id)
	if err != nil {
		return 0, err
	}
	last, fence, err := q.lastRecord(ctx, q.intake, q.subject(history, e.Account, e.Kind, event.Key(id)))
	if err != nil {
		return 0, err
	}
	if last == nil || seq != s.Sequence {
		return 0, fmt.Errorf("replay document %s: %w", id, ErrReplayed)
	}
	ended := Letter{Event: e, Record: *last, fence: fence}
	ended.Record.Sequence = seq // of the marker, where the document was discarded
	return q.republish(ctx, ended, e, whyReplay, d)
}

// Discard ends a dead-lettered or parked document without effect. A marker in INBOUND decides between it and a replay at
// the same time.
func (q *Queue) Discard(ctx context.Context, id string, d Decision) error {
	l, err := q.decided(ctx, id, d)
	if err != nil {
		return err
	}
	_, err = q.republish(ctx, l, l.Event, whyDiscard, d)
	return err
}

// decided returns the letter that a decision is about.
func (q *Queue) decided(ctx context.Context, id string, d Decision) (Letter, error) {
	l, err := q.letter(ctx, id, deadletters, parked)
	if err == nil && d.Sequence != 0 && d.Sequence != l.Record.Sequence {
		err = fmt.Errorf("document %s: %w", id, ErrReplayed)
	}
	return l, err
}

// Successor returns the message that took the place of a document's message, by its sequence and the decision that it
// carries out; 0 when there is none.
func (q *Queue) Successor(ctx context.Context, id string, sequence uint64) (uint64, Decision, error) {
	filter := q.inboundFilter("*", event.Key(id))
	for from := sequence + 1; ; {
		m, err := q.next(ctx, q.intake, inbound, filter, from)
		if err != nil || m == nil {
			return 0, Decision{}, err
		}
		if d := decisionOf(m.Header); d.Sequence == sequence {
			return m.Sequence, d, nil
		}
		from = m.Sequence + 1
	}
}

// Rested reports whether a document's message has come to its end, or another has taken its place. It takes one look.
func (q *Queue) Rested(ctx context.Context, id string, sequence uint64) (bool, error) {
	last, _, err := q.lastRecord(ctx, q.intake, q.subject(history, "*", "*", event.Key(id)))
	if err != nil || last == nil {
		return false, err
	}
	return last.Sequence > sequence || last.Sequence == sequence && last.Type.Terminal(), nil
}

// republish publishes what takes the place of the message that the letter is about, writes the record of it, and removes
// the letter. The first step decides; settle does the others if this process dies between them.
func (q *Queue) republish(ctx context.Context, l Letter, e *event.Event, why string, d Decision) (uint64, error) {
	m, err := q.inboundMessage(ctx, e)
	if err != nil {
		return 0, err
	}
	if why == whyDiscard {
		m.Data = nil // the event itself stays where it is
	}
	setHeader(m.Header, headerWhy, why)
	setHeader(m.Header, headerSince, fmt.Sprint(l.Record.Sequence))
	d.set(m.Header)
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
	if l.stream == "" {
		return seq, nil
	}
	if err := q.remove(ctx, l.stream, l.StreamSequence); err != nil {
		q.log.Warn().Err(err).Str("document_id", e.ID).Msg("replay.letter_pending")
	}
	return seq, nil
}

// recordReplay writes the record of a replay when the message with these headers is one, and returns the document's last
// record and fence. A return from parking has no record: reason and tries go on.
func (q *Queue) recordReplay(ctx context.Context, nc *nats.Conn, h nats.Header, e *event.Event, seq uint64, last *Record, fence uint64) (*Record, uint64, error) {
	r := decisionOf(h).record(Replayed)
	r.Attempt, r.OpenUntil = last.Attempt, last.OpenUntil
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
	if moved := (*movedError)(nil); errors.As(err, &moved) && moved.now != nil {
		// The replayer and the lane meet here all the time: either may be first.
		if now, err := readRecord(moved.now); err == nil && now.Sequence >= seq {
			return now, moved.now.Sequence, nil
		}
	}
	if err != nil {
		return last, fence, err
	}
	return &r, next, nil
}

// discardRecord is the record of a discard: it judges the message that was given up.
func discardRecord(h nats.Header, e *event.Event, last *Record) Record {
	r := decisionOf(h).record(Discarded)
	r.Attempt, r.OpenUntil, r.Reason, r.Detail = last.Attempt, last.OpenUntil, last.Reason, last.Detail
	return r.complete(e, last.Sequence, "")
}
