package simulator

import (
	"errors"
	"fmt"
	"time"
)

// lateWrite is a write whose caller was shown a failure while NetSuite is still at it.
type lateWrite struct {
	call *call
	due  time.Time
}

// What became of a late write, as the call log says it.
const (
	lateWaiting = "waiting"
	lateLanded  = "landed"
	lateRefused = "refused: "
)

// lock takes the mutex and carries out the late writes that are due. Whoever looks at the books or changes them takes it,
// so that no write lands unseen in between, whatever moves the clock.
func (s *Simulator) lock() {
	s.mu.Lock()
	s.land(s.now())
}

// postpone keeps a write for later. It starts over then: what it found out now may no longer hold.
func (s *Simulator) postpone(c *call, delay time.Duration) {
	c.saved = nil
	s.late = append(s.late, lateWrite{c, c.carried.Add(delay)})
	s.traffic.late(c, lateWaiting)
}

// land carries out the late writes that are due at a time, the earliest first.
func (s *Simulator) land(now time.Time) {
	for {
		next := -1
		for i, one := range s.late {
			if !one.due.After(now) && (next < 0 || one.due.Before(s.late[next].due)) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		one := s.late[next]
		s.late = append(s.late[:next:next], s.late[next+1:]...)
		one.call.carried, s.acting = one.due, one.call.role
		if _, err := s.execute(one.call); err != nil {
			s.traffic.late(one.call, lateRefused+err.Error())
			continue
		}
		one.call.saved.commit(one.call)
		s.traffic.late(one.call, lateLanded)
	}
}

// Land carries out all late writes at once, without moving the clock, and returns how many there were.
func (s *Simulator) Land() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.late)
	for _, one := range s.late {
		s.land(one.due)
	}
	return n
}

// Clock is the simulator's clock.
type Clock struct {
	Now      time.Time `json:"now"`
	Advanced Duration  `json:"advanced"` // how far it was moved
	Late     int       `json:"late"`     // writes that have not landed yet
}

// Clock returns the clock as it is now.
func (s *Simulator) Clock() Clock {
	s.lock()
	defer s.mu.Unlock()
	return Clock{Now: s.now(), Advanced: Duration(s.advanced), Late: len(s.late)}
}

// Advance moves the simulator's clock forward, for late writes, time stamps and the ends of tokens and locks alike: a
// client whose clock stays behind by more than the tolerated skew can no longer log in with a token.
func (s *Simulator) Advance(d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("advance the clock by %s: %w", d, errBackwards)
	}
	s.lock()
	defer s.mu.Unlock()
	s.advanced += d
	s.land(s.now())
	return nil
}

var errBackwards = errors.New("it only moves forward")
