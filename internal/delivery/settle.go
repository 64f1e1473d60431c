package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/order"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// target is an order with what is to be in its ledger.
type target struct {
	known         found
	contributions []order.Contribution
	beyond        bool // an earlier version of the document named it, this one does not
}

// desire is what an order should become, from one revision of its ledger and one reading of NetSuite.
type desire struct {
	ledger   order.Ledger
	revision uint64
	added    bool // the ledger is not stored yet
	entries  int  // contributions that were added or found
	po       record.PurchaseOrder
	plan     mapping.Plan
}

// settle makes an order what its ledger says, with this document in it, and reports whether the document has been
// superseded. It goes round again while another document changes the ledger in between: whoever writes last has seen all.
// d, which may be nil, is what was matched before.
func (r *run) settle(ctx context.Context, t target, d *desire) (superseded bool, err error) {
	if d != nil && d.entries != len(t.contributions) {
		d = nil
	}
	id := r.delivery.Event.ID
	var unproven *unprovenWrite
	for changed := 0; ; d = nil {
		if d == nil {
			if d, err = r.match(ctx, t); err != nil {
				return false, err
			}
		}
		err := r.save(ctx, d)
		if errors.Is(err, queue.ErrChanged) {
			continue
		}
		if err != nil {
			return false, err
		}
		r.step("ledger saved")
		if len(d.plan.Calls) == 0 {
			r.effects = append(r.effects, unproven.changes()...)
			return d.ledger.Superseded(id), nil
		}
		if unproven != nil {
			return false, unproven.err
		}
		err = r.patch(ctx, d)
		switch {
		case isClass(err, netsuite.Changed) && changed < r.account.options.Schedule.Changed:
			changed++
			continue
		case isClass(err, netsuite.NotFound):
			return false, r.forget(ctx, t.known, mismatch(reason.OrderNotFound, "purchase order %s (internal id %s) is no longer in NetSuite", t.known.Number, t.known.ID))
		case isClass(err, netsuite.Unknown) && isFinished(err):
			// What the order shows when it is read again says whether the write was carried out.
			unproven = &unprovenWrite{err: err, plan: d.plan}
			continue
		case err != nil:
			return false, err
		}
		if stable, err := r.isCurrent(ctx, d); err != nil || stable {
			return d.ledger.Superseded(id), err
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

// isFinished reports whether NetSuite itself has answered, so that the call is over whatever became of it. A call that was
// given up, or that something in between has answered, may be carried out later: the order is looked at after a wait.
func isFinished(err error) bool {
	e := (*netsuite.Error)(nil)
	return errors.As(err, &e) && e.Status == http.StatusInternalServerError && e.Code != ""
}

// match reads ledger and order and plans what the order becomes with the contributions. Nothing is stored: a document that
// does not fit is refused without a trace in the ledger, where it would stand in the way of every later one.
func (r *run) match(ctx context.Context, t target) (*desire, error) {
	d := &desire{entries: len(t.contributions)}
	var err error
	if d.ledger, d.revision, err = r.account.options.Queue.Ledgers().Load(ctx, r.account.Name, t.known.ID); err != nil {
		return nil, fmt.Errorf("load ledger of order %s: %w", t.known.Number, err)
	}
	d.ledger.Number = t.known.Number
	for _, c := range t.contributions {
		d.added = d.ledger.Add(c) || d.added
	}
	if d.po, err = r.readOrder(ctx, t.known); err != nil {
		return nil, err
	}
	if d.plan, err = r.account.Mapper.Order(d.ledger.Fold(), d.po); err != nil && !r.othersFault(err) {
		return nil, fmt.Errorf("match the document with order %s: %w", t.known.Number, err)
	}
	return d, nil
}

// save stores the ledger if the contributions were new. The error is queue.ErrChanged when another document was faster.
func (r *run) save(ctx context.Context, d *desire) error {
	r.note(d.plan.Unmapped)
	if !d.added {
		return nil
	}
	var err error
	if d.revision, err = r.account.options.Queue.Ledgers().Save(ctx, d.ledger, d.revision); err != nil {
		return fmt.Errorf("save ledger of order %s: %w", d.ledger.Number, err)
	}
	d.added = false
	return nil
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
func (r *run) patch(ctx context.Context, d *desire) error {
	if err := r.attempt(ctx, d.plan); err != nil {
		return err
	}
	for _, c := range d.plan.Calls {
		r.calls++
		if err := r.account.Client.PatchPurchaseOrder(ctx, d.po.ID, c.Body, d.po); err != nil {
			return fmt.Errorf("update purchase order %s: %w", d.po.TranID, err)
		}
	}
	r.step("written")
	r.effects = append(r.effects, d.plan.Changes...)
	return nil
}

// isCurrent reports whether the ledger is still the one that was written to NetSuite.
func (r *run) isCurrent(ctx context.Context, d *desire) (bool, error) {
	_, now, err := r.account.options.Queue.Ledgers().Load(ctx, r.account.Name, d.po.ID)
	if err != nil {
		return false, fmt.Errorf("check ledger of order %s: %w", d.ledger.Number, err)
	}
	return now == d.revision, nil
}

// isReason reports whether err is a mismatch with the reason.
func isReason(err error, code reason.Code) bool {
	m := (*mapping.Mismatch)(nil)
	return errors.As(err, &m) && m.Reason == code
}
