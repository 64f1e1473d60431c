package operations

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"counterpunch/internal/pause"
	"counterpunch/internal/queue"
)

// errOvertaken means that another runner carries the job out.
var errOvertaken = errors.New("another worker carries the job out")

// errand is a job in the hands of a runner.
type errand struct {
	*Runner
	job   queue.Job // as it was taken over
	items []queue.JobItem
	pace  *rate.Limiter

	mu       sync.Mutex
	outcomes []result // that are not written into the job yet
}

// result is the outcome of an item.
type result struct {
	item    int
	outcome queue.JobOutcome
	problem string
}

// carry carries out a job until it has ended, or ctx. When going ends, what is in hand is finished and no more begun.
func (r *Runner) carry(ctx, going context.Context, id string) {
	log := r.log.With().Str("job", id).Logger()
	e := &errand{Runner: r}
	err := persist(ctx, func() error { return e.begin(ctx, id) })
	if err == nil {
		log.Info().Str("author", e.job.Author).Int("total", e.job.Total).Int("left", e.job.Left()).Msg("job.carried_out")
		if err = e.work(ctx, going); err == nil {
			err = persist(ctx, func() error { return e.end(ctx) })
		}
	}
	switch {
	case err == nil:
		log.Info().Str("state", string(e.job.State)).Int("replayed", e.job.Replayed).Int("skipped", e.job.Skipped).Int("failed", e.job.Failed).Msg("job.ended")
	case ctx.Err() == nil && !errors.Is(err, ErrState):
		log.Warn().Err(err).Msg("job.left")
	}
}

