package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// claim makes this document the only one that may create the record. An invoice that another document has brought in is a
// duplicate once that document's record is in NetSuite, and free again when it has ended without one: its external id goes
// over with it, so that a record which comes to light later is recognised.
func (c *creation) claim(ctx context.Context) error {
	r, invoices := c.run, c.run.queue.Invoices()
	self, number := r.event.ID, r.doc.Invoice.InvoiceID
	claimed, err := invoices.Claim(ctx, r.account.Name, c.numberKey, c.invoice(), c.isSameInvoice)
	if err != nil {
		return fmt.Errorf("claim invoice number %s: %w", number, err)
	}
	c.externalID = claimed.ExternalID
	if claimed.DocumentID == self {
		return nil
	}
	if err := c.isFree(ctx, claimed.DocumentID); err != nil {
		return err
	}
	if err := invoices.TakeOver(ctx, r.account.Name, c.numberKey, claimed, self); err != nil {
		return fmt.Errorf("take invoice number %s over from document %s: %w", number, claimed.DocumentID, err)
	}
	r.step("taken over")
	// The owner may have been replayed after it was looked at, and go on in the belief that the claim is still its own.
	if _, err := c.ownedBy(ctx, claimed.DocumentID); err != nil {
		if isReason(err, reason.InvoiceInProgress) {
			mine := claimed
			mine.DocumentID = self
			err = errors.Join(err, invoices.TakeOver(ctx, r.account.Name, c.numberKey, mine, claimed.DocumentID))
		}
		return err
	}
	return nil
}

// invoice is the document's invoice as it is claimed.
func (d *draft) invoice() queue.Invoice {
	return queue.Invoice{DocumentID: d.event.ID, ExternalID: d.externalID, Date: d.doc.Invoice.InvoiceDate}
}

// isSameInvoice reports whether an invoice that is claimed under the same number is this one.
func (d *draft) isSameInvoice(v queue.Invoice) bool {
	return v.ExternalID == d.externalID || d.account.Numbers.isSame(d.doc.Invoice.InvoiceDate, v.Date)
}

// isFree returns nil when the external id may be taken over from another document, which owns it: when that has ended and
// its record is not in NetSuite.
func (d *draft) isFree(ctx context.Context, owner string) error {
	cancelled, err := d.isCancelled(ctx, owner)
	if err != nil {
		return err
	}
	applied, err := d.ownedBy(ctx, owner)
	if err != nil {
		return err
	}
	if applied && !cancelled {
		return d.duplicateInvoice(ctx, owner, "")
	}
	id, err := d.lookBack(ctx)
	if err != nil {
		return err
	}
	if id != "" {
		return d.duplicateInvoice(ctx, owner, id)
	}
	return nil
}

// duplicateInvoice says which document has brought the invoice in, and how what it said differs from this one.
func (d *draft) duplicateInvoice(ctx context.Context, owner, id string) error {
	inv := d.doc.Invoice
	text := fmt.Sprintf("invoice %s was brought in by document %s", inv.InvoiceID, owner)
	var table []mapping.Difference
	if id != "" {
		text += fmt.Sprintf(" as %s %s", d.recordType, id)
		table = append(table, mapping.Difference{What: "internal id", Found: id})
	}
	earlier, _, err := d.queue.Find(ctx, owner)
	switch {
	case errors.Is(err, queue.ErrNotFound):
	case err != nil:
		return fmt.Errorf("read document %s, which has brought in invoice %s: %w", owner, inv.InvoiceID, err)
	case earlier.Data.Document != nil && earlier.Data.Document.Invoice != nil:
		table = append(table, compareInvoices(inv, earlier.Data.Document.Invoice)...)
	}
	return differing(reason.DuplicateInvoice, table, "%s", text)
}

