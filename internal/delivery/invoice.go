package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// Record types of NetSuite that invoices become.
const (
	vendorBill   = "vendorBill"
	vendorCredit = "vendorCredit"
)

// invoice brings an invoice or a memo in as a vendor bill or vendor credit.
func (r *run) invoice(ctx context.Context) (queue.Record, error) {
	inv := r.doc.Invoice
	switch {
	case inv.InformationOnly || inv.ERS:
		return r.done(queue.Recorded, "the invoice is for information only and asks for no payment"), nil
	case inv.Operation == document.OperationDelete:
		return queue.Record{}, mismatch(reason.NotSupported, "the document cancels invoice %s: void the bill or put it on payment hold in NetSuite", inv.InvoiceID)
	case inv.Purpose.Credit():
		return r.credit(ctx)
	}
	return r.bill(ctx)
}

// bill creates the vendor bill of an invoice or debit memo.
func (r *run) bill(ctx context.Context) (queue.Record, error) {
	orders, known, err := r.invoicedOrders(ctx)
	if err != nil {
		return queue.Record{}, err
	}
	c := creation{run: r, recordType: vendorBill, externalID: r.externalID(known[0].Vendor, vendorBill)}
	return c.make(ctx, func() (mapping.Plan, error) {
		read, err := r.readAll(ctx, orders, known)
		if err != nil {
			return mapping.Plan{}, err
		}
		return r.account.Mapper.Bill(r.doc, read, c.externalID, r.delivery.Event.ID)
	})
}

// invoicedOrders finds the orders of an invoice; all must be there and of one vendor.
func (r *run) invoicedOrders(ctx context.Context) ([]document.OrderReference, []queue.CachedOrder, error) {
	refs := r.doc.Orders()
	if len(refs) == 0 {
		return nil, nil, mismatch(reason.OrderReferenceMissing, "invoice %s names no order of the buyer's", r.doc.Invoice.InvoiceID)
	}
	known := make([]queue.CachedOrder, len(refs))
	for i, ref := range refs {
		o, err := r.lookup(ctx, ref)
		if err != nil {
			return nil, nil, err
		}
		if o.Vendor != known[0].Vendor && i > 0 {
			return nil, nil, mismatch(reason.OrdersNotCombinable, "orders %s and %s belong to different vendors", known[0].Number, o.Number)
		}
		known[i] = o
	}
	return refs, known, nil
}

// readAll reads orders and returns them by the normalised number under which the document names them.
func (r *run) readAll(ctx context.Context, refs []document.OrderReference, known []queue.CachedOrder) (map[string]record.PurchaseOrder, error) {
	read := make(map[string]record.PurchaseOrder, len(refs))
	for i, ref := range refs {
		po, err := r.readOrder(ctx, known[i])
		if err != nil {
			return nil, err
		}
		read[document.NormaliseNumber(ref.OrderID)] = po
	}
	return read, nil
}

// credit creates the vendor credit of a credit memo, applied to the bill that it refers to.
func (r *run) credit(ctx context.Context) (queue.Record, error) {
	vendor, refs, known, err := r.creditedVendor(ctx)
	if err != nil {
		return queue.Record{}, err
	}
	c := creation{run: r, recordType: vendorCredit, externalID: r.externalID(vendor, vendorCredit)}
	return c.make(ctx, func() (mapping.Plan, error) {
		bill, err := r.creditedBill(ctx, vendor)
		if err != nil {
			return mapping.Plan{}, err
		}
		var po *record.PurchaseOrder
		if len(known) > 0 {
			read, err := r.readAll(ctx, refs[:1], known[:1])
			if err != nil {
				return mapping.Plan{}, err
			}
			first := read[document.NormaliseNumber(refs[0].OrderID)]
			po = &first
		}
		return r.account.Mapper.Credit(r.doc, bill, po, c.externalID, r.delivery.Event.ID)
	})
}

// creditedVendor returns the vendor of a credit memo: of its order, or the supplier's only one.
func (r *run) creditedVendor(ctx context.Context) (string, []document.OrderReference, []queue.CachedOrder, error) {
	if len(r.doc.Orders()) > 0 {
		refs, known, err := r.invoicedOrders(ctx)
		if err != nil {
			return "", nil, nil, err
		}
		return known[0].Vendor, refs, known, nil
	}
	vendors := r.account.Vendors(r.delivery.Event.Supplier)
	if len(vendors) != 1 {
		return "", nil, nil, mismatch(reason.OrderReferenceMissing, "credit memo %s names no order, and supplier %s has %d vendors: it cannot be said which is meant", r.doc.Invoice.InvoiceID, r.delivery.Event.Supplier, len(vendors))
	}
	return vendors[0], nil, nil, nil
}

