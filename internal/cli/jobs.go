package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/queue"
)

func newJobs() *cobra.Command {
	return group("jobs", "Look at replays of many documents, and stop them", newJobsList(), newJobsShow(), newJobsWatch(), newJobsCancel())
}

// shownJob is the JSON of a job.
type shownJob struct {
	queue.Job
	Left int `json:"left"` // documents without an outcome
	// What only workers need is not shown.
	Decided *struct{} `json:"decided,omitempty"`
	Runner  *struct{} `json:"runner,omitempty"`
}

func newShownJob(j queue.Job) shownJob { return shownJob{Job: j, Left: j.Left()} }

func (s shownJob) print(w io.Writer) {
	var f facts
	f.add("job", s.ID)
	f.add("state", s.State)
	f.add("author", s.Author)
	f.add("note", s.Note)
	f.add("created", stamp(s.Created)+", "+age(s.Created)+" ago")
	f.add("worker", s.Worker)
	if s.Archive {
		f.add("from", "the archive")
	}
	if s.Rate > 0 {
		f.add("rate", fmt.Sprintf("%g a second", s.Rate))
	}
	f.add("documents", s.Total)
	f.add("replayed", s.Replayed)
	if s.Skipped > 0 {
		f.add("skipped", fmt.Sprintf("%d, because somebody else had decided about them", s.Skipped))
	}
	if s.Failed > 0 {
		f.add("failed", fmt.Sprintf("%d, the last: %s", s.Failed, s.Problem))
	}
	if s.Left > 0 {
		f.add("left", s.Left)
	}
	f.add("cancelled by", s.CancelledBy)
	if !s.Ended.IsZero() {
		f.add("ended", stamp(s.Ended))
	}
	f.render(w, widthOf(w))
}

func newJobsList() *cobra.Command {
	var s session
	var again watch
	cmd := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List jobs, newest first; they are kept for 90 days", Args: exactly(),
		RunE: s.run(func(cmd *cobra.Command, _ []string) error {
			return again.run(cmd, func() error { return s.listJobs(cmd) })
		}),
	}
	s.flags(cmd)
	again.flags(cmd)
	return cmd
}

func (s *session) listJobs(cmd *cobra.Command) error {
	jobs, err := s.queue.Jobs().List(cmd.Context())
	if err != nil {
		return fmt.Errorf("list jobs: %w", err)
	}
	all := make([]shownJob, len(jobs))
	g := newGrid("id", "age", "state", "author~", "documents", "replayed", "skipped", "failed", "note~")
	for i, j := range jobs {
		all[i] = newShownJob(j)
		g.add(j.ID, age(j.Created), j.State, j.Author, j.Total, j.Replayed, j.Skipped, j.Failed, short(j.Note, 60))
	}
	return s.out.print(cmd, all, g)
}

func newJobsShow() *cobra.Command {
	return onJob("show ID", "Show one job", func(cmd *cobra.Command, s *session, id string) (queue.Job, error) {
		return s.queue.Jobs().Get(cmd.Context(), id)
	})
}

func newJobsWatch() *cobra.Command {
	return onJob("watch ID", "Follow a job to its end; Ctrl-C leaves it as it is", func(cmd *cobra.Command, s *session, id string) (queue.Job, error) {
		return watchJob(cmd, s.queue, id)
	})
}

func newJobsCancel() *cobra.Command {
	return onJob("cancel ID", "Stop a job; what it has in hand is finished, the rest stays where it is", func(cmd *cobra.Command, s *session, id string) (queue.Job, error) {
		return s.ops.Cancel(cmd.Context(), id)
	})
}

// onJob is a command that does something with a job and shows it.
func onJob(use, about string, do func(*cobra.Command, *session, string) (queue.Job, error)) *cobra.Command {
	var s session
	cmd := &cobra.Command{
		Use: use, Short: about, Args: exactly("ID"),
		RunE: s.run(func(cmd *cobra.Command, args []string) error {
			j, err := do(cmd, &s, args[0])
			if err != nil {
				return err
			}
			return s.out.job(cmd, j)
		}),
	}
	s.flags(cmd)
	s.who.flag(cmd)
	return cmd
}

// job prints a job.
func (o *output) job(cmd *cobra.Command, j queue.Job) error {
	s := newShownJob(j)
	return o.show(cmd, s, s.print)
}

// idleJob is how long a job may wait for a worker before it is said that it does.
const idleJob = 3 * time.Second

// watchJob shows how far a job is, until its end.
func watchJob(cmd *cobra.Command, q *queue.Queue, id string) (queue.Job, error) {
	errs := cmd.ErrOrStderr()
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	jobs, err := q.Jobs().Watch(ctx, id)
	if err != nil {
		return queue.Job{}, err
	}
	bar := newProgress(errs, "replayed")
	defer bar.stop()
	idle := time.NewTimer(idleJob)
	defer idle.Stop()
	var j queue.Job
	for {
		select {
		case next, more := <-jobs:
			if !more {
				bar.stop()
				fmt.Fprintf(errs, "job %s goes on without this command: counterpunch jobs watch %s shows it, jobs cancel stops it\n", id, id)
				return j, fmt.Errorf("watch job %s: %w", id, context.Cause(ctx))
			}
			j = next
			bar.at(j.Total-j.Left(), j.Total)
			if j.State.Ended() {
				return j, nil
			}
		case <-idle.C:
			if j.Started.IsZero() {
				fmt.Fprintln(errs, "no worker has begun it yet; it waits for one")
			}
		}
	}
}

// outcome is the error of a job that did not do everything.
func outcome(j queue.Job) error {
	if j.Replayed == j.Total {
		return nil
	}
	err := fmt.Errorf("job %s: %d of %d were replayed, %d had been decided about by somebody else, %d failed, %d are left", j.ID, j.Replayed, j.Total, j.Skipped, j.Failed, j.Left())
	switch {
	case j.Replayed > 0:
		return partlyError{err}
	case j.Failed == 0:
		return refusedError{err}
	}
	return err
}
