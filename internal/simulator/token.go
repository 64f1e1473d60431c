package simulator

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	tokenPath     = "/services/rest/auth/oauth2/v1/token"
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// The causes that the login audit trail names for OAuth 2.0.
const (
	causeAccessTokenExpired  = "AccessTokenExpired"
	causeEntityDisabled      = "EntityOrRoleDisabled"
	causeTokenRejected       = "TokenRejected"
	causeScopeMismatched     = "ScopeMismatched"
	causeInvalidScope        = "InvalidScope"
	causeIntegrationBlocked  = "IntegrationBlocked"
	causeUnsupportedAlgo     = "UnsupportedAlgo"
	causeTooBroad            = "TokenValidityTooBroad"
	causeTokenBlocked        = "TokenBlocked"
	causeTokenType           = "InvalidTokenType"
	causeSignatureValidation = "SignatureValidation"
	causeClientMismatch      = "ClientIdMismatch"
	causeNotAcceptable       = "TokenNotAcceptable"
	causeAssertionExpired    = "TokenExpired"
	causeIssuer              = "InvalidIssuer"
	causeMissingKeyID        = "MissingKeyId"
	causeMissingKey          = "MissingKey"
)

// The words with which the token endpoint refuses (RFC 6749, 5.2). Only invalid_client is a 401.
const (
	errInvalidRequest = "invalid_request"
	errInvalidClient  = "invalid_client"
	errInvalidGrant   = "invalid_grant"
	errUnauthorized   = "unauthorized_client"
	errGrantType      = "unsupported_grant_type"
	errInvalidScope   = "invalid_scope"
)

// scopes that an integration can have. mcp goes with no other.
var scopes = []string{"rest_webservices", "restlets", "suite_analytics", "mcp"}

// accessToken is a token that was issued.
type accessToken struct {
	client, certificate, user, role string // certificate is empty for a person's token
	refresh                         string // given with it, for a person
	scope                           []string
	expires                         time.Time
	revoked                         bool
}

// grantAnswer is what the token endpoint says.
type grantAnswer struct {
	status       int
	authenticate string
	word         string // of a refusal
	body         map[string]any
}

func (a grantAnswer) write(s *Simulator, w http.ResponseWriter, c *call) {
	s.note(c, a.status, a.word, "")
	if a.authenticate != "" {
		w.Header().Set("WWW-Authenticate", a.authenticate)
	}
	w.Header().Set("Cache-Control", "no-store")
	reply{status: a.status, media: "application/json;charset=utf-8", body: a.body}.write(w)
}

// grant answers a request for a token, sent to origin, and keeps the audit trail. No description tells the caller what was wrong.
func (s *Simulator) grant(c *call, origin string) grantAnswer {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	token, word, failure := s.checkGrant(c, origin, now)
	if failure != nil {
		s.enter(failure, c, now)
		refused := grantAnswer{status: http.StatusBadRequest, word: word, body: map[string]any{"error": word}}
		if word == errInvalidClient {
			refused.status = http.StatusUnauthorized
			if !s.knobs.HideAuthenticate {
				refused.authenticate = fmt.Sprintf(`Basic realm="%s"`, s.options.Realm)
			}
		}
		return refused
	}
	life := time.Duration(s.knobs.TokenLife)
	token.expires = now.Add(life)
	text := s.opaque(token, now)
	s.gate.tokens[text] = token
	var expires any = int(life / time.Second)
	if s.knobs.ExpiresInAsString {
		expires = strconv.Itoa(int(life / time.Second))
	}
	body := map[string]any{"access_token": text, "expires_in": expires, "token_type": s.knobs.TokenTypeCase}
	if token.refresh != "" {
		body["refresh_token"] = token.refresh
	}
	return grantAnswer{status: http.StatusOK, body: body}
}

// checkGrant returns the token that the request is worth, without its end, or the word of the refusal and its cause.
func (s *Simulator) checkGrant(c *call, origin string, now time.Time) (*accessToken, string, *loginFailure) {
	fail := func(word, cause, format string, args ...any) (*accessToken, string, *loginFailure) {
		return nil, word, &loginFailure{cause: cause, detail: fmt.Sprintf(format, args...)}
	}
	media, _, _ := strings.Cut(c.header.Get("Content-Type"), ";")
	form, err := url.ParseQuery(string(c.body))
	if err != nil || strings.TrimSpace(media) != "application/x-www-form-urlencoded" || len(c.query) > 0 {
		return fail(errInvalidRequest, causeNotAcceptable, "no form in the body")
	}
	for name, values := range form {
		if len(values) != 1 {
			return fail(errInvalidRequest, causeNotAcceptable, "%s is given %d times", name, len(values))
		}
	}
	if c.header.Get("Authorization") != "" {
		return fail(errInvalidRequest, causeNotAcceptable, "the client authenticates in two ways")
	}
	switch form.Get("grant_type") {
	case "client_credentials":
	case "authorization_code", "refresh_token":
		return s.checkCode(form, now)
	case "":
		return fail(errInvalidRequest, causeNotAcceptable, "grant_type is missing")
	default:
		return fail(errGrantType, causeNotAcceptable, "grant_type %q", form.Get("grant_type"))
	}
	if form.Get("client_assertion_type") != assertionType {
		return fail(errInvalidRequest, causeNotAcceptable, "client_assertion_type %q", form.Get("client_assertion_type"))
	}
	assertion, err := parseJWT(form.Get("client_assertion"))
	if err != nil {
		return fail(errInvalidRequest, causeNotAcceptable, "the assertion cannot be read: %v", err)
	}
	known, failure := s.checkAssertion(assertion, origin, now)
	if failure != nil {
		return nil, errInvalidClient, failure
	}
	refuse := func(word, cause, format string, args ...any) (*accessToken, string, *loginFailure) {
		_, _, failure := fail(word, cause, format, args...)
		failure.user = known.User
		return nil, word, failure
	}
	if s.knobs.IntegrationBlocked {
		return refuse(errUnauthorized, causeIntegrationBlocked, "the integration is blocked")
	}
	if s.knobs.UserDisabled {
		return refuse(errInvalidGrant, causeEntityDisabled, "the user has no access")
	}
	if s.withoutOAuth2(known.Role) {
		return refuse(errInvalidGrant, causeEntityDisabled, "the role lacks %q", permissionOAuth2Token)
	}
	if _, isText := assertion.claims["scope"].(string); isText && s.knobs.ScopeForms == Array || !isText && s.knobs.ScopeForms == Comma {
		return refuse(errInvalidScope, causeInvalidScope, "%v is not written as %s", assertion.claims["scope"], s.knobs.ScopeForms)
	}
	scope := assertion.list("scope", true)
	if len(scope) == 0 {
		return refuse(errInvalidScope, causeInvalidScope, "there is none")
	}
	for _, one := range scope {
		if !slices.Contains(scopes, one) || one == "mcp" && len(scope) > 1 {
			return refuse(errInvalidScope, causeInvalidScope, "%q", scope)
		}
	}
	return &accessToken{client: known.ClientID, certificate: known.CertificateID, user: known.User, role: known.Role, scope: scope}, "", nil
}

