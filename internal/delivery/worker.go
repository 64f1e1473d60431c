package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

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
	// Credential identifies the sign-in without giving it away. A new one starts unproven, also where the old one is held.
	Credential string
}

// Options are what a Worker needs.
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
	return &Worker{options: o}, nil
}

// Run works until ctx ends, then finishes the documents in hand. Those that are not finished after Options.Shutdown go
// back to their lanes. The error says why the worker could not start.
func (w *Worker) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		w.options.Log.Info().Msg("worker.draining")
		time.AfterFunc(w.options.Shutdown, cancel)
	})
	defer stop()

	group, fetch := errgroup.WithContext(ctx)
	for _, a := range w.options.Accounts {
		lanes, err := w.lanes(ctx, a.Name)
		if err != nil {
			return err
		}
		if err := w.admit(ctx, a); err != nil {
			return err
		}
		acc := newAccount(w.options, a, lanes)
		group.Go(func() error { acc.gate.run(fetch); return nil })
		for n := range lanes {
			group.Go(func() error { return acc.runLane(fetch, work, n) })
		}
	}
	group.Go(func() error { return ended(fetch, w.options.Queue.RunParking(fetch, w.options.Parking)) })
	err := group.Wait()
	w.options.Log.Info().Err(err).Msg("worker.stopped")
	return err
}

// lanes returns how many lanes of the account to serve: all that there ever were, because documents that were accepted
// before the number was lowered still wait in the others.
func (w *Worker) lanes(ctx context.Context, account string) (int, error) {
	n, err := w.options.Queue.Lanes(ctx, account)
	if err == nil {
		var st queue.AccountState
		if st, _, err = w.options.Queue.Accounts().Get(ctx, account); err == nil {
			return max(n, st.MostLanes), nil
		}
	}
	return 0, fmt.Errorf("start worker %s: read the lanes of account %s: %w", w.options.Name, account, err)
}

// admit makes the shared credential state be about the sign-in that this worker is configured with.
func (w *Worker) admit(ctx context.Context, a Account) error {
	err := w.options.Queue.Accounts().Update(ctx, a.Name, func(st *queue.AccountState) error {
		if st.Fingerprint != a.Credential || st.Credential == "" {
			st.Fingerprint, st.Credential, st.Since = a.Credential, queue.CredentialUnproven, time.Now().UTC()
			st.Reason = "a new sign-in was configured"
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("start worker %s: admit the sign-in of account %s: %w", w.options.Name, a.Name, err)
	}
	return nil
}

// ended hides the error that only says that ctx has ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
