package queue

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/event"
)

// The kinds of object. The dataref of an event is kind/hash, and the kind says what was left out of the message.
const (
	objectOriginal   = "original"   // the original document
	objectData       = "data"       // the whole data of the event, where even the normalised document is large
	objectAttachment = "attachment" // a MIME part of the supplier's message
	objectLedger     = "ledger"
)

// maxChunk is the size in bytes of the messages that an object consists of; a server with small messages gets smaller ones.
const maxChunk = 128 << 10

// freshObject is the age up to which an object is not stored again. SweepObjects must be called with a greater one.
const freshObject = time.Hour

// PutAttachment stores an attachment and returns its reference, kind/hash. Storing it again is harmless.
func (q *Queue) PutAttachment(ctx context.Context, data []byte) (string, error) {
	return q.putObject(ctx, objectAttachment, data)
}

// Object returns what was stored under a reference, or ErrNotFound. Its hash is checked on the way.
func (q *Queue) Object(ctx context.Context, ref string) ([]byte, error) {
	return fresh(ctx, q, func() ([]byte, error) { return q.readObject(ctx, ref) })
}

func (q *Queue) readObject(ctx context.Context, ref string) ([]byte, error) {
	data, err := q.objects.GetBytes(ctx, ref)
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound):
		return nil, fmt.Errorf("object %s: %w", ref, ErrNotFound)
	case errors.Is(err, jetstream.ErrDigestMismatch):
		return nil, fmt.Errorf("object %s: %w", ref, err)
	case err != nil:
		return nil, unavailable("read object "+ref, err)
	}
	return data, nil
}

// putObject stores data under its hash, unless it is there.
func (q *Queue) putObject(ctx context.Context, kind string, data []byte) (string, error) {
	sum := sha256.Sum256(data)
	ref := kind + "/" + hex.EncodeToString(sum[:])
	ctx, cancel := context.WithTimeout(ctx, q.o.PublishTimeout)
	defer cancel()
	// One that has been there for long may be about to be swept; stored again it is young.
	if info, err := q.objects.GetInfo(ctx, ref); err == nil && info.Size == uint64(len(data)) && time.Since(info.ModTime) < freshObject {
		return ref, nil
	}
	meta := jetstream.ObjectMeta{Name: ref, Opts: &jetstream.ObjectMetaOptions{ChunkSize: uint32(min(maxChunk, q.intake.MaxPayload()/2))}}
	if _, err := q.objects.Put(ctx, meta, bytes.NewReader(data)); err != nil {
		return "", unavailable("store object "+ref, err)
	}
	return ref, nil
}

// The headers beside the event's attributes. They let listings work without the bodies.
const (
	headerNumber = "Counterpunch-Number" // the document's business number
	headerOrders = "Counterpunch-Orders" // its orders, as a JSON array
	// headerAttachments holds the references of its attachments with commas between, for listings and for whoever sweeps
	// the object store.
	headerAttachments = "Counterpunch-Attachments"
	// headerSince is the sequence of the message that this one takes the place of (replay, return from parking, marker).
	headerSince = "Counterpunch-Since"
	// headerWhy says why it does: one of the why constants.
	headerWhy      = "Counterpunch-Why"
	headerActor    = "Counterpunch-Actor"
	headerApprover = "Counterpunch-Approver"
	headerNote     = "Counterpunch-Note"
	headerJob      = "Counterpunch-Job"
)

// inboundMessage returns the message of an event, with what is too large stored apart.
func (q *Queue) inboundMessage(ctx context.Context, e *event.Event) (*nats.Msg, error) {
	small, err := q.checkIn(ctx, e)
	if err != nil {
		return nil, err
	}
	ce, err := small.CloudEvent()
	if err != nil {
		return nil, err
	}
	h, body, err := event.Header(ce)
	if err != nil {
		return nil, err
	}
	if d := e.Data.Document; d != nil {
		setHeader(h, headerNumber, d.Number())
		if orders := firstFew(orderNumbers(e)); len(orders) > 0 {
			list, err := json.Marshal(orders)
			if err != nil {
				return nil, fmt.Errorf("encode document %s: %w", e.ID, err)
			}
			setHeader(h, headerOrders, string(list))
		}
	}
	var refs []string
	for _, a := range e.Data.Attachments {
		refs = append(refs, a.Ref)
	}
	setHeader(h, headerAttachments, strings.Join(refs, ","))
	return &nats.Msg{Header: h, Data: body}, nil
}

