package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// lookup finds the purchase order that a document names and makes sure that it belongs to one of the supplier's vendors.
// Only number -> internal id and vendor are remembered between documents; all else is read anew.
func (r *run) lookup(ctx context.Context, ref document.OrderReference) (queue.CachedOrder, error) {
	if ref.OrderID == "" {
		return queue.CachedOrder{}, mismatch(reason.OrderReferenceMissing, "the document names its order by payloadID %q alone", ref.PayloadID)
	}
	number := document.NormaliseNumber(ref.OrderID)
	cache := r.account.options.Queue.Cache()
	known, ok, err := cache.Order(ctx, r.account.Name, number)
	if err != nil {
		return known, fmt.Errorf("read what is known of order %s: %w", number, err)
	}
	if ok && r.isOurs(known.Vendor) {
		return known, nil
	}
	found, err := r.find(ctx, ref.OrderID)
	if err != nil {
		return known, err
	}
	if err := cache.PutOrder(ctx, r.account.Name, found); err != nil {
		return known, fmt.Errorf("remember order %s: %w", number, err)
	}
	return found, nil
}

// find asks NetSuite for the order and picks the one that belongs to the supplier's vendors.
func (r *run) find(ctx context.Context, number string) (queue.CachedOrder, error) {
	r.calls++
	all, err := r.account.Client.FindPurchaseOrders(ctx, strings.TrimSpace(number))
	if err != nil {
		return queue.CachedOrder{}, fmt.Errorf("look up order %s: %w", number, err)
	}
	if len(all) == 0 {
		return queue.CachedOrder{}, mismatch(reason.OrderNotFound, "NetSuite has no purchase order %s that the integration's role can see", number)
	}
	ours := slices.DeleteFunc(slices.Clone(all), func(o netsuite.FoundOrder) bool { return !r.isOurs(o.Entity) })
	switch len(ours) {
	case 0:
		return queue.CachedOrder{}, mismatch(reason.WrongVendor, "purchase order %s belongs to vendor %s, which is not one of supplier %s's vendors", number, all[0].Entity, r.delivery.Event.Supplier)
	case 1:
		return queue.CachedOrder{ID: ours[0].ID, Vendor: ours[0].Entity, Number: ours[0].TranID}, nil
	}
	return queue.CachedOrder{}, mismatch(reason.OrderAmbiguous, "%d purchase orders of supplier %s's vendors carry the number %s", len(ours), r.delivery.Event.Supplier, number)
}

func (r *run) isOurs(vendor string) bool {
	return slices.Contains(r.account.Vendors(r.delivery.Event.Supplier), vendor)
}

// readOrder reads an order with its lines. One that is gone is forgotten, and one that has moved to another vendor since
// it was remembered is refused.
func (r *run) readOrder(ctx context.Context, known queue.CachedOrder) (record.PurchaseOrder, error) {
	r.calls++
	po, err := r.account.Client.PurchaseOrder(ctx, known.ID)
	if isClass(err, netsuite.NotFound) {
		if err := r.account.options.Queue.Cache().DropOrder(ctx, r.account.Name, document.NormaliseNumber(known.Number)); err != nil {
			return po, fmt.Errorf("forget order %s: %w", known.Number, err)
		}
		return po, mismatch(reason.OrderNotFound, "purchase order %s (internal id %s) is no longer in NetSuite", known.Number, known.ID)
	}
	if err != nil {
		return po, fmt.Errorf("read purchase order %s: %w", known.Number, err)
	}
	if !r.isOurs(po.Entity.ID) {
		return po, mismatch(reason.WrongVendor, "purchase order %s belongs to vendor %s, which is not one of supplier %s's vendors", po.TranID, po.Entity.ID, r.delivery.Event.Supplier)
	}
	return po, nil
}
