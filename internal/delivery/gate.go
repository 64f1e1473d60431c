package delivery

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/sony/gobreaker/v2"

	"counterpunch/internal/netsuite"
	"counterpunch/internal/pause"
	"counterpunch/internal/queue"
	"counterpunch/internal/telemetry"
)

// gate decides whether an account's lanes may call NetSuite. It joins three things: the breaker of this worker, and the
// hold and the credential state that all workers share. Without a live view of the shared state it stays closed.
type gate struct {
	account     string
	fingerprint string // of the sign-in that this worker has
	settings    Breaker
	breaker     *gobreaker.CircuitBreaker[struct{}]
	probe       func(context.Context) error
	accounts    queue.Accounts
	throttle    *throttle
	metrics     *telemetry.Delivery
	log         zerolog.Logger

	mu       sync.Mutex
	state    queue.AccountState
	revision uint64 // of state; what is older comes late and is ignored
	known    bool
	deciding int           // probes of this worker that decide about the credential
	changed  chan struct{} // closed and replaced when the answer of allowed may have changed
}

func newGate(o Options, a Account, t *throttle) *gate {
	g := &gate{
		account: a.Name, fingerprint: a.Credential, settings: o.Breaker, probe: a.Client.Probe, accounts: o.Queue.Accounts(),
		throttle: t, metrics: o.Metrics, log: o.Log.With().Str("account", a.Name).Logger(), changed: make(chan struct{}),
	}
	g.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: a.Name, MaxRequests: 1, Timeout: o.Breaker.Open,
		ReadyToTrip:   func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= uint32(o.Breaker.Failures) },
		OnStateChange: g.breakerChanged,
	})
	g.metrics.Breaker(a.Name, g.breaker.State().String())
	return g
}

// run keeps the shared state in view and makes the probes, until ctx ends and all that it started has ended.
func (g *gate) run(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() { g.probeWhileOpen(ctx) })
	group.Go(func() { g.probeWhileRefused(ctx) })
	var said complaint
	for ctx.Err() == nil {
		updates, err := g.accounts.Watch(ctx)
		if err == nil {
			said.clear()
			g.follow(updates)
		} else if ctx.Err() == nil && said.isNew(err) {
			g.log.Error().Err(err).Msg("account.watch_failed")
		}
		g.lose()
		pause.For(ctx, time.Second)
	}
	group.Wait()
}

// follow takes over the account's state until the watch ends. An account that was never used has no state: unproven.
func (g *gate) follow(updates <-chan queue.AccountUpdate) {
	st, revision, ready := queue.AccountState{}, uint64(0), false
	for u := range updates {
		switch {
		case u.Ready:
			ready = true
		case u.Account == g.account:
			st, revision = u.State, u.Revision
		default:
			continue
		}
		if ready {
			g.see(st, revision)
		}
	}
}

// see takes over a state that is not older than the one in view.
func (g *gate) see(st queue.AccountState, revision uint64) {
	if st.Credential == "" {
		st.Credential = queue.CredentialUnproven
	}
	g.mu.Lock()
	if g.known && revision < g.revision {
		g.mu.Unlock()
		return
	}
	was := g.state
	g.state, g.revision, g.known = st, revision, true
	g.mu.Unlock()
	g.metrics.Credential(g.account, string(st.Credential))
	g.metrics.Held(g.account, st.Held)
	if st.Credential != was.Credential && st.Credential == queue.CredentialUnproven {
		g.throttle.restart() // one lane calls until there is one success
	}
	if st.Fingerprint != was.Fingerprint && !g.mine(st) {
		g.log.Error().Msg("credential.replaced") // another worker has a newer sign-in: this one must be restarted with it
	}
	g.wake()
}

// lose forgets the shared state, because nobody reports its changes any more. A bucket that is made anew counts from 1.
func (g *gate) lose() {
	g.mu.Lock()
	g.state, g.revision, g.known = queue.AccountState{}, 0, false
	g.mu.Unlock()
	g.wake()
}

func (g *gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.changed)
	g.changed = make(chan struct{})
}

// news returns what is closed at the next change.
func (g *gate) news() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changed
}

