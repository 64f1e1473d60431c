package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// refusing is a NetSuite whose script takes no bill, so that every invoice becomes a dead letter; accepting has no such script.
const (
	refusing  = `{"scriptRejects": [{"pattern": "INV-", "text": "no bills today"}]}`
	accepting = `{"scriptRejects": []}`
)

// What people decide about by name in the scenario letters; all other letters are replayed by a job.
const (
	discarded = 4
	edited    = 3
	forgotten = 10
)

// lettersKills is how often each command is killed before it is left alone.
const lettersKills = 4

// runLetters lets people deal with dead letters while their commands, the workers that carry jobs out, and everything else are
// killed: export and import, discard, edit, replay and forget. Each letter is dealt with once, and no half export is taken for a
// whole one.
func runLetters(ctx context.Context, o Options) (Result, error) {
	if o.Kills == 0 {
		o.Kills = lettersKills
	}
	limit := o.Limit
	if o = o.withDefaults(200); limit == 0 {
		o.Limit += time.Duration(o.Kills) * time.Minute
	}
	return Perform(ctx, o, Scene{Name: "letters", Knobs: brisk, Act: letters})
}

func letters(ctx context.Context, s *Stage) error {
	i := s.Installation
	if err := i.Turn(ctx, refusing); err != nil {
		return err
	}
	before, last := s.Documents[:len(s.Documents)*19/20], s.Documents[len(s.Documents)*19/20:]
	if err := s.Supplier.Send(ctx, Again(before, 0, s.random), 0); err != nil {
		return err
	}
	if err := s.Await(ctx, len(before)); err != nil {
		return err
	}
	waiting, err := s.waiting(ctx)
	if err != nil {
		return err
	}
	if len(waiting) < discarded+edited+2 {
		return fmt.Errorf("seed %d makes %d dead letters only", s.Options.Seed, len(waiting))
	}
	s.Say("%d dead letters", len(waiting))
	if err := s.export(ctx, len(waiting)); err != nil {
		return err
	}
	if err := i.Turn(ctx, accepting); err != nil {
		return err
	}
	s.Evidence.Discarded = map[string]bool{}
	accepted := s.Supplier.Accepted()
	for n, payloadID := range waiting[:discarded+edited] {
		args := []string{"deadletters", "discard", accepted[payloadID], "--yes", "--note", "entered by hand"}
		if n >= discarded {
			if args, err = s.correction(ctx, accepted[payloadID]); err != nil {
				return err
			}
		} else {
			s.Evidence.Discarded[payloadID] = true
		}
		s.insist(ctx, args)
	}
	if err := s.replayAll(ctx, len(waiting)-discarded-edited); err != nil {
		return err
	}
	s.watcher.again()
	if err := s.Await(ctx, len(before)); err != nil {
		return err
	}
	return s.forget(ctx, before, last)
}

// waiting returns the payloadIDs of the dead letters, in their order.
func (s *Stage) waiting(ctx context.Context) ([]string, error) {
	stores, err := s.Installation.Stores(ctx)
	var all []string
	for payloadID, id := range s.Supplier.Accepted() {
		if _, ok := stores.Letters[Key(id)]; ok {
			all = append(all, payloadID)
		}
	}
	slices.Sort(all)
	return all, err
}

// insist gives a command that is killed some times, and then once more. Where an earlier one was not killed in time there is nothing
// left for the last to do, and that it says so is no finding: what counts is what the judge finds.
func (s *Stage) insist(ctx context.Context, args []string) {
	for range s.Options.Kills {
		cut, _, err := s.Installation.Interrupted(ctx, s.random, interruption, args...)
		if !cut && err == nil {
			return
		}
	}
	_, _ = s.Installation.Command(ctx, args...)
}

// interruption is the time within which a command is killed.
const interruption = 800 * time.Millisecond

// export writes the letters to files, killed and not, and imports each: only whole ones are taken for such.
func (s *Stage) export(ctx context.Context, letters int) error {
	i := s.Installation
	for n := range s.Options.Kills + 1 {
		file := filepath.Join(s.Options.Dir, fmt.Sprintf("letters-%d.jsonl", n))
		args := []string{"deadletters", "export", "--file", file}
		var cut bool
		var err error
		if n < s.Options.Kills {
			cut, _, err = i.Interrupted(ctx, s.random, interruption, args...)
		} else {
			_, err = i.Command(ctx, args...)
		}
		if err != nil {
			return err
		}
		text, missing := os.ReadFile(file)
		if missing != nil {
			continue // killed before it began
		}
		whole := strings.Count(string(text), "\n") == letters+1
		out, refused := i.Command(ctx, "deadletters", "import", "--file", file)
		switch {
		case whole && (refused != nil || !strings.Contains(string(out), fmt.Sprintf("0 imported, %d known", letters))):
			s.Find(Other, fmt.Sprintf("a whole export is imported as: %s", out))
		case !whole && refused == nil:
			s.Find(Other, fmt.Sprintf("half an export is taken for a whole one: %s", out))
		case !whole && !cut:
			s.Find(Other, "an export that was not killed is not whole")
		}
	}
	return nil
}

