package netsuite

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"counterpunch/internal/secret"
)

// LoginLife is how long after a person has signed in NetSuite takes the refresh token.
const LoginLife = 7 * 24 * time.Hour

// BrowserLogin is the access of a person who has signed in with a browser: the OAuth 2.0 authorization code grant with
// PKCE, for trials and the command line. After LoginLife the person has to sign in again, so it is nothing for a worker.
type BrowserLogin struct {
	ClientID string // of an integration record that is marked as a public client
	File     string // keeps the tokens, readable by its owner alone; SignIn writes it
}

// granting is what a page may echo of a request for tokens, beside what unsaid covers.
var granting = regexp.MustCompile(`\bcode=[^&\s"]*`)

// kept is what the file of a BrowserLogin holds.
type kept struct {
	Account  string    `json:"account"`
	ClientID string    `json:"clientId"`
	SignedIn time.Time `json:"signedIn"`
	Refresh  string    `json:"refreshToken"`
	Access   string    `json:"accessToken"`
	Asked    time.Time `json:"asked"` // when the access token was asked for
	Ends     time.Time `json:"ends"`  // of the access token
}

// Ends returns when the person has to sign in again.
func (l BrowserLogin) Ends() (time.Time, error) {
	k, err := l.load()
	if err != nil {
		return time.Time{}, err
	}
	return k.SignedIn.Add(LoginLife), nil
}

func (l BrowserLogin) load() (kept, error) {
	var k kept
	info, err := os.Stat(l.File)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		return k, fmt.Errorf("%s can be read by others (mode %04o), and is as good as a password: chmod 600 it, or sign in again if others use this machine",
			l.File, info.Mode().Perm())
	}
	raw, err := os.ReadFile(l.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return k, fmt.Errorf("nobody has signed in: %s is not there; run counterpunch accounts login", l.File)
	case err != nil:
		return k, fmt.Errorf("read who has signed in: %w", err)
	case json.Unmarshal(raw, &k) != nil || k.Refresh == "":
		// The decoder's words could quote the token.
		return k, fmt.Errorf("%s does not hold a sign-in; run counterpunch accounts login again", l.File)
	}
	return k, nil
}

// save writes the file whole or not at all: a refresh token is good once, and the new one must not get lost.
func (l BrowserLogin) save(k kept) (err error) {
	raw, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(l.File), 0o700); err != nil {
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(l.File), ".sign-in-*") // made with mode 0600
	if err != nil {
		return fmt.Errorf("keep the sign-in: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("keep the sign-in: %w", err), os.Remove(f.Name()))
		}
	}()
	if _, err = f.Write(append(raw, '\n')); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), l.File)
}

