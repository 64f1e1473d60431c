package simulator

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"counterpunch/internal/testkit/keys"
)

const (
	tokenURL = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
	anywhere = "/services/rest/system/v1/serverTime"
)

// Key pairs are made once: those of RSA take their time.
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

// oauthBench is a bench that logs in with an assertion of its own making.
type oauthBench struct {
	*bench
	key    crypto.Signer
	header map[string]any
	claims map[string]any
	form   url.Values
	send   map[string]string // headers of the request for a token
	sign   func(text string) []byte
}

func newOAuthBench(t *testing.T, key crypto.Signer, alg string, knobs func(*Knobs), more ...OAuthClient) *oauthBench {
	t.Helper()
	clients := append([]OAuthClient{{ClientID: "client-1", CertificateID: "cert-1", PublicKey: keys.PublicPEM(key)}}, more...)
	o := &oauthBench{
		bench: newBench(t, Options{Clients: clients, Knobs: knobs}), key: key, form: url.Values{}, send: map[string]string{},
		header: map[string]any{"typ": "JWT", "alg": alg, "kid": "cert-1"},
		claims: map[string]any{
			"iss": "client-1", "scope": []string{"rest_webservices"}, "aud": tokenURL, "iat": start.Unix(),
			"exp": start.Add(time.Hour).Unix(), "jti": "one",
		},
	}
	o.sign = func(text string) []byte { return joseSignature(key, alg, text) }
	return o
}

// joseSignature signs as RFC 7518 says, 3.4 and 3.5.
func joseSignature(key crypto.Signer, alg, text string) []byte {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[alg[2:]]
	h := hash.New()
	h.Write([]byte(text))
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if strings.HasPrefix(alg, "RS") {
			return must(rsa.SignPKCS1v15(rand.Reader, k, hash, h.Sum(nil)))
		}
		return must(rsa.SignPSS(rand.Reader, k, hash, h.Sum(nil), &rsa.PSSOptions{SaltLength: hash.Size()}))
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, k, h.Sum(nil))
		if err != nil {
			panic(err)
		}
		size := (k.Curve.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
	panic("unknown key")
}

func (o *oauthBench) assertion() string {
	part := func(v any) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(v))) }
	text := part(o.header) + "." + part(o.claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(o.sign(text))
}

// ask requests a token. Values of form replace the usual ones.
func (o *oauthBench) ask() answer {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_assertion": {o.assertion()},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
	maps.Copy(form, o.form)
	headers := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for name, value := range o.send {
		headers = append(headers, name, value)
	}
	return o.bench.send(context.Background(), "POST", "/services/rest/auth/oauth2/v1/token", form.Encode(), "", headers...)
}

// token requests a token that must be granted.
func (o *oauthBench) token() string {
	o.t.Helper()
	a := o.ask()
	if a.status != 200 {
		o.t.Fatalf("%d %s; %+v", a.status, a.body, o.s.Books().FailedLogins)
	}
	return unmarshal(o.t, a.body)["access_token"].(string)
}

func (o *oauthBench) get(authorization string) answer {
	return o.bench.send(context.Background(), "GET", anywhere, "", authorization)
}

func (o *oauthBench) lastCause() string {
	trail := o.s.Books().FailedLogins
	if len(trail) == 0 {
		return ""
	}
	return trail[len(trail)-1].Cause
}

func TestTokensAreGrantedForEveryAlgorithm(t *testing.T) {
	for _, c := range []struct {
		alg string
		key crypto.Signer
	}{
		{"PS256", rsaKey()}, {"PS384", rsaKey()}, {"PS512", rsaKey()}, {"ES256", ecKey()},
		{"ES384", must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))}, {"ES512", must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))},
	} {
		t.Run(c.alg, func(t *testing.T) {
			o := newOAuthBench(t, c.key, c.alg, nil)
			a := o.ask()
			said := unmarshal(t, a.body)
			if a.status != 200 || said["expires_in"] != 3600.0 || said["token_type"] != "bearer" || a.header.Get("Cache-Control") != "no-store" {
				t.Fatalf("%d %s %+v", a.status, a.body, o.s.Books().FailedLogins)
			}
			if got := o.get("Bearer " + said["access_token"].(string)); got.status != 200 {
				t.Errorf("%d %s", got.status, got.body)
			}
			if len(o.s.Books().FailedLogins) != 0 {
				t.Errorf("%+v", o.s.Books().FailedLogins)
			}
		})
	}
}

