package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"counterpunch/internal/queue"
	"counterpunch/internal/testkit/wait"
)

func TestAJobReplaysEachDocumentOnce(t *testing.T) {
	f := newFixture(t)
	letters := f.deadLetters(20)
	f.serve(applied)
	f.run("worker-1")
	f.run("worker-2")
	j := f.until(f.start(f.ops("alice"), Selection{}, 0).ID, ended)
	if j.State != queue.JobDone || j.Total != 20 || j.Replayed != 20 || j.Left() != 0 || j.Started.IsZero() || j.Ended.IsZero() {
		t.Errorf("job %+v", j)
	}
	if diff := cmp.Diff(map[string]int{"main replayed": 20}, f.counted); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
	for _, e := range letters {
		if diff := cmp.Diff([]queue.RecordType{queue.DeadLettered, queue.Replayed, queue.Applied}, f.types(e.ID)); diff != "" {
			t.Errorf("%s: %s", e.PayloadID, diff)
		}
	}
	h, err := f.q.History(f.ctx, letters[0].ID)
	if err != nil || h[1].Actor != "alice" || h[1].Job != j.ID || h[1].Note != "the price was corrected" {
		t.Errorf("history %+v, %v", h, err)
	}
}

func TestAReasonIsAsLongAsAMessageTakes(t *testing.T) {
	f := newFixture(t)
	e := f.deadLetters(1)[0]
	o := f.ops("alice")
	chosen, err := o.Choose(f.ctx, Selection{})
	if err != nil || len(chosen) != 1 {
		t.Fatal(chosen, err)
	}
	long := strings.Repeat("x", maxNote+1)
	_, started := o.Start(f.ctx, Selection{}, chosen, long, 0)
	_, imported := o.Import(f.ctx, strings.NewReader(""), nil, long)
	for what, err := range map[string]error{
		"replay": o.Replay(f.ctx, chosen[0], long), "discard": o.Discard(f.ctx, chosen[0], long), "job": started, "import": imported,
	} {
		if err == nil || !strings.Contains(err.Error(), "give at most") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := o.Replay(f.ctx, chosen[0], long[:maxNote]); err != nil {
		t.Errorf("document %s: %v", e.ID, err)
	}
}

// What dies again is another letter, about which nobody has decided yet.
func TestOfOverlappingJobsOneHasEachDocument(t *testing.T) {
	f := newFixture(t)
	letters := f.deadLetters(24)
	alice, bob := f.start(f.ops("alice"), Selection{}, 0), f.start(f.ops("bob"), Selection{}, 0)
	f.serve(func(*queue.Delivery) queue.RecordType { return queue.DeadLettered })
	f.run("worker-1")
	a, b := f.until(alice.ID, ended), f.until(bob.ID, ended)
	if a.Replayed+b.Replayed != 24 || a.Skipped+b.Skipped != 24 || a.Failed+b.Failed != 0 {
		t.Errorf("alice %+v, bob %+v", a, b)
	}
	for _, e := range letters {
		if diff := cmp.Diff([]queue.RecordType{queue.DeadLettered, queue.Replayed, queue.DeadLettered}, f.types(e.ID)); diff != "" {
			t.Errorf("%s: %s", e.PayloadID, diff)
		}
	}
}

func TestOneReplayIsInALaneAtATime(t *testing.T) {
	f := newFixture(t)
	f.deadLetters(24)
	o := f.ops("alice")
	chosen, err := o.Choose(f.ctx, Selection{})
	if err != nil {
		t.Fatal(err)
	}
	var jobs []queue.Job
	for part := range slices.Chunk(chosen, 8) {
		j, err := o.Start(f.ctx, Selection{}, part, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, j)
	}
	var mu sync.Mutex
	most := 0
	f.serve(func(*queue.Delivery) queue.RecordType {
		d, err := f.q.Depth(f.ctx, "main")
		mu.Lock()
		defer mu.Unlock()
		for _, l := range d.Lanes {
			most = max(most, l.Waiting+l.Working)
		}
		if err != nil {
			t.Error(err)
		}
		return queue.Applied
	})
	f.run("worker-1")
	for _, j := range jobs {
		if j = f.until(j.ID, ended); j.Replayed != 8 {
			t.Errorf("job %+v", j)
		}
	}
	if most != 1 {
		t.Errorf("%d replays were in a lane at once", most)
	}
}

func TestAJobGoesOnWhereItsRunnerDied(t *testing.T) {
	f := newFixture(t)
	letters := f.deadLetters(30)
	var done atomic.Int32
	reached := make(chan struct{})
	f.serve(func(*queue.Delivery) queue.RecordType {
		if done.Add(1) == 10 {
			close(reached)
		}
		return queue.Applied
	})
	stop := f.run("worker-1")
	j := f.start(f.ops("alice"), Selection{}, 0)
	<-reached
	stop()
	// As if it had died between a replay and its count.
	for i := range j.Total {
		_, err := f.q.Jobs().Change(f.ctx, j.ID, func(j *queue.Job) error {
			if j.IsDecided(i) && j.Replayed > 3 {
				j.Decided[i/8] &^= 1 << (i % 8)
				j.Replayed--
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	f.run("worker-2")
	j = f.until(j.ID, ended)
	if j.State != queue.JobDone || j.Replayed != 30 || j.Skipped != 0 || j.Worker != "worker-2" {
		t.Errorf("job %+v", j)
	}
	for _, e := range letters {
		if diff := cmp.Diff([]queue.RecordType{queue.DeadLettered, queue.Replayed, queue.Applied}, f.types(e.ID)); diff != "" {
			t.Errorf("%s: %s", e.PayloadID, diff)
		}
	}
}

func TestARunnerThatWasOvertakenCountsNothingMore(t *testing.T) {
	f := newFixture(t)
	f.deadLetters(1)
	j := f.start(f.ops("alice"), Selection{}, 0)
	e := &errand{Runner: NewRunner(f.q, "worker-1", zerolog.Nop(), f.count)}
	if err := e.begin(f.ctx, j.ID); err != nil {
		t.Fatal(err)
	}
	other := &errand{Runner: NewRunner(f.q, "worker-2", zerolog.Nop(), f.count)}
	if err := other.begin(f.ctx, j.ID); err != nil {
		t.Fatal(err)
	}
	e.outcomes = []result{{outcome: queue.JobFailed, problem: "late"}}
	if err := e.write(f.ctx); !errors.Is(err, errOvertaken) {
		t.Errorf("the one who was overtaken writes: %v", err)
	}
	other.outcomes = []result{{outcome: queue.JobReplayed}}
	if err := other.write(f.ctx); err != nil || len(other.outcomes) != 0 {
		t.Errorf("%d outcomes are left, %v", len(other.outcomes), err)
	}
	if j, err := f.q.Jobs().Get(f.ctx, j.ID); err != nil || j.Replayed != 1 || j.Failed != 0 || j.Worker != "worker-2" {
		t.Errorf("job %+v, %v", j, err)
	}
}

func TestACancelledJobLeavesTheRest(t *testing.T) {
	f := newFixture(t)
	f.deadLetters(12)
	o := f.ops("alice")
	j := f.start(o, Selection{}, 0)
	held := make(chan struct{})
	f.serve(func(*queue.Delivery) queue.RecordType { <-held; return queue.Applied })
	f.run("worker-1")
	// No lane gives its document back before the job is cancelled, so each has one replay.
	f.until(j.ID, func(j queue.Job) bool { return j.Replayed > 0 })
	if _, err := f.ops("bob").Cancel(f.ctx, j.ID); err != nil {
		t.Fatal(err)
	}
	got := f.until(j.ID, ended)
	close(held)
	if got.State != queue.JobCancelled || got.CancelledBy != "bob" || got.Replayed == 0 || got.Replayed > fixtureLanes || got.Left() != 12-got.Replayed {
		t.Errorf("job %+v", got)
	}
	letters, err := f.q.Letters(f.ctx, queue.Filter{})
	if err != nil || len(letters) != got.Left() {
		t.Errorf("%d letters are left, want %d: %v", len(letters), got.Left(), err)
	}
	if _, err := o.Cancel(f.ctx, j.ID); !errors.Is(err, ErrState) {
		t.Errorf("cancelled again: %v", err)
	}
}

func TestAJobThatNobodyHasBegunIsCancelledAtOnce(t *testing.T) {
	f := newFixture(t)
	f.deadLetters(1)
	o := f.ops("alice")
	j, err := o.Cancel(f.ctx, f.start(o, Selection{}, 0).ID)
	if err != nil || j.State != queue.JobCancelled || j.Ended.IsZero() {
		t.Errorf("job %+v, %v", j, err)
	}
}

func TestAJobKeepsItsRate(t *testing.T) {
	f := newFixture(t)
	f.deadLetters(6)
	f.serve(applied)
	f.run("worker-1")
	j := f.until(f.start(f.ops("alice"), Selection{}, 10).ID, ended)
	if took := j.Ended.Sub(j.Started).Seconds(); j.Replayed != 6 || took < 0.49 {
		t.Errorf("%d replays took %.2f s, want 0.5 s at 10 a second", j.Replayed, took)
	}
}

func TestAJobReplaysFromTheArchive(t *testing.T) {
	f := newFixture(t)
	e := invoice("PO-1", "INV-1")
	f.end(e, queue.Applied)
	f.deadLetters(1) // has not ended
	f.serve(applied)
	f.run("worker-1")
	j := f.until(f.start(f.ops("alice"), Selection{Archive: true}, 0).ID, ended)
	if j.Total != 1 || j.Replayed != 1 {
		t.Errorf("job %+v", j)
	}
	wait.Until(f.ctx, f.t, "the document is applied again", func() bool {
		return cmp.Equal([]queue.RecordType{queue.Applied, queue.Replayed, queue.Applied}, f.types(e.ID))
	})
}

func TestAJobWithManyDocumentsIsKeptWhole(t *testing.T) {
	f := newFixture(t)
	var items []queue.JobItem
	for i := range 2001 {
		items = append(items, queue.JobItem{ID: uuid.NewString(), Account: "main", Partition: fmt.Sprint("PO-", i), Sequence: uint64(i + 1)})
	}
	j, err := f.q.Jobs().Create(f.ctx, queue.Job{Author: "alice"}, items)
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.q.Jobs().Items(f.ctx, j)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(items, got); diff != "" {
		t.Error(diff)
	}
	all, err := f.q.Jobs().List(f.ctx)
	if err != nil || len(all) != 1 || all[0].ID != j.ID {
		t.Errorf("jobs %+v, %v", all, err)
	}
	if _, err := f.q.Jobs().Get(f.ctx, "nobody-knows"); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("an unknown job: %v", err)
	}
	if _, err := f.q.Jobs().Create(context.Background(), queue.Job{}, nil); err == nil {
		t.Error("a job over nothing is created")
	}
}

func TestAnOutcomeIsCountedOnce(t *testing.T) {
	j := queue.Job{Total: 9}
	before := j
	for range 2 {
		j.Count(8, queue.JobReplayed, "")
		j.Count(0, queue.JobFailed, "too large")
		j.Count(3, queue.JobSkipped, "")
	}
	if j.Replayed != 1 || j.Failed != 1 || j.Skipped != 1 || j.Problem != "too large" || j.Left() != 6 || before.IsDecided(8) {
		t.Errorf("%+v", j)
	}
}
