package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
)

// settle makes an order what its ledger says, with this document in it, and reports whether the document has been
// superseded. d, which may be nil, is what was matched before.
func (r *run) settle(ctx context.Context, t target, d *desire) (superseded bool, err error) {
	superseded, err = r.converge(ctx, t, d)
	if err != nil && r.attempting && isOvertaken(ctx, err) {
		return false, errors.Join(err, r.mend(ctx, t))
	}
	return superseded, err
}

// isOvertaken reports whether another worker has, or may have, gone on with the document.
func isOvertaken(ctx context.Context, err error) bool {
	cause := context.Cause(ctx)
	return errors.Is(err, queue.ErrFenced) || errors.Is(cause, queue.ErrFenced) || errors.Is(cause, queue.ErrLost)
}

// mend leaves an order as its ledger says after a write that came too late. A worker that stood still for longer than its
// lane waits for it, with a write in its hands, sends that when it goes on: by then another worker may have brought in this
// document and later ones, and has no reason to look again. What a ledger says may be written by anybody at any time, so
// nothing is put on record.
func (r *run) mend(ctx context.Context, t target) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.options.Shutdown)
	defer cancel()
	for {
		d, err := r.match(ctx, target{known: t.known})
		if err != nil || len(d.plan.Calls) == 0 {
			return err
		}
		err = r.send(ctx, d)
		if isClass(err, netsuite.Changed) {
			continue
		}
		if err != nil {
			return err
		}
		r.log.Warn().Str("order", d.po.TranID).Msg("order.mended")
		if stable, err := r.isCurrent(ctx, d); err != nil || stable {
			return err
		}
	}
}

// converge goes round again while another document changes the ledger in between: whoever writes last has seen all.
func (r *run) converge(ctx context.Context, t target, d *desire) (superseded bool, err error) {
	id := r.event.ID
	var unproven error // of a write of which it is not known whether NetSuite carried it out
	for changed := 0; ; d = nil {
		if d, err = r.desired(ctx, t, d); err != nil {
			return false, err
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
			r.changed(r.carriedOut(d.po.ID))
			return d.ledger.Superseded(id), nil
		}
		if unproven != nil {
			return false, unproven
		}
		err = r.patch(ctx, d)
		switch {
		case isClass(err, netsuite.Changed) && changed < r.options.Schedule.Changed:
			changed++
			continue
		case isClass(err, netsuite.NotFound):
			return false, r.forget(ctx, t.known, orderGone(t.known))
		case isClass(err, netsuite.Unknown) && isFinished(err):
			// What the order shows when it is read again says whether the write was carried out.
			unproven = err
			continue
		case err != nil:
			return false, err
		}
		if stable, err := r.isCurrent(ctx, d); err != nil || stable {
			return d.ledger.Superseded(id), err
		}
	}
}

// carriedOut returns the changes that this run or an earlier one may have sent for an order that shows them now.
func (r *run) carriedOut(orderID string) []mapping.Change {
	if !r.attempting && !r.lookFirst {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.plan.Changes), func(c mapping.Change) bool { return c.ID != orderID })
}

// isFinished reports whether NetSuite itself has answered, so that the call is over whatever became of it. A call that was
// given up, or that something in between has answered, may be carried out later: the order is looked at after a wait.
func isFinished(err error) bool {
	e := (*netsuite.Error)(nil)
	return errors.As(err, &e) && e.Status == http.StatusInternalServerError && e.Code != ""
}

// save stores the ledger if the contributions were new. The error is queue.ErrChanged when another document was faster.
func (r *run) save(ctx context.Context, d *desire) error {
	r.note(d.plan.Unmapped)
	if !d.added {
		return nil
	}
	var err error
	if d.revision, err = r.queue.Ledgers().Save(ctx, d.ledger, d.revision); err != nil {
		return fmt.Errorf("save ledger of order %s: %w", d.ledger.Number, err)
	}
	d.added = false
	return nil
}

// patch records the attempt and sends the plan of one order.
func (r *run) patch(ctx context.Context, d *desire) error {
	if err := r.attempt(ctx, d.plan); err != nil {
		return err
	}
	if err := r.send(ctx, d); err != nil {
		return err
	}
	r.step("written")
	r.changed(d.plan.Changes)
	return nil
}

// send sends the plan of one order.
func (r *run) send(ctx context.Context, d *desire) error {
	for _, c := range d.plan.Calls {
		r.calls++
		if err := r.account.Client.PatchPurchaseOrder(ctx, d.po.ID, c.Body, d.po); err != nil {
			return fmt.Errorf("update purchase order %s: %w", d.po.TranID, err)
		}
	}
	return nil
}

// isCurrent reports whether the ledger is still the one that was written to NetSuite.
func (r *run) isCurrent(ctx context.Context, d *desire) (bool, error) {
	_, now, err := r.queue.Ledgers().Load(ctx, r.account.Name, d.po.ID)
	if err != nil {
		return false, fmt.Errorf("check ledger of order %s: %w", d.ledger.Number, err)
	}
	return now == d.revision, nil
}
