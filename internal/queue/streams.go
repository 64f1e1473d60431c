package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Open connects to the streams and buckets of the installation, creates what is missing and brings settings that are safe
// to change up to the options, unless it is a guest's. Publishing goes through one connection and the lanes through the other, because thousands
// of waiting pulls slow a connection down. It refuses streams whose settings would lose documents, and those of a restore that
// has not ended; the error says which and what to do.
func Open(ctx context.Context, intake, lanes *nats.Conn, o Options) (*Queue, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	q := &Queue{o: o, intake: intake, lanes: lanes, log: o.Logger, kv: make(map[string]jetstream.KeyValue)}
	var err error
	if q.js, err = jetstream.New(intake); err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	if q.laneJS, err = jetstream.New(lanes); err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	if !o.Restoring {
		if err := persist(ctx, func(ctx context.Context) error { return RefuseRestoring(ctx, intake, o) }); err != nil {
			return nil, err
		}
	}
	for _, s := range o.stores() {
		if err := persist(ctx, func(ctx context.Context) error { return q.ensure(ctx, s) }); err != nil {
			return nil, err
		}
	}
	for _, c := range o.buckets() {
		err := persist(ctx, func(ctx context.Context) (err error) {
			q.kv[c.Bucket], err = q.laneJS.KeyValue(ctx, c.Bucket)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("open bucket %s: %w", c.Bucket, err)
		}
	}
	err = persist(ctx, func(ctx context.Context) (err error) {
		q.objects, err = q.js.ObjectStore(ctx, o.stream(bucketObjects))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open object store %s: %w", o.stream(bucketObjects), err)
	}
	return q, nil
}

// ensure creates the store, or brings the settings of an existing one up to the options; a guest does neither. It refuses
// one whose settings would lose documents.
func (q *Queue) ensure(ctx context.Context, s store) error {
	settings, err := s.compare(ctx, q.js)
	if errors.Is(err, ErrNotFound) {
		if q.o.Guest {
			return fmt.Errorf("%w on this NATS, with nats.prefix %q: start a worker, which makes it, or give counterpunch streams migrate; "+
				"if a restore broke off, go on with counterpunch backup restore", err, q.o.Prefix)
		}
		if err := s.make(ctx, q.js); !errors.Is(err, errExists) {
			return err
		}
		// Another process was faster.
		settings, err = s.compare(ctx, q.js)
	}
	if err != nil {
		return err
	}
	if err := refusal(settings); err != nil {
		return err
	}
	if q.o.Guest || len(settings) == 0 {
		return nil
	}
	if err := s.update(ctx, q.js); err != nil {
		return err
	}
	for _, d := range settings {
		q.log.Info().Str("stream", d.Stream).Str("setting", d.Field).Str("found", d.Found).Str("wanted", d.Wanted).Str("means", d.Means).Msg("stream.migrated")
	}
	return nil
}

// openTime bounds the opening of one stream. A cluster that has just started has no leader for some seconds; until then it
// answers nothing, or that it is not available.
const openTime = 30 * time.Second

// persist repeats what the servers do not answer, until they do or openTime is over.
func persist(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	for try := 0; ; try++ {
		one, done := context.WithTimeout(ctx, requestTimeout)
		err := do(one)
		done()
		silent := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, nats.ErrTimeout)
		if !silent && !notAvailable(err) {
			return err
		}
		if !backOff(ctx, try) {
			return unavailable("open the queue", err)
		}
	}
}
