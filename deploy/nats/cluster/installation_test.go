package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"counterpunch/internal/app"
	"counterpunch/internal/cli"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/ports"
)

// configuration is what all programs share; each has its own credentials.
const configuration = `
nats: {url: %q, ca: %q, credentials: %q, monitoring_url: %q, replicas: 3, strict: true}
ingest:
  listen: %s
  admin: 127.0.0.1:0
  journal: %q
  publish_timeout: 8s
  shutdown: 9s
  limits: {address_rate: 100000, address_burst: 100000}
worker: {admin: "127.0.0.1:0", ack_wait: 2s, heartbeat: 500ms, shutdown: 2s, parking_scan: 200ms}
log: {format: json}
accounts:
  - name: main
    buyer: [{domain: NetworkID, identity: AN01000000001}]
    netsuite:
      account: 1234567_SB1
      base_url: %q
      tba: {consumer_key: env:NETSUITE_CONSUMER_KEY, consumer_secret: env:NETSUITE_CONSUMER_SECRET, token_id: env:NETSUITE_TOKEN_ID, token_secret: env:NETSUITE_TOKEN_SECRET}
    bill: {currencies: {USD: ["1", US Dollar]}}
suppliers:
  - name: acme
    credentials: [{domain: DUNS, identity: "111111111", secrets: [env:ACME_SECRET]}]
    rate: 100000
    burst: 100000
    accounts: {main: {vendors: ["501"]}}
`

// installation is ingest, worker and CLI on the cluster, each with its own credentials, and a simulated NetSuite.
type installation struct {
	t         *testing.T
	servers   *servers
	simulator *simulator.Simulator
	orders    []simulator.SeedOrder
	client    *http.Client
	dir       string
	intake    string // URL for suppliers
	netsuite  string
	log       lockedBuffer
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// install starts the programs with the credentials of their users.
func install(t *testing.T, s *servers, orders int) *installation {
	t.Helper()
	for name, value := range map[string]string{
		"ACME_SECRET": "acme-secret", "NETSUITE_CONSUMER_KEY": "demo-consumer-key", "NETSUITE_CONSUMER_SECRET": "demo-consumer-secret",
		"NETSUITE_TOKEN_ID": "demo-token", "NETSUITE_TOKEN_SECRET": "demo-token-secret",
	} {
		t.Setenv(name, value)
	}
	i := &installation{t: t, servers: s, dir: t.TempDir(), client: &http.Client{Timeout: 20 * time.Second}}
	t.Cleanup(i.client.CloseIdleConnections)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	i.simulator = simulator.New(simulator.Options{Seed: 1})
	var err error
	if i.orders, err = i.simulator.SeedRandom(orders, "501"); err != nil {
		t.Fatal(err)
	}
	netsuite := httptest.NewServer(i.simulator)
	t.Cleanup(netsuite.Close)
	i.netsuite, i.intake = netsuite.URL, fmt.Sprintf("127.0.0.1:%d", ports.Free(t, 1)[0])
	// The worker's user makes the streams.
	i.run(i.load("worker"), app.RunWorker, "worker.started")
	i.run(i.load("ingest"), app.RunIngest, "ingest.started")
	return i
}

// file writes the configuration of a program that signs in as user.
func (i *installation) file(user string) string {
	i.t.Helper()
	path := filepath.Join(i.dir, user+".yaml")
	text := fmt.Sprintf(configuration, i.servers.layout.URL(), i.servers.layout.CA(), i.servers.layout.Credentials(user), i.servers.layout.MonitoringURL(),
		i.intake, filepath.Join(i.dir, "journal", "intake.journal"), i.netsuite)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		i.t.Fatal(err)
	}
	return path
}

// load reads the configuration of a program that signs in as user.
func (i *installation) load(user string) *config.Config {
	i.t.Helper()
	cfg, err := config.Load(i.file(user))
	if err != nil {
		i.t.Fatal(err)
	}
	return cfg
}

// run runs a program until the test ends, and waits until its log says that it has started.
func (i *installation) run(cfg *config.Config, program func(context.Context, *config.Config, zerolog.Logger) error, started string) {
	i.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var failed error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		failed = program(ctx, cfg, zerolog.New(&i.log).With().Timestamp().Logger())
	}()
	i.t.Cleanup(func() {
		cancel()
		<-ended
		if failed != nil {
			i.t.Error(failed)
		}
		if i.t.Failed() {
			i.t.Log(i.log.String())
		}
	})
	i.servers.await(started, func() bool {
		select {
		case <-ended:
			i.t.Fatalf("waited for %s of a program that ended: %v", started, failed)
		default:
		}
		return strings.Contains(i.log.String(), started)
	})
}

// connect opens a connection as user, and returns what the server refuses it.
func (i *installation) connect(user string) (*nats.Conn, <-chan error) {
	i.t.Helper()
	key, err := nats.NkeyOptionFromSeed(i.servers.layout.Credentials(user))
	if err != nil {
		i.t.Fatal(err)
	}
	refused := make(chan error, 1)
	nc, err := nats.Connect(i.servers.layout.URL(), key, nats.RootCAs(i.servers.layout.CA()), nats.CustomInboxPrefix("_INBOX."+user),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			select {
			case refused <- err:
			default: // the one before has not been looked at
			}
		}))
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(nc.Close)
	return nc, refused
}

// status asks after a document as its supplier may.
func (i *installation) status(id string) int {
	i.t.Helper()
	req, err := http.NewRequestWithContext(i.t.Context(), http.MethodGet, "http://"+i.intake+"/documents/"+id, nil)
	if err != nil {
		i.t.Fatal(err)
	}
	req.SetBasicAuth("acme", "acme-secret")
	resp, err := i.client.Do(req)
	if err != nil {
		i.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// errLater is an answer that tells the sender to come back.
var errLater = errors.New("answered with 560")

// post sends a document once.
func (i *installation) post(body []byte) (demo.Answer, error) {
	a, err := demo.Post(i.t.Context(), i.client, "http://"+i.intake+"/cxml", "text/xml; charset=UTF-8", body)
	if err == nil && a.Code == 560 {
		err = errLater
	}
	return a, err
}

// counterpunch runs the CLI as the operator and returns what it prints.
func (i *installation) counterpunch(args ...string) (string, int) {
	i.t.Helper()
	var out, failed bytes.Buffer
	code := cli.Run(i.t.Context(), append(args, "--config", i.file("operator")), strings.NewReader(""), &out, &failed)
	if code != 0 {
		i.t.Logf("counterpunch %s ended with %d: %s", strings.Join(args, " "), code, failed.String())
	}
	return out.String(), code
}
