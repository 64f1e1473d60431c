package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Invoices says which document brings in which invoice, so that one invoice under two payloadIDs makes one bill. A key
// stands for a number of a vendor; a supplier that begins to count anew each year has several invoices under it.
type Invoices struct{ q *Queue }

// Invoices returns the part of bucket CLAIMS that holds invoice numbers.
func (q *Queue) Invoices() Invoices { return Invoices{q} }

// Invoice is one invoice with the document that brings it in.
type Invoice struct {
	DocumentID string    `json:"documentID"`
	ExternalID string    `json:"externalID"` // of its record in NetSuite, whichever document makes that
	Date       time.Time `json:"date"`
	Since      time.Time `json:"since"`
}

type invoiceNumber struct {
	Invoices []Invoice `json:"invoices"`
}

// Claim makes a document the one that brings an invoice in, unless another does, and returns the invoice with the document
// that does. An invoice that is there already, whose same says that it is this one, keeps its external id; so does one that
// is the document's own, whatever date it has now.
func (i Invoices) Claim(ctx context.Context, account, key string, invoice Invoice, same func(Invoice) bool) (Invoice, error) {
	var claimed Invoice
	err := i.change(ctx, account, key, func(n *invoiceNumber) bool {
		at := n.find(invoice.DocumentID, same)
		if at < 0 {
			claimed = invoice
			claimed.Since = time.Now().UTC()
			n.Invoices = append(n.Invoices, claimed)
			return true
		}
		moved := n.Invoices[at].DocumentID == invoice.DocumentID && !n.Invoices[at].Date.Equal(invoice.Date)
		if moved {
			n.Invoices[at].Date = invoice.Date
		}
		claimed = n.Invoices[at]
		return moved
	})
	return claimed, err
}

// Claimed returns the invoice that Claim would find, and false when there is none.
func (i Invoices) Claimed(ctx context.Context, account, key, documentID string, same func(Invoice) bool) (Invoice, bool, error) {
	n, _, err := i.get(ctx, account, key)
	if at := n.find(documentID, same); err == nil && at >= 0 {
		return n.Invoices[at], true, nil
	}
	return Invoice{}, false, err
}

// Of returns the invoices under a key; none when there are none.
func (i Invoices) Of(ctx context.Context, account, key string) ([]Invoice, error) {
	n, _, err := i.get(ctx, account, key)
	return n.Invoices, err
}

// find returns where a document's own invoice is, or else the first that is the same.
func (n invoiceNumber) find(documentID string, same func(Invoice) bool) int {
	own := slices.IndexFunc(n.Invoices, func(v Invoice) bool { return v.DocumentID == documentID })
	if own >= 0 {
		return own
	}
	return slices.IndexFunc(n.Invoices, same)
}

// TakeOver makes a document the one that brings in an invoice of another's. It fails with ErrChanged when that one does not
// bring it in any more.
func (i Invoices) TakeOver(ctx context.Context, account, key string, from Invoice, documentID string) error {
	found := false
	err := i.change(ctx, account, key, func(n *invoiceNumber) bool {
		at := slices.IndexFunc(n.Invoices, func(v Invoice) bool {
			return v.DocumentID == from.DocumentID && v.ExternalID == from.ExternalID
		})
		if found = at >= 0; found {
			n.Invoices[at].DocumentID, n.Invoices[at].Since = documentID, time.Now().UTC()
		}
		return found
	})
	if err == nil && !found {
		err = fmt.Errorf("take over invoice %s: document %s does not bring it in: %w", key, from.DocumentID, ErrChanged)
	}
	return err
}

// change changes what is under a key, again while another document changes it in between.
func (i Invoices) change(ctx context.Context, account, key string, change func(*invoiceNumber) bool) error {
	for try := 0; ; try++ {
		n, revision, err := i.get(ctx, account, key)
		if err != nil {
			return err
		}
		if !change(&n) {
			return nil
		}
		body, err := json.Marshal(n)
		if err != nil {
			return fmt.Errorf("claim invoice %s: %w", key, err)
		}
		_, err = putRevision(ctx, i.q.bucket(bucketClaims), invoiceKey(account, key), body, revision)
		if err == nil {
			return nil
		}
		if !errors.Is(err, ErrChanged) {
			return unavailable("claim invoice "+key, err)
		}
		if !backOff(ctx, try) {
			return unavailable("claim invoice "+key, ctx.Err())
		}
	}
}

func invoiceKey(account, key string) string { return encodeKey(account, "invoice", key) }

func (i Invoices) get(ctx context.Context, account, key string) (invoiceNumber, uint64, error) {
	var n invoiceNumber
	entry, err := i.q.bucket(bucketClaims).Get(ctx, invoiceKey(account, key))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return n, 0, nil
	}
	if err != nil {
		return n, 0, unavailable("read invoice "+key, err)
	}
	if err := json.Unmarshal(entry.Value(), &n); err != nil {
		return n, 0, fmt.Errorf("read invoice %s: %w", key, err)
	}
	return n, entry.Revision(), nil
}
