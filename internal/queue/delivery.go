package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/event"
)

// Delivery is one document in the hands of one worker. It must be brought to an end with End, or given back with Release.
type Delivery struct {
	Event *event.Event
	// Broken says why the stored message, or the document's last record, could not be read; such a delivery may have an
	// event without a document, and can only be dead-lettered.
	Broken     error
	Sequence   uint64    // of the message in INBOUND
	Deliveries uint64    // how often this message was handed out, including now
	Received   time.Time // when the message was stored
	Last       *Record   // the newest record at this moment, with the counters to carry on; nil: none yet

	q    *Queue
	lane *Lane
	m    jetstream.Msg

	mu    sync.Mutex
	fence uint64
	ended bool

	ctx    context.Context
	cancel context.CancelCauseFunc
	quit   chan struct{} // closed to stop the heart
	done   chan struct{} // closed when the heart has stopped
}

// Context is cancelled, with a cause, as soon as the document may be handed to another worker: a heartbeat failed, the
// connection was lost, or another worker has written. Calls to NetSuite run under it.
func (d *Delivery) Context() context.Context { return d.ctx }

// Lane returns the lane that the document came through.
func (d *Delivery) Lane() *Lane { return d.lane }

// start lets the heart beat until the delivery ends.
func (d *Delivery) start(ctx context.Context) {
	d.ctx, d.cancel = context.WithCancelCause(ctx)
	d.quit, d.done = make(chan struct{}), make(chan struct{})
	go d.beat()
}

// errEnded is the cause of a context that ended because the work did.
var errEnded = errors.New("the delivery has ended")

// beat gives signs of life until the delivery ends. It goes on when the context of Next has ended: work that was told to
// stop still brings its document to an end, or gives it back.
func (d *Delivery) beat() {
	defer close(d.done)
	nc := d.q.lanes
	lost := nc.StatusChanged(nats.DISCONNECTED, nats.RECONNECTING, nats.CLOSED)
	defer nc.RemoveStatusListener(lost)
	if !nc.IsConnected() {
		d.lose(nats.ErrDisconnected)
		return
	}
	tick := time.NewTicker(d.q.o.Heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-d.quit:
			return
		case <-lost:
			d.lose(nats.ErrDisconnected)
			return
		case <-tick.C:
			if err := d.inProgress(); err != nil {
				d.lose(err)
				return
			}
		}
	}
}

// inProgress asks for more time and waits for the answer: a sign of life that was only sent may sit in the buffer of a
// connection that is gone.
func (d *Delivery) inProgress() error {
	// The answer must be here well before the server stops waiting for the sign of life.
	ctx, cancel := context.WithTimeout(context.Background(), (d.q.o.AckWait-d.q.o.Heartbeat)/2)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-d.quit:
			cancel()
		case <-stop:
		}
	}()
	_, err := d.q.lanes.RequestWithContext(ctx, d.m.Reply(), []byte("+WPI"))
	select {
	case <-d.quit:
		return nil
	default:
		return err
	}
}

// lose cancels the context because the lane may have been given to another worker.
func (d *Delivery) lose(cause error) {
	d.cancel(fmt.Errorf("document %s: %w: %w", d.Event.ID, ErrLost, cause))
}

// stop stops the heart and waits until it has.
func (d *Delivery) stop() {
	close(d.quit)
	<-d.done
	d.cancel(errEnded)
}

