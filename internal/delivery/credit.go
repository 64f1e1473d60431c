package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"counterpunch/internal/event"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// credit drafts the vendor credit of a credit memo, applied to the bill that it refers to.
func (r *reader) credit(ctx context.Context) (*draft, error) {
	number, err := r.creditedNumber(ctx)
	if err != nil {
		return nil, err
	}
	sought := r.sameNumber(vendorCredit)
	if number != "" {
		sought.Vendors, sought.Bills = r.account.Vendors(r.event.Supplier), []string{number}
	}
	vendor, orders, books, err := r.creditedVendor(ctx, sought)
	if err != nil {
		return nil, err
	}
	if books == nil && number != "" {
		found, err := r.ask(ctx, sought)
		if err != nil {
			return nil, err
		}
		books = &found
	}
	d := r.newDraft(vendorCredit, vendor, books)
	if number != "" {
		bill, err := r.creditedBill(books.Bills, vendor, number)
		if err != nil {
			return nil, err
		}
		d.sources = []string{bill}
	}
	d.planned = func(ctx context.Context, externalID string) (mapping.Plan, error) {
		bill, err := r.readCredited(ctx, d.sources, number)
		if err != nil {
			return mapping.Plan{}, err
		}
		var po *record.PurchaseOrder
		if len(orders) > 0 {
			first, err := r.readOrder(ctx, orders[0].known)
			if err != nil {
				return mapping.Plan{}, err
			}
			po = &first
		}
		return r.account.Mapper.Credit(r.doc, bill, po, externalID, r.event.ID)
	}
	return d, nil
}

// creditedVendor returns the vendor of a credit memo: of its order, or the supplier's only one. It comes with the orders and
// with what was found besides, where NetSuite was asked.
func (r *reader) creditedVendor(ctx context.Context, besides netsuite.Sought) (string, []named, *netsuite.Found, error) {
	if len(r.doc.Orders()) == 0 {
		vendor, err := r.onlyVendor("credit memo")
		return vendor, nil, nil, err
	}
	orders, books, err := r.invoicedOrders(ctx, besides)
	if err != nil {
		return "", nil, nil, err
	}
	return orders[0].known.Vendor, orders, books, nil
}

// creditedBill returns the internal id of the bill that the memo refers to.
func (r *reader) creditedBill(bills []netsuite.FoundBill, vendor, number string) (string, error) {
	is := numbered(number)
	bills = slices.DeleteFunc(slices.Clone(bills), func(b netsuite.FoundBill) bool { return b.Entity != vendor || !is(b.TranID) })
	var table []mapping.Difference
	for _, b := range bills {
		table = append(table, mapping.Difference{What: "bill " + b.TranID, Found: fmt.Sprintf("internal id %s of %s", b.ID, b.TranDate)})
	}
	switch len(bills) {
	case 0:
		table = []mapping.Difference{{What: "bill", Expected: fmt.Sprintf("%s of vendor %s", number, vendor)}}
		return "", differing(reason.InvoiceNotFound, table, "bill %s of vendor %s, which the memo refers to, is not in NetSuite", number, vendor)
	case 1:
		return bills[0].ID, nil
	}
	return "", differing(reason.DuplicateNumber, table, "%d bills of vendor %s carry the number %s, which the memo refers to", len(bills), vendor, number)
}

// readCredited reads the bill that the memo refers to; nil when it refers to none.
func (r *reader) readCredited(ctx context.Context, ids []string, number string) (*record.VendorBill, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	r.calls++
	bill, err := r.account.Client.VendorBill(ctx, ids[0])
	switch {
	case isClass(err, netsuite.NotFound):
		table := []mapping.Difference{{What: "bill " + number, Expected: "internal id " + ids[0]}}
		return nil, differing(reason.InvoiceNotFound, table, "bill %s, which the memo refers to, is no longer in NetSuite", number)
	case err != nil:
		return nil, fmt.Errorf("read bill %s: %w", number, err)
	}
	return &bill, nil
}

// creditedNumber returns the number of the invoice that a memo or a cancellation refers to, by InvoiceIDInfo or by the payloadID of a
// document that this supplier sent before.
func (r *reader) creditedNumber(ctx context.Context) (string, error) {
	inv := r.doc.Invoice
	if inv.Refers != nil && inv.Refers.InvoiceID != "" {
		return strings.TrimSpace(inv.Refers.InvoiceID), nil
	}
	if inv.PreviousPayloadID == "" {
		return "", nil
	}
	table := []mapping.Difference{{What: "document", Expected: fmt.Sprintf("an invoice with payloadID %q", inv.PreviousPayloadID)}}
	e := r.event
	id := event.DocumentID(e.Account, e.Supplier, e.Kind, inv.PreviousPayloadID, "")
	earlier, _, err := r.queue.Find(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return "", differing(reason.InvoiceNotFound, table, "the document refers to the invoice with payloadID %q, which has not arrived", inv.PreviousPayloadID)
	}
	if err != nil {
		return "", fmt.Errorf("find the invoice that the memo refers to: %w", err)
	}
	if earlier.Data.Document == nil {
		return "", differing(reason.InvoiceNotFound, table, "the document refers to the invoice with payloadID %q, which cannot be read", inv.PreviousPayloadID)
	}
	return strings.TrimSpace(earlier.Data.Document.Number()), nil
}
