package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

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
	r.step("claimed")
	if r.lookFirst {
		id, err := c.lookBack(ctx)
		if err != nil {
			return queue.Record{}, err
		}
		if id != "" {
			if err := c.recall(ctx); err != nil {
				return queue.Record{}, err
			}
			return c.verify(ctx, id)
		}
	}
	for changed := 0; ; changed++ {
		p, err := plan()
		if err != nil {
			return queue.Record{}, fmt.Errorf("plan the %s of invoice %s: %w", c.recordType, r.doc.Invoice.InvoiceID, err)
		}
		r.note(p.Unmapped)
		if err := r.attempt(ctx, p); err != nil {
			return queue.Record{}, err
		}
		id, err := c.send(ctx, p)
		if isClass(err, netsuite.Changed) && changed < r.account.options.Schedule.Changed {
			continue
		}
		if err != nil {
			return queue.Record{}, err
		}
		r.step("written")
		return c.verify(ctx, id)
	}
}

// recall finds the plan of the earlier attempt in the document's history, where the last record does not have it: after a
// replay. What was planned before an edit is not what the document says now.
func (c creation) recall(ctx context.Context) error {
	r := c.run
	if r.plan.Expect != nil {
		return nil
	}
	all, err := r.account.options.Queue.History(ctx, r.delivery.Event.ID)
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
	applied, err := c.ownedBy(ctx, owner)
	if err != nil {
		return err
	}
	if applied {
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
	r.step("taken over")
	// The owner may have been replayed after it was looked at, and go on in the belief that the claim is still its own.
	if _, err := c.ownedBy(ctx, owner); err != nil {
		if isReason(err, reason.InvoiceInProgress) {
			err = errors.Join(err, claims.TakeOver(ctx, r.account.Name, c.externalID, self, owner))
		}
		return err
	}
	return nil
}

// ownedBy says how the document stands that owns the claim: still being worked on, which is an error, or at its end,
// applied or not.
func (c creation) ownedBy(ctx context.Context, owner string) (applied bool, err error) {
	st, err := c.run.account.options.Queue.Status(ctx, owner)
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read the state of document %s: %w", owner, err)
	case st.State == queue.StateAccepted, st.State == queue.StateParked:
		return false, mismatch(reason.InvoiceInProgress, "invoice %s is also document %s, which is still being worked on", c.run.doc.Invoice.InvoiceID, owner)
	}
	return st.State == queue.StateApplied && document.NormaliseNumber(st.Number) == document.NormaliseNumber(c.run.doc.Invoice.InvoiceID), nil
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
	if isClass(err, netsuite.NotFound) {
		return "", mismatch(reason.OrderNotFound, "what invoice %s is to be billed from is no longer in NetSuite", r.doc.Invoice.InvoiceID)
	}
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
	r.step("read back")
	if len(differences) == 0 {
		r.effects = append(r.effects, r.plan.Changes...)
		return r.done(queue.Applied, fmt.Sprintf("%s %s with a total of %s", c.recordType, id, total)), nil
	}
	text := fmt.Sprintf("%s %s for invoice %s is in NetSuite with other values than were sent", c.recordType, id, r.doc.Invoice.InvoiceID)
	if c.recordType == vendorBill {
		held, err := c.hold(ctx, id)
		if err != nil {
			return queue.Record{}, err
		}
		text += "; " + held
	}
	return queue.Record{}, &mapping.Mismatch{Reason: reason.CreatedDifferently, Differences: differences, Text: text}
}

// hold puts a bill on payment hold and says so, or says why NetSuite would not.
func (c creation) hold(ctx context.Context, id string) (string, error) {
	c.run.calls++
	err := c.run.account.Client.Patch(ctx, vendorBill, id, []byte(`{"paymentHold":true}`))
	switch {
	case err == nil:
		return "it is on payment hold", nil
	case isClass(err, netsuite.Refused), isClass(err, netsuite.NotFound):
		return "it could not be put on payment hold: " + words(err), nil
	}
	return "", fmt.Errorf("put bill %s, which NetSuite saved differently, on payment hold: %w", id, err)
}

// compare returns where the record is not what was planned. When no plan is left, number, vendor and total must bear out
// that it is this document's.
func (c creation) compare(ctx context.Context, id string) ([]mapping.Difference, document.Decimal, error) {
	r := c.run
	if c.recordType == vendorCredit {
		credit, err := r.account.Client.VendorCredit(ctx, id)
		if err != nil {
			return nil, document.Decimal{}, err
		}
		if r.plan.Expect == nil {
			return c.outline(credit.TranID, credit.Entity, credit.Total), credit.Total, nil
		}
		return r.account.Mapper.CompareCredit(r.doc, r.plan, credit), credit.Total, nil
	}
	bill, err := r.account.Client.VendorBill(ctx, id)
	if err != nil {
		return nil, document.Decimal{}, err
	}
	if r.plan.Expect == nil {
		return c.outline(bill.TranID, bill.Entity, bill.Total), bill.Total, nil
	}
	return r.account.Mapper.CompareBill(r.doc, r.plan, bill), bill.Total, nil
}

func (c creation) outline(number string, vendor record.Ref, total document.Decimal) []mapping.Difference {
	var all []mapping.Difference
	inv := c.run.doc.Invoice
	if number != inv.InvoiceID {
		all = append(all, mapping.Difference{What: "number", Expected: inv.InvoiceID, Found: number})
	}
	if !c.run.isOurs(vendor.ID) {
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
