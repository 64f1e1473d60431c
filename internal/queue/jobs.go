package queue

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
)

// Jobs is the bucket JOBS. Under job.<id> it holds a job, under list.<id>.<n> a part of its documents. Corrections
// stand in it too, see Edits.
type Jobs struct{ q *Queue }

// Jobs returns the jobs of operators.
func (q *Queue) Jobs() Jobs { return Jobs{q} }

const (
	jobKey  = "job."
	listKey = "list."
	// jobPart is how many documents one entry lists: some 150 bytes each, well within any message.
	jobPart = 250
	// MaxJob bounds the documents of a job, so that its record stays below 20 KB.
	MaxJob = 100_000
	// jobAge is how long a job is kept after its end.
	jobAge = 90 * 24 * time.Hour
)

// Create stores a job over these documents and returns it with its id. The list comes first: a job that is there is whole.
func (s Jobs) Create(ctx context.Context, j Job, items []JobItem) (Job, error) {
	if len(items) == 0 || len(items) > MaxJob {
		return Job{}, fmt.Errorf("create a job over %d documents: give 1 to %d", len(items), MaxJob)
	}
	j.ID, j.State, j.Total = uuid.NewString(), JobRunning, len(items)
	j.Created = time.Now().UTC()
	j.Updated = j.Created
	n := 0
	for part := range slices.Chunk(items, jobPart) {
		body, err := json.Marshal(part)
		if err != nil {
			return Job{}, fmt.Errorf("create job %s: %w", j.ID, err)
		}
		if _, err := putRevision(ctx, s.kv(), listKey+j.ID+"."+strconv.Itoa(n), body, 0); err != nil {
			return Job{}, unavailable("create job "+j.ID, err)
		}
		n++
	}
	body, err := json.Marshal(j)
	if err != nil {
		return Job{}, fmt.Errorf("create job %s: %w", j.ID, err)
	}
	if _, err := putRevision(ctx, s.kv(), jobKey+j.ID, body, 0); err != nil {
		return Job{}, unavailable("create job "+j.ID, err)
	}
	return j, nil
}

// Get returns a job, or ErrNotFound.
func (s Jobs) Get(ctx context.Context, id string) (Job, error) {
	j, _, err := s.get(ctx, id)
	return j, err
}

func (s Jobs) get(ctx context.Context, id string) (Job, uint64, error) {
	if !token.MatchString(id) {
		return Job{}, 0, fmt.Errorf("job %q: %w", id, ErrNotFound)
	}
	entry, err := fresh(ctx, s.q, func() (jetstream.KeyValueEntry, error) { return s.entry(ctx, jobKey+id, "job "+id) })
	if err != nil {
		return Job{}, 0, err
	}
	j, err := readJob(entry)
	return j, entry.Revision(), err
}

// entry reads a key of the bucket; what says what it holds.
func (s Jobs) entry(ctx context.Context, key, what string) (jetstream.KeyValueEntry, error) {
	entry, err := s.kv().Get(ctx, key)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, fmt.Errorf("%s: %w", what, ErrNotFound)
	case err != nil:
		return nil, unavailable("read "+what, err)
	}
	return entry, nil
}

func readJob(entry jetstream.KeyValueEntry) (Job, error) {
	var j Job
	if err := json.Unmarshal(entry.Value(), &j); err != nil {
		return j, fmt.Errorf("read job %s: %w", strings.TrimPrefix(entry.Key(), jobKey), err)
	}
	return j, nil
}

// Items returns the documents of a job, in the order in which they were chosen.
func (s Jobs) Items(ctx context.Context, j Job) ([]JobItem, error) {
	all := make([]JobItem, 0, j.Total)
	for n := 0; len(all) < j.Total; n++ {
		key := listKey + j.ID + "." + strconv.Itoa(n)
		entry, err := fresh(ctx, s.q, func() (jetstream.KeyValueEntry, error) { return s.entry(ctx, key, "the documents of job "+j.ID) })
		if err != nil {
			return nil, err
		}
		var part []JobItem
		if err := json.Unmarshal(entry.Value(), &part); err != nil {
			return nil, fmt.Errorf("read the documents of job %s: %w", j.ID, err)
		}
		all = append(all, part...)
	}
	return all, nil
}