func TestOtherFormsThatAreTaken(t *testing.T) {
	for name, change := range map[string]func(*oauthBench){
		"scope with commas":    func(o *oauthBench) { o.claims["scope"] = "restlets,rest_webservices" },
		"several scopes":       func(o *oauthBench) { o.claims["scope"] = []string{"restlets", "rest_webservices"} },
		"host of restlets":     func(o *oauthBench) { o.claims["aud"] = strings.Replace(tokenURL, "suitetalk", "restlets", 1) },
		"several audiences":    func(o *oauthBench) { o.claims["aud"] = []string{"https://elsewhere", tokenURL} },
		"no jti":               func(o *oauthBench) { delete(o.claims, "jti") },
		"clock ahead a little": func(o *oauthBench) { o.claims["iat"] = start.Add(4 * time.Minute).Unix() },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOAuthBench(t, ecKey(), "ES256", nil)
			change(o)
			if a := o.get("Bearer " + o.token()); a.status != 200 {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}

func TestEveryRefusedTokenHasItsWordAndItsCause(t *testing.T) {
	other := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	second := OAuthClient{ClientID: "client-2", CertificateID: "cert-2", PublicKey: keys.PublicPEM(other), User: "second"}
	claim := func(name string, value any) func(*oauthBench) { return func(o *oauthBench) { o.claims[name] = value } }
	header := func(name string, value any) func(*oauthBench) { return func(o *oauthBench) { o.header[name] = value } }
	field := func(name string, values ...string) func(*oauthBench) {
		return func(o *oauthBench) { o.form[name] = values }
	}
	for _, c := range []struct {
		name   string
		change func(*oauthBench)
		knobs  func(*Knobs)
		word   string
		cause  string
	}{
		{"another key", func(o *oauthBench) { o.sign = func(s string) []byte { return joseSignature(other, "ES256", s) } }, nil, "invalid_client", "SignatureValidation"},
		{"ASN.1 signature", func(o *oauthBench) {
			o.sign = func(s string) []byte {
				h := crypto.SHA256.New()
				h.Write([]byte(s))
				return must(o.key.Sign(rand.Reader, h.Sum(nil), crypto.SHA256))
			}
		}, nil, "invalid_client", "SignatureValidation"},
		{"claims changed after signing", func(o *oauthBench) {
			signature := o.sign(strings.TrimSuffix(o.assertion()[:strings.LastIndex(o.assertion(), ".")], ""))
			o.claims["jti"], o.sign = "two", func(string) []byte { return signature }
		}, nil, "invalid_client", "SignatureValidation"},
		{"no signature", func(o *oauthBench) { o.header["alg"] = "none"; o.sign = func(string) []byte { return nil } }, nil, "invalid_client", "UnsupportedAlgo"},
		{"HMAC with the public key", header("alg", "HS256"), nil, "invalid_client", "UnsupportedAlgo"},
		{"RS256", header("alg", "RS256"), nil, "invalid_client", "UnsupportedAlgo"},
		{"algorithm of another curve", header("alg", "ES384"), nil, "invalid_client", "UnsupportedAlgo"},
		{"algorithm of another kind of key", header("alg", "PS256"), nil, "invalid_client", "UnsupportedAlgo"},
		{"typ", header("typ", "at+jwt"), nil, "invalid_client", "InvalidTokenType"},
		{"no kid", header("kid", ""), nil, "invalid_client", "MissingKeyId"},
		{"unknown kid", header("kid", "cert-9"), nil, "invalid_client", "MissingKey"},
		{"unknown issuer", claim("iss", "client-9"), nil, "invalid_client", "InvalidIssuer"},
		{"issuer of another certificate", claim("iss", "client-2"), nil, "invalid_client", "ClientIdMismatch"},
		{"audience of another account", claim("aud", strings.Replace(tokenURL, "-sb1", "", 1)), nil, "invalid_client", "TokenNotAcceptable"},
		{"audience without path", claim("aud", "https://1234567-sb1.suitetalk.api.netsuite.com"), nil, "invalid_client", "TokenNotAcceptable"},
		{"no audience", claim("aud", nil), nil, "invalid_client", "TokenNotAcceptable"},
		{"ended", claim("exp", start.Unix()), nil, "invalid_client", "TokenExpired"},
		{"too long", claim("exp", start.Add(time.Hour+time.Second).Unix()), nil, "invalid_client", "TokenValidityTooBroad"},
		{"too long by knob", func(*oauthBench) {}, func(k *Knobs) { k.MaxAssertionLife = Duration(time.Minute) }, "invalid_client", "TokenValidityTooBroad"},
		{"from the future", claim("iat", start.Add(6*time.Minute).Unix()), nil, "invalid_client", "TokenNotAcceptable"},
		{"no iat", claim("iat", nil), nil, "invalid_client", "TokenNotAcceptable"},
		{"exp as text", claim("exp", "1790000000"), nil, "invalid_client", "TokenNotAcceptable"},
		{"no scope", claim("scope", nil), nil, "invalid_scope", "InvalidScope"},
		{"unknown scope", claim("scope", []string{"rest_webservices", "all"}), nil, "invalid_scope", "InvalidScope"},
		{"mcp with another", claim("scope", "mcp,rest_webservices"), nil, "invalid_scope", "InvalidScope"},
		{"another grant", field("grant_type", "password"), nil, "unsupported_grant_type", "TokenNotAcceptable"},
		{"no grant", field("grant_type", ""), nil, "invalid_request", "TokenNotAcceptable"},
		{"grant twice", field("grant_type", "client_credentials", "client_credentials"), nil, "invalid_request", "TokenNotAcceptable"},
		{"assertion type", field("client_assertion_type", "jwt"), nil, "invalid_request", "TokenNotAcceptable"},
		{"no assertion", field("client_assertion", ""), nil, "invalid_request", "TokenNotAcceptable"},
		{"padded base64", field("client_assertion", "e30=.e30=.e30="), nil, "invalid_request", "TokenNotAcceptable"},
		{"not JSON", field("client_assertion", "e30.aGVsbG8.aGVsbG8"), nil, "invalid_request", "TokenNotAcceptable"},
		{"extension", header("crit", []string{"b64"}), nil, "invalid_request", "TokenNotAcceptable"},
		{"JSON body", func(o *oauthBench) { o.send["Content-Type"] = "application/json" }, nil, "invalid_request", "TokenNotAcceptable"},
		{"with a secret as well", func(o *oauthBench) { o.send["Authorization"] = "Basic YTpi" }, nil, "invalid_request", "TokenNotAcceptable"},
		{"integration blocked", func(*oauthBench) {}, func(k *Knobs) { k.IntegrationBlocked = true }, "unauthorized_client", "IntegrationBlocked"},
		{"user disabled", func(*oauthBench) {}, func(k *Knobs) { k.UserDisabled = true }, "invalid_grant", "EntityOrRoleDisabled"},
		{"role without login", func(*oauthBench) {}, func(k *Knobs) { k.MissingPermissions = []string{PermissionLoginOAuth2} }, "invalid_grant", "EntityOrRoleDisabled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOAuthBench(t, ecKey(), "ES256", c.knobs, second)
			c.change(o)
			a := o.ask()
			status, authenticate := 400, ""
			if c.word == "invalid_client" {
				status, authenticate = 401, `Basic realm="1234567_SB1"`
			}
			if a.status != status || string(a.body) != fmt.Sprintf(`{"error":%q}`, c.word) || a.header.Get("WWW-Authenticate") != authenticate {
				t.Errorf("%d %s %q, want %d %s", a.status, a.body, a.header.Get("WWW-Authenticate"), status, c.word)
			}
			if trail := o.s.Books().FailedLogins; len(trail) != 1 || trail[0].Cause != c.cause {
				t.Errorf("audit trail %+v, want one %s", trail, c.cause)
			}
		})
	}
}

func TestRSASignaturesOfOtherKindsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		alg, cause string
		sign       func(string) []byte
	}{
		"PKCS 1.5 as PS256": {"PS256", "SignatureValidation", func(s string) []byte { return joseSignature(rsaKey(), "RS256", s) }},
		"longest salt": {"PS256", "SignatureValidation", func(s string) []byte {
			h := crypto.SHA256.New()
			h.Write([]byte(s))
			return must(rsa.SignPSS(rand.Reader, rsaKey().(*rsa.PrivateKey), crypto.SHA256, h.Sum(nil), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}))
		}},
		"RS256": {"RS256", "UnsupportedAlgo", func(s string) []byte { return joseSignature(rsaKey(), "RS256", s) }},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOAuthBench(t, rsaKey(), c.alg, nil)
			o.sign = c.sign
			if a := o.ask(); a.status != 401 || o.lastCause() != c.cause {
				t.Errorf("%d %s %s, want %s", a.status, a.body, o.lastCause(), c.cause)
			}
		})
	}
}

