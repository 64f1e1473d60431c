package delivery

import (
	"context"
	"errors"

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
	if r.cancels() {
		return r.unlessSuperseded(r.cancel(ctx))
	}
	d, aside, err := r.draft(ctx)
	switch {
	case err != nil:
		return queue.Record{}, err
	case aside != "":
		return r.done(queue.Recorded, aside), nil
	}
	c := creation{draft: d, run: r}
	return r.unlessSuperseded(c.make(ctx))
}

// unlessSuperseded returns the end of a run, also of one that found out that later documents have overtaken its own.
func (r *run) unlessSuperseded(end queue.Record, err error) (queue.Record, error) {
	if by := (supersededError{}); errors.As(err, &by) {
		return r.done(queue.Superseded, by.Error()), nil
	}
	return end, err
}

// draft says which record an invoice or a memo becomes, or why it is put aside without one.
func (r *reader) draft(ctx context.Context) (d *draft, aside string, err error) {
	inv := r.doc.Invoice
	switch {
	case inv.InformationOnly || inv.ERS:
		return d, "the invoice is for information only and asks for no payment", nil
	case inv.Purpose.Credit():
		d, err = r.credit(ctx)
	default:
		d, err = r.bill(ctx)
	}
	return d, "", err
}

// bill drafts the vendor bill of an invoice or debit memo.
func (r *reader) bill(ctx context.Context) (*draft, error) {
	if len(r.doc.Orders()) == 0 {
		return r.expense()
	}
	orders, books, err := r.invoicedOrders(ctx, r.sameNumber(vendorBill))
	if err != nil {
		return nil, err
	}
	d := r.newDraft(vendorBill, orders[0].known.Vendor, books)
	for _, o := range orders {
		d.sources = append(d.sources, o.known.ID)
	}
	d.planned = func(ctx context.Context, externalID string) (mapping.Plan, error) {
		read, err := r.readAll(ctx, orders)
		if err != nil {
			return mapping.Plan{}, err
		}
		return r.account.Mapper.Bill(r.doc, read, externalID, r.event.ID)
	}
	return d, nil
}

// expense drafts the bill of an invoice that names no order, on the account's expense account. Vendor and currency follow
// from the configuration alone.
func (r *reader) expense() (*draft, error) {
	inv := r.doc.Invoice
	if !r.account.Mapper.BillsExpenses() {
		return nil, mismatch(reason.OrderReferenceMissing, "invoice %s names no order of the buyer's, and account %s has no bill.expense_account for such invoices", inv.InvoiceID, r.account.Name)
	}
	vendor, err := r.onlyVendor("invoice")
	if err != nil {
		return nil, err
	}
	d := r.newDraft(vendorBill, vendor, nil)
	d.planned = func(_ context.Context, externalID string) (mapping.Plan, error) {
		from := mapping.Party{Vendor: record.Ref{ID: vendor}, Currency: r.account.Mapper.Currency(inv.Summary.Subtotal.Currency)}
		return r.account.Mapper.ExpenseBill(r.doc, from, externalID, r.event.ID)
	}
	return d, nil
}

// onlyVendor returns the supplier's vendor where no order says which one is meant.
func (r *reader) onlyVendor(what string) (string, error) {
	vendors := r.account.Vendors(r.event.Supplier)
	if len(vendors) != 1 {
		table := []mapping.Difference{{What: "order", Expected: "a purchase order of " + r.vendors()}}
		return "", differing(reason.OrderReferenceMissing, table, "%s %s names no order, and supplier %s has %d vendors: it cannot be said which is meant", what, r.doc.Invoice.InvoiceID, r.event.Supplier, len(vendors))
	}
	return vendors[0], nil
}

// invoicedOrders finds the orders of an invoice, which names one at least, and, with the same call if there is one, what is
// sought besides. All orders must be there and of one vendor.
func (r *reader) invoicedOrders(ctx context.Context, besides netsuite.Sought) ([]named, *netsuite.Found, error) {
	refs := r.doc.Orders()
	s, err := r.search(ctx, refs, besides)
	if err != nil {
		return nil, nil, err
	}
	var orders []named
	for _, ref := range refs {
		known, err := r.lookup(ctx, ref, s)
		if err != nil {
			return nil, nil, err
		}
		orders = addNamed(orders, known, ref)
		if first := orders[0].known; known.Vendor != first.Vendor {
			table := []mapping.Difference{{What: "vendor of order " + known.Number, Expected: first.Vendor, Found: known.Vendor}}
			return nil, nil, differing(reason.OrdersNotCombinable, table, "orders %s and %s belong to different vendors", first.Number, known.Number)
		}
	}
	return orders, s.books, nil
}

// readAll reads orders and returns them by the normalised numbers under which the document names them.
func (r *reader) readAll(ctx context.Context, orders []named) (map[string]record.PurchaseOrder, error) {
	read := make(map[string]record.PurchaseOrder, len(orders))
	for _, o := range orders {
		po, err := r.readOrder(ctx, o.known)
		if err != nil {
			return nil, err
		}
		for _, ref := range o.refs {
			read[mapping.OrderKey(ref)] = po
		}
	}
	return read, nil
}
