package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Claims says which document owns the external id of a NetSuite record, so that the same invoice under two payloadIDs
// makes one bill.
type Claims struct{ q *Queue }

// Claims returns the bucket CLAIMS.
func (q *Queue) Claims() Claims { return Claims{q} }

type claim struct {
	DocumentID string    `json:"documentID"`
	Since      time.Time `json:"since"`
}

// Claim makes the document the owner of the external id unless there is one, and returns the owner: the document itself
// when the claim is its own, now or from before.
func (c Claims) Claim(ctx context.Context, account, externalID, documentID string) (string, error) {
	key := encodeKey(account, externalID)
	body, err := json.Marshal(claim{DocumentID: documentID, Since: time.Now().UTC()})
	if err != nil {
		return "", fmt.Errorf("claim %s: %w", externalID, err)
	}
	for try := 0; ; try++ {
		_, err := putRevision(ctx, c.q.bucket(bucketClaims), key, body, 0)
		if err == nil {
			return documentID, nil
		}
		if !errors.Is(err, ErrChanged) {
			return "", unavailable("claim "+externalID, err)
		}
		owner, _, err := c.get(ctx, key)
		if err == nil || !errors.Is(err, ErrNotFound) {
			return owner, err
		}
		// A follower did not know the winner yet.
		if !pause(ctx, try) {
			return "", unavailable("claim "+externalID, ctx.Err())
		}
	}
}

// Owner returns the document that owns the external id, or ErrNotFound.
func (c Claims) Owner(ctx context.Context, account, externalID string) (string, error) {
	owner, _, err := c.get(ctx, encodeKey(account, externalID))
	return owner, err
}

// TakeOver moves the claim from one document to another. It fails with ErrChanged when from does not own it any more.
func (c Claims) TakeOver(ctx context.Context, account, externalID, from, to string) error {
	key := encodeKey(account, externalID)
	owner, rev, err := c.get(ctx, key)
	if err != nil {
		return fmt.Errorf("take over %s: %w", externalID, err)
	}
	if owner != from {
		return fmt.Errorf("take over %s: document %s owns it: %w", externalID, owner, ErrChanged)
	}
	body, err := json.Marshal(claim{DocumentID: to, Since: time.Now().UTC()})
	if err != nil {
		return fmt.Errorf("take over %s: %w", externalID, err)
	}
	_, err = putRevision(ctx, c.q.bucket(bucketClaims), key, body, rev)
	switch {
	case errors.Is(err, ErrChanged):
		return fmt.Errorf("take over %s: %w", externalID, err)
	case err != nil:
		return unavailable("take over "+externalID, err)
	}
	return nil
}

func (c Claims) get(ctx context.Context, key string) (string, uint64, error) {
	entry, err := c.q.bucket(bucketClaims).Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return "", 0, fmt.Errorf("claim %s: %w", key, ErrNotFound)
	}
	if err != nil {
		return "", 0, unavailable("read claim "+key, err)
	}
	var v claim
	if err := json.Unmarshal(entry.Value(), &v); err != nil {
		return "", 0, fmt.Errorf("read claim %s: %w", key, err)
	}
	return v.DocumentID, entry.Revision(), nil
}
