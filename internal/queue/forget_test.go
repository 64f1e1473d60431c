package queue

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"counterpunch/internal/event"
	"counterpunch/internal/testkit/wait"
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
	if found, err := q.Documents(f.ctx, Filter{Number: e.Data.Document.Number()}); err != nil || len(found) != 1 || !found[0].Forgotten {
		t.Errorf("by its number, to be forgotten again: %+v, %v", found, err)
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
	if n, err := q.Expire(f.ctx, time.Hour); n != 0 || err != nil {
		t.Errorf("young: %d, %v", n, err)
	}
	if n, err := q.Expire(f.ctx, 0); n != 1 || err != nil {
		t.Errorf("%d expired, %v", n, err)
	}
	for id, want := range map[string]bool{done.ID: false, dead.ID: true, waiting.ID: true} {
		if _, _, err := q.Find(f.ctx, id); (err == nil) != want {
			t.Errorf("document %s: %v", id, err)
		}
	}
}

// Markers and dead letters stay where they are, so the oldest messages may all be such.
func TestExpiryGoesOnBehindWhatStays(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	l := f.lane(q, doc("PO-1", ""))
	for _, name := range []string{"a", "b", "c"} {
		f.publish(q, doc("PO-1", name))
		f.end(f.next(l), Record{Type: DeadLettered})
	}
	f.publish(q, doc("PO-1", "done"))
	f.end(f.next(l), Record{Type: Applied})
	for range 2 {
		if _, err := q.Expire(f.ctx, 0); err != nil {
			t.Fatal(err)
		}
		f.idle(l)
		if n := f.count(q, inbound); n != 4 {
			t.Errorf("%d messages, want three dead letters and a marker", n)
		}
	}
	if s, err := q.Status(f.ctx, doc("PO-1", "done").ID); err != nil || !s.Forgotten {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestRetentionForgetsDocumentsAndTheirFiles(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	kept, gone := doc("PO-1", "kept"), doc("PO-1", "gone")
	for _, e := range []*event.Event{kept, gone} {
		ref, err := q.PutAttachment(f.ctx, []byte("a file of "+e.ID))
		if err != nil {
			t.Fatal(err)
		}
		e.Data.Attachments = []event.Attachment{{Ref: ref}}
		e.Data.Original.CXML = strings.Repeat(e.ID, 1000) // stored apart, too
		f.publish(q, e)
	}
	l := f.lane(q, kept)
	f.end(f.next(l), Record{Type: DeadLettered})
	f.end(f.next(l), Record{Type: Applied})
	sweep := sweeper{q: q}
	for _, want := range []Swept{{Documents: 1}, {Objects: 2}, {}} {
		if swept, err := sweep.round(f.ctx); swept != want || err != nil {
			t.Errorf("%+v, %v, want %+v", swept, err, want)
		}
	}
	if _, err := q.Object(f.ctx, gone.Data.Attachments[0].Ref); !errors.Is(err, ErrNotFound) {
		t.Errorf("the file of a forgotten document: %v", err)
	}
	if e, _, err := q.Find(f.ctx, kept.ID); err != nil || e.Data.Original.CXML != kept.Data.Original.CXML {
		t.Errorf("the original of a document that is wanted: %v", err)
	}
	if _, err := q.Object(f.ctx, kept.Data.Attachments[0].Ref); err != nil {
		t.Errorf("the file of a document that is wanted: %v", err)
	}
}

func TestOfManyProcessesOneSweeps(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	f.publish(q, e)
	f.end(f.next(f.lane(q, e)), Record{Type: Applied})
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	var all sync.WaitGroup
	for range 3 {
		other := f.queue()
		all.Go(func() { other.RunRetention(ctx, Retention{Every: 20 * time.Millisecond, Age: 0, Orphans: time.Hour}) })
	}
	wait.Until(f.ctx, t, "it is forgotten", func() bool {
		s, err := q.Status(f.ctx, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		return s.Forgotten
	})
	cancel()
	all.Wait()
	if n := f.count(q, inbound); n != 1 {
		t.Errorf("%d messages, want the marker", n)
	}
}

// A letter may name an object that its document in the archive does not.
func TestWhatALetterNamesIsKept(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	f.publish(q, e)
	d := f.next(f.lane(q, e))
	d.Event.Data.Original.CXML = strings.Repeat("read and written otherwise ", 1000)
	f.end(d, Record{Type: DeadLettered})
	sweep := sweeper{q: q}
	for range 2 {
		if swept, err := sweep.round(f.ctx); swept != (Swept{}) || err != nil {
			t.Errorf("%+v, %v", swept, err)
		}
	}
	if l, err := q.Letter(f.ctx, e.ID); err != nil || l.Event.Data.Original.CXML != d.Event.Data.Original.CXML {
		t.Errorf("the letter: %v", err)
	}
}
