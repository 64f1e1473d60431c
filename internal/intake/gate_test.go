package intake

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func TestGateTurnsAwayWhenTooManyWait(t *testing.T) {
	g := newGate(1, 1)
	if !g.enter(t.Context().Done(), time.Minute) {
		t.Fatal("the first was turned away")
	}
	entered := make(chan bool)
	go func() { entered <- g.enter(t.Context().Done(), time.Minute) }()
	for len(g.waiting) < 2 { // until the second waits
		runtime.Gosched()
	}
	if g.enter(t.Context().Done(), time.Minute) {
		t.Error("a third got in front of a full queue")
	}
	g.leave()
	if !<-entered {
		t.Error("the second never got its turn")
	}
	g.leave()
	if len(g.waiting) != 0 || len(g.working) != 0 {
		t.Error("places were lost")
	}
}

func TestGateKeepsNobodyForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, 1)
		g.enter(t.Context().Done(), time.Minute)
		if started := time.Now(); g.enter(t.Context().Done(), time.Minute) || time.Since(started) != time.Minute {
			t.Errorf("let in, or turned away after %s", time.Since(started))
		}
		gone := make(chan struct{})
		close(gone)
		if g.enter(gone, time.Minute) {
			t.Error("somebody who is gone was let in")
		}
		if len(g.waiting) != 1 {
			t.Errorf("%d places to wait are taken, want that of the one within", len(g.waiting))
		}
	})
}

func TestGateLetsInWhomeverThereIsAPlaceFor(t *testing.T) {
	gone := make(chan struct{})
	close(gone)
	g := newGate(1, 1)
	for range 100 {
		if !g.enter(gone, time.Minute) {
			t.Fatal("turned away from a free place: a sender that closed its half of the connection still waits for the answer")
		}
		g.leave()
	}
}

func TestMemoryIsLentUpToItsBound(t *testing.T) {
	m := &memory{most: 100}
	a, b := loan{from: m}, loan{from: m}
	if !a.take(60) || b.take(50) {
		t.Error("60 of 100 bytes were refused, or 50 more were lent")
	}
	if !b.take(40) {
		t.Error("what was refused is counted as lent")
	}
	a.giveBack()
	a.giveBack()
	if !b.take(60) || b.take(1) {
		t.Error("what was given back cannot be lent again, or more than all")
	}
	if unbounded := (loan{from: new(memory)}); !unbounded.take(1 << 40) {
		t.Error("a memory without a bound refused")
	}
}
