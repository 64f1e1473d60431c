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

// Options are the extent of a run.
type Options struct {
	Seed      int64
	Documents int           // about so many
	Kills     int           // at most; 0: one for each 10 documents
	Every     time.Duration // mean time between kills; 0: 700 ms
	Freeze    bool          // workers are also frozen for longer than JetStream waits for them
	Limit     time.Duration // until everything has to be at rest; 0: a minute and 300 ms a document
	Dir       string        // empty folder for files and logs
	Programs  string        // folder of the binaries that Build made
	Progress  io.Writer     // gets what is going on; nil: nothing
}

// Result is what a run did and what the judge says.
type Result struct {
	Seed      int64
	Documents int
	Orders    int
	Posts     int // requests that carried a document
	Resends   int // of them, requests with a document that was sent before
	Kills     int // moments at which processes were killed
	Processes int // that were killed
	Hits      int // kills that found a write in progress
	Writes    int // that were in progress when their caller died
	Faults    int // answers that the simulator spoiled
	Calls     int // that NetSuite got
	Overlaps  int // changes of one order at the same time; not judged
	Took      time.Duration
	Findings  Findings
}

func (o Options) withDefaults() Options {
	if o.Kills == 0 {
		o.Kills = max(3, o.Documents/10)
	}
	if o.Every == 0 {
		o.Every = 700 * time.Millisecond
	}
	if o.Limit == 0 {
		o.Limit = time.Minute + time.Duration(o.Documents)*300*time.Millisecond
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o
}

// Build compiles the programs of a run into dir. It needs the go command and the module as working directory.
func Build(ctx context.Context, dir string) error { return build(ctx, dir) }

// Run makes one run. An error means that it could not be carried out; what the product did wrong is in the findings.
func Run(ctx context.Context, o Options) (Result, error) {
	o = o.withDefaults()
	documents, orders, err := plan(o)
	if err != nil {
		return Result{}, err
	}
	bodies, err := render(documents)
	if err != nil {
		return Result{}, err
	}
	i, err := newInstallation(o.Dir, o.Programs, o.Seed, orders)
	if err != nil {
		return Result{}, err
	}
	defer i.client.CloseIdleConnections()

	// The processes outlive the limit, for the books are read after it, and are ended whatever happens.
	life, end := context.WithCancel(ctx)
	processes, life := errgroup.WithContext(life)
	defer func() {
		end()
		_ = processes.Wait() // what went wrong ended life before, and is the cause of the error returned
	}()
	if err := i.start(life, processes); err != nil {
		return Result{}, err
	}
	r, err := act(life, o, i, documents, bodies)
	r.Orders = orders
	if err != nil {
		end()
		return r, errors.Join(fmt.Errorf("seed %d: %w; logs are in %s", o.Seed, err, o.Dir), processes.Wait())
	}
	return r, nil
}

// plan writes the documents that the seed gives and says how many orders the simulator must hold for them.
func plan(o Options) ([]Document, int, error) {
	seeded, err := simulator.New(simulator.Options{Seed: o.Seed}).SeedRandom(o.Documents, vendor)
	if err != nil {
		return nil, 0, fmt.Errorf("make purchase orders: %w", err)
	}
	documents, used := stories(seeded, o.Documents, rand.New(rand.NewSource(o.Seed)))
	return documents, used, nil
}

// act sends, kills, waits for rest and judges. life is that of the processes.
func act(life context.Context, o Options, i *installation, documents []Document, bodies [][]byte) (Result, error) {
	began := time.Now()
	r := Result{Seed: o.Seed, Documents: len(documents)}
	s := &sender{client: i.client, url: i.intake, accepted: map[string]string{}}
	w := &watcher{installation: i, total: len(documents), nearly: make(chan struct{}), ended: map[string]status{}}
	sent := make(chan struct{})
	open := 0
	var kills []kill
	limited, cancel := context.WithTimeout(life, o.Limit)
	defer cancel()
	g, ctx := errgroup.WithContext(limited)
	g.Go(func() error {
		// Sending takes about as long as killing, so that kills find intake at work.
		think := time.Duration(o.Kills) * o.Every * senders / time.Duration(2*len(documents))
		err := s.send(ctx, documents, bodies, o.Seed+1, think)
		fmt.Fprintf(o.Progress, "seed %d: %d documents accepted after %.0f s\n", o.Seed, len(s.ids()), time.Since(began).Seconds())
		if err == nil {
			close(sent)
		}
		return err
	})
	g.Go(func() error {
		kills = killer{rand.New(rand.NewSource(o.Seed + 2)), o.Kills, o.Every, o.Freeze}.run(ctx, i, w.nearly)
		fmt.Fprintf(o.Progress, "seed %d: %d kills after %.0f s\n", o.Seed, len(kills), time.Since(began).Seconds())
		return nil
	})
	g.Go(func() error {
		open = w.wait(ctx, s, sent)
		return nil
	})
	err := g.Wait()
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return r, err
	}
	books, err := i.books(life)
	if err != nil {
		return r, fmt.Errorf("the books cannot be read: %w", err)
	}
	f, err := os.Open(i.journal)
	if err != nil {
		return r, fmt.Errorf("the intake journal cannot be read: %w", err)
	}
	defer f.Close()
	journal, err := readJournal(f)
	if err != nil {
		return r, err
	}
	r.Took = time.Since(began)
	r.Findings = judge(books, documents, s.accepted, journal)
	r.Findings.Other = append(append(r.Findings.Other, s.conflicts...), w.unapplied()...)
	if open > 0 {
		r.Findings.Other = append(r.Findings.Other, fmt.Sprintf("%d documents had not come to rest after %s", open, o.Limit))
	}
	r.count(books, s, kills)
	r.Overlaps = overlaps(books, documents)
	return r, writeFindings(filepath.Join(o.Dir, "findings.txt"), r.Findings)
}

// callTimeout is how long a worker waits for NetSuite, in seconds.
const callTimeout = 1

func (r *Result) count(books simulator.Books, s *sender, kills []kill) {
	r.Posts, r.Resends, r.Kills, r.Calls = s.posts, s.resends, len(kills), books.TotalCalls
	for _, k := range kills {
		r.Processes += len(k.names)
	}
	r.Writes, r.Hits = hits(books, kills, callTimeout)
	for _, n := range books.Faults {
		r.Faults += n
	}
}

func writeFindings(path string, f Findings) error {
	var text []byte
	for _, line := range f.All() {
		text = append(append(text, line...), '\n')
	}
	return os.WriteFile(path, text, 0o600)
}
