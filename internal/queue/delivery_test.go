package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"counterpunch/internal/event"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/reason"
)

func TestALaneHasOneDocumentOutOverAllProcesses(t *testing.T) {
	f := newFixture(t)
	a, b := f.queue(), f.queue()
	const documents = 20
	var first *event.Event
	for i := range documents {
		e := doc("PO-1", fmt.Sprint("p", i))
		if first == nil {
			first = e
		}
		f.publish(a, e)
	}
	var out, most, done atomic.Int32
	var order []uint64
	ctx, stop := context.WithCancel(f.ctx)
	defer stop()
	lanes := []*Lane{f.lane(a, first), f.lane(b, first), f.lane(a, first), f.lane(b, first)}
	parallel(len(lanes), func(i int) {
		for {
			d, err := lanes[i].Next(ctx)
			if err != nil {
				return
			}
			if n := out.Add(1); n > most.Load() {
				most.Store(n)
			}
			order = append(order, d.Sequence) // the race detector is the second witness that only one is out
			out.Add(-1)
			if err := d.End(f.ctx, Record{Type: Applied}); err != nil {
				t.Error(err)
			}
			if done.Add(1) == documents {
				stop()
			}
		}
	})
	if most.Load() != 1 {
		t.Errorf("%d documents of a lane were out at once", most.Load())
	}
	if len(order) != documents || !slices.IsSorted(order) {
		t.Errorf("worked on %v", order)
	}
}

func TestLanesWorkSideBySide(t *testing.T) {
	f := newFixture(t)
	q := f.queue(func(o *Options) { o.Lanes = 2 })
	var events []*event.Event
	for i := 0; len(events) < 2; i++ {
		e := doc(fmt.Sprint("PO-", i), fmt.Sprint("p", i))
		if LaneOf(e.PartitionKey, 2) == len(events) {
			events = append(events, e)
			f.publish(q, e)
		}
	}
	a, b := f.next(f.lane(q, events[0])), f.next(f.lane(q, events[1]))
	f.end(b, Record{Type: Applied})
	f.end(a, Record{Type: Applied})
}

func TestAHeartbeatKeepsTheLane(t *testing.T) {
	f := newFixture(t)
	q := f.queue(func(o *Options) { o.AckWait, o.Heartbeat = 300*time.Millisecond, 50*time.Millisecond })
	e := doc("PO-1", "p1")
	f.publish(q, e)
	d := f.next(f.lane(q, e))
	f.idle(f.lane(f.queue(func(o *Options) { o.AckWait, o.Heartbeat = 300*time.Millisecond, 50*time.Millisecond }), e)) // waits as long as AckWait
	if err := d.Context().Err(); err != nil {
		t.Errorf("the context ended: %v", context.Cause(d.Context()))
	}
	f.end(d, Record{Type: Applied})
	if !errors.Is(context.Cause(d.Context()), errEnded) {
		t.Errorf("cause %v", context.Cause(d.Context()))
	}
}

func TestALostConnectionCancelsTheWork(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	f.publish(q, e)
	d := f.next(f.lane(q, e))
	q.lanes.Close()
	select {
	case <-d.Context().Done():
	case <-f.ctx.Done():
		t.Fatal("the context goes on")
	}
	if cause := context.Cause(d.Context()); !errors.Is(cause, ErrLost) {
		t.Errorf("cause %v", cause)
	}
	if err := d.Release(time.Second); err != nil {
		t.Errorf("release after the loss: %v", err)
	}
	f.end(f.next(f.lane(f.queue(), e)), Record{Type: Applied})
}

func TestAFailedHeartbeatCancelsTheWork(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	f.publish(q, e)
	l := f.lane(q, e)
	d := f.next(l)
	// Without its consumer nobody answers the sign of life.
	if err := q.laneJS.DeleteConsumer(f.ctx, q.o.stream(inbound), laneName("main", l.Number)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-d.Context().Done():
	case <-f.ctx.Done():
		t.Fatal("the context goes on")
	}
	if cause := context.Cause(d.Context()); !errors.Is(cause, ErrLost) {
		t.Errorf("cause %v", cause)
	}
	if err := d.Release(0); err != nil {
		t.Error(err)
	}
	// Next makes the consumer again.
	f.end(f.next(l), Record{Type: Applied})
}

