package delivery

import (
	"context"

	"counterpunch/internal/document"
	"counterpunch/internal/order"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// named is an order as NetSuite knows it and as the document names it, which may be in several spellings.
type named struct {
	known found
	refs  []document.OrderReference
}

// statement brings an order confirmation or ship notice into the orders that it names, and into those that it no longer
// names although an earlier version did.
func (r *run) statement(ctx context.Context) (queue.Record, error) {
	orders, missing, err := r.statedOrders(ctx)
	if err != nil {
		return queue.Record{}, err
	}
	// All orders are matched before the first is written and before a ledger knows of the document: one that does not fit
	// leaves no trace.
	matched := make(map[string]*desire, len(orders))
	for _, o := range orders {
		own := order.Contributions(r.doc, r.delivery.Event.ID, r.delivery.Sequence, o.refs...)
		if matched[o.known.ID], err = r.match(ctx, target{known: o.known, contributions: []order.Contribution{own}}); err != nil {
			return queue.Record{}, err
		}
	}
	targets, err := r.targets(ctx, orders)
	if err != nil {
		return queue.Record{}, err
	}
	superseded := len(orders) > 0
	for _, t := range targets {
		gone, err := r.settle(ctx, t, matched[t.known.ID])
		switch {
		case t.beyond && (isReason(err, reason.OrderNotFound) || isReason(err, reason.WrongVendor)):
			r.log.Warn().Err(err).Msg("shipment.order_unreachable")
		case err != nil:
			return queue.Record{}, err
		case !t.beyond:
			superseded = superseded && gone
		}
	}
	switch {
	case missing != nil:
		return queue.Record{}, missing
	case len(targets) == 0:
		return queue.Record{}, mismatch(reason.OrderNotFound, "the notice names no order, and no notice of shipment %s that does has arrived", r.doc.Number())
	case r.saysNothing():
		return r.done(queue.Recorded, "the document asks for nothing that an order holds"), nil
	case superseded:
		return r.done(queue.Superseded, "later documents have replaced all that this one says"), nil
	}
	return r.done(queue.Applied, ""), nil
}

// statedOrders finds every order before the first is written, so that a document with a foreign order among its own
// changes nothing. An order that is not there yet, told by missing, does not hold up the others.
func (r *run) statedOrders(ctx context.Context) (orders []named, missing, err error) {
	refs := r.doc.Orders()
	if len(refs) == 0 && !r.replaces() {
		return nil, nil, mismatch(reason.OrderReferenceMissing, "the document names no order")
	}
	for _, ref := range refs {
		known, err := r.lookup(ctx, ref)
		switch {
		case isReason(err, reason.OrderNotFound):
			missing = err
		case err != nil:
			return nil, nil, err
		default:
			orders = addNamed(orders, known, ref)
		}
	}
	return orders, missing, nil
}

func addNamed(orders []named, known found, ref document.OrderReference) []named {
	for i := range orders {
		if orders[i].known.ID == known.ID {
			orders[i].refs = append(orders[i].refs, ref)
			return orders
		}
	}
	return append(orders, named{known: known, refs: []document.OrderReference{ref}})
}

// saysNothing reports whether the document is of a sort that never changes an order.
func (r *run) saysNothing() bool {
	c := r.doc.OrderConfirmation
	return c != nil && c.Type == document.ConfirmRequestToPay
}
