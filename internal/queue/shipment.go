package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/order"
)

// Shipment says which orders the notices of one shipment have named, so that an update or a delete which no longer names
// one of them still reaches it, whichever arrives first. It stands beside the ledgers and is kept under the shipment's
// number, or under the payloadID of a notice that others refer to.
type Shipment struct {
	Orders []CachedOrder `json:"orders,omitempty"` // named by any notice
	// Latest is what the latest update or delete says of an order that it does not name. Named are the internal ids of
	// those that it does.
	Latest *order.Contribution `json:"latest,omitempty"`
	Named  []string            `json:"named,omitempty"`
}

// Shipments is the part of bucket ORDERS that holds shipments.
type Shipments struct{ q *Queue }

// Shipments returns the shipments.
func (q *Queue) Shipments() Shipments { return Shipments{q} }

// Three parts more than a ledger's key has tell the two apart.
func shipmentKey(account, supplier, key string) string {
	return encodeKey(account, "shipment", supplier, key)
}

// Load returns what is known under a key of the supplier's and its revision; nothing and revision 0 if there is none.
func (s Shipments) Load(ctx context.Context, account, supplier, key string) (Shipment, uint64, error) {
	var v Shipment
	entry, err := s.q.bucket(bucketOrders).Get(ctx, shipmentKey(account, supplier, key))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return v, 0, nil
	}
	if err != nil {
		return v, 0, unavailable("load shipment "+key, err)
	}
	if err := json.Unmarshal(entry.Value(), &v); err != nil {
		return v, 0, fmt.Errorf("load shipment %s: %w", key, err)
	}
	return v, entry.Revision(), nil
}

// Save stores what was loaded with revision rev. ErrChanged means that it was changed since: load it again.
func (s Shipments) Save(ctx context.Context, account, supplier, key string, v Shipment, rev uint64) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("save shipment %s: %w", key, err)
	}
	_, err = putRevision(ctx, s.q.bucket(bucketOrders), shipmentKey(account, supplier, key), body, rev)
	switch {
	case errors.Is(err, ErrChanged):
		return fmt.Errorf("save shipment %s: %w", key, err)
	case err != nil:
		return unavailable("save shipment "+key, err)
	}
	return nil
}
