package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/ports"
)

// configuration is that of one program; the admin port and the worker's name are its own.
const configuration = `
nats: {%s}
ingest:
  listen: 127.0.0.1:%d
  admin: 127.0.0.1:%d
  journal: %q
  %s
  limits: {address_rate: 100000, address_burst: 100000}
worker:
  admin: 127.0.0.1:%[3]d
  name: %[6]s
  %s
log: {format: json}
accounts:
  - name: main
    buyer: [{domain: NetworkID, identity: AN01000000001}]
    lanes: %d
    netsuite:
      account: 1234567_SB1
      base_url: %q
      %s
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

// defaultLanes is how many lanes the account has in most scenarios.
const defaultLanes = 4

// The secrets of NetSuite that the simulator takes.
const (
	consumerSecret = "demo-consumer-secret"
	tokenSecret    = "demo-token-secret"
)

// Setup says what an installation is made of.
type Setup struct {
	Dir      string // for files and logs
	Programs string // folder of the binaries that Build made
	Seed     int64  // of the simulator
	Orders   int    // random purchase orders that the simulator holds
	Calls    int    // that the simulator's books list one by one
	Limit    int    // calls at once that NetSuite allows; 0: 5
	Lanes    int    // 0: defaultLanes
	Waits    Waits
	Worker   string // program of the workers; "": ProgramWorker
	Secret   string // of the supplier
	Cluster  bool   // three servers of the configuration that is shipped, each program with its own user; else one server
}

// Installation is NATS, a simulated NetSuite and the programs, each a process of its own on loopback ports of its own.
type Installation struct {
	Server    *Process   // NATS; nil when it is a cluster
	Servers   []*Process // of NATS
	Ingest    *Process
	Workers   []*Process
	Simulator *Process

	Intake  string // base URL for suppliers
	Control string // base URL of the simulator's books and faults
	Journal string // file

	setup   Setup
	nats    natsOf
	client  *http.Client
	config  string            // file with which people's commands run
	admins  map[string]string // base URL of the admin port by the name of the process
	profile string            // base URL of the server's profiles
}

// NewInstallation chooses ports and writes the files of an installation.
func NewInstallation(s Setup) (*Installation, error) {
	if s.Lanes == 0 {
		s.Lanes = defaultLanes
	}
	if s.Limit == 0 {
		s.Limit = 5
	}
	if s.Worker == "" {
		s.Worker = ProgramWorker
	}
	const own = 6 // ports beside those of NATS
	found, err := ports.Find(own + natsPorts(s.Cluster))
	if err != nil {
		return nil, err
	}
	url := func(n int) string { return fmt.Sprintf("http://127.0.0.1:%d", found[n]) }
	i := &Installation{
		setup: s, Intake: url(0), Control: url(1), Journal: filepath.Join(s.Dir, "journal", "intake.journal"),
		client: &http.Client{Timeout: 20 * time.Second},
		admins: map[string]string{"ingest": url(3), "worker-1": url(4), "worker-2": url(5)},
	}
	if err := os.MkdirAll(filepath.Dir(i.Journal), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the intake journal: %w", err)
	}
	if err := i.serve(found[own:]); err != nil {
		return nil, err
	}
	for _, p := range []struct {
		name, user string
		admin      int
	}{{"ingest", "ingest", 3}, {"worker-1", "worker", 4}, {"worker-2", "worker", 5}, {"operator", "operator", 3}} {
		path := filepath.Join(s.Dir, p.name+".yaml")
		err := write(path, configuration, i.nats.settings(p.user), found[0], found[p.admin], i.Journal, s.Waits.publish, p.name, s.Waits.worker,
			s.Lanes, url(2), s.Waits.netsuite, vendor)
		if err != nil {
			return nil, err
		}
		switch p.user {
		case "ingest":
			i.Ingest = i.program(p.name, ProgramIngest, "-config", path)
		case "worker":
			i.Workers = append(i.Workers, i.program(p.name, s.Worker, "-config", path))
		default:
			i.config = path
		}
	}
	i.Simulator = i.program("simulator", ProgramCounterpunch, "simulator", "--listen", strings.TrimPrefix(url(2), "http://"),
		"--control", strings.TrimPrefix(i.Control, "http://"), "--orders", fmt.Sprint(s.Orders), "--vendor", vendor,
		"--random-seed", fmt.Sprint(s.Seed), "--keep-calls", fmt.Sprint(max(s.Calls, 1)), "--limit", fmt.Sprint(s.Limit))
	return i, nil
}

func write(path, format string, args ...any) error {
	if err := os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o600); err != nil {
		return fmt.Errorf("write the configuration of a run: %w", err)
	}
	return nil
}

func (i *Installation) program(name, file string, args ...string) *Process {
	return &Process{
		Name: name, Path: filepath.Join(i.setup.Programs, file), Args: args, Log: filepath.Join(i.setup.Dir, name+".log"), Env: i.env(),
	}
}

func (i *Installation) env() []string {
	return []string{
		"ACME_SECRET=" + i.setup.Secret,
		"NETSUITE_CONSUMER_KEY=demo-consumer-key", "NETSUITE_CONSUMER_SECRET=" + consumerSecret,
		"NETSUITE_TOKEN_ID=demo-token", "NETSUITE_TOKEN_SECRET=" + tokenSecret,
	}
}

// processes returns every process of the installation.
func (i *Installation) processes() []*Process {
	all := append([]*Process{i.Simulator, i.Ingest}, i.Workers...)
	return append(all, i.Servers...)
}

// Start starts everything under g, to be ended with ctx, turns the simulator's knobs and returns when the simulator
// answers. The rest may take its time.
func (i *Installation) Start(ctx context.Context, g *errgroup.Group, knobs string) error {
	for _, p := range i.processes() {
		g.Go(func() error { return p.Supervise(ctx) })
	}
	for {
		err := i.Turn(ctx, knobs)
		if err == nil {
			return nil
		}
		if pause(ctx, 50*time.Millisecond) != nil {
			return fmt.Errorf("wait for the simulator: %w", errors.Join(ctx.Err(), err))
		}
	}
}

// Turn changes knobs of the simulator, given as JSON.
func (i *Installation) Turn(ctx context.Context, knobs string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPatch, i.Control+"/_sim/knobs", strings.NewReader(knobs))
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

// booksTimeout is how long the books of a long run may take.
const booksTimeout = 5 * time.Minute

// Books asks the simulator for its books.
func (i *Installation) Books(ctx context.Context) (simulator.Books, error) {
	patient := *i.client
	patient.Timeout = booksTimeout
	var b simulator.Books
	text, err := fetch(ctx, &patient, i.Control+"/_sim/books", "", "")
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil {
		return b, fmt.Errorf("read the books: %w", err)
	}
	return b, nil
}

// fetch reads a page. user signs in when it is not empty.
func fetch(ctx context.Context, client *http.Client, url, user, password string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", url, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", url, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read %s: %s: %s", url, resp.Status, bytes.TrimSpace(text))
	}
	return text, nil
}
