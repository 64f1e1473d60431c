package netsuite

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"counterpunch/internal/secret"
)

const (
	tokenPath = "/services/rest/auth/oauth2/v1/token"
	// assertionLife is far below the hour that NetSuite allows: an assertion is used at once, and once.
	assertionLife = 5 * time.Minute
	// assertionSlack is how far the clock here may be ahead of NetSuite's.
	assertionSlack = 30 * time.Second
	// tokenLife is what NetSuite documents, for an answer that does not say it; longestLife bounds what one may say.
	tokenLife   = time.Hour
	longestLife = 24 * time.Hour
	// maxGrant bounds the answer that holds a token.
	maxGrant = 64 << 10
	// maxToken bounds the token, which has to fit into a header.
	maxToken = 8 << 10
)

// asserter signs what proves to NetSuite who asks for a token.
type asserter struct {
	clientID, certificateID string
	audience                string
	scope                   []string
	key                     crypto.Signer
	method                  jwt.SigningMethod
}

// assertion returns a JWT that is good for one request.
func (a *asserter) assertion(now time.Time) (string, error) {
	issued := now.Add(-assertionSlack)
	t := jwt.NewWithClaims(a.method, jwt.MapClaims{
		"iss": a.clientID, "scope": a.scope, "aud": a.audience,
		"iat": issued.Unix(), "exp": issued.Add(assertionLife).Unix(), "jti": newNonce(),
	})
	t.Header["kid"] = a.certificateID
	return t.SignedString(a.key)
}

// fetchToken asks NetSuite for an access token. It is a call like any other, without a slot of its own: the caller has one.
func (c *Client) fetchToken(ctx context.Context, a *asserter) (*token, error) {
	asked := c.tokens.now()
	assertion, err := a.assertion(asked)
	if err != nil {
		return nil, fmt.Errorf("sign the request for a token with %s: %w", a.method.Alg(), err)
	}
	k := call{
		method: http.MethodPost, path: tokenPath, kind: "token", most: maxGrant,
		header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		body: []byte(url.Values{
			"grant_type":            {"client_credentials"},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion":      {assertion},
		}.Encode()),
	}
	var granted *token
	answer, failure := c.attempt(ctx, k, c.base+tokenPath, nil, func(a *answer) (err error) {
		if a.status != http.StatusOK {
			return errStatus
		}
		granted, err = readGrant(a.body, asked)
		return err
	})
	if failure != nil {
		c.explain(failure)
	}
	c.tell(k, answer, failure, 0)
	shown := *answer
	if shown.status < 300 {
		shown.body = []byte(secret.Masked)
	}
	c.show(k, &shown, failure)
	if failure != nil {
		return nil, failure
	}
	return granted, nil
}

// tokenForm is what may stand after Bearer (RFC 6750, 2.1).
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]{8,}=*$`)

// readGrant reads a token as leniently as is safe. Its errors show nothing of the answer, which may hold the token in
// whatever form.
func readGrant(body []byte, asked time.Time) (*token, error) {
	var said struct {
		Token   string          `json:"access_token"`
		Expires json.RawMessage `json:"expires_in"`
		Type    string          `json:"token_type"`
	}
	if json.Unmarshal(body, &said) != nil {
		return nil, errors.New("the answer is not JSON with a token")
	}
	if len(said.Token) > maxToken || !tokenForm.MatchString(said.Token) {
		return nil, errors.New("the answer has no access_token that can be sent")
	}
	if said.Type != "" && !strings.EqualFold(said.Type, "bearer") {
		return nil, errors.New("the answer has a token_type that is not bearer")
	}
	life := tokenLife
	seconds, err := strconv.ParseFloat(strings.Trim(string(said.Expires), `" `), 64)
	if err == nil && seconds >= 1 {
		life = time.Duration(min(seconds, longestLife.Seconds()) * float64(time.Second))
	}
	return newToken(secret.New(said.Token), asked, life), nil
}

// explain makes the failure to get a token one of the sign-in, not of the call that needed the token: what NetSuite
// refuses here it refuses to everybody, and what makes no sense must not be counted on a document.
func (c *Client) explain(e *Error) {
	if e.Status < 300 {
		e.Detail = "" // it might be the token
	}
	switch e.Class {
	case Refused, NotFound, Exists, Changed:
		e.Class = Login
	case Odd, Unknown:
		e.Class = Down
	}
	if e.Class != Login {
		return
	}
	e.Advice = advice(e.Code) + "; the cause stands in Setup > Users/Roles > User Management > View Login Audit Trail"
	if off := e.Skew.Abs(); off > assertionSlack/2 && off <= maxSkew { // the error itself tells of more
		e.Advice = fmt.Sprintf("the clock here is off by %s, which may be all: correct it; else %s", -e.Skew, e.Advice)
	}
	if !c.ends.IsZero() && c.tokens.now().After(c.ends) {
		e.Advice = "the certificate ended on " + c.ends.Format(time.DateOnly) + ": make a new pair with counterpunch accounts certificate and upload it"
	}
}

// advice says what to look at for each of the words with which NetSuite refuses a token.
func advice(word string) string {
	switch word {
	case "invalid_client", "invalid_grant":
		return "check that client id and certificate id are those of one mapping under Setup > Integration > OAuth 2.0 Client Credentials (M2M) Setup of this account, that the private key belongs to its certificate, and that it was neither revoked nor ended"
	case "unauthorized_client", "unsupported_grant_type":
		return "check that the integration record is enabled and has Client Credentials (Machine to Machine) Grant ticked, and that the feature OAuth 2.0 is on"
	case "invalid_scope":
		return "check that the integration record has the scope REST Web Services ticked"
	default:
		return "check client id, certificate id and account"
	}
}