func TestAnAssertionIsGoodForOneToken(t *testing.T) {
	now := start
	o := newOAuthBench(t, ecKey(), "ES256", nil)
	o.s.options.Clock = func() time.Time { return now }
	o.token()
	if a := o.ask(); a.status != 401 || o.lastCause() != "TokenNotAcceptable" {
		t.Errorf("the same jti again: %d %s", a.status, o.lastCause())
	}
	now = start.Add(2 * time.Hour)
	o.claims["iat"], o.claims["exp"] = now.Unix(), now.Add(time.Minute).Unix()
	o.token() // what has ended need not be remembered
}

func TestEveryCallNeedsAGoodToken(t *testing.T) {
	const invalid = `Bearer realm="1234567_SB1", error="invalid_token", error_description="Invalid login attempt."`
	for name, c := range map[string]struct {
		claims func(*oauthBench)
		after  func(*oauthBench)
		bearer func(token string) string
		status int
		cause  string
	}{
		"unknown":           {bearer: func(s string) string { return "Bearer " + s[:len(s)-2] }, status: 401, cause: "TokenRejected"},
		"two blanks":        {bearer: func(s string) string { return "Bearer  " + s }, status: 400, cause: "InvalidTokenType"},
		"no token":          {bearer: func(string) string { return "Bearer" }, status: 400, cause: "InvalidTokenType"},
		"quoted":            {bearer: func(s string) string { return `Bearer "` + s + `"` }, status: 400, cause: "InvalidTokenType"},
		"another scope":     {claims: func(o *oauthBench) { o.claims["scope"] = "restlets" }, status: 401, cause: "ScopeMismatched"},
		"ended":             {after: func(o *oauthBench) { o.s.options.Clock = func() time.Time { return start.Add(time.Hour) } }, status: 401, cause: "AccessTokenExpired"},
		"revoked by knob":   {after: turn(func(k *Knobs) { k.RevokeToken.Next = 1 }), status: 401, cause: "TokenBlocked"},
		"ended by knob":     {after: turn(func(k *Knobs) { k.ExpireToken.Next = 1 }), status: 401, cause: "AccessTokenExpired"},
		"blocked":           {after: turn(func(k *Knobs) { k.IntegrationBlocked = true }), status: 401, cause: "IntegrationBlocked"},
		"user disabled":     {after: turn(func(k *Knobs) { k.UserDisabled = true }), status: 401, cause: "EntityOrRoleDisabled"},
		"role without it":   {after: turn(func(k *Knobs) { k.MissingPermissions = []string{PermissionLoginOAuth2} }), status: 401, cause: "EntityOrRoleDisabled"},
		"mapping removed":   {after: func(o *oauthBench) { must(0, o.s.SetClients()) }, status: 401, cause: "TokenBlocked"},
		"TBA sunset":        {after: turn(func(k *Knobs) { k.TBASunset = true }), status: 200},
		"TBA token revoked": {after: turn(func(k *Knobs) { k.TokenRevoked = true }), status: 200},
		"as it should be":   {status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOAuthBench(t, ecKey(), "ES256", nil)
			if c.claims != nil {
				c.claims(o)
			}
			token := o.token()
			if c.after != nil {
				c.after(o)
			}
			authorization := "Bearer " + token
			if c.bearer != nil {
				authorization = c.bearer(token)
			}
			a := o.get(authorization)
			if a.status != c.status || o.lastCause() != c.cause {
				t.Fatalf("%d %s %s, want %d %s", a.status, a.body, o.lastCause(), c.status, c.cause)
			}
			switch said := a.header.Get("WWW-Authenticate"); c.status {
			case 401:
				o.refused(a, 401, "INVALID_LOGIN", "Invalid login attempt. For more details, see the Login Audit Trail")
				if said != invalid {
					t.Errorf("WWW-Authenticate %q", said)
				}
			case 400:
				o.refused(a, 400, "INVALID_REQUEST", "malformed syntax")
				if !strings.Contains(said, `Bearer realm="1234567_SB1", error="invalid_request"`) {
					t.Errorf("WWW-Authenticate %q", said)
				}
			}
		})
	}
}

