package operations_test

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"counterpunch/internal/config"
	"counterpunch/internal/cxml"
	"counterpunch/internal/demo"
	"counterpunch/internal/demo/demotest"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/operations"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// load is the size of a run of TestTwoOperatorsReplayWhileLiveTrafficFlows.
type load struct {
	letters  int     // dead letters, all of which both operators replay
	baseline int     // live documents before the replay
	most     int     // live documents during it
	rate     float64 // live documents a second
	lanes    int
	latency  simulator.Latency
	bounded  bool // the 99th percentile is held against its bound
}

func loadOf() load {
	spread := func(ms int) simulator.Spread {
		d := simulator.Duration(time.Duration(ms) * time.Millisecond)
		return simulator.Spread{Median: d, P99: d * 3 / 2}
	}
	calls := func(get, post int) simulator.Latency {
		return simulator.Latency{Get: spread(get), Query: spread(get), Patch: spread(post), Post: spread(post)}
	}
	if os.Getenv("COUNTERPUNCH_REPLAY") == "full" {
		return load{letters: 2000, baseline: 300, most: 4000, rate: 3, lanes: 8, latency: calls(100, 300), bounded: true}
	}
	return load{letters: 200, baseline: 30, most: 2000, rate: 10, lanes: 8, latency: calls(10, 30)}
}

// With COUNTERPUNCH_REPLAY=full it has the size that is promised: 2,000 dead letters, and the latency of live documents
// within twice what it is without the replay. The short form shows that each is replayed once and becomes one bill.
func TestTwoOperatorsReplayWhileLiveTrafficFlows(t *testing.T) {
	size := loadOf()
	tr := newTraffic(t, size)
	letters := tr.deadLetters()

	alone := tr.live("alone", size.baseline, nil)
	jobs := tr.operators("alice", "bob")
	over := make(chan struct{})
	go func() {
		defer close(over)
		for i := range jobs {
			jobs[i] = tr.ended(jobs[i].ID)
		}
	}()
	beside := tr.live("beside", size.most, over)
	<-over

	replays := tr.judge(letters, jobs)
	tr.judgeBills(append(slices.Concat(alone, beside), letters...))
	calm, busy := tr.latencies(alone), tr.latencies(beside)
	took := latest(jobs).Sub(jobs[0].Started)
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "live documents\tnumber\tp50\tp99\tmost")
	for _, row := range []struct {
		name string
		took []time.Duration
	}{{"without a replay", calm}, {"with the replay", busy}} {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", row.name, len(row.took), quantile(row.took, .5), quantile(row.took, .99), quantile(row.took, 1))
	}
	fmt.Fprintf(w, "replays\t%d in %s\tof %d letters, by %d and %d\t\t\n", replays, took.Round(time.Millisecond), len(letters), jobs[0].Replayed, jobs[1].Replayed)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &table)
	if before, after := quantile(calm, .99), quantile(busy, .99); size.bounded && after > 2*before {
		t.Errorf("the 99th percentile of live documents is %s with the replay, more than twice the %s without", after, before)
	}
}

// traffic is a running installation with suppliers and operators.
type traffic struct {
	t     *testing.T
	ctx   context.Context
	size  load
	world *demo.World
	q     *queue.Queue
	seed  *rand.Rand
}

func newTraffic(t *testing.T, size load) *traffic {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	t.Cleanup(cancel)
	w := demotest.Open(t, demo.Options{
		Orders:    []byte(`{"vendors":[{"id":"501","name":"ACME"}],"items":[{"id":"201","name":"Widget","vendorName":"W-1"}]}`),
		Simulator: simulator.Options{Limit: -1, Seed: 1},
		Change: func(c *config.Config) {
			c.Accounts[0].Lanes, c.Accounts[0].NetSuite.Slots = size.lanes, size.lanes
			c.Worker.AckWait, c.Worker.Heartbeat = 30*time.Second, 8*time.Second
		},
	})
	return &traffic{t: t, ctx: ctx, size: size, world: w, q: w.Serve.Queue, seed: rand.New(rand.NewSource(1))}
}

