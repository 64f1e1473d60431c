package queue

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/event"
	"counterpunch/internal/reason"
)

// damage appends a record whose body cannot be read. Its headers are those of r.
func (f *fixture) damage(q *Queue, e *event.Event, r Record, change func(*nats.Msg)) {
	f.t.Helper()
	subject := q.subject(history, e.Account, e.Kind, event.Key(e.ID))
	m, err := r.complete(e, r.Sequence, "test").message(subject, []byte(`{"type": "appl`))
	if err != nil {
		f.t.Fatal(err)
	}
	change(m)
	if _, err := q.js.PublishMsg(f.ctx, m); err != nil {
		f.t.Fatal(err)
	}
}

func TestADamagedRecordDoesNotBlockItsLane(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	for name, change := range map[string]func(*nats.Msg){
		"cut":        func(*nats.Msg) {},
		"no headers": func(m *nats.Msg) { m.Header = nats.Header{} },
	} {
		damaged, next := doc("PO-1", "damaged "+name), doc("PO-1", "next "+name)
		seq := f.publish(q, damaged)
		f.publish(q, next)
		f.damage(q, damaged, Record{Type: AttemptStarted, Sequence: seq}, change)
		if s, err := q.Status(f.ctx, damaged.ID); err != nil || s.State != StateAccepted {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		l := f.lane(q, damaged)
		d := f.next(l)
		if d.Event.ID != damaged.ID || d.Broken == nil || !strings.Contains(d.Broken.Error(), "of its history cannot be read") {
			t.Fatalf("%s: document %s, broken: %v", name, d.Event.ID, d.Broken)
		}
		f.end(d, Record{Type: DeadLettered, Reason: reason.Internal, Detail: d.Broken.Error()})
		if _, err := q.Letter(f.ctx, damaged.ID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if all, err := q.History(f.ctx, damaged.ID); err != nil || len(all) != 2 {
			t.Errorf("%s: %d records, %v", name, len(all), err)
		}
		if d := f.next(l); d.Event.ID != next.ID {
			t.Fatalf("%s: document %s comes next", name, d.Event.ID)
		} else {
			f.end(d, Record{Type: Applied})
		}
		// A person has looked at it and lets it go on.
		if _, err := q.Replay(f.ctx, damaged.ID, Decision{Actor: "ops"}); err != nil {
			t.Fatal(err)
		}
		again := f.next(l)
		if again.Broken != nil {
			t.Errorf("%s: still broken after a replay: %v", name, again.Broken)
		}
		f.end(again, Record{Type: Applied})
	}
}

func TestADamagedRecordOfAnEndStillEndsTheDocument(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	seq := f.publish(q, e)
	f.damage(q, e, Record{Type: Applied, Sequence: seq}, func(*nats.Msg) {})
	f.idle(f.lane(q, e))
	if s, err := q.Status(f.ctx, e.ID); err != nil || s.State != StateApplied {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestARecordFitsWhateverADocumentSays(t *testing.T) {
	long := strings.Repeat("8", 8<<10)
	r := Record{Type: DeadLettered, DocumentID: "d", Detail: long, NetSuite: long, Note: strings.Repeat(long, 10), Reason: reason.Internal}
	for range 3000 {
		r.Orders = append(r.Orders, long)
		r.Effects = append(r.Effects, Effect{Record: "purchaseOrder", Before: long, After: long})
	}
	const most = 16 << 10
	cut, body, err := r.fit(most)
	if err != nil || len(body) > most {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if cut.Reason != r.Reason || cut.Detail == "" || len(cut.Truncated) == 0 {
		t.Errorf("reason %q, detail %.10q, truncated %v", cut.Reason, cut.Detail, cut.Truncated)
	}
}
