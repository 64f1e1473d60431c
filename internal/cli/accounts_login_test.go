package cli_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"counterpunch/fixtures"
	"counterpunch/internal/cli"
	"counterpunch/internal/simulator"
)

// browser is a person's: it takes the address that is printed, signs in and pastes where it was sent.
type browser struct {
	bytes.Buffer
	paste *io.PipeWriter
	spoil func(string) string
	done  bool
}

var authorizeAddress = regexp.MustCompile(`https?://\S+authorize\.nl\S+`)

func (b *browser) Write(p []byte) (int, error) {
	n, err := b.Buffer.Write(p)
	if address := authorizeAddress.FindString(b.String()); address != "" && !b.done && strings.HasSuffix(b.String(), ": ") {
		b.done = true
		sent := opened(address)
		go func() { fmt.Fprintln(b.paste, b.spoil(sent)) }()
	}
	return n, err
}

// opened returns what a browser shows in its address line once it has opened the page, or what went wrong.
func opened(address string) string {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	return cmp.Or(resp.Header.Get("Location"), address)
}

const loginConfig = `
nats: {url: nats://127.0.0.1:1}
accounts:
  - name: main
    buyer: [{domain: NetworkID, identity: AN01000000001}]
    netsuite: {account: 1234567_SB1, base_url: %s, oauth2_login: {client_id: client-1, token_file: %q}}
suppliers:
  - name: acme
    credentials: [{domain: DUNS, identity: "111111111", secrets: ["plain:acme-secret"]}]
    accounts: {main: {vendors: ["501"]}}
`

func TestSignInByBrowserServesTheCommandsUntilItEnds(t *testing.T) {
	s := simulator.New(simulator.Options{PublicClients: []simulator.PublicClient{{ClientID: "client-1", RedirectURI: "http://localhost/counterpunch"}}})
	if err := s.SeedOrders(fixtures.Orders()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	defer server.Close()
	dir := t.TempDir()
	path, file := filepath.Join(dir, "c.yaml"), filepath.Join(dir, "tokens", "main.login.json")
	if err := os.WriteFile(path, fmt.Appendf(nil, loginConfig, server.URL, file), 0o600); err != nil {
		t.Fatal(err)
	}
	login := func(spoil func(string) string, more ...string) (int, string, string) {
		t.Helper()
		stdin, paste := io.Pipe()
		defer stdin.Close()
		b := &browser{paste: paste, spoil: spoil}
		var out bytes.Buffer
		status := cli.Run(t.Context(), append([]string{"accounts", "login", "main", "-c", path}, more...), stdin, &out, b)
		return status, out.String(), b.String()
	}
	if status, _, stderr := run(t.Context(), "netsuite", "metadata", "-c", path); status != cli.ExitUsage || !strings.Contains(stderr, "run counterpunch accounts login") {
		t.Errorf("before the sign-in: status %d: %s", status, stderr)
	}
	if status, _, stderr := login(func(string) string { return "http://localhost/counterpunch?error=access_denied&state=x" }); status != cli.ExitFailed || !strings.Contains(stderr, "its state is not the one") {
		t.Errorf("a forged address: status %d: %s", status, stderr)
	}
	if status, _, stderr := login(func(string) string { return "" }); status != cli.ExitRefused || !strings.Contains(stderr, "no address was pasted") {
		t.Errorf("no address: status %d: %s", status, stderr)
	}
	if status, _, _ := login(func(a string) string { return a }, "--client-id", "unknown"); status != cli.ExitFailed {
		t.Errorf("an unknown client: status %d", status)
	}
	status, stdout, stderr := login(func(a string) string { return a })
	if status != cli.ExitOK || !strings.Contains(stdout, "signed in until") || !strings.Contains(stdout, "oauth2_login: {client_id: \"client-1\"") {
		t.Fatalf("status %d: %s%s", status, stdout, stderr)
	}
	status, stdout, stderr = run(t.Context(), "netsuite", "get", "purchaseOrder", "7001", "--debug", "-c", path)
	if status != cli.ExitOK || !strings.Contains(stdout, "PO-1001") || strings.Contains(stderr, "sign in again") {
		t.Errorf("status %d: %s%s", status, stdout, stderr)
	}
	var held map[string]any
	raw, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(raw, &held) != nil {
		t.Fatalf("%s, %v", raw, err)
	}
	for _, token := range []string{"accessToken", "refreshToken"} {
		if strings.Contains(stdout+stderr, held[token].(string)) {
			t.Errorf("%s is shown", token)
		}
	}
	held["signedIn"] = time.Now().Add(-5*24*time.Hour - time.Minute)
	if raw, err = json.Marshal(held); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr = run(t.Context(), "netsuite", "metadata", "-c", path); status != cli.ExitOK || !strings.Contains(stderr, "sign in again with counterpunch accounts login main") {
		t.Errorf("on the sixth day: status %d: %s", status, stderr)
	}
	if status, _, stderr := run(t.Context(), "config", "check", path); status != cli.ExitOK || !strings.Contains(stderr, "a worker needs oauth2") {
		t.Errorf("config check: status %d: %s", status, stderr)
	}
	if status, _, _ := run(t.Context(), "accounts", "login", "nosuch", "-c", path); status != cli.ExitNotFound {
		t.Errorf("an unknown account: status %d", status)
	}
}
