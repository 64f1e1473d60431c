package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/order"
)

// Ledgers is the bucket ORDERS.
type Ledgers struct{ q *Queue }

// Ledgers returns the ledgers of the orders.
func (q *Queue) Ledgers() Ledgers { return Ledgers{q} }

// ledgerEntry is the stored form. A ledger that is too large for an entry stands in the object store under its hash, so
// that an order with thousands of lines does not reach the server's bound on messages.
type ledgerEntry struct {
	Ledger *order.Ledger `json:"ledger,omitempty"`
	Ref    string        `json:"ref,omitempty"`
}

// maxLedgerEntry is the size in bytes above which a ledger is stored apart, or a quarter of a message if that is less.
const maxLedgerEntry = 256 << 10

// Load returns the ledger of an order and its revision; an empty ledger and revision 0 if there is none.
func (l Ledgers) Load(ctx context.Context, account, orderID string) (order.Ledger, uint64, error) {
	entry, rev, err := l.entry(ctx, account, orderID)
	if err != nil {
		return order.Ledger{}, 0, err
	}
	switch {
	case rev == 0:
		return order.Ledger{Account: account, OrderID: orderID}, 0, nil
	case entry.Ledger != nil:
		return *entry.Ledger, rev, nil
	}
	body, err := l.q.Object(ctx, entry.Ref)
	if err != nil {
		return order.Ledger{}, 0, fmt.Errorf("load the ledger of order %s: %w", orderID, err)
	}
	var ledger order.Ledger
	if err := json.Unmarshal(body, &ledger); err != nil {
		return order.Ledger{}, 0, fmt.Errorf("load the ledger of order %s: %w", orderID, err)
	}
	return ledger, rev, nil
}

// Save stores a ledger that was loaded with revision rev and returns the new revision. ErrChanged means that it was
// changed since: load it again. An object that it replaces is left to the retention: somebody may be about to read it, and a
// backup takes objects after what names them.
func (l Ledgers) Save(ctx context.Context, ledger order.Ledger, rev uint64) (uint64, error) {
	what := "save the ledger of order " + ledger.OrderID
	if ledger.Account == "" || ledger.OrderID == "" {
		return 0, fmt.Errorf("%s: the ledger names no account or no order", what)
	}
	_, now, err := l.entry(ctx, ledger.Account, ledger.OrderID)
	if err != nil {
		return 0, err
	}
	if now != rev {
		return 0, fmt.Errorf("%s: %w", what, ErrChanged)
	}
	entry := ledgerEntry{Ledger: &ledger}
	body, err := json.Marshal(ledger)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	if int64(len(body)) > min(maxLedgerEntry, l.q.lanes.MaxPayload()/4) {
		// The order is part of the name, so that it can be told whether the object is still in use.
		ref, err := l.q.putObject(ctx, objectLedger+"/"+encodeKey(ledger.Account, ledger.OrderID), body)
		if err != nil {
			return 0, err
		}
		entry = ledgerEntry{Ref: ref}
	}
	if body, err = json.Marshal(entry); err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	next, err := putRevision(ctx, l.q.bucket(bucketOrders), encodeKey(ledger.Account, ledger.OrderID), body, rev)
	switch {
	case errors.Is(err, ErrChanged):
		return 0, fmt.Errorf("%s: %w", what, err)
	case err != nil:
		return 0, unavailable(what, err)
	}
	return next, nil
}

// names reports whether the object is a ledger that is in use, or may be.
func (l Ledgers) names(ctx context.Context, ref string) bool {
	key, ok := strings.CutPrefix(ref, objectLedger+"/")
	if !ok {
		return false
	}
	e, _, err := l.read(ctx, path.Dir(key))
	return err != nil || e.Ref == ref
}

// entry returns the stored entry of an order and its revision, 0 if there is none.
func (l Ledgers) entry(ctx context.Context, account, orderID string) (ledgerEntry, uint64, error) {
	e, rev, err := l.read(ctx, encodeKey(account, orderID))
	if err != nil {
		return e, 0, fmt.Errorf("load the ledger of order %s: %w", orderID, err)
	}
	return e, rev, nil
}

func (l Ledgers) read(ctx context.Context, key string) (ledgerEntry, uint64, error) {
	var e ledgerEntry
	stored, err := l.q.bucket(bucketOrders).Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return e, 0, nil
	}
	if err != nil {
		return e, 0, unavailable("read entry "+key, err)
	}
	if err := json.Unmarshal(stored.Value(), &e); err != nil {
		return e, 0, fmt.Errorf("read entry %s: %w", key, err)
	}
	return e, stored.Revision(), nil
}
