package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// errStale says that what was remembered of an order is no longer so. It has been forgotten: look it up anew.
var errStale = errors.New("what was remembered of the order is no longer so")

// found is an order with where the knowledge comes from.
type found struct {
	queue.CachedOrder
	remembered bool // not just looked up
}

// lookup finds the purchase order that a document names and makes sure that it belongs to one of the supplier's vendors.
// Only number -> internal id and vendor are remembered between documents; all else is read anew.
func (r *reader) lookup(ctx context.Context, ref document.OrderReference) (found, error) {
	if ref.OrderID == "" {
		return found{}, mismatch(reason.OrderReferenceMissing, "the document names its order by payloadID %q alone", ref.PayloadID)
	}
	number := document.NormaliseNumber(ref.OrderID)
	known, ok, err := r.memory.Order(ctx, r.account.Name, number)
	if err != nil {
		return found{}, fmt.Errorf("read what is known of order %s: %w", number, err)
	}
	if ok && r.isOurs(known.Vendor) {
		r.concerns(known)
		return found{known, true}, nil
	}
	if known, err = r.find(ctx, ref.OrderID); err != nil {
		return found{}, err
	}
	if err := r.memory.PutOrder(ctx, r.account.Name, known); err != nil {
		return found{}, fmt.Errorf("remember order %s: %w", number, err)
	}
	r.concerns(known)
	return found{known, false}, nil
}

// find asks NetSuite for the order and picks the one that belongs to the supplier's vendors.
func (r *reader) find(ctx context.Context, number string) (queue.CachedOrder, error) {
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
		return queue.CachedOrder{}, mismatch(reason.WrongVendor, "purchase order %s belongs to vendor %s, which is not one of supplier %s's vendors", number, all[0].Entity, r.event.Supplier)
	case 1:
		return queue.CachedOrder{ID: ours[0].ID, Vendor: ours[0].Entity, Number: ours[0].TranID}, nil
	}
	return queue.CachedOrder{}, mismatch(reason.OrderAmbiguous, "%d purchase orders of supplier %s's vendors carry the number %s", len(ours), r.event.Supplier, number)
}

func (r *reader) isOurs(vendor string) bool {
	return slices.Contains(r.account.Vendors(r.event.Supplier), vendor)
}

// readOrder reads an order with its lines. One that is gone, or has moved to another vendor, is forgotten; the error is
// errStale when it was only remembered.
func (r *reader) readOrder(ctx context.Context, known found) (record.PurchaseOrder, error) {
	r.calls++
	po, err := r.account.Client.PurchaseOrder(ctx, known.ID)
	switch {
	case isClass(err, netsuite.NotFound):
		return po, r.forget(ctx, known, mismatch(reason.OrderNotFound, "purchase order %s (internal id %s) is no longer in NetSuite", known.Number, known.ID))
	case err != nil:
		return po, fmt.Errorf("read purchase order %s: %w", known.Number, err)
	case !r.isOurs(po.Entity.ID):
		return po, r.forget(ctx, known, mismatch(reason.WrongVendor, "purchase order %s belongs to vendor %s, which is not one of supplier %s's vendors", po.TranID, po.Entity.ID, r.event.Supplier))
	}
	return po, nil
}

// forget drops what is remembered of an order and returns why, or errStale when a look-up may say otherwise.
func (r *reader) forget(ctx context.Context, known found, why error) error {
	if err := r.memory.DropOrder(ctx, r.account.Name, known.Number); err != nil {
		return fmt.Errorf("forget order %s: %w", known.Number, err)
	}
	if known.remembered {
		return fmt.Errorf("%w: %w", errStale, why)
	}
	return why
}
