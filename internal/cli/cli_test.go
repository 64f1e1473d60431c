package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/cli"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/demo/demotest"
)

// run carries out a command line in this process.
func run(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = cli.Run(ctx, args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

func TestDemoJSONIsTheContract(t *testing.T) {
	status, stdout, stderr := run(t.Context(), "demo", "--once", "--json")
	if status != cli.ExitOK {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	if stderr != "" {
		t.Errorf("stderr is not a terminal and must stay empty, got %q", stderr)
	}
	var report struct {
		Documents []map[string]json.RawMessage `json:"documents"`
		Totals    map[string]json.RawMessage   `json:"totals"`
		OK        *bool                        `json:"ok"`
	}
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(&report); err != nil {
		t.Fatalf("stdout is not the one object of the contract: %v", err)
	}
	if d.More() {
		t.Error("more than one object was printed")
	}
	if report.OK == nil || !*report.OK {
		t.Error("ok is not true")
	}
	all := fixturetest.All(t)
	if len(report.Documents) != len(all) || len(report.Totals) == 0 {
		t.Fatalf("%d documents and %d totals, want %d documents", len(report.Documents), len(report.Totals), len(all))
	}
	for i, doc := range report.Documents {
		checkResult(t, all[i].File, doc)
	}
}

// checkResult checks one document of the demonstration: every field of the contract is there, with its type.
func checkResult(t *testing.T, file string, doc map[string]json.RawMessage) {
	t.Helper()
	var texts [5]string
	var code, calls int
	var effects []string
	for name, into := range map[string]any{
		"file": &texts[0], "kind": &texts[1], "id": &texts[2], "state": &texts[3], "reason": &texts[4],
		"code": &code, "calls": &calls, "effects": &effects,
	} {
		raw, ok := doc[name]
		if !ok || string(raw) == "null" {
			t.Errorf("%s: %s is %q", file, name, raw)
			continue
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Errorf("%s: %s: %v", file, name, err)
		}
	}
	if texts[0] != file {
		t.Errorf("document %s stands where %s is expected", texts[0], file)
	}
	for name := range doc {
		if !slices.Contains([]string{"file", "title", "kind", "code", "id", "state", "reason", "effects", "calls"}, name) {
			t.Errorf("%s: %s is not in the contract", file, name)
		}
	}
}

// live starts an installation and returns it with the path of a configuration for commands.
func live(t *testing.T) (*demo.World, string) {
	t.Helper()
	w := demotest.Open(t, demo.Options{Change: patient})
	path := filepath.Join(t.TempDir(), "counterpunch.yaml")
	text := strings.Replace(config.Example(), "url: nats://127.0.0.1:4222", "url: "+w.Addresses().NATS, 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return w, path
}

func postFixture(t *testing.T, w *demo.World, file string) string {
	t.Helper()
	f := fixturetest.Named(t, file)
	answer, err := w.Post(t.Context(), f.ContentType, f.Body)
	if err != nil || answer.ID == "" {
		t.Fatalf("%s: %+v, %v", file, answer, err)
	}
	if _, err := w.Rest(t.Context(), answer.ID); err != nil {
		t.Fatal(err)
	}
	return answer.ID
}

func TestOfReplaysAtOnceOneWins(t *testing.T) {
	w, path := live(t)
	id := postFixture(t, w, "47-invoice-price-mismatch.xml")
	if status, _, stderr := run(t.Context(), "accounts", "hold", "main", "--reason", "test", "-c", path); status != 0 {
		t.Fatal(stderr)
	}
	statuses := make([]int, 4)
	var group sync.WaitGroup
	for i := range statuses {
		group.Go(func() { statuses[i], _, _ = run(t.Context(), "deadletters", "replay", id, "--yes", "-c", path) })
	}
	group.Wait()
	slices.Sort(statuses)
	if want := []int{cli.ExitOK, cli.ExitRefused, cli.ExitRefused, cli.ExitRefused}; !slices.Equal(statuses, want) {
		t.Errorf("the replays ended with %v, want %v", statuses, want)
	}
}

func TestWatchShowsAgainUntilItIsTold(t *testing.T) {
	w, path := live(t)
	id := postFixture(t, w, "01-confirm-accept.xml")
	for _, command := range [][]string{{"documents", "ls"}, {"accounts", "ls"}} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		out := &countdown{text: "main", left: 3, end: cancel}
		if command[0] == "documents" {
			out.text = id
		}
		var stderr bytes.Buffer
		status := cli.Run(ctx, append(command, "--watch", "--every", "100ms", "-o", "json", "-c", path), strings.NewReader(""), out, &stderr)
		cancel()
		if status != cli.ExitOK || out.left > 0 {
			t.Errorf("%v ended with status %d and %d looks to go: %s", command, status, out.left, &stderr)
		}
	}
}

// countdown calls end when text was written a number of times.
type countdown struct {
	text string
	left int
	end  func()
}

func (c *countdown) Write(b []byte) (int, error) {
	if strings.Contains(string(b), c.text) {
		if c.left--; c.left == 0 {
			c.end()
		}
	}
	return len(b), nil
}

func TestServePrintsWhereItCanBeReached(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("ACME_SECRET", "acme-secret")
	for _, name := range []string{"NETSUITE_CONSUMER_KEY", "NETSUITE_CONSUMER_SECRET", "NETSUITE_TOKEN_ID", "NETSUITE_TOKEN_SECRET"} {
		t.Setenv(name, "a-secret-that-nobody-may-see")
	}
	text := config.Example()
	for old, replacement := range map[string]string{
		"url: nats://127.0.0.1:4222": "url: embedded", "directory: data/nats": "directory: " + dir + "/nats",
		"journal: data/": "journal: " + dir + "/data/", "127.0.0.1:8080": "127.0.0.1:0", "127.0.0.1:8081": "127.0.0.1:0",
		"127.0.0.1:8082": "127.0.0.1:0", "publish_timeout: 8s": "publish_timeout: 500ms", "shutdown: 25s": "shutdown: 1s",
	} {
		if !strings.Contains(text, old) {
			t.Fatalf("the example no longer says %q", old)
		}
		text = strings.ReplaceAll(text, old, replacement)
	}
	path := filepath.Join(dir, "counterpunch.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out := &countdown{text: "suppliers\thttp://127.0.0.1:", left: 1, end: cancel}
	var log bytes.Buffer
	if status := cli.Run(ctx, []string{"serve", "-c", path}, strings.NewReader(""), out, &log); status != cli.ExitOK || out.left > 0 {
		t.Errorf("serve ended with status %d: %s", status, &log)
	}
	if !strings.Contains(log.String(), "config.loaded") || strings.Contains(log.String(), "a-secret-that-nobody-may-see") {
		t.Errorf("the log does not show the configuration, or shows its secrets:\n%s", &log)
	}
}
