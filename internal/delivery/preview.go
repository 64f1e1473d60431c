package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// preview is a reader that keeps what it finds.
type preview struct {
	*reader
	made Preview
}

func newPreview(ctx context.Context, o PlanOptions, e *event.Event) (*preview, error) {
	if e.Data.Document == nil {
		return nil, errors.New("nothing is known of what it says")
	}
	st, _, err := o.Queue.Accounts().Get(ctx, o.Account.Name)
	if err != nil {
		return nil, fmt.Errorf("read the state of account %s: %w", o.Account.Name, err)
	}
	refused := st.Credential == queue.CredentialHeld || st.Credential == queue.CredentialSuspect
	if refused && (st.Fingerprint == "" || st.Fingerprint == o.Account.Credential) {
		return nil, fmt.Errorf("NetSuite has refused the sign-in of account %s, and is not called with it: put it right, then resume the account", o.Account.Name)
	}
	stored, err := o.Queue.Status(ctx, e.ID)
	if err != nil && !errors.Is(err, queue.ErrNotFound) { // what is not stored has no sequence
		return nil, err
	}
	history, err := o.Queue.History(ctx, e.ID)
	if err != nil && !errors.Is(err, queue.ErrNotFound) {
		return nil, err
	}
	var last *queue.Record
	if n := len(history); n > 0 {
		last = &history[n-1]
	}
	m := &jotter{Cache: o.Queue.Cache(), jotted: map[string]*queue.CachedOrder{}}
	set, err := setTables(ctx, o.Queue, o.Account.Name)
	if err != nil {
		return nil, err
	}
	return &preview{reader: newReader(o.Account.facing(e.Supplier, set), o.Queue, m, o.Log, e, stored.Sequence, last)}, nil
}

func (p *preview) do(ctx context.Context) error {
	switch {
	case p.doc.OrderConfirmation != nil || p.doc.ShipNotice != nil:
		return p.statement(ctx)
	case p.doc.Invoice != nil:
		return p.invoice(ctx)
	}
	return p.noWay()
}

func (p *preview) statement(ctx context.Context) error {
	s, err := p.readStatement(ctx)
	if err != nil {
		return err
	}
	end, detail, err := p.bring(ctx, s, p.look, p.settle)
	p.ends(end, detail)
	return err
}

// look returns a shipment's entry as it would be, without entering anything.
func (p *preview) look(ctx context.Context, key string, change func(*queue.Shipment) bool) (queue.Shipment, error) {
	s, _, err := p.shipment(ctx, key)
	if err == nil {
		change(&s)
	}
	return s, err
}

// settle keeps what would be sent for an order.
func (p *preview) settle(ctx context.Context, t target, d *desire) (superseded bool, err error) {
	if d, err = p.desired(ctx, t, d); err != nil {
		return false, err
	}
	p.note(d.plan.Unmapped)
	p.adds(d.plan)
	return d.ledger.Superseded(p.event.ID), nil
}

func (p *preview) invoice(ctx context.Context) error {
	if p.cancels() {
		return p.superseded(p.cancel(ctx))
	}
	d, aside, err := p.draft(ctx)
	if err != nil {
		return err
	}
	if aside != "" {
		p.ends(queue.Recorded, aside)
		return nil
	}
	id, err := p.existing(ctx, d)
	if err != nil {
		return p.superseded(err)
	}
	if id != "" {
		err = d.recall(ctx)
	} else {
		p.plan, err = d.prepare(ctx)
	}
	if err != nil {
		return err
	}
	detail := ""
	if id == "" {
		p.adds(p.plan)
		if len(p.plan.Accepted) > 0 {
			p.made.Reason, detail = p.plan.Accepted[0], accepted(p.plan)
		}
	} else if detail, err = d.check(ctx, id); err != nil {
		if isReason(err, reason.CreatedDifferently) && d.recordType == vendorBill {
			p.adds(mapping.Plan{Calls: []mapping.Call{{Method: http.MethodPatch, Path: vendorBill + "/" + id, Body: []byte(paymentHold)}}})
		}
		return err
	}
	p.ends(queue.Applied, detail)
	return nil
}

// cancel keeps what would take an invoice back.
func (p *preview) cancel(ctx context.Context) error {
	c, err := p.cancellation(ctx)
	if err != nil {
		return err
	}
	plan, detail := c.plan(), ""
	if p.adds(plan); len(plan.Calls) == 0 {
		detail = c.done()
	}
	if c.bill != nil {
		p.made.Existing = &Existing{Record: vendorBill, ID: c.bill.ID, ExternalID: c.invoice.ExternalID}
	}
	p.ends(queue.Applied, detail)
	return nil
}

// superseded ends a document that later ones have overtaken.
func (p *preview) superseded(err error) error {
	if by := (supersededError{}); errors.As(err, &by) {
		p.ends(queue.Superseded, by.Error())
		return nil
	}
	return err
}

// existing returns the internal id of the record that a document has become already, "" when there is none. The error is a
// *mapping.Mismatch when the record is another document's, or a person's.
func (p *preview) existing(ctx context.Context, d *draft) (string, error) {
	v, ok, err := p.queue.Invoices().Claimed(ctx, p.account.Name, d.numberKey, p.event.ID, d.isSameInvoice)
	if err != nil {
		return "", fmt.Errorf("read who brings in invoice number %s: %w", p.doc.Invoice.InvoiceID, err)
	}
	if ok {
		d.externalID = v.ExternalID
	}
	if ok && v.DocumentID != p.event.ID {
		if err := d.isFree(ctx, v.DocumentID); err != nil {
			return "", err
		}
	}
	id, err := d.lookBack(ctx)
	if err == nil && id == "" {
		id, err = d.standing(ctx)
	}
	if id != "" {
		p.made.Existing = &Existing{Record: d.recordType, ID: id, ExternalID: d.externalID}
	}
	return id, err
}

func (p *preview) adds(plan mapping.Plan) {
	p.made.Calls = append(p.made.Calls, plan.Calls...)
	p.made.Changes = append(p.made.Changes, plan.Changes...)
	p.made.Differences = append(p.made.Differences, plan.Differences...)
}

func (p *preview) ends(t queue.RecordType, detail string) {
	p.made.State, p.made.Detail = t.State(), detail
}

// jotter remembers what a preview finds for the preview alone.
type jotter struct {
	queue.Cache
	jotted map[string]*queue.CachedOrder // nil: forgotten
}

func (j *jotter) Order(ctx context.Context, account, number string) (queue.CachedOrder, bool, error) {
	o, ok := j.jotted[document.NormaliseNumber(number)]
	switch {
	case !ok:
		return j.Cache.Order(ctx, account, number)
	case o == nil:
		return queue.CachedOrder{}, false, nil
	}
	return *o, true, nil
}

func (j *jotter) PutOrder(_ context.Context, _ string, o queue.CachedOrder) error {
	j.jotted[document.NormaliseNumber(o.Number)] = &o
	return nil
}

func (j *jotter) DropOrder(_ context.Context, _ string, number string) error {
	j.jotted[document.NormaliseNumber(number)] = nil
	return nil
}
