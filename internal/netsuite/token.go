package netsuite

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"time"

	"counterpunch/internal/secret"
)

const (
	// renewAt is the share of a token's life after which it is renewed, while it still serves.
	renewAt = 0.8
	// useUntil is the share up to which it is used, so that it does not end on its way.
	useUntil = 0.97
	// renewEvery is how long after a failed renewal the next is tried, while the old token serves.
	renewEvery = 30 * time.Second
	// refuseEvery bounds how often a refused token is replaced at once. A new token that is refused again is not the
	// token's fault, and each try would be another failed login.
	refuseEvery = time.Minute
	// lockWait bounds the wait for another process that fetches: an extra token is better than none.
	lockWait = 30 * time.Second
	// storeWait bounds one look into the store.
	storeWait = 5 * time.Second
)

// token is an access token. It does not change.
type token struct {
	value   secret.Value
	renew   time.Time // from then on one caller fetches the next
	expires time.Time // from then on it is not used
}

func newToken(value secret.Value, asked time.Time, life time.Duration) *token {
	share := func(s float64) time.Time { return asked.Add(time.Duration(float64(life) * s)) }
	return &token{value: value, renew: share(renewAt), expires: share(useUntil)}
}

// tokens holds the access token of a client. Whatever happens, it is fetched by one caller at a time; over all processes
// by one process at a time, as far as the store works.
type tokens struct {
	fetch  func(context.Context) (*token, error)
	store  TokenStore
	sealer *sealer
	now    func() time.Time

	mu       sync.Mutex
	current  *token
	refused  *token    // NetSuite did not take it
	replaced time.Time // when a refused token was last replaced
	rest     time.Time // no early renewal before then
	flight   *flight
	seen     []secret.Value // the last tokens, for masked
}

// flight is a fetch that others wait for. Its fields are written before done is closed.
type flight struct {
	done   chan struct{}
	token  *token
	err    error
	gaveUp bool // by its caller: whoever still needs a token fetches it
}

var errAbandoned = errors.New("the request for a token was abandoned")

// get returns a token. While a token that still serves is renewed by one caller, the others use it; without one they
// wait for that caller, and share what it gets or its error.
func (t *tokens) get(ctx context.Context) (*token, error) {
	for {
		t.mu.Lock()
		now, cur, f := t.now(), t.current, t.flight
		serves := cur != nil && cur != t.refused && now.Before(cur.expires)
		if serves && (f != nil || now.Before(cur.renew) || now.Before(t.rest)) {
			t.mu.Unlock()
			return cur, nil
		}
		leads := f == nil
		if leads {
			f = &flight{done: make(chan struct{}), err: errAbandoned, gaveUp: true}
			t.flight = f
		}
		t.mu.Unlock()
		if leads {
			t.lead(ctx, f)
		} else {
			select {
			case <-f.done:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		switch {
		case f.err == nil:
			return f.token, nil
		case leads && serves && ctx.Err() == nil:
			return cur, nil
		case !leads && f.gaveUp:
		default:
			return nil, f.err
		}
	}
}

// lead carries the fetch out for all who wait, and lets them go even if it panics.
func (t *tokens) lead(ctx context.Context, f *flight) {
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.flight = nil
		if f.err == nil {
			t.current, t.refused = f.token, nil
			t.remember(f.token)
		} else {
			t.rest = t.now().Add(renewEvery)
		}
		close(f.done)
	}()
	got, err := t.obtain(ctx)
	f.token, f.err, f.gaveUp = got, err, err != nil && ctx.Err() != nil
}

// obtain takes the token that another process has fetched, or fetches one. A store that does not work costs extra tokens
// and nothing else, so its errors are not the caller's.
func (t *tokens) obtain(ctx context.Context) (*token, error) {
	waiting, cancel := context.WithTimeout(ctx, lockWait)
	unlock, err := t.store.Lock(waiting)
	cancel()
	if err == nil {
		defer unlock()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	brief, cancel := context.WithTimeout(ctx, storeWait)
	defer cancel()
	t.mu.Lock()
	refused := t.refused
	t.mu.Unlock()
	sealed, revision, err := t.store.Load(brief)
	if err == nil && len(sealed) > 0 {
		shared, err := t.sealer.open(sealed)
		if err == nil && t.now().Before(shared.renew) && (refused == nil || !shared.value.Equal(refused.value)) {
			return shared, nil
		}
	}
	fetched, err := t.fetch(ctx)
	if err != nil {
		return nil, err
	}
	t.save(ctx, fetched, revision)
	return fetched, nil
}

// save shares a token. When another process was faster both tokens are good, so that one is kept.
func (t *tokens) save(ctx context.Context, k *token, revision uint64) {
	sealed, err := t.sealer.seal(k)
	if err != nil {
		return // it cannot be shared; it serves this client all the same
	}
	brief, cancel := context.WithTimeout(ctx, storeWait)
	defer cancel()
	_, _ = t.store.Save(brief, sealed, revision)
}

// refuse notes that NetSuite did not take a token, and reports whether the call may be sent again with another one.
func (t *tokens) refuse(used *token) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != used || t.refused == used {
		return true // it has been replaced, or is about to be
	}
	now := t.now()
	if !t.replaced.IsZero() && now.Sub(t.replaced) < refuseEvery {
		return false
	}
	t.refused, t.replaced = used, now
	return true
}

// remember keeps the last tokens. It is called under the mutex.
func (t *tokens) remember(k *token) {
	t.seen = append(t.seen, k.value)
	t.seen = t.seen[max(0, len(t.seen)-4):]
}

var bearing = regexp.MustCompile(`(?i)eyJ[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_-]*){0,2}|\bbearer\s+[A-Za-z0-9._~+/-]{8,}=*`)

// masked blanks tokens in what a proxy's or a script's page may echo.
func (t *tokens) masked(s string) string {
	t.mu.Lock()
	seen := t.seen
	t.mu.Unlock()
	for _, one := range seen {
		s = strings.ReplaceAll(s, one.Reveal(), secret.Masked)
	}
	return bearing.ReplaceAllString(s, secret.Masked)
}