// order makes an order of one line in NetSuite and returns the invoice over it.
func (tr *traffic) order(name, status string) *event.Event {
	tr.t.Helper()
	line := simulator.SeedLine{Line: 1, Item: "201", VendorName: "W-1", Description: "Widget", Quantity: "10", Rate: "5.00", Units: "EA"}
	err := tr.world.NetSuite.Seed(simulator.Seed{PurchaseOrders: []simulator.SeedOrder{{
		ID: orderID(name), TranID: "PO-" + name, Vendor: "501", Subsidiary: "1", Currency: "1", Status: status, TranDate: "2026-09-01", Items: []simulator.SeedLine{line},
	}}})
	if err != nil {
		tr.t.Fatal(err)
	}
	dollars := func(amount string) document.Money {
		return document.Money{Amount: document.MustDecimal(amount), Currency: "USD"}
	}
	price, total := dollars("5.00"), dollars("50.00")
	d := &document.Document{
		Kind: document.KindInvoice, PayloadID: name, DeploymentMode: "production",
		From: []document.Credential{}, To: []document.Credential{}, Sender: []document.Credential{},
		Invoice: &document.Invoice{
			InvoiceID: "INV-" + name, InvoiceDate: time.Date(2026, 9, 10, 0, 0, 0, 0, time.UTC), Purpose: document.PurposeStandard, Operation: document.OperationNew,
			Orders: []document.InvoiceOrder{{Order: document.OrderReference{OrderID: "PO-" + name}, Items: []document.InvoiceItem{{
				InvoiceLineNumber: 1, LineNumber: 1, Quantity: document.Quantity{Value: document.NewDecimal(10), Unit: "EA"},
				UnitPrice: &price, Subtotal: &total, Item: document.Item{SupplierPartID: "W-1", Description: "Widget"},
			}}}},
			Summary: document.InvoiceSummary{Subtotal: total, Net: &total, Due: &total},
		},
	}
	return &event.Event{
		ID: event.DocumentID("main", "acme", d.Kind, name, name), Account: "main", Supplier: "acme", Kind: d.Kind, Subject: "PO-" + name,
		PayloadID: name, PayloadHash: name, PartitionKey: event.PartitionKey(d, "acme"),
		Data: event.Data{Document: d, Original: cxml.Original{MediaType: "text/xml", Charset: "utf-8", SHA256: "00", CXML: "<cXML/>"}},
	}
}

// orderID returns the internal id of an order: letters of its name become digits.
func orderID(name string) string {
	return "7" + strings.NewReplacer("dead-", "1", "alone-", "2", "beside-", "3").Replace(name)
}

func (tr *traffic) publish(e *event.Event) {
	e.Time = time.Now().UTC()
	if _, err := tr.q.Publish(tr.ctx, e); err != nil {
		tr.t.Error(err)
	}
}

// rest waits until every document has come to rest.
func (tr *traffic) rest(all []*event.Event) {
	tr.t.Helper()
	for _, e := range all {
		if _, err := tr.world.Rest(tr.ctx, e.ID); err != nil {
			tr.t.Fatal(err)
		}
	}
}

// deadLetters makes dead letters of invoices over closed orders, and opens the orders again.
func (tr *traffic) deadLetters() []*event.Event {
	tr.t.Helper()
	var all []*event.Event
	for i := range tr.size.letters {
		e := tr.order(fmt.Sprint("dead-", i), "H")
		tr.publish(e)
		all = append(all, e)
	}
	tr.rest(all)
	for i, e := range all {
		st, err := tr.q.Status(tr.ctx, e.ID)
		if err != nil || st.State != queue.StateDeadLettered {
			tr.t.Fatalf("document %d: %+v, %v", i, st, err)
		}
		if err := tr.world.NetSuite.Do(simulator.Act{Do: simulator.ActReopen, Record: orderID(fmt.Sprint("dead-", i))}); err != nil {
			tr.t.Fatal(err)
		}
	}
	if err := tr.world.NetSuite.Turn(func(k *simulator.Knobs) { k.Latency = tr.size.latency }); err != nil {
		tr.t.Fatal(err)
	}
	return all
}

// live sends documents as suppliers do, each over an order of its own, until there are as many or until is closed, and waits
// until they have come to rest.
func (tr *traffic) live(name string, number int, until <-chan struct{}) []*event.Event {
	tr.t.Helper()
	var all []*event.Event
	var group sync.WaitGroup
	for i := range number {
		e := tr.order(fmt.Sprint(name, "-", i), "B")
		gap := time.NewTimer(time.Duration(tr.seed.ExpFloat64() / tr.size.rate * float64(time.Second)))
		select {
		case <-gap.C:
		case <-until:
			gap.Stop()
			group.Wait()
			tr.rest(all)
			return all
		}
		all = append(all, e)
		group.Go(func() { tr.publish(e) })
	}
	group.Wait()
	tr.rest(all)
	return all
}

