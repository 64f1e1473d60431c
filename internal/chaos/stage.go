package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"counterpunch/internal/simulator"
)

// Scene is what a scenario is made of: how NetSuite behaves, what the installation looks like, and what is done to it.
type Scene struct {
	Name  string
	Knobs string       // of the simulator, JSON
	Setup func(*Setup) // changes the installation before it is made; may be nil
	// Act sends the documents and breaks things. When it has returned and every document is at rest, everything is judged.
	Act func(context.Context, *Stage) error
}

// Stage is an installation at work, with the supplier who sends to it.
type Stage struct {
	Options      Options
	Installation *Installation
	Documents    []Document
	Supplier     *Supplier
	Evidence     Evidence // what the scene alone knows, such as the documents that must end as letters; the rest is gathered

	watcher *watcher
	random  *rand.Rand
	began   time.Time
	kills   []kill
	result  Result
	found   Findings // of the scene
}

// Find adds findings of the scene's own.
func (s *Stage) Find(sort Sort, texts ...string) { s.found.Add(sort, texts...) }

// Resting returns how many documents have come to rest so far.
func (s *Stage) Resting() int { return s.watcher.resting() }

// Say tells what is going on.
func (s *Stage) Say(format string, args ...any) {
	fmt.Fprintf(s.Options.Progress, "%s, seed %d, %.0f s: %s\n", s.result.Scenario, s.Options.Seed, time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// Note adds a line of figures that are the scene's own.
func (s *Stage) Note(format string, args ...any) {
	s.result.Notes = append(s.result.Notes, fmt.Sprintf(format, args...))
}

// Await waits until n documents are at rest.
func (s *Stage) Await(ctx context.Context, n int) error {
	for s.Resting() < n {
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// canary is what the supplier's secret begins with.
const canary = "chaos-canary-"

// Perform makes one run of a scene. An error means that it could not be carried out; what the product did wrong is in the
// findings.
func Perform(ctx context.Context, o Options, sc Scene) (Result, error) {
	o = o.withDefaults(500)
	documents, orders, err := Plan(o.Seed, o.Documents)
	if err != nil {
		return Result{}, err
	}
	setup := Setup{
		Dir: o.Dir, Programs: o.Programs, Seed: o.Seed, Orders: orders, Calls: 20*len(documents) + 10_000, Waits: o.Waits,
		Secret: fmt.Sprintf("%s%016x", canary, rand.Int63()),
	}
	if sc.Setup != nil {
		sc.Setup(&setup)
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
	s := &Stage{
		Options: o, Installation: i, Documents: documents, Supplier: supplier, watcher: newWatcher(supplier, len(documents)),
		random: rand.New(rand.NewSource(o.Seed + 1)), began: time.Now(),
		Evidence: Evidence{Waits: o.Waits}, result: Result{Scenario: sc.Name, Seed: o.Seed, Documents: len(documents)},
	}

	// The processes outlive the limit, for the books are read after it, and are ended whatever happens.
	life, end := context.WithCancel(ctx)
	processes, life := errgroup.WithContext(life)
	defer func() {
		end()
		_ = processes.Wait() // what went wrong ended life before, and is the cause of the error returned
	}()
	if err := i.Start(life, processes, sc.Knobs); err != nil {
		return s.result, err
	}
	if err := s.play(life, sc.Act); err != nil {
		end()
		return s.result, errors.Join(fmt.Errorf("%s, seed %d: %w; logs are in %s", sc.Name, o.Seed, err, o.Dir), processes.Wait())
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
func (s *Stage) play(life context.Context, act func(context.Context, *Stage) error) error {
	open := 0
	limited, cancel := context.WithTimeout(life, s.Options.Limit)
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
	s.Evidence.Stood = <-stood
	if err != nil && (life.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
		return err
	}
	s.result.Took = time.Since(s.began)
	if open > 0 {
		s.Find(Other, fmt.Sprintf("%d documents had not come to rest after %s", open, s.Options.Limit))
	}
	return s.judge(life)
}

// judge gathers the evidence and lets the judge look at it.
func (s *Stage) judge(ctx context.Context) error {
	if err := s.gather(ctx); err != nil {
		return err
	}
	s.found = append(s.found, Judge(s.Evidence)...)
	if s.Options.Judged != nil {
		s.Options.Judged(s.Evidence)
	}
	if !s.Evidence.orderly() {
		s.Note("%d changes of one order at the same time are not judged: programs stood still, this one for %.1f s", len(overlaps(s.Evidence.Books, s.Documents)), s.Evidence.Stood.Seconds())
	}
	s.Find(Other, s.Supplier.conflicts...)
	leaked, err := s.leaks(ctx)
	if err != nil {
		return err
	}
	s.Find(Secret, leaked...)
	s.count()
	s.result.Findings = s.found
	var text []byte
	for _, f := range s.found {
		text = fmt.Appendln(text, f)
	}
	return os.WriteFile(filepath.Join(s.Options.Dir, "findings.txt"), text, 0o600)
}

func (s *Stage) count() {
	r, books := &s.result, s.Evidence.Books
	r.Posts, r.Resends, r.Refused, r.Kills, r.Calls = s.Supplier.posts, s.Supplier.resends, s.Supplier.Refused(), len(s.kills), books.TotalCalls
	for _, k := range s.kills {
		r.Processes += len(k.names)
	}
	_, r.Hits = hits(books, s.kills)
	for _, n := range books.Faults {
		r.Faults += n
	}
}
