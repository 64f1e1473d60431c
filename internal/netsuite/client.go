package netsuite

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"counterpunch/internal/secret"
)

// Defaults of Options.
const (
	// DefaultTimeout is longer than the minute after which an overloaded NetSuite answers 401: a shorter one would
	// turn that clear "busy" into an unknown outcome.
	DefaultTimeout = 75 * time.Second
	// DefaultSlots leaves one of the five calls at once that the smallest account allows to everything else.
	DefaultSlots = 4
)

// Credentials are how a Client signs in: TBA or OAuth2.
type Credentials interface {
	// signIn checks the credentials and makes c use them. c has its account, addresses and transport.
	signIn(c *Client, nonce func() string) error
}

// Options says which account a Client calls, how, and as whom.
type Options struct {
	Account     string            // in any form that ParseAccount takes
	BaseURL     string            // where calls are sent in place of NetSuite, as scheme://host[:port]; "" for NetSuite itself
	SigningURL  string            // what calls are signed for; "" for NetSuite's own address, also when BaseURL is given
	Credentials Credentials       // how it signs in: TBA or OAuth2
	HTTP        *http.Transport   // copied and tuned; nil for a new one
	Timeout     time.Duration     // for one call with its answer; 0 for DefaultTimeout
	Slots       int               // calls at once; 0 for DefaultSlots
	Nonce       func() string     // of TBA: safe for concurrent use and never the same text twice; nil for 32 random characters
	Observe     func(Observation) // called after every call that was sent, from the caller's goroutine; may be nil
	Trace       func(Exchange)    // the same with headers and bodies, secrets blanked; may be nil
}

// Observation is one call that was sent to NetSuite.
type Observation struct {
	Method string
	Kind   string // of resource: a record type, suiteql, serverTime, metadata-catalog or token
	Status int    // 0: no answer
	Class  Class  // "" for success
	Write  bool
	Took   time.Duration // from sending to the end of the answer
	Waited time.Duration // for a slot
}

// Client calls one NetSuite account. It is safe for concurrent use.
type Client struct {
	account   Account
	base      string // scheme://host of the signed URL
	sentTo    string // scheme://host of the URL that is sent to
	http      *http.Client
	transport *http.Transport
	timeout   time.Duration
	slots     chan struct{}
	observe   func(Observation)
	trace     func(Exchange)
	logins    *logins             // of the client and its sessions
	session   *uint64             // refused sign-ins when the session began; nil: no session
	tokens    *tokens             // of OAuth 2.0; nil with TBA, for which http signs
	ends      time.Time           // of the certificate; zero when it is not known
	masked    func(string) string // blanks what is secret, should an answer or an error echo it
}

// New checks the options and returns a client. It does not call NetSuite: Probe does.
func New(o Options) (*Client, error) {
	account, err := ParseAccount(o.Account)
	if err != nil {
		return nil, err
	}
	if o.Credentials == nil {
		return nil, fmt.Errorf("netsuite account %s: there are no credentials: give TBA or OAuth2", account.Realm)
	}
	c := &Client{account: account, base: account.URL(), sentTo: account.URL(), timeout: o.Timeout, logins: &logins{}, observe: o.Observe, trace: o.Trace}
	if o.SigningURL != "" {
		if c.base, err = origin("signing URL", o.SigningURL); err != nil {
			return nil, err
		}
	}
	if o.BaseURL != "" {
		if c.sentTo, err = origin("base URL", o.BaseURL); err != nil {
			return nil, err
		}
	}
	if o.Timeout < 0 || o.Slots < 0 {
		return nil, fmt.Errorf("netsuite account %s: timeout and slots must not be negative", account.Realm)
	}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	slots := o.Slots
	if slots == 0 {
		slots = DefaultSlots
	}
	c.slots = make(chan struct{}, slots)
	c.transport = tuned(o.HTTP, slots)
	if err := o.Credentials.signIn(c, o.Nonce); err != nil {
		return nil, fmt.Errorf("netsuite account %s: %w", account.Realm, err)
	}
	own := c.masked
	c.masked = func(s string) string { return unsaid.ReplaceAllString(own(s), "$1$2"+secret.Masked) }
	return c, nil
}

// unsaid are the secrets of OAuth 2.0 by their names in forms, also those of several parts, and in JSON, also where a page has
// escaped its quotation marks: of whatever sign-in, for people send requests of their own.
var unsaid = regexp.MustCompile(`(?i)\b(client_secret|client_assertion|refresh_token|access_token|code_verifier)(\\*"?\s*[:=]\s*\\*"?|"\s*\r\n\r\n)[^&\s"\\,}]+`)

// Expires returns when the certificate of the sign-in ends, or the zero time when there is none or it was not given.
// NetSuite refuses the sign-in from then on; CertificateWarning before is the time to make a new one.
func (c *Client) Expires() time.Time { return c.ends }

// Account returns the account that the client calls.
func (c *Client) Account() Account { return c.account }

// Slots returns how many calls are in progress and how many may be.
func (c *Client) Slots() (busy, limit int) { return len(c.slots), cap(c.slots) }

// Close closes idle connections. Calls in progress end by themselves.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// origin checks that s is scheme://host[:port] and nothing else, since paths are part of the signature.
func origin(what, s string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%s %q must be scheme://host[:port] with http or https and without a path", what, clip(s, 80))
	}
	return u.Scheme + "://" + u.Host, nil
}

// tuned returns a copy of t, or a new transport, for as many calls at once as there are slots.
func tuned(t *http.Transport, slots int) *http.Transport {
	if t == nil {
		t = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
			TLSHandshakeTimeout:   10 * time.Second,
			ExpectContinueTimeout: time.Second,
			IdleConnTimeout:       60 * time.Second,
		}
	} else {
		t = t.Clone()
	}
	// net/http keeps two idle connections a host unless told otherwise, and would open a new one for most calls.
	t.MaxIdleConnsPerHost = slots
	// HTTP/1.1 only: with one connection a call, a connection that went dead takes one call with it and not all.
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.ForceAttemptHTTP2 = false
	return t
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