// creditedBill finds the bill that the memo refers to; nil when it refers to none.
func (r *run) creditedBill(ctx context.Context, vendor string) (*record.VendorBill, error) {
	number, err := r.creditedNumber(ctx)
	if err != nil || number == "" {
		return nil, err
	}
	r.calls++
	found, err := r.account.Client.FindBills(ctx, vendor, number)
	if err != nil {
		return nil, fmt.Errorf("look up bill %s: %w", number, err)
	}
	switch len(found) {
	case 0:
		return nil, mismatch(reason.InvoiceNotFound, "bill %s of vendor %s, which the memo refers to, is not in NetSuite", number, vendor)
	case 1:
	default:
		return nil, mismatch(reason.DuplicateNumber, "%d bills of vendor %s carry the number %s, which the memo refers to", len(found), vendor, number)
	}
	r.calls++
	bill, err := r.account.Client.VendorBill(ctx, found[0].ID)
	if err != nil {
		return nil, fmt.Errorf("read bill %s: %w", number, err)
	}
	return &bill, nil
}

// creditedNumber returns the number of the invoice that the memo refers to, by InvoiceIDInfo or by the payloadID of a
// document that this supplier sent before.
func (r *run) creditedNumber(ctx context.Context) (string, error) {
	inv := r.doc.Invoice
	if inv.Refers != nil && inv.Refers.InvoiceID != "" {
		return inv.Refers.InvoiceID, nil
	}
	if inv.PreviousPayloadID == "" {
		return "", nil
	}
	e := r.delivery.Event
	id := event.DocumentID(e.Account, e.Supplier, e.Kind, inv.PreviousPayloadID, "")
	earlier, _, err := r.account.options.Queue.Find(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return "", mismatch(reason.InvoiceNotFound, "the memo refers to the invoice with payloadID %q, which has not arrived", inv.PreviousPayloadID)
	}
	if err != nil {
		return "", fmt.Errorf("find the invoice that the memo refers to: %w", err)
	}
	return earlier.Data.Document.Number(), nil
}

func (r *run) externalID(vendor, recordType string) string {
	inv := r.doc.Invoice
	return mapping.ExternalID(r.account.Name, vendor, recordType, inv.InvoiceID, inv.InvoiceDate.Year(), 0)
}

// creation makes one NetSuite record with an external id exactly once.
type creation struct {
	run        *run
	recordType string
	externalID string
}

// make claims the external id, looks whether an earlier attempt got through, and otherwise plans, writes and reads back.
func (c creation) make(ctx context.Context, plan func() (mapping.Plan, error)) (queue.Record, error) {
	r := c.run
	if err := c.claim(ctx); err != nil {
		return queue.Record{}, err
	}
	if r.lookFirst {
		id, err := c.lookBack(ctx)
		if err != nil {
			return queue.Record{}, err
		}
		r.lookFirst = false
		if id != "" && len(r.plan.Calls) > 0 {
			return c.verify(ctx, id)
		}
	}
	p, err := plan()
	if err != nil {
		return queue.Record{}, fmt.Errorf("plan the %s of invoice %s: %w", c.recordType, r.doc.Invoice.InvoiceID, err)
	}
	r.note(p.Unmapped)
	if err := r.attempt(ctx, p); err != nil {
		return queue.Record{}, err
	}
	id, err := c.send(ctx, p)
	if err != nil {
		return queue.Record{}, err
	}
	return c.verify(ctx, id)
}

// claim makes this document the only one that may create the record. An invoice number that another document has used is
// a duplicate once that document's record is in NetSuite, and free again when it has ended without one.
func (c creation) claim(ctx context.Context) error {
	r, claims := c.run, c.run.account.options.Queue.Claims()
	self, number := r.delivery.Event.ID, r.doc.Invoice.InvoiceID
	owner, err := claims.Claim(ctx, r.account.Name, c.externalID, self)
	if err != nil {
		return fmt.Errorf("claim invoice number %s: %w", number, err)
	}
	if owner == self {
		return nil
	}
	st, err := r.account.options.Queue.Status(ctx, owner)
	if err != nil && !errors.Is(err, queue.ErrNotFound) {
		return fmt.Errorf("read the state of document %s: %w", owner, err)
	}
	switch st.State {
	case queue.StateAccepted, queue.StateParked:
		return mismatch(reason.InvoiceInProgress, "invoice %s is also document %s, which is still being worked on", number, owner)
	case queue.StateApplied:
		return mismatch(reason.DuplicateInvoice, "invoice %s was brought in by document %s", number, owner)
	}
	id, err := c.lookBack(ctx)
	if err != nil {
		return err
	}
	if id != "" {
		return mismatch(reason.DuplicateInvoice, "invoice %s was brought in by document %s as %s %s", number, owner, c.recordType, id)
	}
	if err := claims.TakeOver(ctx, r.account.Name, c.externalID, owner, self); err != nil {
		return fmt.Errorf("take invoice number %s over from document %s: %w", number, owner, err)
	}
	return nil
}

