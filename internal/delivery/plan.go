package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// PlanOptions are what Plan needs.
type PlanOptions struct {
	Queue    *queue.Queue
	Account  Account
	Schedule Schedule // tells a document that is parked from one whose deadline has passed; default DefaultSchedule
	Log      zerolog.Logger
}

// Preview is what bringing a document into NetSuite would do now. What NetSuite itself refuses is only known when it is sent.
type Preview struct {
	DocumentID string        `json:"documentID"`
	Account    string        `json:"account"`
	Supplier   string        `json:"supplier"`
	Kind       document.Kind `json:"kind"`
	Number     string        `json:"number,omitempty"` // the document's own

	State    queue.State `json:"state"` // in which the document would be
	Reason   reason.Code `json:"reason,omitempty"`
	Detail   string      `json:"detail,omitempty"`
	NetSuite string      `json:"netsuite,omitempty"` // NetSuite's own words

	Orders      []queue.CachedOrder  `json:"orders,omitempty"`   // that it concerns, as far as they were found
	Existing    *Existing            `json:"existing,omitempty"` // the record that it becomes is there already
	Calls       []mapping.Call       `json:"calls,omitempty"`    // that would write
	Changes     []mapping.Change     `json:"changes,omitempty"`
	Unmapped    []string             `json:"unmapped,omitempty"` // what the document says and no field takes
	Differences []mapping.Difference `json:"differences,omitempty"`
	Reads       int                  `json:"reads"` // calls to NetSuite that the preview took
}

// Existing is a bill or credit that NetSuite already has under the external id that the document's record would get.
type Existing struct {
	Record     string `json:"record"`
	ID         string `json:"id"`
	ExternalID string `json:"externalID"`
}

// Plan finds out what bringing the document in would do now, as the worker would find it out, and writes nothing: neither to
// NetSuite nor to ledgers, claims, history or what is remembered of orders. A document that would be refused or parked is a
// Preview that says why. The error is about what hindered the preview, such as a NetSuite that does not answer; calls are
// not tried again.
func Plan(ctx context.Context, o PlanOptions, e *event.Event) (Preview, error) {
	p, err := newPreview(ctx, o, e)
	if err != nil {
		return Preview{}, fmt.Errorf("plan document %s: %w", e.ID, err)
	}
	err = p.fresh(func() error {
		p.made, p.concerned, p.unmapped = Preview{}, nil, nil
		return p.do(ctx)
	})
	if err != nil {
		err = p.fails(err, o.Schedule)
	}
	if err != nil {
		return Preview{}, fmt.Errorf("plan document %s: %w", e.ID, err)
	}
	p.made.DocumentID, p.made.Account, p.made.Supplier, p.made.Kind, p.made.Number = e.ID, e.Account, e.Supplier, e.Kind, e.Data.Document.Number()
	p.made.Orders, p.made.Unmapped, p.made.Reads = p.concerned, p.unmapped, p.calls
	return p.made, nil
}

// fails says what an error means for the document, or returns it when it says nothing about the document.
func (p *preview) fails(err error, s Schedule) error {
	if s.NotYet == nil {
		s = DefaultSchedule()
	}
	last := p.last
	if last != nil && last.Type.Terminal() && last.Type != queue.Parked {
		last = nil // it comes back by a replay, which counts from the beginning
	}
	dec := s.decide(err, last, time.Now())
	if call := (*netsuite.Error)(nil); errors.As(err, &call) && dec.class != netsuite.Refused {
		return err
	}
	switch dec.action {
	case park:
		p.ends(queue.Parked, dec.detail)
	case deadLetter:
		p.ends(queue.DeadLettered, dec.detail)
	default:
		return err
	}
	p.made.Reason, p.made.NetSuite = dec.reason, dec.words
	p.made.Differences = append(p.made.Differences, dec.table...)
	return nil
}
