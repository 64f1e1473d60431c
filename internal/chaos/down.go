package chaos

import (
	"context"
	"fmt"
	"slices"
	"time"

	"counterpunch/internal/simulator"
)

// steady is a NetSuite without faults, each of whose calls takes the same time.
const steady = `{"latency": {"get": {"median": "50ms"}, "query": {"median": "50ms"}, "patch": {"median": "150ms"}, "post": {"median": "150ms"}}}`

// steadyLatency is how long a call to the steady NetSuite takes.
func steadyLatency(c simulator.Call) time.Duration {
	if isWrite(c) {
		return 150 * time.Millisecond
	}
	return 50 * time.Millisecond
}

// runDown takes NetSuite down while the supplier sends, and up again after the outage: documents wait, nothing is counted
// on them, memory stays flat, and what waits drains as fast as the fullest lane can.
func runDown(ctx context.Context, o Options) (Result, error) {
	o = o.withDefaults(500)
	if o.Outage == 0 {
		o.Outage = 30 * time.Second
		o.Limit += o.Outage
	}
	return Perform(ctx, o, Scene{Name: "down", Knobs: steady, Act: down})
}

func down(ctx context.Context, s *Stage) error {
	i, before := s.Installation, len(s.Documents)/20+1
	if err := s.Supplier.Send(ctx, s.Documents[:before], 50*time.Millisecond); err != nil {
		return err
	}
	if err := s.Await(ctx, before/2); err != nil {
		return err
	}
	if err := i.Turn(ctx, `{"down": "html"}`); err != nil {
		return err
	}
	from := time.Now()
	s.Say("NetSuite is down; %d documents at rest", s.Resting())
	if err := s.Supplier.Send(ctx, Again(s.Documents[before:], 0, s.random), 0); err != nil {
		return err
	}
	s.Say("%d documents accepted", len(s.Supplier.Accepted()))
	var samples []Sample
	for every := max(s.Options.Outage/40, 100*time.Millisecond); time.Since(from) < s.Options.Outage; {
		samples = append(samples, i.sample(ctx)...)
		if err := pause(ctx, every); err != nil {
			return err
		}
	}
	stores, err := i.Stores(ctx)
	if err != nil {
		return err
	}
	waiting, fullest := fullestLane(stores)
	to := time.Now()
	if err := i.Turn(ctx, `{"down": ""}`); err != nil {
		return err
	}
	if err := s.Await(ctx, len(s.Documents)); err != nil {
		return err
	}
	drained := time.Since(to)
	books, err := i.Books(ctx)
	if err != nil {
		return err
	}
	if stores, err = i.Stores(ctx); err != nil {
		return err
	}
	opened, err := i.outages()
	if err != nil {
		return err
	}
	s.judgeOutage(outageOf{from, to, waiting, fullest, drained, opened}, samples, stores, books)
	return nil
}

// outageOf is what was measured of an outage.
type outageOf struct {
	from, to time.Time
	waiting  int // documents at its end
	fullest  int // of them, in the lane with most
	drained  time.Duration
	opened   []Outage // as the workers' breakers saw it
}

// shut returns since when the breakers of all workers were open, and whether they were.
func (o outageOf) shut(workers int) (since time.Time, ok bool) {
	known := map[string]bool{}
	for _, b := range o.opened {
		if !known[b.Worker] && b.From.After(o.from) && b.From.Before(o.to) {
			known[b.Worker] = true
			if b.From.After(since) {
				since = b.From
			}
		}
	}
	return since, len(known) == workers
}

func (s *Stage) judgeOutage(o outageOf, samples []Sample, stores Stores, books simulator.Books) {
	// The calls that the waiting documents took, as the books have them, are what a lane cannot do without.
	var calls time.Duration
	probes, hit := 0, 0
	for _, c := range books.CallLog {
		switch {
		case c.Time.After(o.to):
			calls += steadyLatency(c)
		case c.Fault == "down":
			probes++
			if isWrite(c) {
				hit++
			}
		}
	}
	bound := 12*calls*time.Duration(o.fullest)/time.Duration(10*max(1, o.waiting)) + 30*time.Second
	if o.drained > bound {
		s.Find(Other, fmt.Sprintf("%d waiting documents took %.0f s to drain, at most %.0f s allowed", o.waiting, o.drained.Seconds(), bound.Seconds()))
	}
	counted := countedBetween(stores, o.from, o.to)
	if counted > 0 {
		s.Find(Counted, fmt.Sprintf("something was counted on %d documents while NetSuite was down", counted))
	}
	shut, ok := o.shut(len(s.Installation.Workers))
	if !ok {
		s.Find(Other, "a breaker did not open while NetSuite was down")
	}
	if n := calledWhileShut(books, shut, o.to); ok && n > 0 {
		s.Find(Other, fmt.Sprintf("%d calls beside probes while every breaker was open", n))
	}
	all := trends(samples, s.Installation.Server.Name, 0)
	s.Find(Growth, grown(all)...)
	s.Note("down for %.0f s with %d documents waiting, %d in the fullest lane; %d calls met the outage, %d of them writes; counted on %d documents",
		o.to.Sub(o.from).Seconds(), o.waiting, o.fullest, probes, hit, counted)
	for _, b := range o.opened {
		s.Note("breaker of %s opened %.1f s after the beginning, closed %.1f s after the end", b.Worker, b.From.Sub(o.from).Seconds(), b.To.Sub(o.to).Seconds())
	}
	s.Note("drained in %.1f s; 1.2 x (%d documents x %.0f ms of calls) + 30 s = %.1f s", o.drained.Seconds(), o.fullest,
		calls.Seconds()*1000/float64(max(1, o.waiting)), bound.Seconds())
	s.noteTrends(all)
}

// calledWhileShut counts the calls that were no probes from a second after all breakers had opened. The first call of a probe
// asks for the time, and while NetSuite is down there is no second.
func calledWhileShut(books simulator.Books, shut, to time.Time) int {
	n := 0
	for _, c := range books.CallLog {
		if c.Time.After(shut.Add(time.Second)) && c.Time.Before(to) && c.Kind != "serverTime" {
			n++
		}
	}
	return n
}

// fullestLane returns how many documents wait, and how many in the lane with most.
func fullestLane(stores Stores) (waiting, fullest int) {
	lanes := map[string]int{}
	for key, messages := range stores.Inbound {
		newest := messages[len(messages)-1]
		if !slices.ContainsFunc(stores.History[key], func(r Entry) bool { return r.ends() && r.Sequence == newest.Sequence }) {
			waiting++
			lanes[newest.Lane]++
			fullest = max(fullest, lanes[newest.Lane])
		}
	}
	return waiting, fullest
}

// countedBetween returns the documents on which something was counted in a time.
func countedBetween(stores Stores, from, to time.Time) int {
	n := 0
	for _, history := range stores.History {
		before, hit := 0, false
		for _, r := range history {
			hit = hit || r.tried() > before && r.Time.After(from) && r.Time.Before(to) && r.Type != "applied" && r.Type != "superseded"
			before = r.tried()
		}
		if hit {
			n++
		}
	}
	return n
}