func turn(change func(*Knobs)) func(*oauthBench) {
	return func(o *oauthBench) { must(0, o.s.Turn(change)) }
}

func TestARevokedTokenStaysRevokedAndTheNextOneIsGood(t *testing.T) {
	o := newOAuthBench(t, ecKey(), "ES256", nil)
	first := o.token()
	if err := o.s.TurnJSON([]byte(`{"revokeToken":{"next":1}}`)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if a := o.get("Bearer " + first); a.status != 401 {
			t.Errorf("the revoked token: %d", a.status)
		}
	}
	o.claims["jti"] = "two"
	if a := o.get("Bearer " + o.token()); a.status != 200 {
		t.Errorf("the next token: %d %s", a.status, a.body)
	}
	// Failures of OAuth 2.0 do not lock the user.
	for range 6 {
		o.get("Bearer " + first)
	}
	if a := o.do("GET", anywhere, ""); a.status != 200 {
		t.Errorf("by token-based authentication: %d %s", a.status, a.body)
	}
}

func TestFormsOfAGrantThatAccountsDifferIn(t *testing.T) {
	o := newOAuthBench(t, ecKey(), "ES256", func(k *Knobs) {
		k.ExpiresInAsString, k.TokenTypeCase, k.TokenLife = true, "Bearer", Duration(90*time.Second)
	})
	if said := unmarshal(t, o.ask().body); said["expires_in"] != "90" || said["token_type"] != "Bearer" {
		t.Errorf("%v", said)
	}
	if err := o.s.Turn(func(k *Knobs) { k.TokenTypeCase = "mac" }); err == nil {
		t.Error("a token type that is not bearer was taken")
	}
	if err := o.s.Turn(func(k *Knobs) { k.TokenLife = 0 }); err == nil {
		t.Error("tokens without life were taken")
	}
}

