package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
)

// EditState is where a correction stands.
type EditState string

// The states of a correction.
const (
	EditProposed  EditState = "proposed" // it waits for a second person
	EditReplayed  EditState = "replayed" // the document went through its lane with it
	EditRejected  EditState = "rejected"
	EditOvertaken EditState = "overtaken" // the document was replayed, discarded or corrected otherwise
)

// EditChange is one value that a correction changes. Path is that of the normalised document, such as
// invoice.orders[0].items[0].quantity.value.
type EditChange struct {
	Path   string `json:"path"`
	Before string `json:"before,omitempty"` // as JSON; empty: it was not there
	After  string `json:"after,omitempty"`  // as JSON; empty: it is taken away
}

// Edit is a correction of one document that waits for a person. It is kept when it has been decided about.
type Edit struct {
	DocumentID string        `json:"documentID"`
	Account    string        `json:"account"`
	Supplier   string        `json:"supplier"`
	Kind       document.Kind `json:"kind"`
	Number     string        `json:"number,omitempty"` // of the document as it was
	Sequence   uint64        `json:"sequence"`         // of the message in INBOUND that is corrected
	Author     string        `json:"author"`
	Note       string        `json:"note"`
	Time       time.Time     `json:"time"`
	Changes    []EditChange  `json:"changes"`
	// Document is the corrected document while the correction is proposed.
	Document  *document.Document `json:"document,omitempty"`
	State     EditState          `json:"state"`
	DecidedBy string             `json:"decidedBy,omitempty"` // the second person
	Decision  string             `json:"decision,omitempty"`  // why it was rejected
	Decided   time.Time          `json:"decided,omitzero"`
	// Revision is that of the entry: what was looked at is what is decided about.
	Revision uint64 `json:"-"`
}

// Decide ends a correction.
func (e *Edit) Decide(s EditState, by string) {
	e.State, e.DecidedBy, e.Decided, e.Document = s, by, time.Now().UTC(), nil
}

// Edits are the corrections of documents. They stand in the bucket JOBS under edit.<key>.<sequence>.
type Edits struct{ q *Queue }

// Edits returns the corrections.
func (q *Queue) Edits() Edits { return Edits{q} }

const editKey = "edit."

func (s Edits) key(e Edit) string {
	return editKey + event.Key(e.DocumentID) + "." + strconv.FormatUint(e.Sequence, 10)
}

// Save stores a correction over the one that has its revision, 0: over none, and returns the new revision. ErrChanged
// means that somebody else was faster.
func (s Edits) Save(ctx context.Context, e Edit) (uint64, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return 0, fmt.Errorf("save the correction of document %s: %w", e.DocumentID, err)
	}
	if int64(len(body)) > s.q.intake.MaxPayload()/2 {
		return 0, fmt.Errorf("save the correction of document %s: %w: %d bytes", e.DocumentID, ErrTooLarge, len(body))
	}
	rev, err := putRevision(ctx, s.kv(), s.key(e), body, e.Revision)
	switch {
	case errors.Is(err, ErrChanged):
		return 0, fmt.Errorf("save the correction of document %s: %w", e.DocumentID, err)
	case err != nil:
		return 0, unavailable("save the correction of document "+e.DocumentID, err)
	}
	return rev, nil
}

// Get returns the correction of a document's message, or ErrNotFound.
func (s Edits) Get(ctx context.Context, documentID string, sequence uint64) (Edit, error) {
	entry, err := s.kv().Get(ctx, s.key(Edit{DocumentID: documentID, Sequence: sequence}))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Edit{}, fmt.Errorf("correction of document %s: %w", documentID, ErrNotFound)
	}
	if err != nil {
		return Edit{}, unavailable("read the correction of document "+documentID, err)
	}
	return readEdit(entry)
}

// List returns every correction, newest first.
func (s Edits) List(ctx context.Context) ([]Edit, error) {
	return list(ctx, s.kv(), editKey+"*.*", "list corrections", readEdit, func(a, b Edit) int {
		return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(a.DocumentID, b.DocumentID))
	})
}

func readEdit(entry jetstream.KeyValueEntry) (Edit, error) {
	e := Edit{Revision: entry.Revision()}
	if err := json.Unmarshal(entry.Value(), &e); err != nil {
		return e, fmt.Errorf("read correction %s: %w", entry.Key(), err)
	}
	return e, nil
}

func (s Edits) kv() jetstream.KeyValue { return s.q.bucket(bucketJobs) }
