package intake

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/partner"
	"counterpunch/internal/queue"
)

// store keeps the attachments, publishes the document as an event and writes the journal. Only after all of it is there a
// 200; a repeat is written to the journal again, because the answer to the first may never have been given.
func (v *visit) store(ctx context.Context, e *event.Event) (result, error) {
	h, doc := v.handler, e.Data.Document
	v.id = e.ID
	// The sender's going away must not leave the outcome open half way.
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), v.due)
	defer cancel()
	var err error
	if e.Data.Attachments, err = h.keepFiles(ctx, v.files); err != nil {
		return result{}, err
	}
	first := v.firstOfNumber(ctx, e)
	if first != "" && first != e.ID {
		doc.Warnings = append(doc.Warnings, document.Warning{
			Code: "number-used-before", Original: clip(doc.Number()),
			Text: fmt.Sprintf("Another %s with this number was sent before as new: document %s.", doc.Kind, first),
		})
	}
	receipt, err := h.Queue.Publish(ctx, e)
	if errors.Is(err, queue.ErrConflict) {
		return result{}, refuse(409, "The payloadID %q was used before for another %s: a document needs a payloadID of its own.", doc.PayloadID, doc.Kind)
	}
	if err != nil {
		return result{}, fmt.Errorf("store document %s: %w", e.ID, err)
	}
	if first == "" {
		v.rememberNumber(ctx, e)
	}
	if h.Journal != nil {
		if err := h.note(ctx, journalEntry(e, receipt.Sequence)); err != nil {
			return result{}, err
		}
	}
	return result{detail: v.invitation(), warnings: doc.Warnings, stored: true, duplicate: receipt.Duplicate}, nil
}

// notesAtOnce bounds the requests that wait for the journal's disk. One that hangs keeps them for as long as it does.
const notesAtOnce = 256

// note writes to the journal. A disk that hangs fails it in time; the line may be written all the same, later.
func (h *Handler) note(ctx context.Context, line Entry) error {
	late := errors.New("write intake journal: its disk does not answer in time")
	select {
	case h.notes <- struct{}{}:
	case <-ctx.Done():
		return late
	}
	written := make(chan error, 1)
	go func() {
		written <- h.Journal.Append(line)
		<-h.notes
	}()
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
		return late
	}
}

// newEvent returns the event of a document. A supplier's payloadID names a document unless the supplier is known to use it
// again; then the content does.
func newEvent(g partner.Grant, env *cxml.Envelope, doc *document.Document, received time.Time, h http.Header) *event.Event {
	hash, name := env.PayloadHash(), doc.PayloadID
	if g.Supplier.ByContent {
		name = ""
	}
	e := &event.Event{
		ID:      event.DocumentID(g.Account, g.Supplier.Name, doc.Kind, name, hash),
		Account: g.Account, Supplier: g.Supplier.Name, Kind: doc.Kind, Time: received.UTC(),
		PayloadID: doc.PayloadID, PayloadHash: hash, PartitionKey: event.PartitionKey(doc, g.Supplier.Name),
		TraceParent: h.Get("traceparent"), TraceState: h.Get("tracestate"),
		Data: event.Data{Document: doc, Original: env.Original()},
	}
	if orders := doc.Orders(); len(orders) > 0 {
		e.Subject = orders[0].OrderID
	}
	return e
}

// maxOrders is how many orders of a document a line of the journal names.
const maxOrders = 20

func journalEntry(e *event.Event, sequence uint64) Entry {
	line := Entry{
		Time: e.Time, DocumentID: e.ID, Account: e.Account, Supplier: e.Supplier, Kind: string(e.Kind),
		PayloadID: e.PayloadID, PayloadHash: e.PayloadHash, Sequence: sequence, Number: clip(e.Data.Document.Number()),
	}
	for _, o := range e.Data.Document.Orders() {
		if len(line.Orders) == maxOrders {
			break
		}
		line.Orders = append(line.Orders, clip(o.String()))
	}
	return line
}

// numberTime bounds each question about a business number. The answer is a courtesy, and the document waits for it.
const numberTime = time.Second

// firstOfNumber returns the first document that used the document's business number as new, or "" when none is known or the
// document does not use one as new.
func (v *visit) firstOfNumber(ctx context.Context, e *event.Event) string {
	if !usesNumber(e) {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, min(numberTime, v.handler.PublishTimeout/4))
	defer cancel()
	first, err := v.handler.Queue.Numbers().First(ctx, e.Account, e.Supplier, e.Kind, e.Data.Document.Number())
	if err != nil {
		v.handler.Log.Warn().Err(err).Str("document_id", e.ID).Msg("intake.number_not_looked_up")
	}
	return first
}

func (v *visit) rememberNumber(ctx context.Context, e *event.Event) {
	if !usesNumber(e) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, min(numberTime, v.handler.PublishTimeout/4))
	defer cancel()
	if err := v.handler.Queue.Numbers().Remember(ctx, e.Account, e.Supplier, e.Kind, e.Data.Document.Number(), e.ID); err != nil {
		v.handler.Log.Warn().Err(err).Str("document_id", e.ID).Msg("intake.number_not_remembered")
	}
}

func usesNumber(e *event.Event) bool {
	d := e.Data.Document
	return d.Operation() == document.OperationNew && d.Number() != ""
}
