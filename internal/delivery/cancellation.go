package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// OnDelete says what becomes of a bill when the supplier cancels its invoice.
type OnDelete string

// What may become of it. NetSuite's REST API cannot void a bill. To reverse it by a credit would leave its order billed, so
// that the invoice which replaces it could not be: a bill of which nothing is paid, in a period that is open, is deleted, and
// NetSuite refuses all others and keeps a record of the deletion.
const (
	DeleteHolds OnDelete = ""     // it is put on payment hold
	DeleteVoids OnDelete = "void" // it is deleted
	DeleteWaits OnDelete = "dead-letter"
)

// cancellation is a document that cancels an invoice, with what it cancels.
type cancellation struct {
	*reader
	number  string // of the invoice
	key     string // of the number, among the invoices
	invoice queue.Invoice
	bill    *record.VendorBill // nil: NetSuite has none
}

// cancels reports whether the document takes an invoice back. One for information only has nothing to take back.
func (r *reader) cancels() bool {
	inv := r.doc.Invoice
	return inv.Operation == document.OperationDelete && !inv.InformationOnly && !inv.ERS
}

// supersededError is the end of a document that later ones have overtaken.
type supersededError struct{ by string }

func (e supersededError) Error() string { return e.by }

// cancellation finds the invoice and the bill that are cancelled. The error is a supersededError when there is nothing left
// to cancel, and a *mapping.Mismatch when that has to wait, or a person has to do it.
func (r *reader) cancellation(ctx context.Context) (*cancellation, error) {
	if r.doc.Invoice.Purpose.Credit() {
		table := []mapping.Difference{{What: "purpose", Expected: string(document.PurposeStandard), Found: string(r.doc.Invoice.Purpose)}}
		return nil, differing(reason.NotSupported, table, "the document cancels a credit memo: delete the vendor credit in NetSuite")
	}
	number, err := r.creditedNumber(ctx)
	if err != nil {
		return nil, err
	}
	if number == "" { // no other invoice is named: it is the one with the document's own number
		number = strings.TrimSpace(r.doc.Invoice.InvoiceID)
	}
	c := &cancellation{reader: r, number: number}
	if err := c.find(ctx); err != nil {
		return nil, err
	}
	if err := c.outranks(ctx); err != nil {
		return nil, err
	}
	if err := c.read(ctx); err != nil {
		return nil, err
	}
	return c, c.check()
}

// find looks the invoice up among those that documents have brought in, of any of the supplier's vendors.
func (c *cancellation) find(ctx context.Context) error {
	for _, vendor := range c.account.Vendors(c.event.Supplier) {
		key := mapping.ExternalID(c.account.Name, vendor, vendorBill, c.number, 0, 0)
		all, err := c.queue.Invoices().Of(ctx, c.account.Name, key)
		if err != nil {
			return fmt.Errorf("look up invoice %s: %w", c.number, err)
		}
		for _, v := range all {
			if v.DocumentID == c.event.ID { // taken over by an earlier run
				c.key, c.invoice = key, v
				return nil
			}
			if c.means(v) && v.Date.After(c.invoice.Date) { // a number that is used again each year: the latest
				c.key, c.invoice = key, v
			}
		}
	}
	if c.key != "" {
		return nil
	}
	return c.findElsewhere(ctx)
}

// means reports whether the document can be about an invoice with its number.
func (c *cancellation) means(v queue.Invoice) bool {
	refers := c.doc.Invoice.Refers
	return refers == nil || refers.InvoiceDate == nil || c.account.Numbers.isSame(*refers.InvoiceDate, v.Date)
}

// findElsewhere says why an invoice cannot be cancelled that no document has brought in: a bill that a person has entered is
// theirs, and an invoice that has not arrived is waited for.
func (c *cancellation) findElsewhere(ctx context.Context) error {
	vendors := c.account.Vendors(c.event.Supplier)
	books, err := c.ask(ctx, netsuite.Sought{Vendors: vendors, Bills: []string{c.number}})
	if err != nil {
		return err
	}
	if len(books.Bills) > 0 {
		table := []mapping.Difference{{What: "bill " + c.number, Expected: "made by Counterpunch", Found: "internal id " + books.Bills[0].ID}}
		return differing(reason.DuplicateNumber, table, "the document cancels invoice %s, whose bill %s Counterpunch did not make", c.number, books.Bills[0].ID)
	}
	table := []mapping.Difference{{What: "invoice", Expected: fmt.Sprintf("%s of %s", c.number, c.vendors())}}
	return differing(reason.InvoiceNotFound, table, "invoice %s, which the document cancels, has not been brought in", c.number)
}

