package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// run is one try at bringing one document into NetSuite.
type run struct {
	account  *account
	delivery *queue.Delivery
	doc      *document.Document
	round    uint64 // of the throttle
	began    time.Time
	log      zerolog.Logger

	calls      int
	started    bool         // a start without an end is on record
	attempting bool         // a write may have been sent in this run
	lookFirst  bool         // a write of an earlier run may have been carried out
	unfinished int          // starts without an end before this run
	plan       mapping.Plan // of this run, or of the earlier run when lookFirst
	base       queue.Record // what every record of this run says alike
	effects    []mapping.Change
	unmapped   []string // what the document says and no field takes
}

func newRun(a *account, d *queue.Delivery, round uint64) *run {
	e := d.Event
	r := &run{
		account: a, delivery: d, doc: e.Data.Document, round: round, began: time.Now(),
		log: a.log.With().Str("document_id", e.ID).Str("kind", string(e.Kind)).Str("supplier", e.Supplier).
			Str("order", e.Subject).Uint64("sequence", d.Sequence).Logger(),
		base: queue.Record{
			DocumentID: e.ID, Account: e.Account, Supplier: e.Supplier, Kind: e.Kind, Sequence: d.Sequence,
			Worker: a.options.Name, Tries: map[string]int{},
		},
	}
	if last := d.Last; last != nil {
		r.base.Attempt, r.base.FirstParked = last.Attempt, last.FirstParked
		maps.Copy(r.base.Tries, last.Tries)
		if last.Type == queue.AttemptStarted {
			r.unfinished = max(1, last.Unfinished)
		}
		// Every attempt may have left a record behind, however it ended and however often a person has replayed it since.
		r.lookFirst = last.Attempt > 0
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
	last := r.delivery.Last
	if r.unfinished >= maxUnfinished {
		return mismatch(reason.Poison, "%d attempts were started and none came to an end", r.unfinished)
	}
	if r.lookFirst && last.Type != queue.Edited && len(last.Plan) > 0 {
		if err := json.Unmarshal(last.Plan, &r.plan); err != nil {
			r.log.Error().Err(err).Msg("document.plan_unreadable")
		}
	}
	if r.delivery.Deliveries <= maxUnexplained {
		return nil
	}
	rec := r.record(queue.AttemptStarted)
	rec.Unfinished, rec.Detail = r.unfinished+1, fmt.Sprintf("handed out %d times", r.delivery.Deliveries)
	if r.lookFirst && last.Type != queue.Edited {
		rec.Plan = last.Plan
	}
	if err := r.delivery.Append(ctx, rec); err != nil {
		return fmt.Errorf("record the start of a run: %w", err)
	}
	r.started = true
	r.step("run recorded")
	return nil
}

// step is where tests stop a worker.
func (r *run) step(name string) { r.account.options.crash(r.delivery.Context(), name) }

// do brings the document in and returns the record of its end.
func (r *run) do(ctx context.Context) (queue.Record, error) {
	switch {
	case r.doc.OrderConfirmation != nil || r.doc.ShipNotice != nil:
		return r.statement(ctx)
	case r.doc.Invoice != nil:
		return r.invoice(ctx)
	}
	return queue.Record{}, mismatch(reason.NotSupported, "there is no way into NetSuite for a %s", r.doc.Kind)
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
	return rec
}

// done returns the record of an end with its effects.
func (r *run) done(t queue.RecordType, detail string) queue.Record {
	rec := r.record(t)
	rec.Detail, rec.Unmapped = detail, r.unmapped
	rec.Effects = effects(r.effects)
	return rec
}

// failure returns the record that parks or dead-letters the document.
func (r *run) failure(dec decision) queue.Record {
	t := queue.DeadLettered
	if dec.action == park {
		t = queue.Parked
		r.base.Tries[string(dec.class)]++
	}
	rec := r.record(t)
	rec.Class, rec.Reason, rec.Detail, rec.NetSuite = string(dec.class), dec.reason, dec.detail, dec.words
	rec.Effects = effects(r.effects)
	if len(dec.table) > 0 {
		rec.Differences = encode(dec.table)
	}
	if dec.action == park {
		due := rec.Time.Add(dec.wait)
		rec.Due = &due
		if rec.FirstParked == nil {
			rec.FirstParked = &rec.Time
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

// note keeps what the document says and no NetSuite field takes, each once.
func (r *run) note(unmapped []string) {
	for _, u := range unmapped {
		if !slices.Contains(r.unmapped, u) {
			r.unmapped = append(r.unmapped, u)
		}
	}
}

// encode returns the JSON of what is made of strings and of JSON that was just marshalled, which cannot fail.
func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return raw
}

func effects(changes []mapping.Change) []queue.Effect {
	var all []queue.Effect
	for _, c := range changes {
		all = append(all, queue.Effect{Record: c.Record, ID: c.ID, Number: c.Number, Line: c.Line, Field: c.Field, Before: c.Before, After: c.After})
	}
	return all
}

// mismatch returns the error that says why a document cannot be brought in.
func mismatch(code reason.Code, format string, args ...any) error {
	return &mapping.Mismatch{Reason: code, Text: fmt.Sprintf(format, args...)}
}

// isClass reports whether err is a NetSuite error of the class.
func isClass(err error, class netsuite.Class) bool {
	e := (*netsuite.Error)(nil)
	return errors.As(err, &e) && e.Class == class
}
