package netsuite

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"github.com/dghubble/oauth1"
)

// signing returns an HTTP client that signs every request it sends, for the URL it is given, and sends it to sentTo.
// Nothing below the signature repeats a request with a body, so a repeated call is always signed anew.
func signing(account Account, t TBA, nonce func() string, sentTo string, transport *http.Transport) *http.Client {
	if nonce == nil {
		nonce = newNonce
	}
	// The Config belongs to this client alone: the library writes to it while a client is made.
	config := &oauth1.Config{
		ConsumerKey: t.ConsumerKey,
		Realm:       account.Realm,
		Signer:      &oauth1.HMAC256Signer{ConsumerSecret: t.ConsumerSecret.Reveal()},
		Noncer:      noncer(nonce),
	}
	base := &http.Client{Transport: readdressed{to: sentTo, next: transport}}
	ctx := context.WithValue(context.Background(), oauth1.HTTPClient, base)
	client := config.Client(ctx, oauth1.NewToken(t.TokenID, t.TokenSecret.Reveal()))
	// A redirect would be signed again for another host. It is an answer like any other, and never a good one.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

// readdressed sends requests that are signed for one host to another, such as a simulator.
type readdressed struct {
	to   string // scheme://host
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (r readdressed) RoundTrip(req *http.Request) (*http.Response, error) {
	target := r.to
	if strings.Contains(req.URL.Host, ".restlets.") {
		target = restlets(target)
	}
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	if to.Scheme == req.URL.Scheme && to.Host == req.URL.Host {
		return r.next.RoundTrip(req)
	}
	address := *req.URL
	address.Scheme, address.Host = to.Scheme, to.Host
	sent := req.WithContext(req.Context())
	sent.URL, sent.Host = &address, to.Host
	return r.next.RoundTrip(sent)
}

type noncer func() string

// Nonce implements oauth1.Noncer.
func (n noncer) Nonce() string { return n() }

// newNonce returns 32 characters that need no escaping anywhere. Their 160 random bits make a repetition impossible.
func newNonce() string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	var random [32]byte
	rand.Read(random[:]) // never fails: it ends the program instead
	for i, b := range random {
		random[i] = alphabet[b%byte(len(alphabet))]
	}
	return string(random[:])
}
