package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// draft is a NetSuite record that an invoice or memo becomes, as long as nothing is written.
type draft struct {
	*reader
	recordType string
	externalID string
	planned    func(context.Context) (mapping.Plan, error)
}

func (r *reader) newDraft(recordType, vendor string) draft {
	inv := r.doc.Invoice
	id := mapping.ExternalID(r.account.Name, vendor, recordType, inv.InvoiceID, inv.InvoiceDate.Year(), 0)
	return draft{reader: r, recordType: recordType, externalID: id}
}

// prepare reads what the record is made from and plans it.
func (d draft) prepare(ctx context.Context) (mapping.Plan, error) {
	p, err := d.planned(ctx)
	if err != nil {
		return p, fmt.Errorf("plan the %s of invoice %s: %w", d.recordType, d.doc.Invoice.InvoiceID, err)
	}
	d.note(p.Unmapped)
	return p, nil
}

// isFree returns nil when the external id may be taken over from another document, which owns it: when that has ended and
// its record is not in NetSuite.
func (d draft) isFree(ctx context.Context, owner string) error {
	number := d.doc.Invoice.InvoiceID
	applied, err := d.ownedBy(ctx, owner)
	if err != nil {
		return err
	}
	if applied {
		return mismatch(reason.DuplicateInvoice, "invoice %s was brought in by document %s", number, owner)
	}
	id, err := d.lookBack(ctx)
	if err != nil {
		return err
	}
	if id != "" {
		return mismatch(reason.DuplicateInvoice, "invoice %s was brought in by document %s as %s %s", number, owner, d.recordType, id)
	}
	return nil
}

// ownedBy says how the document stands that owns the claim: still being worked on, which is an error, or at its end,
// applied or not.
func (d draft) ownedBy(ctx context.Context, owner string) (applied bool, err error) {
	st, err := d.queue.Status(ctx, owner)
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read the state of document %s: %w", owner, err)
	case st.State == queue.StateAccepted, st.State == queue.StateParked:
		return false, mismatch(reason.InvoiceInProgress, "invoice %s is also document %s, which is still being worked on", d.doc.Invoice.InvoiceID, owner)
	}
	return st.State == queue.StateApplied && document.NormaliseNumber(st.Number) == document.NormaliseNumber(d.doc.Invoice.InvoiceID), nil
}

// lookBack looks for the record by its external id and returns its internal id, or "" when it is not there.
func (d draft) lookBack(ctx context.Context) (string, error) {
	r := d.reader
	r.calls++
	id, err := d.readID(ctx, "eid:"+d.externalID)
	if isClass(err, netsuite.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for %s %s: %w", d.recordType, d.externalID, err)
	}
	return id, nil
}

func (d draft) readID(ctx context.Context, id string) (string, error) {
	if d.recordType == vendorCredit {
		credit, err := d.account.Client.VendorCredit(ctx, id)
		return credit.ID, err
	}
	bill, err := d.account.Client.VendorBill(ctx, id)
	return bill.ID, err
}

// recall finds the plan of the earlier attempt in the document's history, where the last record does not have it: after a
// replay. What was planned before an edit is not what the document says now.
func (d draft) recall(ctx context.Context) error {
	r := d.reader
	if r.plan.Expect != nil {
		return nil
	}
	all, err := r.queue.History(ctx, r.event.ID)
	if err != nil {
		return fmt.Errorf("look for the plan of the earlier attempt: %w", err)
	}
	for _, rec := range slices.Backward(all) {
		if rec.Type == queue.Edited {
			return nil
		}
		var p mapping.Plan
		if len(rec.Plan) > 0 && json.Unmarshal(rec.Plan, &p) == nil && p.Expect != nil {
			r.plan = p
			return nil
		}
	}
	return nil
}

// check reads the record and says what it comes to. The error is a *mapping.Mismatch when it is not what was planned.
func (d draft) check(ctx context.Context, id string) (string, error) {
	d.calls++
	differences, total, err := d.compare(ctx, id)
	if err != nil {
		return "", fmt.Errorf("read %s %s back: %w", d.recordType, id, err)
	}
	if len(differences) > 0 {
		text := fmt.Sprintf("%s %s for invoice %s is in NetSuite with other values than were sent", d.recordType, id, d.doc.Invoice.InvoiceID)
		return "", &mapping.Mismatch{Reason: reason.CreatedDifferently, Differences: differences, Text: text}
	}
	return fmt.Sprintf("%s %s with a total of %s", d.recordType, id, total), nil
}

// compare returns where the record is not what was planned. When no plan is left, number, vendor and total must bear out
// that it is this document's.
func (d draft) compare(ctx context.Context, id string) ([]mapping.Difference, document.Decimal, error) {
	r := d.reader
	if d.recordType == vendorCredit {
		credit, err := r.account.Client.VendorCredit(ctx, id)
		if err != nil {
			return nil, document.Decimal{}, err
		}
		if r.plan.Expect == nil {
			return d.outline(credit.TranID, credit.Entity, credit.Total), credit.Total, nil
		}
		return r.account.Mapper.CompareCredit(r.doc, r.plan, credit), credit.Total, nil
	}
	bill, err := r.account.Client.VendorBill(ctx, id)
	if err != nil {
		return nil, document.Decimal{}, err
	}
	if r.plan.Expect == nil {
		return d.outline(bill.TranID, bill.Entity, bill.Total), bill.Total, nil
	}
	return r.account.Mapper.CompareBill(r.doc, r.plan, bill), bill.Total, nil
}

func (d draft) outline(number string, vendor record.Ref, total document.Decimal) []mapping.Difference {
	var all []mapping.Difference
	inv := d.doc.Invoice
	if number != inv.InvoiceID {
		all = append(all, mapping.Difference{What: "number", Expected: inv.InvoiceID, Found: number})
	}
	if !d.isOurs(vendor.ID) {
		all = append(all, mapping.Difference{What: "vendor", Expected: "one of the supplier's", Found: vendor.ID})
	}
	if declared := declaredTotal(inv); !declared.Equal(total) {
		all = append(all, mapping.Difference{What: "total", Expected: declared.Canonical(), Found: total.Canonical()})
	}
	return all
}

// declaredTotal is what an invoice says that it comes to. A deposit lowers what is due, not what is billed.
func declaredTotal(inv *document.Invoice) document.Decimal {
	switch s := inv.Summary; {
	case s.Net != nil:
		return s.Net.Amount
	case s.Due != nil && s.Deposit != nil:
		return s.Due.Amount.Add(s.Deposit.Amount)
	case s.Due != nil:
		return s.Due.Amount
	}
	return inv.Summary.Subtotal.Amount
}
