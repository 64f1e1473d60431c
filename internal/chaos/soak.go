package chaos

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// trickle is a NetSuite in which one call in a hundred fails.
const trickle = `{
  "commitThenFail": {"rate": 0.005}, "failBeforeCommit": {"rate": 0.003}, "recordChanged": {"rate": 0.002}, "unexpectedError": {"rate": 0.003},
  "hangFor": "2s",
  "latency": {
    "get": {"median": "5ms", "p99": "30ms"}, "query": {"median": "5ms", "p99": "30ms"},
    "patch": {"median": "20ms", "p99": "80ms"}, "post": {"median": "30ms", "p99": "100ms"}
  }
}`

// Lanes and NetSuite's limit of calls in a soak: a larger account, for a rate that 4 lanes cannot bear.
const (
	soakLanes = 12
	soakLimit = 20
	soakNear  = 300 // places that a document moves
)

// runSoak sends documents of all kinds at a steady rate and watches what the programs take. The simulator is not judged: its
// books keep everything that ever happened, so it grows with each call.
func runSoak(ctx context.Context, o Options) (Result, error) {
	if o.For == 0 {
		o.For = 2 * time.Minute
	}
	if o.Rate == 0 {
		o.Rate = 50
	}
	o.Documents = int(o.For.Seconds() * o.Rate)
	return Perform(ctx, o.withDefaults(o.Documents), Scene{Name: "soak", Knobs: trickle, Act: soak, Setup: func(s *Setup) { s.Lanes, s.Limit = soakLanes, soakLimit }})
}

func soak(ctx context.Context, s *Stage) error {
	warm := 2 * soakLanes
	if err := s.Supplier.Send(ctx, s.Documents[:warm], 0); err != nil {
		return err
	}
	if err := s.Await(ctx, warm); err != nil {
		return err
	}
	watched, stop := context.WithCancel(ctx)
	defer stop()
	samples := make(chan []Sample, 1)
	from := time.Now()
	go func() { samples <- s.Installation.watch(watched, min(10*time.Second, s.Options.For/40)) }()
	order := Again(s.Documents[warm:], soakNear, s.random)
	err := s.Supplier.Send(ctx, order, s.Options.For/time.Duration(len(order)))
	to := time.Now()
	stop()
	taken := <-samples
	if err != nil {
		return err
	}
	s.Say("%d documents accepted", len(s.Supplier.Accepted()))
	if err := s.Await(ctx, len(s.Documents)); err != nil {
		return err
	}
	stores, err := s.Installation.Stores(ctx)
	if err != nil {
		return err
	}
	s.judgePace(stores, len(s.Documents)-warm, from, to)
	all := trends(taken, s.Installation.Server.Name, 0.75*float64(len(s.Documents)))
	s.Find(Growth, grown(all)...)
	s.Note("%d samples of each process", len(taken)/max(1, len(all)/4))
	s.noteTrends(all)
	return nil
}

// What must be ended in each quarter: a share of what was sent, without some that may be on their way.
const (
	pace     = 0.9
	underway = 2 * soakLanes
)

// judgePace compares what was ended in each quarter with what was sent.
func (s *Stage) judgePace(stores Stores, sent int, from, to time.Time) {
	quarter := to.Sub(from) / 4
	var ended [4]int
	for _, history := range stores.History {
		last := history[len(history)-1]
		if n := int(last.Time.Sub(from) / quarter); last.ends() && last.Time.After(from) {
			ended[min(n, 3)]++
		}
	}
	rate := float64(sent) / to.Sub(from).Seconds()
	var rates []float64
	for _, n := range ended {
		rates = append(rates, float64(n)/quarter.Seconds())
	}
	s.Note("%.1f documents a second sent; ended by quarters: %.1f", rate, rates)
	if float64(slices.Min(ended[:])+underway) < pace*rate*quarter.Seconds() {
		s.Find(Other, fmt.Sprintf("documents ended by quarters: %.1f a second, %.1f were sent", rates, rate))
	}
}
