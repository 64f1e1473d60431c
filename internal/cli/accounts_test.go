package cli_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"counterpunch/fixtures"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/simulator"
)

// TestSettingUpAnAccount runs the scripts that need a NetSuite. Each has a simulated one, a NATS server, and
// counterpunch.yaml for both.
func TestSettingUpAnAccount(t *testing.T) {
	cmds := scriptCommands{
		"status": commands()["status"],
		// turn JSON switches knobs of the simulated NetSuite.
		"turn": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Check(ts.Value(simulatorKey{}).(*simulator.Simulator).TurnJSON([]byte(args[0])))
		},
		// refused I checks how many sign-ins were refused so far: one stroke each.
		"refused": func(ts *testscript.TestScript, _ bool, args []string) {
			if n := len(ts.Value(simulatorKey{}).(*simulator.Simulator).Books().FailedLogins); strings.Repeat("I", n) != args[0] {
				ts.Fatalf("%d refused sign-ins, want %s", n, args[0])
			}
		},
		// client CERTIFICATE uploads a certificate to the simulated NetSuite, for client-1 as cert-1.
		"client": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Check(ts.Value(simulatorKey{}).(*simulator.Simulator).SetClients(simulator.OAuthClient{
				ClientID: "client-1", CertificateID: "cert-1", PublicKey: ts.ReadFile(args[0])}))
		},
		// mode MODE FILE checks the permissions of a file, such as -rw-------.
		"mode": func(ts *testscript.TestScript, _ bool, args []string) {
			info, err := os.Stat(ts.MkAbs(args[1]))
			ts.Check(err)
			if got := info.Mode().String(); got != args[0] {
				ts.Fatalf("%s has mode %s", args[1], got)
			}
		},
	}
	runScripts(t, "testdata/accounts", cmds, func(e *testscript.Env) error {
		s := simulator.New(simulator.Options{})
		if err := s.SeedOrders(fixtures.Orders()); err != nil {
			return err
		}
		netsuite := httptest.NewServer(s)
		e.Defer(netsuite.Close)
		nats, err := embedded.Start(embedded.Options{Dir: filepath.Join(e.WorkDir, "nats"), SyncAlways: true, Port: -1})
		if err != nil {
			return err
		}
		e.Defer(func() { _ = nats.Close() })
		e.Values[simulatorKey{}] = s
		e.Setenv("NETSUITE", netsuite.URL)
		e.Setenv("COLUMNS", "130")
		e.Setenv("KEY_SECRET", "demo-consumer-secret")
		e.Setenv("TOKEN_SECRET", "demo-token-secret")
		text := strings.NewReplacer("NATS", nats.URL(), "NETSUITE", netsuite.URL).Replace(setUpConfig)
		return os.WriteFile(filepath.Join(e.WorkDir, "counterpunch.yaml"), []byte(text), 0o600)
	})
}

type simulatorKey struct{}

const setUpConfig = `nats:
  url: NATS
accounts:
  - name: main
    buyer: [{domain: NetworkID, identity: AN01000000001}]
    netsuite:
      account: 1234567_SB1
      base_url: NETSUITE
      tba: {consumer_key: demo-consumer-key, consumer_secret: "env:KEY_SECRET", token_id: demo-token, token_secret: "env:TOKEN_SECRET"}
    bill:
      charges: {tax: {account: "610"}, discount: {account: "613"}}
    # The last lines of main.

# Suppliers of both.
suppliers:
  - name: acme
    credentials: [{domain: DUNS, identity: "111111111", secrets: [env:ACME]}]
    accounts: {main: {vendors: ["501"]}}
`