// outranks makes sure that the invoice is older than its cancellation and at its end. One that is named by its payloadID is
// older by that.
func (c *cancellation) outranks(ctx context.Context) error {
	owner := c.invoice.DocumentID
	if owner == c.event.ID {
		return nil
	}
	_, atWork, err := c.standsAt(ctx, owner)
	switch {
	case err != nil:
		return err
	case atWork:
		return mismatch(reason.InvoiceInProgress, "invoice %s is document %s, which is still being worked on", c.number, owner)
	case c.doc.Invoice.PreviousPayloadID != "" && owner == c.documentOf(c.doc.Invoice.PreviousPayloadID):
		return nil
	}
	other, _, err := c.queue.Find(ctx, owner)
	switch {
	case errors.Is(err, queue.ErrNotFound): // forgotten: long over
		return nil
	case err != nil:
		return fmt.Errorf("read document %s, which has brought in invoice %s: %w", owner, c.number, err)
	case isCancellation(other):
		return supersededError{fmt.Sprintf("invoice %s was cancelled by document %s", c.number, owner)}
	case isLater(other, c.event):
		return supersededError{fmt.Sprintf("document %s has brought in a later version of invoice %s", owner, c.number)}
	}
	return nil
}

// documentOf returns the id of the supplier's invoice with a payloadID.
func (r *reader) documentOf(payloadID string) string {
	return event.DocumentID(r.event.Account, r.event.Supplier, document.KindInvoice, payloadID, "")
}

func isCancellation(e *event.Event) bool {
	d := e.Data.Document
	return d != nil && d.Invoice != nil && d.Invoice.Operation == document.OperationDelete
}

// isLater reports whether the supplier has made a document after another: by their envelopes, whatever the order in which
// they arrived.
func isLater(a, b *event.Event) bool { return madeAt(a).After(madeAt(b)) }

func madeAt(e *event.Event) time.Time {
	if d := e.Data.Document; d != nil && d.Timestamp != nil {
		return *d.Timestamp
	}
	return e.Time
}

// read reads the bill, if there is one.
func (c *cancellation) read(ctx context.Context) error {
	c.calls++
	bill, err := c.account.Client.VendorBill(ctx, "eid:"+c.invoice.ExternalID)
	switch {
	case isClass(err, netsuite.NotFound):
		return nil
	case err != nil:
		return fmt.Errorf("look for the bill of invoice %s: %w", c.number, err)
	}
	c.bill = &bill
	return nil
}

// check leaves to a person what must not be changed by a program.
func (c *cancellation) check() error {
	if c.bill == nil {
		return nil
	}
	table := []mapping.Difference{{What: "bill " + c.bill.TranID, Expected: "taken back", Found: strings.TrimSpace("internal id " + c.bill.ID + " " + orID(c.bill.Status))}}
	if paid := mapping.Paid(c.bill); paid != "" {
		table = append(table, mapping.Difference{What: "paid", Expected: "nothing", Found: paid})
		return differing(reason.InvoicePaid, table, "the document cancels invoice %s, of whose bill %s has been paid", c.number, paid)
	}
	if c.account.OnDelete == DeleteWaits {
		return differing(reason.NotSupported, table, "the document cancels invoice %s: delete bill %s in NetSuite or put it on payment hold", c.number, c.bill.ID)
	}
	return nil
}

// done says how the invoice stands once the plan is carried out.
func (c *cancellation) done() string {
	switch {
	case c.bill == nil:
		return fmt.Sprintf("invoice %s is cancelled, and NetSuite has no bill for it", c.number)
	case c.account.OnDelete == DeleteVoids:
		return fmt.Sprintf("invoice %s is cancelled: bill %s was deleted", c.number, c.bill.ID)
	}
	return fmt.Sprintf("invoice %s is cancelled: bill %s is on payment hold", c.number, c.bill.ID)
}

// plan is what takes the bill back; without calls when that has been done.
func (c *cancellation) plan() mapping.Plan {
	if c.bill == nil {
		return mapping.Plan{}
	}
	path := vendorBill + "/" + c.bill.ID
	change := mapping.Change{Record: vendorBill, ID: c.bill.ID, Number: c.bill.TranID}
	switch {
	case c.account.OnDelete == DeleteVoids:
		change.After = "deleted"
		return mapping.Plan{Calls: []mapping.Call{{Method: http.MethodDelete, Path: path}}, Changes: []mapping.Change{change}}
	case c.bill.PaymentHold:
		return mapping.Plan{}
	}
	change.Field, change.Before, change.After = "paymentHold", "false", "true"
	return mapping.Plan{Calls: []mapping.Call{{Method: http.MethodPatch, Path: path, Body: []byte(paymentHold)}}, Changes: []mapping.Change{change}}
}
