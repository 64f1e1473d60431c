package app_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/fixtures"
	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/secret"
	"counterpunch/internal/secret/secrettest"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/keys"
	"counterpunch/internal/testkit/wait"
)

// pair is a key and its certificate, as the owner of an integration makes them.
type pair struct{ key, certificate string }

func newPair(ends time.Time) pair {
	key := keys.EC()
	return pair{key: keys.PrivatePEM(key), certificate: keys.CertificatePEM(key, ends)}
}

func (p pair) client() simulator.OAuthClient {
	return simulator.OAuthClient{ClientID: "client-1", CertificateID: "cert-1", PublicKey: p.certificate}
}

func (p pair) configuration() config.OAuth2 {
	return config.OAuth2{
		ClientID: "client-1", CertificateID: "cert-1", Certificate: p.certificate,
		PrivateKey: config.Secret{Value: secret.New(p.key), Reference: "file:key.pem"},
	}
}

// line is a part of the private key that can stand nowhere by chance.
func (p pair) line() string { return strings.Split(p.key, "\n")[1] }

// openOAuth2 starts an installation whose account signs in by OAuth 2.0 at a NetSuite that has no TBA any more.
func openOAuth2(t *testing.T, p pair, directory string, log zerolog.Logger) *demo.World {
	t.Helper()
	w, err := demo.Open(t.Context(), demo.Options{
		Orders: fixtures.Orders(), Directory: directory, Log: log,
		Simulator: simulator.Options{Clients: []simulator.OAuthClient{p.client()}, Knobs: func(k *simulator.Knobs) { k.TBASunset = true }},
		Change: func(c *config.Config) {
			c.Accounts[0].NetSuite.TBA, c.Accounts[0].NetSuite.OAuth2 = config.TBA{}, p.configuration()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func tokens(b simulator.Books) (granted int) {
	for _, c := range b.CallLog {
		if c.Kind == "token" && c.Status == 200 {
			granted++
		}
	}
	return granted
}

func TestEveryFixtureEndsAsExpectedWithOAuth2(t *testing.T) {
	var log bytes.Buffer
	p, directory := newPair(time.Now().AddDate(0, 0, 30)), t.TempDir()
	w := openOAuth2(t, p, directory, zerolog.New(zerolog.SyncWriter(&log)))
	closed := sync.OnceValue(w.Close)
	defer func() {
		if err := closed(); err != nil {
			t.Error(err)
		}
	}()
	all := fixturetest.All(t)
	half := len(all) / 2
	for i, f := range all {
		// In the middle the token is revoked, so that the next call finds out.
		if i == half {
			if err := w.NetSuite.TurnJSON([]byte(`{"revokeToken":{"next":1}}`)); err != nil {
				t.Fatal(err)
			}
		}
		before := w.NetSuite.Books()
		report, err := w.Run(t.Context(), []fixtures.Fixture{f}, func(fixtures.Fixture) {})
		if err != nil {
			t.Fatal(err)
		}
		after := w.NetSuite.Books()
		// What the sign-in takes comes on top of a document's calls.
		extra := after.Calls["token"] - before.Calls["token"] + len(after.FailedLogins) - len(before.FailedLogins)
		for _, u := range report.Documents[0].Unexpected {
			if extra == 0 || !strings.HasPrefix(u, "calls: ") {
				t.Errorf("%s: %s", f.File, u)
			}
		}
	}
	books := w.NetSuite.Books()
	if got := tokens(books); got != 2 || books.Calls["token"] != 2 {
		t.Errorf("%d tokens by %d requests, want one at the start and one for the revoked", got, books.Calls["token"])
	}
	if len(books.FailedLogins) != 1 || books.FailedLogins[0].Cause != "TokenBlocked" {
		t.Errorf("failed logins %+v", books.FailedLogins)
	}
	if err := closed(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `"message":"certificate.ends_soon"`) || !strings.Contains(log.String(), `"days":29`) {
		t.Error("the log does not say that the certificate ends in 30 days")
	}
	// eyJ begins every assertion and every token.
	for _, hidden := range []string{p.line(), "eyJhbGciOi", "eyJ0eXAiOi", "client_assertion"} {
		if strings.Contains(log.String(), hidden) {
			t.Errorf("%q is in the log", hidden)
		}
		for _, file := range secrettest.FilesWith(t, directory, hidden) {
			t.Errorf("%q is in %s", hidden, file)
		}
	}
}

func TestWrongKeyHoldsTheAccount(t *testing.T) {
	right, wrong := newPair(time.Now().AddDate(1, 0, 0)), newPair(time.Now().AddDate(1, 0, 0))
	w := openOAuth2(t, wrong, t.TempDir(), zerolog.Nop())
	defer w.Close()
	if err := w.NetSuite.SetClients(right.client()); err != nil {
		t.Fatal(err)
	}
	all := fixturetest.All(t)
	if _, err := w.Post(t.Context(), all[0].ContentType, all[0].Body); err != nil {
		t.Fatal(err)
	}
	wait.UntilNil(t.Context(), t, "the account is held", func() error {
		st, _, err := w.Serve.Queue.Accounts().Get(t.Context(), "main")
		if err != nil {
			return err
		}
		if st.Credential != queue.CredentialHeld {
			return fmt.Errorf("its credential is %s", st.Credential)
		}
		if !strings.Contains(st.Reason, "invalid_client") {
			t.Errorf("the reason is %q", st.Reason)
		}
		return nil
	})
	if b := w.NetSuite.Books(); b.TotalCalls != 2 || b.Calls["token"] != 2 {
		t.Errorf("%d calls, %d for a token; want one, and the probe that decides", b.TotalCalls, b.Calls["token"])
	}
}

// TestWorkersShareOneToken is what several processes do: each has its client and its connections to NATS.
func TestWorkersShareOneToken(t *testing.T) {
	p := newPair(time.Now().AddDate(1, 0, 0))
	directory := t.TempDir()
	server, err := embedded.Start(embedded.Options{Dir: directory})
	if err != nil {
		t.Fatal(err)
	}
	closeServer := sync.OnceValue(server.Close)
	defer closeServer()
	s := simulator.New(simulator.Options{Limit: -1, Clients: []simulator.OAuthClient{p.client()}})
	far := httptest.NewServer(s)
	defer far.Close()
	var clients []*netsuite.Client
	var stores []queue.TokenStore
	for range 4 {
		nc, err := server.Connect("test")
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		q, err := queue.Open(t.Context(), nc, nc, queue.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		store := q.Tokens("main", "a1b2")
		client, err := netsuite.New(netsuite.Options{Account: "1234567_SB1", BaseURL: far.URL, Slots: 5, Credentials: netsuite.OAuth2{
			ClientID: "client-1", CertificateID: "cert-1", PrivateKey: secret.New(p.key), Tokens: store,
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		clients, stores = append(clients, client), append(stores, store)
	}
	probeAll := func() {
		var done sync.WaitGroup
		for _, c := range clients {
			for range 5 {
				done.Go(func() {
					if err := c.Probe(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
		}
		done.Wait()
	}
	for want := 1; want <= 2; want++ {
		probeAll()
		if got := tokens(s.Books()); got != want {
			t.Errorf("%d tokens for %d workers, want %d", got, len(clients), want)
		}
		if err := s.TurnJSON([]byte(`{"revokeToken":{"next":1}}`)); err != nil {
			t.Fatal(err)
		}
	}
	sealed, revision, err := stores[0].Load(t.Context())
	if err != nil || len(sealed) < 100 || revision == 0 {
		t.Fatalf("%d bytes, revision %d, %v", len(sealed), revision, err)
	}
	if err := closeServer(); err != nil {
		t.Fatal(err)
	}
	// Neither as it is nor in base64, as a JSON form would hold it.
	for _, hidden := range []string{"eyJ", "ZXlK", "access_token", p.line()} {
		if bytes.Contains(sealed, []byte(hidden)) {
			t.Errorf("%q is in the store", hidden)
		}
		for _, file := range secrettest.FilesWith(t, directory, hidden) {
			t.Errorf("%q is in %s", hidden, file)
		}
	}
}
