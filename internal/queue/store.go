package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/pause"
)

// stored is a message as a stream holds it.
type stored struct {
	Subject  string      `json:"subject"`
	Sequence uint64      `json:"seq"`
	RawHead  []byte      `json:"hdrs"`
	Data     []byte      `json:"data"`
	Time     time.Time   `json:"time"`
	Header   nats.Header `json:"-"`
}

// headerWrite carries a mark of one write, so that after a lost acknowledgement the writer recognises its own message.
const headerWrite = "Counterpunch-Write"

// requestTimeout bounds one question to JetStream; a change of leader takes up to five seconds.
const requestTimeout = 6 * time.Second

// last returns the newest message that matches the filter, or nil. It asks the stream's leader, because a follower may
// not know yet what was just acknowledged, and fences are built on what is read here.
func (q *Queue) last(ctx context.Context, nc *nats.Conn, stream, filter string) (*stored, error) {
	return q.get(ctx, nc, stream, map[string]any{"last_by_subj": filter})
}

// next returns the first message that matches the filter at or after a sequence, or nil.
func (q *Queue) next(ctx context.Context, nc *nats.Conn, stream, filter string, from uint64) (*stored, error) {
	return q.get(ctx, nc, stream, map[string]any{"next_by_subj": filter, "seq": from})
}

// at returns the message with this sequence, or nil.
func (q *Queue) at(ctx context.Context, nc *nats.Conn, stream string, seq uint64) (*stored, error) {
	return q.get(ctx, nc, stream, map[string]any{"seq": seq})
}

func (q *Queue) get(ctx context.Context, nc *nats.Conn, stream string, request map[string]any) (*stored, error) {
	name := q.o.stream(stream)
	body, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("read from %s: %w", name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	answer, err := nc.RequestWithContext(ctx, jetstream.DefaultAPIPrefix+"STREAM.MSG.GET."+name, body)
	if err != nil {
		return nil, unavailable("read from "+name, err)
	}
	var r struct {
		Error   *jetstream.APIError `json:"error"`
		Message *stored             `json:"message"`
	}
	if err := json.Unmarshal(answer.Data, &r); err != nil {
		return nil, fmt.Errorf("read from %s: %w", name, err)
	}
	switch {
	case r.Error != nil && r.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return nil, nil
	case r.Error != nil:
		return nil, unavailable("read from "+name, r.Error)
	case r.Message == nil:
		return nil, unavailable("read from "+name, errors.New("empty answer"))
	}
	if len(r.Message.RawHead) > 0 {
		if r.Message.Header, err = nats.DecodeHeadersMsg(r.Message.RawHead); err != nil {
			return nil, fmt.Errorf("read from %s: message %d: %w", name, r.Message.Sequence, err)
		}
	}
	return r.Message, nil
}

// movedError says that the newest message of the filter is not the expected one. now is nil when there is none.
type movedError struct{ now *stored }

func (e *movedError) Error() string {
	if e.now == nil {
		return "the expected message is gone"
	}
	return fmt.Sprintf("the newest message is %d", e.now.Sequence)
}

// write publishes m under the expectation that the newest message of filter has the sequence expected (0: there is
// none), and returns the sequence of m. It ends in one of three ways: m is stored once; *movedError, somebody else's
// message came first and m is not stored; any other error (ErrUnavailable), nothing is known to be stored. An
// acknowledgement that got lost is looked for.
func (q *Queue) write(ctx context.Context, nc *nats.Conn, js jetstream.JetStream, stream string, m *nats.Msg, filter string, expected uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, q.o.PublishTimeout)
	defer cancel()
	what := "write to " + q.o.stream(stream)
	mark := uuid.NewString()
	m.Header.Set(headerWrite, mark)
	opts := []jetstream.PublishOpt{
		jetstream.WithExpectStream(q.o.stream(stream)),
		jetstream.WithExpectLastSequenceForSubject(expected, filter),
	}
	for try := 0; ; try++ {
		one, done := context.WithTimeout(ctx, max(q.o.PublishTimeout/3, time.Second))
		ack, err := js.PublishMsg(one, m, opts...)
		done()
		if err == nil {
			return ack.Sequence, nil
		}
		switch code := apiCode(err); {
		case code == 0, code == codeExpectedNotReady,
			code == jetstream.JSErrCodeStreamWrongLastSequence, code == jetstream.JSErrCodeStreamWrongLastSequenceConstant:
			// No answer; not ready; or not what was expected, with or without (on a cluster, while the other message is still
			// in process) a stored message that explains it. In all of these the stream knows what happened.
		case code == jetstream.JSErrCodeStreamMessageExceedsMaximum, code == codeHeadersTooLarge:
			return 0, fmt.Errorf("%s: %w: %w", what, ErrTooLarge, err)
		default:
			return 0, unavailable(what, err)
		}
		if errors.Is(err, nats.ErrMaxPayload) {
			return 0, fmt.Errorf("%s: %w: %d bytes, the server takes %d", what, ErrTooLarge, len(m.Data), nc.MaxPayload())
		}
		now, readErr := q.last(ctx, nc, stream, filter)
		switch {
		case readErr != nil:
			// Ask again below, until the time is over.
		case now != nil && now.Header.Get(headerWrite) == mark:
			return now.Sequence, nil
		case now != nil && now.Sequence != expected, now == nil && expected != 0:
			return 0, &movedError{now}
		}
		if !backOff(ctx, try) {
			return 0, unavailable(what, err)
		}
	}
}

// backOff waits before the next try, longer each time, and reports false when ctx ends first.
func backOff(ctx context.Context, try int) bool {
	const first, most = 10 * time.Millisecond, time.Second
	d := min(first<<min(try, 10), most)
	return pause.For(ctx, d/2+rand.N(d))
}

// remove deletes one message of a stream; that it is gone already is no error.
func (q *Queue) remove(ctx context.Context, stream string, seq uint64) error {
	s, err := q.js.Stream(ctx, q.o.stream(stream))
	if err != nil {
		return unavailable("open "+q.o.stream(stream), err)
	}
	err = s.DeleteMsg(ctx, seq)
	if err == nil || errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	if still, e := q.at(ctx, q.intake, stream, seq); e == nil && still == nil {
		return nil
	}
	return unavailable(fmt.Sprintf("remove message %d of %s", seq, q.o.stream(stream)), err)
}
