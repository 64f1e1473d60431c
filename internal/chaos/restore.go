package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

// restoreKills is how often backup create and backup restore are each killed.
const restoreKills = 5

// perRestoreKill is about how long it takes until a killed command has been given again, and what it left behind was looked at.
const perRestoreKill = time.Minute

// runRestore takes a backup of an installation at work, loses all its streams, and brings the backup back, with the commands and
// the programs killed at random. No half backup is taken for a whole one, no program works with half of an installation,
// reconcile names what came after the backup, and when that is sent again everything has its effect once.
func runRestore(ctx context.Context, o Options) (Result, error) {
	if o.Kills == 0 {
		o.Kills = restoreKills
	}
	limit := o.Limit
	if o = o.withDefaults(300); limit == 0 {
		o.Limit += time.Duration(o.Kills) * perRestoreKill
	}
	return Perform(ctx, o, Scene{Name: "restore", Knobs: faults, Act: restoring})
}

func restoring(ctx context.Context, s *Stage) error {
	order := Again(s.Documents, 0, s.random)
	before, after := order[:len(order)/2], order[len(order)/2:]
	after, last := after[:len(after)*9/10], after[len(after)*9/10:]
	var dir string
	g, working := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Supplier.Send(working, before, 10*time.Second/time.Duration(len(before))) })
	g.Go(func() (err error) {
		dir, err = s.backUp(working)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	s.Say("backed up with %d documents accepted", len(s.Supplier.Accepted()))
	// What comes now is not in the backup, and some of it will have had its effect.
	if err := s.Supplier.Send(ctx, after, 0); err != nil {
		return err
	}
	if err := s.Await(ctx, len(s.Supplier.Accepted())*2/3); err != nil {
		return err
	}
	if err := s.bringBack(ctx, dir); err != nil {
		return err
	}
	if err := s.Installation.Turn(ctx, healthy); err != nil {
		return err
	}
	lost, err := s.reconcile(ctx)
	if err != nil {
		return err
	}
	if err := s.Installation.Turn(ctx, faults); err != nil {
		return err
	}
	s.watcher.again()
	if _, err := s.Installation.Succeed(ctx, "accounts", "resume", "main", "--reason", "reconciled"); err != nil {
		return err
	}
	var missing []Document
	accepted := s.Supplier.Accepted()
	for _, d := range s.Documents {
		if slices.Contains(lost, accepted[d.PayloadID]) {
			missing = append(missing, d)
		}
	}
	if err := s.Supplier.Send(ctx, append(missing, last...), 0); err != nil {
		return err
	}
	if err := s.Await(ctx, len(s.Documents)); err != nil {
		return err
	}
	if err := s.Installation.Turn(ctx, healthy); err != nil {
		return err
	}
	if out, err := s.Installation.Command(ctx, "reconcile"); err != nil {
		s.Find(Other, fmt.Sprintf("reconcile at the end: %v: %s", err, out))
	}
	s.Note("%d documents were sent after the backup and named by reconcile; sent again, with %d that are new", len(missing), len(last))
	return nil
}

// backUp takes backups that are killed, and one that is not, and checks what verify says of each.
func (s *Stage) backUp(ctx context.Context) (string, error) {
	k := killer{s.random, 1, s.Options.Waits, false}
	killed := 0
	for n := 0; ; n++ {
		dir := filepath.Join(s.Options.Dir, fmt.Sprint("backup-", n))
		var cut bool
		var err error
		if killed < s.Options.Kills {
			s.kills = append(s.kills, k.run(ctx, s.Installation, nil)...)
			cut, _, err = s.Installation.Interrupted(ctx, s.random, time.Second, "backup", "create", dir)
		} else {
			_, err = s.Installation.Command(ctx, "backup", "create", dir)
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		_, unfit := s.Installation.Command(ctx, "backup", "verify", dir, "--temp", s.Options.Dir)
		_, missing := os.Stat(dir)
		switch {
		case err == nil && !cut && unfit != nil:
			s.Find(Other, fmt.Sprintf("a backup that was taken is refused: %v", unfit))
		case err == nil && !cut && killed >= s.Options.Kills:
			s.Note("%d backups were killed, and verify refused each of these", killed)
			return dir, nil
		case (cut || err != nil) && unfit == nil && !whole(dir):
			s.Find(Other, "half a backup is taken for a whole one: "+dir)
		case cut && missing == nil && !whole(dir) && !strings.Contains(unfit.Error(), "that was not finished"):
			s.Find(Other, fmt.Sprintf("verify does not say what half a backup is: %v", unfit))
		}
		if cut {
			killed++
		}
	}
}

// whole reports whether a backup came to its end, though whoever took it may have been killed just after.
func whole(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "manifest.json"))
	return err == nil
}

