// Package cmd_test runs the programs as they run in production, each a process of its own, and tells them to stop. What
// becomes of documents when they are killed is for internal/chaos.
package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"counterpunch/internal/chaos"
	"counterpunch/internal/demo"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the programs and runs them")
	}
	defer http.DefaultClient.CloseIdleConnections()
	programs := t.TempDir()
	if err := chaos.Build(t.Context(), programs); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testTime)
	defer cancel()
	t.Run("a told ingest refuses what is new and answers what is in progress", func(t *testing.T) { proveGracefulStop(ctx, t, programs) })
	t.Run("a told worker ends what it works on", func(t *testing.T) { proveWorkEnded(ctx, t, programs) })
	t.Run("a second signal ends a program at once", func(t *testing.T) { proveSecondSignal(ctx, t, programs) })
}

const (
	orders = 20
	seed   = 7
	// testTime bounds what comes after the build and takes half a minute on two slow processors.
	testTime = 8 * time.Minute
)

// install starts NATS and the simulator of an installation, to which its programs can be started.
func install(ctx context.Context, t *testing.T, programs string) *chaos.Installation {
	t.Helper()
	i, err := chaos.NewInstallation(chaos.Setup{
		Dir: t.TempDir(), Programs: programs, Seed: seed, Orders: orders, Secret: demo.Acme().Secret.Reveal(), Waits: chaos.ProductionWaits(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(ctx)
	var g errgroup.Group
	for _, p := range []*chaos.Process{i.Server, i.Simulator} {
		g.Go(func() error { return p.Supervise(ctx) })
	}
	t.Cleanup(func() {
		end()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
	wait.UntilNil(ctx, t, "the simulator answers", func() error { return i.Turn(ctx, slow) })
	return i
}

// slow are calls that take a while, so that a signal finds a worker in the middle of one, with most of its work before it.
const slow = `{"latency": {"get": {"median": "1s"}, "query": {"median": "1s"}, "patch": {"median": "1s"}, "post": {"median": "1s"}}}`

// fast are calls that take no time.
const fast = `{"latency": {"get": {}, "query": {}, "patch": {}, "post": {}}}`

// startIngest starts the intake and returns it with its base URLs for suppliers and for operators.
func startIngest(ctx context.Context, t *testing.T, i *chaos.Installation) (p *process, suppliers, admin string) {
	t.Helper()
	p = start(t, i.Ingest)
	started := p.logged(ctx, t, "ingest.started")
	return p, fmt.Sprint("http://", started["listen"]), fmt.Sprint("http://", started["admin"])
}

// confirmations returns one for each order of the simulator.
func confirmations(t *testing.T) []demo.Generated {
	t.Helper()
	seeded, err := simulator.New(simulator.Options{Seed: seed}).SeedRandom(orders, "501")
	if err != nil {
		t.Fatal(err)
	}
	var all []demo.Generated
	for _, o := range seeded {
		g, err := demo.OrderConfirmation(demo.Acme(), o)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

func proveGracefulStop(ctx context.Context, t *testing.T, programs string) {
	ingest, suppliers, admin := startIngest(ctx, t, install(ctx, t, programs))
	d := confirmations(t)[0]

	body, rest := io.Pipe()
	type result struct {
		text string
		err  error
	}
	slow := make(chan result, 1)
	go func() {
		text, _, err := post(ctx, suppliers+"/cxml", body)
		slow <- result{text, err}
	}()
	half := len(d.Body) / 2
	if _, err := rest.Write(d.Body[:half]); err != nil {
		t.Fatal(err)
	}
	wait.Until(ctx, t, "the slow request is in progress", func() bool {
		text, _ := get(ctx, t, admin+"/metrics", "")
		return strings.Contains(text, "counterpunch_intake_in_flight 1")
	})
	ingest.signal(t, syscall.SIGTERM)
	wait.Until(ctx, t, "readiness is taken back", func() bool {
		_, status := get(ctx, t, admin+"/readyz", "")
		return status == http.StatusServiceUnavailable
	})
	text, header, err := post(ctx, suppliers+"/cxml", bytes.NewReader(d.Body))
	if err != nil || !strings.Contains(text, `code="560"`) || header.Get("Retry-After") == "" {
		t.Errorf("a document sent while stopping: %v, Retry-After %q, want 560 with one:\n%s", err, header.Get("Retry-After"), text)
	}
	if _, err := rest.Write(d.Body[half:]); err != nil {
		t.Fatal(err)
	}
	rest.Close()
	if r := <-slow; r.err != nil || !strings.Contains(r.text, `code="200"`) {
		t.Errorf("the request in progress: %v, want 200:\n%s", r.err, r.text)
	}
	ingest.stops(ctx, t)
}

// proveWorkEnded stops a worker at work. What it has begun is ended, what it has not is left to the next worker, and
// nothing is sent a second time.
func proveWorkEnded(ctx context.Context, t *testing.T, programs string) {
	i := install(ctx, t, programs)
	ingest, suppliers, _ := startIngest(ctx, t, i)
	var open []string // document ids
	for _, d := range confirmations(t) {
		answer, err := demo.Post(ctx, http.DefaultClient, suppliers+"/cxml", "text/xml; charset=UTF-8", d.Body)
		if err != nil || answer.Code != http.StatusOK {
			t.Fatalf("%s: %+v, %v", d.Number, answer, err)
		}
		open = append(open, answer.ID)
	}
	applied := func() (n int) {
		for _, id := range open {
			if state(ctx, t, suppliers, id) == "applied" {
				n++
			}
		}
		return n
	}
	writes := func() int {
		books, err := i.Books(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return len(books.Writes)
	}

	first := start(t, i.Workers[0])
	wait.Until(ctx, t, "the first writes are there", func() bool { return writes() > 0 })
	first.signal(t, syscall.SIGTERM)
	first.stops(ctx, t)
	if n := applied(); n != writes() || n == orders {
		t.Errorf("%d of %d documents are applied by %d writes after the worker was told to stop", n, orders, writes())
	}

	if err := i.Turn(ctx, fast); err != nil {
		t.Fatal(err)
	}
	second := start(t, i.Workers[1])
	wait.Until(ctx, t, "every document is applied", func() bool { return applied() == orders })
	if n := writes(); n != orders {
		t.Errorf("%d writes for %d documents", n, orders)
	}
	for _, p := range []*process{second, ingest} {
		p.signal(t, syscall.SIGTERM)
		p.stops(ctx, t)
	}
}

func proveSecondSignal(ctx context.Context, t *testing.T, programs string) {
	ingest, _, _ := startIngest(ctx, t, install(ctx, t, programs))
	ingest.signal(t, syscall.SIGTERM)
	ingest.logged(ctx, t, "stop.begun")
	ingest.signal(t, syscall.SIGTERM)
	// Without the second signal it would refuse for 5 s and end with 0.
	if status := ingest.exits(ctx, t); status != 130 {
		t.Errorf("ingest ended with status %d after the second signal, want 130", status)
	}
}

func post(ctx context.Context, url string, body io.Reader) (text string, header http.Header, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return "", nil, err
	}
	req.Header.Set("Content-Type", "text/xml; charset=UTF-8")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", http.Header{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return string(raw), resp.Header, err
}

// get returns body and status of a GET. user signs in as that supplier when it is not empty.
func get(ctx context.Context, t *testing.T, url, user string) (string, int) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(user, user+"-secret")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), resp.StatusCode
}

// state asks after a document as its supplier does.
func state(ctx context.Context, t *testing.T, suppliers, id string) string {
	t.Helper()
	text, status := get(ctx, t, suppliers+"/documents/"+id, "acme")
	var answer struct{ State string }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK {
		t.Fatalf("ask after document %s: %d %s, %v", id, status, text, err)
	}
	return answer.State
}
