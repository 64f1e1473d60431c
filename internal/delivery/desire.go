package delivery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/order"
)

// target is an order with what is to be in its ledger.
type target struct {
	known         found
	contributions []order.Contribution
	beyond        bool // an earlier version of the document named it, this one does not
	alone         bool // what other documents have pending is left to them
}

// settle adds to the ledger for good what NetSuite shows of the target.
func (t target) settle(l *order.Ledger) {
	for _, c := range t.contributions {
		l.Settle(c.DocumentID)
	}
}

// withdraw takes out of the ledger what the target has pending, and reports whether there was anything.
func (t target) withdraw(l *order.Ledger) (changed bool) {
	for _, c := range t.contributions {
		changed = l.Withdraw(c.DocumentID) || changed
	}
	return changed
}

// others returns the other documents that have something pending.
func (t target) others(l order.Ledger) []string {
	return slices.DeleteFunc(slices.Collect(maps.Keys(l.Pending)), func(id string) bool {
		return slices.ContainsFunc(t.contributions, func(c order.Contribution) bool { return c.DocumentID == id })
	})
}

// state returns what the order should be.
func (t target) state(l order.Ledger) order.State {
	if t.alone {
		l = l.Clone()
		for _, id := range t.others(l) {
			l.Withdraw(id)
		}
	}
	return l.Fold()
}

// desire is what an order should become, from one revision of its ledger and one reading of NetSuite.
type desire struct {
	ledger   order.Ledger
	revision uint64
	added    bool // the contributions are new to the ledger
	entries  int  // contributions that were added or found
	po       record.PurchaseOrder
	plan     mapping.Plan
}

// desired returns d, what was matched before, while it is about all contributions of the target, and else matches anew.
func (r *reader) desired(ctx context.Context, t target, d *desire) (*desire, error) {
	if d != nil && d.entries == len(t.contributions) {
		return d, nil
	}
	return r.match(ctx, t)
}

// match reads ledger and order and plans what the order becomes with the contributions. Nothing is stored: a document that
// does not fit is refused without a trace in the ledger, where it would stand in the way of every later one.
func (r *reader) match(ctx context.Context, t target) (*desire, error) {
	d := &desire{entries: len(t.contributions)}
	var err error
	if d.ledger, d.revision, err = r.queue.Ledgers().Load(ctx, r.account.Name, t.known.ID); err != nil {
		return nil, fmt.Errorf("load ledger of order %s: %w", t.known.Number, err)
	}
	d.ledger.Number = t.known.Number
	for _, c := range t.contributions {
		d.added = d.ledger.Enter(c) || d.added
	}
	if d.po, err = r.readOrder(ctx, t.known); err != nil {
		return nil, err
	}
	if d.plan, err = r.account.Mapper.Order(t.state(d.ledger), d.po); err != nil && !r.othersFault(err) {
		return nil, fmt.Errorf("match the document with order %s: %w", t.known.Number, err)
	}
	return d, nil
}

// othersFault reports whether err is about earlier documents only, as when a line that they speak of was removed from the
// order since. The plan of all other lines stands then, and this document goes on with it.
func (r *reader) othersFault(err error) bool {
	m := (*mapping.Mismatch)(nil)
	if !errors.As(err, &m) || len(m.Documents) == 0 || slices.Contains(m.Documents, r.event.ID) {
		return false
	}
	r.log.Warn().Err(err).Strs("documents", m.Documents).Msg("ledger.mismatch")
	return true
}