// bringBack loses the streams and restores them, with the restore and the server killed again and again.
func (s *Stage) bringBack(ctx context.Context, dir string) error {
	i, args := s.Installation, []string{"backup", "restore", dir, "--yes"}
	killed := 0
	interrupt := func() (done bool, err error) {
		cut, out, err := i.Interrupted(ctx, s.random, 1500*time.Millisecond, args...)
		switch {
		case cut:
			killed++
		case ctx.Err() != nil:
			return false, ctx.Err()
		case err != nil && strings.Contains(string(out), "nothing is left to do"):
			return true, nil
		}
		return err == nil && !cut, nil
	}
	done := false
	err := without(ctx, append([]*Process{i.Ingest}, i.Workers...), func() error {
		if err := i.Server.Without(ctx, func() error { return os.RemoveAll(i.store()) }); err != nil {
			return fmt.Errorf("lose the streams: %w", err)
		}
		s.Say("all streams are lost")
		// Programs are stopped until a restore has begun.
		for !done && !i.restoreHasBegun(ctx) {
			var err error
			if done, err = interrupt(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	before, err := i.Books(ctx)
	if err != nil {
		return err
	}
	for !done && killed < s.Options.Kills {
		if s.random.Intn(3) == 0 {
			i.Server.Kill(200 * time.Millisecond)
		}
		if done, err = interrupt(); err != nil {
			return err
		}
		if !done {
			s.mustNotWork(ctx)
		}
	}
	for !done {
		out, err := i.Command(ctx, args...)
		if err == nil || strings.Contains(string(out), "nothing is left to do") {
			break
		}
		if err := i.heed(ctx, out); err != nil {
			return err
		}
		if err := pause(ctx, 300*time.Millisecond); err != nil {
			return err
		}
	}
	books, err := i.Books(ctx)
	if err != nil {
		return err
	}
	if n := books.TotalCalls - before.TotalCalls; n > 0 {
		s.Find(Other, fmt.Sprintf("%d calls to NetSuite while the backup was brought back", n))
	}
	s.Say("restored after %d kills", killed)
	s.Note("the restore was killed %d times", killed)
	return nil
}

// heed does what a restore asks for that found half of INBOUND, which a server leaves behind that dies in the middle of it.
func (i *Installation) heed(ctx context.Context, said []byte) error {
	if !strings.Contains(string(said), "nats stream rm") {
		return nil
	}
	nc, err := i.nats.connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("remove INBOUND: %w", err)
	}
	return js.DeleteStream(ctx, "INBOUND")
}

// restoreHasBegun reports whether the mark of a restore stands.
func (i *Installation) restoreHasBegun(ctx context.Context) bool {
	out, err := i.Command(ctx, "accounts", "ls")
	return err != nil && strings.Contains(string(out), "is not restored to its end")
}

// mustNotWork sends a document to half of an installation. Should the restore have come to its end meanwhile, it may be taken.
func (s *Stage) mustNotWork(ctx context.Context) {
	body, err := s.Supplier.letter.write(s.Documents[0])
	if err != nil {
		return
	}
	if _, err := s.Supplier.post(ctx, body); err == nil && s.Installation.restoreHasBegun(ctx) {
		s.Find(Other, "a document was taken in while half of the streams were there")
	}
}

// reconcile compares what reconcile says is lost with what the judge knows to be, and returns the document ids.
func (s *Stage) reconcile(ctx context.Context) ([]string, error) {
	stores, err := s.Installation.Stores(ctx)
	if err != nil {
		return nil, err
	}
	want := slices.DeleteFunc(slices.Sorted(maps.Values(s.Supplier.Accepted())), func(id string) bool { return len(stores.Inbound[Key(id)]) > 0 })
	var out []byte
	for { // a server that was killed last may not be up
		if out, err = s.Installation.command(ctx, []string{"reconcile", "-o", "json"}).Output(); len(out) > 0 {
			break
		}
		if stop := pause(ctx, 300*time.Millisecond); stop != nil {
			return nil, errors.Join(stop, err)
		}
	}
	var report struct {
		Findings []struct{ Kind, DocumentID string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, fmt.Errorf("read what reconcile says: %w: %s", err, out)
	}
	var lost []string
	for _, f := range report.Findings {
		if f.Kind == "lost" {
			lost = append(lost, f.DocumentID)
		}
	}
	slices.Sort(lost)
	if !slices.Equal(lost, want) {
		s.Find(Lost, fmt.Sprintf("reconcile names %d documents as lost, and %d are", len(lost), len(want)))
	}
	return want, nil
}
