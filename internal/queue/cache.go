package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/document"
)

// CachedOrder is what is remembered of a purchase order. An internal id never changes, a vendor may: it is verified on
// the order itself.
type CachedOrder struct {
	ID     string `json:"id"`
	Vendor string `json:"vendor"`
	Number string `json:"number"`
}

// Cache remembers the internal ids of purchase orders, for Options.CacheAge.
type Cache struct{ q *Queue }

// Cache returns the bucket CACHE.
func (q *Queue) Cache() Cache { return Cache{q} }

func orderKey(account, number string) string {
	return encodeKey(account, document.NormaliseNumber(number))
}

// Order returns what is remembered under the order number; false when nothing is.
func (c Cache) Order(ctx context.Context, account, number string) (CachedOrder, bool, error) {
	entry, err := c.q.bucket(bucketCache).Get(ctx, orderKey(account, number))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return CachedOrder{}, false, nil
	}
	if err != nil {
		return CachedOrder{}, false, unavailable("read the cached order "+number, err)
	}
	var o CachedOrder
	if err := json.Unmarshal(entry.Value(), &o); err != nil {
		return CachedOrder{}, false, fmt.Errorf("read the cached order %s: %w", number, err)
	}
	return o, true, nil
}

// PutOrder remembers an order under its number.
func (c Cache) PutOrder(ctx context.Context, account string, o CachedOrder) error {
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("cache order %s: %w", o.Number, err)
	}
	if _, err := c.q.bucket(bucketCache).Put(ctx, orderKey(account, o.Number), body); err != nil {
		return unavailable("cache order "+o.Number, err)
	}
	return nil
}

// DropOrder forgets what is remembered under the order number.
func (c Cache) DropOrder(ctx context.Context, account, number string) error {
	err := c.q.bucket(bucketCache).Purge(ctx, orderKey(account, number))
	if err != nil {
		return unavailable("drop the cached order "+number, err)
	}
	return nil
}
