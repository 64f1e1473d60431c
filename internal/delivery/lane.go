package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// account is an Account at work.
type account struct {
	Account
	options  Options
	gate     *gate
	throttle *throttle
	log      zerolog.Logger
}

func newAccount(o Options, a Account, lanes int) *account {
	t := newThrottle(1, lanes)
	return &account{
		Account: a, options: o, throttle: t, gate: newGate(o, a, t),
		log: o.Log.With().Str("account", a.Name).Logger(),
	}
}

// runLane takes documents from one lane, one at a time, until fetch ends. A document in hand may use work to its end.
func (a *account) runLane(fetch, work context.Context, n int) error {
	var lane *queue.Lane
	for fetch.Err() == nil {
		err := a.turn(fetch, work, n, &lane)
		if err != nil && fetch.Err() == nil {
			a.log.Error().Err(err).Int("lane", n).Msg("lane.failed")
			pause(fetch, jitter(a.options.Schedule.Hand))
		}
	}
	return nil
}

// turn waits until calls are allowed, takes the next document and works on it.
func (a *account) turn(fetch, work context.Context, n int, lane **queue.Lane) error {
	if *lane == nil {
		l, err := a.options.Queue.Lane(fetch, a.Name, n)
		if err != nil {
			return fmt.Errorf("open lane %d: %w", n, err)
		}
		*lane = l
	}
	if err := a.gate.wait(fetch); err != nil {
		return err
	}
	// Waiting ends with fetch; a document in hand outlives it and ends with work.
	waiting, cancel := context.WithCancel(work)
	defer cancel()
	detach := context.AfterFunc(fetch, cancel)
	d, err := (*lane).Next(waiting)
	if err != nil {
		return fmt.Errorf("take from lane %d: %w", n, err)
	}
	detach()
	return a.admit(d)
}

// admit works on a document when it is its turn among the lanes. A lane has its document before it asks for its turn,
// because one that waits for a document must not keep the turn from another that has one.
func (a *account) admit(d *queue.Delivery) error {
	err := a.throttle.enter(d.Context())
	if err == nil {
		defer a.throttle.leave()
	}
	if err != nil || !a.gate.allowed() {
		if err := d.Release(a.options.Schedule.Hand); err != nil {
			return fmt.Errorf("give document %s back: %w", d.Event.ID, err)
		}
		return nil
	}
	return a.work(d)
}

// work makes a run of the document and records how it ended.
func (a *account) work(d *queue.Delivery) error {
	r := newRun(a, d)
	end, err := r.guarded()
	if err != nil {
		return a.failed(r, err)
	}
	a.gate.served(d.Context())
	return a.ended(r, end)
}

// guarded runs and turns a panic into an error, so that one document cannot stop the others.
func (r *run) guarded() (end queue.Record, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Msg("document.panicked")
			err = &mapping.Mismatch{Reason: reason.Internal, Text: fmt.Sprintf("work on the document panicked: %v", p)}
		}
	}()
	if broken := r.delivery.Broken; broken != nil {
		return end, mismatch(reason.Internal, "the stored document cannot be read: %v", broken)
	}
	if last := r.delivery.Last; last != nil && last.Type == queue.AttemptStarted && last.Unfinished >= maxUnfinished {
		return end, &mapping.Mismatch{Reason: reason.Poison, Text: fmt.Sprintf("%d attempts were started and none came to an end", last.Unfinished)}
	}
	return r.do(r.delivery.Context())
}

// ended records an end and takes the document off its lane.
func (a *account) ended(r *run, end queue.Record) error {
	// The end is recorded even when the worker is told to stop at this moment: it has happened.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.delivery.Context()), a.options.Shutdown)
	defer cancel()
	err := r.delivery.End(ctx, end)
	if errors.Is(err, queue.ErrFenced) {
		r.log.Warn().Str("state", string(end.Type)).Msg("document.taken_over")
		return nil
	}
	if err != nil {
		return fmt.Errorf("record %s of document %s: %w", end.Type, end.DocumentID, err)
	}
	a.options.Metrics.Document(a.Name, end.Kind, string(end.Type.State()))
	if end.Type != queue.Parked {
		a.options.Metrics.EndToEnd(a.Name, time.Since(r.delivery.Event.Time))
	}
	a.options.Metrics.Attempt(a.Name, end.Class)
	r.log.Info().Str("state", string(end.Type.State())).Str("reason", string(end.Reason)).Str("class", end.Class).
		Int("attempt", end.Attempt).Int("calls", end.Calls).Str("detail", end.Detail).Dur("took", time.Since(r.started)).Msg("document.ended")
	return nil
}

// failed does what the error means.
func (a *account) failed(r *run, err error) error {
	ctx := r.delivery.Context()
	dec := a.options.Schedule.decide(err, r.delivery.Last, time.Now())
	if ctx.Err() != nil && dec.action != abandon {
		// The worker stops, or the lane was lost: whatever the error says, it may come from that.
		dec.action, dec.wait = release, a.options.Schedule.Hand
	}
	switch dec.class {
	case netsuite.Busy:
		a.throttle.halve()
	case netsuite.Login:
		a.gate.loginRefused(context.WithoutCancel(ctx), dec.words)
	case netsuite.Down:
		if ctx.Err() == nil && !a.gate.down(ctx) {
			dec.class, dec.reason = netsuite.Odd, reason.NetSuiteUnexpected
			dec.action, dec.wait = a.options.Schedule.counted(a.options.Schedule.Odd, dec.class, r.delivery.Last)
		}
	}
	switch dec.action {
	case abandon:
		r.log.Warn().Err(err).Msg("document.taken_over")
		return nil
	case release:
		return a.release(r, dec)
	}
	return a.ended(r, r.failure(dec))
}

// release gives the document back to its lane. An attempt that was started is closed first, with what is known of it.
func (a *account) release(r *run, dec decision) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.delivery.Context()), a.options.Shutdown)
	defer cancel()
	if r.attempting {
		if err := r.delivery.Append(ctx, r.interrupted(dec)); err != nil && !errors.Is(err, queue.ErrFenced) {
			r.log.Error().Err(err).Msg("document.interruption_unrecorded")
		}
	}
	a.options.Metrics.Attempt(a.Name, string(dec.class))
	r.log.Warn().Str("class", string(dec.class)).Str("reason", string(dec.reason)).Str("detail", dec.detail).
		Dur("wait", dec.wait).Msg("document.released")
	if err := r.delivery.Release(dec.wait); err != nil {
		return fmt.Errorf("give document %s back: %w", r.delivery.Event.ID, err)
	}
	return nil
}
