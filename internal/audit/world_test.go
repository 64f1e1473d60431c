package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/demo/demotest"
	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded/embeddedtest"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/wait"
)

func TestMain(m *testing.M) { embeddedtest.VerifyMain(m) }

const seed = `{"vendors":[{"id":"501","name":"ACME Inc"},{"id":"502","name":"Globex"}],
"items":[{"id":"201","name":"Widget","vendorName":"V-201"},{"id":"202","name":"Bracket","vendorName":"V-202"},{"id":"203","name":"Bolt","vendorName":"V-203"}]}`

// world is an installation whose stories are told again and again under other rules of NetSuite's.
type world struct {
	*demo.World
	log    *logged
	t      testing.TB
	ctx    context.Context
	nextID int
}

func open(t testing.TB, change func(*config.Config), options simulator.Options) *world {
	t.Helper()
	log := &logged{}
	w := demotest.Open(t, demo.Options{Orders: []byte(seed), Simulator: options, Log: zerolog.New(log), Change: change})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute) // a strategy at every rule took 3m17s on two busy cores
	t.Cleanup(cancel)
	return &world{World: w, log: log, t: t, ctx: ctx, nextID: 20000}
}

// logged counts the messages of a log.
type logged struct {
	mu       sync.Mutex
	messages map[string]int
}

// Write takes one line of the log.
func (l *logged) Write(line []byte) (int, error) {
	var said struct{ Message string }
	if err := json.Unmarshal(line, &said); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.messages == nil {
		l.messages = map[string]int{}
	}
	l.messages[said.Message]++
	return len(line), nil
}

// count says how often something was logged.
func (l *logged) count(message string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.messages[message]
}

// prefixed is a story whose orders and invoices carry a prefix.
func prefixed(s story, prefix string) story {
	s.orders = slices.Clone(s.orders)
	for i := range s.orders {
		s.orders[i].TranID = prefix + s.orders[i].TranID
	}
	mark := func(v invoice) invoice {
		v.id = prefix + v.id
		if v.refers != "" {
			v.refers = prefix + v.refers
		}
		if v.payloadID != "" {
			v.payloadID = prefix + v.payloadID
		}
		v.parts = slices.Clone(v.parts)
		for i, p := range v.parts {
			if p.order != "" {
				v.parts[i].order = prefix + p.order
			}
		}
		return v
	}
	s.inv, s.before = mark(s.inv), slices.Clone(s.before)
	for i := range s.before {
		s.before[i] = mark(s.before[i])
	}
	return s
}

// split adds what has to be brought in before the story: what comes first, and what needs that.
func (s story) split(first, second [][]byte) (_, _ [][]byte) {
	for i, v := range s.before {
		if i == 0 {
			first = append(first, v.xml())
		} else {
			second = append(second, v.xml())
		}
	}
	return first, second
}

// seedOrders puts the orders of stories into NetSuite and returns their numbers by internal id.
func (w *world) seedOrders(stories []story) map[string]simulator.SeedOrder {
	w.t.Helper()
	all, byID := simulator.Seed{}, map[string]simulator.SeedOrder{}
	for _, s := range stories {
		for _, o := range s.orders {
			w.nextID++
			o.ID = strconv.Itoa(w.nextID)
			if o.Vendor == "" {
				o.Vendor = "501"
			}
			all.PurchaseOrders = append(all.PurchaseOrders, o)
			byID[o.ID] = o
		}
	}
	if err := w.NetSuite.Seed(all); err != nil {
		w.t.Fatal(err)
	}
	return byID
}

