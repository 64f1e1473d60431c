package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func openJournal(t testing.TB, path string) *Journal {
	t.Helper()
	j, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// A full disk is what /dev/full pretends to be.
func TestAJournalThatCannotBeWrittenMeansComeBackLater(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	w := startWorld(t, func(s *setup) { s.Journal = openJournal(t, "/dev/full") })
	r := w.post(paper{}.String())
	if r.code != 560 || r.header.Get("Retry-After") == "" || r.id != "" {
		t.Errorf("%d %s, id %q", r.code, r.text, r.id)
	}
	if n := w.stored(); n != 1 {
		t.Errorf("%d events are stored", n)
	}
	w.serve(w.setup()) // with room on the disk
	again := w.post(paper{}.String())
	if again.code != 200 || w.stored() != 1 {
		t.Errorf("sent again: %d %s, %d events", again.code, again.text, w.stored())
	}
	if lines := w.lines(); len(lines) != 1 || !strings.Contains(lines[0], again.id) {
		t.Errorf("the journal has %q", lines)
	}
}

// appendAtOnce has writers append entries of their own at the same time. Each calls after for every entry.
func appendAtOnce(t *testing.T, j *Journal, writers, each int, after func(writer, i int)) {
	t.Helper()
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for i := range each {
				if err := j.Append(Entry{DocumentID: fmt.Sprintf("%d-%d", writer, i)}); err != nil {
					t.Error(err)
				}
				after(writer, i)
			}
		})
	}
	all.Wait()
}

func TestEveryEntryIsALineWhoeverWrites(t *testing.T) {
	const writers, each = 16, 20
	path := filepath.Join(t.TempDir(), "journal")
	j := openJournal(t, path)
	appendAtOnce(t, j, writers, each, func(int, int) {})
	ids := map[string]bool{}
	for _, line := range readLines(t, path) {
		var e Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Errorf("%q: %v", line, err)
		}
		ids[e.DocumentID] = true
	}
	if len(ids) != writers*each || j.next != nil {
		t.Errorf("%d entries, want %d; lines that are not flushed: %v", len(ids), writers*each, j.next != nil)
	}
}

func TestALineCutByACrashSpoilsNoOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	if err := os.WriteFile(path, []byte(`{"documentID":"whole"}`+"\n"+`{"documentID":"cu`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		if err := openJournal(t, path).Append(Entry{DocumentID: id}); err != nil {
			t.Fatal(err)
		}
	}
	lines := readLines(t, path)
	if len(lines) != 4 || !strings.Contains(lines[2], `"a"`) || !strings.Contains(lines[3], `"b"`) {
		t.Errorf("the journal has %q", lines)
	}
}

// A journal that was moved away may be compressed or deleted before the next document comes.
func TestAJournalThatWasMovedIsBegunAnewAtItsPath(t *testing.T) {
	const writers, each = 8, 20
	path := filepath.Join(t.TempDir(), "journal")
	j := openJournal(t, path)
	appendAtOnce(t, j, writers, each, func(writer, i int) {
		if writer > 0 {
			return
		}
		// A line may share the flush of one that was written before the last move: then nothing is at the path yet.
		if err := os.Rename(path, fmt.Sprintf("%s.%d", path, i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	})
	if err := j.Append(Entry{DocumentID: "last"}); err != nil {
		t.Fatal(err)
	}
	parts, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, part := range parts {
		if torn, err := ReadJournal(part, func(e Entry) error { ids[e.DocumentID] = true; return nil }); err != nil || torn != 0 {
			t.Errorf("%s: %d torn lines, %v", part, torn, err)
		}
	}
	if len(ids) != writers*each+1 {
		t.Errorf("%d entries in %d files, want %d", len(ids), len(parts), writers*each+1)
	}
	if lines := readLines(t, path); !strings.Contains(lines[len(lines)-1], "last") {
		t.Errorf("at its path stands %q", lines)
	}
}

// failing is a file whose flush fails, after something has happened meanwhile.
type failing struct {
	file
	meanwhile func()
}

func (f failing) Sync() error {
	f.meanwhile()
	return errors.New("no")
}

// What the system could not flush it forgets: the next flush succeeds without it.
func TestAFailedFlushIsNotMadeGoodByTheNext(t *testing.T) {
	j := openJournal(t, filepath.Join(t.TempDir(), "journal"))
	good := j.file
	write := func(line string) *batch {
		t.Helper()
		b, err := j.write([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var during *batch
	j.file = failing{good, func() { during = write("during\n") }}
	before := write("before\n")
	if err := j.Append(Entry{DocumentID: "failed"}); err == nil {
		t.Error("a line that was not flushed was taken")
	}
	j.file = good
	if err := j.Append(Entry{DocumentID: "after"}); err != nil {
		t.Errorf("the line after the failure: %v", err)
	}
	for name, b := range map[string]*batch{"before": before, "during": during} {
		if err := j.flush(b); err == nil {
			t.Errorf("the flush of a later line made good the one that failed, for a line written %s it", name)
		}
	}
}

func TestAJournalInAFolderThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "journal")
	if _, err := OpenJournal(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
}

func readLines(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// The ratio of one to thirty-two writers is what sharing a flush brings.
func BenchmarkJournal(b *testing.B) {
	for _, writers := range []int{1, 32} {
		b.Run(fmt.Sprintf("%d-writers", writers), func(b *testing.B) {
			j := openJournal(b, filepath.Join(b.TempDir(), "journal"))
			var wg sync.WaitGroup
			next := make(chan struct{})
			for range writers {
				wg.Go(func() {
					for range next {
						if err := j.Append(Entry{DocumentID: "x"}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			for b.Loop() {
				next <- struct{}{}
			}
			close(next)
			wg.Wait()
		})
	}
}
