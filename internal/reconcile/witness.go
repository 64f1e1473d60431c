package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
)

// story is what the queue tells of one document.
type story struct {
	queue.Status
	expect  *mapping.Expected // the bill that was last written for it; nil when none was, or it is not known any more
	receipt bool              // a journal names it
}

// witness is what the queue tells of an account.
type witness struct {
	queue     *queue.Queue
	account   string
	documents map[string]*story
	deleted   map[string]bool // bills that were deleted because their supplier cancelled them, by billKey
}

func billKey(supplier, number string) string {
	return supplier + " " + document.NormaliseNumber(number)
}

// listen reads every document that was received in the period, and of invoices what was written for them.
func listen(ctx context.Context, o Options, account string) (*witness, error) {
	w := &witness{queue: o.Queue, account: account, documents: map[string]*story{}, deleted: map[string]bool{}}
	all, err := o.Queue.Documents(ctx, queue.Filter{Account: account, Since: o.Since})
	if err != nil {
		return nil, fmt.Errorf("read the documents of account %s: %w", account, err)
	}
	for _, s := range all {
		if o.covers(s.Received) {
			w.documents[s.ID] = &story{Status: s}
		}
	}
	err = o.Queue.EachRecord(ctx, account, document.KindInvoice, func(r queue.Record) error {
		for _, e := range r.Effects {
			if r.Type == queue.Applied && e.Record == "vendorBill" && e.Field == "" && e.After == "deleted" {
				w.deleted[billKey(r.Supplier, e.Number)] = true
			}
		}
		s := w.documents[r.DocumentID]
		var p mapping.Plan
		switch {
		case s == nil:
		case r.Type == queue.Edited:
			s.expect = nil // what was planned before is not what it says now
		case len(r.Plan) > 0 && json.Unmarshal(r.Plan, &p) == nil && p.Expect != nil:
			s.expect = p.Expect
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the history of account %s: %w", account, err)
	}
	return w, nil
}

// story returns what the queue tells of a document, of any time; nil when it does not know it.
func (w *witness) story(ctx context.Context, id string) (*story, error) {
	if s := w.documents[id]; s != nil || id == "" {
		return s, nil
	}
	s, err := w.queue.Status(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up document %s: %w", id, err)
	}
	return &story{Status: s}, nil
}

// differs says where a bill is not what was written for the document, or "" when it is.
func (s *story) differs(b Bill) string {
	number, vendor := s.Number, b.Vendor
	total := b.Total
	if s.expect != nil {
		number, vendor, total = s.expect.Number, s.expect.Vendor.ID, s.expect.Total.Abs()
	}
	switch {
	case number != "" && document.NormaliseNumber(number) != document.NormaliseNumber(b.Number):
		return fmt.Sprintf("its number is %s, and %s was written", b.Number, number)
	case vendor != b.Vendor:
		return fmt.Sprintf("its vendor is %s, and %s was written", b.Vendor, vendor)
	case !total.Equal(b.Total):
		return fmt.Sprintf("its total is %s, and %s was written", b.Total.Canonical(), total.Canonical())
	}
	return ""
}

// finding returns a finding about the document.
func (s *story) finding(kind Kind, text, remedy string) Finding {
	return Finding{
		Kind: kind, Account: s.Account, DocumentID: s.ID, Supplier: s.Supplier, Document: s.Kind, Number: s.Number, Orders: s.Orders,
		PayloadID: s.PayloadID, Received: s.Received, State: s.State, Text: text, Remedy: remedy, seen: s.Status,
	}
}
