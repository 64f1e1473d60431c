package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/reason"
)

// Status says where a document stands.
type Status struct {
	ID        string        `json:"id"`
	Account   string        `json:"account"`
	Supplier  string        `json:"supplier"`
	Kind      document.Kind `json:"kind"`
	Number    string        `json:"number,omitempty"`  // the document's own number
	Subject   string        `json:"subject,omitempty"` // number of its first order
	Orders    []string      `json:"orders,omitempty"`
	PayloadID string        `json:"payloadID,omitempty"`
	// PayloadHash tells whether a document that was sent again is the same.
	PayloadHash string      `json:"payloadHash,omitempty"`
	Received    time.Time   `json:"received"`
	Sequence    uint64      `json:"sequence"` // of its newest message in INBOUND
	State       State       `json:"state"`
	Reason      reason.Code `json:"reason,omitempty"`
	// Fingerprint is that of the cause for which it waits.
	Fingerprint string     `json:"fingerprint,omitempty"`
	Detail      string     `json:"detail,omitempty"`
	Due         *time.Time `json:"due,omitempty"`
	Updated     time.Time  `json:"updated"`
	Attempt     int        `json:"attempt,omitempty"`
	Forgotten   bool       `json:"forgotten,omitempty"` // the document itself was deleted
	// Attachments are the references of the files that came with it, for Object.
	Attachments []string `json:"attachments,omitempty"`
	// PartitionKey decides the lane.
	PartitionKey string `json:"-"`
}

// Filter selects documents. Zero fields select all.
type Filter struct {
	Account     string        `json:"account,omitempty"`
	Supplier    string        `json:"supplier,omitempty"`
	Kind        document.Kind `json:"kind,omitempty"`
	Order       string        `json:"order,omitempty"`  // number, compared without regard to case and outer blanks
	Number      string        `json:"number,omitempty"` // the document's own number, compared likewise
	State       State         `json:"state,omitempty"`
	Reason      reason.Code   `json:"reason,omitempty"`
	Fingerprint string        `json:"fingerprint,omitempty"` // of the cause
	Since       time.Time     `json:"since,omitzero"`        // received at or after
	Until       time.Time     `json:"until,omitzero"`        // received before
	Settled     time.Time     `json:"settled,omitzero"`      // in its state since before
	Limit       int           `json:"limit,omitempty"`       // 0: no limit
}

func (f Filter) matches(s Status) bool {
	same := func(a, b string) bool { return document.NormaliseNumber(a) == document.NormaliseNumber(b) }
	switch {
	case f.Account != "" && f.Account != s.Account,
		f.Supplier != "" && f.Supplier != s.Supplier,
		f.Kind != "" && f.Kind != s.Kind,
		f.Number != "" && !same(f.Number, s.Number),
		f.State != "" && f.State != s.State,
		f.Reason != "" && f.Reason != s.Reason,
		f.Fingerprint != "" && f.Fingerprint != s.Fingerprint,
		!f.Since.IsZero() && s.Received.Before(f.Since),
		!f.Until.IsZero() && !s.Received.Before(f.Until),
		!f.Settled.IsZero() && !s.Updated.Before(f.Settled):
		return false
	}
	return f.Order == "" || same(f.Order, s.Subject) || slices.ContainsFunc(s.Orders, func(o string) bool { return same(f.Order, o) })
}

// filterSubject returns the subjects that the filter can match, to spare the rest.
func (q *Queue) filterSubject(stream string, f Filter) string {
	account, kind := "*", document.Kind("*")
	if f.Account != "" && token.MatchString(f.Account) {
		account = f.Account
	}
	if f.Kind != "" && token.MatchString(string(f.Kind)) {
		kind = f.Kind
	}
	if stream == inbound {
		return q.o.subject("inbound." + account + ".*." + string(kind) + ".*")
	}
	return q.subject(stream, account, kind, "*")
}

// newest returns the newest message of a document, or ErrNotFound.
func (q *Queue) newest(ctx context.Context, id string) (*stored, error) {
	key := event.Key(id)
	if !token.MatchString(key) {
		return nil, fmt.Errorf("document %q: %w", id, ErrNotFound)
	}
	m, err := q.last(ctx, q.intake, inbound, q.inboundFilter("*", key))
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("document %s: %w", id, ErrNotFound)
	}
	return m, nil
}

