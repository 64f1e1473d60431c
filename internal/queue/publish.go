package queue

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/event"
)

// Receipt says where an accepted document is.
type Receipt struct {
	Sequence  uint64 // in INBOUND
	Duplicate bool   // it had been accepted before; Sequence is that of its newest message
}

// Publish stores the event once, however often and from however many processes it is called. It returns a receipt only
// when the document is stored. A document that was accepted before is a Duplicate; a document with the same id but
// another payload is ErrConflict; ErrUnavailable means that nothing is known to be stored and the supplier must send again.
func (q *Queue) Publish(ctx context.Context, e *event.Event) (Receipt, error) {
	if !token.MatchString(e.Account) {
		return Receipt{}, fmt.Errorf("publish document %s: account %q: only letters, digits, - and _ may stand in it", e.ID, e.Account)
	}
	if err := q.checkDurable(ctx); err != nil {
		return Receipt{}, err
	}
	lanes, err := q.Lanes(ctx, e.Account)
	if err != nil {
		return Receipt{}, err
	}
	m, err := q.inboundMessage(ctx, e)
	if err != nil {
		return Receipt{}, err
	}
	m.Subject = q.inboundSubject(e, LaneOf(e.PartitionKey, lanes))
	seq, err := q.write(ctx, q.intake, q.js, inbound, m, q.inboundFilter(e.Account, event.Key(e.ID)), 0)
	var moved *movedError
	switch {
	case err == nil:
		return Receipt{Sequence: seq}, nil
	case !errors.As(err, &moved):
		return Receipt{}, fmt.Errorf("publish document %s: %w", e.ID, err)
	}
	// The stored message was read for the comparison, so a receipt for a duplicate is as good as one for the first.
	if hash := event.Attribute(moved.now.Header, "payloadhash"); hash != e.PayloadHash {
		return Receipt{}, fmt.Errorf("publish document %s: payloadID %q: %w", e.ID, e.PayloadID, ErrConflict)
	}
	return Receipt{Sequence: moved.now.Sequence, Duplicate: true}, nil
}

// LaneOf returns the lane of a partition key among so many lanes.
func LaneOf(partitionKey string, lanes int) int {
	h := fnv.New32a()
	h.Write([]byte(partitionKey))
	return int(h.Sum32() % uint32(max(lanes, 1)))
}

// laneCacheTime is how long an account's number of lanes is believed without asking.
const laneCacheTime = 10 * time.Second

// Lanes returns the account's present number of lanes: where new documents go. The default is stored at first use, so
// that all processes agree.
func (q *Queue) Lanes(ctx context.Context, account string) (int, error) {
	q.mu.Lock()
	c, ok := q.laneCache[account]
	q.mu.Unlock()
	if ok && time.Now().Before(c.until) {
		return c.n, nil
	}
	accounts := q.Accounts()
	state, rev, err := accounts.Get(ctx, account)
	if err != nil {
		return 0, err
	}
	if state.Lanes == 0 || rev == 0 {
		err := accounts.Update(ctx, account, func(s *AccountState) error {
			if s.Lanes == 0 {
				s.SetLanes(q.o.Lanes)
			}
			state = *s
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.laneCache == nil {
		q.laneCache = make(map[string]cachedLanes)
	}
	q.laneCache[account] = cachedLanes{n: state.Lanes, until: time.Now().Add(laneCacheTime)}
	return state.Lanes, nil
}

// setHeader sets a header of ours; its value is escaped, because a header holds one line of ASCII.
func setHeader(h nats.Header, name, value string) {
	if value != "" {
		h[name] = []string{url.QueryEscape(value)}
	}
}

func getHeader(h nats.Header, name string) string {
	v := h[name]
	if len(v) == 0 {
		return ""
	}
	s, err := url.QueryUnescape(v[0])
	if err != nil {
		return v[0]
	}
	return s
}

// orderNumbers returns the orders that the document names.
func orderNumbers(e *event.Event) []string {
	var list []string
	if e.Data.Document == nil {
		return nil
	}
	for _, r := range e.Data.Document.Orders() {
		list = append(list, r.String())
	}
	return list
}
