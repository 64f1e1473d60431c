package simulator

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	bearerAuthenticate = `Bearer realm="%s", error="invalid_token", error_description="Invalid login attempt."`
	bearerMalformed    = `Bearer realm="%s", error="invalid_request", error_description="The request could not be understood by the server due to malformed syntax."`
	malformedText      = "The request could not be understood by the server due to malformed syntax."
)

var bearerForm = regexp.MustCompile(`^Bearer [A-Za-z0-9._~+/-]+=*$`)

// isBearer reports whether the call comes with OAuth 2.0 rather than with the token-based authentication.
func isBearer(h http.Header) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(h.Get("Authorization"))), "bearer")
}

// formOf is the WWW-Authenticate that belongs to the kind of login.
func formOf(h http.Header) string {
	if isBearer(h) {
		return bearerAuthenticate
	}
	return authenticateForm
}

// bearerLogin verifies the access token of a call. Failures do not count towards the lock of the user, which belongs to
// token-based authentication.
func (s *Simulator) bearerLogin(h http.Header, c *call, now time.Time) *refusal {
	header := h.Values("Authorization")
	if len(header) != 1 || !bearerForm.MatchString(header[0]) {
		s.enter(&loginFailure{cause: causeTokenType, detail: "a malformed Bearer header"}, c, now)
		answer := refuse(http.StatusBadRequest, codeRequest, malformedText)
		if !s.knobs.HideAuthenticate {
			answer.header = http.Header{"Www-Authenticate": {fmt.Sprintf(bearerMalformed, s.options.Realm)}}
		}
		return answer
	}
	failure := s.checkBearer(strings.TrimPrefix(header[0], "Bearer "), c, now)
	if failure == nil {
		return nil
	}
	s.enter(failure, c, now)
	return s.loginRefusal(bearerAuthenticate)
}

func (s *Simulator) checkBearer(text string, c *call, now time.Time) *loginFailure {
	token, known := s.gate.tokens[text]
	if !known {
		return &loginFailure{cause: causeTokenRejected, detail: "unknown token"}
	}
	c.user, c.role, s.acting = token.user, token.role, token.role
	fail := func(cause, detail string) *loginFailure {
		return &loginFailure{cause: cause, detail: detail, user: token.user}
	}
	if _, hit := s.strike(&s.knobs.RevokeToken, c); hit {
		s.traffic.fault("revokeToken")
		token.revoked = true
	}
	if _, hit := s.strike(&s.knobs.ExpireToken, c); hit {
		s.traffic.fault("expireToken")
		token.expires = now
	}
	switch {
	case token.revoked:
		return fail(causeTokenBlocked, "the token is revoked")
	case !now.Before(token.expires):
		return fail(causeAccessTokenExpired, "the token has ended")
	case !slices.Contains(token.scope, scopes[0]):
		return fail(causeScopeMismatched, fmt.Sprintf("the token is for %q", token.scope))
	case token.certificate != "" && !slices.ContainsFunc(s.gate.clients, func(k client) bool {
		return k.ClientID == token.client && k.CertificateID == token.certificate
	}):
		return fail(causeTokenBlocked, "the mapping of the certificate is gone")
	case s.knobs.IntegrationBlocked:
		return fail(causeIntegrationBlocked, "the integration is blocked")
	case s.knobs.UserDisabled:
		return fail(causeEntityDisabled, "the user has no access")
	case s.lacks(permissionOAuth2Token):
		return fail(causeEntityDisabled, fmt.Sprintf("the role lacks %q", permissionOAuth2Token))
	}
	return nil
}
