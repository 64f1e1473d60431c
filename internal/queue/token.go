package queue

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// tokenAge is how long a token that nobody renews is kept: longer than any is valid.
	tokenAge = 24 * time.Hour
	// tokenTerm is how long one process may take to fetch a token before another tries.
	tokenTerm = 30 * time.Second
)

// TokenStore is what workers share of an account's access token to NetSuite. They seal it before; nothing in the store
// can be used by whoever reads it.
type TokenStore struct {
	q   *Queue
	key string
}

// Tokens returns the store for one sign-in of an account. credential tells sign-ins apart, so that during a change of keys
// workers with the old and the new one do not disturb each other.
func (q *Queue) Tokens(account, credential string) TokenStore {
	return TokenStore{q: q, key: encodeKey(account, credential)}
}

// Load returns what was saved last and its revision; nil and 0 when there is nothing.
func (s TokenStore) Load(ctx context.Context) ([]byte, uint64, error) {
	entry, err := s.q.bucket(bucketTokens).Get(ctx, s.key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, unavailable("read the access token "+s.key, err)
	}
	return entry.Value(), entry.Revision(), nil
}

// Save replaces what has this revision (0: there is nothing), and reports false when somebody else was faster.
func (s TokenStore) Save(ctx context.Context, sealed []byte, revision uint64) (bool, error) {
	_, err := putRevision(ctx, s.q.bucket(bucketTokens), s.key, sealed, revision)
	switch {
	case errors.Is(err, ErrChanged):
		return false, nil
	case err != nil:
		return false, unavailable("save the access token "+s.key, err)
	}
	return true, nil
}

// Lock waits until no other process fetches a token for this sign-in. The lock of a process that died ends after 30 s.
func (s TokenStore) Lock(ctx context.Context) (unlock func(), err error) {
	l := s.q.lease("token."+s.key, tokenTerm)
	const slowest = 4 // of the steps of backOff: a token is there after some tenths of a second
	for try := 0; ; try++ {
		held, err := l.hold(ctx)
		switch {
		case err != nil:
			return nil, err
		case held:
			return l.release, nil
		case !backOff(ctx, min(try, slowest)):
			return nil, unavailable("wait for the access token "+s.key, ctx.Err())
		}
	}
}