// Find returns the newest form of a document and the sequence of its newest message in INBOUND, or ErrNotFound. A
// discarded document is returned as it was before.
func (q *Queue) Find(ctx context.Context, id string) (*event.Event, uint64, error) {
	m, err := q.newest(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	seq := m.Sequence
	for marker(m.Header) {
		since, err := strconv.ParseUint(getHeader(m.Header, headerSince), 10, 64)
		if err != nil {
			return nil, 0, fmt.Errorf("document %s: forgotten: %w", id, ErrNotFound)
		}
		if m, err = q.at(ctx, q.intake, inbound, since); err != nil {
			return nil, 0, err
		}
		if m == nil {
			return nil, 0, fmt.Errorf("document %s: forgotten: %w", id, ErrNotFound)
		}
	}
	ce, err := event.FromMessage(m.Header, m.Data)
	if err != nil {
		return nil, 0, fmt.Errorf("document %s: %w", id, err)
	}
	e, err := event.FromCloudEvent(ce)
	if err != nil {
		return nil, 0, fmt.Errorf("document %s: %w", id, err)
	}
	if err := q.checkOut(ctx, e); err != nil {
		return nil, 0, err
	}
	return e, seq, nil
}

// Status returns where a document stands, or ErrNotFound.
func (q *Queue) Status(ctx context.Context, id string) (Status, error) {
	m, err := q.newest(ctx, id)
	if err != nil {
		return Status{}, err
	}
	return q.status(ctx, m)
}

// status reads the state of a document from the headers of its newest message and its last record.
func (q *Queue) status(ctx context.Context, m *stored) (Status, error) {
	s := statusOf(m)
	last, _, err := q.lastRecord(ctx, q.intake, q.subject(history, s.Account, s.Kind, event.Key(s.ID)))
	if err != nil || last == nil {
		return s, err
	}
	s.Updated, s.Reason, s.Fingerprint, s.Detail, s.Attempt = last.Time, last.Reason, last.Fingerprint, last.Detail, last.Attempt
	switch {
	case last.Type == Discarded, last.Sequence >= s.Sequence:
		s.State = last.Type.State()
	case marker(m.Header):
		s.State = StateDiscarded // by a process that died before it was on record
		if getHeader(m.Header, headerWhy) == whyForget {
			s.State = last.Type.State()
		}
	}
	if s.State == StateParked {
		s.Due = last.Due
	}
	return s, nil
}

// statusOf returns what the headers of a message of INBOUND say.
func statusOf(m *stored) Status {
	s := Status{
		ID:          event.Attribute(m.Header, "id"),
		Account:     event.Attribute(m.Header, "account"),
		Supplier:    strings.TrimPrefix(event.Attribute(m.Header, "source"), "/suppliers/"),
		Subject:     event.Attribute(m.Header, "subject"),
		PayloadID:   event.Attribute(m.Header, "payloadid"),
		PayloadHash: event.Attribute(m.Header, "payloadhash"),
		Number:      getHeader(m.Header, headerNumber),
		Sequence:    m.Sequence,
		State:       StateAccepted,
		Updated:     m.Time,
		Forgotten:   getHeader(m.Header, headerWhy) == whyForget,

		PartitionKey: event.Attribute(m.Header, "partitionkey"),
	}
	if tokens := strings.Split(m.Subject, "."); len(tokens) >= 2 {
		s.Kind = document.Kind(tokens[len(tokens)-2])
	}
	if t, err := time.Parse(time.RFC3339Nano, event.Attribute(m.Header, "time")); err == nil {
		s.Received = t
	}
	if refs := getHeader(m.Header, headerAttachments); refs != "" {
		s.Attachments = strings.Split(refs, ",")
	}
	if list := getHeader(m.Header, headerOrders); list != "" {
		// Orders that cannot be read are left out of a listing; the document itself has them.
		_ = json.Unmarshal([]byte(list), &s.Orders)
	}
	return s
}

// documentsWindow is how many messages Documents looks at in one step, going back from the newest.
const documentsWindow = 2000

// Documents returns the documents that the filter lets through, newest first. It goes back through the archive until the
// limit is reached, reading headers only; with neither limit nor since it reads all of it.
func (q *Queue) Documents(ctx context.Context, f Filter) ([]Status, error) {
	if f.State == StateDeadLettered || f.State == StateParked {
		return q.waiting(ctx, f)
	}
	stream, err := q.js.Stream(ctx, q.o.stream(inbound))
	if err != nil {
		return nil, unavailable("list documents", err)
	}
	state := stream.CachedInfo().State
	var list []Status
	seen := make(map[string]bool)
	for end := state.LastSeq; end > 0 && end >= state.FirstSeq; {
		begin := max(end-min(end-1, documentsWindow-1), state.FirstSeq, 1)
		window, err := q.window(ctx, inbound, q.filterSubject(inbound, f), true, begin, end)
		if err != nil {
			return nil, err
		}
		for i := len(window) - 1; i >= 0; i-- {
			m := window[i]
			s := statusOf(m)
			if seen[s.ID] {
				continue
			}
			seen[s.ID] = true
			// The rest needs a look into the history, so it comes after what the headers tell.
			cheap := f
			cheap.State, cheap.Reason, cheap.Fingerprint, cheap.Settled = "", "", "", time.Time{}
			if !cheap.matches(s) {
				continue
			}
			if s, err = q.status(ctx, m); err != nil {
				return nil, err
			}
			if !f.matches(s) {
				continue
			}
			list = append(list, s)
			if f.Limit > 0 && len(list) >= f.Limit {
				return list, nil
			}
		}
		if len(window) > 0 && !f.Since.IsZero() && window[0].Time.Before(f.Since) {
			break
		}
		end = begin - 1
	}
	return list, nil
}

// waiting answers Documents from the letters, of which there are few.
func (q *Queue) waiting(ctx context.Context, f Filter) ([]Status, error) {
	letters, err := q.letters(ctx, letterStream(RecordType(f.State)), f)
	if err != nil {
		return nil, err
	}
	list := make([]Status, 0, len(letters))
	for _, l := range letters {
		list = append(list, l.Status())
	}
	slices.SortStableFunc(list, func(a, b Status) int { return b.Received.Compare(a.Received) })
	return list, nil
}

// History returns the records of a document, oldest first. Of one that cannot be read it has what the headers say.
func (q *Queue) History(ctx context.Context, id string) ([]Record, error) {
	key := event.Key(id)
	if !token.MatchString(key) {
		return nil, fmt.Errorf("document %q: %w", id, ErrNotFound)
	}
	all, err := q.scan(ctx, history, q.subject(history, "*", "*", key), false)
	if err != nil {
		return nil, err
	}
	list := make([]Record, 0, len(all))
	for _, m := range all {
		r, err := readRecord(m)
		if err != nil {
			q.log.Error().Err(err).Str("document_id", id).Msg("record.unreadable")
		}
		list = append(list, *r)
	}
	return list, nil
}
