package chaos_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"counterpunch/internal/chaos"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNothingIsLostOrDoubledAlthoughProcessesAreKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the programs and kills them for half a minute")
	}
	programs, dir := t.TempDir(), t.TempDir()
	if err := chaos.Build(t.Context(), programs); err != nil {
		t.Fatal(err)
	}
	r, err := chaos.Run(t.Context(), chaos.Options{
		Seed: 1, Documents: 150, Kills: 12, Every: 500 * time.Millisecond, Limit: 3 * time.Minute,
		Dir: dir, Programs: programs, Progress: t.Output(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range r.Findings.All() {
		t.Error(text)
	}
	if r.Kills == 0 || r.Writes == 0 || r.Faults == 0 || r.Resends == 0 {
		t.Errorf("%d kills, %d writes hit, %d faults, %d resends: a run without one of them proves little", r.Kills, r.Writes, r.Faults, r.Resends)
	}
	if err := chaos.Table(t.Output(), []chaos.Result{r}); err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range logs {
			text, err := os.ReadFile(path)
			t.Logf("%s says last (%v):\n%s", filepath.Base(path), err, text[max(0, len(text)-4000):])
		}
	}
}
