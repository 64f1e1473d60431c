package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Claims says which document is at work on a purchase order or bill of NetSuite, so that no other plans from what it read
// of the record before the first has written.
type Claims struct{ q *Queue }

// Claims returns the part of bucket CLAIMS that holds what documents are at work on.
func (q *Queue) Claims() Claims { return Claims{q} }

// Claim is a document's hold on a record. Its revision tells it from a later one of the same document.
type Claim struct {
	DocumentID string    `json:"documentID"`
	Since      time.Time `json:"since"`

	id       string // internal id of the record
	revision uint64
}

// "transaction" tells these claims from those of invoice numbers.
func claimKey(account, id string) string { return encodeKey(account, "transaction", id) }

// Take claims a record, by its internal id, for a document and returns the claim, which is another document's where that
// one was earlier. What the document has claimed before is claimed anew: a release of the earlier claim does nothing then.
func (c Claims) Take(ctx context.Context, account, id, documentID string) (Claim, error) {
	for try := 0; ; try++ {
		now, err := c.get(ctx, account, id)
		if err != nil {
			return Claim{}, err
		}
		if now.DocumentID != "" && now.DocumentID != documentID {
			return now, nil
		}
		made, err := c.put(ctx, account, now, documentID)
		if !errors.Is(err, ErrChanged) {
			return made, err
		}
		if !backOff(ctx, try) {
			return Claim{}, unavailable("claim transaction "+id, ctx.Err())
		}
	}
}

// TakeOver moves a claim to another document. It fails with ErrChanged when it has been released or taken anew.
func (c Claims) TakeOver(ctx context.Context, account string, from Claim, documentID string) (Claim, error) {
	return c.put(ctx, account, from, documentID)
}

// Release ends a claim, unless it has been taken over or anew.
func (c Claims) Release(ctx context.Context, account string, claim Claim) error {
	err := c.q.bucket(bucketClaims).Purge(ctx, claimKey(account, claim.id), jetstream.LastRevision(claim.revision))
	switch code := apiCode(err); {
	case code == jetstream.JSErrCodeStreamWrongLastSequence, code == jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		return nil
	case err != nil:
		return unavailable("release transaction "+claim.id, err)
	}
	return nil
}

func (c Claims) put(ctx context.Context, account string, over Claim, documentID string) (Claim, error) {
	made := Claim{DocumentID: documentID, Since: time.Now().UTC(), id: over.id}
	body, err := json.Marshal(made)
	if err != nil {
		return Claim{}, fmt.Errorf("claim transaction %s: %w", over.id, err)
	}
	made.revision, err = putRevision(ctx, c.q.bucket(bucketClaims), claimKey(account, over.id), body, over.revision)
	switch {
	case errors.Is(err, ErrChanged):
		return Claim{}, fmt.Errorf("claim transaction %s: %w", over.id, err)
	case err != nil:
		return Claim{}, unavailable("claim transaction "+over.id, err)
	}
	return made, nil
}

// get returns the claim on a record, without a document when there is none.
func (c Claims) get(ctx context.Context, account, id string) (Claim, error) {
	entry, err := c.q.bucket(bucketClaims).Get(ctx, claimKey(account, id))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Claim{id: id}, nil
	}
	if err != nil {
		return Claim{}, unavailable("read the claim on transaction "+id, err)
	}
	now := Claim{id: id, revision: entry.Revision()}
	if err := json.Unmarshal(entry.Value(), &now); err != nil {
		return Claim{}, fmt.Errorf("read the claim on transaction %s: %w", id, err)
	}
	return now, nil
}
