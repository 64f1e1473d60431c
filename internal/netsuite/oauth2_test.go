package netsuite

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/keys"
	"counterpunch/internal/testkit/material"
)

// The keys that most tests use are made once: those of RSA take their time.
var (
	rsaKey = sync.OnceValue(keys.RSA)
	ecKey  = sync.OnceValue(keys.EC)
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func access(key crypto.Signer) OAuth2 {
	return OAuth2{ClientID: "client-1", CertificateID: "cert-1", PrivateKey: secret.New(keys.PrivatePEM(key))}
}

// granted connects a client to a simulator that knows its certificate.
func granted(t testing.TB, o OAuth2, key crypto.Signer, turn func(*simulator.Knobs), change ...func(*Options)) (*Client, *simulator.Simulator) {
	t.Helper()
	s := simulator.New(simulator.Options{Limit: -1, Knobs: turn, Clients: []simulator.OAuthClient{
		{ClientID: "client-1", CertificateID: "cert-1", PublicKey: keys.PublicPEM(key)},
	}})
	err := s.SeedOrders([]byte(`{"vendors":[{"id":"501","name":"ACME"}],"items":[{"id":"201","name":"Widget"}],
		"purchaseOrders":[{"id":"7001","tranId":"PO-1001","vendor":"501","items":[{"line":1,"item":"201","quantity":"10","rate":"5"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	options := Options{Account: "1234567_SB1", BaseURL: server.URL, Credentials: o}
	for _, c := range change {
		c(&options)
	}
	client, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, s
}

// asked counts the requests for a token, and those that were granted.
func asked(s *simulator.Simulator) (all, granted int) {
	for _, c := range s.Books().CallLog {
		if c.Kind == "token" {
			all++
			if c.Status == 200 {
				granted++
			}
		}
	}
	return all, granted
}

func wantTokens(t testing.TB, s *simulator.Simulator, want int) {
	t.Helper()
	if all, granted := asked(s); all != want || granted != want {
		t.Errorf("%d requests for a token, %d granted, want %d", all, granted, want)
	}
}

func TestEveryKeyAndAlgorithmSignsIn(t *testing.T) {
	p384, p521 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)), must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	for name, c := range map[string]struct {
		key       crypto.Signer
		algorithm string
		text      string
		want      string
	}{
		"RSA":              {rsaKey(), "", "", "PS256"},
		"PS256":            {rsaKey(), "PS256", "", "PS256"},
		"PS384":            {rsaKey(), "PS384", "", "PS384"},
		"PS512":            {rsaKey(), "PS512", "", "PS512"},
		"PKCS 1":           {rsaKey(), "", keys.PEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey().(*rsa.PrivateKey))), "PS256"},
		"P-256":            {ecKey(), "", "", "ES256"},
		"P-384":            {p384, "", "", "ES384"},
		"P-521":            {p521, "ES512", "", "ES512"},
		"SEC 1":            {p384, "", keys.PEM("EC PARAMETERS", []byte{6, 0}) + keys.PEM("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p384))), "ES384"},
		"after a text":     {ecKey(), "", "of the sandbox\r\n" + strings.ReplaceAll(keys.PrivatePEM(ecKey()), "\n", "\r\n"), "ES256"},
		"on one line":      {ecKey(), "", strings.ReplaceAll(keys.PrivatePEM(ecKey()), "\n", `\n`), "ES256"},
		"with certificate": {ecKey(), "", keys.CertificatePEM(ecKey(), time.Now()) + keys.PrivatePEM(ecKey()), "ES256"},
	} {
		t.Run(name, func(t *testing.T) {
			o := access(c.key)
			o.Algorithm = c.algorithm
			if c.text != "" {
				o.PrivateKey = secret.New(c.text)
			}
			client, s := granted(t, o, c.key, nil)
			for range 2 {
				if err := client.Probe(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			wantTokens(t, s, 1)
			if b := s.Books(); len(b.FailedLogins) != 0 {
				t.Errorf("%+v", b.FailedLogins)
			}
			a := must(o.asserter("https://x"))
			if a.method.Alg() != c.want {
				t.Errorf("signed with %s, want %s", a.method.Alg(), c.want)
			}
		})
	}
}

func TestAccessThatCannotWorkIsRefused(t *testing.T) {
	short := must(rsa.GenerateKey(rand.Reader, 2048))
	other := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := func(text string) func(*OAuth2) { return func(o *OAuth2) { o.PrivateKey = secret.New(text) } }
	for name, c := range map[string]struct {
		change func(*OAuth2)
		want   string
	}{
		"nothing":                 {func(o *OAuth2) { *o = OAuth2{} }, "client id is missing\nthe certificate id is missing\nthe private key is missing"},
		"blank client id":         {func(o *OAuth2) { o.ClientID = " " }, "the client id is missing"},
		"short RSA key":           {key(keys.PrivatePEM(short)), "an RSA key of 2048 bits, and NetSuite takes certificates of 3072 and 4096 bits only"},
		"P-224":                   {key(keys.PrivatePEM(must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)))), "P-256, P-384 and P-521 only"},
		"Ed25519":                 {key(keys.PrivatePEM(edwards)), "NetSuite takes RSA keys and keys on the curves"},
		"no PEM":                  {key("canary"), "no private key in PEM form"},
		"certificate only":        {key(keys.CertificatePEM(ecKey(), time.Now())), "no private key in PEM form"},
		"cut off":                 {key(keys.PEM("PRIVATE KEY", []byte("canary"))), "was the file cut off?"},
		"encrypted":               {key(keys.PEM("ENCRYPTED PRIVATE KEY", []byte("canary"))), "openssl pkey -in KEY -out PLAIN"},
		"RS256":                   {func(o *OAuth2) { o.Algorithm = "RS256" }, `algorithm "RS256" does not go with a key on the curve P-256; give ES256`},
		"curve of another length": {func(o *OAuth2) { o.Algorithm = "ES384" }, "give ES256"},
		"algorithm of EC with RSA": {func(o *OAuth2) {
			*o = access(rsaKey())
			o.Algorithm = "ES256"
		}, "does not go with an RSA key; give PS256, PS384, PS512"},
		"certificate of another":  {func(o *OAuth2) { o.Certificate = keys.CertificatePEM(other, time.Now()) }, "belongs to another private key"},
		"certificate that is not": {func(o *OAuth2) { o.Certificate = "x" }, "-----BEGIN CERTIFICATE-----"},
	} {
		o := access(ecKey())
		c.change(&o)
		_, err := New(Options{Account: "1234567", Credentials: o})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestEndOfTheCertificateIsTold(t *testing.T) {
	ends := time.Now().Add(30 * 24 * time.Hour).UTC().Truncate(time.Second)
	o := access(ecKey())
	if client := must(New(Options{Account: "1", Credentials: o})); !client.Expires().IsZero() {
		t.Error("an end is known without a certificate")
	}
	o.Certificate = keys.CertificatePEM(ecKey(), ends)
	if client := must(New(Options{Account: "1", Credentials: o})); !client.Expires().Equal(ends) {
		t.Errorf("ends %s, want %s", client.Expires(), ends)
	}
	o.Certificate = keys.CertificatePEM(ecKey(), time.Now().Add(-time.Hour))
	client, s := granted(t, o, ecKey(), nil)
	if err := s.SetClients(); err != nil {
		t.Fatal(err)
	}
	if err := client.Probe(t.Context()); ClassOf(err) != Login || !strings.Contains(err.Error(), "the certificate ended on") {
		t.Errorf("%v", err)
	}
}

// caught starts a token endpoint that grants everything and keeps what it was asked.
func caught(t *testing.T, o OAuth2) (*Client, *[]url.Values) {
	t.Helper()
	var mu sync.Mutex
	var forms []url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != tokenPath {
			io.WriteString(w, `{"serverTime":"2026-09-10T12:00:00Z"}`)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if err := r.ParseForm(); err != nil || r.Header.Get("Authorization") != "" || r.Method != http.MethodPost {
			t.Errorf("%s %q %v", r.Method, r.Header.Get("Authorization"), err)
		}
		forms = append(forms, r.PostForm)
		io.WriteString(w, `{"access_token":"canary-token","expires_in":1,"token_type":"bearer"}`)
	}))
	t.Cleanup(server.Close)
	client, err := New(Options{Account: "1234567-sb1", BaseURL: server.URL, Credentials: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, &forms
}

func TestAssertionSaysWhatNetSuiteWantsToKnow(t *testing.T) {
	client, forms := caught(t, access(ecKey()))
	start := time.Now()
	now := start
	client.tokens.now = func() time.Time { return now }
	for range 2 {
		if _, err := client.ServerTime(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	ids := map[string]bool{}
	for _, form := range *forms {
		parts := strings.Split(form.Get("client_assertion"), ".")
		form.Set("client_assertion", "")
		want := url.Values{"grant_type": {"client_credentials"}, "client_assertion": {""},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
		if diff := cmp.Diff(want, form); diff != "" {
			t.Error(diff)
		}
		var header, claims map[string]any
		for i, into := range []*map[string]any{&header, &claims} {
			if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[i])), into); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(map[string]any{"typ": "JWT", "alg": "ES256", "kid": "cert-1"}, header); diff != "" {
			t.Error(diff)
		}
		iat, exp := claims["iat"].(float64), claims["exp"].(float64)
		if exp-iat != 300 || iat > float64(now.Unix()) || exp < float64(start.Unix()) {
			t.Errorf("from %v to %v, asked at %d", iat, exp, start.Unix())
		}
		ids[claims["jti"].(string)] = true
		delete(claims, "iat")
		delete(claims, "exp")
		delete(claims, "jti")
		if diff := cmp.Diff(map[string]any{
			"iss": "client-1", "scope": []any{"rest_webservices"},
			// The real host's, wherever the request is sent.
			"aud": "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token",
		}, claims); diff != "" {
			t.Error(diff)
		}
	}
	if len(ids) != 2 {
		t.Errorf("%d requests have %d different jti", len(*forms), len(ids))
	}
}

// TestAssertionsVerifyWithOpenSSL holds the signatures against a program that shares no code with the client.
func TestAssertionsVerifyWithOpenSSL(t *testing.T) {
	openssl := material.Program(t, "openssl")
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), openssl, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	for _, c := range []struct {
		alg  string
		make []string
	}{
		{"PS256", []string{"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"}},
		{"PS384", []string{"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"}},
		{"PS512", []string{"genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"}},
		{"ES256", []string{"ecparam", "-name", "prime256v1", "-genkey"}},
		{"ES384", []string{"ecparam", "-name", "secp384r1", "-genkey"}},
		{"ES512", []string{"ecparam", "-name", "secp521r1", "-genkey"}},
	} {
		t.Run(c.alg, func(t *testing.T) {
			private, public := filepath.Join(dir, c.alg+".key"), filepath.Join(dir, c.alg+".pub")
			run(append(c.make, "-out", private)...)
			run("pkey", "-in", private, "-pubout", "-out", public)
			o := OAuth2{ClientID: "client-1", CertificateID: "cert-1", Algorithm: c.alg, PrivateKey: secret.New(string(must(os.ReadFile(private))))}
			client, forms := caught(t, o)
			if _, err := client.ServerTime(t.Context()); err != nil {
				t.Fatal(err)
			}
			assertion := (*forms)[0].Get("client_assertion")
			cut := strings.LastIndex(assertion, ".")
			signature := must(base64.RawURLEncoding.DecodeString(assertion[cut+1:]))
			verify := []string{"dgst", "-sha" + c.alg[2:], "-verify", public}
			if c.alg[0] == 'P' {
				verify = append(verify, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
			} else {
				half := len(signature) / 2
				signature = must(asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])}))
			}
			signed, file := filepath.Join(dir, "signed"), filepath.Join(dir, "signature")
			for name, data := range map[string][]byte{signed: []byte(assertion[:cut]), file: signature} {
				if err := os.WriteFile(name, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if out := run(append(verify, "-signature", file, signed)...); !strings.Contains(out, "Verified OK") {
				t.Error(out)
			}
		})
	}
}

func TestWrongKeyIsALogin(t *testing.T) {
	wrong := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	for name, c := range map[string]struct {
		o    OAuth2
		turn func(*simulator.Knobs)
		word string
		hint string
	}{
		"key":         {access(wrong), nil, "401 invalid_client", "the private key belongs to its certificate"},
		"client":      {OAuth2{ClientID: "client-2", CertificateID: "cert-1", PrivateKey: access(ecKey()).PrivateKey}, nil, "401 invalid_client", "client id and certificate id"},
		"certificate": {OAuth2{ClientID: "client-1", CertificateID: "cert-2", PrivateKey: access(ecKey()).PrivateKey}, nil, "401 invalid_client", "client id and certificate id"},
		"user":        {access(ecKey()), func(k *simulator.Knobs) { k.UserDisabled = true }, "400 invalid_grant", "Login Audit Trail"},
		"integration": {access(ecKey()), func(k *simulator.Knobs) { k.IntegrationBlocked = true }, "400 unauthorized_client", "Client Credentials (Machine to Machine) Grant"},
		"scope":       {OAuth2{ClientID: "client-1", CertificateID: "cert-1", PrivateKey: access(ecKey()).PrivateKey, Scope: []string{"all"}}, nil, "400 invalid_scope", "REST Web Services"},
	} {
		t.Run(name, func(t *testing.T) {
			client, s := granted(t, c.o, ecKey(), c.turn)
			for _, do := range []func() error{
				func() error { return client.Probe(t.Context()) },
				func() error {
					return client.Patch(t.Context(), "vendorBill", "1", json.RawMessage(`{}`))
				},
			} {
				err := do()
				if ClassOf(err) != Login || !strings.Contains(err.Error(), c.word) || !strings.Contains(err.Error(), c.hint) {
					t.Errorf("%q %v, want %q and %q", ClassOf(err), err, c.word, c.hint)
				}
				if strings.Contains(err.Error(), "eyJ") {
					t.Errorf("the error shows an assertion: %v", err)
				}
			}
			if all, granted := asked(s); all != 2 || granted != 0 || len(s.Books().CallLog) != 2 {
				t.Errorf("%d requests for a token and %d calls for two", all, len(s.Books().CallLog))
			}
		})
	}
}

func TestTokenThatGoesOutOfForceIsReplacedOnce(t *testing.T) {
	for name, turn := range map[string]func(*simulator.Knobs){
		"revoked":           func(k *simulator.Knobs) { k.RevokeToken.Next = 1 },
		"ended":             func(k *simulator.Knobs) { k.ExpireToken.Next = 1 },
		"revoked, no words": func(k *simulator.Knobs) { k.RevokeToken.Next = 1; k.HideAuthenticate = true },
	} {
		t.Run(name, func(t *testing.T) {
			client, s := granted(t, access(ecKey()), ecKey(), nil)
			if err := client.Probe(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Turn(turn); err != nil {
				t.Fatal(err)
			}
			// A write is sent again too: it was not looked at.
			if err := client.Patch(t.Context(), "purchaseOrder", "7001", json.RawMessage(`{"memo":"x"}`)); err != nil {
				t.Fatal(err)
			}
			wantTokens(t, s, 2)
			if b := s.Books(); len(b.Writes) != 1 || len(b.FailedLogins) != 1 {
				t.Errorf("%d writes, failed logins %+v", len(b.Writes), b.FailedLogins)
			}
		})
	}
}

func TestSessionsThatBeganBeforeARefusedFetchFetchNoMore(t *testing.T) {
	client, s := granted(t, access(ecKey()), ecKey(), nil, func(o *Options) { o.Slots = 1 })
	if err := client.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Turn(func(k *simulator.Knobs) { k.UserDisabled, k.RevokeToken.Rate, k.LockAfter = true, 1, 0 }); err != nil {
		t.Fatal(err)
	}
	begun := len(s.Books().CallLog)
	var done sync.WaitGroup
	for range 8 {
		session := client.Session()
		done.Go(func() {
			if _, err := session.PurchaseOrder(t.Context(), "7001"); ClassOf(err) != Login && !errors.Is(err, ErrSignInRefused) {
				t.Errorf("%v", err)
			}
		})
	}
	done.Wait()
	if all, _ := asked(s); all != 2 || len(s.Books().CallLog)-begun != 2 {
		t.Errorf("%d requests for a token and %d calls, want the first token, a call that it does not serve and one more request", all, len(s.Books().CallLog)-begun)
	}
}

func TestTokensThatAreRefusedAgainAreNotFetchedAgain(t *testing.T) {
	client, s := granted(t, access(ecKey()), ecKey(), func(k *simulator.Knobs) { k.RevokeToken.Rate = 1 })
	now := time.Now()
	client.tokens.now = func() time.Time { return now }
	for range 5 {
		if err := client.Probe(t.Context()); ClassOf(err) != Login || !strings.Contains(err.Error(), "invalid_token") {
			t.Fatalf("%v", err)
		}
	}
	wantTokens(t, s, 2)
	now = now.Add(refuseEvery)
	if err := client.Probe(t.Context()); ClassOf(err) != Login {
		t.Fatalf("%v", err)
	}
	wantTokens(t, s, 3)
}

func TestSlowRefusalIsOverloadAndNoReasonForANewToken(t *testing.T) {
	a := &answer{status: 401, loginError: "invalid_token", took: slowLogin + time.Second}
	if a.tokenRefused() {
		t.Error("a 401 after half a minute asks for a new token")
	}
	for _, c := range []answer{{status: 401, loginError: "insufficient_scope"}, {status: 403, loginError: "invalid_token"}, {status: 200}} {
		if c.tokenRefused() {
			t.Errorf("%+v asks for a new token", c)
		}
	}
}

func TestNothingOfOAuthIsPrinted(t *testing.T) {
	o := access(ecKey())
	var shown []Exchange
	client, forms := caught(t, o)
	client.trace = func(x Exchange) { shown = append(shown, x) }
	if _, err := client.ServerTime(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(shown) != 2 {
		t.Fatalf("%d calls are shown, want the request for the token and the call", len(shown))
	}
	canaries := []string{"canary-token", (*forms)[0].Get("client_assertion"), strings.Split(keys.PrivatePEM(ecKey()), "\n")[1]}
	texts := []string{string(must(json.Marshal(shown)))}
	for _, v := range []any{client, *client, client.tokens, o, Options{Credentials: o}, *client.tokens.current} {
		texts = append(texts, sprint(v)...)
	}
	for _, x := range shown {
		texts = append(texts, string(x.Body), string(x.Answer), strings.Join(x.Header.Values("Authorization"), " "))
	}
	for _, text := range texts {
		for _, canary := range canaries {
			if strings.Contains(text, canary) {
				t.Errorf("a secret is shown: %s", text)
			}
		}
	}
}

func TestEchoedSecretsAreBlanked(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"assertion in a page": func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			http.Error(w, "<p>"+r.PostForm.Get("client_assertion")+"</p>", http.StatusBadRequest)
		},
		"form in a page": func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			http.Error(w, string(body), http.StatusServiceUnavailable)
		},
		"grant that is no JSON": answering(200, nil, "access_token=canary-token&expires_in=60"),
		"grant with a number":   answering(200, nil, `{"access_token":"canary-token\u0000","expires_in":60}`),
		"token in a refusal":    answering(401, nil, `{"error":"invalid_client","error_description":"Bearer canary-token"}`),
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			client := must(New(Options{Account: "1", BaseURL: server.URL, Credentials: access(ecKey())}))
			defer client.Close()
			err := client.Probe(context.Background())
			if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "eyJ") {
				t.Errorf("%v", err)
			}
		})
	}
	// Of a call: what it was signed with.
	client, _ := caught(t, access(ecKey()))
	if _, err := client.ServerTime(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := client.masked("token canary-token, Bearer eyJhbGciOiJ.eyJpc3MiOiJ.c2ln"); strings.Contains(got, "canary") || strings.Contains(got, "eyJ") {
		t.Error(got)
	}
}
