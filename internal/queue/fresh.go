package queue

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// followerTries is how often a cluster is asked for what it says that it does not have, some two seconds in all.
const followerTries = 9

// fresh repeats a read of something that was stored a moment ago. On a cluster any server may answer, and a follower that
// lags does not know yet what the leader has acknowledged.
func fresh[T any](ctx context.Context, q *Queue, read func() (T, error)) (T, error) {
	for try := 1; ; try++ {
		v, err := read()
		lags := errors.Is(err, ErrNotFound) || errors.Is(err, jetstream.ErrDigestMismatch)
		if !lags || q.o.Replicas == 1 || try == followerTries || !backOff(ctx, try-1) {
			return v, err
		}
	}
}
