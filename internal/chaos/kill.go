package chaos

import (
	"context"
	"math/rand"
	"time"

	"golang.org/x/sync/errgroup"
)

// faults are one write in ten, half of them applied before they fail, and one call in a hundred whatever it is. Calls take
// long enough for kills to find them in progress. A caller that gets no answer waits for its own timeout.
const faults = `{
  "commitThenFail": {"rate": 0.05}, "failBeforeCommit": {"rate": 0.03}, "recordChanged": {"rate": 0.02}, "unexpectedError": {"rate": 0.01},
  "hangFor": "5s",
  "latency": {
    "get": {"median": "10ms", "p99": "60ms"}, "query": {"median": "10ms", "p99": "60ms"},
    "patch": {"median": "80ms", "p99": "250ms"}, "post": {"median": "120ms", "p99": "350ms"}
  }
}`

// healthy takes the faults back.
const healthy = `{"commitThenFail": {"rate": 0}, "failBeforeCommit": {"rate": 0}, "recordChanged": {"rate": 0}, "unexpectedError": {"rate": 0}}`

// runKill kills ingest, workers and NATS at moments that the seed chooses, while the supplier sends and NetSuite fails.
func runKill(ctx context.Context, o Options) (Result, error) {
	o = o.withDefaults(500)
	if o.Kills == 0 {
		o.Kills = max(3, o.Documents/o.Waits.spared)
	}
	return Perform(ctx, o, Scene{Name: "kill", Knobs: faults, Act: killing})
}

func killing(ctx context.Context, s *Stage) error {
	o := s.Options
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		order := Again(s.Documents, 0, s.random)
		// Sending takes about half as long as killing, so that kills find intake at work.
		err := s.Supplier.Send(ctx, order, time.Duration(o.Kills)*o.Waits.every/time.Duration(2*len(order)))
		s.Say("%d documents accepted", len(s.Supplier.Accepted()))
		return err
	})
	g.Go(func() error {
		s.kills = killer{rand.New(rand.NewSource(o.Seed + 2)), o.Kills, o.Waits, o.Freeze}.run(ctx, s.Installation, s.watcher.nearly)
		s.Say("%d kills", len(s.kills))
		return nil
	})
	return g.Wait()
}
