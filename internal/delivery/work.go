package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// work makes a run of the document, with the lookup tables as they are set now, and records how it ended. Whatever happens,
// the document has ended or is given back when it returns.
func (a *account) work(d *queue.Delivery, round uint64, set mapping.Tables) (err error) {
	defer func() {
		if p := recover(); p != nil {
			a.log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Str("document_id", d.Event.ID).Msg("worker.panicked")
			err = a.giveBack(d, a.options.Schedule.Hand)
		}
	}()
	r := newRun(a, d, round, set)
	end, err := r.guarded()
	if r.answered(err) {
		a.gate.answered(d.Context())
	}
	if err != nil {
		return a.failed(r, err)
	}
	return a.ended(r, end)
}

// guarded runs, safe from panics of the document's.
func (r *run) guarded() (end queue.Record, err error) {
	ctx, begun := r.delivery.Context(), false
	err = r.fresh(func() (err error) {
		if broken := r.delivery.Broken; broken != nil {
			return mismatch(reason.Internal, "the stored document cannot be read: %v", broken)
		}
		if !begun {
			if err := r.begin(ctx); err != nil {
				return err
			}
			begun = true
		}
		end, err = r.do(ctx)
		return err
	})
	return end, err
}

// answered reports whether NetSuite answered as itself in this run.
func (r *run) answered(err error) bool {
	m := (*mapping.Mismatch)(nil)
	if r.calls == 0 {
		return false
	}
	switch netsuite.ClassOf(err) {
	case netsuite.Refused, netsuite.NotFound, netsuite.Exists, netsuite.Changed:
		return true
	}
	return err == nil || errors.As(err, &m)
}

// ended records an end and takes the document off its lane.
func (a *account) ended(r *run, end queue.Record) error {
	// The end is recorded even when the worker is told to stop at this moment: it has happened.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.delivery.Context()), a.options.Shutdown)
	defer cancel()
	r.step("before the end")
	err := r.delivery.End(ctx, end)
	if errors.Is(err, queue.ErrFenced) {
		r.log.Warn().Str("state", string(end.Type)).Msg("document.taken_over")
		return a.giveBack(r.delivery, a.options.Schedule.Hand)
	}
	if err != nil {
		err = fmt.Errorf("record %s of document %s: %w", end.Type, end.DocumentID, err)
		return errors.Join(err, a.giveBack(r.delivery, a.options.Schedule.Hand))
	}
	a.options.Metrics.Document(a.Name, end.Kind, string(end.Type.State()))
	if end.Type != queue.Parked {
		a.options.Metrics.EndToEnd(a.Name, time.Since(r.delivery.Event.Time))
	}
	a.options.Metrics.Attempt(a.Name, end.Class)
	r.log.Info().Str("state", string(end.Type.State())).Str("reason", string(end.Reason)).Str("class", end.Class).
		Int("attempt", end.Attempt).Int("calls", end.Calls).Str("detail", end.Detail).Dur("took", time.Since(r.began)).Msg("document.ended")
	return nil
}

// failed does what the error means.
func (a *account) failed(r *run, err error) error {
	ctx := r.delivery.Context()
	dec := a.options.Schedule.decide(err, r.delivery.Last, time.Now())
	if dec.action == abandon {
		r.log.Warn().Err(err).Msg("document.taken_over")
		return a.giveBack(r.delivery, a.options.Schedule.Hand)
	}
	if r.attempting && dec.class == netsuite.Unknown {
		r.leavesOpen()
	}
	if ctx.Err() == nil {
		a.consult(ctx, r, err, &dec)
	}
	if ctx.Err() != nil {
		// The worker stops, or the lane was lost: whatever the error says, it may come from that.
		dec.action, dec.wait = release, 0
	}
	if dec.action == release {
		return a.release(r, dec)
	}
	return a.ended(r, r.failure(dec))
}

// consult finds out whether the account is in trouble or this call alone, where the error leaves that open.
func (a *account) consult(ctx context.Context, r *run, err error, dec *decision) {
	e := (*netsuite.Error)(nil)
	if !errors.As(err, &e) {
		return
	}
	said := accountWide
	switch dec.class {
	case netsuite.Busy:
		dec.wait = max(dec.wait, a.throttle.overloaded(r.round, a.options.Schedule.Busy, e.RetryAfter))
		return
	case netsuite.Login:
		said = a.gate.loginRefused(ctx, dec.words)
	case netsuite.Down, netsuite.Odd:
		said = a.gate.down(ctx)
	case netsuite.Unknown:
		// Whatever the probe says, the next run looks first.
		if a.gate.down(ctx) == callOnly {
			return
		}
	default:
		return
	}
	if said == callOnly {
		a.options.Schedule.callOnly(dec, err, r.delivery.Last)
		return
	}
	dec.action, dec.wait = release, jitter(a.options.Schedule.Hand)
}

// release gives the document back to its lane. An attempt that was started is closed first, with what is known of it.
func (a *account) release(r *run, dec decision) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.delivery.Context()), a.options.Shutdown)
	defer cancel()
	if r.started {
		if err := r.delivery.Append(ctx, r.interrupted(dec)); err != nil && !errors.Is(err, queue.ErrFenced) {
			r.log.Error().Err(err).Msg("document.interruption_unrecorded")
		}
	}
	a.options.Metrics.Attempt(a.Name, string(dec.class))
	r.log.Warn().Str("class", string(dec.class)).Str("reason", string(dec.reason)).Str("detail", dec.detail).
		Dur("wait", dec.wait).Msg("document.released")
	return a.giveBack(r.delivery, dec.wait)
}
