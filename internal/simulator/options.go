package simulator

import (
	"strings"
	"time"
)

// Options set up a Simulator. The zero value is the account of the demonstration with its default rules.
type Options struct {
	// Account is the account id as the realm spells it, such as 1234567_SB1 (the default).
	Account string
	// Realm is the only realm accepted. Empty means Account.
	Realm string
	// Host is the host over which requests must be signed. Empty means <account>.suitetalk.api.netsuite.com.
	Host string
	// OwnHost takes the scheme and host of each request instead: for clients that sign the address they really call.
	OwnHost bool
	// Credentials are the token-based credentials that log in. Empty means the demonstration's.
	Credentials []Credential
	// Clients log in by OAuth 2.0 client credentials. Nobody does unless they are given.
	Clients []OAuthClient
	// PublicClients are integrations with which people sign in by browser: whoever opens the address is let in, and is sent on with a code.
	PublicClients []PublicClient
	// CustomFields are further custom fields beside those of the default mapping.
	CustomFields []CustomField
	// Limit is the number of calls that the account may have at once: 0 means 5, below 0 no limit.
	Limit int
	// CommitThenFail is the share of writes that are applied and then answered with a failure, 0 to 1.
	CommitThenFail float64
	// Seed makes latency and faults repeatable for the same order of calls.
	Seed int64
	// Latency is how long calls take. Zero: no waiting.
	Latency Latency
	// Clock is the server's clock. Nil means time.Now.
	Clock func() time.Time
	// Knobs adjusts the rules and faults before the first call. Nil leaves the defaults.
	Knobs func(*Knobs)
	// KeepCalls bounds the calls listed one by one in the books; counts are always complete. 0 means 10,000.
	KeepCalls int
}

// Credential is one access token with the integration it belongs to. The simulator's secrets protect nothing, so they are
// plain text.
type Credential struct {
	ConsumerKey    string
	ConsumerSecret string
	TokenID        string
	TokenSecret    string
	// User is who the token acts for; failed logins lock the user. Empty means one user for all tokens.
	User string
	// Role is the role of the token, whose restrictions are in Knobs.Roles. Empty means one role for all.
	Role string
}

// OAuthClient is an integration with a certificate that is mapped to a user: an entry of the account's page OAuth 2.0
// Client Credentials (M2M) Setup.
type OAuthClient struct {
	ClientID      string
	CertificateID string // kid of the assertions
	PublicKey     string // PEM of a certificate or of a public key
	User          string // who its tokens act for; empty means one user for all
	Role          string // in which role, see Credential.Role
}

// CustomField is a custom field that the account has.
type CustomField struct {
	Record string // such as purchaseOrder
	List   string // item or expense; empty for a field of the body
	Name   string // custbody_… or custcol_…
	Kind   string // text, number, date or flag
	Max    int    // characters of a text; 0 means 4,000
}

// DemoCredential is the credential of the demonstration and of the fixtures.
func DemoCredential() Credential {
	return Credential{
		ConsumerKey: "demo-consumer-key", ConsumerSecret: "demo-consumer-secret",
		TokenID: "demo-token", TokenSecret: "demo-token-secret",
	}
}

func (o Options) withDefaults() Options {
	if o.Account == "" {
		o.Account = "1234567_SB1"
	}
	if o.Realm == "" {
		o.Realm = o.Account
	}
	if o.Host == "" {
		o.Host = strings.ToLower(strings.ReplaceAll(o.Account, "_", "-")) + ".suitetalk.api.netsuite.com"
	}
	if len(o.Credentials) == 0 {
		o.Credentials = []Credential{DemoCredential()}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.KeepCalls == 0 {
		o.KeepCalls = 10_000
	}
	return o
}
