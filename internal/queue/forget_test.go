package queue

import (
	"errors"
	"testing"
	"time"
)

func TestAForgottenDocumentIsStillRecognised(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	f.publish(q, e)
	if err := q.Forget(f.ctx, e.ID, "ops", ""); err == nil {
		t.Error("a waiting document was forgotten")
	}
	l := f.lane(q, e)
	f.end(f.next(l), Record{Type: Applied})
	if err := f.queue(crashAt("forget: marked")).Forget(f.ctx, e.ID, "ops", "asked by the supplier"); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	if err := q.Forget(f.ctx, e.ID, "ops", "asked by the supplier"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := q.Find(f.ctx, e.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("find: %v", err)
	}
	if got := f.count(q, inbound); got != 1 {
		t.Errorf("%d messages, want the marker", got)
	}
	s, err := q.Status(f.ctx, e.ID)
	if err != nil || s.State != StateApplied || !s.Forgotten {
		t.Errorf("%+v, %v", s, err)
	}
	if r, err := q.Publish(f.ctx, e); err != nil || !r.Duplicate {
		t.Errorf("sent again: %+v, %v", r, err)
	}
	other := doc("PO-1", "p1")
	other.PayloadHash = "x"
	if _, err := q.Publish(f.ctx, other); !errors.Is(err, ErrConflict) {
		t.Errorf("another payload: %v", err)
	}
	f.idle(l)
	if depth, err := q.Depth(f.ctx, "main"); err != nil || depth.Waiting+depth.Working != 0 {
		t.Errorf("the marker waits: %+v, %v", depth, err)
	}
}

func TestOnlyFinishedDocumentsExpire(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	done, dead, waiting := doc("PO-1", "done"), doc("PO-1", "dead"), doc("PO-1", "waiting")
	l := f.lane(q, done)
	f.publish(q, done)
	f.end(f.next(l), Record{Type: Recorded})
	f.publish(q, dead)
	f.end(f.next(l), Record{Type: DeadLettered})
	f.publish(q, waiting)
	if n, err := q.Expire(f.ctx, time.Hour, 100); n != 0 || err != nil {
		t.Errorf("young: %d, %v", n, err)
	}
	if n, err := q.Expire(f.ctx, 0, 100); n != 1 || err != nil {
		t.Errorf("%d expired, %v", n, err)
	}
	for id, want := range map[string]bool{done.ID: false, dead.ID: true, waiting.ID: true} {
		if _, _, err := q.Find(f.ctx, id); (err == nil) != want {
			t.Errorf("document %s: %v", id, err)
		}
	}
}
