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
	*draft
	run *run
}

// make makes the record while no other document is at work on what it is made from.
func (c *creation) make(ctx context.Context) (queue.Record, error) {
	if err := c.claim(ctx); err != nil {
		return queue.Record{}, err
	}
	c.run.step("claimed")
	held, err := c.claimSources(ctx)
	if err != nil {
		return queue.Record{}, err
	}
	c.run.step("sources claimed")
	end, err := c.makeOnce(ctx)
	if !mayStillWrite(ctx, err) {
		c.release(ctx, held)
	}
	return end, err
}

// makeOnce looks whether the record is there already, from an earlier attempt or by somebody else's hand, and otherwise
// plans, writes and reads back.
func (c *creation) makeOnce(ctx context.Context) (queue.Record, error) {
	r := c.run
	if r.lookFirst {
		id, err := c.lookBack(ctx)
		if err != nil {
			return queue.Record{}, err
		}
		if id != "" {
			return c.recognise(ctx, id)
		}
		if err := r.outstanding(); err != nil {
			return queue.Record{}, err
		}
	}
	if id, err := c.standing(ctx); err != nil || id != "" {
		if err != nil {
			return queue.Record{}, err
		}
		return c.recognise(ctx, id)
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
		if isPeriodClosed(err) {
			id, err = c.postpone(ctx, p, err)
		}
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

// recognise verifies a record that was there before this run.
func (c *creation) recognise(ctx context.Context, id string) (queue.Record, error) {
	if err := c.recall(ctx); err != nil {
		return queue.Record{}, err
	}
	return c.verify(ctx, id)
}

// send carries the plan out and returns the internal id of the record.
func (c *creation) send(ctx context.Context, p mapping.Plan) (string, error) {
	r := c.run
	r.calls++
	id, err := c.post(ctx, p.Calls[0])
	if isClass(err, netsuite.NotFound) {
		return "", fmt.Errorf("create %s for invoice %s: %w", c.recordType, r.doc.Invoice.InvoiceID, c.sourceGone())
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
		return "", c.taken(ctx, err)
	}
	return "", fmt.Errorf("create %s for invoice %s: %w", c.recordType, r.doc.Invoice.InvoiceID, err)
}

// taken is the error of a record that NetSuite says exists already, though not with this one's external id: with its number.
func (c *creation) taken(ctx context.Context, refused error) error {
	c.books = nil
	rows, err := c.numbered(ctx)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		return c.duplicateNumber(ctx, rows)
	}
	return fmt.Errorf("create %s for invoice %s: %w", c.recordType, c.doc.Invoice.InvoiceID, refused)
}

// post sends the call that creates the record: a transform of an order, or a record of its own.
func (c *creation) post(ctx context.Context, call mapping.Call) (string, error) {
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
func (c *creation) verify(ctx context.Context, id string) (queue.Record, error) {
	r := c.run
	detail, err := c.check(ctx, id)
	different := (*mapping.Mismatch)(nil)
	switch {
	case err == nil:
		r.step("read back")
		r.changed(r.plan.Changes)
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

// hold puts a bill on payment hold and says so, or says why NetSuite would not. Whatever somebody changes on the bill in
// the meantime, it is not to be paid.
func (c *creation) hold(ctx context.Context, id string) (string, error) {
	for changed := 0; ; changed++ {
		c.run.calls++
		err := c.run.account.Client.Patch(ctx, vendorBill, id, []byte(paymentHold))
		switch {
		case err == nil:
			return "it is on payment hold", nil
		case isClass(err, netsuite.Refused), isClass(err, netsuite.NotFound):
			return "it could not be put on payment hold: " + words(err), nil
		case isClass(err, netsuite.Changed) && changed < c.run.options.Schedule.Changed:
			continue
		}
		return "", fmt.Errorf("put bill %s, which NetSuite saved differently, on payment hold: %w", id, err)
	}
}

// sourceGone is the error of an order or a bill that went away after it was read.
func (c *creation) sourceGone() error {
	code := reason.OrderNotFound
	if c.recordType == vendorCredit {
		code = reason.InvoiceNotFound
	}
	var table []mapping.Difference
	for _, id := range c.sources {
		table = append(table, mapping.Difference{What: "what it is made from", Expected: "internal id " + id})
	}
	return differing(code, table, "what it is made from is no longer in NetSuite")
}