// maxOrdersHeader bounds, in bytes, the orders that headers name. JetStream takes 64 KiB of headers a message, and an invoice
// may be over thousands of orders; each byte may be escaped as three.
const maxOrdersHeader = 10 << 10

// firstFew returns as many of the orders, from the first, as headers have room for.
func firstFew(orders []string) []string {
	room := maxOrdersHeader
	for i, o := range orders {
		if room -= len(o) + len(`"",`); room < 0 {
			return orders[:i]
		}
	}
	return orders
}

// checkIn returns a copy of the event that fits into a message, with the rest in the object store.
func (q *Queue) checkIn(ctx context.Context, e *event.Event) (*event.Event, error) {
	c := *e
	if size := len(c.Data.Original.CXML) + len(c.Data.Original.Base64); size > q.o.MaxInline {
		original, err := json.Marshal(c.Data.Original)
		if err != nil {
			return nil, fmt.Errorf("encode the original of document %s: %w", e.ID, err)
		}
		if c.DataRef, err = q.putObject(ctx, objectOriginal, original); err != nil {
			return nil, err
		}
		c.Data.Original.CXML, c.Data.Original.Base64 = "", ""
	}
	// A letter holds the event and a record, so an event may take half of a message.
	data, err := json.Marshal(c.Data)
	if err != nil {
		return nil, fmt.Errorf("encode document %s: %w", e.ID, err)
	}
	if int64(len(data)) <= q.intake.MaxPayload()/2 {
		return &c, nil
	}
	if data, err = json.Marshal(e.Data); err != nil {
		return nil, fmt.Errorf("encode document %s: %w", e.ID, err)
	}
	if c.DataRef, err = q.putObject(ctx, objectData, data); err != nil {
		return nil, err
	}
	c.Data = event.Data{}
	return &c, nil
}

// checkOut puts back what checkIn stored apart.
func (q *Queue) checkOut(ctx context.Context, e *event.Event) error {
	kind, _, _ := strings.Cut(e.DataRef, "/")
	var into any
	switch kind {
	case "":
		return nil
	case objectOriginal:
		into = &e.Data.Original
	case objectData:
		into = &e.Data
	default:
		return fmt.Errorf("document %s: dataref %q is of an unknown kind", e.ID, e.DataRef)
	}
	data, err := q.Object(ctx, e.DataRef)
	if err != nil {
		return fmt.Errorf("document %s: %w", e.ID, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("document %s: object %s: %w", e.ID, e.DataRef, err)
	}
	return nil
}

// fill is checkOut for whoever sends a document on or ends it: what is lost is left out, and stays named in the event.
func (q *Queue) fill(ctx context.Context, e *event.Event) error {
	err := q.checkOut(ctx, e)
	if err == nil || errors.Is(err, ErrUnavailable) {
		return err
	}
	q.log.Warn().Err(err).Str("document_id", e.ID).Msg("document.original_missing")
	return nil
}

// SweepObjects removes objects that are older than age and not used: a crash between storing and publishing leaves such, a
// document that is forgotten and a ledger that is saved again. It returns how many were removed. age must be above freshObject plus the time of an
// intake; a day is.
func (q *Queue) SweepObjects(ctx context.Context, age time.Duration, used func(ref string) bool) (int, error) {
	infos, err := q.objects.List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return 0, nil
	}
	if err != nil {
		return 0, unavailable("list objects", err)
	}
	removed := 0
	for _, info := range infos {
		if time.Since(info.ModTime) < age || used(info.Name) {
			continue
		}
		// It may have been stored again since it was listed, for a document that is being published.
		now, err := q.objects.GetInfo(ctx, info.Name)
		if errors.Is(err, jetstream.ErrObjectNotFound) || err == nil && time.Since(now.ModTime) < age {
			continue
		}
		if err == nil {
			err = q.objects.Delete(ctx, info.Name)
		}
		if err != nil {
			return removed, unavailable("remove object "+info.Name, err)
		}
		removed++
	}
	return removed, nil
}
