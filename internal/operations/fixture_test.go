package operations

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/queue/embedded/embeddedtest"
	"counterpunch/internal/reason"
)

func TestMain(m *testing.M) { embeddedtest.VerifyMain(m) }

const fixtureLanes = 4

// fixture is a server with as many queues on it as a test asks for.
type fixture struct {
	mu      sync.Mutex
	counted map[string]int // outcomes of replays, as runners told them

	t      *testing.T
	ctx    context.Context
	server *embedded.Server
	q      *queue.Queue
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	t.Parallel() // most of the time of a test is waiting
	return newFixtureBeside(t)
}

// newFixtureBeside returns another installation for the same test.
func newFixtureBeside(t *testing.T) *fixture {
	t.Helper()
	s := embeddedtest.Start(t, embedded.Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	f := &fixture{t: t, ctx: ctx, server: s}
	f.q = f.queue()
	err := f.q.Accounts().Update(ctx, "main", func(s *queue.AccountState) error { s.SetLanes(fixtureLanes); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// queue opens an instance of the queue on connections of its own, as another process would.
func (f *fixture) queue() *queue.Queue {
	f.t.Helper()
	q, err := queue.Open(f.ctx, embeddedtest.Connect(f.t, f.server), embeddedtest.Connect(f.t, f.server), queue.Options{
		Prefix: "t", AckWait: 5 * time.Second, Heartbeat: time.Second, PullWait: time.Second, Worker: "test",
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return q
}

// ops returns what a person does, over connections of its own.
func (f *fixture) ops(author string) *Operations {
	f.t.Helper()
	o, err := New(f.queue(), author)
	if err != nil {
		f.t.Fatal(err)
	}
	return o
}

// invoice returns an invoice over an order.
func invoice(order, number string) *event.Event {
	d := &document.Document{
		Kind: document.KindInvoice, PayloadID: number, DeploymentMode: "production",
		From: []document.Credential{}, To: []document.Credential{}, Sender: []document.Credential{},
		Invoice: &document.Invoice{
			InvoiceID: number, InvoiceDate: time.Date(2026, 9, 3, 0, 0, 0, 0, time.UTC), Purpose: document.PurposeStandard, Operation: document.OperationNew,
			Comments: []document.Comment{{Text: "with thanks"}},
			Orders: []document.InvoiceOrder{{Order: document.OrderReference{OrderID: order}, Items: []document.InvoiceItem{{
				InvoiceLineNumber: 1, LineNumber: 1, Quantity: document.Quantity{Value: document.NewDecimal(2), Unit: "EA"},
				UnitPrice: &document.Money{Amount: document.MustDecimal("5.00"), Currency: "USD"},
			}}}},
			Summary: document.InvoiceSummary{Subtotal: document.Money{Amount: document.MustDecimal("10.00"), Currency: "USD"}},
		},
	}
	hash := "hash of " + number
	return &event.Event{
		ID: event.DocumentID("main", "acme", d.Kind, number, hash), Account: "main", Supplier: "acme", Kind: d.Kind, Subject: order,
		Time: time.Now().UTC(), PayloadID: number, PayloadHash: hash, PartitionKey: event.PartitionKey(d, "acme"),
		Data: event.Data{Document: d, Original: cxml.Original{MediaType: "text/xml", Charset: "utf-8", SHA256: "00", CXML: "<cXML/>"}},
	}
}

// lane opens the lane that a document goes through.
func (f *fixture) lane(q *queue.Queue, number int) *queue.Lane {
	f.t.Helper()
	l, err := q.Lane(f.ctx, "main", number)
	if err != nil {
		f.t.Fatal(err)
	}
	return l
}

// end publishes a document and brings it to an end of this kind.
func (f *fixture) end(e *event.Event, end queue.RecordType) {
	f.t.Helper()
	if _, err := f.q.Publish(f.ctx, e); err != nil {
		f.t.Fatal(err)
	}
	d, err := f.lane(f.q, queue.LaneOf(e.PartitionKey, fixtureLanes)).Next(f.ctx)
	if err == nil {
		err = d.End(f.ctx, queue.Record{Type: end, Reason: reason.PriceMismatch, Detail: "the price differs", Fingerprint: "f1", Attempt: 1})
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// deadLetters makes dead letters of invoices over as many orders.
func (f *fixture) deadLetters(n int) []*event.Event {
	f.t.Helper()
	var all []*event.Event
	for i := range n {
		e := invoice(fmt.Sprint("PO-", i), fmt.Sprint("INV-", i))
		f.end(e, queue.DeadLettered)
		all = append(all, e)
	}
	return all
}

// serve works on every lane until the test stops it, and ends each document as end says.
func (f *fixture) serve(end func(*queue.Delivery) queue.RecordType) (stop func()) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.ctx)
	q := f.queue()
	var group sync.WaitGroup
	for n := range fixtureLanes {
		l := f.lane(q, n)
		group.Go(func() {
			for {
				d, err := l.Next(ctx)
				if err != nil {
					return
				}
				if err := d.End(f.ctx, queue.Record{Type: end(d)}); err != nil {
					f.t.Error(err)
				}
			}
		})
	}
	stop = sync.OnceFunc(func() { cancel(); group.Wait() })
	f.t.Cleanup(stop)
	return stop
}

func applied(*queue.Delivery) queue.RecordType { return queue.Applied }

// run runs a worker's runner until the test stops it.
func (f *fixture) run(name string) (stop func()) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.ctx)
	r := NewRunner(f.queue(), name, zerolog.Nop(), f.count)
	r.term = 600 * time.Millisecond
	var group sync.WaitGroup
	group.Go(func() { r.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); group.Wait() })
	f.t.Cleanup(stop)
	return stop
}

// start makes a job of everything that a selection chooses.
func (f *fixture) start(o *Operations, s Selection, rate float64) queue.Job {
	f.t.Helper()
	chosen, err := o.Choose(f.ctx, s)
	if err != nil {
		f.t.Fatal(err)
	}
	j, err := o.Start(f.ctx, s, chosen, "the price was corrected", rate)
	if err != nil {
		f.t.Fatal(err)
	}
	return j
}

// until waits until a job is as wanted.
func (f *fixture) until(id string, wanted func(queue.Job) bool) queue.Job {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	jobs, err := f.q.Jobs().Watch(ctx, id)
	if err != nil {
		f.t.Fatal(err)
	}
	var last queue.Job
	for last = range jobs {
		if wanted(last) {
			cancel()
			for range jobs { // until the watch has ended
			}
			return last
		}
	}
	f.t.Fatalf("the job came no further than %+v: %v", last, context.Cause(ctx))
	return last
}

func ended(j queue.Job) bool { return j.State.Ended() }

// types returns the types of a document's records, in order.
func (f *fixture) types(id string) []queue.RecordType {
	f.t.Helper()
	h, err := f.q.History(f.ctx, id)
	if err != nil {
		f.t.Fatal(err)
	}
	var all []queue.RecordType
	for _, r := range h {
		all = append(all, r.Type)
	}
	return all
}

func (f *fixture) count(account, outcome string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counted == nil {
		f.counted = map[string]int{}
	}
	f.counted[account+" "+outcome]++
}