// correction returns the command that corrects a comment in a dead letter.
func (s *Stage) correction(ctx context.Context, id string) ([]string, error) {
	text, err := s.Installation.Command(ctx, "deadletters", "edit", id, "--print")
	if err != nil {
		return nil, err
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("read document %s: %w", id, err)
	}
	invoice, ok := document["invoice"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("document %s is no invoice: %s", id, text)
	}
	invoice["comments"] = []map[string]string{{"text": "corrected"}}
	if text, err = json.Marshal(document); err != nil {
		return nil, err
	}
	file := filepath.Join(s.Options.Dir, id+".json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, fmt.Errorf("correct document %s: %w", id, err)
	}
	return []string{"deadletters", "edit", id, "--file", file, "--yes", "--note", "a comment"}, nil
}

// replayAll replays the letters that are left by jobs, whose authors, workers and server are killed.
func (s *Stage) replayAll(ctx context.Context, letters int) error {
	i := s.Installation
	s.insist(ctx, []string{"deadletters", "replay", "--all", "--yes", "--note", "the script is gone", "--rate", "10", "--detach"})
	stop := make(chan struct{})
	killed := make(chan []kill, 1)
	go func() {
		killed <- killer{rand.New(rand.NewSource(s.Options.Seed + 3)), s.Options.Kills, s.Options.Waits, false}.run(ctx, i, stop)
	}()
	err := s.awaitJobs(ctx)
	close(stop)
	s.kills = append(s.kills, <-killed...)
	if err != nil {
		return err
	}
	jobs, err := s.jobs(ctx)
	if err != nil {
		return err
	}
	replayed := 0
	for _, j := range jobs {
		replayed += j.Replayed
		if j.Total != j.Replayed+j.Skipped || j.Failed > 0 {
			s.Find(Letters, fmt.Sprintf("job %+v does not add up", j))
		}
	}
	if replayed != letters {
		s.Find(Letters, fmt.Sprintf("%d jobs replayed %d documents, and %d letters waited", len(jobs), replayed, letters))
	}
	s.Note("%d letters replayed by %d jobs, %d corrected, %d discarded, each command killed up to %d times", replayed, len(jobs), edited, discarded, s.Options.Kills)
	return nil
}

// job is what jobs ls shows of one.
type job struct {
	State                            string
	Total, Replayed, Skipped, Failed int
}

func (s *Stage) jobs(ctx context.Context) ([]job, error) {
	out, err := s.Installation.Succeed(ctx, "jobs", "ls", "-o", "json")
	var all []job
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("look at the jobs: %w", err)
	}
	return all, nil
}

// awaitJobs waits until every job has ended and no letter is left.
func (s *Stage) awaitJobs(ctx context.Context) error {
	for {
		jobs, err := s.jobs(ctx)
		if err != nil {
			return err
		}
		if len(jobs) > 0 && !slices.ContainsFunc(jobs, func(j job) bool { return j.State != "done" }) {
			return nil
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// forget deletes what some documents said, sends them again, and the last ones for the first time.
func (s *Stage) forget(ctx context.Context, before, last []Document) error {
	accepted := s.Supplier.Accepted()
	args := []string{"documents", "forget", "--yes", "--reason", "asked to"}
	var gone []Document
	for _, d := range before {
		if len(gone) < forgotten && !s.Evidence.Discarded[d.PayloadID] {
			gone, args = append(gone, d), append(args, accepted[d.PayloadID])
		}
	}
	s.insist(ctx, args)
	if out, err := s.Installation.Command(ctx, args...); err != nil {
		s.Find(Other, fmt.Sprintf("forget once more: %v: %s", err, out))
	}
	stores, err := s.Installation.Stores(ctx)
	if err != nil {
		return err
	}
	for _, d := range gone {
		if m := stores.Inbound[Key(accepted[d.PayloadID])]; len(m) != 1 || m[0].Why != "forget" {
			s.Find(Other, fmt.Sprintf("%s was forgotten, and INBOUND holds %+v", d.PayloadID, m))
		}
	}
	if err := s.Supplier.Send(ctx, append(gone, last...), 0); err != nil {
		return err
	}
	return s.Await(ctx, len(s.Documents))
}
