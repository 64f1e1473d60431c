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

// TestScenarios runs each scenario in small. What they judge at length, such as whether memory stays flat for an hour, is
// for make chaos.
func TestScenarios(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the programs and runs them for a minute")
	}
	extent := map[string]chaos.Options{
		"kill":    {Documents: 150, Kills: 12},
		"cluster": {Documents: 60, Kills: 2},
		"down":    {Documents: 150, Outage: 5 * time.Second},
		"login":   {Documents: 150},
		"poison":  {Documents: 60},
		"restore": {Documents: 120, Kills: 3},
		"letters": {Documents: 100, Kills: 2},
		"soak":    {For: 20 * time.Second, Rate: 10},
	}
	programs := t.TempDir()
	if err := chaos.Build(t.Context(), programs); err != nil {
		t.Fatal(err)
	}
	for _, s := range chaos.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			o, known := extent[s.Name]
			if !known {
				t.Fatal("the scenario has no extent for tests")
			}
			o.Seed, o.Programs, o.Dir, o.Progress = 1, programs, t.TempDir(), t.Output()
			o.Limit = 8 * time.Minute // a busy machine takes minutes for what an idle one does in seconds
			if s.Name == "kill" {
				o.Judged = func(e chaos.Evidence) { lie(t, e) }
			}
			r, err := s.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Findings {
				t.Error(f)
			}
			if s.Name == "kill" && (r.Kills == 0 || r.Hits == 0 || r.Faults == 0 || r.Resends == 0) {
				t.Errorf("%d kills, %d hit a write, %d faults, %d resends: a run without one of them proves little", r.Kills, r.Hits, r.Faults, r.Resends)
			}
			if err := chaos.Table(t.Output(), []chaos.Result{r}); err != nil {
				t.Fatal(err)
			}
			if t.Failed() {
				showLogs(t, o.Dir)
			}
		})
	}
}

func showLogs(t *testing.T, dir string) {
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		t.Logf("%s says last (%v):\n%s", filepath.Base(path), err, text[max(0, len(text)-4000):])
	}
}