// hire starts a worker with connections of its own, as another process would have them.
func (w *world) hire(name string, change func(*config.Config)) *app.Worker {
	w.t.Helper()
	cfg := *w.Config
	cfg.Accounts = append([]config.Account(nil), cfg.Accounts...)
	cfg.NATS.URL, cfg.Worker.Name = w.Addresses().NATS, name
	if change != nil {
		change(&cfg)
	}
	q, disconnect, err := app.OpenQueue(w.ctx, &cfg, name, zerolog.Nop())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(disconnect)
	worker, err := app.StartWorker(w.ctx, &cfg, q, zerolog.Nop())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := worker.Stop(); err != nil {
			w.t.Error(err)
		}
	})
	return worker
}

// until waits until a condition holds.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	wait.Until(w.ctx, w.t, what, holds)
}

// send posts documents and returns their ids; it does not wait for what becomes of them.
func (w *world) send(documents [][]byte) []string {
	w.t.Helper()
	var ids []string
	for i, body := range documents {
		answer, err := w.Post(w.ctx, "text/xml; charset=UTF-8", body)
		if err != nil || answer.ID == "" {
			w.t.Fatalf("document %d: answer %d %s, %v", i, answer.Code, answer.Text, err)
		}
		ids = append(ids, answer.ID)
	}
	return ids
}

// posted is what became of a document.
type posted struct {
	code   int // of the answer
	text   string
	status queue.Status
	last   queue.Record
}

// post sends documents, several at a time, and waits until all have come to rest.
func (w *world) post(documents [][]byte) []posted {
	w.t.Helper()
	const atOnce = 8
	all, errs := make([]posted, len(documents)), make([]error, len(documents))
	var group sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i, body := range documents {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			all[i], errs[i] = w.postOne(body)
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) postOne(body []byte) (posted, error) {
	answer, err := w.Post(w.ctx, "text/xml; charset=UTF-8", body)
	p := posted{code: answer.Code, text: answer.Text}
	if err != nil || answer.ID == "" {
		return p, err
	}
	if p.status, err = w.Rest(w.ctx, answer.ID); err != nil {
		return p, err
	}
	history, err := w.Serve.Queue.History(w.ctx, answer.ID)
	if err != nil {
		return p, err
	}
	if len(history) == 0 {
		return p, fmt.Errorf("document %s is %s and has no history", answer.ID, p.status.State)
	}
	p.last = history[len(history)-1]
	return p, nil
}

// end waits until a document has come to its end: parking is none.
func (w *world) end(id string) posted {
	w.t.Helper()
	var st queue.Status
	w.until("document "+id+" has come to its end", func() bool {
		var err error
		if st, err = w.Rest(w.ctx, id); err != nil {
			w.t.Fatal(err)
		}
		return st.State != queue.StateParked
	})
	history, err := w.Serve.Queue.History(w.ctx, id)
	if err != nil || len(history) == 0 {
		w.t.Fatalf("history of document %s: %v", id, err)
	}
	return posted{code: 200, status: st, last: history[len(history)-1]}
}

// good reports whether the document has come to the end that its supplier wants.
func (p posted) good() bool {
	return p.status.State == queue.StateApplied || p.status.State == queue.StateSuperseded
}

// String says where the document stands and why.
func (p posted) String() string {
	return strings.TrimSpace(fmt.Sprintf("answer %d, %s %s %s %s", p.code, p.status.State, p.last.Reason, p.last.Detail, p.last.NetSuite))
}

// differences returns the rows of the table of differences.
func (p posted) differences() []map[string]any {
	var rows []map[string]any
	if len(p.last.Differences) > 0 && json.Unmarshal(p.last.Differences, &rows) != nil {
		return nil
	}
	return rows
}

// sound fails when the simulator's audit finds anything.
func (w *world) sound() simulator.Books {
	w.t.Helper()
	return w.soundBut("")
}

// soundBut fails when the simulator's audit finds anything of another kind.
func (w *world) soundBut(kind string) simulator.Books {
	w.t.Helper()
	books := w.NetSuite.Books()
	for _, f := range books.Audit() {
		if f.Kind != kind {
			w.t.Errorf("the audit finds: %+v", f)
		}
	}
	return books
}
