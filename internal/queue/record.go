package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/reason"
)

// RecordType says what happened to a document.
type RecordType string

// The records. Those that end a message are Terminal.
const (
	AttemptStarted RecordType = "attempt-started" // a run that may write begins; Plan lists what it may send
	AttemptFailed  RecordType = "attempt-failed"
	Applied        RecordType = "applied"
	Superseded     RecordType = "superseded"
	Recorded       RecordType = "recorded"
	Parked         RecordType = "parked"
	DeadLettered   RecordType = "dead-lettered"
	Replayed       RecordType = "replayed"
	Edited         RecordType = "edited" // replayed with changed data
	Discarded      RecordType = "discarded"
)

// Terminal reports whether the record ends the message that it judges: the message is acknowledged then. A parked or
// dead-lettered document goes on as another message.
func (t RecordType) Terminal() bool {
	switch t {
	case Applied, Superseded, Recorded, Parked, DeadLettered, Discarded:
		return true
	}
	return false
}

// State returns the state of a document whose last record is of this type.
func (t RecordType) State() State {
	if t.Terminal() {
		return State(t)
	}
	return StateAccepted
}

// State is where a document stands.
type State string

// The states of a document.
const (
	StateAccepted     State = "accepted" // waiting in a lane or being worked on
	StateApplied      State = "applied"
	StateSuperseded   State = "superseded"
	StateRecorded     State = "recorded"
	StateParked       State = "parked"
	StateDeadLettered State = "dead-lettered"
	StateDiscarded    State = "discarded"
)

