package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// watch reports the entries of a bucket that match keys, then each change, as update tells; nil stands for the end of those
// that there were at the beginning, and what is not ok is left out. The channel is closed when ctx ends, the connection is lost,
// or the bucket is gone or another one, as after a restore: then nothing is known of it any more, and whoever depends on it
// must stop and watch anew.
func watch[U any](ctx context.Context, q *Queue, bucket, keys, what string, update func(jetstream.KeyValueEntry) (u U, ok bool)) (<-chan U, error) {
	born, err := q.born(ctx, bucket)
	if err != nil {
		return nil, unavailable(what, err)
	}
	lost := q.lanes.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.CLOSED)
	w, err := q.bucket(bucket).Watch(ctx, keys)
	if err != nil {
		q.lanes.RemoveStatusListener(lost)
		return nil, unavailable(what, err)
	}
	if !q.lanes.IsConnected() {
		// The loss came before the listener did.
		q.lanes.RemoveStatusListener(lost)
		return nil, errors.Join(unavailable(what, nats.ErrDisconnected), w.Stop())
	}
	updates := make(chan U)
	go func() {
		defer close(updates)
		defer q.lanes.RemoveStatusListener(lost)
		defer w.Stop()
		look := time.NewTicker(bornEvery)
		defer look.Stop()
		for {
			var entry jetstream.KeyValueEntry
			var more bool
			select {
			case <-ctx.Done():
				return
			case <-lost:
				return
			case <-look.C:
				now, err := q.born(ctx, bucket)
				if errors.Is(err, jetstream.ErrStreamNotFound) || err == nil && !now.Equal(born) {
					return
				}
				continue
			case entry, more = <-w.Updates():
				if !more {
					return
				}
			}
			u, ok := update(entry)
			if !ok {
				continue
			}
			select {
			case <-ctx.Done():
				return
			case <-lost:
				return
			case updates <- u:
			}
		}
	}()
	return updates, nil
}

// bornEvery is how often a watch makes sure that its bucket is the one that it began with. The client goes on with a bucket
// that was made anew after the last revision that it has seen, and is silent until the new one has come as far.
const bornEvery = 5 * time.Second

// born returns when a bucket was made.
func (q *Queue) born(ctx context.Context, bucket string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	s, err := q.laneJS.Stream(ctx, "KV_"+q.o.stream(bucket))
	if err != nil {
		return time.Time{}, fmt.Errorf("look at bucket %s: %w", q.o.stream(bucket), err)
	}
	return s.CachedInfo().Created, nil
}