func (l BrowserLogin) signIn(c *Client, _ func() string) error {
	l.ClientID = strings.TrimSpace(l.ClientID)
	if l.ClientID == "" || l.File == "" {
		return errors.New("the client id or the file of the sign-in is missing")
	}
	// What other clients share is the file. The key seals what this client keeps to itself.
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	sealer, err := newSealer(key, c.account.Realm+"\n"+l.ClientID)
	if err != nil {
		return err
	}
	c.tokens = &tokens{store: newMemory(), sealer: sealer, now: time.Now}
	c.tokens.fetch = func(ctx context.Context) (*token, error) { return c.refreshed(ctx, l) }
	c.masked = func(s string) string { return granting.ReplaceAllString(c.tokens.masked(s), "code="+secret.Masked) }
	c.http = &http.Client{
		Transport:     readdressed{to: c.sentTo, next: c.transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return nil
}

// refreshed returns the token of the file while it serves, and otherwise asks for the next one.
func (c *Client) refreshed(ctx context.Context, l BrowserLogin) (*token, error) {
	k, err := l.load()
	if err != nil {
		return nil, err
	}
	if k.Account != c.account.Realm || k.ClientID != l.ClientID {
		return nil, fmt.Errorf("%s belongs to another account or integration; run counterpunch accounts login again", l.File)
	}
	now := c.tokens.now()
	if now.After(k.SignedIn.Add(LoginLife)) {
		return nil, fmt.Errorf("the sign-in of %s has ended after 7 days; run counterpunch accounts login again", k.SignedIn.Format(time.DateOnly))
	}
	held := newToken(secret.New(k.Access), k.Asked, k.Ends.Sub(k.Asked))
	c.tokens.mu.Lock()
	refused := c.tokens.refused
	c.tokens.mu.Unlock()
	if k.Access != "" && now.Before(held.renew) && (refused == nil || !refused.value.Equal(held.value)) {
		return held, nil
	}
	return c.granted(ctx, l, k, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {k.Refresh}, "client_id": {l.ClientID}})
}

// granted asks for tokens with a code or a refresh token, and keeps them.
func (c *Client) granted(ctx context.Context, l BrowserLogin, k kept, form url.Values) (*token, error) {
	asked := c.tokens.now()
	call := call{
		method: http.MethodPost, path: tokenPath, kind: "token", most: maxGrant, body: []byte(form.Encode()),
		header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
	}
	var got *token
	var said struct {
		Refresh string `json:"refresh_token"`
	}
	a, failure := c.attempt(ctx, call, c.base+tokenPath, nil, func(a *answer) (err error) {
		if a.status != http.StatusOK {
			return errStatus
		}
		if got, err = readGrant(a.body, asked); err != nil {
			return err
		}
		_ = json.Unmarshal(a.body, &said) // readGrant has
		return nil
	})
	if failure != nil {
		c.explain(failure)
		if failure.Class == Login {
			failure.Advice = "the sign-in has ended or was taken back: run counterpunch accounts login again"
		}
	}
	c.tell(call, a, failure, 0)
	call.body = []byte("grant_type=" + form.Get("grant_type") + "&" + secret.Masked)
	hidden := *a
	if hidden.status < 300 {
		hidden.body = []byte(secret.Masked)
	}
	c.show(call, &hidden, failure)
	if failure != nil {
		return nil, failure
	}
	if said.Refresh != "" {
		k.Refresh = said.Refresh
	}
	if k.Refresh == "" {
		return nil, errors.New("NetSuite gave no refresh token: mark the integration record as a public client with the authorization code grant")
	}
	k.Access, k.Asked, k.Ends = got.value.Reveal(), asked, got.expires
	if err := l.save(k); err != nil {
		return nil, err
	}
	return got, nil
}

// SignInRequest is one attempt of a person to sign in with a browser.
type SignInRequest struct {
	// URL is what the person opens.
	URL string

	login    BrowserLogin
	redirect string
	state    string
	verifier string
}

// SignInRequest begins a sign-in for l, with which the client has been made. redirect is one of the redirect URIs of the
// integration record; nothing has to answer there, because the person copies the address out of the browser.
func (c *Client) SignInRequest(l BrowserLogin, redirect string) SignInRequest {
	r := SignInRequest{login: l, redirect: redirect, state: newNonce() + newNonce(), verifier: newNonce() + newNonce()}
	hash := sha256.Sum256([]byte(r.verifier))
	r.URL = application(c.sentTo) + "/app/login/oauth2/authorize.nl?" + url.Values{
		"response_type": {"code"}, "client_id": {l.ClientID}, "redirect_uri": {redirect}, "scope": {defaultScope}, "state": {r.state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(hash[:])}, "code_challenge_method": {"S256"},
	}.Encode()
	return r
}

// denied says in words what the error of a redirect means (RFC 6749, 4.1.2.1).
var denied = map[string]string{
	"access_denied":             "the access was not allowed, or the role may not use OAuth 2.0: it needs Log in using OAuth 2.0 Access Tokens",
	"invalid_request":           "NetSuite did not understand the address; open it whole, in one line",
	"invalid_scope":             "the integration record lacks the scope REST Web Services",
	"unauthorized_client":       "the integration record is blocked, or lacks the authorization code grant",
	"unsupported_response_type": "the integration record lacks the authorization code grant",
	"server_error":              "NetSuite failed; try again",
	"temporarily_unavailable":   "NetSuite is busy; try again",
}

// code takes the code out of the address to which the browser was sent.
func (r SignInRequest) code(address string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return "", errors.New("that is no address; copy all of the browser's address line") // it may hold the code
	}
	q := u.Query()
	switch {
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(r.state)) != 1:
		return "", errors.New("the address belongs to another attempt, or is cut off: its state is not the one that was sent; begin again")
	case q.Has("error"):
		word := q.Get("error")
		says := denied[word]
		if says == "" {
			says = "see Setup > Users/Roles > User Management > View Login Audit Trail"
		}
		return "", fmt.Errorf("NetSuite answered %s: %s", clip(word, 40), says)
	case q.Get("code") == "":
		return "", errors.New("the address has no code; copy all of the browser's address line")
	}
	return q.Get("code"), nil
}

// SignIn ends a sign-in with the address to which the browser was sent, and keeps the tokens in the file. The client must
// have been made with the BrowserLogin of the request.
func (c *Client) SignIn(ctx context.Context, r SignInRequest, address string) error {
	code, err := r.code(address)
	if err == nil {
		_, err = c.granted(ctx, r.login, kept{Account: c.account.Realm, ClientID: r.login.ClientID, SignedIn: c.tokens.now().UTC()}, url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {r.redirect}, "client_id": {r.login.ClientID}, "code_verifier": {r.verifier},
		})
	}
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return nil
}