// Effect is one thing that was changed in NetSuite.
type Effect struct {
	Record string `json:"record"`           // record type, such as purchaseOrder
	ID     string `json:"id,omitempty"`     // internal id
	Number string `json:"number,omitempty"` // transaction number
	Line   int    `json:"line,omitempty"`
	Field  string `json:"field,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Record is one thing that happened to a document. Counters are cumulative over all messages of the document.
type Record struct {
	Type       RecordType    `json:"type"`
	ID         string        `json:"id,omitempty"` // of this record
	DocumentID string        `json:"documentID"`
	Account    string        `json:"account"`
	Supplier   string        `json:"supplier"`
	Kind       document.Kind `json:"kind"`
	Sequence   uint64        `json:"sequence"` // of the INBOUND message that is judged
	Time       time.Time     `json:"time"`

	Attempt    int            `json:"attempt,omitempty"`    // runs that may have written
	Unfinished int            `json:"unfinished,omitempty"` // starts without an end, in a row
	Tries      map[string]int `json:"tries,omitempty"`      // by class of error: drives the schedule
	Class      string         `json:"class,omitempty"`
	Reason     reason.Code    `json:"reason,omitempty"`
	Detail     string         `json:"detail,omitempty"`
	NetSuite   string         `json:"netsuite,omitempty"` // NetSuite's own words

	Plan        json.RawMessage `json:"plan,omitempty"`
	Effects     []Effect        `json:"effects,omitempty"`
	Unmapped    []string        `json:"unmapped,omitempty"`
	Differences json.RawMessage `json:"differences,omitempty"`
	Calls       int             `json:"calls,omitempty"`

	Due         *time.Time `json:"due,omitempty"`         // of a parked document
	FirstParked *time.Time `json:"firstParked,omitempty"` // the deadline counts from here
	// OpenUntil is set while a write, of which nobody saw the end, may still be carried out. A replay does not end that.
	OpenUntil   *time.Time `json:"openUntil,omitempty"`
	Worker      string     `json:"worker,omitempty"`
	Actor       string     `json:"actor,omitempty"`    // the person who replayed, edited or discarded
	Approver    string     `json:"approver,omitempty"` // the second person, where two are needed
	Note        string     `json:"note,omitempty"`
	Job         string     `json:"job,omitempty"`         // id of the job that carried it out
	Fingerprint string     `json:"fingerprint,omitempty"` // of the cause: equal for letters that one remedy helps
	Orders      []string   `json:"orders,omitempty"`
	Truncated   []string   `json:"truncated,omitempty"` // fields that were cut because the record was too large
}

// The headers of records and letters. They let listings work without the bodies.
const (
	headerJudged = "Counterpunch-Judged" // INBOUND sequence
	headerReason = "Counterpunch-Reason"
	headerDue    = "Counterpunch-Due"
)

const (
	recordPrefix = "counterpunch.document."
	recordSuffix = ".v1"
	recordSource = "/counterpunch"
)

// fit cuts what is largest and least needed until the record takes at most most bytes.
func (r Record) fit(most int64) (Record, []byte, error) {
	cuts := []struct {
		field string
		cut   func()
	}{
		{"plan", func() { r.Plan = nil }},
		{"unmapped", func() { r.Unmapped = nil }},
		{"differences", func() { r.Differences = nil }},
		{"effects", func() { r.Effects = r.Effects[:min(len(r.Effects), 50)] }},
		{"netsuite", func() { r.NetSuite = r.NetSuite[:min(len(r.NetSuite), 4096)] }},
		{"detail", func() { r.Detail = r.Detail[:min(len(r.Detail), 4096)] }},
		{"orders", func() { r.Orders = r.Orders[:min(len(r.Orders), 50)] }},
		{"note", func() { r.Note = r.Note[:min(len(r.Note), 4096)] }},
		// Numbers and values that are as long as a document may make them.
		{"effects", func() { r.Effects = nil }},
		{"orders", func() { r.Orders = nil }},
	}
	for i := 0; ; i++ {
		body, err := json.Marshal(r)
		if err != nil {
			return r, nil, fmt.Errorf("encode record of document %s: %w", r.DocumentID, err)
		}
		if int64(len(body)) <= most || i == len(cuts) {
			return r, body, nil
		}
		cuts[i].cut()
		if !slices.Contains(r.Truncated, cuts[i].field) {
			r.Truncated = append(r.Truncated, cuts[i].field)
		}
	}
}

// message returns the record as a message for HISTORY. data is the record itself, or what a letter holds.
func (r Record) message(subject string, data []byte) (*nats.Msg, error) {
	ce := cloudevents.NewEvent()
	ce.SetID(r.DocumentID + "/" + r.ID)
	ce.SetSource(recordSource)
	ce.SetType(recordPrefix + string(r.Type) + recordSuffix)
	ce.SetSubject(r.DocumentID)
	ce.SetTime(r.Time)
	ce.SetExtension("account", r.Account)
	ce.SetExtension("supplier", r.Supplier)
	ce.SetDataContentType(cloudevents.ApplicationJSON)
	ce.DataEncoded = data
	h, body, err := event.Header(ce)
	if err != nil {
		return nil, err
	}
	setHeader(h, headerJudged, fmt.Sprint(r.Sequence))
	setHeader(h, headerReason, string(r.Reason))
	if r.Due != nil {
		setHeader(h, headerDue, r.Due.UTC().Format(time.RFC3339Nano))
	}
	return &nats.Msg{Subject: subject, Header: h, Data: body}, nil
}

// readRecord reads a record from a message of HISTORY. With an error it returns what the headers say, marked as
// unreadable: one damaged record must neither hide the document nor keep those behind it in its lane waiting.
func readRecord(m *stored) (*Record, error) {
	var r Record
	_, err := event.FromMessage(m.Header, m.Data)
	if err == nil {
		err = json.Unmarshal(m.Data, &r)
	}
	if err == nil {
		return &r, nil
	}
	id, _, _ := strings.Cut(event.Attribute(m.Header, "id"), "/")
	return &Record{
		Type: recordType(m), DocumentID: id, Account: event.Attribute(m.Header, "account"), Supplier: event.Attribute(m.Header, "supplier"),
		Sequence: judged(m), Time: m.Time, Reason: reason.Code(getHeader(m.Header, headerReason)),
		Detail: fmt.Sprintf("record %d of its history cannot be read: %v", m.Sequence, err), Truncated: []string{truncatedAll},
	}, fmt.Errorf("record %d: %w", m.Sequence, err)
}

// truncatedAll in Truncated marks a record of which only the headers can be read.
const truncatedAll = "all"

func (r *Record) unreadable() bool { return slices.Contains(r.Truncated, truncatedAll) }

// judged returns the sequence of INBOUND that a record or a letter is about, from its headers; 0 when they do not say.
func judged(m *stored) uint64 {
	n, err := strconv.ParseUint(getHeader(m.Header, headerJudged), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// recordType returns the type of a record or a letter from its headers.
func recordType(m *stored) RecordType {
	t := strings.TrimPrefix(event.Attribute(m.Header, "type"), recordPrefix)
	return RecordType(strings.TrimSuffix(t, recordSuffix))
}

// maxRecord is the most that a record may take of a message.
func (q *Queue) maxRecord() int64 { return q.intake.MaxPayload() / 4 }

// appendRecord writes r to HISTORY after the record with the sequence fence and returns the new fence. *movedError means
// that somebody else was first.
func (q *Queue) appendRecord(ctx context.Context, nc *nats.Conn, r Record, fence uint64) (uint64, error) {
	r, body, err := r.fit(q.maxRecord())
	if err != nil {
		return 0, err
	}
	subject := q.subject(history, r.Account, r.Kind, event.Key(r.DocumentID))
	m, err := r.message(subject, body)
	if err != nil {
		return 0, err
	}
	return q.write(ctx, nc, q.jsOf(nc), history, m, subject, fence)
}

// lastRecord returns the document's newest record and its sequence in HISTORY, or nil and 0. Of one that cannot be read it
// returns what the headers say.
func (q *Queue) lastRecord(ctx context.Context, nc *nats.Conn, subject string) (*Record, uint64, error) {
	m, err := q.last(ctx, nc, history, subject)
	if err != nil || m == nil {
		return nil, 0, err
	}
	r, err := readRecord(m)
	if err != nil {
		q.log.Error().Err(err).Str("subject", subject).Msg("record.unreadable")
	}
	return r, m.Sequence, nil
}

// complete fills in what follows from the document and from now.
func (r Record) complete(e *event.Event, sequence uint64, worker string) Record {
	r.ID = uuid.NewString()
	r.DocumentID, r.Account, r.Supplier, r.Kind, r.Sequence = e.ID, e.Account, e.Supplier, e.Kind, sequence
	if r.Time.IsZero() {
		r.Time = time.Now().UTC()
	}
	if r.Worker == "" {
		r.Worker = worker
	}
	if r.Orders == nil {
		r.Orders = orderNumbers(e)
	}
	return r
}
