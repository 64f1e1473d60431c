package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
)

// stateTimeout bounds a change of the shared state.
const stateTimeout = 10 * time.Second

var errElsewhere = errors.New("another worker has changed the credential state")

// loginRefused stops all workers' calls and lets one probe, of the worker that was first, decide whether the credential is
// to be held. Every further failed login brings the user nearer to NetSuite's lock of 30 minutes. When the probe is
// served, the refusal is of this one call: the role lacks a permission.
func (g *gate) loginRefused(ctx context.Context, words string) verdict {
	g.decide(1)
	defer g.decide(-1)
	if !g.move(ctx, queue.CredentialSuspect, words, queue.CredentialProven, queue.CredentialUnproven) {
		return accountWide
	}
	return g.judge(ctx, words, time.Time{})
}

// decide closes the gate of this worker while it makes up its mind, before the shared state says so.
func (g *gate) decide(by int) {
	g.mu.Lock()
	g.deciding += by
	g.mu.Unlock()
	g.wake()
}

// judge makes the probe that decides about a suspect credential. since is kept as the beginning of a hold that goes on.
func (g *gate) judge(ctx context.Context, why string, since time.Time) verdict {
	err := g.probe(ctx)
	switch {
	case err == nil:
		g.move(ctx, queue.CredentialProven, "the probe was served", queue.CredentialSuspect)
		return callOnly
	case netsuite.ClassOf(err) == netsuite.Login:
		g.moveSince(ctx, queue.CredentialHeld, why, since, queue.CredentialSuspect)
	case !since.IsZero():
		g.moveSince(ctx, queue.CredentialHeld, why, since, queue.CredentialSuspect)
	default:
		// Nothing was learnt: one lane finds out.
		g.move(ctx, queue.CredentialUnproven, "the probe did not confirm the refusal", queue.CredentialSuspect)
	}
	return accountWide
}

// probeWhileRefused makes the slow probe of a held credential, and the probe of a suspect one whose worker has died before
// its own. Each worker waits by its own clock; the shared state lets one of them through.
func (g *gate) probeWhileRefused(ctx context.Context) {
	for ctx.Err() == nil {
		news := g.news()
		g.mu.Lock()
		st, watched := g.state, g.known && g.deciding == 0 && !g.state.Held && g.mine(g.state)
		g.mu.Unlock()
		var wait time.Duration
		switch {
		case watched && st.Credential == queue.CredentialSuspect:
			wait = g.settings.Suspect
		case watched && st.Credential == queue.CredentialHeld:
			wait = g.settings.Slow
		default:
			select {
			case <-news:
			case <-ctx.Done():
			}
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-news:
		case <-ctx.Done():
		case <-t.C:
			g.again(ctx, st)
		}
		t.Stop()
	}
}

// again probes a credential that has been in a state for too long, unless another worker does.
func (g *gate) again(ctx context.Context, seen queue.AccountState) {
	g.decide(1)
	defer g.decide(-1)
	taken := g.change(ctx, func(st *queue.AccountState) error {
		if st.Credential != seen.Credential || !st.Since.Equal(seen.Since) || st.Held {
			return errElsewhere
		}
		st.Credential, st.Since = queue.CredentialSuspect, time.Now().UTC()
		return nil
	})
	if !taken {
		return
	}
	since := time.Time{}
	if seen.Credential == queue.CredentialHeld {
		since = seen.Since
	}
	g.judge(ctx, seen.Reason, since)
}

// move changes the shared credential state to a value from one of several, and reports whether this worker did it.
func (g *gate) move(ctx context.Context, to queue.Credential, why string, from ...queue.Credential) bool {
	return g.moveSince(ctx, to, why, time.Time{}, from...)
}

func (g *gate) moveSince(ctx context.Context, to queue.Credential, why string, since time.Time, from ...queue.Credential) bool {
	if since.IsZero() {
		since = time.Now().UTC()
	}
	return g.change(ctx, func(st *queue.AccountState) error {
		was := st.Credential
		if was == "" {
			was = queue.CredentialUnproven
		}
		if !slices.Contains(from, was) || !g.mine(*st) {
			return errElsewhere
		}
		st.Credential, st.Since = to, since
		if !st.Held {
			st.Reason = why // a person's hold keeps its reason
		}
		return nil
	})
}

// change changes the shared state and takes it into view without waiting for the watch to come round.
func (g *gate) change(ctx context.Context, change func(*queue.AccountState) error) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stateTimeout)
	defer cancel()
	st, revision, err := g.accounts.Change(ctx, g.account, change)
	if errors.Is(err, errElsewhere) {
		return false
	}
	if err != nil {
		g.log.Error().Err(err).Msg("credential.change_failed")
		return false
	}
	g.log.Warn().Str("to", string(st.Credential)).Str("why", st.Reason).Msg("credential.changed")
	g.mu.Lock()
	known := g.known
	g.mu.Unlock()
	if known {
		g.see(st, revision)
	}
	return true
}
