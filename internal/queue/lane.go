package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
)

// Lane is one line of documents of an account. Over all processes one of its documents is out at a time.
type Lane struct {
	Account string
	Number  int

	q        *Queue
	consumer jetstream.Consumer
}

// Lane returns a lane and creates its consumer if it is missing.
func (q *Queue) Lane(ctx context.Context, account string, number int) (*Lane, error) {
	if !token.MatchString(account) || number < 0 || number >= MaxLanes {
		return nil, fmt.Errorf("lane %d of account %q: no such lane", number, account)
	}
	l := &Lane{Account: account, Number: number, q: q}
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

func laneName(account string, number int) string {
	return "lane-" + account + "-" + strconv.Itoa(number)
}

func (l *Lane) open(ctx context.Context) error {
	same, cancel := l.q.untilReconnected(ctx)
	defer cancel()
	c, err := l.q.laneJS.CreateOrUpdateConsumer(same, l.q.o.stream(inbound), jetstream.ConsumerConfig{
		Durable:       laneName(l.Account, l.Number),
		Description:   "documents on their way into NetSuite",
		FilterSubject: l.q.o.subject(fmt.Sprintf("inbound.%s.%d.>", l.Account, l.Number)),
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       l.q.o.AckWait,
		MaxAckPending: 1,  // documents of a lane follow each other
		MaxDeliver:    -1, // the worker decides when to give up, never the server
	})
	if err != nil {
		if same.Err() != nil && ctx.Err() == nil {
			err = nats.ErrDisconnected
		}
		return unavailable(fmt.Sprintf("open lane %d of account %s", l.Number, l.Account), err)
	}
	l.consumer = c
	return nil
}

// Next waits for the lane's next document and returns it with its heart beating. What needs no work is acknowledged on
// the way: markers, messages whose end is on record, and messages that a newer one of the same document replaces. It
// fails only when ctx ends; while JetStream is away it waits.
func (l *Lane) Next(ctx context.Context) (*Delivery, error) {
	complaint := ""
	for try := 0; ; {
		m, err := l.pull(ctx)
		if err == nil && m != nil {
			var d *Delivery
			if d, err = l.take(ctx, m); d != nil {
				return d, nil
			}
			if err != nil {
				// Let it come again, but not at once.
				err = errors.Join(err, m.NakWithDelay(max(l.q.o.AckWait/10, 100*time.Millisecond)))
			}
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err == nil {
			try, complaint = 0, ""
			continue
		}
		if text := err.Error(); text != complaint {
			complaint = text
			l.q.log.Warn().Err(err).Str("account", l.Account).Int("lane", l.Number).Msg("lane.interrupted")
		}
		if try++; !backOff(ctx, try) {
			return nil, context.Cause(ctx)
		}
		// A consumer that is gone is told by silence, by no responders or by an error of its own; making it again is harmless.
		if err := l.open(ctx); err != nil {
			l.q.log.Debug().Err(err).Str("account", l.Account).Int("lane", l.Number).Msg("lane.not_opened")
		}
	}
}

// untilReconnected returns a context that ends when the connection of the lanes is opened anew: nobody answers what was
// asked over the one before.
func (q *Queue) untilReconnected(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	reconnected := q.lanes.StatusChanged(nats.CONNECTED)
	go func() {
		defer cancel()
		select {
		case <-reconnected:
		case <-ctx.Done():
		}
		q.lanes.RemoveStatusListener(reconnected)
	}()
	return ctx, cancel
}

// pull asks for one message. It returns nil when none came within PullWait, and when the connection was opened anew.
func (l *Lane) pull(ctx context.Context) (jetstream.Msg, error) {
	same, lost := l.q.untilReconnected(ctx)
	defer lost()
	one, cancel := context.WithTimeout(same, l.q.o.PullWait)
	defer cancel()
	batch, err := l.consumer.Fetch(1, jetstream.FetchContext(one))
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil
		}
		return nil, fmt.Errorf("pull: %w", err)
	}
	m, ok := <-batch.Messages()
	switch {
	case ok && ctx.Err() != nil:
		// It came while the worker was told to stop: the next one shall have it without waiting for AckWait.
		return nil, m.NakWithDelay(time.Millisecond)
	case ok:
		return m, nil
	case errors.Is(batch.Error(), context.DeadlineExceeded), errors.Is(batch.Error(), context.Canceled):
		return nil, nil
	}
	return nil, batch.Error()
}

// take looks at a message. It returns nil and no error when the message needed no work and was acknowledged.
func (l *Lane) take(ctx context.Context, m jetstream.Msg) (*Delivery, error) {
	q := l.q
	meta, err := m.Metadata()
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	if unread(m.Headers()) {
		return nil, m.DoubleAck(ctx)
	}
	e, broken := l.read(ctx, m)
	if errors.Is(broken, ErrUnavailable) {
		return nil, broken
	}
	subject := q.subject(history, e.Account, e.Kind, event.Key(e.ID))
	last, fence, err := q.lastRecord(ctx, q.lanes, subject)
	if err != nil {
		return nil, err
	}
	seq := meta.Sequence.Stream
	if last != nil {
		if last.Sequence == seq && last.Type.Terminal() {
			return nil, m.DoubleAck(ctx)
		}
		// Only a document with a history can have been published again.
		newest, err := q.last(ctx, q.lanes, inbound, q.inboundFilter(e.Account, event.Key(e.ID)))
		if err != nil {
			return nil, err
		}
		if newest != nil && newest.Sequence > seq {
			return nil, m.DoubleAck(ctx)
		}
		// The replay that published this message may have ended before it was on record.
		if last.Sequence < seq {
			if last, fence, err = q.recordReplay(ctx, q.lanes, m.Headers(), e, seq, last, fence); err != nil {
				return nil, err
			}
		}
		if last.unreadable() {
			// How often it was tried, and what may have been written, is not known: a person has to look.
			broken = errors.Join(broken, errors.New(last.Detail))
		}
	}
	d := &Delivery{
		Event: e, Broken: broken, Sequence: seq, Deliveries: meta.NumDelivered, Received: meta.Timestamp, Last: last,
		q: q, lane: l, m: m, fence: fence,
	}
	d.start(ctx)
	return d, nil
}

// read returns the event of a message. When it cannot be read, the event holds what the subject says, so that the
// document can still be put before a person.
func (l *Lane) read(ctx context.Context, m jetstream.Msg) (*event.Event, error) {
	ce, err := event.FromMessage(m.Headers(), m.Data())
	if err == nil {
		var e *event.Event
		if e, err = event.FromCloudEvent(ce); err == nil {
			if err = l.q.checkOut(ctx, e); err != nil && e.Data.Document == nil {
				return e, err
			} else if err != nil {
				// The original is for people to look at; the work can be done without.
				l.q.log.Warn().Err(err).Str("document_id", e.ID).Msg("document.original_missing")
			}
			if e.Data.Document == nil {
				return e, fmt.Errorf("document %s: the event has no document", e.ID)
			}
			return e, nil
		}
	}
	tokens := strings.Split(m.Subject(), ".")
	e := &event.Event{Account: l.Account, Supplier: "unknown", PayloadHash: "unknown", Kind: document.KindInvoice, ID: event.FromKey(tokens[len(tokens)-1])}
	if k := document.Kind(tokens[len(tokens)-2]); k == document.KindOrderConfirmation || k == document.KindShipNotice {
		e.Kind = k
	}
	return e, err
}
