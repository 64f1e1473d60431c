package reconcile

import (
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
)

// Kind says how the witnesses disagree.
type Kind string

// The kinds of findings.
const (
	// Lost: the supplier got a 200, and the queue does not know the document. A restore of an older backup, or a store that
	// lost what it had acknowledged.
	Lost Kind = "lost"
	// OtherPayload: the queue has another payload than was acknowledged. After a restore, a document was sent again with
	// changes.
	OtherPayload Kind = "other-payload"
	// Stuck: a document has had no end for longer than it should take.
	Stuck Kind = "stuck"
	// Unrecorded: a document has no end on record, and its bill is in NetSuite and as it should be.
	Unrecorded Kind = "unrecorded"
	// BillMissing: a document is applied, and its bill is not in NetSuite, or the role may not see it.
	BillMissing Kind = "bill-missing"
	// BillDiffers: the bill in NetSuite has another number, vendor or total than was written.
	BillDiffers Kind = "bill-differs"
	// BillUnclaimed: a bill in NetSuite says that it was made from a document that the queue does not know, or from none.
	BillUnclaimed Kind = "bill-unclaimed"
	// BillTwice: two bills were made from one document, or with one number of a vendor in a year.
	BillTwice Kind = "bill-twice"
)

// Finding is one disagreement.
type Finding struct {
	Kind       Kind          `json:"kind"`
	Account    string        `json:"account"`
	DocumentID string        `json:"documentID,omitempty"`
	Supplier   string        `json:"supplier,omitempty"`
	Document   document.Kind `json:"documentKind,omitempty"`
	Number     string        `json:"number,omitempty"`
	Orders     []string      `json:"orders,omitempty"`
	PayloadID  string        `json:"payloadID,omitempty"`
	Received   time.Time     `json:"received,omitzero"`
	State      queue.State   `json:"state,omitempty"`
	Bills      []Bill        `json:"bills,omitempty"` // in NetSuite
	Text       string        `json:"text"`            // what is wrong
	Remedy     string        `json:"remedy"`          // what to do

	seen queue.Status // of an Unrecorded document
}

// Fixable reports whether Fix can put it right.
func (f Finding) Fixable() bool { return f.Kind == Unrecorded }

// Counts are what was looked at.
type Counts struct {
	Receipts  int `json:"receipts"`  // documents that the journals name
	TornLines int `json:"tornLines"` // of journals: lines that a crash left
	Documents int `json:"documents"` // in the queue
	// NoReceipt are documents in the queue that no journal names: a crash between the two, and harmless, because the
	// supplier got no answer and sends again; or the journal of another ingest.
	NoReceipt int `json:"noReceipt"`
	Bills     int `json:"bills"` // and credits, in NetSuite
}

// Report is the outcome.
type Report struct {
	Counts   Counts    `json:"counts"`
	Findings []Finding `json:"findings"`
}
