package delivery

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/queue/embedded/embeddedtest"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
	"counterpunch/internal/telemetry"
	"counterpunch/internal/testkit/wait"
)

func TestMain(m *testing.M) { embeddedtest.VerifyMain(m) }

// world is a NATS server and a NetSuite with as many workers on them as a test starts.
type world struct {
	t        *testing.T
	ctx      context.Context
	server   *embedded.Server
	netsuite *simulator.Simulator
	url      string
	front    atomic.Pointer[func(http.ResponseWriter, *http.Request, http.Handler)] // stands before NetSuite
	q        *queue.Queue                                                           // of suppliers and of people
	patience time.Duration                                                          // of a call to NetSuite
	ackWait  time.Duration                                                          // of the lanes
	workers  int
}

// newWorld has orders PO-1 to PO-n of vendor 501 with two lines of 100 at 5.00, and an account with as many lanes.
func newWorld(t *testing.T, orders, lanes int) *world {
	t.Helper()
	t.Parallel() // most of the time of a test is waiting
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	s := embeddedtest.Start(t, embedded.Options{})
	w := &world{t: t, ctx: ctx, server: s, patience: 10 * time.Second, ackWait: 10 * time.Second}
	w.netsuite = simulator.New(simulator.Options{Limit: -1, Seed: 1, KeepCalls: 100_000})
	w.turn(func(k *simulator.Knobs) { k.HangFor = simulator.Duration(300 * time.Millisecond) })
	w.seed(orderNumbers(1, orders)...)
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if f := w.front.Load(); f != nil {
			(*f)(rw, r, w.netsuite)
			return
		}
		w.netsuite.ServeHTTP(rw, r)
	}))
	t.Cleanup(front.Close)
	w.url = front.URL
	w.q = w.queue("people")
	w.update(func(st *queue.AccountState) { st.SetLanes(lanes) })
	return w
}

func orderNumbers(from, to int) []int {
	var all []int
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	return all
}

// seed adds orders PO-<n> with the internal ids 7000 + n.
func (w *world) seed(numbers ...int) {
	w.t.Helper()
	seed := simulator.Seed{Vendors: []simulator.Named{{ID: "501", Name: "ACME"}, {ID: "502", Name: "Globex"}}, Items: []simulator.SeedItem{
		{ID: "201", Name: "Widget", VendorName: "W-1"}, {ID: "202", Name: "Gadget", VendorName: "W-2"},
	}}
	if len(w.netsuite.Books().PurchaseOrders) > 0 {
		seed.Vendors, seed.Items = nil, nil
	}
	for _, n := range numbers {
		seed.PurchaseOrders = append(seed.PurchaseOrders, seedOrder(n))
	}
	if err := w.netsuite.Seed(seed); err != nil {
		w.t.Fatal(err)
	}
}

func seedOrder(n int) simulator.SeedOrder {
	line := func(line int, item, part string) simulator.SeedLine {
		return simulator.SeedLine{Line: line, Item: item, VendorName: part, Description: part, Quantity: "100", Rate: "5.00", Units: "EA"}
	}
	return simulator.SeedOrder{
		ID: fmt.Sprint(7000 + n), TranID: fmt.Sprint("PO-", n), Vendor: "501", Subsidiary: "1", Currency: "1", Status: "B",
		TranDate: "2026-09-01", Items: []simulator.SeedLine{line(1, "201", "W-1"), line(2, "202", "W-2")},
	}
}

func (w *world) turn(change func(*simulator.Knobs)) {
	w.t.Helper()
	if err := w.netsuite.Turn(change); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) stand(f func(http.ResponseWriter, *http.Request, http.Handler)) { w.front.Store(&f) }