// begin takes the job over from whoever had it before.
func (e *errand) begin(ctx context.Context, id string) error {
	var err error
	e.job, err = e.queue.Jobs().Change(ctx, id, func(j *queue.Job) error {
		if j.State.Ended() {
			return fmt.Errorf("job %s is %s: %w", id, j.State, ErrState)
		}
		j.Runner, j.Worker = e.id, e.name
		if j.Started.IsZero() {
			j.Started = time.Now().UTC()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if e.items, err = e.queue.Jobs().Items(ctx, e.job); err != nil {
		return err
	}
	e.pace = rate.NewLimiter(rate.Inf, 1)
	if e.job.Rate > 0 {
		e.pace.SetLimit(rate.Limit(e.job.Rate))
	}
	return nil
}

// work replays what is left, lane by lane, all lanes beside each other.
func (e *errand) work(ctx, going context.Context) error {
	lanes, err := e.lanes(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	going, stop := context.WithCancel(going)
	defer stop()
	var group sync.WaitGroup
	for l, items := range lanes {
		group.Go(func() {
			if err := e.drive(ctx, going, l, items); err != nil {
				cancel(err)
				stop()
			}
		})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		group.Wait()
	}()
	return e.keep(ctx, done, cancel)
}

// keep writes outcomes into the job as they come, until done. What was not written when a runner dies is found out again by
// the next one.
func (e *errand) keep(ctx context.Context, done <-chan struct{}, cancel context.CancelCauseFunc) error {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return errors.Join(context.Cause(ctx), persist(ctx, func() error { return e.write(ctx) }))
		case <-tick.C:
			if err := e.write(ctx); errors.Is(err, errOvertaken) {
				cancel(err)
			}
		}
	}
}

// keepEvery is how often outcomes are written: each write waits for the disk, and the disk has documents to keep.
const keepEvery = 250 * time.Millisecond

// lanes returns the items that are left by the lane that they go through, in their order.
func (e *errand) lanes(ctx context.Context) (map[lane][]int, error) {
	number := map[string]int{}
	all := map[lane][]int{}
	for i, item := range e.items {
		if e.job.IsDecided(i) {
			continue
		}
		if number[item.Account] == 0 {
			err := persist(ctx, func() (err error) {
				number[item.Account], err = e.queue.Lanes(ctx, item.Account)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		l := lane{item.Account, queue.LaneOf(item.Partition, number[item.Account])}
		all[l] = append(all[l], i)
	}
	return all, nil
}

// drive replays the items of one lane, each when the one before it has come to rest.
func (e *errand) drive(ctx, going context.Context, l lane, items []int) error {
	for _, i := range items {
		if e.pace.Wait(going) != nil {
			return nil
		}
		leave, err := e.turns.take(going, l)
		if err != nil {
			return nil
		}
		err = e.one(ctx, going, i)
		leave()
		if err != nil {
			return err
		}
	}
	return nil
}

// one replays an item, counts the outcome, and waits until the document has come to rest.
func (e *errand) one(ctx, going context.Context, i int) error {
	item := e.items[i]
	var sequence uint64
	var outcome queue.JobOutcome
	var problem string
	err := persist(ctx, func() (err error) {
		sequence, outcome, problem, err = e.replay(ctx, item)
		return err
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.outcomes = append(e.outcomes, result{i, outcome, problem})
	e.mu.Unlock()
	e.count(item.Account, string(outcome))
	if outcome == queue.JobReplayed {
		e.rest(going, item.ID, sequence)
	}
	return nil
}

// replay replays one document. The error says that nothing is known of the outcome.
func (e *errand) replay(ctx context.Context, item queue.JobItem) (uint64, queue.JobOutcome, string, error) {
	d := queue.Decision{Actor: e.job.Author, Note: e.job.Note, Job: e.job.ID, Sequence: item.Sequence}
	replay := e.queue.Replay
	if e.job.Archive {
		replay = e.queue.ReplayEnded
	}
	sequence, err := replay(ctx, item.ID, d)
	switch {
	case err == nil:
		return sequence, queue.JobReplayed, "", nil
	case errors.Is(err, queue.ErrUnavailable) || ctx.Err() != nil:
		return 0, "", "", err
	case !errors.Is(err, queue.ErrReplayed) && !errors.Is(err, queue.ErrNotFound):
		return 0, queue.JobFailed, fmt.Sprintf("document %s: %v", item.ID, err), nil
	}
	// Somebody was first. It was this job when the one who carried it out died before the outcome was counted.
	sequence, by, err := e.queue.Successor(ctx, item.ID, item.Sequence)
	switch {
	case err != nil:
		return 0, "", "", err
	case by.Job == e.job.ID:
		return sequence, queue.JobReplayed, "", nil
	}
	return 0, queue.JobSkipped, "", nil
}

// write writes what there is of outcomes into the job.
func (e *errand) write(ctx context.Context) error {
	e.mu.Lock()
	all := e.outcomes
	e.mu.Unlock()
	if len(all) == 0 {
		return nil
	}
	_, err := e.change(ctx, func(j *queue.Job) {
		for _, r := range all {
			j.Count(r.item, r.outcome, r.problem)
		}
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.outcomes = e.outcomes[len(all):]
	e.mu.Unlock()
	return nil
}

// end ends the job when everything has an outcome or it was told to stop. It stays open when the runner was told to stop.
func (e *errand) end(ctx context.Context) error {
	var err error
	e.job, err = e.change(ctx, func(j *queue.Job) {
		switch {
		case j.Left() == 0:
			j.End(queue.JobDone)
		case j.State == queue.JobCancelling:
			j.End(queue.JobCancelled)
		}
	})
	return err
}

// change changes the job unless another runner has it.
func (e *errand) change(ctx context.Context, change func(*queue.Job)) (queue.Job, error) {
	return e.queue.Jobs().Change(ctx, e.job.ID, func(j *queue.Job) error {
		if j.Runner != e.id {
			return fmt.Errorf("job %s: %w", j.ID, errOvertaken)
		}
		change(j)
		return nil
	})
}

// The time between two looks at a document that was replayed: some calls to NetSuite, up to where looking costs nothing.
const (
	firstLook   = 50 * time.Millisecond
	longestLook = 500 * time.Millisecond
)

// rest waits until a message has come to its end, whichever, or another has taken its place.
func (e *errand) rest(ctx context.Context, id string, sequence uint64) {
	for wait := firstLook; ctx.Err() == nil; wait = min(wait*3/2, longestLook) {
		pause.For(ctx, wait)
		if rested, err := e.queue.Rested(ctx, id, sequence); err == nil && rested {
			return
		}
	}
}

// persist repeats what the servers did not answer until they do or ctx ends.
func persist(ctx context.Context, do func() error) error {
	for {
		err := do()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, queue.ErrUnavailable) {
			return err
		}
		pause.For(ctx, time.Second)
	}
}
