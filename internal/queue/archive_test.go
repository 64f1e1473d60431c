package queue

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/reason"
)

func TestAnEndedDocumentIsReplayedOnceFromTheArchive(t *testing.T) {
	for _, end := range []RecordType{Applied, Superseded, Recorded} {
		t.Run(string(end), func(t *testing.T) {
			f := newFixture(t)
			q, other := f.queue(), f.queue()
			e := doc("PO-1", "p1")
			old := f.publish(q, e)
			f.end(f.next(f.lane(q, e)), Record{Type: end, Attempt: 1})
			var won, lost atomic.Int32
			parallel(6, func(i int) {
				_, err := []*Queue{q, other}[i%2].ReplayEnded(f.ctx, e.ID, Decision{Actor: "ops", Note: "again", Job: "j1", Sequence: old})
				switch {
				case err == nil:
					won.Add(1)
				case errors.Is(err, ErrReplayed):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
			if won.Load() != 1 || lost.Load() != 5 {
				t.Fatalf("%d won, %d lost", won.Load(), lost.Load())
			}
			seq, by, err := q.Successor(f.ctx, e.ID, old)
			if err != nil || seq <= old || by != (Decision{Actor: "ops", Note: "again", Job: "j1", Sequence: old}) {
				t.Errorf("successor %d by %+v, %v", seq, by, err)
			}
			d := f.next(f.lane(q, e))
			if d.Sequence != seq || d.Last.Type != Replayed || d.Last.Attempt != 1 || d.Last.Job != "j1" {
				t.Errorf("message %d, last record %+v", d.Sequence, d.Last)
			}
			f.end(d, Record{Type: Applied})
			f.idle(f.lane(q, e))
			if diff := cmp.Diff([]RecordType{end, Replayed, Applied}, f.types(q, e.ID)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestADiscardedDocumentComesBackFromTheArchive(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	f.deadLetter(q, e)
	if err := q.Discard(f.ctx, e.ID, Decision{Actor: "ops"}); err != nil {
		t.Fatal(err)
	}
	f.idle(f.lane(q, e))
	if _, err := q.ReplayEnded(f.ctx, e.ID, Decision{Actor: "second"}); err != nil {
		t.Fatal(err)
	}
	d := f.next(f.lane(q, e))
	if d.Event.Data.Document == nil || d.Last.Type != Replayed || d.Last.Actor != "second" {
		t.Errorf("%+v, last record %+v", d.Event, d.Last)
	}
	f.end(d, Record{Type: Applied})
	if got := f.state(q, e.ID); got != StateApplied {
		t.Errorf("state %s", got)
	}
}

func TestOnlyWhatHasEndedComesFromTheArchive(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	waiting, dead := doc("PO-1", "p1"), doc("PO-2", "p2")
	f.deadLetter(q, dead)
	f.publish(q, waiting)
	for _, id := range []string{waiting.ID, dead.ID} {
		if _, err := q.ReplayEnded(f.ctx, id, Decision{}); !errors.Is(err, ErrReplayed) {
			t.Errorf("document %s: %v", id, err)
		}
	}
}

func TestADecisionAboutAnEarlierLetterComesTooLate(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	old := f.deadLetter(q, e)
	if _, err := q.Replay(f.ctx, e.ID, Decision{Sequence: old}); err != nil {
		t.Fatal(err)
	}
	f.end(f.next(f.lane(q, e)), Record{Type: DeadLettered, Reason: reason.OrderClosed})
	if _, err := q.Replay(f.ctx, e.ID, Decision{Sequence: old}); !errors.Is(err, ErrReplayed) {
		t.Errorf("replay: %v", err)
	}
	if err := q.Discard(f.ctx, e.ID, Decision{Sequence: old}); !errors.Is(err, ErrReplayed) {
		t.Errorf("discard: %v", err)
	}
	if _, err := q.Letter(f.ctx, e.ID); err != nil {
		t.Errorf("the new letter: %v", err)
	}
}

func TestLettersAreFoundByCauseAndTime(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	start := time.Now()
	e, later := doc("PO-1", "p1"), doc("PO-2", "p2")
	e.Time, later.Time = start.Add(-time.Hour), start.Add(-time.Minute)
	f.publish(q, e)
	f.end(f.next(f.lane(q, e)), Record{Type: DeadLettered, Reason: reason.OrderClosed, Fingerprint: "abc"})
	between := time.Now()
	f.publish(q, later)
	f.end(f.next(f.lane(q, later)), Record{Type: DeadLettered, Reason: reason.OrderClosed, Fingerprint: "def"})
	for name, tt := range map[string]struct {
		filter Filter
		want   []string
	}{
		"fingerprint": {Filter{Fingerprint: "def"}, []string{later.ID}},
		"since":       {Filter{Since: start.Add(-time.Minute)}, []string{later.ID}},
		"until":       {Filter{Until: start.Add(-time.Minute)}, []string{e.ID}},
		"settled":     {Filter{Settled: between}, []string{e.ID}},
		"all":         {Filter{}, []string{later.ID, e.ID}},
	} {
		letters, err := q.Letters(f.ctx, tt.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range letters {
			got = append(got, l.Event.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