// wait returns nil as soon as calls are allowed.
func (g *gate) wait(ctx context.Context) error {
	for {
		news := g.news()
		if g.allowed() {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// allowed reports whether lanes may call NetSuite now.
func (g *gate) allowed() bool { return g.shared() && g.breaker.State() == gobreaker.StateClosed }

// shared reports whether what all workers share allows calls with this worker's sign-in.
func (g *gate) shared() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.known && g.deciding == 0 && !g.state.Held && g.mine(g.state) &&
		(g.state.Credential == queue.CredentialProven || g.state.Credential == queue.CredentialUnproven)
}

// mine reports whether a state is about the sign-in of this worker.
func (g *gate) mine(st queue.AccountState) bool {
	return st.Fingerprint == "" || st.Fingerprint == g.fingerprint
}

// answered notes a run in which NetSuite answered as itself.
func (g *gate) answered(ctx context.Context) {
	_, _ = g.breaker.Execute(func() (struct{}, error) { return struct{}{}, nil })
	g.throttle.succeeded()
	g.mu.Lock()
	unproven := g.known && g.state.Credential == queue.CredentialUnproven
	g.mu.Unlock()
	if unproven {
		g.move(ctx, queue.CredentialProven, "a call was served", queue.CredentialUnproven)
	}
}

func (g *gate) breakerChanged(_ string, from, to gobreaker.State) {
	g.log.Warn().Str("from", from.String()).Str("to", to.String()).Msg("breaker.changed")
	g.metrics.Breaker(g.account, to.String())
	g.throttle.restart() // after an outage the lanes are opened one by one
	g.wake()
}

// probeWhileOpen asks NetSuite whether it serves again while the breaker is open, never with a document. An account that
// is held is not called for this either.
func (g *gate) probeWhileOpen(ctx context.Context) {
	for ctx.Err() == nil {
		news := g.news()
		switch state := g.breaker.State(); {
		case state == gobreaker.StateHalfOpen && g.shared():
			_, err := g.breaker.Execute(func() (struct{}, error) { return struct{}{}, g.reachable(ctx) })
			g.log.Info().AnErr("outcome", err).Msg("breaker.probed")
		case state == gobreaker.StateOpen:
			pause.For(ctx, max(g.settings.Open/4, time.Millisecond))
		default:
			select {
			case <-news:
			case <-ctx.Done():
			}
		}
	}
}

// reachable probes whether NetSuite answers as itself. A refused sign-in is such an answer, and decides about the
// credential at once.
func (g *gate) reachable(ctx context.Context) error {
	err := g.probe(ctx)
	switch netsuite.ClassOf(err) {
	case netsuite.Login:
		g.move(ctx, queue.CredentialHeld, words(err), queue.CredentialProven, queue.CredentialUnproven)
		return nil
	case netsuite.Busy:
		return nil
	}
	return err
}

// verdict is what a probe says about a call that failed.
type verdict int

const (
	accountWide verdict = iota // the trouble is not the document's: it waits, and nothing is counted on it
	callOnly                   // NetSuite serves others: the trouble is with this call
)

var errDown = errors.New("netsuite is down")

// down finds out, by a probe, whether NetSuite as a whole is in trouble, and tells the breaker. A document that alone cannot
// be served must not stop the others.
func (g *gate) down(ctx context.Context) verdict {
	if !g.shared() {
		return accountWide
	}
	err := g.probe(ctx)
	class := netsuite.ClassOf(err)
	switch {
	case err == nil:
		return callOnly
	case ctx.Err() != nil || class == netsuite.Busy:
	case class == netsuite.Login:
		g.move(ctx, queue.CredentialHeld, words(err), queue.CredentialProven, queue.CredentialUnproven)
	default:
		_, _ = g.breaker.Execute(func() (struct{}, error) { return struct{}{}, errDown })
	}
	return accountWide
}

// complaint remembers the last error that was logged, so that one that goes on is logged once.
type complaint struct{ last string }

func (c *complaint) isNew(err error) bool {
	was := c.last
	c.last = err.Error()
	return was != c.last
}

func (c *complaint) clear() { c.last = "" }
