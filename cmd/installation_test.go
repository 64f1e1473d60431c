package cmd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/simulator"
)

// installation is NATS, a simulated NetSuite and the programs, each a process of its own on free loopback ports.
type installation struct {
	t        *testing.T
	ctx      context.Context
	programs string // folder of the binaries
	dir      string // of this installation's files
	config   string
	env      []string
	books    string // URL of the simulator's books
}

// build compiles the three programs and nats-server and returns their folder.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"build", "-o", dir + "/", "./ingest", "./worker", "./counterpunch"},
		{"build", "-o", filepath.Join(dir, "nats-server"), "github.com/nats-io/nats-server/v2"},
	} {
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
	return dir
}

// The server of deploy/nats with ports and folders of the test: on disk before it is acknowledged.
const natsConf = `
listen: 127.0.0.1:-1
http: 127.0.0.1:-1
ports_file_dir: %[1]q
max_payload: 8MB
max_pending: 64MB
jetstream {
  store_dir: %[1]q
  sync_interval: always
  max_memory_store: 64MB
  max_file_store: 1GB
}
`

// All waiting is some hundred milliseconds, so that what takes hours in production takes seconds here.
const configuration = `
nats: {url: %q, monitoring_url: %q, strict: true}
ingest:
  listen: 127.0.0.1:0
  admin: 127.0.0.1:0
  journal: %q
  limits: {address_rate: 10000, address_burst: 10000}
worker:
  admin: 127.0.0.1:0
  ack_wait: 1s
  heartbeat: 250ms
  shutdown: 10s
  parking_scan: 200ms
  retry:
    busy: [100ms, 200ms]
    unknown: [200ms]
    odd: [200ms, 400ms, 800ms]
    not_yet: [200ms, 400ms]
    deadline: 1h
  breaker: {failures: 5, open: 500ms}
log: {format: json}
accounts:
  - name: main
    buyer: [{domain: NetworkID, identity: AN01000000001}]
    netsuite:
      account: 1234567_SB1
      base_url: %q
      timeout: 1s
      tba:
        consumer_key: env:NETSUITE_CONSUMER_KEY
        consumer_secret: env:NETSUITE_CONSUMER_SECRET
        token_id: env:NETSUITE_TOKEN_ID
        token_secret: env:NETSUITE_TOKEN_SECRET
    bill: {currencies: {USD: ["1", US Dollar]}}
suppliers:
  - name: acme
    credentials: [{domain: DUNS, identity: "111111111", secrets: [env:ACME_SECRET]}]
    rate: 10000
    burst: 10000
    accounts: {main: {vendors: ["501"]}}
`

// install starts NATS and the simulator and writes the configuration of the programs.
func install(ctx context.Context, t *testing.T, programs string, simulatorArgs ...string) *installation {
	t.Helper()
	i := &installation{t: t, ctx: ctx, programs: programs, dir: t.TempDir(), env: []string{
		"ACME_SECRET=acme-secret",
		"NETSUITE_CONSUMER_KEY=demo-consumer-key", "NETSUITE_CONSUMER_SECRET=demo-consumer-secret",
		"NETSUITE_TOKEN_ID=demo-token", "NETSUITE_TOKEN_SECRET=demo-token-secret",
	}}
	nats, monitoring := i.startNATS()
	s := i.run("counterpunch", append([]string{"simulator", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}, simulatorArgs...)...)
	i.books = s.printed(ctx, t, "books")
	i.config = i.write("counterpunch.yaml", fmt.Sprintf(configuration, nats, monitoring, filepath.Join(i.dir, "journal", "intake.journal"), s.printed(ctx, t, "netsuite")))
	return i
}

func (i *installation) startNATS() (client, monitoring string) {
	i.t.Helper()
	data := filepath.Join(i.dir, "nats")
	if err := os.Mkdir(data, 0o700); err != nil {
		i.t.Fatal(err)
	}
	p := i.run("nats-server", "-c", i.write("nats.conf", fmt.Sprintf(natsConf, data)))
	var ports struct{ NATS, Monitoring []string }
	await(i.ctx, i.t, "the ports file of nats-server", func() bool {
		text, err := os.ReadFile(filepath.Join(data, fmt.Sprintf("nats-server_%d.ports", p.cmd.Process.Pid)))
		return err == nil && json.Unmarshal(text, &ports) == nil && len(ports.NATS) > 0 && len(ports.Monitoring) > 0
	})
	return ports.NATS[0], ports.Monitoring[0]
}

// run starts one of the programs.
func (i *installation) run(program string, args ...string) *process {
	i.t.Helper()
	return start(i.t, i.env, filepath.Join(i.programs, program), args...)
}

// worker starts a worker and waits until it works.
func (i *installation) worker() *process {
	i.t.Helper()
	p := i.run("worker", "-config", i.config)
	p.logged(i.ctx, i.t, "worker.started")
	return p
}

// ingest starts an intake and returns it with its base URLs for suppliers and for operators.
func (i *installation) ingest() (p *process, suppliers, admin string) {
	i.t.Helper()
	p = i.run("ingest", "-config", i.config)
	started := p.logged(i.ctx, i.t, "ingest.started")
	return p, fmt.Sprint("http://", started["listen"]), fmt.Sprint("http://", started["admin"])
}

func (i *installation) write(name, text string) string {
	i.t.Helper()
	path := filepath.Join(i.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		i.t.Fatal(err)
	}
	return path
}

// readBooks asks the simulator for its books.
func (i *installation) readBooks() simulator.Books {
	i.t.Helper()
	var b simulator.Books
	getJSON(i.ctx, i.t, i.books, "", &b)
	return b
}

// turn changes knobs of the simulator.
func (i *installation) turn(knobs string) {
	i.t.Helper()
	req, err := http.NewRequestWithContext(i.ctx, http.MethodPatch, strings.TrimSuffix(i.books, "books")+"knobs", strings.NewReader(knobs))
	if err != nil {
		i.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		i.t.Fatalf("turn the simulator's knobs: %v", err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		i.t.Fatalf("turn the simulator's knobs: %s %s %v", resp.Status, text, err)
	}
}

// testTime bounds the whole test, which takes about a minute on two slow processors.
const testTime = 4 * time.Minute
