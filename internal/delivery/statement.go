package delivery

import (
	"context"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/order"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// named is an order as NetSuite knows it and as the document names it, which may be in several spellings.
type named struct {
	known found
	refs  []document.OrderReference
}

// statement is an order confirmation or ship notice with the orders that it names.
type statement struct {
	orders  []named
	missing error              // one of its orders is not in NetSuite
	matched map[string]*desire // by internal id
}

// readStatement finds the orders that the document names. All are matched before the first is written and before a ledger
// knows of the document: one that does not fit leaves no trace.
func (r *reader) readStatement(ctx context.Context) (statement, error) {
	orders, missing, err := r.statedOrders(ctx)
	if err != nil {
		return statement{}, err
	}
	s := statement{orders: orders, missing: missing, matched: make(map[string]*desire, len(orders))}
	for _, o := range orders {
		own := order.Contributions(r.doc, r.event.ID, r.sequence, o.refs...)
		if s.matched[o.known.ID], err = r.match(ctx, target{known: o.known, contributions: []order.Contribution{own}}); err != nil {
			return statement{}, err
		}
	}
	return s, nil
}

// bring takes each order that a statement concerns, those that it names and those that it no longer names although an
// earlier version did, and says how the document ends. settle makes an order what its ledger says and reports whether the
// document has been superseded there.
func (r *reader) bring(ctx context.Context, s statement, join joining, settle func(context.Context, target, *desire) (bool, error)) (queue.RecordType, string, error) {
	targets, err := r.targets(ctx, s.orders, join)
	if err != nil {
		return "", "", err
	}
	superseded := len(s.orders) > 0
	for _, t := range targets {
		gone, err := settle(ctx, t, s.matched[t.known.ID])
		switch {
		case t.beyond && (isReason(err, reason.OrderNotFound) || isReason(err, reason.WrongVendor)):
			r.log.Warn().Err(err).Msg("shipment.order_unreachable")
		case err != nil:
			return "", "", err
		case !t.beyond:
			superseded = superseded && gone
		}
	}
	switch {
	case s.missing != nil:
		return "", "", s.missing
	case len(targets) == 0:
		return "", "", mismatch(reason.OrderNotFound, "the notice names no order, and no notice of shipment %s that does has arrived", r.doc.Number())
	case r.saysNothing():
		return queue.Recorded, "the document asks for nothing that an order holds", nil
	case superseded:
		return queue.Superseded, "later documents have replaced all that this one says", nil
	}
	return queue.Applied, "", nil
}

// statement brings an order confirmation or ship notice into its orders.
func (r *run) statement(ctx context.Context) (queue.Record, error) {
	s, err := r.readStatement(ctx)
	if err != nil {
		return queue.Record{}, err
	}
	end, detail, err := r.bring(ctx, s, r.join, r.settle)
	if err == nil {
		err = r.outstanding()
	}
	if err != nil {
		return queue.Record{}, err
	}
	return r.done(end, detail), nil
}

// statedOrders finds every order before the first is written, so that a document with a foreign order among its own
// changes nothing. An order that is not there yet, told by missing, does not hold up the others.
func (r *reader) statedOrders(ctx context.Context) (orders []named, missing, err error) {
	refs := r.doc.Orders()
	if len(refs) == 0 && !r.replaces() {
		return nil, nil, mismatch(reason.OrderReferenceMissing, "the document names no order")
	}
	searched, err := r.search(ctx, refs, netsuite.Sought{})
	if err != nil {
		return nil, nil, err
	}
	for _, ref := range refs {
		known, err := r.lookup(ctx, ref, searched)
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
func (r *reader) saysNothing() bool {
	c := r.doc.OrderConfirmation
	return c != nil && c.Type == document.ConfirmRequestToPay
}
