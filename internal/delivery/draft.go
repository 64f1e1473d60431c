package delivery

import (
	"context"
	"encoding/json"
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
	vendor     string
	numberKey  string          // of the invoice's number with the vendor, whatever its year
	externalID string          // of the record
	sources    []string        // internal ids of the orders or the bill that it is made from
	books      *netsuite.Found // what NetSuite was found to have; nil as long as it was not asked
	planned    func(ctx context.Context, externalID string) (mapping.Plan, error)
}

func (r *reader) newDraft(recordType, vendor string, books *netsuite.Found) *draft {
	d := &draft{reader: r, recordType: recordType, vendor: vendor, books: books}
	d.numberKey, d.externalID = d.externalIDOf(0), d.externalIDOf(r.doc.Invoice.InvoiceDate.Year())
	return d
}

// externalIDOf is the external id of a record with the invoice's number and a date in the year.
func (d *draft) externalIDOf(year int) string {
	return mapping.ExternalID(d.account.Name, d.vendor, d.recordType, d.doc.Invoice.InvoiceID, year, 0)
}

// prepare reads what the record is made from and plans it.
func (d *draft) prepare(ctx context.Context) (mapping.Plan, error) {
	p, err := d.planned(ctx, d.externalID)
	if err != nil {
		return p, fmt.Errorf("plan the %s: %w", d.recordType, err)
	}
	d.note(p.Unmapped)
	return p, nil
}

// lookBack looks for the record by its external id and returns its internal id, or "" when it is not there.
func (d *draft) lookBack(ctx context.Context) (string, error) {
	s, err := d.read(ctx, "eid:"+d.externalID)
	if isClass(err, netsuite.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for %s %s: %w", d.recordType, d.externalID, err)
	}
	return s.id, nil
}

// saved is what bills and credits of NetSuite have in common.
type saved struct {
	id, number       string
	vendor, currency record.Ref
	total            document.Decimal
	differences      func() []mapping.Difference // from what was planned
	// exchanged are those that the links to the order's lines show. nil for a credit, which has none.
	exchanged func(billed map[int]int) []mapping.Difference
}

// read reads a bill or credit by its internal id, or by eid: and its external id.
func (d *draft) read(ctx context.Context, id string) (saved, error) {
	d.calls++
	if d.recordType == vendorCredit {
		v, err := d.account.Client.VendorCredit(ctx, id)
		differences := func() []mapping.Difference { return d.account.Mapper.CompareCredit(d.doc, d.plan, v) }
		return saved{v.ID, v.TranID, v.Entity, v.Currency, v.Total, differences, nil}, err
	}
	v, err := d.account.Client.VendorBill(ctx, id)
	differences := func() []mapping.Difference { return d.account.Mapper.CompareBill(d.doc, d.plan, v) }
	exchanged := func(billed map[int]int) []mapping.Difference { return d.plan.Expect.CompareLinks(v, billed) }
	return saved{v.ID, v.TranID, v.Entity, v.Currency, v.Total, differences, exchanged}, err
}

// recall finds the plan of the earlier attempt in the document's history, where the last record does not have it: after a
// replay. What was planned before an edit is not what the document says now.
func (d *draft) recall(ctx context.Context) error {
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

// check reads the record and says what it comes to. The error is a *mapping.Mismatch when it is not what was planned or,
// where no plan is left, what number, vendor, currency and total bear out to be this document's.
func (d *draft) check(ctx context.Context, id string) (string, error) {
	s, err := d.read(ctx, id)
	if err != nil {
		return "", fmt.Errorf("read %s %s back: %w", d.recordType, id, err)
	}
	var table []mapping.Difference
	if d.plan.Expect == nil {
		table = d.outline(s)
	} else {
		table = s.differences()
		orders, err := d.compareOrders(ctx)
		if err != nil {
			return "", err
		}
		links, err := d.compareLinks(ctx, s)
		if err != nil {
			return "", err
		}
		table = append(append(table, orders...), links...)
	}
	if len(table) > 0 {
		return "", differing(reason.CreatedDifferently, table, "%s %s for invoice %s is in NetSuite with other values than were sent", d.recordType, id, d.doc.Invoice.InvoiceID)
	}
	return fmt.Sprintf("%s %s with a total of %s", d.recordType, id, s.total), nil
}

// compareOrders reads the orders of which the bill cannot show which line it took.
func (d *draft) compareOrders(ctx context.Context) ([]mapping.Difference, error) {
	var all []mapping.Difference
	for _, id := range d.plan.Expect.Doubtful() {
		d.calls++
		po, err := d.account.Client.PurchaseOrder(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("read order %s back: %w", id, err)
		}
		all = append(all, d.plan.Expect.CompareOrder(po)...)
	}
	return all, nil
}

// compareLinks asks which lines of the order the bill took, where neither the bill nor the order shows it. A role that may not
// ask leaves it open.
func (d *draft) compareLinks(ctx context.Context, s saved) ([]mapping.Difference, error) {
	if s.exchanged == nil || !d.plan.Expect.Exchangeable() {
		return nil, nil
	}
	d.calls++
	billed, err := d.account.Client.BilledLines(ctx, s.id)
	switch {
	case isClass(err, netsuite.Refused):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return s.exchanged(billed), nil
}

func (d *draft) outline(s saved) []mapping.Difference {
	var all []mapping.Difference
	inv := d.doc.Invoice
	if s.number != inv.InvoiceID {
		all = append(all, mapping.Difference{What: "number", Expected: inv.InvoiceID, Found: s.number})
	}
	if !d.isOurs(s.vendor.ID) {
		all = append(all, mapping.Difference{What: "vendor", Expected: "one of the supplier's", Found: s.vendor.ID})
	}
	if stated := inv.Summary.Subtotal.Currency; !d.account.Mapper.IsCurrency(stated, s.currency) {
		all = append(all, mapping.Difference{What: "currency", Expected: stated, Found: orID(s.currency)})
	}
	if declared := inv.Summary.Total(); !declared.Equal(s.total) {
		all = append(all, mapping.Difference{What: "total", Expected: declared.Canonical(), Found: s.total.Canonical()})
	}
	return all
}
