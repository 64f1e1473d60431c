package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// scan returns every message of a stream that matches the filter.
func (q *Queue) scan(ctx context.Context, stream, filter string, headersOnly bool) ([]*stored, error) {
	return q.window(ctx, stream, filter, headersOnly, 1, ^uint64(0))
}

// window returns the messages that match the filter, with sequences from begin to end.
func (q *Queue) window(ctx context.Context, stream, filter string, headersOnly bool, begin, end uint64) ([]*stored, error) {
	var all []*stored
	err := q.walk(ctx, stream, filter, headersOnly, begin, end, func(m *stored) error {
		all = append(all, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// walk calls each with the messages that match the filter, with sequences from begin to end, as far as they are there when
// it is called. It ends with the first error of each.
func (q *Queue) walk(ctx context.Context, stream, filter string, headersOnly bool, begin, end uint64, each func(*stored) error) error {
	name := q.o.stream(stream)
	c, err := q.js.OrderedConsumer(ctx, name, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{filter}, HeadersOnly: headersOnly,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: begin,
		InactiveThreshold: time.Minute, MaxResetAttempts: 3,
	})
	if err != nil {
		return unavailable("read "+name, err)
	}
	defer q.forgetConsumer(ctx, name, c)
	pending, heard := c.CachedInfo().NumPending, time.Now()
	for try := 0; pending > 0; {
		batch, err := c.FetchNoWait(int(min(pending, 500)))
		if err != nil {
			return unavailable("read "+name, err)
		}
		got := 0
		for m := range batch.Messages() {
			meta, err := m.Metadata()
			if err != nil {
				return fmt.Errorf("read %s: %w", name, err)
			}
			if meta.Sequence.Stream > end {
				return nil
			}
			got++
			pending = meta.NumPending
			if err := each(&stored{Subject: m.Subject(), Sequence: meta.Sequence.Stream, Header: m.Headers(), Data: m.Data(), Time: meta.Timestamp}); err != nil {
				return err
			}
		}
		err = batch.Error()
		if err != nil && !errors.Is(err, nats.ErrNoResponders) {
			return unavailable("read "+name, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if got > 0 {
			try, heard = 0, time.Now()
			continue
		}
		if err == nil && c.CachedInfo().NumPending == 0 {
			return nil // each fetch has a reader of its own, and this one saw that the rest was removed meanwhile
		}
		// On a cluster it takes a moment until the server that is asked knows of the new reader; and the client takes a second
		// without an answer for an end.
		if time.Since(heard) > requestTimeout || !backOff(ctx, try) {
			return unavailable("read "+name, cmp.Or(ctx.Err(), err, error(nats.ErrTimeout)))
		}
		try++
	}
	return nil
}

// forgetConsumer removes a reader at once; the server would only after a minute without use.
func (q *Queue) forgetConsumer(ctx context.Context, stream string, c jetstream.Consumer) {
	info := c.CachedInfo()
	if info == nil || ctx.Err() != nil {
		return
	}
	if err := q.js.DeleteConsumer(ctx, stream, info.Name); err != nil {
		q.log.Debug().Err(err).Str("stream", stream).Msg("reader.not_removed")
	}
}
