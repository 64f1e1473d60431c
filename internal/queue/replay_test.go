package queue

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/event"
	"counterpunch/internal/reason"
)

// deadLetter publishes a document and brings it to a dead letter.
func (f *fixture) deadLetter(q *Queue, e *event.Event) uint64 {
	f.t.Helper()
	seq := f.publish(q, e)
	f.end(f.next(f.lane(q, e)), Record{Type: DeadLettered, Reason: reason.OrderClosed, Detail: "closed", Attempt: 2, Tries: map[string]int{"odd": 4}})
	return seq
}

func TestReplayBringsADocumentBack(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	f.publish(q, doc("PO-2", "another")) // so that sequences of the streams differ
	e := doc("PO-1", "p1")
	old := f.deadLetter(q, e)
	if got := f.state(q, e.ID); got != StateDeadLettered {
		t.Errorf("state %s", got)
	}
	seq, err := q.Replay(f.ctx, e.ID, Decision{Actor: "ops@example", Note: "order reopened: 1\n2"})
	if err != nil || seq <= old {
		t.Fatalf("sequence %d, %v", seq, err)
	}
	if got := f.state(q, e.ID); got != StateAccepted {
		t.Errorf("state %s", got)
	}
	if _, err := q.Letter(f.ctx, e.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("letter after the replay: %v", err)
	}
	if r, err := q.Publish(f.ctx, e); err != nil || !r.Duplicate {
		t.Errorf("the supplier sends it again: %+v, %v", r, err)
	}
	d := f.next(f.lane(q, e))
	if d.Sequence != seq || d.Last.Type != Replayed || d.Last.Actor != "ops@example" || d.Last.Note != "order reopened: 1\n2" || d.Last.Attempt != 2 || d.Last.Tries != nil {
		t.Errorf("message %d, last record %+v", d.Sequence, d.Last)
	}
	f.end(d, Record{Type: Applied})
	if diff := cmp.Diff([]RecordType{DeadLettered, Replayed, Applied}, f.types(q, e.ID)); diff != "" {
		t.Error(diff)
	}
	if _, err := q.Replay(f.ctx, e.ID, Decision{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("replay of an applied document: %v", err)
	}
}

func TestEditedReplayKeepsIdentityAndOriginal(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	old := f.deadLetter(q, e)
	data := doc("PO-2", "p1").Data
	if _, err := q.ReplayEdited(f.ctx, e.ID, data, Decision{Actor: "ops", Note: "wrong order number"}); err != nil {
		t.Fatal(err)
	}
	edited, _, err := q.Find(f.ctx, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if edited.ID != e.ID || edited.PayloadHash != e.PayloadHash || edited.Subject != "PO-2" || edited.PartitionKey != "PO-2" {
		t.Errorf("edited: %+v", edited)
	}
	if m, err := q.at(f.ctx, q.intake, inbound, old); err != nil || m == nil {
		t.Errorf("what was received is gone: %v", err)
	}
	if diff := cmp.Diff([]RecordType{DeadLettered, Edited}, f.types(q, e.ID)); diff != "" {
		t.Error(diff)
	}
	f.end(f.next(f.lane(q, edited)), Record{Type: Applied})
}

func TestDiscardEndsADocument(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	f.deadLetter(q, e)
	if err := q.Discard(f.ctx, e.ID, Decision{Actor: "ops", Note: "entered by hand"}); err != nil {
		t.Fatal(err)
	}
	if got := f.state(q, e.ID); got != StateDiscarded {
		t.Errorf("state %s", got)
	}
	f.idle(f.lane(q, e))
	if found, _, err := q.Find(f.ctx, e.ID); err != nil || found.Data.Document == nil {
		t.Errorf("the discarded document is not found: %v", err)
	}
	if r, err := q.Publish(f.ctx, e); err != nil || !r.Duplicate {
		t.Errorf("the supplier sends it again: %+v, %v", r, err)
	}
	if got := f.count(q, deadletters); got != 0 {
		t.Errorf("%d letters", got)
	}
}

func TestOfManyOperatorsOneWins(t *testing.T) {
	f := newFixture(t)
	q, other := f.queue(), f.queue()
	e := doc("PO-1", "p1")
	f.deadLetter(q, e)
	var won, discarded, lost atomic.Int32
	parallel(12, func(i int) {
		var err error
		switch {
		case i%3 == 2:
			if err = q.Discard(f.ctx, e.ID, Decision{Actor: "ops"}); err == nil {
				discarded.Add(1)
			}
		case i%3 == 1:
			_, err = other.Replay(f.ctx, e.ID, Decision{Actor: "ops"})
		default:
			_, err = q.Replay(f.ctx, e.ID, Decision{Actor: "ops"})
		}
		switch {
		case err == nil:
			won.Add(1)
		case errors.Is(err, ErrReplayed), errors.Is(err, ErrNotFound):
			lost.Add(1)
		default:
			t.Error(err)
		}
	})
	if won.Load() != 1 || lost.Load() != 11 {
		t.Fatalf("%d won, %d lost", won.Load(), lost.Load())
	}
	if discarded.Load() == 1 {
		f.idle(f.lane(q, e))
		return
	}
	f.end(f.next(f.lane(q, e)), Record{Type: Applied})
	f.idle(f.lane(q, e))
	if diff := cmp.Diff([]RecordType{DeadLettered, Replayed, Applied}, f.types(q, e.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestACrashWhileReplayingLosesAndDoublesNothing(t *testing.T) {
	for _, step := range []string{"replay: published", "replay: recorded"} {
		for _, first := range []string{"the worker", "an operator", "the sweep"} {
			t.Run(step+", then "+first, func(t *testing.T) {
				f := newFixture(t)
				q := f.queue()
				e := doc("PO-1", "p1")
				f.deadLetter(q, e)
				seq, err := f.queue(crashAt(step)).Replay(f.ctx, e.ID, Decision{Actor: "ops", Note: "why"})
				if !errors.Is(err, errCrash) {
					t.Fatal(err)
				}
				switch first {
				case "an operator":
					if _, err := q.Replay(f.ctx, e.ID, Decision{Actor: "second"}); !errors.Is(err, ErrReplayed) && !errors.Is(err, ErrNotFound) {
						t.Errorf("second replay: %v", err)
					}
				case "the sweep":
					if err := q.sweepLetters(f.ctx, deadletters); err != nil {
						t.Error(err)
					}
				}
				d := f.next(f.lane(q, e))
				if d.Sequence != seq || d.Last.Type != Replayed || d.Last.Actor != "ops" {
					t.Errorf("message %d, last %+v", d.Sequence, d.Last)
				}
				f.end(d, Record{Type: Applied})
				f.idle(f.lane(q, e))
				if letters, err := q.Letters(f.ctx, Filter{}); err != nil || len(letters) != 0 {
					t.Errorf("letters %v, %v", letters, err)
				}
				if got := f.count(q, deadletters); got != 0 {
					t.Errorf("%d letters are left", got)
				}
				if diff := cmp.Diff([]RecordType{DeadLettered, Replayed, Applied}, f.types(q, e.ID)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestACrashWhileDiscardingIsCompleted(t *testing.T) {
	for _, step := range []string{"discard: published", "discard: recorded"} {
		t.Run(step, func(t *testing.T) {
			f := newFixture(t)
			q := f.queue()
			e := doc("PO-1", "p1")
			f.deadLetter(q, e)
			if err := f.queue(crashAt(step)).Discard(f.ctx, e.ID, Decision{Actor: "ops", Note: "why"}); !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			if got := f.state(q, e.ID); got != StateDiscarded {
				t.Errorf("state %s", got)
			}
			if letters, err := q.Letters(f.ctx, Filter{}); err != nil || len(letters) != 0 {
				t.Errorf("letters %v, %v", letters, err)
			}
			h, err := q.History(f.ctx, e.ID)
			if err != nil || len(h) != 2 || h[1].Type != Discarded || h[1].Actor != "ops" || h[1].Note != "why" {
				t.Errorf("history %+v, %v", h, err)
			}
			f.idle(f.lane(q, e))
		})
	}
}

func TestAParkedDocumentReturnsWhenItIsDue(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e, later := doc("PO-1", "p1"), doc("PO-1", "p2")
	now := time.Now()
	due, tomorrow := now.Add(time.Minute), now.Add(24*time.Hour)
	l := f.lane(q, e)
	seq := f.publish(q, e)
	f.end(f.next(l), Record{Type: Parked, Due: &due, FirstParked: &now, Reason: reason.OrderNotFound, Tries: map[string]int{"not yet": 1}})
	f.publish(q, later)
	f.end(f.next(l), Record{Type: Parked, Due: &tomorrow, Reason: reason.OrderNotFound})

	if n, err := q.ReturnDue(f.ctx, now); err != nil || n != 0 {
		t.Fatalf("too early: %d, %v", n, err)
	}
	if list, err := q.Parked(f.ctx, Filter{}); err != nil || len(list) != 2 {
		t.Fatalf("parked: %v, %v", list, err)
	}
	if s, err := q.Status(f.ctx, e.ID); err != nil || s.State != StateParked || s.Due == nil || !s.Due.Equal(due) {
		t.Errorf("status %+v, %v", s, err)
	}
	if n, err := q.ReturnDue(f.ctx, due); err != nil || n != 1 {
		t.Fatalf("when due: %d, %v", n, err)
	}
	if n, err := q.ReturnDue(f.ctx, due); err != nil || n != 0 {
		t.Errorf("a second time: %d, %v", n, err)
	}
	d := f.next(l)
	if d.Sequence <= seq || d.Last.Type != Parked || d.Last.Reason != reason.OrderNotFound || d.Last.Tries["not yet"] != 1 || !d.Last.FirstParked.Equal(now) {
		t.Errorf("message %d, last %+v", d.Sequence, d.Last)
	}
	f.end(d, Record{Type: Applied})
	if diff := cmp.Diff([]RecordType{Parked, Applied}, f.types(q, e.ID)); diff != "" {
		t.Error(diff)
	}
	if got := f.count(q, parked); got != 1 {
		t.Errorf("%d parked, want the later one", got)
	}
}

func TestACrashWhileReturningLosesAndDoublesNothing(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	due := time.Now()
	f.publish(q, e)
	f.end(f.next(f.lane(q, e)), Record{Type: Parked, Due: &due})
	if _, err := f.queue(crashAt("return: published")).ReturnDue(f.ctx, due.Add(time.Second)); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	if n, err := q.ReturnDue(f.ctx, due.Add(time.Second)); err != nil || n != 1 {
		t.Errorf("after the crash: %d, %v", n, err)
	}
	f.end(f.next(f.lane(q, e)), Record{Type: Applied})
	f.idle(f.lane(q, e))
	if got := f.count(q, parked) + f.count(q, inbound); got != 2 {
		t.Errorf("%d messages, want two in the archive and none parked", got)
	}
}

// Parking again between letter and record must not be taken for a stale letter by the returner.
func TestALetterWhoseRecordIsNotWrittenYetIsLeftAlone(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	due := time.Now()
	l := f.lane(q, e)
	f.publish(q, e)
	f.end(f.next(l), Record{Type: Parked, Due: &due})
	if n, err := q.ReturnDue(f.ctx, due.Add(time.Second)); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	d := f.next(l)
	q.o.crash = func(step string) error {
		if step == "end: letter written" {
			if _, err := q.ReturnDue(f.ctx, due.Add(time.Second)); err != nil {
				t.Error(err)
			}
		}
		return nil
	}
	f.end(d, Record{Type: Parked, Due: &due})
	if got := f.count(q, parked); got != 1 {
		t.Errorf("%d parked, want 1", got)
	}
}

func TestOfManyReturnersOneHoldsTheLease(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	a, b := q.lease("x", time.Minute), q.lease("x", time.Minute)
	hold := func(l *lease) bool {
		held, err := l.hold(f.ctx)
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	if !hold(a) || hold(b) || !hold(a) {
		t.Error("the lease is not with its first holder")
	}
	a.release()
	if !hold(b) {
		t.Error("a lease that was given back is not free")
	}
	old := q.lease("y", -time.Second)
	if !hold(old) || !hold(q.lease("y", time.Minute)) {
		t.Error("a lease that ran out is not free")
	}
}

func TestRunParkingReturnsDocuments(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	due := time.Now().Add(100 * time.Millisecond)
	f.publish(q, e)
	l := f.lane(q, e)
	f.end(f.next(l), Record{Type: Parked, Due: &due})
	ctx, stop := withCancel(f)
	ended := make(chan error, 2)
	for range 2 {
		go func() { ended <- q.RunParking(ctx, 20*time.Millisecond) }()
	}
	f.end(f.next(l), Record{Type: Applied})
	stop()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	f.idle(l)
}

// The process died before the acknowledgement of a dead letter, and an operator was faster than the redelivery.
func TestAMessageThatANewerOneReplacesIsNotWorkedOn(t *testing.T) {
	f := newFixture(t)
	e := doc("PO-1", "p1")
	q := f.queue(crashAt("end: record written"), func(o *Options) { o.AckWait, o.Heartbeat = 300*time.Millisecond, 60*time.Millisecond })
	f.publish(q, e)
	d := f.next(f.lane(q, e))
	if err := d.End(f.ctx, Record{Type: DeadLettered}); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	abandon(d)
	healthy := f.queue()
	seq, err := healthy.Replay(f.ctx, e.ID, Decision{Actor: "ops"})
	if err != nil {
		t.Fatal(err)
	}
	l := f.lane(healthy, e)
	again := f.next(l)
	if again.Sequence != seq {
		t.Errorf("message %d is worked on, want %d", again.Sequence, seq)
	}
	f.end(again, Record{Type: Applied})
	f.idle(l)
}

// The replayer has published, and the lane has the message before the record of the replay is written: both write it.
func TestALaneThatIsFasterThanTheRecordOfAReplayDoesNotStandStill(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	f.deadLetter(q, e)
	seq, err := f.queue(crashAt("replay: published")).Replay(f.ctx, e.ID, Decision{Actor: "ops"})
	if !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	m, err := q.last(f.ctx, q.intake, inbound, q.inboundFilter(e.Account, event.Key(e.ID)))
	if err != nil {
		t.Fatal(err)
	}
	last, fence, err := q.lastRecord(f.ctx, q.intake, q.subject(history, e.Account, e.Kind, event.Key(e.ID)))
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"the first", "the second"} {
		r, next, err := q.recordReplay(f.ctx, q.intake, m.Header, e, seq, last, fence)
		if err != nil || r.Type != Replayed || r.Sequence != seq || next <= fence {
			t.Errorf("%s: record %+v with fence %d, %v", who, r, next, err)
		}
	}
	if diff := cmp.Diff([]RecordType{DeadLettered, Replayed}, f.types(q, e.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestAReasonThatNoMessageTakesIsTold(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	f.deadLetter(q, e)
	_, err := q.Replay(f.ctx, e.ID, Decision{Actor: "ops", Note: strings.Repeat("long ", 20_000)})
	if !errors.Is(err, ErrTooLarge) || errors.Is(err, ErrUnavailable) {
		t.Errorf("the error is %v", err)
	}
	if _, err := q.Letter(f.ctx, e.ID); err != nil {
		t.Error(err)
	}
}
