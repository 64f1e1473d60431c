package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// cancel takes an invoice back: its bill is put on payment hold or deleted. The invoice's number goes over to this document,
// so that the invoice is not billed again when it is replayed; a later version of it may take the number over.
func (r *run) cancel(ctx context.Context) (queue.Record, error) {
	c, err := r.cancellation(ctx)
	if err != nil {
		return queue.Record{}, err
	}
	if err := r.own(ctx, c); err != nil {
		return queue.Record{}, err
	}
	r.step("invoice taken over")
	p := c.plan()
	if len(p.Calls) == 0 {
		return r.cancelled(c), nil
	}
	if err := r.outstanding(); err != nil {
		return queue.Record{}, err
	}
	if err := r.attempt(ctx, p); err != nil {
		return queue.Record{}, err
	}
	if err := r.takeBack(ctx, c, p); err != nil {
		return queue.Record{}, err
	}
	r.step("written")
	r.changed(p.Changes)
	return r.cancelled(c), nil
}

// own makes this document the one that brings the invoice in, or rather does not.
func (r *run) own(ctx context.Context, c *cancellation) error {
	owner := c.invoice.DocumentID
	if owner == r.event.ID {
		return nil
	}
	if err := r.queue.Invoices().TakeOver(ctx, r.account.Name, c.key, c.invoice, r.event.ID); err != nil {
		return fmt.Errorf("take invoice number %s over from document %s: %w", c.number, owner, err)
	}
	// The owner may have been replayed after it was looked at, and go on in the belief that the number is still its own.
	_, atWork, err := r.standsAt(ctx, owner)
	if err == nil && atWork {
		err = mismatch(reason.InvoiceInProgress, "invoice %s is document %s, which is being worked on again", c.number, owner)
	}
	if err != nil {
		return errors.Join(err, r.disown(ctx, c))
	}
	return nil
}

// disown gives the invoice back to the document that had brought it in.
func (r *run) disown(ctx context.Context, c *cancellation) error {
	owner := c.invoice.DocumentID
	if owner == r.event.ID {
		return nil
	}
	mine := c.invoice
	mine.DocumentID = r.event.ID
	return r.queue.Invoices().TakeOver(ctx, r.account.Name, c.key, mine, owner)
}

// takeBack sends the one call of the plan and makes sure that it had its effect. What NetSuite refuses leaves the invoice as
// it was.
func (r *run) takeBack(ctx context.Context, c *cancellation, p mapping.Plan) error {
	r.calls++
	client, id := r.account.Client, c.bill.ID
	var err error
	if p.Calls[0].Method == http.MethodDelete {
		err = client.Delete(ctx, vendorBill, id)
	} else {
		err = client.Patch(ctx, vendorBill, id, p.Calls[0].Body)
	}
	switch {
	case isClass(err, netsuite.NotFound):
		return nil // somebody has deleted it
	case isClass(err, netsuite.Refused):
		return errors.Join(fmt.Errorf("take back bill %s of invoice %s: %w", id, c.number, err), r.disown(ctx, c))
	case err != nil:
		return fmt.Errorf("take back bill %s of invoice %s: %w", id, c.number, err)
	}
	return r.takenBack(ctx, c)
}

// takenBack reads the bill back.
func (r *run) takenBack(ctx context.Context, c *cancellation) error {
	id := c.bill.ID
	r.calls++
	bill, err := r.account.Client.VendorBill(ctx, id)
	switch {
	case isClass(err, netsuite.NotFound):
		return nil
	case err != nil:
		return fmt.Errorf("read bill %s back: %w", id, err)
	case r.account.OnDelete == DeleteVoids || !bill.PaymentHold:
		table := []mapping.Difference{{What: "bill " + bill.TranID, Expected: "taken back", Found: fmt.Sprintf("payment hold %t", bill.PaymentHold)}}
		return differing(reason.CreatedDifferently, table, "bill %s of invoice %s is as it was, although NetSuite took the change", id, c.number)
	}
	return nil
}

// cancelled returns the record of the end. A write of an earlier run that is found carried out is this document's effect.
func (r *run) cancelled(c *cancellation) queue.Record {
	if r.lookFirst {
		r.changed(r.plan.Changes)
	}
	return r.done(queue.Applied, c.done())
}

// isCancelled reports whether the number of the invoice belongs to a document that has cancelled it. The error is a
// supersededError when that is later than the invoice: it is not billed then, in whatever order the two arrived.
func (d *draft) isCancelled(ctx context.Context, owner string) (bool, error) {
	other, _, err := d.queue.Find(ctx, owner)
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read document %s, which has invoice number %s: %w", owner, d.doc.Invoice.InvoiceID, err)
	case !isCancellation(other):
		return false, nil
	}
	st, atWork, err := d.standsAt(ctx, owner)
	switch {
	case err != nil:
		return false, err
	case atWork:
		return false, mismatch(reason.InvoiceInProgress, "invoice %s is being cancelled by document %s", d.doc.Invoice.InvoiceID, owner)
	case st.State == queue.StateApplied && !isLater(d.event, other):
		return true, supersededError{fmt.Sprintf("invoice %s was cancelled by document %s", d.doc.Invoice.InvoiceID, owner)}
	}
	return true, nil
}
