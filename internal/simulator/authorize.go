package simulator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// PublicClient is an integration record that is marked as a public client: people sign in with their browser, and the
// client has no secret.
type PublicClient struct {
	ClientID    string
	RedirectURI string
	User        string // who signs in; empty means one user for all
	Role        string // in which role, see Credential.Role
}

const (
	authorizePath = "/app/login/oauth2/authorize.nl"
	codeLife      = 10 * time.Minute
	refreshLife   = 7 * 24 * time.Hour
	shortestState = 22
	longestState  = 1024
)

// authorization is what a person has allowed: for a code, or for a refresh token.
type authorization struct {
	client    PublicClient
	challenge string
	scope     []string
	ends      time.Time
}

// signInPage is the page on which people sign in, for those who try the simulator by hand: whoever opens it is let in and
// has allowed the access.
func (s *Simulator) signInPage(w http.ResponseWriter, c *call) {
	redirect, err := s.authorize(c.query)
	if err != nil {
		s.note(c, http.StatusBadRequest, "", "")
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.note(c, http.StatusFound, "", "")
	w.Header().Set("Location", redirect)
	w.WriteHeader(http.StatusFound)
}

// authorize returns where the page sends the browser.
func (s *Simulator) authorize(q url.Values) (redirect string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.options.PublicClients, func(c PublicClient) bool { return c.ClientID == q.Get("client_id") })
	if i < 0 || q.Get("redirect_uri") != s.options.PublicClients[i].RedirectURI {
		return "", fmt.Errorf("authorize: client_id and redirect_uri are not those of an integration")
	}
	client := s.options.PublicClients[i]
	answer := url.Values{"state": {q.Get("state")}, "role": {"3"}, "entity": {"12"}, "company": {s.options.Account}}
	scope := strings.Fields(q.Get("scope"))
	switch n := len(q.Get("state")); {
	case n < shortestState || n > longestState, q.Get("response_type") != "code",
		q.Get("code_challenge_method") != "S256", len(q.Get("code_challenge")) != 43:
		answer.Set("error", errInvalidRequest)
	case len(scope) == 0 || slices.ContainsFunc(scope, func(one string) bool { return !slices.Contains(scopes, one) }):
		answer.Set("error", errInvalidScope)
	case s.knobs.UserDisabled, s.withoutOAuth2(client.Role):
		answer.Set("error", "access_denied")
	default:
		code := randomText()
		s.gate.codes[code] = authorization{client, q.Get("code_challenge"), scope, s.now().Add(codeLife)}
		answer.Set("code", code)
	}
	return client.RedirectURI + "?" + answer.Encode(), nil
}

// withoutOAuth2 reports whether a role may not sign in by OAuth 2.0.
func (s *Simulator) withoutOAuth2(role string) bool {
	s.acting = role
	return s.lacks(permissionOAuth2Token)
}

func randomText() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: it ends the program instead
	return hex.EncodeToString(b[:])
}

// checkCode answers a grant of an authorization code or of a refresh token. Either is good once.
func (s *Simulator) checkCode(form url.Values, now time.Time) (*accessToken, string, *loginFailure) {
	fail := func(word, cause, format string, args ...any) (*accessToken, string, *loginFailure) {
		return nil, word, &loginFailure{cause: cause, detail: fmt.Sprintf(format, args...)}
	}
	from, name := s.gate.codes, "code"
	if form.Get("grant_type") == "refresh_token" {
		from, name = s.gate.refreshes, "refresh_token"
	}
	a, known := from[form.Get(name)]
	delete(from, form.Get(name))
	switch {
	case !slices.ContainsFunc(s.options.PublicClients, func(c PublicClient) bool { return c.ClientID == form.Get("client_id") }):
		return fail(errInvalidClient, causeIssuer, "client_id %q", form.Get("client_id"))
	case !known:
		return fail(errInvalidGrant, causeTokenRejected, "the %s is unknown or was used", name)
	case a.client.ClientID != form.Get("client_id"):
		return fail(errInvalidGrant, causeClientMismatch, "client_id %q", form.Get("client_id"))
	case !now.Before(a.ends):
		return fail(errInvalidGrant, causeTokenRejected, "the %s has ended", name)
	case s.knobs.IntegrationBlocked:
		return fail(errUnauthorized, causeIntegrationBlocked, "the integration is blocked")
	case s.knobs.UserDisabled:
		return fail(errInvalidGrant, causeEntityDisabled, "the user has no access")
	case s.withoutOAuth2(a.client.Role):
		return fail(errInvalidGrant, causeEntityDisabled, "the role lacks %q", permissionOAuth2Token)
	}
	ends := a.ends
	if name == "code" {
		hash := sha256.Sum256([]byte(form.Get("code_verifier")))
		if base64.RawURLEncoding.EncodeToString(hash[:]) != a.challenge || form.Get("redirect_uri") != a.client.RedirectURI {
			return fail(errInvalidGrant, causeTokenRejected, "code_verifier or redirect_uri do not belong to the code")
		}
		ends = now.Add(refreshLife)
	}
	refresh := randomText()
	s.gate.refreshes[refresh] = authorization{client: a.client, scope: a.scope, ends: ends}
	return &accessToken{client: a.client.ClientID, user: a.client.User, role: a.client.Role, scope: a.scope, refresh: refresh}, "", nil
}
