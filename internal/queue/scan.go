package queue

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// scan returns every message of a stream that matches the filter.
func (q *Queue) scan(ctx context.Context, stream, filter string, headersOnly bool) ([]*stored, error) {
	return q.window(ctx, stream, filter, headersOnly, 1, ^uint64(0))
}

// window returns the messages that match the filter, with sequences from begin to end.
func (q *Queue) window(ctx context.Context, stream, filter string, headersOnly bool, begin, end uint64) ([]*stored, error) {
	name := q.o.stream(stream)
	c, err := q.js.OrderedConsumer(ctx, name, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{filter}, HeadersOnly: headersOnly,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: begin,
		InactiveThreshold: time.Minute, MaxResetAttempts: 3,
	})
	if err != nil {
		return nil, unavailable("read "+name, err)
	}
	defer q.forgetConsumer(ctx, name, c)
	pending := c.CachedInfo().NumPending
	var all []*stored
	for pending > 0 {
		batch, err := c.FetchNoWait(int(min(pending, 500)))
		if err != nil {
			return nil, unavailable("read "+name, err)
		}
		got := 0
		for m := range batch.Messages() {
			meta, err := m.Metadata()
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
			if meta.Sequence.Stream > end {
				return all, nil
			}
			got++
			pending = meta.NumPending
			all = append(all, &stored{Subject: m.Subject(), Sequence: meta.Sequence.Stream, Header: m.Headers(), Data: m.Data(), Time: meta.Timestamp})
		}
		if err := batch.Error(); err != nil {
			return nil, unavailable("read "+name, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if got == 0 {
			break // the rest was removed meanwhile
		}
	}
	return all, nil
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
