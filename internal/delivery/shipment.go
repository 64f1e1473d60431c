package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"counterpunch/internal/document"
	"counterpunch/internal/order"
	"counterpunch/internal/queue"
)

// A ship notice that updates or deletes an earlier one replaces it whole, also for the orders that it no longer names. Which
// notice it replaces is said by the payloadID that it refers to or, without one, by the shipment's number. The notices find
// each other, in whatever order they arrive, through an entry under each of these keys: a notice enters its orders under
// its own keys, and one that replaces enters under the other's key what it says of orders that it does not name.

// replaces reports whether the document takes back what an earlier one said.
func (r *reader) replaces() bool {
	return r.doc.Kind == document.KindShipNotice && r.doc.Operation() != document.OperationNew && r.doc.Operation() != ""
}

// joining changes a shipment's entry and returns it as it is then.
type joining func(ctx context.Context, key string, change func(*queue.Shipment) bool) (queue.Shipment, error)

// targets enters a notice into its shipment and returns every order that it concerns. The same for a confirmation, which
// names one order and never another, is that order.
func (r *reader) targets(ctx context.Context, orders []named, join joining) ([]target, error) {
	var all []target
	for _, o := range orders {
		own := order.Contributions(r.doc, r.event.ID, r.sequence, o.refs...)
		all = append(all, target{known: o.known, contributions: []order.Contribution{own}})
	}
	if r.doc.Kind != document.KindShipNotice {
		return all, nil
	}
	self, theirs := shipmentKeys(r.doc)
	silent := order.Contributions(r.doc, r.event.ID, r.sequence)
	if silent.Shipment != nil {
		// Of an order that it does not name the notice says only that nothing of the shipment is for it.
		silent.Shipment = &order.Shipment{Number: silent.Shipment.Number}
	}
	for _, key := range self {
		s, err := join(ctx, key, func(s *queue.Shipment) bool { return addOrders(s, orders) })
		if err != nil {
			return nil, err
		}
		all = hear(all, s, r.event.ID)
	}
	if !r.replaces() {
		return all, nil
	}
	s, err := join(ctx, theirs, func(s *queue.Shipment) bool { return lay(s, silent, orders) })
	if err != nil {
		return nil, err
	}
	for _, o := range s.Orders {
		if !slices.ContainsFunc(all, func(t target) bool { return t.known.ID == o.ID }) {
			r.concerns(o)
			all = append(all, target{known: found{o, false}, contributions: []order.Contribution{silent}, beyond: true})
		}
	}
	return all, nil
}

// shipmentKeys returns under which keys a notice enters its orders, and the key of what it replaces.
func shipmentKeys(d *document.Document) (self []string, theirs string) {
	if d.Number() != "" {
		self = append(self, "number/"+d.Number())
		theirs = "number/" + d.Number()
	}
	if d.PayloadID != "" {
		self = append(self, "payload/"+d.PayloadID)
	}
	if previous := d.ShipNotice.PreviousPayloadID; previous != "" && previous != d.PayloadID {
		theirs = "payload/" + previous
	}
	return self, theirs
}

// shipment returns a shipment's entry and its revision.
func (r *reader) shipment(ctx context.Context, key string) (queue.Shipment, uint64, error) {
	s, revision, err := r.queue.Shipments().Load(ctx, r.event.Account, r.event.Supplier, key)
	if err != nil {
		return s, 0, fmt.Errorf("look up what else is known of the shipment: %w", err)
	}
	return s, revision, nil
}

// join changes a shipment's entry, again while another notice changes it in between, and returns it. Of two notices the one
// that is later here sees the other.
func (r *run) join(ctx context.Context, key string, change func(*queue.Shipment) bool) (queue.Shipment, error) {
	for {
		s, revision, err := r.shipment(ctx, key)
		if err != nil || !change(&s) {
			return s, err
		}
		err = r.queue.Shipments().Save(ctx, r.event.Account, r.event.Supplier, key, s, revision)
		if err == nil {
			return s, nil
		}
		if !errors.Is(err, queue.ErrChanged) {
			return s, fmt.Errorf("enter the notice into its shipment: %w", err)
		}
	}
}

// addOrders adds what a shipment does not know yet.
func addOrders(s *queue.Shipment, orders []named) (changed bool) {
	for _, o := range orders {
		if !slices.ContainsFunc(s.Orders, func(known queue.CachedOrder) bool { return known.ID == o.known.ID }) {
			s.Orders, changed = append(s.Orders, o.known.CachedOrder), true
		}
	}
	return changed
}

// lay keeps what an update or delete says of orders that it does not name, if it is the latest to say so.
func lay(s *queue.Shipment, silent order.Contribution, orders []named) bool {
	var ids []string
	for _, o := range orders {
		ids = append(ids, o.known.ID)
	}
	if l := s.Latest; l != nil {
		newer := silent.Version.Compare(l.Version)
		if newer < 0 || newer == 0 && (silent.Sequence < l.Sequence || silent.Sequence == l.Sequence && slices.Equal(ids, s.Named)) {
			return false
		}
	}
	s.Latest, s.Named = &silent, ids
	return true
}

// hear adds to the orders of a notice what a later one, which does not name them, has said before it arrived.
func hear(all []target, s queue.Shipment, self string) []target {
	if s.Latest == nil || s.Latest.DocumentID == self {
		return all
	}
	for i := range all {
		if !slices.Contains(s.Named, all[i].known.ID) {
			all[i].contributions = append(all[i].contributions, *s.Latest)
		}
	}
	return all
}