func TestReleaseHandsTheDocumentOutAgainAfterTheDelay(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	f.publish(q, e)
	l := f.lane(q, e)
	d := f.next(l)
	if err := d.Append(f.ctx, Record{Type: AttemptStarted, Attempt: 1, Tries: map[string]int{"odd": 1}}); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := d.Release(200 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	again := f.next(l)
	if took := time.Since(begin); took < 150*time.Millisecond {
		t.Errorf("came again after %s", took)
	}
	if again.Deliveries != 2 || again.Last == nil || again.Last.Type != AttemptStarted || again.Last.Tries["odd"] != 1 {
		t.Errorf("delivery %d, last record %+v", again.Deliveries, again.Last)
	}
	f.end(again, Record{Type: Applied})
}

// overtake returns two deliveries of one message: the first worker has stalled and lost its lane without knowing.
func (f *fixture) overtake(e *event.Event) (stalled, present *Delivery) {
	f.t.Helper()
	q := f.queue(func(o *Options) { o.AckWait, o.Heartbeat = 200*time.Millisecond, 60*time.Millisecond })
	f.publish(q, e)
	stalled = f.next(f.lane(q, e))
	close(stalled.quit) // a stalled process gives no sign of life
	<-stalled.done
	stalled.quit = make(chan struct{})
	present = f.next(f.lane(f.queue(), e))
	return stalled, present
}

func TestAWorkerThatWasOvertakenChangesNothing(t *testing.T) {
	due := time.Now().Add(time.Hour)
	for _, tt := range []struct {
		name  string
		write func(f *fixture, d *Delivery) error
	}{
		{"append", func(f *fixture, d *Delivery) error { return d.Append(f.ctx, Record{Type: AttemptStarted}) }},
		{"applied", func(f *fixture, d *Delivery) error { return d.End(f.ctx, Record{Type: Applied}) }},
		{"dead-lettered", func(f *fixture, d *Delivery) error { return d.End(f.ctx, Record{Type: DeadLettered, Detail: "stale"}) }},
		{"parked", func(f *fixture, d *Delivery) error { return d.End(f.ctx, Record{Type: Parked, Due: &due}) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			e := doc("PO-1", "p1")
			stalled, present := f.overtake(e)
			f.end(present, Record{Type: DeadLettered, Reason: reason.OrderClosed, Detail: "true"})
			if err := tt.write(f, stalled); !errors.Is(err, ErrFenced) {
				t.Errorf("got %v, want ErrFenced", err)
			}
			if cause := context.Cause(stalled.Context()); !errors.Is(cause, ErrFenced) {
				t.Errorf("cause %v", cause)
			}
			if err := stalled.Release(0); err != nil {
				t.Error(err)
			}
			q := f.queue()
			l, err := q.Letter(f.ctx, e.ID)
			if err != nil {
				t.Fatal(err)
			}
			if l.Record.Detail != "true" || f.count(q, deadletters) != 1 || f.count(q, parked) != 0 {
				t.Errorf("letter %q, %d dead letters, %d parked", l.Record.Detail, f.count(q, deadletters), f.count(q, parked))
			}
			f.idle(f.lane(q, e))
		})
	}
}

// The stalled worker stops between looking at its fence and writing its letter; meanwhile another ends the document.
func TestAStaleLetterNeverReplacesATrueOne(t *testing.T) {
	for _, tt := range []struct {
		name    string
		present Record
		letters uint64
	}{
		{"the other wrote a letter", Record{Type: DeadLettered, Detail: "true"}, 1},
		{"the other applied it", Record{Type: Applied}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			e := doc("PO-1", "p1")
			stalled, present := f.overtake(e)
			stalled.q.o.crash = func(step string) error {
				if step == "end: fence seen" {
					stalled.q.o.crash = func(string) error { return nil }
					f.end(present, tt.present)
				}
				return nil
			}
			if err := stalled.End(f.ctx, Record{Type: DeadLettered, Detail: "stale"}); !errors.Is(err, ErrFenced) {
				t.Errorf("got %v, want ErrFenced", err)
			}
			if err := stalled.Release(0); err != nil {
				t.Error(err)
			}
			q := f.queue()
			if got := f.count(q, deadletters); got != tt.letters {
				t.Errorf("%d letters, want %d", got, tt.letters)
			}
			if tt.letters == 1 {
				if l, err := q.Letter(f.ctx, e.ID); err != nil || l.Record.Detail != "true" {
					t.Errorf("letter %+v, %v", l.Record, err)
				}
			}
			if got := f.state(q, e.ID); got != tt.present.Type.State() {
				t.Errorf("state %s", got)
			}
		})
	}
}

var errCrash = errors.New("crash")

// crashAt makes the queue stop at a step as a crash would.
func crashAt(step string) func(*Options) {
	return func(o *Options) {
		o.crash = func(s string) error {
			if s == step {
				return errCrash
			}
			return nil
		}
	}
}

