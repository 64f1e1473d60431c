package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/queue/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.VerifyMain(m) }

// fixture is a server with as many queues on it as a test asks for.
type fixture struct {
	t      *testing.T
	ctx    context.Context
	server *embedded.Server
	prefix string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	t.Parallel() // most of the time of a test is waiting
	return startFixture(t, embedded.Options{})
}

func startFixture(t *testing.T, o embedded.Options) *fixture {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	return &fixture{t: t, ctx: ctx, server: embeddedtest.Start(t, o), prefix: "t"}
}

func (f *fixture) connect() *nats.Conn {
	f.t.Helper()
	return embeddedtest.Connect(f.t, f.server)
}

// queue opens another instance, as another process would. Waiting times are short.
func (f *fixture) queue(change ...func(*Options)) *Queue {
	f.t.Helper()
	o := Options{
		Prefix: f.prefix, AckWait: time.Second, Heartbeat: 100 * time.Millisecond, PublishTimeout: 5 * time.Second,
		PullWait: time.Second, MaxInline: 4 << 10, Worker: "test",
	}
	for _, c := range change {
		c(&o)
	}
	q, err := Open(f.ctx, f.connect(), f.connect(), o)
	if err != nil {
		f.t.Fatal(err)
	}
	return q
}

// doc returns an event of the order, told apart by name.
func doc(order, name string) *event.Event {
	d := &document.Document{
		Kind: document.KindOrderConfirmation, PayloadID: name, DeploymentMode: "production",
		OrderConfirmation: &document.OrderConfirmation{
			ConfirmID: "C-" + name, Type: document.ConfirmAccept, Operation: document.OperationNew,
			Order: document.OrderReference{OrderID: order},
		},
	}
	hash := "hash of " + name
	return &event.Event{
		ID: event.DocumentID("main", "acme", d.Kind, name, hash), Account: "main", Supplier: "acme", Kind: d.Kind, Subject: order,
		Time: time.Now().UTC(), PayloadID: name, PayloadHash: hash, PartitionKey: event.PartitionKey(d, "acme"),
		Data: event.Data{Document: d, Original: cxml.Original{MediaType: "text/xml", Charset: "utf-8", SHA256: "00", CXML: "<cXML/>"}},
	}
}

func (f *fixture) publish(q *Queue, e *event.Event) uint64 {
	f.t.Helper()
	r, err := q.Publish(f.ctx, e)
	if err != nil {
		f.t.Fatal(err)
	}
	return r.Sequence
}

// lane opens the lane that the document goes through.
func (f *fixture) lane(q *Queue, e *event.Event) *Lane {
	f.t.Helper()
	n, err := q.Lanes(f.ctx, e.Account)
	if err != nil {
		f.t.Fatal(err)
	}
	l, err := q.Lane(f.ctx, e.Account, LaneOf(e.PartitionKey, n))
	if err != nil {
		f.t.Fatal(err)
	}
	return l
}

