package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
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

// ask asks NetSuite for what is sought, with one call.
func (r *reader) ask(ctx context.Context, sought netsuite.Sought) (netsuite.Found, error) {
	r.calls++
	books, err := r.account.Client.Find(ctx, sought)
	if err != nil {
		return books, fmt.Errorf("look up %s: %w", sought, err)
	}
	return books, nil
}

// searched is what is known of the orders of a document before the first is picked.
type searched struct {
	remembered map[string]queue.CachedOrder // by normalised number
	books      *netsuite.Found              // nil when NetSuite was not asked
}

// search asks NetSuite for those of the orders that are not remembered and, with the same call, for what is sought besides.
// It asks nothing when all are remembered.
func (r *reader) search(ctx context.Context, refs []document.OrderReference, besides netsuite.Sought) (searched, error) {
	s := searched{remembered: map[string]queue.CachedOrder{}}
	besides.Orders, besides.Payloads = nil, nil
	for _, ref := range refs {
		if ref.OrderID == "" {
			if r.account.PayloadField == "" {
				table := []mapping.Difference{{What: "order", Expected: "a number", Found: ref.String()}}
				return s, differing(reason.OrderReferenceMissing, table, "the document names its order by payloadID %q alone, and account %s has no orders.payload_field", ref.PayloadID, r.account.Name)
			}
			besides.PayloadField = r.account.PayloadField
			besides.Payloads = append(besides.Payloads, ref.PayloadID)
			continue
		}
		key := document.NormaliseNumber(ref.OrderID)
		known, ok, err := r.memory.Order(ctx, r.account.Name, key)
		switch {
		case err != nil:
			return s, fmt.Errorf("read what is known of order %s: %w", ref.OrderID, err)
		case ok && r.isOurs(known.Vendor):
			s.remembered[key] = known
		case !slices.ContainsFunc(besides.Orders, numbered(key)):
			besides.Orders = append(besides.Orders, strings.TrimSpace(ref.OrderID))
		}
	}
	if len(besides.Orders)+len(besides.Payloads) == 0 {
		return s, nil
	}
	books, err := r.ask(ctx, besides)
	s.books = &books
	return s, err
}

// lookup returns the purchase order that a document names, out of what was searched, and makes sure that it belongs to one
// of the supplier's vendors. Only number -> internal id and vendor are remembered between documents; all else is read anew,
// also which order has a payloadID.
func (r *reader) lookup(ctx context.Context, ref document.OrderReference, s searched) (found, error) {
	if known, ok := s.remembered[document.NormaliseNumber(ref.OrderID)]; ok && ref.OrderID != "" {
		r.concerns(known)
		return found{known, true}, nil
	}
	known, err := r.pick(s.books.Orders, ref)
	if err != nil {
		return found{}, err
	}
	if err := r.memory.PutOrder(ctx, r.account.Name, known); err != nil {
		return found{}, fmt.Errorf("remember order %s: %w", ref.OrderID, err)
	}
	r.concerns(known)
	return found{known, false}, nil
}

// numbered tells the orders of a number, in any case.
func numbered(number string) func(string) bool {
	number = document.NormaliseNumber(number)
	return func(other string) bool { return document.NormaliseNumber(other) == number }
}

// pick returns the order of the number, or of the payloadID where there is none, that belongs to the supplier's vendors.
func (r *reader) pick(orders []netsuite.FoundOrder, ref document.OrderReference) (queue.CachedOrder, error) {
	is, number := numbered(ref.OrderID), ref.String()
	var ours []netsuite.FoundOrder
	var table []mapping.Difference
	for _, o := range orders {
		switch {
		case ref.OrderID != "" && !is(o.TranID), ref.OrderID == "" && o.PayloadID != ref.PayloadID:
		case r.isOurs(o.Entity):
			ours = append(ours, o)
		default:
			table = append(table, r.vendorDifference(o.TranID, o.ID, o.Entity))
		}
	}
	switch {
	case len(ours) == 1:
		return queue.CachedOrder{ID: ours[0].ID, Vendor: ours[0].Entity, Number: ours[0].TranID}, nil
	case len(ours) > 1:
		table = nil
		for _, o := range ours {
			table = append(table, mapping.Difference{What: "order " + o.TranID, Found: fmt.Sprintf("internal id %s of vendor %s", o.ID, o.Entity)})
		}
		return queue.CachedOrder{}, differing(reason.OrderAmbiguous, table, "%d purchase orders of supplier %s's vendors carry the number %s", len(ours), r.event.Supplier, number)
	case len(table) > 0:
		return queue.CachedOrder{}, differing(reason.WrongVendor, table, "purchase order %s belongs to vendor %s, which is not one of supplier %s's vendors", number, table[0].Found, r.event.Supplier)
	}
	table = []mapping.Difference{{What: "order", Expected: fmt.Sprintf("%s of %s", strings.TrimSpace(number), r.vendors())}}
	return queue.CachedOrder{}, differing(reason.OrderNotFound, table, "NetSuite has no purchase order %s that the integration's role can see", number)
}

// vendorDifference says whose an order is in place of one of the supplier's vendors.
func (r *reader) vendorDifference(number, id, vendor string) mapping.Difference {
	return mapping.Difference{What: fmt.Sprintf("vendor of order %s (internal id %s)", number, id), Expected: r.vendors(), Found: vendor}
}

// vendors names the supplier's vendors.
func (r *reader) vendors() string {
	ids := r.account.Vendors(r.event.Supplier)
	switch len(ids) {
	case 0:
		return "no vendor"
	case 1:
		return "vendor " + ids[0]
	}
	return "one of the vendors " + strings.Join(ids, ", ")
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
		return po, r.forget(ctx, known, orderGone(known))
	case err != nil:
		return po, fmt.Errorf("read purchase order %s: %w", known.Number, err)
	case !r.isOurs(po.Entity.ID):
		return po, r.forget(ctx, known, differing(reason.WrongVendor, []mapping.Difference{r.vendorDifference(po.TranID, po.ID, po.Entity.ID)},
			"purchase order %s belongs to vendor %s, which is not one of supplier %s's vendors", po.TranID, po.Entity.ID, r.event.Supplier))
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

// orderGone is the error of an order that was found and is no longer there.
func orderGone(o found) error {
	table := []mapping.Difference{{What: "order " + o.Number, Expected: fmt.Sprintf("internal id %s of vendor %s", o.ID, o.Vendor)}}
	return differing(reason.OrderNotFound, table, "purchase order %s (internal id %s) is no longer in NetSuite", o.Number, o.ID)
}
