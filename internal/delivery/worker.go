package delivery

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/telemetry"
)

// Account is one NetSuite account as a worker needs it.
type Account struct {
	Name    string
	Client  *netsuite.Client
	Mapper  *mapping.Mapper
	Vendors func(supplier string) []string // internal ids of the vendors that a supplier may speak for
	Numbers Numbers
	// FirstOpenPeriod posts bills whose accounting period is closed in the next one that is open.
	FirstOpenPeriod bool
	// OnDelete says what becomes of the bill when its invoice is cancelled.
	OnDelete OnDelete
	// PayloadField is the body field of purchase orders with the payloadID of their request; "" finds none by it.
	PayloadField string
	// Credential identifies the sign-in without giving it away. A new one starts unproven, also where the old one is held.
	Credential string
}

// Options are what a Worker needs. Zero values of times and counts mean the defaults.
type Options struct {
	Name     string // of this worker, in records and the log
	Queue    *queue.Queue
	Accounts []Account
	Schedule Schedule
	Breaker  Breaker
	Parking  time.Duration // between two looks at what is parked; default 10 s
	Shutdown time.Duration // that documents in hand get to be finished; default 25 s
	Metrics  *telemetry.Delivery
	Log      zerolog.Logger

	// crash is called by tests between two steps, with the context of the document in hand.
	crash func(ctx context.Context, step string)
}

// Breaker says when calls of an account stop, and when it is asked whether they may go on. Zero values mean the defaults.
type Breaker struct {
	Failures int           // runs in a row that found NetSuite in trouble; default 5
	Open     time.Duration // before the first probe; default 30 s
	// Suspect is how long a suspect sign-in waits for its probe before another worker makes it, in place of one that died;
	// default 5 min, which is longer than a probe can take.
	Suspect time.Duration
	// Slow is the time between two probes of a held sign-in; default 1 h. NetSuite locks a user for 30 min after 5 failures.
	Slow time.Duration
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{
		{&o.Parking, 10 * time.Second}, {&o.Shutdown, 25 * time.Second}, {&o.Schedule.Hand, time.Second},
		{&o.Breaker.Open, 30 * time.Second}, {&o.Breaker.Suspect, 5 * time.Minute}, {&o.Breaker.Slow, time.Hour},
	} {
		if *d.v <= 0 {
			*d.v = d.def
		}
	}
	if o.Breaker.Failures <= 0 {
		o.Breaker.Failures = 5
	}
	if o.crash == nil {
		o.crash = func(context.Context, string) {}
	}
	return o
}

// Worker brings the documents of its accounts into NetSuite. Any number of workers may run; the lanes keep them apart.
type Worker struct {
	options Options
}

// New returns a Worker.
func New(o Options) (*Worker, error) {
	if len(o.Accounts) == 0 {
		return nil, fmt.Errorf("start worker %s: no account is configured", o.Name)
	}
	return &Worker{options: o.withDefaults()}, nil
}

// Run works until ctx ends, then finishes the documents in hand. Those that are not finished after Options.Shutdown go
// back to their lanes. Everything that it started has ended when it returns. What goes wrong with one account, or with
// the streams, is logged and tried again: it ends neither Run nor the work of other accounts.
func (w *Worker) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var group sync.WaitGroup
	for _, a := range w.options.Accounts {
		group.Go(func() { newAccount(w.options, a).run(ctx, work) })
	}
	var parking error
	group.Go(func() { parking = w.options.Queue.RunParking(ctx, w.options.Parking) })
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	<-ctx.Done()
	w.options.Log.Info().Msg("worker.draining")
	patience := time.NewTimer(w.options.Shutdown)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
		cancel()
		<-done
	}
	w.options.Log.Info().Err(parking).Msg("worker.stopped")
	return parking
}
