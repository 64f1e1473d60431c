package queue

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// watch reports the entries of a bucket that match keys, then each change, as update tells; nil stands for the end of those
// that there were at the beginning, and what is not ok is left out. The channel is closed when ctx ends or the connection is
// lost: then nothing is known of the bucket any more, and whoever depends on it must stop and watch anew.
func watch[U any](ctx context.Context, q *Queue, bucket, keys, what string, update func(jetstream.KeyValueEntry) (u U, ok bool)) (<-chan U, error) {
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
		for {
			var entry jetstream.KeyValueEntry
			var more bool
			select {
			case <-ctx.Done():
				return
			case <-lost:
				return
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
