package queue

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/document"
)

// numbersAge is how long a business number is remembered: longer than suppliers take to send an invoice twice.
const numbersAge = 400 * 24 * time.Hour

// Numbers remembers which document was the first to use a business number (confirmID, shipmentID or invoiceID), so that
// intake can point at it when another uses the number as new. It decides nothing: an entry may be missing.
type Numbers struct{ q *Queue }

// Numbers returns the bucket NUMBERS.
func (q *Queue) Numbers() Numbers { return Numbers{q} }

// First returns the id of the first document of the supplier and kind that used the number, or "" when none is known.
func (n Numbers) First(ctx context.Context, account, supplier string, kind document.Kind, number string) (string, error) {
	entry, err := n.q.bucket(bucketNumbers).Get(ctx, numberKey(account, supplier, kind, number))
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return "", nil
	case err != nil:
		return "", unavailable("look up the number "+number, err)
	}
	return string(entry.Value()), nil
}

// Remember notes that the document uses the number, unless another did before.
func (n Numbers) Remember(ctx context.Context, account, supplier string, kind document.Kind, number, documentID string) error {
	_, err := putRevision(ctx, n.q.bucket(bucketNumbers), numberKey(account, supplier, kind, number), []byte(documentID), 0)
	if err != nil && !errors.Is(err, ErrChanged) {
		return unavailable("remember the number "+number, err)
	}
	return nil
}

func numberKey(account, supplier string, kind document.Kind, number string) string {
	return encodeKey(account, supplier, string(kind), document.NormaliseNumber(number))
}