// operators replay every dead letter, all of them at once.
func (tr *traffic) operators(names ...string) []queue.Job {
	tr.t.Helper()
	jobs := make([]queue.Job, len(names))
	var group sync.WaitGroup
	for i, name := range names {
		group.Go(func() {
			o, err := operations.New(tr.q, name)
			if err != nil {
				tr.t.Error(err)
				return
			}
			chosen, err := o.Choose(tr.ctx, operations.Selection{})
			if err == nil {
				jobs[i], err = o.Start(tr.ctx, operations.Selection{}, chosen, "the orders are open again", 0)
			}
			if err != nil {
				tr.t.Error(err)
			}
		})
	}
	group.Wait()
	return jobs
}

func (tr *traffic) ended(id string) queue.Job {
	ctx, cancel := context.WithCancel(tr.ctx)
	defer cancel()
	jobs, err := tr.q.Jobs().Watch(ctx, id)
	if err != nil {
		tr.t.Error(err)
		return queue.Job{}
	}
	var last queue.Job
	for last = range jobs {
		if last.State.Ended() {
			return last
		}
	}
	tr.t.Errorf("the job came no further than %+v", last)
	return last
}

// judge looks for letters that were not replayed once, and for lanes with two replays at once. It returns the replays.
func (tr *traffic) judge(letters []*event.Event, jobs []queue.Job) int {
	tr.t.Helper()
	replayed, skipped := 0, 0
	for _, j := range jobs {
		replayed, skipped = replayed+j.Replayed, skipped+j.Skipped
		if j.State != queue.JobDone || j.Failed > 0 {
			tr.t.Errorf("job %+v", j)
		}
	}
	if replayed != len(letters) || skipped != len(letters) {
		tr.t.Errorf("the jobs count %d replays and %d skips of %d letters", replayed, skipped, len(letters))
	}
	type stay struct{ from, to time.Time }
	lanes := map[int][]stay{}
	replays := 0
	for _, e := range letters {
		h := tr.history(e)
		var one stay
		for _, r := range h {
			if r.Type == queue.Replayed {
				replays++
				one.from = r.Time
			}
		}
		one.to = h[len(h)-1].Time
		if n := len(h); h[0].Type != queue.DeadLettered || h[1].Type != queue.Replayed || h[n-1].Type != queue.Applied {
			tr.t.Errorf("document %s: %d records, the last %+v", e.PayloadID, n, h[n-1])
		}
		l := queue.LaneOf(e.PartitionKey, tr.size.lanes)
		lanes[l] = append(lanes[l], one)
	}
	for l, all := range lanes {
		slices.SortFunc(all, func(a, b stay) int { return a.from.Compare(b.from) })
		for i := 1; i < len(all); i++ {
			if all[i].from.Before(all[i-1].to) {
				tr.t.Errorf("lane %d: a replay came at %s, before the one of %s had left at %s", l, all[i].from, all[i-1].from, all[i-1].to)
			}
		}
	}
	if replays != len(letters) {
		tr.t.Errorf("%d replays of %d letters are on record", replays, len(letters))
	}
	return replays
}

// judgeBills holds NetSuite's books against one bill a document.
func (tr *traffic) judgeBills(all []*event.Event) {
	tr.t.Helper()
	bills := map[string]int{}
	for _, b := range tr.world.NetSuite.Books().VendorBills {
		bills[b.TranID]++
	}
	for _, e := range all {
		if got := bills[e.Data.Document.Number()]; got != 1 {
			tr.t.Errorf("invoice %s became %d bills", e.Data.Document.Number(), got)
		}
	}
	if len(bills) != len(all) {
		tr.t.Errorf("%d numbers have bills, want %d", len(bills), len(all))
	}
}

func (tr *traffic) history(e *event.Event) []queue.Record {
	tr.t.Helper()
	h, err := tr.q.History(tr.ctx, e.ID)
	if err != nil || len(h) == 0 {
		tr.t.Fatalf("history of %s: %v, %v", e.PayloadID, h, err)
	}
	return h
}

// latencies returns the times from receipt to end, shortest first.
func (tr *traffic) latencies(all []*event.Event) []time.Duration {
	tr.t.Helper()
	var took []time.Duration
	for _, e := range all {
		h := tr.history(e)
		took = append(took, h[len(h)-1].Time.Sub(e.Time))
	}
	slices.Sort(took)
	if len(took) == 0 {
		tr.t.Fatal("no live document was sent")
	}
	return took
}

func quantile(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))].Round(time.Millisecond)
}

func latest(jobs []queue.Job) time.Time {
	var last time.Time
	for _, j := range jobs {
		if j.Ended.After(last) {
			last = j.Ended
		}
	}
	return last
}