// abandon stops a delivery as the end of its process would: nothing is acknowledged or given back.
func abandon(d *Delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	d.stop()
}

func TestACrashWhileEndingLosesAndDoublesNothing(t *testing.T) {
	due := time.Now().Add(time.Hour)
	records := map[string]Record{
		"applied":       {Type: Applied},
		"dead-lettered": {Type: DeadLettered, Reason: reason.OrderClosed},
		"parked":        {Type: Parked, Due: &due, Reason: reason.OrderNotFound},
	}
	for name, r := range records {
		for _, step := range []string{"end: fence seen", "end: letter written", "end: record written"} {
			t.Run(name+" "+step, func(t *testing.T) {
				f := newFixture(t)
				e := doc("PO-1", "p1")
				soon := func(o *Options) { o.AckWait, o.Heartbeat = 200*time.Millisecond, 60*time.Millisecond }
				q := f.queue(crashAt(step), soon)
				f.publish(q, e)
				d := f.next(f.lane(q, e))
				if err := d.End(f.ctx, r); r.Type == Applied && step == "end: fence seen" {
					return // no letter, no fence to look at
				} else if !errors.Is(err, errCrash) {
					t.Fatalf("got %v", err)
				}
				abandon(d)
				healthy := f.queue(soon) // the document comes again while idle waits
				l := f.lane(healthy, e)
				if step == "end: record written" {
					f.idle(l) // the document is finished: it is acknowledged unread
				} else {
					again := f.next(l)
					if again.Sequence != d.Sequence || again.Last != nil {
						t.Errorf("message %d, last record %+v", again.Sequence, again.Last)
					}
					f.end(again, r)
				}
				if diff := cmp.Diff([]RecordType{r.Type}, f.types(healthy, e.ID)); diff != "" {
					t.Error(diff)
				}
				letters := f.count(healthy, deadletters) + f.count(healthy, parked)
				if want := map[bool]uint64{true: 0, false: 1}[r.Type == Applied]; letters != want {
					t.Errorf("%d letters, want %d", letters, want)
				}
			})
		}
	}
}

func TestRecordsSurviveTheirWay(t *testing.T) {
	f := startFixture(t, embedded.Options{MaxPayload: 64 << 10})
	q := f.queue()
	e := doc("PO-1", "p1")
	seq := f.publish(q, e)
	d := f.next(f.lane(q, e))
	long := strings.Repeat("x", 40<<10)
	if err := d.Append(f.ctx, Record{Type: AttemptStarted, Attempt: 3, Plan: []byte(`"` + long + `"`)}); err != nil {
		t.Fatal(err)
	}
	f.end(d, Record{
		Type: Applied, Attempt: 3, Class: "odd", NetSuite: "Völlig unerwartet\r\nzweite Zeile", Calls: 2, Unmapped: []string{"tax"},
		Effects: []Effect{{Record: "purchaseOrder", ID: "7001", Number: "PO-1", Line: 1, Field: "custcol_cp_status", After: "accept"}},
	})
	h, err := q.History(f.ctx, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(h) != 2 || h[0].Plan != nil || !slices.Equal(h[0].Truncated, []string{"plan"}) {
		t.Fatalf("the oversized plan: %+v", h)
	}
	got := h[1]
	want := Record{
		Type: Applied, ID: got.ID, DocumentID: e.ID, Account: "main", Supplier: "acme", Kind: e.Kind, Sequence: seq, Time: got.Time,
		Attempt: 3, Class: "odd", NetSuite: "Völlig unerwartet\r\nzweite Zeile", Calls: 2, Unmapped: []string{"tax"}, Worker: "test", Orders: []string{"PO-1"},
		Effects: []Effect{{Record: "purchaseOrder", ID: "7001", Number: "PO-1", Line: 1, Field: "custcol_cp_status", After: "accept"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnUnreadableMessageIsPutBeforeAPerson(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p1")
	l := f.lane(q, e)
	subject := q.inboundSubject(e, l.Number)
	if _, err := q.js.PublishMsg(f.ctx, &nats.Msg{Subject: subject, Data: []byte("not an event"), Header: nats.Header{"ce-specversion": {"9"}}}); err != nil {
		t.Fatal(err)
	}
	d := f.next(l)
	if d.Broken == nil || d.Event.ID != e.ID {
		t.Fatalf("document %s, broken: %v", d.Event.ID, d.Broken)
	}
	f.end(d, Record{Type: DeadLettered, Reason: reason.Internal, Detail: d.Broken.Error()})
	if _, err := q.Letter(f.ctx, e.ID); err != nil {
		t.Error(err)
	}
	f.idle(l)
}
