package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/rs/zerolog"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// reader is the half of a run that changes nothing, neither in NetSuite nor in the streams, beside what memory keeps: it
// finds what the document is about and plans what becomes of it. A run carries the plan out, a preview shows it.
type reader struct {
	account  Account
	queue    *queue.Queue
	memory   memory
	event    *event.Event
	sequence uint64 // of the document in INBOUND
	doc      *document.Document
	last     *queue.Record // the document's newest; nil: none yet
	log      zerolog.Logger

	lookFirst bool         // a write of an earlier run may have been carried out
	plan      mapping.Plan // of this run, or of the earlier run when lookFirst
	calls     int
	unmapped  []string            // what the document says and no field takes
	concerned []queue.CachedOrder // the orders as they were found
}

// memory is what is remembered of orders between documents: under a number, the internal id and the vendor.
type memory interface {
	Order(ctx context.Context, account, number string) (queue.CachedOrder, bool, error)
	PutOrder(ctx context.Context, account string, o queue.CachedOrder) error
	DropOrder(ctx context.Context, account, number string) error
}

func newReader(a Account, q *queue.Queue, m memory, log zerolog.Logger, e *event.Event, sequence uint64, last *queue.Record) *reader {
	r := &reader{
		account: a, queue: q, memory: m, event: e, sequence: sequence, doc: e.Data.Document, last: last,
		log: log.With().Str("document_id", e.ID).Str("kind", string(e.Kind)).Str("supplier", e.Supplier).
			Str("order", e.Subject).Uint64("sequence", sequence).Logger(),
	}
	// Every attempt may have left a record behind, however it ended and however often a person has replayed it since.
	r.lookFirst = last != nil && last.Attempt > 0
	if r.lookFirst && last.Type != queue.Edited && len(last.Plan) > 0 {
		if err := json.Unmarshal(last.Plan, &r.plan); err != nil {
			r.log.Error().Err(err).Msg("document.plan_unreadable")
		}
	}
	return r
}

// maxStale is how often a run begins anew because of what was remembered of an order; a notice may name several.
const maxStale = 10

// fresh calls do, again while what was remembered of an order turns out to be no longer so: it is forgotten then, and the
// next look-up tells. A panic becomes an error, so that one document cannot stop the others.
func (r *reader) fresh(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Msg("document.panicked")
			err = mismatch(reason.Internal, "work on the document panicked: %v", p)
		}
	}()
	for range maxStale {
		if err = do(); !errors.Is(err, errStale) {
			break
		}
	}
	return err
}

// noWay is the error of a document of a kind that does not become anything in NetSuite.
func (r *reader) noWay() error {
	return mismatch(reason.NotSupported, "there is no way into NetSuite for a %s", r.event.Kind)
}

// concerns keeps an order that was found, once under however many spellings.
func (r *reader) concerns(o queue.CachedOrder) {
	if !slices.ContainsFunc(r.concerned, func(known queue.CachedOrder) bool { return known.ID == o.ID }) {
		r.concerned = append(r.concerned, o)
	}
}

// note keeps what the document says and no NetSuite field takes, each once.
func (r *reader) note(unmapped []string) {
	for _, u := range unmapped {
		if !slices.Contains(r.unmapped, u) {
			r.unmapped = append(r.unmapped, u)
		}
	}
}

// mismatch returns the error that says why a document cannot be brought in.
func mismatch(code reason.Code, format string, args ...any) error {
	return differing(code, nil, format, args...)
}

// differing is mismatch with what a person compares.
func differing(code reason.Code, table []mapping.Difference, format string, args ...any) error {
	return &mapping.Mismatch{Reason: code, Text: fmt.Sprintf(format, args...), Differences: table}
}

// isReason reports whether err is a mismatch with the reason.
func isReason(err error, code reason.Code) bool {
	m := (*mapping.Mismatch)(nil)
	return errors.As(err, &m) && m.Reason == code
}

// isClass reports whether err is a NetSuite error of the class.
func isClass(err error, class netsuite.Class) bool {
	e := (*netsuite.Error)(nil)
	return errors.As(err, &e) && e.Class == class
}