func (w *world) update(change func(*queue.AccountState)) {
	w.t.Helper()
	err := w.q.Accounts().Update(w.ctx, "main", func(st *queue.AccountState) error { change(st); return nil })
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) account() queue.AccountState {
	w.t.Helper()
	st, _, err := w.q.Accounts().Get(w.ctx, "main")
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// queue opens an instance of the queue on connections of its own, as another process would.
func (w *world) queue(name string) *queue.Queue {
	w.t.Helper()
	q, _ := w.connected(name)
	return q
}

func (w *world) connected(name string) (*queue.Queue, []*nats.Conn) {
	w.t.Helper()
	conns := []*nats.Conn{embeddedtest.Connect(w.t, w.server), embeddedtest.Connect(w.t, w.server)}
	q, err := queue.Open(w.ctx, conns[0], conns[1], queue.Options{
		AckWait: w.ackWait, Heartbeat: w.ackWait / 5, PublishTimeout: 30 * time.Second, PullWait: time.Second, Worker: name,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return q, conns
}

// worker is a running worker.
type worker struct {
	w     *world
	log   *lines
	conns []*nats.Conn
	made  Options
	stop  func() // and wait
}

func (r *worker) options() Options { return r.made }

// lines is a log that tests read.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(p))
	return len(p), nil
}

func (l *lines) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, line := range l.all {
		if contains(line, part) {
			n++
		}
	}
	return n
}

func quick() Schedule {
	ms := time.Millisecond
	return Schedule{
		Busy: []time.Duration{20 * ms, 50 * ms, 100 * ms}, Unknown: []time.Duration{150 * ms, 200 * ms, 300 * ms},
		Odd: []time.Duration{50 * ms, 80 * ms, 100 * ms}, NotYet: []time.Duration{100 * ms, 150 * ms},
		Changed: 5, Deadline: time.Minute, Hand: 20 * ms,
	}
}

// start starts a worker; it is stopped at the end of the test at the latest.
func (w *world) start(change ...func(*Options)) *worker {
	w.t.Helper()
	w.workers++
	name := fmt.Sprint("worker-", w.workers)
	q, conns := w.connected(name)
	mapper := mapping.Default()
	mapper.Charges = map[string]mapping.Target{mapping.ChargeCredit: {Account: "613"}}
	m, err := mapping.New(mapper)
	if err != nil {
		w.t.Fatal(err)
	}
	client, err := netsuite.New(netsuite.Options{
		Account: "1234567_SB1", BaseURL: w.url, Timeout: w.patience, Slots: 16,
		Credentials: netsuite.TBA{
			ConsumerKey: "demo-consumer-key", ConsumerSecret: secret.New("demo-consumer-secret"),
			TokenID: "demo-token", TokenSecret: secret.New("demo-token-secret"),
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(client.Close)
	log := &lines{}
	o := Options{
		Name: name, Queue: q, Schedule: quick(), Parking: 30 * time.Millisecond, Shutdown: 5 * time.Second,
		Breaker:  Breaker{Failures: 3, Open: 100 * time.Millisecond},
		Accounts: []Account{{Name: "main", Client: client, Mapper: m, Vendors: vendors, Credential: "print-1"}},
		Metrics:  telemetry.NewDelivery(prometheus.NewRegistry(), []string{"main"}), Log: zerolog.New(log),
	}
	for _, c := range change {
		c(&o)
	}
	made, err := New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := made.Run(ctx); err != nil {
			w.t.Error(err)
		}
	}()
	stop := func() { cancel(); <-done }
	w.t.Cleanup(func() {
		stop()
		if w.t.Failed() && testing.Verbose() {
			for _, line := range log.all {
				w.t.Log(name, line)
			}
		}
	})
	return &worker{w: w, log: log, conns: conns, made: made.options, stop: stop}
}

func vendors(supplier string) []string {
	return map[string][]string{"acme": {"501"}, "globex": {"502"}}[supplier]
}

// send publishes documents of supplier acme and returns their ids.
func (w *world) send(docs ...*document.Document) []string {
	w.t.Helper()
	var ids []string
	for _, d := range docs {
		ids = append(ids, w.sendAs("acme", d))
	}
	return ids
}

func (w *world) sendAs(supplier string, d *document.Document) string {
	w.t.Helper()
	subject := ""
	if orders := d.Orders(); len(orders) > 0 {
		subject = orders[0].OrderID
	}
	hash := "hash of " + d.PayloadID
	e := &event.Event{
		ID: event.DocumentID("main", supplier, d.Kind, d.PayloadID, hash), Account: "main", Supplier: supplier, Kind: d.Kind,
		Subject: subject, Time: time.Now().UTC(), PayloadID: d.PayloadID, PayloadHash: hash, PartitionKey: event.PartitionKey(d, supplier),
		Data: event.Data{Document: d, Original: cxml.Original{MediaType: "text/xml", Charset: "utf-8", SHA256: "00", CXML: "<cXML/>"}},
	}
	if _, err := w.q.Publish(w.ctx, e); err != nil {
		w.t.Fatal(err)
	}
	return e.ID
}

func (w *world) status(id string) queue.Status {
	w.t.Helper()
	st, err := w.q.Status(w.ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return st
}

// until waits until a condition holds.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	wait.Until(w.ctx, w.t, what, holds)
}

// final waits until every document has come to its end and returns how.
func (w *world) final(ids ...string) []queue.Status {
	w.t.Helper()
	all := make([]queue.Status, len(ids))
	for i, id := range ids {
		w.until("document "+id+" has come to its end", func() bool {
			all[i] = w.status(id)
			return all[i].State != queue.StateAccepted && all[i].State != queue.StateParked
		})
	}
	return all
}

// applied waits for the end of documents that must all be applied, or superseded.
func (w *world) applied(ids ...string) {
	w.t.Helper()
	for i, st := range w.final(ids...) {
		if st.State != queue.StateApplied && st.State != queue.StateSuperseded {
			w.t.Errorf("document %d of %d (%s %s) is %s: %s %s", i+1, len(ids), st.Kind, st.Number, st.State, st.Reason, st.Detail)
		}
	}
}

// ends waits for the end of one document and checks it.
func (w *world) ends(id string, state queue.State, reason string) queue.Status {
	w.t.Helper()
	st := w.final(id)[0]
	if st.State != state || string(st.Reason) != reason {
		w.t.Errorf("%s %s is %s %q, want %s %q: %s", st.Kind, st.Number, st.State, st.Reason, state, reason, st.Detail)
	}
	return st
}

func (w *world) history(id string) []queue.Record {
	w.t.Helper()
	h, err := w.q.History(w.ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// types returns the types of a document's records, in order.
func (w *world) types(id string) []queue.RecordType {
	w.t.Helper()
	var all []queue.RecordType
	for _, r := range w.history(id) {
		all = append(all, r.Type)
	}
	return all
}

// sound checks the books: they add up, no line was added by accident, and no bill or credit is there twice.
func (w *world) sound() simulator.Books {
	w.t.Helper()
	b := w.netsuite.Books()
	if len(b.Accidents) > 0 {
		w.t.Errorf("lines were added by accident: %+v", b.Accidents)
	}
	if wrong := b.Imbalances(); len(wrong) > 0 {
		w.t.Errorf("the books do not add up: %v", wrong)
	}
	var seen []string
	for _, r := range slices.Concat(b.VendorBills, b.VendorCredits) {
		key := r.Type + " " + r.Vendor + " " + r.TranID
		if slices.Contains(seen, key) {
			w.t.Errorf("%s is in the books twice", key)
		}
		seen = append(seen, key)
	}
	return b
}

// field returns a field of an order, or of its line when line is not 0.
func (w *world) field(order string, line int, name string) string {
	w.t.Helper()
	po, ok := w.netsuite.Books().Order(order)
	if !ok {
		w.t.Fatalf("there is no order %s", order)
	}
	if line == 0 {
		return po.Fields[name]
	}
	l, ok := po.Item(line)
	if !ok {
		w.t.Fatalf("order %s has no line %d", order, line)
	}
	return l.Fields[name]
}

func (w *world) wantField(order string, line int, name, want string) {
	w.t.Helper()
	if got := w.field(order, line, name); got != want {
		w.t.Errorf("order %s line %d: %s is %q, want %q", order, line, name, got, want)
	}
}

// mortal makes lanes pass on quickly what a worker dies with. Where none dies they wait for as long as a busy machine may keep
// a worker from giving a sign of life.
func (w *world) mortal() { w.ackWait = time.Second }

// dies returns an Options change that makes a worker die at the nth time it comes to a step: its connections close, and
// nothing of it goes on.
func (w *world) dies(at string, nth int32, dead *atomic.Bool) func(*Options) {
	w.mortal()
	var seen atomic.Int32
	return func(o *Options) {
		q, conns := w.connected(o.Name + "-mortal")
		o.Queue, o.Shutdown = q, 200*time.Millisecond
		o.crash = func(ctx context.Context, step string) {
			if step != at || seen.Add(1) != nth {
				return
			}
			for _, nc := range conns {
				nc.Close()
			}
			<-ctx.Done()
			dead.Store(true)
		}
	}
}
