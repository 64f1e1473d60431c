package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/nats-io/nats.go"

	"counterpunch/internal/event"
)

// Letter is a document that waits for a person (dead letter) or for a time (parked).
type Letter struct {
	Event          *event.Event
	Record         Record
	StreamSequence uint64 // in DEADLETTERS or PARKED
	stream         string
	fence          uint64 // sequence of the record in HISTORY
}

// letterData is the body of a letter's message: the record and the whole event in structured form.
type letterData struct {
	Record Record            `json:"record"`
	Event  cloudevents.Event `json:"event"`
}

// letterStream returns the stream of the letter that a record asks for, or "".
func letterStream(t RecordType) string {
	switch t {
	case DeadLettered:
		return deadletters
	case Parked:
		return parked
	}
	return ""
}

func (q *Queue) letterMessage(ctx context.Context, e *event.Event, r Record, subject string) (*nats.Msg, error) {
	small, err := q.checkIn(ctx, e)
	if err != nil {
		return nil, err
	}
	ce, err := small.CloudEvent()
	if err != nil {
		return nil, err
	}
	r, _, err = r.fit(q.maxRecord())
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(letterData{Record: r, Event: ce})
	if err != nil {
		return nil, fmt.Errorf("encode the letter of document %s: %w", e.ID, err)
	}
	m, err := r.message(subject, body)
	if err != nil {
		return nil, err
	}
	if e.Data.Document != nil {
		setHeader(m.Header, headerNumber, e.Data.Document.Number())
	}
	return m, nil
}

// readLetter reads a letter without what is stored apart.
func readLetter(stream string, m *stored) (Letter, error) {
	var d letterData
	if err := json.Unmarshal(m.Data, &d); err != nil {
		return Letter{}, fmt.Errorf("letter %d of %s: %w", m.Sequence, stream, err)
	}
	e, err := event.FromCloudEvent(d.Event)
	if err != nil {
		return Letter{}, fmt.Errorf("letter %d of %s: %w", m.Sequence, stream, err)
	}
	return Letter{Event: e, Record: d.Record, StreamSequence: m.Sequence, stream: stream}, nil
}

// Letters returns the dead letters that the filter lets through, newest first.
func (q *Queue) Letters(ctx context.Context, f Filter) ([]Letter, error) {
	return q.letters(ctx, deadletters, f)
}

// Parked returns the parked documents that the filter lets through, newest first.
func (q *Queue) Parked(ctx context.Context, f Filter) ([]Letter, error) {
	return q.letters(ctx, parked, f)
}

func (q *Queue) letters(ctx context.Context, stream string, f Filter) ([]Letter, error) {
	all, err := q.scan(ctx, stream, q.filterSubject(stream, f), false)
	if err != nil {
		return nil, err
	}
	var list []Letter
	for i := len(all) - 1; i >= 0 && (f.Limit <= 0 || len(list) < f.Limit); i-- {
		l, err := readLetter(stream, all[i])
		if err != nil {
			q.log.Error().Err(err).Msg("letter.unreadable")
			continue
		}
		if !f.matches(l.Status()) {
			continue
		}
		live, err := q.settle(ctx, &l)
		if err != nil {
			return nil, err
		}
		if !live {
			continue
		}
		if err := q.checkOut(ctx, l.Event); err != nil {
			q.log.Warn().Err(err).Str("document_id", l.Event.ID).Msg("document.original_missing")
		}
		list = append(list, l)
	}
	return list, nil
}

// Letter returns the dead letter of a document, or ErrNotFound.
func (q *Queue) Letter(ctx context.Context, id string) (Letter, error) {
	return q.letter(ctx, id, deadletters)
}

// letter returns the document's letter from the first of the streams that has one.
func (q *Queue) letter(ctx context.Context, id string, streams ...string) (Letter, error) {
	for _, stream := range streams {
		m, err := q.last(ctx, q.intake, stream, q.subject(stream, "*", "*", event.Key(id)))
		if err != nil {
			return Letter{}, err
		}
		if m == nil {
			continue
		}
		l, err := readLetter(stream, m)
		if err != nil {
			return Letter{}, err
		}
		live, err := q.settle(ctx, &l)
		if err != nil {
			return Letter{}, err
		}
		if !live {
			continue
		}
		if err := q.fill(ctx, l.Event); err != nil {
			return Letter{}, err
		}
		return l, nil
	}
	return Letter{}, fmt.Errorf("letter of document %s: %w", id, ErrNotFound)
}

// Status says where the document stands.
func (l Letter) Status() Status {
	s := Status{
		ID: l.Event.ID, Account: l.Event.Account, Supplier: l.Event.Supplier, Kind: l.Event.Kind, Subject: l.Event.Subject,
		PayloadID: l.Event.PayloadID, PayloadHash: l.Event.PayloadHash, Received: l.Event.Time, Sequence: l.Record.Sequence, Orders: l.Record.Orders,
		State: l.Record.Type.State(), Reason: l.Record.Reason, Fingerprint: l.Record.Fingerprint, Detail: l.Record.Detail,
		Due: l.Record.Due, Updated: l.Record.Time, Attempt: l.Record.Attempt, PartitionKey: l.Event.PartitionKey,
	}
	if l.Event.Data.Document != nil {
		s.Number = l.Event.Data.Document.Number()
	}
	return s
}

// settle reports whether the letter still says what is true: the document's last record is the one of the letter, for
// the same message, and that message is still the newest. A letter that is not is what a crash, or a worker that was
// overtaken, left behind; the steps that are missing are done, and it is removed by its own sequence.
func (q *Queue) settle(ctx context.Context, l *Letter) (bool, error) {
	e := l.Event
	key := event.Key(e.ID)
	last, fence, err := q.lastRecord(ctx, q.intake, q.subject(history, e.Account, e.Kind, key))
	if err != nil {
		return false, err
	}
	newest, err := q.last(ctx, q.intake, inbound, q.inboundFilter(e.Account, key))
	if err != nil {
		return false, err
	}
	judged := l.Record.Sequence
	switch {
	case last == nil, last.Sequence < judged, last.Sequence == judged && !last.Type.Terminal():
		// The worker is between letter and record; or it died there, and the document comes again.
		return false, nil
	case last.Type == l.Record.Type && last.Sequence == judged && (newest == nil || newest.Sequence <= judged):
		l.fence = fence
		return true, nil
	case last.Sequence == judged && newest != nil && newest.Sequence > judged && last.Type == l.Record.Type:
		if err := q.finish(ctx, e, newest, last, fence); err != nil {
			return false, err
		}
	}
	return false, q.remove(ctx, l.stream, l.StreamSequence)
}

// finish writes the record of a replay or a discard whose process died after it had published.
func (q *Queue) finish(ctx context.Context, e *event.Event, newest *stored, last *Record, fence uint64) error {
	var err error
	if marker(newest.Header) {
		_, err = q.appendRecord(ctx, q.intake, discardRecord(newest.Header, e, last), fence)
	} else {
		_, _, err = q.recordReplay(ctx, q.intake, newest.Header, e, newest.Sequence, last, fence)
	}
	var moved *movedError
	if errors.As(err, &moved) {
		return nil // somebody else has written it
	}
	return err
}
