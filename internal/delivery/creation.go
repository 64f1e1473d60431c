package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// creation makes the record of a draft exactly once.
type creation struct {
	draft
	run *run
}

// make claims the external id, looks whether an earlier attempt got through, and otherwise plans, writes and reads back.
func (c creation) make(ctx context.Context) (queue.Record, error) {
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
		p, err := c.prepare(ctx)
		if err != nil {
			return queue.Record{}, err
		}
		if err := r.attempt(ctx, p); err != nil {
			return queue.Record{}, err
		}
		id, err := c.send(ctx, p)
		if isClass(err, netsuite.Changed) && changed < r.options.Schedule.Changed {
			continue
		}
		if err != nil {
			return queue.Record{}, err
		}
		r.step("written")
		return c.verify(ctx, id)
	}
}

// claim makes this document the only one that may create the record. An invoice number that another document has used is
// a duplicate once that document's record is in NetSuite, and free again when it has ended without one.
func (c creation) claim(ctx context.Context) error {
	r, claims := c.run, c.run.queue.Claims()
	self, number := r.event.ID, r.doc.Invoice.InvoiceID
	owner, err := claims.Claim(ctx, r.account.Name, c.externalID, self)
	if err != nil {
		return fmt.Errorf("claim invoice number %s: %w", number, err)
	}
	if owner == self {
		return nil
	}
	if err := c.isFree(ctx, owner); err != nil {
		return err
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
	detail, err := c.check(ctx, id)
	different := (*mapping.Mismatch)(nil)
	switch {
	case err == nil:
		r.step("read back")
		r.effects = append(r.effects, r.plan.Changes...)
		return r.done(queue.Applied, detail), nil
	case !errors.As(err, &different):
		return queue.Record{}, err
	}
	r.step("read back")
	if c.recordType == vendorBill {
		held, err := c.hold(ctx, id)
		if err != nil {
			return queue.Record{}, err
		}
		different.Text += "; " + held
	}
	return queue.Record{}, different
}

// paymentHold is what keeps a bill from being paid.
const paymentHold = `{"paymentHold":true}`

// hold puts a bill on payment hold and says so, or says why NetSuite would not.
func (c creation) hold(ctx context.Context, id string) (string, error) {
	c.run.calls++
	err := c.run.account.Client.Patch(ctx, vendorBill, id, []byte(paymentHold))
	switch {
	case err == nil:
		return "it is on payment hold", nil
	case isClass(err, netsuite.Refused), isClass(err, netsuite.NotFound):
		return "it could not be put on payment hold: " + words(err), nil
	}
	return "", fmt.Errorf("put bill %s, which NetSuite saved differently, on payment hold: %w", id, err)
}
