package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
)

// lease lets one of several processes do something at a time. It spares work; correctness never depends on it, because
// clocks differ and a process may stall while it holds one.
type lease struct {
	q    *Queue
	name string
	mine string
	term time.Duration
	rev  uint64 // of the entry, while it is held
}

type leaseEntry struct {
	Owner  string    `json:"owner"`
	Worker string    `json:"worker,omitempty"`
	Until  time.Time `json:"until"`
}

func (q *Queue) lease(name string, term time.Duration) *lease {
	return &lease{q: q, name: name, mine: uuid.NewString(), term: term}
}

// hold takes the lease, or extends it, and reports whether it is held for another term.
func (l *lease) hold(ctx context.Context) (bool, error) {
	kv := l.q.bucket(bucketLeases)
	var now leaseEntry
	rev := uint64(0)
	entry, err := kv.Get(ctx, l.name)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
	case err != nil:
		return false, unavailable("read lease "+l.name, err)
	default:
		rev = entry.Revision()
		if err := json.Unmarshal(entry.Value(), &now); err != nil {
			return false, fmt.Errorf("read lease %s: %w", l.name, err)
		}
	}
	if now.Owner != l.mine && time.Now().Before(now.Until) {
		return false, nil
	}
	body, err := json.Marshal(leaseEntry{Owner: l.mine, Worker: l.q.o.Worker, Until: time.Now().Add(l.term)})
	if err != nil {
		return false, fmt.Errorf("take lease %s: %w", l.name, err)
	}
	l.rev, err = putRevision(ctx, kv, l.name, body, rev)
	switch {
	case errors.Is(err, ErrChanged):
		return false, nil
	case err != nil:
		return false, unavailable("take lease "+l.name, err)
	}
	return true, nil
}

// release gives the lease back so that another process need not wait for its end.
func (l *lease) release() {
	if l.rev == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := l.q.bucket(bucketLeases).Delete(ctx, l.name, jetstream.LastRevision(l.rev)); err != nil {
		l.q.log.Debug().Err(err).Str("lease", l.name).Msg("lease.not_released")
	}
}
