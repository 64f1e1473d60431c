package delivery

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/sony/gobreaker/v2"

	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/telemetry"
)

// Breaker says when calls of an account stop because NetSuite cannot be reached.
type Breaker struct {
	Failures int           // runs in a row that found NetSuite down; default 5
	Open     time.Duration // before the first probe; default 30 s
}

// gate decides whether an account's lanes may call NetSuite. It joins three things: the breaker of this worker, and the
// hold and the credential state that all workers share. Without a live view of the shared state it stays closed.
type gate struct {
	account  string
	open     time.Duration
	breaker  *gobreaker.CircuitBreaker[struct{}]
	probe    func(context.Context) error
	accounts queue.Accounts
	throttle *throttle
	metrics  *telemetry.Delivery
	log      zerolog.Logger

	mu      sync.Mutex
	state   queue.AccountState
	known   bool
	changed chan struct{} // closed and replaced when the answer of closedBy may have changed
}

func newGate(o Options, a Account, t *throttle) *gate {
	g := &gate{
		account: a.Name, open: o.Breaker.Open, probe: a.Client.Probe, accounts: o.Queue.Accounts(), throttle: t,
		metrics: o.Metrics, log: o.Log.With().Str("account", a.Name).Logger(), changed: make(chan struct{}),
	}
	g.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: a.Name, MaxRequests: 1, Timeout: o.Breaker.Open,
		ReadyToTrip:   func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= uint32(o.Breaker.Failures) },
		OnStateChange: g.breakerChanged,
	})
	g.metrics.Breaker(a.Name, g.breaker.State().String())
	return g
}

func (g *gate) breakerChanged(_ string, from, to gobreaker.State) {
	g.log.Warn().Str("from", from.String()).Str("to", to.String()).Msg("breaker.changed")
	g.metrics.Breaker(g.account, to.String())
	g.throttle.restart() // after an outage the lanes are opened one by one
	g.wake()
}

// run keeps the shared state in view and probes while the breaker is open. It returns when ctx ends.
func (g *gate) run(ctx context.Context) {
	go g.probeWhileOpen(ctx)
	for ctx.Err() == nil {
		updates, err := g.accounts.Watch(ctx)
		if err != nil {
			g.log.Error().Err(err).Msg("account.watch_failed")
		} else {
			g.follow(updates)
		}
		g.set(queue.AccountState{}, false)
		pause(ctx, time.Second)
	}
}

// follow takes over the account's state until the watch ends. An account that was never used has no state: unproven.
func (g *gate) follow(updates <-chan queue.AccountUpdate) {
	st := queue.AccountState{Credential: queue.CredentialUnproven}
	ready := false
	for u := range updates {
		switch {
		case u.Ready:
			ready = true
		case u.Account == g.account:
			st = u.State
			if st.Credential == "" {
				st.Credential = queue.CredentialUnproven
			}
		default:
			continue
		}
		if ready {
			g.set(st, true)
		}
	}
}

func (g *gate) set(st queue.AccountState, known bool) {
	g.mu.Lock()
	was := g.state.Credential
	g.state, g.known = st, known
	g.mu.Unlock()
	if known {
		g.metrics.Credential(g.account, string(st.Credential))
		g.metrics.Held(g.account, st.Held)
		if st.Credential != was && st.Credential == queue.CredentialUnproven {
			g.throttle.restart() // one lane calls until there is one success
		}
	}
	g.wake()
}

func (g *gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.changed)
	g.changed = make(chan struct{})
}

