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
		if err != nil {
			return err
		}
		if len(d.plan.Calls) > 0 {
			err = r.send(ctx, d)
			if isClass(err, netsuite.Changed) {
				continue
			}
			if err != nil {
				return err
			}
			r.log.Warn().Str("order", d.po.TranID).Msg("order.mended")
		}
		if err := r.save(ctx, d); !errors.Is(err, queue.ErrChanged) {
			return err
		}
	}
}

// converge goes round again until it has stored a revision of the ledger after all that it did in NetSuite, with nobody
// else's in between. What a round writes is only where the order that it has read differs from the ledger, and another lane
// may have been about to change just that. Either that lane stores its last revision first, and this round, which loaded
// the ledger before it read the order, cannot store its own; or this round stores first, and the other lane goes round
// again and sees what both have written.
func (r *run) converge(ctx context.Context, t target, d *desire) (superseded bool, err error) {
	var unproven error // of a write of which it is not known whether NetSuite carried it out
	for changed := 0; ; d = nil {
		if d, err = r.desired(ctx, t, d); err != nil {
			return false, err
		}
		r.step("matched")
		err := r.pass(ctx, t, d, unproven)
		rejected := isClass(err, netsuite.Refused) || unproven != nil && errors.Is(err, unproven)
		switch {
		case err == nil:
			return d.ledger.Superseded(r.event.ID), nil
		case errors.Is(err, queue.ErrChanged):
		case isClass(err, netsuite.Changed) && changed < r.options.Schedule.Changed:
			changed++
		case isClass(err, netsuite.NotFound):
			return false, r.forget(ctx, t.known, orderGone(t.known))
		case isClass(err, netsuite.Unknown) && isFinished(err) && unproven == nil:
			// What the order shows when it is read again says whether the write was carried out.
			unproven = err
		case rejected && !t.alone && len(t.others(d.ledger)) > 0:
			// What NetSuite does not take may be another document's.
			t.alone, unproven = true, nil
		case rejected, isClass(err, netsuite.Login):
			return false, r.withdraw(ctx, t, err)
		default:
			return false, err
		}
	}
}

// pass makes one order what its ledger says. It ends with a revision of the ledger also where nothing is left to write: an
// earlier write of this document may have changed the order since another lane read it. The error is queue.ErrChanged when
// another document was faster, and unproven, when that is not nil, where the order does not show what was written.
func (r *run) pass(ctx context.Context, t target, d *desire, unproven error) error {
	r.note(d.plan.Unmapped)
	if len(d.plan.Calls) == 0 {
		t.settle(&d.ledger)
		if err := r.save(ctx, d); err != nil {
			return err
		}
		r.step("ledger saved")
		r.changed(r.carriedOut(d.po.ID))
		return nil
	}
	if d.added {
		if err := r.save(ctx, d); err != nil {
			return err
		}
	}
	r.step("ledger saved")
	if unproven != nil {
		return unproven
	}
	if err := r.patch(ctx, d); err != nil {
		return err
	}
	t.settle(&d.ledger)
	return r.save(ctx, d)
}

// withdraw takes what the target has pending out of the ledger again after NetSuite has not carried out its write, so that
// what it does not take of one document does not stop the others of the order. It returns why, or what hindered it.
func (r *run) withdraw(ctx context.Context, t target, why error) error {
	for {
		ledger, revision, err := r.queue.Ledgers().Load(ctx, r.account.Name, t.known.ID)
		if err != nil {
			return fmt.Errorf("load ledger of order %s, to take back what NetSuite did not carry out (%v): %w", t.known.Number, why, err)
		}
		if !t.withdraw(&ledger) {
			return why
		}
		_, err = r.queue.Ledgers().Save(ctx, ledger, revision)
		switch {
		case errors.Is(err, queue.ErrChanged):
		case err != nil:
			return fmt.Errorf("take back what NetSuite did not carry out (%v): %w", why, err)
		default:
			return why
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

// save stores a revision of the ledger, unless nothing has been said of the order. The error is queue.ErrChanged when another
// document was faster.
func (r *run) save(ctx context.Context, d *desire) error {
	if !d.added && d.revision == 0 {
		return nil
	}
	var err error
	if d.revision, err = r.queue.Ledgers().Save(ctx, d.ledger, d.revision); err != nil {
		return fmt.Errorf("save ledger of order %s: %w", d.ledger.Number, err)
	}
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
