package operations

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"counterpunch/internal/pause"
	"counterpunch/internal/queue"
)

// Runner carries out jobs. Any number of workers may have one: of them one works at a time, and when it dies another goes
// on where it was.
type Runner struct {
	queue *queue.Queue
	name  string
	id    string // of this runner in the jobs that it carries out
	term  time.Duration
	log   zerolog.Logger
	count func(account, outcome string)
	turns turns
}

// runnerTerm is how long the jobs stand still when the worker that carries them out was killed.
const runnerTerm = 15 * time.Second

// NewRunner returns a runner. name is the worker's, as records show it; count is called with each outcome of a document.
func NewRunner(q *queue.Queue, name string, log zerolog.Logger, count func(account, outcome string)) *Runner {
	return &Runner{queue: q, name: name, id: uuid.NewString(), term: runnerTerm, log: log, count: count}
}

// Run carries out jobs until ctx ends.
func (r *Runner) Run(ctx context.Context) { r.queue.Lead(ctx, "jobs", r.term, r.lead) }

// lead carries out every job that has not ended, each beside the others.
func (r *Runner) lead(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	if err := r.queue.Jobs().Expire(ctx); err != nil && ctx.Err() == nil {
		r.log.Warn().Err(err).Msg("jobs.not_expired")
	}
	carried := map[string]context.CancelFunc{} // tells a job to stop
	for ctx.Err() == nil {
		jobs, err := r.queue.Jobs().Watch(ctx, "")
		if err != nil {
			r.log.Warn().Err(err).Msg("jobs.not_watched")
			pause.For(ctx, time.Second)
			continue
		}
		for j := range jobs {
			stop, known := carried[j.ID]
			switch {
			case j.State.Ended():
				if known {
					stop()
				}
			case !known:
				going, stop := context.WithCancel(ctx)
				carried[j.ID] = stop
				if j.State == queue.JobCancelling {
					stop()
				}
				group.Go(func() { r.carry(ctx, going, j.ID) })
			case j.State == queue.JobCancelling:
				stop()
			}
		}
	}
}
