package queue

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/event"
	"counterpunch/internal/queue/embedded"
)

// exported returns a dead letter of one installation, through JSON, as a file holds it.
func exported(t *testing.T, f *fixture, q *Queue, e *event.Event) Exported {
	t.Helper()
	l, err := q.Letter(f.ctx, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	x, err := q.Export(f.ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	var back Exported
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// twoLives is a document that died twice, with an attachment and an original that is stored apart.
func twoLives(t *testing.T, f *fixture, q *Queue) *event.Event {
	t.Helper()
	e := doc("PO-1", "p1")
	ref, err := q.PutAttachment(f.ctx, []byte("a drawing"))
	if err != nil {
		t.Fatal(err)
	}
	e.Data.Attachments = []event.Attachment{{Name: "drawing.pdf", Ref: ref, Size: 9}}
	e.Data.Original.CXML = string(make([]byte, 8<<10))
	f.deadLetter(q, e)
	if _, err := q.Replay(f.ctx, e.ID, Decision{Actor: "ops"}); err != nil {
		t.Fatal(err)
	}
	f.end(f.next(f.lane(q, e)), Record{Type: DeadLettered, Detail: "again", Attempt: 3})
	return e
}

func TestADeadLetterIsImportedWhole(t *testing.T) {
	from, to := newFixture(t), startFixture(t, embedded.Options{})
	q, there := from.queue(), to.queue()
	e := twoLives(t, from, q)
	x := exported(t, from, q, e)
	to.publish(there, doc("PO-7", "another")) // so that sequences differ
	imported, err := there.Import(to.ctx, x, Decision{Actor: "bob", Note: "moved"})
	if err != nil || !imported {
		t.Fatalf("imported %v, %v", imported, err)
	}
	if again, err := there.Import(to.ctx, x, Decision{Actor: "bob"}); err != nil || again {
		t.Errorf("imported a second time: %v, %v", again, err)
	}
	if got := to.state(there, e.ID); got != StateDeadLettered {
		t.Errorf("state %s", got)
	}
	to.idle(to.lane(there, e))
	l, err := there.Letter(to.ctx, e.ID)
	if err != nil || l.Record.Detail != "again" || l.Record.Actor != "bob" || l.Record.Note != "moved" || l.Event.Data.Original != e.Data.Original {
		t.Fatalf("letter %+v, %v", l.Record, err)
	}
	if file, err := there.Object(to.ctx, e.Data.Attachments[0].Ref); err != nil || string(file) != "a drawing" {
		t.Errorf("attachment %q, %v", file, err)
	}
	if diff := cmp.Diff([]RecordType{DeadLettered, Replayed, DeadLettered}, to.types(there, e.ID)); diff != "" {
		t.Error(diff)
	}
	if r, err := there.Publish(to.ctx, e); err != nil || !r.Duplicate {
		t.Errorf("the supplier sends it again: %+v, %v", r, err)
	}
	if _, err := there.Replay(to.ctx, e.ID, Decision{Actor: "ops"}); err != nil {
		t.Fatal(err)
	}
	d := to.next(to.lane(there, e))
	if d.Last.Type != Replayed || d.Last.Attempt != 3 {
		t.Errorf("last record %+v", d.Last)
	}
	to.end(d, Record{Type: Applied})
	if again, err := there.Import(to.ctx, x, Decision{}); err != nil || again {
		t.Errorf("imported after it was applied: %v, %v", again, err)
	}
	if got := to.state(there, e.ID); got != StateApplied {
		t.Errorf("state %s", got)
	}
}

func TestAnImportThatWasCutOffIsCompleted(t *testing.T) {
	for _, step := range []string{"import: published", "import: letter written"} {
		t.Run(step, func(t *testing.T) {
			from, to := newFixture(t), startFixture(t, embedded.Options{})
			q := from.queue()
			e := twoLives(t, from, q)
			x := exported(t, from, q, e)
			if _, err := to.queue(crashAt(step)).Import(to.ctx, x, Decision{}); !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			there := to.queue()
			to.idle(to.lane(there, e))
			if imported, err := there.Import(to.ctx, x, Decision{}); err != nil || !imported {
				t.Fatalf("imported %v, %v", imported, err)
			}
			if letters, err := there.Letters(to.ctx, Filter{}); err != nil || len(letters) != 1 {
				t.Errorf("letters %v, %v", letters, err)
			}
			if diff := cmp.Diff([]RecordType{DeadLettered, Replayed, DeadLettered}, to.types(there, e.ID)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsNoExportIsNotImported(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := twoLives(t, f, q)
	x := exported(t, f, q, e)
	to := f.queue(func(o *Options) { o.Prefix = "other" })
	for name, change := range map[string]func(*Exported){
		"another version":     func(x *Exported) { x.Version = 2 },
		"no history":          func(x *Exported) { x.History = nil },
		"not dead":            func(x *Exported) { x.History = x.History[:2] },
		"another's history":   func(x *Exported) { x.History[0].DocumentID = "another" },
		"account with a star": func(x *Exported) { x.Event.SetExtension("account", "*") },
		"no attachment":       func(x *Exported) { x.Files = nil },
		"another attachment":  func(x *Exported) { x.Files = map[string][]byte{e.Data.Attachments[0].Ref: []byte("x")} },
	} {
		bad := exported(t, f, q, e)
		change(&bad)
		if imported, err := to.Import(f.ctx, bad, Decision{}); err == nil || imported {
			t.Errorf("%s: imported %v, %v", name, imported, err)
		}
	}
	if got := f.count(to, inbound); got != 0 {
		t.Errorf("%d messages were published", got)
	}
	x.Event.SetExtension("payloadhash", "another")
	if _, err := q.Import(f.ctx, x, Decision{}); !errors.Is(err, ErrConflict) {
		t.Errorf("another payload: %v", err)
	}
}
