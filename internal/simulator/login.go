package simulator

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The causes that the login audit trail names. The caller never sees them: every 401 reads the same.
const (
	causeConsumerRefused  = "consumer_key_refused"
	causeConsumerUnknown  = "consumer_key_unknown"
	causeFeatureDisabled  = "FeatureDisabled"
	causeMissingFields    = "MissingTokenPassportRequiredFields"
	causeNonceRejected    = "nonce_rejected"
	causeNonceUsed        = "nonce_used"
	causeParameter        = "parameter_rejected"
	causePermission       = "permission_denied"
	causeSignature        = "InvalidSignature"
	causeAlgorithm        = "UnknownAlgorithm"
	causeLocked           = "temporary_locked"
	causeTimestamp        = "InvalidTimestamp"
	causeToken            = "token_rejected"
	causeVersion          = "VersionRejected"
	shortestNonce         = 6
	longestNonce          = 64
	nonceSweepEvery       = 4096
	authenticateForm      = `OAuth realm="%s", error="token_rejected", error_description="Invalid login attempt."`
	permissionAccessToken = "Log in using Access Tokens"
	permissionOAuth2Token = "Log in using OAuth 2.0 Access Tokens"
)

// FailedLogin is an entry of the login audit trail.
type FailedLogin struct {
	Time   time.Time `json:"time"`
	Cause  string    `json:"cause"`
	Detail string    `json:"detail"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	User   string    `json:"user,omitempty"`
}

// gate knows who may log in. It is guarded by the simulator's mutex.
type gate struct {
	credentials []Credential
	nonces      map[string]time.Time // "token nonce timestamp" -> until when it is remembered
	sweep       int
	failures    map[string]int       // user -> failures in a row
	locked      map[string]time.Time // user -> until
	trail       []FailedLogin

	clients   []client
	tokens    map[string]*accessToken
	used      map[string]time.Time     // "client jti" of assertions -> until when it is remembered
	codes     map[string]authorization // of people who have signed in by browser
	refreshes map[string]authorization
}

func newGate(credentials []Credential, clients []client) *gate {
	return &gate{
		credentials: credentials, nonces: map[string]time.Time{}, failures: map[string]int{}, locked: map[string]time.Time{},
		clients: clients, tokens: map[string]*accessToken{}, used: map[string]time.Time{},
		codes: map[string]authorization{}, refreshes: map[string]authorization{},
	}
}

// forget lifts all locks and empties the trail.
func (g *gate) forget() {
	clear(g.failures)
	clear(g.locked)
	g.trail = nil
}

// loginFailure is a refused login before it is written down.
type loginFailure struct{ cause, detail, user string }

// login verifies the request and keeps the audit trail. The answer to every failure of one kind of login is the same.
func (s *Simulator) login(r *http.Request, c *call) *refusal {
	now := s.now()
	if isBearer(r.Header) {
		return s.bearerLogin(r.Header, c, now)
	}
	failure := s.checkLogin(r, c, now)
	if failure == nil {
		return nil
	}
	s.enter(failure, c, now)
	if k := s.knobs; failure.user != "" && failure.cause != causeLocked && k.LockAfter > 0 {
		s.gate.failures[failure.user]++
		if s.gate.failures[failure.user] >= k.LockAfter {
			s.gate.locked[failure.user] = now.Add(time.Duration(k.LockFor))
			s.gate.failures[failure.user] = 0
		}
	}
	return s.loginRefusal(authenticateForm)
}

// enter writes a failed login into the audit trail.
func (s *Simulator) enter(failure *loginFailure, c *call, now time.Time) {
	s.gate.trail = append(s.gate.trail, FailedLogin{Time: now, Cause: failure.cause, Detail: failure.detail,
		Method: c.method, Path: c.path, User: failure.user})
}

func (s *Simulator) loginRefusal(form string) *refusal {
	answer := refuse(http.StatusUnauthorized, codeInvalidLogin, loginText)
	if !s.knobs.HideAuthenticate {
		answer.header = http.Header{"Www-Authenticate": {fmt.Sprintf(form, s.options.Realm)}}
	}
	return answer
}

func (s *Simulator) checkLogin(r *http.Request, c *call, now time.Time) *loginFailure {
	k, g := &s.knobs, s.gate
	header := r.Header.Values("Authorization")
	if len(header) != 1 {
		return &loginFailure{cause: causeMissingFields, detail: fmt.Sprintf("%d authorization headers", len(header))}
	}
	p, err := parsePassport(header[0])
	if err != nil {
		return &loginFailure{cause: causeMissingFields, detail: err.Error()}
	}
	if name := p.missing(); name != "" {
		return &loginFailure{cause: causeMissingFields, detail: name + " is missing"}
	}
	for name := range p {
		if name != "realm" && !strings.HasPrefix(name, "oauth_") {
			return &loginFailure{cause: causeParameter, detail: "unknown parameter " + name}
		}
	}
	if p["realm"] != s.options.Realm && !(k.IgnoreRealmCase && strings.EqualFold(p["realm"], s.options.Realm)) {
		return &loginFailure{cause: causeParameter, detail: fmt.Sprintf("realm %q is not %q", p["realm"], s.options.Realm)}
	}
	if k.TBASunset {
		return &loginFailure{cause: causeFeatureDisabled, detail: "token-based authentication is no longer available"}
	}
	if p["oauth_signature_method"] != "HMAC-SHA256" {
		return &loginFailure{cause: causeAlgorithm, detail: p["oauth_signature_method"]}
	}
	if v, given := p["oauth_version"]; given && v != "1.0" {
		return &loginFailure{cause: causeVersion, detail: v}
	}
	credential, failure := g.find(p["oauth_consumer_key"], p["oauth_token"], k)
	if failure != nil {
		return failure
	}
	user := credential.user()
	c.user, c.role, s.acting = user, credential.Role, credential.Role
	fail := func(cause, format string, args ...any) *loginFailure {
		return &loginFailure{cause: cause, detail: fmt.Sprintf(format, args...), user: user}
	}
	if until, locked := g.locked[user]; locked && now.Before(until) {
		return fail(causeLocked, "locked until %s", until.UTC().Format(time.RFC3339))
	}
	seconds, err := strconv.ParseInt(p["oauth_timestamp"], 10, 64)
	if err != nil {
		return fail(causeTimestamp, "%q is not a number of seconds", p["oauth_timestamp"])
	}
	if skew := now.Sub(time.Unix(seconds, 0)).Abs(); skew > time.Duration(k.ClockSkew) {
		return fail(causeTimestamp, "off by %s", skew.Round(time.Second))
	}
	if n := len(p["oauth_nonce"]); n < shortestNonce || n > longestNonce {
		return fail(causeNonceRejected, "%d characters", n)
	}
	base, err := baseString(r.Method, s.signedFor(r, c), withForm(s.target(r), r.Header, c.body), p)
	if err != nil {
		return fail(causeParameter, "%v", err)
	}
	want := signature(base, credential.ConsumerSecret, credential.TokenSecret)
	if subtle.ConstantTimeCompare([]byte(want), []byte(p["oauth_signature"])) != 1 {
		return fail(causeSignature, "base string %s", base)
	}
	// Only a well signed request uses its nonce up.
	if !g.useNonce(p["oauth_token"]+" "+p["oauth_nonce"]+" "+p["oauth_timestamp"], now, time.Duration(k.NonceWindow)) {
		return fail(causeNonceUsed, "%s", p["oauth_nonce"])
	}
	if k.UserDisabled {
		return fail(causePermission, "the user has no access")
	}
	if s.lacks(permissionAccessToken) {
		return fail(causePermission, "the role lacks %q", permissionAccessToken)
	}
	g.failures[user] = 0
	return nil
}

func (c Credential) user() string {
	if c.User == "" {
		return "integration user"
	}
	return c.User
}

// find looks the pair of keys up. A token belongs to one integration.
func (g *gate) find(consumer, token string, k *Knobs) (Credential, *loginFailure) {
	known := false
	for _, c := range g.credentials {
		if c.ConsumerKey != consumer {
			continue
		}
		known = true
		if k.IntegrationBlocked {
			return c, &loginFailure{cause: causeConsumerRefused, detail: "the integration is blocked"}
		}
		if c.TokenID == token {
			if k.TokenRevoked {
				return c, &loginFailure{cause: causeToken, detail: "the token is revoked", user: c.user()}
			}
			return c, nil
		}
	}
	if !known {
		return Credential{}, &loginFailure{cause: causeConsumerUnknown, detail: consumer}
	}
	return Credential{}, &loginFailure{cause: causeToken, detail: "unknown token " + token}
}

// useNonce reports whether the nonce is new, and remembers it.
func (g *gate) useNonce(key string, now time.Time, window time.Duration) bool {
	if until, used := g.nonces[key]; used && now.Before(until) {
		return false
	}
	g.nonces[key] = now.Add(window)
	if g.sweep++; g.sweep >= nonceSweepEvery {
		g.sweep = 0
		for old, until := range g.nonces {
			if !now.Before(until) {
				delete(g.nonces, old)
			}
		}
	}
	return true
}

// origin is the scheme and host that the signature must cover.
func (s *Simulator) origin(r *http.Request) string {
	if !s.options.OwnHost {
		return "https://" + s.options.Host
	}
	scheme, host, port := "http", strings.ToLower(r.Host), ":80"
	if r.TLS != nil {
		scheme, port = "https", ":443"
	}
	return scheme + "://" + strings.TrimSuffix(host, port)
}

// withForm adds the parameters of a form to a target: they are signed as those of the query are (RFC 5849, 3.4.1.3.1).
func withForm(target string, header http.Header, body []byte) string {
	if header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(body) == 0 {
		return target
	}
	mark := "?"
	if strings.Contains(target, "?") {
		mark = "&"
	}
	return target + mark + string(body)
}

// target is the request target as the signature must cover it. A client that escapes the exclamation mark of a transform
// signs another text than NetSuite reads.
func (s *Simulator) target(r *http.Request) string {
	target := r.RequestURI
	if target == "" || !strings.HasPrefix(target, "/") {
		target = r.URL.RequestURI()
	}
	if s.knobs.AcceptEncodedBang {
		return target
	}
	path, query, has := strings.Cut(target, "?")
	path = strings.ReplaceAll(path, "/%21", "/!")
	if has {
		path += "?" + query
	}
	return path
}
