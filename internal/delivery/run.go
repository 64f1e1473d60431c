package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// run is one try at bringing one document into NetSuite.
type run struct {
	*reader
	options  Options
	delivery *queue.Delivery
	round    uint64 // of the throttle
	began    time.Time

	started    bool         // a start without an end is on record
	attempting bool         // a write may have been sent in this run
	unfinished int          // starts without an end before this run
	openUntil  time.Time    // how long a write of an earlier run may still reach NetSuite; see outstanding
	base       queue.Record // what every record of this run says alike, with the effects so far, of earlier runs too
}

func newRun(a *account, d *queue.Delivery, round uint64, set mapping.Tables) *run {
	e, with := d.Event, a.Account.facing(d.Event.Supplier, set)
	with.Client = a.Client.Session()
	r := &run{
		reader:  newReader(with, a.options.Queue, a.options.Queue.Cache(), a.log, e, d.Sequence, d.Last),
		options: a.options, delivery: d, round: round, began: time.Now(),
		base: queue.Record{
			DocumentID: e.ID, Account: e.Account, Supplier: e.Supplier, Kind: e.Kind, Sequence: d.Sequence,
			Worker: a.options.Name, Tries: map[string]int{},
		},
	}
	if last := d.Last; last != nil {
		r.base.Attempt, r.base.FirstParked, r.base.Effects = last.Attempt, last.FirstParked, last.Effects
		maps.Copy(r.base.Tries, last.Tries)
		r.unfinished, r.openUntil = last.Unfinished, a.options.Schedule.openUntil(last, r.began)
		if last.Type == queue.AttemptStarted {
			r.unfinished = max(1, last.Unfinished)
		}
	}
	return r
}

// maxUnexplained is how often a document is handed out before the next runs are put on record from their beginning.
const maxUnexplained = 5

// begin reads what earlier runs left, and refuses a document that has never come to an end. Most documents are handed out
// once; one that comes again may have been given back, or may have killed its worker before an attempt was on record, and
// how often it was handed out does not tell the one from the other. So from maxUnexplained on, its runs are recorded from
// their beginning and closed when they are given back: what kills its workers is then poison after maxUnfinished more.
func (r *run) begin(ctx context.Context) error {
	for _, o := range r.doc.Orders() {
		r.base.Orders = append(r.base.Orders, o.String())
	}
	if r.unfinished >= maxUnfinished {
		return mismatch(reason.Poison, "%d attempts were started and none came to an end", r.unfinished)
	}
	if r.delivery.Deliveries <= maxUnexplained {
		return nil
	}
	rec := r.record(queue.AttemptStarted)
	rec.Unfinished, rec.Detail = r.unfinished+1, fmt.Sprintf("handed out %d times", r.delivery.Deliveries)
	if r.lookFirst && r.last.Type != queue.Edited {
		rec.Plan = r.last.Plan
	}
	if err := r.delivery.Append(ctx, rec); err != nil {
		return fmt.Errorf("record the start of a run: %w", err)
	}
	r.started = true
	r.step("run recorded")
	return nil
}

// step is where tests stop a worker.
func (r *run) step(name string) { r.options.crash(r.delivery.Context(), name) }

// do brings the document in and returns the record of its end.
func (r *run) do(ctx context.Context) (queue.Record, error) {
	switch {
	case r.doc.OrderConfirmation != nil || r.doc.ShipNotice != nil:
		return r.statement(ctx)
	case r.doc.Invoice != nil:
		return r.invoice(ctx)
	}
	return queue.Record{}, r.noWay()
}

// attempt records that writes are about to be sent. From here on the outcome counts as unknown until an end is recorded.
func (r *run) attempt(ctx context.Context, plan mapping.Plan) error {
	if !r.attempting {
		r.base.Attempt++
	}
	rec := r.record(queue.AttemptStarted)
	rec.Unfinished = r.unfinished + 1
	rec.Plan = encode(plan)
	if err := r.delivery.Append(ctx, rec); err != nil {
		return fmt.Errorf("record the start of attempt %d: %w", r.base.Attempt, err)
	}
	r.plan, r.attempting, r.started = plan, true, true
	r.step("attempt started")
	return nil
}

// record returns a record of this run with what all of them share.
func (r *run) record(t queue.RecordType) queue.Record {
	rec := r.base
	rec.Type, rec.Time, rec.Calls = t, time.Now().UTC(), r.calls
	rec.Tries = maps.Clone(r.base.Tries)
	if until := r.openUntil; until.After(rec.Time) {
		rec.OpenUntil = &until
	}
	return rec
}

// done returns the record of an end with its effects.
func (r *run) done(t queue.RecordType, detail string) queue.Record {
	rec := r.record(t)
	rec.Detail, rec.Unmapped = detail, r.unmapped
	if len(r.plan.Differences) > 0 {
		rec.Differences = encode(r.plan.Differences)
	}
	if len(r.plan.Accepted) > 0 {
		rec.Reason = r.plan.Accepted[0]
		rec.Detail += "; " + accepted(r.plan)
	}
	return rec
}

// accepted says what the account's policies let pass.
func accepted(p mapping.Plan) string {
	text := "billed as the invoice says"
	if p.Expect != nil && p.Expect.Hold {
		text = "on payment hold"
	}
	for i, code := range p.Accepted {
		if i == 0 {
			text += " for "
		} else {
			text += ", "
		}
		text += string(code)
	}
	return text
}

// failure returns the record that parks or dead-letters the document.
func (r *run) failure(dec decision) queue.Record {
	t := queue.DeadLettered
	if dec.action == park {
		t = queue.Parked
		if !dec.uncounted {
			r.base.Tries[string(dec.class)]++
		}
	}
	rec := r.record(t)
	rec.Class, rec.Reason, rec.Detail, rec.NetSuite = string(dec.class), dec.reason, dec.detail, dec.words
	rec.Fingerprint = cause(rec)
	if len(dec.table) > 0 {
		rec.Differences = encode(dec.table)
	}
	if dec.action == park {
		due := rec.Time.Add(dec.wait)
		rec.Due = &due
		if rec.FirstParked == nil {
			rec.FirstParked = &rec.Time
		}
		if dec.uncounted {
			rec.Unfinished = r.unfinished // by which alone a document that kills its workers is known
		}
	}
	rec.Plan = r.writes()
	return rec
}

// interrupted returns the record that closes what was started when the document goes back to its lane.
func (r *run) interrupted(dec decision) queue.Record {
	rec := r.record(queue.AttemptFailed)
	rec.Class, rec.Reason, rec.Detail, rec.NetSuite = string(dec.class), dec.reason, dec.detail, dec.words
	rec.Plan = r.writes()
	return rec
}

// writes returns the plan of what may have been written, for the run that looks for it; none when nothing was.
func (r *run) writes() json.RawMessage {
	if len(r.plan.Calls) == 0 || !r.attempting && !r.lookFirst {
		return nil
	}
	return encode(r.plan)
}

// encode returns the JSON of what is made of strings and of JSON that was just marshalled, which cannot fail.
func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return raw
}

// changed keeps what was changed in NetSuite, each change once.
func (r *run) changed(changes []mapping.Change) {
	for _, e := range effects(changes) {
		if !slices.Contains(r.base.Effects, e) {
			r.base.Effects = append(r.base.Effects, e)
		}
	}
}

func effects(changes []mapping.Change) []queue.Effect {
	var all []queue.Effect
	for _, c := range changes {
		all = append(all, queue.Effect{Record: c.Record, ID: c.ID, Number: c.Number, Line: c.Line, Field: c.Field, Before: c.Before, After: c.After})
	}
	return all
}
