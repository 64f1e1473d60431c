package netsuite_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/netsuite"
	"counterpunch/internal/simulator"
)

const redirect = "http://localhost/counterpunch"

// person is a simulator with a public client, and a client of it that signs in by browser.
type person struct {
	*simulator.Simulator
	login  netsuite.BrowserLogin
	client *netsuite.Client
	traced []netsuite.Exchange
}

func newPerson(t *testing.T, turn func(*simulator.Knobs)) *person {
	t.Helper()
	s := simulator.New(simulator.Options{Knobs: turn, PublicClients: []simulator.PublicClient{{ClientID: "client-1", RedirectURI: redirect}}})
	if err := s.SeedOrders([]byte(seed)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	p := &person{Simulator: s, login: netsuite.BrowserLogin{ClientID: "client-1", File: filepath.Join(t.TempDir(), "new", "main.login.json")}}
	p.client = p.connect(t, server.URL)
	return p
}

func (p *person) connect(t *testing.T, address string) *netsuite.Client {
	t.Helper()
	client, err := netsuite.New(netsuite.Options{
		Account: "1234567_SB1", BaseURL: address, Credentials: p.login, Trace: func(x netsuite.Exchange) { p.traced = append(p.traced, x) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// signIn does what the person does.
func (p *person) signIn(t *testing.T) error {
	t.Helper()
	r := p.client.SignInRequest(p.login, redirect)
	return p.client.SignIn(t.Context(), r, p.open(t, r.URL))
}

// open opens the page and allows the access. It returns where the browser is sent.
func (p *person) open(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusFound {
		t.Fatalf("the page answers %d", resp.StatusCode)
	}
	return resp.Header.Get("Location")
}

func (p *person) file(t *testing.T) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(p.login.File)
	if err != nil {
		t.Fatal(err)
	}
	var held map[string]any
	if err := json.Unmarshal(raw, &held); err != nil {
		t.Fatal(err)
	}
	return held
}

// change rewrites a field of the file.
func (p *person) change(t *testing.T, field string, value any) {
	t.Helper()
	held := p.file(t)
	held[field] = value
	raw, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.login.File, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPersonSignsInByBrowserOnceForAllCommands(t *testing.T) {
	p := newPerson(t, nil)
	if _, err := p.client.ServerTime(t.Context()); err == nil || !strings.Contains(err.Error(), "accounts login") {
		t.Errorf("before anybody has signed in: %v", err)
	}
	if err := p.signIn(t); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(p.login.File)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := p.client.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := p.Books().Calls["token"]; n != 1 {
		t.Errorf("%d requests for a token, want the one of the sign-in", n)
	}
	if ends, err := p.login.Ends(); err != nil || time.Until(ends) < 7*24*time.Hour-time.Minute || time.Until(ends) > 7*24*time.Hour {
		t.Errorf("ends %s, %v", ends, err)
	}
	secrets := []string{p.file(t)["refreshToken"].(string), p.file(t)["accessToken"].(string)}
	var shown string
	for _, x := range p.traced {
		shown += fmt.Sprintf("%+v %s %s\n", x, x.Body, x.Answer)
	}
	if strings.Contains(shown, secrets[0]) || strings.Contains(shown, secrets[1]) || strings.Contains(shown, "code_verifier") {
		t.Errorf("a secret is shown: %s", shown)
	}
	if len(p.Books().FailedLogins) != 0 {
		t.Errorf("%+v", p.Books().FailedLogins)
	}
}

func TestTokenIsRenewedAndTheNewRefreshTokenKept(t *testing.T) {
	for name, change := range map[string]func(*person){
		"when it ends":        func(p *person) { p.change(t, "ends", time.Now().Add(-time.Minute)) },
		"when it was revoked": func(p *person) { p.change(t, "accessToken", "revoked-token") },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, nil)
			if err := p.signIn(t); err != nil {
				t.Fatal(err)
			}
			before := p.file(t)
			change(p)
			for range 2 {
				if _, err := p.client.PurchaseOrder(t.Context(), "7001"); err != nil {
					t.Fatal(err)
				}
			}
			after := p.file(t)
			if after["refreshToken"] == before["refreshToken"] || after["accessToken"] == before["accessToken"] || after["signedIn"] != before["signedIn"] {
				t.Errorf("before %v, after %v", before, after)
			}
			if n := p.Books().Calls["token"]; n != 2 {
				t.Errorf("%d requests for a token", n)
			}
		})
	}
}

func TestSignInThatEndedSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		field string
		value any
		want  string
	}{
		"after a week":          {"signedIn", time.Now().Add(-8 * 24 * time.Hour), "has ended after 7 days"},
		"of another account":    {"account", "999", "belongs to another account"},
		"without a token":       {"refreshToken", "", "does not hold a sign-in"},
		"of an unknown refresh": {"refreshToken", "unknown", "run counterpunch accounts login again"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, nil)
			if err := p.signIn(t); err != nil {
				t.Fatal(err)
			}
			p.change(t, "ends", time.Now().Add(-time.Minute))
			p.change(t, c.field, c.value)
			if _, err := p.client.ServerTime(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPageOfASignInIsTheAccounts(t *testing.T) {
	login := netsuite.BrowserLogin{ClientID: "client-1", File: filepath.Join(t.TempDir(), "main.login.json")}
	for base, want := range map[string]string{
		"":                      "https://1234567-sb1.app.netsuite.com/app/login/oauth2/authorize.nl?",
		"http://127.0.0.1:8090": "http://127.0.0.1:8090/app/login/oauth2/authorize.nl?",
	} {
		client, err := netsuite.New(netsuite.Options{Account: "1234567_SB1", BaseURL: base, Credentials: login})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if r := client.SignInRequest(login, redirect); !strings.HasPrefix(r.URL, want) {
			t.Errorf("base URL %q: %s", base, r.URL)
		}
	}
}

func TestAccessThatIsNotAllowedSaysWhatTheRoleNeeds(t *testing.T) {
	for name, turn := range map[string]func(*simulator.Knobs){
		"by a user without access":    func(k *simulator.Knobs) { k.UserDisabled = true },
		"by a role without OAuth 2.0": func(k *simulator.Knobs) { k.MissingPermissions = []string{simulator.PermissionLoginOAuth2} },
	} {
		if err := newPerson(t, turn).signIn(t); err == nil || !strings.Contains(err.Error(), "Log in using OAuth 2.0 Access Tokens") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRedirectsThatDoNotEndASignIn(t *testing.T) {
	p := newPerson(t, nil)
	r := p.client.SignInRequest(p.login, redirect)
	u, err := url.Parse(r.URL)
	if err != nil || len(u.Query().Get("state")) < 32 || u.Query().Get("scope") != "rest_webservices" ||
		u.Query().Get("code_challenge_method") != "S256" {
		t.Fatalf("%s, %v", r.URL, err)
	}
	good := p.open(t, r.URL)
	state := u.Query().Get("state")
	other := p.open(t, p.client.SignInRequest(p.login, redirect).URL)
	for name, c := range map[string]struct{ address, want string }{
		"of another attempt":      {other, "state is not the one"},
		"with a forged state":     {strings.Replace(good, state, state[1:]+"x", 1), "state is not the one"},
		"without a state":         {redirect + "?code=x", "state is not the one"},
		"that were not allowed":   {redirect + "?error=access_denied&state=" + state, "the access was not allowed"},
		"of a wrong scope":        {redirect + "?error=invalid_scope&state=" + state, "lacks the scope REST Web Services"},
		"with an unknown word":    {redirect + "?error=odd&state=" + state, "NetSuite answered odd: see Setup"},
		"without a code":          {redirect + "?state=" + state, "has no code"},
		"with a code that is not": {redirect + "?code=x&state=" + state, "sign in:"},
		"that are no address":     {"http://[::1", "no address"},
	} {
		if err := p.client.SignIn(t.Context(), r, c.address); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(p.login.File); !os.IsNotExist(err) {
		t.Errorf("something was kept: %v", err)
	}
	if err := p.client.SignIn(t.Context(), r, good+"\n"); err != nil {
		t.Error(err)
	}
	if err := p.client.SignIn(t.Context(), r, good); err == nil {
		t.Error("a code was good twice")
	}
}

func TestSignInThatOthersCanReadIsNotUsed(t *testing.T) {
	p := newPerson(t, nil)
	if err := p.signIn(t); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(p.login.File, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := p.login.Ends(); err == nil || !strings.Contains(err.Error(), "mode 0644") || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("%v", err)
	}
	if err := p.signIn(t); err != nil {
		t.Fatal(err)
	}
	if _, err := p.login.Ends(); err != nil {
		t.Errorf("after another sign-in: %v", err)
	}
}
