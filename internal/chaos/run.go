package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"counterpunch/internal/simulator"
)

// Options are the extent of a run. Zero values mean the defaults of the scenario.
type Options struct {
	Seed      int64
	Documents int // about so many
	Kills     int // at most
	Freeze    bool
	Waits     Waits
	Outage    time.Duration // of NetSuite, in the scenario down
	For       time.Duration // of the scenario soak
	Rate      float64       // documents a second, in the scenario soak
	Limit     time.Duration // until everything has to be at rest
	Dir       string        // empty folder for files and logs
	Programs  string        // folder of the binaries that Build made
	Progress  io.Writer     // gets what is going on; nil: nothing
}

// Result is what a run did and what the judge says.
type Result struct {
	Scenario  string
	Seed      int64
	Documents int
	Posts     int           // requests that carried a document
	Resends   int           // of them, requests with a document that was sent before
	Refused   time.Duration // longest time in which nothing was accepted
	Kills     int           // moments at which processes were killed
	Processes int           // that were killed
	Hits      int           // kills that found a write in progress
	Faults    int           // answers that the simulator spoiled
	Calls     int           // that NetSuite got
	Took      time.Duration
	Notes     []string // figures of this scenario, a line each
	Findings  Findings
}

// Scenario is one way of breaking things.
type Scenario struct {
	Name   string
	About  string
	Varied bool // other seeds are other runs; without it one run says all
	Run    func(context.Context, Options) (Result, error)
}

// Scenarios returns the scenarios of one server.
func Scenarios() []Scenario {
	return []Scenario{
		{"kill", "ingest, workers and NATS killed at random while NetSuite fails", true, runKill},
		{"down", "NetSuite down while documents wait", false, runDown},
		{"login", "the integration user disabled, then enabled", false, runLogin},
		{"poison", "a document that panics its worker, and one that kills it", false, runPoison},
		{"soak", "a steady load for a time", false, runSoak},
	}
}

// scene is what a scenario needs beside the options.
type scene struct {
	name  string
	knobs string // of the simulator, JSON
	setup func(*Setup)
	act   func(context.Context, *stage) error
}

// stage is an installation at work, with the supplier who sends to it.
type stage struct {
	options      Options
	installation *Installation
	documents    []Document
	supplier     *Supplier
	watcher      *watcher
	random       *rand.Rand
	began        time.Time
	kills        []kill
	evidence     Evidence // what the scenario alone knows; the rest is gathered at the end
	result       Result
	found        Findings // of the scenario
}