// checkAssertion verifies who signed the assertion, for whom and when. A good one is used up.
func (s *Simulator) checkAssertion(a *jwt, origin string, now time.Time) (client, *loginFailure) {
	k, g := &s.knobs, s.gate
	fail := func(cause, format string, args ...any) (client, *loginFailure) {
		return client{}, &loginFailure{cause: cause, detail: fmt.Sprintf(format, args...)}
	}
	if !strings.EqualFold(a.header.Type, "JWT") {
		return fail(causeTokenType, "typ %q", a.header.Type)
	}
	if a.header.Key == "" {
		return fail(causeMissingKeyID, "kid is missing")
	}
	i := slices.IndexFunc(g.clients, func(c client) bool { return c.CertificateID == a.header.Key })
	if i < 0 {
		return fail(causeMissingKey, "kid %q", a.header.Key)
	}
	known := g.clients[i]
	if failure := a.verify(known.key); failure != nil {
		failure.user = known.User
		return client{}, failure
	}
	if issuer := a.text("iss"); issuer != known.ClientID {
		if slices.ContainsFunc(g.clients, func(c client) bool { return c.ClientID == issuer }) {
			return fail(causeClientMismatch, "iss %q has another certificate", issuer)
		}
		return fail(causeIssuer, "iss %q", issuer)
	}
	if !slices.ContainsFunc(a.list("aud", false), func(aud string) bool { return isAudience(aud, origin, k.AudHosts) }) {
		return fail(causeNotAcceptable, "aud %v", a.claims["aud"])
	}
	issued, hasIssued := a.time("iat")
	expires, hasExpires := a.time("exp")
	skew := time.Duration(k.ClockSkew)
	switch {
	case !hasIssued || !hasExpires:
		return fail(causeNotAcceptable, "iat %v, exp %v", a.claims["iat"], a.claims["exp"])
	case !now.Before(expires):
		return fail(causeAssertionExpired, "exp was %s ago", now.Sub(expires))
	case expires.Sub(issued) > time.Duration(k.MaxAssertionLife):
		return fail(causeTooBroad, "%s from iat to exp", expires.Sub(issued))
	case issued.After(now.Add(skew)):
		return fail(causeNotAcceptable, "iat is in %s", issued.Sub(now))
	}
	if !known.ends.IsZero() && now.After(known.ends) {
		return fail(causeMissingKey, "the certificate ended on %s", known.ends.Format(time.DateOnly))
	}
	if id, given := a.claims["jti"]; given {
		if text, ok := id.(string); !ok || text == "" || !g.useAssertion(known.ClientID+" "+text, now, expires) {
			return fail(causeNotAcceptable, "jti %v was used before", id)
		}
	}
	return known, nil
}

// useAssertion reports whether the jti is new, and remembers it for as long as the assertion could be used.
func (g *gate) useAssertion(key string, now, expires time.Time) bool {
	for old, until := range g.used {
		if !now.Before(until) {
			delete(g.used, old)
		}
	}
	if _, used := g.used[key]; used {
		return false
	}
	g.used[key] = expires
	return true
}

// isAudience takes the token endpoint on the account's two hosts, or on one of them.
func isAudience(aud, origin string, hosts Choice) bool {
	return hosts != Restlets && aud == origin+tokenPath ||
		hosts != SuiteTalk && aud == strings.Replace(origin, ".suitetalk.", ".restlets.", 1)+tokenPath
}

// opaque returns a text that looks like the JWT that NetSuite issues. Nobody can verify it, and nobody should try.
func (s *Simulator) opaque(t *accessToken, now time.Time) string {
	signature := make([]byte, 256)
	rand.Read(signature) // never fails: it ends the program instead
	part := func(v any) string {
		text, err := encode(v)
		if err != nil {
			panic("simulator: encode a token: " + err.Error())
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"typ": "JWT", "alg": "RS256", "kid": "s.SYSTEM.simulator"}) + "." + part(map[string]any{
		"sub": roleID + ";" + userID, "aud": []string{s.options.Realm, t.client}, "scope": t.scope, "iss": "https://system.netsuite.com",
		"iat": now.Unix(), "exp": t.expires.Unix(),
	}) + "." + base64.RawURLEncoding.EncodeToString(signature)
}
