package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/order"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// named is an order as NetSuite knows it and as the document names it, which may be in several spellings.
type named struct {
	known queue.CachedOrder
	refs  []document.OrderReference
}

// statement brings an order confirmation or ship notice into the orders that it names.
func (r *run) statement(ctx context.Context) (queue.Record, error) {
	found, missing, err := r.statedOrders(ctx)
	if err != nil {
		return queue.Record{}, err
	}
	superseded := len(found) > 0
	for _, o := range found {
		gone, err := r.settle(ctx, o)
		if err != nil {
			return queue.Record{}, err
		}
		superseded = superseded && gone
	}
	switch {
	case missing != nil:
		return queue.Record{}, missing
	case r.saysNothing():
		return r.done(queue.Recorded, "the document asks for nothing that an order holds"), nil
	case superseded:
		return r.done(queue.Superseded, "later documents have replaced all that this one says"), nil
	}
	return r.done(queue.Applied, ""), nil
}

// statedOrders finds every order before the first is written, so that a document with a foreign order among its own
// changes nothing. An order that is not there yet, told by missing, does not hold up the others.
func (r *run) statedOrders(ctx context.Context) (found []named, missing, err error) {
	refs := r.doc.Orders()
	if len(refs) == 0 {
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
			found = addNamed(found, known, ref)
		}
	}
	return found, missing, nil
}

func addNamed(found []named, known queue.CachedOrder, ref document.OrderReference) []named {
	for i := range found {
		if found[i].known.ID == known.ID {
			found[i].refs = append(found[i].refs, ref)
			return found
		}
	}
	return append(found, named{known: known, refs: []document.OrderReference{ref}})
}

// saysNothing reports whether the document is of a sort that never changes an order.
func (r *run) saysNothing() bool {
	c := r.doc.OrderConfirmation
	return c != nil && c.Type == document.ConfirmRequestToPay
}

// settle makes an order what its ledger says, with this document in it, and reports whether the document has been
// superseded. It goes round again while another document changes the ledger in between: whoever writes last has seen all.
func (r *run) settle(ctx context.Context, o named) (superseded bool, err error) {
	contribution := order.Contributions(r.doc, r.delivery.Event.ID, r.delivery.Sequence, o.refs...)
	var unproven *unprovenWrite
	for changed := 0; ; {
		desired, err := r.enter(ctx, o, contribution)
		if errors.Is(err, queue.ErrChanged) {
			continue
		}
		if err != nil {
			return false, err
		}
		if len(desired.plan.Calls) == 0 {
			r.lookFirst = false
			r.effects = append(r.effects, unproven.changes()...)
			return desired.ledger.Superseded(r.delivery.Event.ID), nil
		}
		if unproven != nil {
			return false, unproven.err
		}
		err = r.patch(ctx, desired)
		switch {
		case isClass(err, netsuite.Changed) && changed < r.account.options.Schedule.Changed:
			changed++
			continue
		case isClass(err, netsuite.Unknown):
			// What the order shows when it is read again says whether the write was carried out.
			unproven = &unprovenWrite{err: err, plan: desired.plan}
			continue
		case err != nil:
			return false, err
		}
		if stable, err := r.isCurrent(ctx, desired); err != nil || stable {
			return desired.ledger.Superseded(r.delivery.Event.ID), err
		}
	}
}

// unprovenWrite is a write of which it is not known whether NetSuite carried it out.
type unprovenWrite struct {
	err  error
	plan mapping.Plan
}

func (u *unprovenWrite) changes() []mapping.Change {
	if u == nil {
		return nil
	}
	return u.plan.Changes
}

// desire is what an order should become, from one revision of its ledger and one reading of NetSuite.
type desire struct {
	order    named
	ledger   order.Ledger
	revision uint64
	po       record.PurchaseOrder
	plan     mapping.Plan
}

// enter puts the contribution into the order's ledger, after it has been matched with the order as it is. A document that
// does not fit is refused without a trace in the ledger, where it would stand in the way of every later one. The error is
// queue.ErrChanged when another document was faster.
func (r *run) enter(ctx context.Context, o named, c order.Contribution) (desire, error) {
	ledgers := r.account.options.Queue.Ledgers()
	d := desire{order: o}
	var err error
	if d.ledger, d.revision, err = ledgers.Load(ctx, r.account.Name, o.known.ID); err != nil {
		return d, fmt.Errorf("load ledger of order %s: %w", o.known.Number, err)
	}
	d.ledger.Number = o.known.Number
	added := d.ledger.Add(c)
	if d.po, err = r.readOrder(ctx, o.known); err != nil {
		return d, err
	}
	if d.plan, err = r.account.Mapper.Order(d.ledger.Fold(), d.po); err != nil && !r.othersFault(err) {
		return d, fmt.Errorf("match the document with order %s: %w", o.known.Number, err)
	}
	r.note(d.plan.Unmapped)
	if !added {
		return d, nil
	}
	if d.revision, err = ledgers.Save(ctx, d.ledger, d.revision); err != nil {
		return d, fmt.Errorf("save ledger of order %s: %w", o.known.Number, err)
	}
	return d, nil
}

// othersFault reports whether err is about earlier documents only, as when a line that they speak of was removed from the
// order since. The plan of all other lines stands then, and this document goes on with it.
func (r *run) othersFault(err error) bool {
	m := (*mapping.Mismatch)(nil)
	if !errors.As(err, &m) || len(m.Documents) == 0 || slices.Contains(m.Documents, r.delivery.Event.ID) {
		return false
	}
	r.log.Warn().Err(err).Strs("documents", m.Documents).Msg("ledger.mismatch")
	return true
}

// patch records the attempt and sends the plan of one order.
func (r *run) patch(ctx context.Context, d desire) error {
	if err := r.attempt(ctx, d.plan); err != nil {
		return err
	}
	for _, c := range d.plan.Calls {
		r.calls++
		if err := r.account.Client.PatchPurchaseOrder(ctx, d.po.ID, c.Body, d.po); err != nil {
			return fmt.Errorf("update purchase order %s: %w", d.po.TranID, err)
		}
	}
	r.lookFirst = false
	r.effects = append(r.effects, d.plan.Changes...)
	return nil
}

// isCurrent reports whether the ledger is still the one that was written to NetSuite.
func (r *run) isCurrent(ctx context.Context, d desire) (bool, error) {
	_, now, err := r.account.options.Queue.Ledgers().Load(ctx, r.account.Name, d.order.known.ID)
	if err != nil {
		return false, fmt.Errorf("check ledger of order %s: %w", d.order.known.Number, err)
	}
	return now == d.revision, nil
}

// isReason reports whether err is a mismatch with the reason.
func isReason(err error, code reason.Code) bool {
	m := (*mapping.Mismatch)(nil)
	return errors.As(err, &m) && m.Reason == code
}