// Append writes a record that does not end the document. ErrFenced means that another worker has taken over: do nothing
// more. On ErrUnavailable nothing is known to be written: release the document.
func (d *Delivery) Append(ctx context.Context, r Record) error {
	if r.Type.Terminal() {
		return fmt.Errorf("document %s: record %s ends the document: use End", d.Event.ID, r.Type)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.append(ctx, r.complete(d.Event, d.Sequence, d.q.o.Worker))
}

func (d *Delivery) append(ctx context.Context, r Record) error {
	if d.ended {
		return fmt.Errorf("document %s: %w", d.Event.ID, errEnded)
	}
	fence, err := d.q.appendRecord(ctx, d.q.lanes, r, d.fence)
	if err != nil {
		return d.fenced(err)
	}
	d.fence, d.Last = fence, &r
	return nil
}

// fenced turns the news that somebody else has written into ErrFenced and cancels the context.
func (d *Delivery) fenced(err error) error {
	var moved *movedError
	if !errors.As(err, &moved) {
		return fmt.Errorf("document %s: %w", d.Event.ID, err)
	}
	d.cancel(ErrFenced)
	return fmt.Errorf("document %s: %w: %w", d.Event.ID, ErrFenced, err)
}

// End brings the document to its end: a letter or a place in PARKED where the record's type asks for it, then the
// record, then the acknowledgement. It works on when the context of the delivery has ended, because the outcome of work
// that was done must be kept; ctx bounds it. When it fails with ErrUnavailable the document comes again.
func (d *Delivery) End(ctx context.Context, r Record) error {
	if !r.Type.Terminal() {
		return fmt.Errorf("document %s: record %s does not end the document", d.Event.ID, r.Type)
	}
	if r.Type == Parked && r.Due == nil {
		return fmt.Errorf("document %s: parked without a due time", d.Event.ID)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r = r.complete(d.Event, d.Sequence, d.q.o.Worker)
	letter, stream, err := d.letter(ctx, r)
	if err != nil {
		return err
	}
	if err := d.q.o.crash("end: letter written"); err != nil {
		return err
	}
	if err := d.append(ctx, r); err != nil {
		if errors.Is(err, ErrFenced) && letter != 0 {
			// The letter says what is no longer true. Removed by its own sequence it cannot be another's.
			err = errors.Join(err, d.q.remove(ctx, stream, letter))
		}
		return err
	}
	d.ended = true
	if err := d.q.o.crash("end: record written"); err != nil {
		return err
	}
	defer d.stop()
	if err := d.m.DoubleAck(ctx); err != nil {
		// The record stands, so the message is acknowledged unread when it comes again.
		d.q.log.Warn().Err(err).Str("document_id", d.Event.ID).Msg("delivery.ack_lost")
	}
	return nil
}

// letter writes the letter that the record asks for and returns its sequence and stream; 0 when it asks for none.
func (d *Delivery) letter(ctx context.Context, r Record) (uint64, string, error) {
	stream := letterStream(r.Type)
	if stream == "" {
		return 0, "", nil
	}
	subject := d.q.subject(stream, r.Account, r.Kind, event.Key(r.DocumentID))
	m, err := d.q.letterMessage(ctx, d.Event, r, subject)
	if err != nil {
		return 0, "", err
	}
	for {
		// The fence is looked at after the letter that ours takes the place of: had another worker overtaken us and written a
		// letter before, we would see its record; if it does so later, our expectation fails.
		old, err := d.q.last(ctx, d.q.lanes, stream, subject)
		if err != nil {
			return 0, "", err
		}
		_, fence, err := d.q.lastRecord(ctx, d.q.lanes, d.q.subject(history, r.Account, r.Kind, event.Key(r.DocumentID)))
		if err != nil {
			return 0, "", err
		}
		if fence != d.fence {
			d.cancel(ErrFenced)
			return 0, "", fmt.Errorf("document %s: %w", d.Event.ID, ErrFenced)
		}
		if err := d.q.o.crash("end: fence seen"); err != nil {
			return 0, "", err
		}
		expected := uint64(0)
		if old != nil {
			expected = old.Sequence
		}
		seq, err := d.q.write(ctx, d.q.lanes, d.q.laneJS, stream, m, subject, expected)
		var moved *movedError
		if !errors.As(err, &moved) {
			return seq, stream, err
		}
	}
}

// Release gives the document back: it comes again after the delay, to this worker or another. Until then it holds its
// lane, so that documents of the same order keep their order. After the lane was lost there is nothing to give back.
func (d *Delivery) Release(delay time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return nil
	}
	d.ended = true
	d.stop()
	if cause := context.Cause(d.ctx); errors.Is(cause, ErrFenced) || errors.Is(cause, ErrLost) {
		return nil
	}
	// A delay of zero would be a plain nak, which redelivers in a tight loop.
	if err := d.m.NakWithDelay(max(delay, time.Millisecond)); err != nil {
		return unavailable("release document "+d.Event.ID, err)
	}
	return nil
}
