package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"counterpunch/fixtures"
	"counterpunch/internal/simulator"
)

// simulatorFlags are the choices of counterpunch simulator.
type simulatorFlags struct {
	listen, control, seed, vendor, knobs       string
	account                                    string
	ownAddress                                 bool
	person                                     simulator.PublicClient
	token                                      simulator.Credential
	clientID, certificateID, certificate, role string
	orders, limit, keepCalls                   int
	commitThenFail                             float64
	random                                     int64
	latency                                    bool
}

func newSimulator() *cobra.Command {
	f := simulatorFlags{token: simulator.DemoCredential()}
	cmd := &cobra.Command{
		Use: "simulator", Short: "Run a NetSuite that lives in memory, as strict as the real one",
		Long: simulatorText + "\n\nControl API:\n" + controlText(), Example: simulatorExamples,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", "127.0.0.1:8090", "address of the REST API")
	fl.StringVar(&f.control, "control", "127.0.0.1:8091", "address of the control API; it has no sign-in")
	fl.StringVar(&f.account, "account", "1234567_SB1", "account id, as the realm of a sign-in with a token spells it")
	fl.BoolVar(&f.ownAddress, "own-address", false, "requests are signed for the address they are sent to, not for NetSuite's host of the account")
	fl.StringVar(&f.token.ConsumerKey, "consumer-key", f.token.ConsumerKey, "of the integration that signs in with a token")
	fl.StringVar(&f.token.ConsumerSecret, "consumer-secret", f.token.ConsumerSecret, "of the same; secrets of the simulator protect nothing")
	fl.StringVar(&f.token.TokenID, "token-id", f.token.TokenID, "of the access token")
	fl.StringVar(&f.token.TokenSecret, "token-secret", f.token.TokenSecret, "of the same")
	fl.StringVar(&f.certificate, "certificate", "", "PEM `file` with the certificate of a client that signs in by OAuth 2.0 client credentials")
	fl.StringVar(&f.clientID, "client-id", "demo-client", "of that client")
	fl.StringVar(&f.certificateID, "certificate-id", "demo-certificate", "of that certificate, the kid of assertions")
	fl.StringVar(&f.person.ClientID, "public-client-id", "demo-public-client", "client with which people sign in by browser: counterpunch accounts login")
	fl.StringVar(&f.person.RedirectURI, "redirect-uri", defaultRedirect, "where that browser is sent afterwards")
	fl.StringVar(&f.role, "role", "", "role of whoever signs in; the knob roles has its restrictions")
	fl.StringVar(&f.seed, "seed", "", "JSON `file` with vendors, items and purchase orders in place of the fixtures'")
	fl.StringVar(&f.knobs, "knobs", "", "YAML or JSON `file` with rules and faults, as GET /_sim/knobs shows them")
	fl.IntVar(&f.orders, "orders", 0, "further random purchase orders PO-L100001 and so on")
	fl.StringVar(&f.vendor, "vendor", "501", "vendor of the random purchase orders")
	fl.IntVar(&f.limit, "limit", 5, "calls at once")
	fl.Float64Var(&f.commitThenFail, "commit-then-fail", 0, "share of writes, 0 to 1, that are applied and then answered with a failure")
	fl.Int64Var(&f.random, "random-seed", 1, "makes faults, latency and random orders repeatable")
	fl.IntVar(&f.keepCalls, "keep-calls", 10_000, "calls that the books list one by one; counts are always complete")
	fl.BoolVar(&f.latency, "latency", false, "take as long as reports of sandbox accounts say")
	before(cmd, func([]string) error { return f.check() })
	return cmd
}

const simulatorText = `Run one NetSuite account that lives in memory: sign-in with a token (HMAC-SHA256), by OAuth 2.0 client credentials and by
browser, where whoever opens the page is let in; purchase orders, item receipts, vendor bills and vendor credits over the REST
record API, searches, and enough SuiteQL to find them. It verifies signatures, time stamps, nonces and assertions, refuses what
NetSuite refuses in NetSuite's words, and writes down every call and every change. It is of use to
whoever needs a NetSuite to test a client against.

The rules that differ between accounts, and faults, are knobs: set at the start with --knobs, changed while it runs over the
control API. The worst of them applies a write, shows a failure, and may let the write land a minute later.

Clients sign requests for the host https://<account>.suitetalk.api.netsuite.com, wherever the simulator listens; with
--own-address they sign for the address that they call.`

const simulatorExamples = `  counterpunch simulator --seed orders.json --knobs knobs.yaml
  counterpunch simulator --own-address --account TSTDRV1 --consumer-key ck --consumer-secret cs --token-id t --token-secret ts
  counterpunch simulator --client-id 4d7c --certificate-id abc123 --certificate main-certificate.pem

  curl -s 127.0.0.1:8091/_sim/
  curl -s 127.0.0.1:8091/_sim/books
  curl -s 127.0.0.1:8091/_sim/knobs
  curl -s -X PATCH 127.0.0.1:8091/_sim/knobs -d '{"commitThenFail":{"rate":0.3,"how":"timeout","late":"60s"},"hangFor":"2s"}'
  curl -s -X PATCH 127.0.0.1:8091/_sim/knobs -d '{"closedPeriods":["2026-08"],"missingPermissions":["Bills"]}'
  curl -s -X POST 127.0.0.1:8091/_sim/acts -d '{"do":"insert-line","record":"7001","item":"201","quantity":"2","rate":"5.00"}'
  curl -s -X POST 127.0.0.1:8091/_sim/acts -d '{"do":"enter-bill","vendor":"501","number":"INV-1","amount":"50.00"}'
  curl -s -X POST 127.0.0.1:8091/_sim/clock -d '{"advance":"60s"}'
  curl -s -X PUT 127.0.0.1:8091/_sim/snapshots/before
  curl -s -X POST 127.0.0.1:8091/_sim/snapshots/before
  curl -s '127.0.0.1:8091/_sim/calls?status=429'
  curl -s 127.0.0.1:8091/_sim/audit
  curl -s -X POST 127.0.0.1:8091/_sim/reset`

// controlText lists the control API as the simulator itself does.
func controlText() string {
	var b strings.Builder
	for _, route := range simulator.ControlRoutes() {
		fmt.Fprintf(&b, "  %-31s %s\n", strings.TrimSuffix(route.Pattern, "{$}"), route.About)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (f *simulatorFlags) check() error {
	switch {
	case f.commitThenFail < 0 || f.commitThenFail > 1:
		return usagef("--commit-then-fail %v: give a share from 0 to 1", f.commitThenFail)
	case f.limit < 1:
		return usagef("--limit %d: give how many calls NetSuite takes at once", f.limit)
	case f.orders < 0:
		return usagef("--orders %d: give a number of purchase orders", f.orders)
	case f.keepCalls < 0:
		return usagef("--keep-calls %d: give a number of calls", f.keepCalls)
	}
	return nil
}

func (f simulatorFlags) run(cmd *cobra.Command) error {
	orders := fixtures.Orders()
	if f.seed != "" {
		var err error
		if orders, err = os.ReadFile(f.seed); err != nil {
			return usagef("read purchase orders: %w", err)
		}
	}
	o := simulator.Options{Account: f.account, OwnHost: f.ownAddress, Limit: f.limit, CommitThenFail: f.commitThenFail, Seed: f.random, KeepCalls: f.keepCalls}
	f.token.Role, f.person.Role = f.role, f.role
	o.Credentials, o.PublicClients = []simulator.Credential{f.token}, []simulator.PublicClient{f.person}
	if f.latency {
		o.Latency = simulator.SandboxLatency()
	}
	s := simulator.New(o)
	for _, prepare := range []func(*simulator.Simulator) error{f.setClient, f.setKnobs} {
		if err := prepare(s); err != nil {
			return usageError{err}
		}
	}
	if err := s.SeedOrders(orders); err != nil {
		return usageError{err}
	}
	if f.orders > 0 {
		if _, err := s.SeedRandom(f.orders, f.vendor); err != nil {
			return usageError{err}
		}
	}
	return serveBoth(cmd, f.listen, s, f.control, s.Control())
}

// setClient lets the client with the certificate sign in.
func (f simulatorFlags) setClient(s *simulator.Simulator) error {
	if f.certificate == "" {
		return nil
	}
	text, err := os.ReadFile(f.certificate)
	if err != nil {
		return fmt.Errorf("read the certificate: %w", err)
	}
	err = s.SetClients(simulator.OAuthClient{ClientID: f.clientID, CertificateID: f.certificateID, PublicKey: string(text), Role: f.role})
	if err != nil {
		return fmt.Errorf("certificate %s: %w", f.certificate, err)
	}
	return nil
}

// setKnobs takes the rules and faults of the file. They stay those to which a reset goes back.
func (f simulatorFlags) setKnobs(s *simulator.Simulator) error {
	if f.knobs == "" {
		return nil
	}
	text, err := os.ReadFile(f.knobs)
	if err != nil {
		return fmt.Errorf("read knobs: %w", err)
	}
	if text, err = yaml.YAMLToJSON(text); err == nil {
		err = s.Start(text)
	}
	if err != nil {
		return fmt.Errorf("knobs %s: %w", f.knobs, err)
	}
	return nil
}

// serveBoth serves two handlers until the command is told to stop, and says where once both listen.
func serveBoth(cmd *cobra.Command, addr string, h http.Handler, controlAddr string, control http.Handler) error {
	api, err := net.Listen("tcp", addr)
	if err != nil {
		return usagef("listen for the REST API: %w", err)
	}
	books, err := net.Listen("tcp", controlAddr)
	if err != nil {
		return errors.Join(usagef("listen for the control API: %w", err), api.Close())
	}
	fmt.Fprintf(cmd.OutOrStdout(), "netsuite\thttp://%s\nbooks\thttp://%s/_sim/books\n", api.Addr(), books.Addr())
	servers := []*http.Server{{Handler: h, ReadHeaderTimeout: 5 * time.Second}, {Handler: control, ReadHeaderTimeout: 5 * time.Second}}
	failed := make(chan error, len(servers))
	for i, l := range []net.Listener{api, books} {
		go func() { failed <- servers[i].Serve(l) }()
	}
	select {
	case <-cmd.Context().Done():
		err = nil
	case err = <-failed:
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), time.Second)
	defer cancel()
	for _, s := range servers {
		if s.Shutdown(ctx) != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}