// Change changes a job. change may be called several times, each time with the job as it is then; its error ends the
// change and is returned as it is.
func (s Jobs) Change(ctx context.Context, id string, change func(*Job) error) (Job, error) {
	for try := 0; ; try++ {
		j, rev, err := s.get(ctx, id)
		if err != nil {
			return j, err
		}
		if err := change(&j); err != nil {
			return j, err
		}
		j.Updated = time.Now().UTC()
		body, err := json.Marshal(j)
		if err != nil {
			return j, fmt.Errorf("change job %s: %w", id, err)
		}
		_, err = putRevision(ctx, s.kv(), jobKey+id, body, rev)
		switch {
		case err == nil:
			return j, nil
		case !errors.Is(err, ErrChanged):
			return j, unavailable("change job "+id, err)
		case !backOff(ctx, try):
			return j, unavailable("change job "+id, ctx.Err())
		}
	}
}

// List returns every job, newest first.
func (s Jobs) List(ctx context.Context) ([]Job, error) {
	return list(ctx, s.kv(), jobKey+"*", "list jobs", readJob, func(a, b Job) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
}

// Watch reports a job, or every job when id is empty, as it is and at each change, until ctx ends. The channel is closed
// then. What was reported is reported again after the connection was lost.
func (s Jobs) Watch(ctx context.Context, id string) (<-chan Job, error) {
	key := jobKey + "*"
	if id != "" {
		if _, err := s.Get(ctx, id); err != nil {
			return nil, err
		}
		key = jobKey + id
	}
	updates, err := s.watch(ctx, key)
	if err != nil {
		return nil, err
	}
	jobs := make(chan Job)
	go func() {
		defer close(jobs)
		for updates != nil {
			for j := range updates {
				select {
				case jobs <- j:
				case <-ctx.Done():
				}
			}
			updates = s.watchAgain(ctx, key)
		}
	}()
	return jobs, nil
}

// watchAgain watches as soon as that can be done; nil when ctx ends before.
func (s Jobs) watchAgain(ctx context.Context, keys string) <-chan Job {
	for try := 0; backOff(ctx, try); try++ {
		updates, err := s.watch(ctx, keys)
		if err == nil {
			return updates
		}
		if try == 0 && ctx.Err() == nil {
			s.q.log.Warn().Err(err).Msg("jobs.not_watched")
		}
	}
	return nil
}

func (s Jobs) watch(ctx context.Context, keys string) (<-chan Job, error) {
	return watch(ctx, s.q, bucketJobs, keys, "watch jobs", func(entry jetstream.KeyValueEntry) (Job, bool) {
		if entry == nil || entry.Operation() != jetstream.KeyValuePut {
			return Job{}, false
		}
		j, err := readJob(entry)
		if err != nil {
			s.q.log.Error().Err(err).Msg("job.unreadable")
		}
		return j, err == nil
	})
}

// Expire removes the jobs that ended so long ago that nobody asks for them any more.
func (s Jobs) Expire(ctx context.Context) error {
	all, err := s.List(ctx)
	if err != nil {
		return err
	}
	for _, j := range all {
		if !j.State.Ended() || time.Since(j.Ended) < jobAge {
			continue
		}
		keys := []string{jobKey + j.ID}
		for n := range (j.Total + jobPart - 1) / jobPart {
			keys = append(keys, listKey+j.ID+"."+strconv.Itoa(n))
		}
		for _, key := range keys {
			if err := s.kv().Purge(ctx, key); err != nil {
				return unavailable("remove job "+j.ID, err)
			}
		}
	}
	return nil
}

func (s Jobs) kv() jetstream.KeyValue { return s.q.bucket(bucketJobs) }