func TestKeysThatNetSuiteRefuses(t *testing.T) {
	for name, c := range map[string]OAuthClient{
		"short RSA": {ClientID: "a", CertificateID: "b", PublicKey: keys.PublicPEM(must(rsa.GenerateKey(rand.Reader, 2048)))},
		"P-224":     {ClientID: "a", CertificateID: "b", PublicKey: keys.PublicPEM(must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)))},
		"no PEM":    {ClientID: "a", CertificateID: "b", PublicKey: "x"},
		"no kid":    {ClientID: "a", PublicKey: keys.PublicPEM(ecKey())},
	} {
		if err := New(Options{}).SetClients(c); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzAssertion(f *testing.F) {
	f.Add("e30.e30.e30")
	f.Add("eyJhbGciOiJFUzI1NiIsImtpZCI6ImNlcnQtMSIsInR5cCI6IkpXVCJ9.eyJpYXQiOjFlOTl9.AA")
	s := New(Options{Clients: []OAuthClient{{ClientID: "client-1", CertificateID: "cert-1", PublicKey: keys.PublicPEM(ecKey())}}})
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseJWT(text)
		if err != nil {
			return
		}
		if _, failure := s.checkAssertion(a, "https://x", start); failure == nil {
			t.Errorf("%q was taken without the key", text)
		}
	})
}
