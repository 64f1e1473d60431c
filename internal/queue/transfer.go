package queue

import (
	"context"
	"errors"
	"fmt"

	cloudevents "github.com/cloudevents/sdk-go/v2"

	"counterpunch/internal/event"
)

// exportVersion is the form of Exported.
const exportVersion = 1

// Exported is a dead letter as it is carried from one installation to another: the whole event with the original as it is
// stored, secrets blanked; everything that happened to it; and its attachments by their references.
type Exported struct {
	Version int               `json:"version"`
	Event   cloudevents.Event `json:"event"`
	History []Record          `json:"history"`
	Files   map[string][]byte `json:"files,omitempty"`
}

// Export returns a dead letter to be carried elsewhere. It stays where it is.
func (q *Queue) Export(ctx context.Context, l Letter) (Exported, error) {
	e := *l.Event
	if err := q.checkOut(ctx, &e); err != nil {
		return Exported{}, fmt.Errorf("export document %s: %w", e.ID, err)
	}
	e.DataRef = ""
	x := Exported{Version: exportVersion}
	var err error
	if x.Event, err = e.CloudEvent(); err != nil {
		return Exported{}, fmt.Errorf("export document %s: %w", e.ID, err)
	}
	if x.History, err = q.History(ctx, e.ID); err != nil {
		return Exported{}, fmt.Errorf("export document %s: %w", e.ID, err)
	}
	for _, a := range e.Data.Attachments {
		file, err := q.Object(ctx, a.Ref)
		if err != nil {
			return Exported{}, fmt.Errorf("export document %s: %w", e.ID, err)
		}
		if x.Files == nil {
			x.Files = map[string][]byte{}
		}
		x.Files[a.Ref] = file
	}
	return x, nil
}

// read checks what was exported and returns its event.
func (x Exported) read() (*event.Event, error) {
	if x.Version != exportVersion {
		return nil, fmt.Errorf("it has version %d, this program reads %d", x.Version, exportVersion)
	}
	e, err := event.FromCloudEvent(x.Event)
	if err != nil {
		return nil, err
	}
	n := len(x.History)
	switch {
	case !token.MatchString(e.Account) || !token.MatchString(event.Key(e.ID)):
		return nil, fmt.Errorf("document %q of account %q: not a name that this program gives", e.ID, e.Account)
	case n == 0 || x.History[n-1].Type != DeadLettered:
		return nil, fmt.Errorf("document %s: its history does not end as a dead letter", e.ID)
	}
	for _, r := range x.History {
		if r.DocumentID != e.ID || r.Account != e.Account || r.Kind != e.Kind || r.ID == "" {
			return nil, fmt.Errorf("document %s: its history is that of another", e.ID)
		}
	}
	return e, nil
}

// Import puts a dead letter that was exported before a person here, and reports false when the document is known already.
// It takes the place of nothing: it is published with the expectation that nothing is there. An import that was cut off is
// completed when it is made again. Its records judge the message here; the last one names who imported it.
func (q *Queue) Import(ctx context.Context, x Exported, d Decision) (bool, error) {
	e, err := x.read()
	if err != nil {
		return false, fmt.Errorf("import: %w", err)
	}
	for _, a := range e.Data.Attachments {
		ref, err := q.PutAttachment(ctx, x.Files[a.Ref])
		if err != nil {
			return false, fmt.Errorf("import document %s: %w", e.ID, err)
		}
		if ref != a.Ref {
			return false, fmt.Errorf("import document %s: attachment %s is not what its name says", e.ID, a.Ref)
		}
	}
	seq, err := q.publishImport(ctx, e, d)
	if err != nil || seq == 0 {
		return false, err
	}
	if err := q.o.crash("import: published"); err != nil {
		return false, err
	}
	imported, err := q.importHistory(ctx, e, x.History, seq, d)
	if err != nil {
		return false, fmt.Errorf("import document %s: %w", e.ID, err)
	}
	return imported, nil
}

// publishImport publishes the document and returns its sequence: of before, when it was imported before and nothing has
// been decided since, and 0 when it is known otherwise.
func (q *Queue) publishImport(ctx context.Context, e *event.Event, d Decision) (uint64, error) {
	m, err := q.inboundMessage(ctx, e)
	if err != nil {
		return 0, err
	}
	setHeader(m.Header, headerWhy, whyImport)
	d.set(m.Header)
	lanes, err := q.Lanes(ctx, e.Account)
	if err != nil {
		return 0, err
	}
	m.Subject = q.inboundSubject(e, LaneOf(e.PartitionKey, lanes))
	seq, err := q.write(ctx, q.intake, q.js, inbound, m, q.inboundFilter(e.Account, event.Key(e.ID)), 0)
	var moved *movedError
	switch {
	case err == nil:
		return seq, nil
	case !errors.As(err, &moved):
		return 0, fmt.Errorf("import document %s: %w", e.ID, err)
	case event.Attribute(moved.now.Header, "payloadhash") != e.PayloadHash:
		return 0, fmt.Errorf("import document %s: payloadID %q: %w", e.ID, e.PayloadID, ErrConflict)
	case getHeader(moved.now.Header, headerWhy) != whyImport:
		return 0, nil
	}
	return moved.now.Sequence, nil
}

// importHistory writes what of the history is not there yet, the letter before the last record, and reports whether there
// was anything to write.
func (q *Queue) importHistory(ctx context.Context, e *event.Event, records []Record, seq uint64, d Decision) (bool, error) {
	subject := q.subject(history, e.Account, e.Kind, event.Key(e.ID))
	known, err := q.History(ctx, e.ID)
	if err != nil {
		return false, err
	}
	_, fence, err := q.lastRecord(ctx, q.intake, subject)
	if err != nil {
		return false, err
	}
	for i := len(known); i < len(records); i++ {
		r := records[i]
		r.Sequence = seq
		if i == len(records)-1 {
			r.Actor, r.Note = d.Actor, d.Note
			if err := q.importLetter(ctx, e, r); err != nil {
				return false, err
			}
		}
		if err := q.o.crash("import: letter written"); err != nil {
			return false, err
		}
		if fence, err = q.appendRecord(ctx, q.intake, r, fence); err != nil {
			return false, err
		}
	}
	return len(known) < len(records), nil
}

// importLetter writes the dead letter unless it is there.
func (q *Queue) importLetter(ctx context.Context, e *event.Event, r Record) error {
	subject := q.subject(deadletters, e.Account, e.Kind, event.Key(e.ID))
	m, err := q.letterMessage(ctx, e, r, subject)
	if err != nil {
		return err
	}
	_, err = q.write(ctx, q.intake, q.js, deadletters, m, subject, 0)
	if moved := (*movedError)(nil); errors.As(err, &moved) {
		return nil
	}
	return err
}
