package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/event"
	"counterpunch/internal/reason"
)

// Depth is what waits for an account.
type Depth struct {
	Waiting int         `json:"waiting"`         // not handed out yet
	Working int         `json:"working"`         // handed out and not acknowledged
	Oldest  time.Time   `json:"oldest,omitzero"` // when the oldest of both was stored
	Lanes   []LaneDepth `json:"lanes"`
}

// LaneDepth is what waits in one lane.
type LaneDepth struct {
	Lane    int       `json:"lane"`
	Waiting int       `json:"waiting"`
	Working int       `json:"working"`
	Oldest  time.Time `json:"oldest,omitzero"`
}

// Depth returns what waits in every lane that the account ever had. A lane that no worker has opened yet counts as it
// is in the stream.
func (q *Queue) Depth(ctx context.Context, account string) (Depth, error) {
	state, _, err := q.Accounts().Get(ctx, account)
	if err != nil {
		return Depth{}, err
	}
	stream, err := q.js.Stream(ctx, q.o.stream(inbound))
	if err != nil {
		return Depth{}, unavailable("read the depth of account "+account, err)
	}
	var d Depth
	for n := range state.MostLanes {
		lane, err := q.laneDepth(ctx, stream, account, n)
		if err != nil {
			return Depth{}, err
		}
		d.Lanes = append(d.Lanes, lane)
		d.Waiting += lane.Waiting
		d.Working += lane.Working
		if !lane.Oldest.IsZero() && (d.Oldest.IsZero() || lane.Oldest.Before(d.Oldest)) {
			d.Oldest = lane.Oldest
		}
	}
	return d, nil
}

func (q *Queue) laneDepth(ctx context.Context, stream jetstream.Stream, account string, number int) (LaneDepth, error) {
	what := fmt.Sprintf("read the depth of lane %d of account %s", number, account)
	d := LaneDepth{Lane: number}
	subject := q.o.subject(fmt.Sprintf("inbound.%s.%d.>", account, number))
	from := uint64(1)
	c, err := stream.Consumer(ctx, laneName(account, number))
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		info, err := stream.Info(ctx, jetstream.WithSubjectFilter(subject))
		if err != nil {
			return d, unavailable(what, err)
		}
		for _, n := range info.State.Subjects {
			d.Waiting += int(n)
		}
	case err != nil:
		return d, unavailable(what, err)
	default:
		info := c.CachedInfo()
		d.Waiting, d.Working = int(info.NumPending), info.NumAckPending
		from = info.AckFloor.Stream + 1
	}
	if d.Waiting+d.Working == 0 {
		return d, nil
	}
	m, err := q.next(ctx, q.intake, inbound, subject, from)
	if err != nil {
		return d, err
	}
	if m != nil {
		d.Oldest = m.Time
	}
	return d, nil
}

// CountKey is what letters are counted by.
type CountKey struct {
	Account string
	Reason  reason.Code
}

// Counts are the documents that wait for a time or for a person. Letters that a crash left behind are counted until
// RunParking has removed them.
type Counts struct {
	Parked           map[CountKey]int
	DeadLetters      map[CountKey]int
	OldestDeadLetter map[string]time.Time // by account
	PastDue          map[string]int       // parked documents that should have come back already, by account
}

// Counts counts the letters, reading headers only.
func (q *Queue) Counts(ctx context.Context) (Counts, error) {
	c := Counts{Parked: map[CountKey]int{}, DeadLetters: map[CountKey]int{}, OldestDeadLetter: map[string]time.Time{}, PastDue: map[string]int{}}
	count := func(stream string, each func(*stored, CountKey)) error {
		heads, err := q.scan(ctx, stream, q.filterSubject(stream, Filter{}), true)
		for _, h := range heads {
			each(h, CountKey{event.Attribute(h.Header, "account"), reason.Code(getHeader(h.Header, headerReason))})
		}
		return err
	}
	now := time.Now()
	err := count(parked, func(h *stored, k CountKey) {
		c.Parked[k]++
		if due(h).Before(now) {
			c.PastDue[k.Account]++
		}
	})
	if err != nil {
		return c, err
	}
	return c, count(deadletters, func(h *stored, k CountKey) {
		c.DeadLetters[k]++
		if t, ok := c.OldestDeadLetter[k.Account]; !ok || h.Time.Before(t) {
			c.OldestDeadLetter[k.Account] = h.Time
		}
	})
}