// compareInvoices puts what this invoice says beside what an earlier one said.
func compareInvoices(inv, earlier *document.Invoice) []mapping.Difference {
	day := func(i *document.Invoice) string { return i.InvoiceDate.Format(time.DateOnly) }
	total := func(i *document.Invoice) string {
		return i.Summary.Total().Canonical() + " " + i.Summary.Subtotal.Currency
	}
	return []mapping.Difference{
		{What: "number", Expected: inv.InvoiceID, Found: earlier.InvoiceID},
		{What: "date", Expected: day(inv), Found: day(earlier)},
		{What: "total", Expected: total(inv), Found: total(earlier)},
	}
}

// ownedBy says how the document stands that owns the claim: still being worked on, which is an error, or at its end,
// applied or not.
func (d *draft) ownedBy(ctx context.Context, owner string) (applied bool, err error) {
	st, atWork, err := d.standsAt(ctx, owner)
	switch {
	case err != nil:
		return false, err
	case atWork:
		return false, mismatch(reason.InvoiceInProgress, "invoice %s is also document %s, which is still being worked on", d.doc.Invoice.InvoiceID, owner)
	}
	return st.State == queue.StateApplied && document.NormaliseNumber(st.Number) == document.NormaliseNumber(d.doc.Invoice.InvoiceID), nil
}

// standsAt returns how another document stands and whether it may still write; nothing of one that is not stored any more.
func (r *reader) standsAt(ctx context.Context, id string) (st queue.Status, atWork bool, err error) {
	st, err = r.queue.Status(ctx, id)
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return queue.Status{}, false, nil
	case err != nil:
		return st, false, fmt.Errorf("read the state of document %s: %w", id, err)
	}
	return st, st.State == queue.StateAccepted || st.State == queue.StateParked, nil
}

// claimSources makes this document the only one that plans from the orders or the bill that the record is made from, until
// they are released: what another bill takes of an order in between would be billed twice. They are claimed in one order by
// all, so that no two documents wait for each other, and nobody waits with a claim in hand: the error is
// invoice-in-progress when one is another document's.
func (c *creation) claimSources(ctx context.Context) ([]queue.Claim, error) {
	var held []queue.Claim
	for _, id := range slices.Sorted(slices.Values(c.sources)) {
		claim, err := c.claimSource(ctx, id)
		if err != nil {
			c.release(ctx, held)
			return nil, err
		}
		held = append(held, claim)
	}
	return held, nil
}

// claimSource claims one order or bill. A document that has ended without a release, because its worker died, has no more
// use for its claim; one that has not ended will come back for it.
func (c *creation) claimSource(ctx context.Context, id string) (queue.Claim, error) {
	r, claims := c.run, c.run.queue.Claims()
	claim, err := claims.Take(ctx, r.account.Name, id, r.event.ID)
	if err != nil || claim.DocumentID == r.event.ID {
		return claim, err
	}
	_, atWork, err := r.standsAt(ctx, claim.DocumentID)
	if err != nil {
		return claim, err
	}
	if atWork {
		return claim, mismatch(reason.InvoiceInProgress, "document %s is at work on transaction %s, which invoice %s is for too", claim.DocumentID, id, r.doc.Invoice.InvoiceID)
	}
	if claim, err = claims.TakeOver(ctx, r.account.Name, claim, r.event.ID); err != nil {
		return claim, fmt.Errorf("take transaction %s over: %w", id, err)
	}
	return claim, nil
}

// release ends claims. One that remains is taken over when the document has come to its end.
func (c *creation) release(ctx context.Context, held []queue.Claim) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.run.options.Shutdown)
	defer cancel()
	for _, claim := range held {
		if err := c.run.queue.Claims().Release(ctx, c.run.account.Name, claim); err != nil {
			c.run.log.Warn().Err(err).Msg("claim.not_released")
		}
	}
}

// mayStillWrite reports whether a write of this run may reach NetSuite after it: nobody may plan from what the record is
// made from before that is known.
func mayStillWrite(ctx context.Context, err error) bool {
	return isClass(err, netsuite.Unknown) || errors.As(err, new(outstandingError)) || isOvertaken(ctx, err)
}