func (s *stage) say(format string, args ...any) {
	fmt.Fprintf(s.options.Progress, "%s, seed %d, %.0f s: %s\n", s.result.Scenario, s.options.Seed, time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

func (s *stage) note(format string, args ...any) {
	s.result.Notes = append(s.result.Notes, fmt.Sprintf(format, args...))
}

// await waits until n documents are at rest.
func (s *stage) await(ctx context.Context, n int) error {
	for s.watcher.resting() < n {
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (o Options) withDefaults(documents int) Options {
	if o.Waits == (Waits{}) {
		o.Waits = ScaledWaits()
	}
	if o.Documents == 0 {
		o.Documents = documents
	}
	if o.Limit == 0 {
		o.Limit = o.Waits.patience + time.Duration(o.Documents)*300*time.Millisecond + o.Outage + o.For
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o
}

// canary is what the supplier's secret begins with.
const canary = "chaos-canary-"

// perform makes one run of a scene. An error means that it could not be carried out; what the product did wrong is in the
// findings.
func perform(ctx context.Context, o Options, sc scene) (Result, error) {
	documents, orders, err := Plan(o.Seed, o.Documents)
	if err != nil {
		return Result{}, err
	}
	setup := Setup{
		Dir: o.Dir, Programs: o.Programs, Seed: o.Seed, Orders: orders, Calls: 20*len(documents) + 10_000, Waits: o.Waits,
		Secret: fmt.Sprintf("%s%016x", canary, rand.Int63()),
	}
	if sc.setup != nil {
		sc.setup(&setup)
	}
	i, err := NewInstallation(setup)
	if err != nil {
		return Result{}, err
	}
	defer i.client.CloseIdleConnections()
	supplier, err := NewSupplier(i.Intake, setup.Secret)
	if err != nil {
		return Result{}, err
	}
	defer supplier.client.CloseIdleConnections()
	s := &stage{
		options: o, installation: i, documents: documents, supplier: supplier, watcher: newWatcher(supplier, len(documents)),
		random: rand.New(rand.NewSource(o.Seed + 1)), began: time.Now(),
		evidence: Evidence{Waits: o.Waits}, result: Result{Scenario: sc.name, Seed: o.Seed, Documents: len(documents)},
	}

	// The processes outlive the limit, for the books are read after it, and are ended whatever happens.
	life, end := context.WithCancel(ctx)
	processes, life := errgroup.WithContext(life)
	defer func() {
		end()
		_ = processes.Wait() // what went wrong ended life before, and is the cause of the error returned
	}()
	if err := i.Start(life, processes, sc.knobs); err != nil {
		return s.result, err
	}
	if err := s.play(life, sc.act); err != nil {
		end()
		return s.result, errors.Join(fmt.Errorf("%s, seed %d: %w; logs are in %s", sc.name, o.Seed, err, o.Dir), processes.Wait())
	}
	return s.result, nil
}

// Plan writes about n documents, as the seed gives them, and says how many purchase orders the simulator must hold for them.
func Plan(seed int64, n int) (documents []Document, orders int, err error) {
	seeded, err := simulator.New(simulator.Options{Seed: seed}).SeedRandom(n/2+2, vendor)
	if err != nil {
		return nil, 0, fmt.Errorf("make purchase orders: %w", err)
	}
	documents, orders = stories(seeded, n, rand.New(rand.NewSource(seed)))
	return documents, orders, nil
}

// play acts, waits for rest and judges. life is that of the processes.
func (s *stage) play(life context.Context, act func(context.Context, *stage) error) error {
	open := 0
	limited, cancel := context.WithTimeout(life, s.options.Limit)
	defer cancel()
	felt, stop := context.WithCancel(life)
	defer stop()
	stood := make(chan time.Duration, 1)
	go func() { stood <- pulse(felt) }()
	g, ctx := errgroup.WithContext(limited)
	g.Go(func() error { return act(ctx, s) })
	g.Go(func() error {
		open = s.watcher.wait(ctx)
		return nil
	})
	err := g.Wait()
	stop()
	s.evidence.Stood = <-stood
	if err != nil && (life.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
		return err
	}
	s.result.Took = time.Since(s.began)
	if open > 0 {
		s.found.Add(Other, fmt.Sprintf("%d documents had not come to rest after %s", open, s.options.Limit))
	}
	return s.judge(life)
}

// judge gathers the evidence and lets the judge look at it.
func (s *stage) judge(ctx context.Context) error {
	if err := s.gather(ctx); err != nil {
		return err
	}
	s.found = append(s.found, Judge(s.evidence)...)
	if !s.evidence.orderly() {
		s.note("%d changes of one order at the same time are not judged: programs stood still, this one for %.1f s", len(overlaps(s.evidence.Books, s.documents)), s.evidence.Stood.Seconds())
	}
	s.found.Add(Other, s.supplier.conflicts...)
	leaked, err := s.leaks(ctx)
	if err != nil {
		return err
	}
	s.found.Add(Secret, leaked...)
	s.count()
	s.result.Findings = s.found
	var text []byte
	for _, f := range s.found {
		text = fmt.Appendln(text, f)
	}
	return os.WriteFile(filepath.Join(s.options.Dir, "findings.txt"), text, 0o600)
}

func (s *stage) count() {
	r, books := &s.result, s.evidence.Books
	r.Posts, r.Resends, r.Refused, r.Kills, r.Calls = s.supplier.posts, s.supplier.resends, s.supplier.Refused(), len(s.kills), books.TotalCalls
	for _, k := range s.kills {
		r.Processes += len(k.names)
	}
	_, r.Hits = hits(books, s.kills)
	for _, n := range books.Faults {
		r.Faults += n
	}
}
