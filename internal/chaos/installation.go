package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"counterpunch/internal/simulator"
)

// natsConf is the server of deploy/nats: on disk before it is acknowledged.
const natsConf = `
listen: 127.0.0.1:%d
http: 127.0.0.1:%d
max_payload: 8MB
max_pending: 64MB
jetstream {
  store_dir: %q
  sync_interval: always
  max_memory_store: 64MB
  max_file_store: 4GB
}
`

// configuration has waits of some hundred milliseconds, so that what takes hours in production takes seconds here.
const configuration = `
nats: {url: "nats://127.0.0.1:%d", monitoring_url: "http://127.0.0.1:%d", strict: true}
ingest:
  listen: 127.0.0.1:%d
  admin: 127.0.0.1:0
  journal: %q
  publish_timeout: 2s
  limits: {address_rate: 100000, address_burst: 100000}
worker:
  admin: 127.0.0.1:0
  ack_wait: 1s
  heartbeat: 250ms
  shutdown: 10s
  parking_scan: 200ms
  retry:
    busy: [100ms, 200ms]
    unknown: [200ms, 300ms, 400ms, 800ms, 1600ms, 2s, 3s, 4s]
    odd: [200ms, 300ms, 400ms, 800ms, 1600ms, 2s, 3s, 4s]
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
    rate: 100000
    burst: 100000
    accounts: {main: {vendors: [%q]}}
`

// faults are one write in ten, half of them applied before they fail, and one call in a hundred whatever it is. Calls take
// long enough for kills to find them in progress. A caller that gets no answer waits for its own timeout.
const faults = `{
  "commitThenFail": {"rate": 0.05}, "failBeforeCommit": {"rate": 0.03}, "recordChanged": {"rate": 0.02}, "unexpectedError": {"rate": 0.01},
  "hangFor": "5s",
  "latency": {
    "get": {"median": "10ms", "p99": "60ms"}, "query": {"median": "10ms", "p99": "60ms"},
    "patch": {"median": "80ms", "p99": "250ms"}, "post": {"median": "120ms", "p99": "350ms"}
  }
}`

// installation is NATS, a simulated NetSuite and the programs, each a process of its own on loopback ports of its own.
type installation struct {
	dir     string
	journal string
	intake  string // base URL for suppliers
	control string // base URL of the simulator's books and faults
	client  *http.Client

	nats, ingest *process
	workers      []*process
	simulator    *process
}

// newInstallation chooses ports and writes the files of one installation into dir. programs is the folder of the binaries.
func newInstallation(dir, programs string, seed int64, orders int) (*installation, error) {
	ports, err := freePorts(5)
	if err != nil {
		return nil, err
	}
	nats, monitoring, intake, netsuite, control := ports[0], ports[1], ports[2], ports[3], ports[4]
	i := &installation{
		dir: dir, journal: filepath.Join(dir, "journal", "intake.journal"),
		intake:  fmt.Sprintf("http://127.0.0.1:%d", intake),
		control: fmt.Sprintf("http://127.0.0.1:%d", control),
		client:  &http.Client{Timeout: 20 * time.Second},
	}
	if err := os.MkdirAll(filepath.Dir(i.journal), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the intake journal: %w", err)
	}
	base := fmt.Sprintf("http://127.0.0.1:%d", netsuite)
	conf, yaml := filepath.Join(dir, "nats.conf"), filepath.Join(dir, "counterpunch.yaml")
	for path, text := range map[string]string{
		conf: fmt.Sprintf(natsConf, nats, monitoring, filepath.Join(dir, "nats")),
		yaml: fmt.Sprintf(configuration, nats, monitoring, intake, i.journal, base, vendor),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("write the configuration of a run: %w", err)
		}
	}
	program := func(name, file string, args ...string) *process {
		return &process{name: name, path: filepath.Join(programs, file), args: args, log: filepath.Join(dir, name+".log"), env: []string{
			"ACME_SECRET=acme-secret",
			"NETSUITE_CONSUMER_KEY=demo-consumer-key", "NETSUITE_CONSUMER_SECRET=demo-consumer-secret",
			"NETSUITE_TOKEN_ID=demo-token", "NETSUITE_TOKEN_SECRET=demo-token-secret",
		}}
	}
	i.nats = program("nats", "nats-server", "-c", conf)
	i.ingest = program("ingest", "ingest", "-config", yaml)
	i.workers = []*process{program("worker-1", "worker", "-config", yaml), program("worker-2", "worker", "-config", yaml)}
	i.simulator = program("simulator", "counterpunch", "simulator", "--listen", fmt.Sprintf("127.0.0.1:%d", netsuite), "--control", fmt.Sprintf("127.0.0.1:%d", control),
		"--orders", fmt.Sprint(orders), "--vendor", vendor, "--random-seed", fmt.Sprint(seed))
	return i, nil
}

// start starts everything under g, to be ended with ctx, and waits until the simulator answers. The rest may take its time.
func (i *installation) start(ctx context.Context, g *errgroup.Group) error {
	for _, p := range append([]*process{i.simulator, i.nats, i.ingest}, i.workers...) {
		g.Go(func() error { return p.supervise(ctx) })
	}
	for {
		err := i.turn(ctx, faults)
		if err == nil {
			return nil
		}
		if pause(ctx, 50*time.Millisecond) != nil {
			return fmt.Errorf("wait for the simulator: %w", errors.Join(ctx.Err(), err))
		}
	}
}

// turn changes knobs of the simulator.
func (i *installation) turn(ctx context.Context, knobs string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, i.control+"/faults", strings.NewReader(knobs))
	if err != nil {
		return err
	}
	resp, err := i.client.Do(req)
	if err != nil {
		return fmt.Errorf("turn the simulator's knobs: %w", err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("turn the simulator's knobs: %s: %s", resp.Status, text), err)
	}
	return nil
}

// books asks the simulator for its books.
func (i *installation) books(ctx context.Context) (simulator.Books, error) {
	var b simulator.Books
	err := i.get(ctx, i.control+"/books", "", &b)
	return b, err
}

// get reads a JSON document. user signs in as that supplier when it is not empty.
func (i *installation) get(ctx context.Context, url, user string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if user != "" {
		req.SetBasicAuth(user, user+"-secret")
	}
	resp, err := i.client.Do(req)
	if err != nil {
		return fmt.Errorf("read %s: %w", url, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read %s: %w", url, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("read %s: %s: %s", url, resp.Status, bytes.TrimSpace(text))
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", url, err)
	}
	return nil
}

// Ports below those that systems give to outgoing connections: a client that looks for a dead server on one of those can
// meet itself.
const (
	lowestPort = 12000
	portCount  = 18000
)

// freePorts returns n ports of 127.0.0.1 that nobody listens on. They are the same again for a program that is started
// again, so they cannot be left to the system.
func freePorts(n int) ([]int, error) {
	var ports []int
	var held []net.Listener
	defer func() {
		for _, l := range held {
			l.Close()
		}
	}()
	for tries := 0; len(ports) < n; tries++ {
		port := lowestPort + rand.Intn(portCount)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			if tries > 1000 {
				return nil, fmt.Errorf("find free ports: %w", err)
			}
			continue
		}
		held, ports = append(held, l), append(ports, port)
	}
	return ports, nil
}
