package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrRestoring means that a backup is being brought back, or that a restore broke off: half of an installation is there, and
// nobody may work with it.
var ErrRestoring = errors.New("a backup is not restored to its end")

// Restoring is the mark of a restore. It stands in the bucket LEASES, which no backup holds, from before the first stream is
// there until the streams are one whole, and says afterwards when that was.
type Restoring struct {
	Backup string    `json:"backup"` // which one
	By     string    `json:"by"`
	Since  time.Time `json:"since"`
	Ended  time.Time `json:"ended,omitzero"`
}

const restoringKey = "restore"

// BeginRestore marks that a backup is being brought back by somebody, so that no program makes the streams that are not back
// yet.
func BeginRestore(ctx context.Context, nc *nats.Conn, o Options, backup, by string) error {
	o = o.withDefaults()
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("begin the restore: %w", err)
	}
	for _, s := range o.stores() {
		if s.want.Name != "KV_"+o.stream(bucketLeases) {
			continue
		}
		if err := s.make(ctx, js); err != nil && !errors.Is(err, errExists) {
			return fmt.Errorf("begin the restore: %w", err)
		}
	}
	return markRestore(ctx, js, o, Restoring{Backup: backup, By: by, Since: time.Now().UTC()})
}

// EndRestore says that everything is back.
func EndRestore(ctx context.Context, nc *nats.Conn, o Options) error {
	r, ok, err := LastRestore(ctx, nc, o)
	if err != nil || !ok {
		return err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("end the restore: %w", err)
	}
	r.Ended = time.Now().UTC()
	return markRestore(ctx, js, o, r)
}

func markRestore(ctx context.Context, js jetstream.JetStream, o Options, r Restoring) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("mark the restore: %w", err)
	}
	kv, err := js.KeyValue(ctx, o.stream(bucketLeases))
	if err == nil {
		_, err = kv.Put(ctx, restoringKey, body)
	}
	if err != nil {
		return unavailable("mark the restore", err)
	}
	return nil
}

// LastRestore returns the restore that was begun last; false when there was none.
func LastRestore(ctx context.Context, nc *nats.Conn, o Options) (Restoring, bool, error) {
	var r Restoring
	js, err := jetstream.New(nc)
	if err != nil {
		return r, false, fmt.Errorf("look for a restore: %w", err)
	}
	kv, err := js.KeyValue(ctx, o.stream(bucketLeases))
	var entry jetstream.KeyValueEntry
	if err == nil {
		entry, err = kv.Get(ctx, restoringKey)
	}
	switch {
	case errors.Is(err, jetstream.ErrBucketNotFound), errors.Is(err, jetstream.ErrKeyNotFound):
		return r, false, nil
	case err != nil:
		return r, false, fmt.Errorf("look for a restore: %w", err)
	}
	if err := json.Unmarshal(entry.Value(), &r); err != nil {
		return r, false, fmt.Errorf("look for a restore: %w", err)
	}
	return r, true, nil
}

// RefuseRestoring returns ErrRestoring while a restore has not ended.
func RefuseRestoring(ctx context.Context, nc *nats.Conn, o Options) error {
	r, ok, err := LastRestore(ctx, nc, o)
	if err != nil || !ok || !r.Ended.IsZero() {
		return err
	}
	return fmt.Errorf("%w: %s began with the backup of %s at %s; counterpunch backup restore with the same folder goes on where it was; "+
		"to give it up, remove all streams of this installation",
		ErrRestoring, r.By, r.Backup, r.Since.Format(time.DateTime))
}
