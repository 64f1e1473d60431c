package operations

import (
	"context"
	"fmt"
	"math"

	"counterpunch/internal/queue"
)

// Start makes a job of replaying documents that were chosen by a selection. Workers carry it out; rate bounds the replays a
// second, 0 is as fast as the lanes take them.
func (o *Operations) Start(ctx context.Context, s Selection, chosen []queue.Status, note string, rate float64) (queue.Job, error) {
	if rate < 0 || math.IsNaN(rate) || math.IsInf(rate, 0) {
		return queue.Job{}, fmt.Errorf("start a replay: rate %v: give a number of documents a second, or 0", rate)
	}
	if err := checkNote("start a replay", note); err != nil {
		return queue.Job{}, err
	}
	items := make([]queue.JobItem, len(chosen))
	for i, c := range chosen {
		items[i] = queue.JobItem{ID: c.ID, Account: c.Account, Partition: c.PartitionKey, Sequence: c.Sequence}
	}
	j := queue.Job{Author: o.author, Note: note, Filter: s.Filter, Archive: s.Archive, Rate: rate}
	return o.queue.Jobs().Create(ctx, j, items)
}

// Cancel tells a job to stop: what it has in hand is finished, the rest stays where it is. The error is ErrState when the
// job has ended.
func (o *Operations) Cancel(ctx context.Context, id string) (queue.Job, error) {
	return o.queue.Jobs().Change(ctx, id, func(j *queue.Job) error {
		switch {
		case j.State.Ended():
			return fmt.Errorf("cancel job %s: it is %s: %w", id, j.State, ErrState)
		case j.Runner == "": // no worker has begun it
			j.End(queue.JobCancelled)
		default:
			j.State = queue.JobCancelling
		}
		j.CancelledBy = o.author
		return nil
	})
}