func (f *fixture) next(l *Lane) *Delivery {
	f.t.Helper()
	d, err := l.Next(f.ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

func (f *fixture) end(d *Delivery, r Record) {
	f.t.Helper()
	if err := d.End(f.ctx, r); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) state(q *Queue, id string) State {
	f.t.Helper()
	s, err := q.Status(f.ctx, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return s.State
}

// types returns the types of the document's records, in order.
func (f *fixture) types(q *Queue, id string) []RecordType {
	f.t.Helper()
	h, err := q.History(f.ctx, id)
	if err != nil {
		f.t.Fatal(err)
	}
	var list []RecordType
	for _, r := range h {
		list = append(list, r.Type)
	}
	return list
}

// idle fails the test when the lane has a document to hand out.
func (f *fixture) idle(l *Lane) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.ctx, 300*time.Millisecond)
	defer cancel()
	if d, err := l.Next(ctx); err == nil {
		f.t.Errorf("the lane hands out document %s, message %d", d.Event.ID, d.Sequence)
		if err := d.Release(time.Millisecond); err != nil {
			f.t.Error(err)
		}
	}
}

// count returns how many messages a stream holds.
func (f *fixture) count(q *Queue, stream string) uint64 {
	f.t.Helper()
	s, err := q.js.Stream(f.ctx, q.o.stream(stream))
	if err != nil {
		f.t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

func parallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

func TestEachDocumentIsStoredOnce(t *testing.T) {
	f := newFixture(t)
	const connections, documents = 8, 40
	queues := make([]*Queue, connections)
	for i := range queues {
		queues[i] = f.queue()
	}
	var mu sync.Mutex
	first := map[string]int{}
	sequences := map[string]map[uint64]bool{}
	parallel(connections*documents, func(i int) {
		e := doc(fmt.Sprint("PO-", i%documents), fmt.Sprint("p", i%documents))
		r, err := queues[i/documents].Publish(f.ctx, e)
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if !r.Duplicate {
			first[e.ID]++
		}
		if sequences[e.ID] == nil {
			sequences[e.ID] = map[uint64]bool{}
		}
		sequences[e.ID][r.Sequence] = true
	})
	if got := f.count(queues[0], inbound); got != documents {
		t.Errorf("%d messages are stored, want %d", got, documents)
	}
	for id, n := range first {
		if n != 1 || len(sequences[id]) != 1 {
			t.Errorf("document %s: %d first receipts, sequences %v", id, n, sequences[id])
		}
	}
	if len(first) != documents {
		t.Errorf("%d documents got a first receipt, want %d", len(first), documents)
	}
}

func TestSamePayloadIDWithAnotherPayloadIsAConflict(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	f.publish(q, doc("PO-1", "p1"))
	other := doc("PO-1", "p1")
	other.PayloadHash = "another"
	if _, err := q.Publish(f.ctx, other); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want a conflict", err)
	}
	if got := f.count(q, inbound); got != 1 {
		t.Errorf("%d messages are stored, want 1", got)
	}
}

func TestResendIsRecognisedAfterTheEndAndAfterARestart(t *testing.T) {
	dir := t.TempDir()
	e := doc("PO-1", "p1")
	func() {
		s, err := embedded.Start(embedded.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		f := &fixture{t: t, ctx: context.Background(), server: s, prefix: "t"}
		q := f.queue()
		defer q.intake.Close()
		defer q.lanes.Close()
		seq := f.publish(q, e)
		f.end(f.next(f.lane(q, e)), Record{Type: Applied})
		r, err := q.Publish(f.ctx, e)
		if err != nil || !r.Duplicate || r.Sequence != seq {
			t.Errorf("after the end: %+v, %v", r, err)
		}
	}()
	f := startFixture(t, embedded.Options{Dir: dir})
	q := f.queue()
	r, err := q.Publish(f.ctx, e)
	if err != nil || !r.Duplicate {
		t.Errorf("after the restart: %+v, %v", r, err)
	}
	f.idle(f.lane(q, e))
	if got := f.state(q, e.ID); got != StateApplied {
		t.Errorf("state %s", got)
	}
}

func TestNoReceiptWithoutAServer(t *testing.T) {
	s, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t, ctx: context.Background(), server: s, prefix: "t"}
	q := f.queue(func(o *Options) { o.PublishTimeout = 500 * time.Millisecond })
	f.publish(q, doc("PO-1", "p1"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := q.Publish(f.ctx, doc("PO-1", "p2")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %+v, %v", r, err)
	}
	if err := q.Ready(f.ctx); !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "buffer") {
		t.Errorf("ready: %v", err)
	}
}

func TestLargeDocumentsAreStoredApartAndComeBackWhole(t *testing.T) {
	f := startFixture(t, embedded.Options{MaxPayload: 64 << 10})
	q := f.queue()
	for name, change := range map[string]func(*event.Event){
		"large original": func(e *event.Event) { e.Data.Original.CXML = string(make([]byte, 50<<10)) },
		"large document": func(e *event.Event) {
			for i := range 2000 {
				e.Data.Document.OrderConfirmation.Items = append(e.Data.Document.OrderConfirmation.Items, document.ConfirmationItem{LineNumber: i})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := doc("PO-"+name, name)
			change(e)
			f.publish(q, e)
			found, _, err := q.Find(f.ctx, e.ID)
			if err != nil {
				t.Fatal(err)
			}
			d := f.next(f.lane(q, e))
			for _, got := range []*event.Event{found, d.Event} {
				if got.DataRef == "" || len(got.Data.Original.CXML) != len(e.Data.Original.CXML) ||
					len(got.Data.Document.OrderConfirmation.Items) != len(e.Data.Document.OrderConfirmation.Items) {
					t.Errorf("dataref %q, original %d bytes, %d items", got.DataRef, len(got.Data.Original.CXML), len(got.Data.Document.OrderConfirmation.Items))
				}
			}
			f.end(d, Record{Type: DeadLettered, Detail: "x"})
			l, err := q.Letter(f.ctx, e.ID)
			if err != nil {
				t.Fatal(err)
			}
			if len(l.Event.Data.Original.CXML) != len(e.Data.Original.CXML) {
				t.Errorf("the letter has %d bytes of the original", len(l.Event.Data.Original.CXML))
			}
		})
	}
}

func TestAnInvoiceOverThousandsOfOrdersIsStored(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "collective")
	e.Kind = document.KindInvoice
	inv := &document.Invoice{InvoiceID: "I-1"}
	for n := range 5000 { // as many lines as intake takes
		inv.Orders = append(inv.Orders, document.InvoiceOrder{Order: document.OrderReference{OrderID: fmt.Sprint(4500000000 + n)}})
	}
	e.Data.Document = &document.Document{Kind: e.Kind, PayloadID: e.PayloadID, Invoice: inv}
	f.publish(q, e)
	d := f.next(f.lane(q, e))
	if got := len(d.Event.Data.Document.Orders()); got != len(inv.Orders) {
		t.Errorf("%d orders came back", got)
	}
	f.end(d, Record{Type: DeadLettered, Detail: "x"})
	if _, err := q.Replay(f.ctx, e.ID, Decision{Actor: "ops"}); err != nil {
		t.Error(err)
	}
	if found, err := q.Documents(f.ctx, Filter{Order: "4500000001"}); err != nil || len(found) != 1 {
		t.Errorf("found by an order: %v, %v", found, err)
	}
}

// A bucket that was lost, or a backup without it, leaves documents without their originals.
func TestADocumentWithoutItsOriginalGoesOn(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	for name, goOn := range map[string]func(id string) error{
		"replayed": func(id string) error { _, err := q.Replay(f.ctx, id, Decision{Actor: "ops"}); return err },
		"returned": func(string) error { _, err := q.ReturnDue(f.ctx, time.Now().Add(time.Hour)); return err },
	} {
		t.Run(name, func(t *testing.T) {
			e := doc("PO-"+name, name)
			e.Data.Original.CXML = strings.Repeat("x", 50<<10)
			f.publish(q, e)
			d := f.next(f.lane(q, e))
			end, due := Record{Type: DeadLettered, Detail: "x"}, time.Now()
			if name == "returned" {
				end = Record{Type: Parked, Due: &due}
			}
			f.end(d, end)
			if err := q.objects.Delete(f.ctx, d.Event.DataRef); err != nil {
				t.Fatal(err)
			}
			if err := goOn(e.ID); err != nil {
				t.Fatal(err)
			}
			again := f.next(f.lane(q, e))
			if again.Event.ID != e.ID || again.Broken != nil || again.Event.DataRef != d.Event.DataRef {
				t.Errorf("document %s comes, broken: %v, its original %q named %q before", again.Event.ID, again.Broken, again.Event.DataRef, d.Event.DataRef)
			}
			f.end(again, Record{Type: Applied})
		})
	}
}
