package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/config"
	"counterpunch/internal/delivery"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/operations"
	"counterpunch/internal/queue"
	"counterpunch/internal/telemetry"
)

// Worker is a running worker.
type Worker struct {
	admin  *telemetry.Admin
	log    zerolog.Logger
	stack  stack
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// StartWorker opens the lanes of every account and the admin port over q.
func StartWorker(ctx context.Context, cfg *config.Config, q *queue.Queue, log zerolog.Logger) (*Worker, error) {
	run, cancel := context.WithCancel(context.Background())
	w := &Worker{log: log, cancel: cancel, done: make(chan struct{})}
	if err := w.start(ctx, run, cfg, q); err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("start worker: %w", err), w.stack.unwind(context.Background()))
	}
	log.Info().Str("admin", w.AdminAddr()).Str("worker", workerName(cfg)).Int("accounts", len(cfg.Accounts)).Msg("worker.started")
	return w, nil
}

func (w *Worker) start(ctx, run context.Context, cfg *config.Config, q *queue.Queue) error {
	if err := seedLanes(ctx, cfg, q); err != nil {
		return err
	}
	registry := telemetry.NewRegistry("worker")
	names := make([]string, len(cfg.Accounts))
	for i, a := range cfg.Accounts {
		names[i] = a.Name
	}
	metrics := telemetry.NewDelivery(registry, names)
	registry.MustRegister(telemetry.NewQueueCollector(telemetry.QueueOptions{Read: queueNumbers(q, names)}))
	tokens := func(account, credential string) netsuite.TokenStore { return q.Tokens(account, credential) }
	accounts, err := newAccounts(cfg, tokens, func(account string, o netsuite.Observation) {
		metrics.Call(account, strings.ToLower(o.Method)+" "+o.Kind, string(o.Class), o.Took)
	})
	if err != nil {
		return err
	}
	w.stack.push("connections to NetSuite", func(context.Context) error {
		for _, a := range accounts {
			a.Client.Close()
		}
		return nil
	})
	tellEnds(accounts, time.Now(), w.log)
	for _, a := range accounts {
		metrics.Slots(a.Name, func() int {
			busy, _ := a.Client.Slots()
			return busy
		})
	}
	worker, err := delivery.New(delivery.Options{
		Name: workerName(cfg), Queue: q, Accounts: accounts, Schedule: schedule(cfg.Worker.Retry),
		Breaker: delivery.Breaker(cfg.Worker.Breaker),
		Parking: cfg.Worker.ParkingScan, Shutdown: cfg.Worker.Shutdown, Metrics: metrics, Log: w.log,
	})
	if err != nil {
		return err
	}
	w.admin, err = startAdmin(telemetry.Options{Addr: cfg.Worker.Admin, Registry: registry, Log: w.log, Ready: readiness(q)}, &w.stack)
	if err != nil {
		return err
	}
	jobs := operations.NewRunner(q, workerName(cfg), w.log, metrics.Replay)
	go func() {
		defer close(w.done)
		var group sync.WaitGroup
		group.Go(func() { jobs.Run(run) })
		group.Go(func() { keep(run, cfg.NATS, q) })
		w.err = worker.Run(run)
		group.Wait()
	}()
	return nil
}

// AdminAddr returns the address of the admin port.
func (w *Worker) AdminAddr() string { return w.admin.Addr() }

// Done is closed when the worker has ended, by Stop or by itself.
func (w *Worker) Done() <-chan struct{} { return w.done }

// Stop lets documents in hand be finished, gives the others back and closes everything.
func (w *Worker) Stop() error {
	w.cancel()
	<-w.done
	return errors.Join(w.err, w.stack.unwind(context.Background()))
}

func schedule(r config.Retry) delivery.Schedule {
	s := delivery.DefaultSchedule()
	s.Busy, s.Unknown, s.Odd, s.NotYet = r.Busy, r.Unknown, r.Odd, r.NotYet
	s.Changed, s.Deadline = r.Changed, r.Deadline
	return s
}