// wait returns nil as soon as calls are allowed.
func (g *gate) wait(ctx context.Context) error {
	for {
		g.mu.Lock()
		changed := g.changed
		g.mu.Unlock()
		if g.allowed() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// allowed reports whether lanes may call NetSuite now.
func (g *gate) allowed() bool {
	g.mu.Lock()
	shared := g.known && !g.state.Held &&
		(g.state.Credential == queue.CredentialProven || g.state.Credential == queue.CredentialUnproven)
	g.mu.Unlock()
	return shared && g.breaker.State() == gobreaker.StateClosed
}

// probeWhileOpen asks NetSuite for its time and one row while the breaker is open, never with a document.
func (g *gate) probeWhileOpen(ctx context.Context) {
	for ctx.Err() == nil {
		g.mu.Lock()
		changed := g.changed
		g.mu.Unlock()
		switch g.breaker.State() {
		case gobreaker.StateHalfOpen:
			_, err := g.breaker.Execute(func() (struct{}, error) { return struct{}{}, ignoreAllButDown(g.probe(ctx)) })
			g.log.Info().AnErr("outcome", err).Msg("breaker.probed")
		case gobreaker.StateOpen:
			pause(ctx, g.open/4)
		default:
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
	}
}

// ignoreAllButDown keeps errors that say nothing about NetSuite's being reachable away from the breaker.
func ignoreAllButDown(err error) error {
	if netsuite.ClassOf(err) == netsuite.Down {
		return err
	}
	return nil
}

var errDown = errors.New("netsuite is down")

// served notes a run in which NetSuite answered.
func (g *gate) served(ctx context.Context) {
	_, _ = g.breaker.Execute(func() (struct{}, error) { return struct{}{}, nil })
	g.throttle.succeeded()
	g.mu.Lock()
	unproven := g.known && g.state.Credential == queue.CredentialUnproven
	g.mu.Unlock()
	if unproven {
		g.setCredential(ctx, queue.CredentialUnproven, queue.CredentialProven, "a call was served")
	}
}

// down reports whether NetSuite as a whole cannot be reached, by a probe, and tells the breaker. A document that alone
// cannot be served must not stop the others.
func (g *gate) down(ctx context.Context) bool {
	if netsuite.ClassOf(g.probe(ctx)) != netsuite.Down {
		return false
	}
	_, _ = g.breaker.Execute(func() (struct{}, error) { return struct{}{}, errDown })
	return true
}

// loginRefused stops all workers' calls and lets one probe, of the worker that was first, decide whether the credential
// is to be held. Every further failed login brings the user nearer to NetSuite's lock of 30 minutes.
func (g *gate) loginRefused(ctx context.Context, words string) {
	g.mu.Lock()
	was := g.state.Credential
	g.mu.Unlock()
	if was != queue.CredentialProven && was != queue.CredentialUnproven {
		return
	}
	if was == queue.CredentialUnproven {
		g.setCredential(ctx, was, queue.CredentialHeld, words)
		return
	}
	if !g.setCredential(ctx, was, queue.CredentialSuspect, words) {
		return
	}
	err := g.probe(ctx)
	switch netsuite.ClassOf(err) {
	case netsuite.Login:
		g.setCredential(ctx, queue.CredentialSuspect, queue.CredentialHeld, words)
	default:
		// Served, or nothing was learnt: one lane finds out.
		g.setCredential(ctx, queue.CredentialSuspect, queue.CredentialUnproven, "the probe did not confirm the refusal")
	}
}

var errElsewhere = errors.New("another worker has changed the credential state")

// setCredential moves the shared credential state from one value to another and reports whether this worker did it.
func (g *gate) setCredential(ctx context.Context, from, to queue.Credential, why string) bool {
	err := g.accounts.Update(ctx, g.account, func(st *queue.AccountState) error {
		if st.Credential != from && (st.Credential != "" || from != queue.CredentialUnproven) {
			return errElsewhere
		}
		st.Credential, st.Reason, st.Since = to, why, time.Now().UTC()
		return nil
	})
	if err != nil && !errors.Is(err, errElsewhere) {
		g.log.Error().Err(err).Str("to", string(to)).Msg("credential.change_failed")
	}
	if err == nil {
		g.log.Warn().Str("from", string(from)).Str("to", string(to)).Str("why", why).Msg("credential.changed")
		g.mu.Lock()
		g.state.Credential = to // do not wait for the watch to come round
		g.mu.Unlock()
		g.metrics.Credential(g.account, string(to))
		g.wake()
	}
	return err == nil
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
