package delivery

import (
	"context"
	"errors"
	"fmt"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/mapping"
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
	d, aside, err := r.draft(ctx)
	switch {
	case err != nil:
		return queue.Record{}, err
	case aside != "":
		return r.done(queue.Recorded, aside), nil
	}
	return creation{d, r}.make(ctx)
}

// draft says which record an invoice or a memo becomes, or why it is put aside without one.
func (r *reader) draft(ctx context.Context) (d draft, aside string, err error) {
	inv := r.doc.Invoice
	switch {
	case inv.InformationOnly || inv.ERS:
		return d, "the invoice is for information only and asks for no payment", nil
	case inv.Operation == document.OperationDelete:
		return d, "", mismatch(reason.NotSupported, "the document cancels invoice %s: void the bill or put it on payment hold in NetSuite", inv.InvoiceID)
	case inv.Purpose.Credit():
		d, err = r.credit(ctx)
	default:
		d, err = r.bill(ctx)
	}
	return d, "", err
}

// bill drafts the vendor bill of an invoice or debit memo.
func (r *reader) bill(ctx context.Context) (draft, error) {
	if len(r.doc.Orders()) == 0 {
		return r.expense()
	}
	orders, known, err := r.invoicedOrders(ctx)
	if err != nil {
		return draft{}, err
	}
	d := r.newDraft(vendorBill, known[0].Vendor)
	d.planned = func(ctx context.Context) (mapping.Plan, error) {
		read, err := r.readAll(ctx, orders, known)
		if err != nil {
			return mapping.Plan{}, err
		}
		return r.account.Mapper.Bill(r.doc, read, d.externalID, r.event.ID)
	}
	return d, nil
}

// expense drafts the bill of an invoice that names no order, on the account's expense account. Vendor and currency follow
// from the configuration alone.
func (r *reader) expense() (draft, error) {
	inv := r.doc.Invoice
	if !r.account.Mapper.BillsExpenses() {
		return draft{}, mismatch(reason.OrderReferenceMissing, "invoice %s names no order of the buyer's, and account %s has no bill.expense_account for such invoices", inv.InvoiceID, r.account.Name)
	}
	vendor, err := r.onlyVendor("invoice")
	if err != nil {
		return draft{}, err
	}
	d := r.newDraft(vendorBill, vendor)
	d.planned = func(context.Context) (mapping.Plan, error) {
		from := mapping.Party{Vendor: record.Ref{ID: vendor}, Currency: r.account.Mapper.Currency(inv.Summary.Subtotal.Currency)}
		return r.account.Mapper.ExpenseBill(r.doc, from, d.externalID, r.event.ID)
	}
	return d, nil
}

// onlyVendor returns the supplier's vendor where no order says which one is meant.
func (r *reader) onlyVendor(what string) (string, error) {
	vendors := r.account.Vendors(r.event.Supplier)
	if len(vendors) != 1 {
		return "", mismatch(reason.OrderReferenceMissing, "%s %s names no order, and supplier %s has %d vendors: it cannot be said which is meant", what, r.doc.Invoice.InvoiceID, r.event.Supplier, len(vendors))
	}
	return vendors[0], nil
}

// invoicedOrders finds the orders of an invoice, which names one at least; all must be there and of one vendor.
func (r *reader) invoicedOrders(ctx context.Context) ([]document.OrderReference, []found, error) {
	refs := r.doc.Orders()
	known := make([]found, len(refs))
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
func (r *reader) readAll(ctx context.Context, refs []document.OrderReference, known []found) (map[string]record.PurchaseOrder, error) {
	read := make(map[string]record.PurchaseOrder, len(refs))
	for i, ref := range refs {
		po, err := r.readOrder(ctx, known[i])
		if err != nil {
			return nil, err
		}
		read[mapping.OrderKey(ref)] = po
	}
	return read, nil
}

// credit drafts the vendor credit of a credit memo, applied to the bill that it refers to.
func (r *reader) credit(ctx context.Context) (draft, error) {
	vendor, refs, known, err := r.creditedVendor(ctx)
	if err != nil {
		return draft{}, err
	}
	d := r.newDraft(vendorCredit, vendor)
	d.planned = func(ctx context.Context) (mapping.Plan, error) {
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
			first := read[mapping.OrderKey(refs[0])]
			po = &first
		}
		return r.account.Mapper.Credit(r.doc, bill, po, d.externalID, r.event.ID)
	}
	return d, nil
}

// creditedVendor returns the vendor of a credit memo: of its order, or the supplier's only one.
func (r *reader) creditedVendor(ctx context.Context) (string, []document.OrderReference, []found, error) {
	if len(r.doc.Orders()) > 0 {
		refs, known, err := r.invoicedOrders(ctx)
		if err != nil {
			return "", nil, nil, err
		}
		return known[0].Vendor, refs, known, nil
	}
	vendor, err := r.onlyVendor("credit memo")
	return vendor, nil, nil, err
}

// creditedBill finds the bill that the memo refers to; nil when it refers to none.
func (r *reader) creditedBill(ctx context.Context, vendor string) (*record.VendorBill, error) {
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
func (r *reader) creditedNumber(ctx context.Context) (string, error) {
	inv := r.doc.Invoice
	if inv.Refers != nil && inv.Refers.InvoiceID != "" {
		return inv.Refers.InvoiceID, nil
	}
	if inv.PreviousPayloadID == "" {
		return "", nil
	}
	e := r.event
	id := event.DocumentID(e.Account, e.Supplier, e.Kind, inv.PreviousPayloadID, "")
	earlier, _, err := r.queue.Find(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return "", mismatch(reason.InvoiceNotFound, "the memo refers to the invoice with payloadID %q, which has not arrived", inv.PreviousPayloadID)
	}
	if err != nil {
		return "", fmt.Errorf("find the invoice that the memo refers to: %w", err)
	}
	if earlier.Data.Document == nil {
		return "", mismatch(reason.InvoiceNotFound, "the memo refers to the invoice with payloadID %q, which cannot be read", inv.PreviousPayloadID)
	}
	return earlier.Data.Document.Number(), nil
}
