package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"counterpunch/fixtures"
	"counterpunch/internal/simulator"
)

// canary is part of every secret of these tests.
const canary = "canary-7f3a"

func TestNetSuiteCommands(t *testing.T) {
	cmds := commands()
	maps.Copy(cmds, netSuiteCommands())
	runScripts(t, "testdata/netsuite", cmds, func(e *testscript.Env) error {
		s := simulator.New(simulator.Options{Credentials: []simulator.Credential{{
			ConsumerKey: "key-" + canary, ConsumerSecret: "secret+/= " + canary, TokenID: "token-" + canary, TokenSecret: `to"ken ` + canary,
		}}})
		if err := s.SeedOrders(fixtures.Orders()); err != nil {
			return err
		}
		server := httptest.NewServer(s)
		e.Defer(server.Close)
		e.Values[netSuiteKey{}] = s
		e.Setenv("KEY", "key-"+canary)
		e.Setenv("SECRET", "secret+/= "+canary)
		e.Setenv("TOKEN", "token-"+canary)
		e.Setenv("TOKEN_SECRET", `to"ken `+canary)
		return os.WriteFile(filepath.Join(e.WorkDir, "counterpunch.yaml"), fmt.Appendf(nil, netSuiteConfig, server.URL), 0o600)
	})
}

const netSuiteConfig = `
nats: {url: nats://127.0.0.1:1}
accounts:
  - name: main
    buyer: [{domain: NetworkID, identity: AN01000000001}]
    netsuite:
      account: 1234567_SB1
      base_url: %s
      tba: {consumer_key: "env:KEY", consumer_secret: "env:SECRET", token_id: "env:TOKEN", token_secret: "env:TOKEN_SECRET"}
suppliers:
  - name: acme
    credentials: [{domain: DUNS, identity: "111111111", secrets: ["plain:acme-secret"]}]
    accounts: {main: {vendors: ["501"]}}
`

type netSuiteKey struct{}

func netSuiteCommands() scriptCommands {
	with := func(do func(*testscript.TestScript, *simulator.Simulator, []string)) func(*testscript.TestScript, bool, []string) {
		return func(ts *testscript.TestScript, _ bool, args []string) {
			do(ts, ts.Value(netSuiteKey{}).(*simulator.Simulator), args)
		}
	}
	return scriptCommands{
		// knobs JSON changes the simulator's rules and faults.
		"knobs": with(func(ts *testscript.TestScript, s *simulator.Simulator, args []string) {
			ts.Check(s.Turn(func(k *simulator.Knobs) { ts.Check(json.Unmarshal([]byte(args[0]), k)) }))
		}),
		// orders N seeds further purchase orders.
		"orders": with(func(ts *testscript.TestScript, s *simulator.Simulator, args []string) {
			var n int
			_, err := fmt.Sscan(args[0], &n)
			ts.Check(err)
			_, err = s.SeedRandom(n, "501")
			ts.Check(err)
		}),
		// books FIELD WANT compares a number of the simulator's books: writes, accidents, bills, calls or logins (failed).
		"books": with(func(ts *testscript.TestScript, s *simulator.Simulator, args []string) {
			b := s.Books()
			got := map[string]int{
				"writes": len(b.Writes), "accidents": len(b.Accidents), "bills": len(b.VendorBills), "calls": b.TotalCalls, "logins": len(b.FailedLogins),
			}[args[0]]
			if fmt.Sprint(got) != args[1] {
				ts.Fatalf("the books count %d %s, want %s: %+v", got, args[0], args[1], b.CallLog)
			}
		}),
		// silent checks that the last output holds no secret.
		"silent": func(ts *testscript.TestScript, _ bool, _ []string) {
			if all := ts.ReadFile("stdout") + ts.ReadFile("stderr"); strings.Contains(all, canary) || strings.Contains(all, "acme-secret") {
				ts.Fatalf("a secret is shown: %s", all)
			}
		},
		// lines N checks how many lines the last output has.
		"lines": func(ts *testscript.TestScript, _ bool, args []string) {
			if got := fmt.Sprint(strings.Count(ts.ReadFile("stdout"), "\n")); got != args[0] {
				ts.Fatalf("%s lines, want %s", got, args[0])
			}
		},
	}
}
