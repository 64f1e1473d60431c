package intake

import (
	"sync/atomic"
	"time"
)

// gate bounds work in progress and the queue in front of it.
type gate struct {
	working chan struct{}
	waiting chan struct{}
}

func newGate(working, waiting int) *gate {
	return &gate{working: make(chan struct{}, working), waiting: make(chan struct{}, working+waiting)}
}

// enter waits for a place. It returns false at once when too many wait already, and else when done is closed or the time is
// over before there is a place. Call leave after true.
func (g *gate) enter(done <-chan struct{}, most time.Duration) bool {
	select {
	case g.waiting <- struct{}{}:
	default:
		return false
	}
	select {
	case g.working <- struct{}{}:
		return true
	default:
	}
	select {
	case g.working <- struct{}{}: // also when done is closed already
		return true
	default:
	}
	over := time.NewTimer(most)
	defer over.Stop()
	select {
	case g.working <- struct{}{}:
		return true
	case <-done:
	case <-over.C:
	}
	<-g.waiting
	return false
}

func (g *gate) leave() {
	<-g.working
	<-g.waiting
}

// memory bounds the bytes of all bodies in progress: many large ones at once must not end the process.
type memory struct {
	most int64 // 0: no bound
	used atomic.Int64
}

// loan is what one request has of a memory.
type loan struct {
	from  *memory
	bytes int64
}

// take reports whether n more bytes may be held.
func (l *loan) take(n int64) bool {
	if now := l.from.used.Add(n); l.from.most > 0 && now > l.from.most {
		l.from.used.Add(-n)
		return false
	}
	l.bytes += n
	return true
}

// giveBack ends the loan.
func (l *loan) giveBack() {
	l.from.used.Add(-l.bytes)
	l.bytes = 0
}