// lookBack looks for the record by its external id and returns its internal id, or "" when it is not there.
func (c creation) lookBack(ctx context.Context) (string, error) {
	r := c.run
	r.calls++
	id, err := c.readID(ctx, "eid:"+c.externalID)
	if isClass(err, netsuite.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for %s %s: %w", c.recordType, c.externalID, err)
	}
	return id, nil
}

func (c creation) readID(ctx context.Context, id string) (string, error) {
	if c.recordType == vendorCredit {
		credit, err := c.run.account.Client.VendorCredit(ctx, id)
		return credit.ID, err
	}
	bill, err := c.run.account.Client.VendorBill(ctx, id)
	return bill.ID, err
}

// send carries the plan out and returns the internal id of the record.
func (c creation) send(ctx context.Context, p mapping.Plan) (string, error) {
	r := c.run
	r.calls++
	id, err := c.post(ctx, p.Calls[0])
	if !isClass(err, netsuite.Unknown) && !isClass(err, netsuite.Exists) {
		if err != nil {
			return "", fmt.Errorf("create %s for invoice %s: %w", c.recordType, r.doc.Invoice.InvoiceID, err)
		}
		return id, nil
	}
	found, lookErr := c.lookBack(ctx)
	switch {
	case lookErr != nil:
		return "", errors.Join(err, lookErr)
	case found != "":
		return found, nil
	case isClass(err, netsuite.Exists):
		return "", mismatch(reason.DuplicateNumber, "NetSuite says that %s %s exists already, but not with external id %s", c.recordType, r.doc.Invoice.InvoiceID, c.externalID)
	}
	return "", fmt.Errorf("create %s for invoice %s: %w", c.recordType, r.doc.Invoice.InvoiceID, err)
}

// post sends the call that creates the record: a transform of an order, or a record of its own.
func (c creation) post(ctx context.Context, call mapping.Call) (string, error) {
	client := c.run.account.Client
	if from, rest, ok := strings.Cut(call.Path, "/"); ok {
		id, to, ok := strings.Cut(rest, "/!transform/")
		if !ok {
			return "", fmt.Errorf("create %s: the plan's path %q is no transform", c.recordType, call.Path)
		}
		query := url.Values{}
		for name, value := range call.Query {
			query.Set(name, value)
		}
		return client.Transform(ctx, from, id, to, query, call.Body)
	}
	return client.Create(ctx, call.Path, call.Body)
}

// verify reads the record back and compares it with what was planned. One that differs is put on payment hold, so that
// nobody pays it before a person has looked.
func (c creation) verify(ctx context.Context, id string) (queue.Record, error) {
	r := c.run
	r.calls++
	differences, total, err := c.compare(ctx, id)
	if err != nil {
		return queue.Record{}, fmt.Errorf("read %s %s back: %w", c.recordType, id, err)
	}
	if len(differences) == 0 {
		r.effects = append(r.effects, r.plan.Changes...)
		return r.done(queue.Applied, fmt.Sprintf("%s %s with a total of %s", c.recordType, id, total)), nil
	}
	if c.recordType == vendorBill {
		r.calls++
		if err := r.account.Client.Patch(ctx, vendorBill, id, []byte(`{"paymentHold":true}`)); err != nil {
			return queue.Record{}, fmt.Errorf("put bill %s, which NetSuite saved differently, on payment hold: %w", id, err)
		}
	}
	return queue.Record{}, &mapping.Mismatch{
		Reason: reason.CreatedDifferently, Differences: differences,
		Text: fmt.Sprintf("%s %s for invoice %s is in NetSuite with other values than were sent", c.recordType, id, r.doc.Invoice.InvoiceID),
	}
}

func (c creation) compare(ctx context.Context, id string) ([]mapping.Difference, document.Decimal, error) {
	r := c.run
	if c.recordType == vendorCredit {
		credit, err := r.account.Client.VendorCredit(ctx, id)
		if err != nil {
			return nil, document.Decimal{}, err
		}
		return r.account.Mapper.CompareCredit(r.doc, r.plan, credit), credit.Total, nil
	}
	bill, err := r.account.Client.VendorBill(ctx, id)
	if err != nil {
		return nil, document.Decimal{}, err
	}
	return r.account.Mapper.CompareBill(r.doc, r.plan, bill), bill.Total, nil
}
