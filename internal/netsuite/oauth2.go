package netsuite

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"counterpunch/internal/secret"
)

const (
	// CertificateWarning is how long before its end a certificate should be replaced. NetSuite itself begins to warn two
	// months before.
	CertificateWarning = 60 * 24 * time.Hour
	// smallestRSA is NetSuite's bound: it refuses certificates with shorter keys.
	smallestRSA = 3072
	// defaultScope is all that the record API and SuiteQL need.
	defaultScope = "rest_webservices"
)

// OAuth2 is the integration user's access by OAuth 2.0 client credentials: NetSuite's machine-to-machine sign-in. Calls
// carry a token that is fetched with an assertion, which the private key signs.
type OAuth2 struct {
	ClientID      string       // of the integration record, also called consumer key
	CertificateID string       // of the mapping under Setup > Integration > OAuth 2.0 Client Credentials (M2M) Setup
	PrivateKey    secret.Value // PEM: PKCS#8, or the older forms of RSA and EC keys; not encrypted
	Algorithm     string       // PS256, PS384, PS512, ES256, ES384 or ES512; "" for PS256, or what the key's curve asks for
	Scope         []string     // nil for rest_webservices
	Certificate   string       // PEM of the uploaded certificate, to know when it ends; "" if not at hand
	Tokens        TokenStore   // shares the token with other clients; nil keeps it in the client
}

func (o OAuth2) signIn(c *Client, _ func() string) error {
	a, err := o.asserter(c.base + tokenPath)
	if err != nil {
		return err
	}
	if o.Certificate != "" {
		if c.ends, err = certificateEnd(o.Certificate, a.key); err != nil {
			return err
		}
	}
	sealer, err := newSealer(a.key, strings.Join([]string{c.account.Realm, a.clientID, a.certificateID, strings.Join(a.scope, " ")}, "\n"))
	if err != nil {
		return err
	}
	store := o.Tokens
	if store == nil {
		store = newMemory()
	}
	c.tokens = &tokens{store: store, sealer: sealer, now: time.Now}
	c.tokens.fetch = func(ctx context.Context) (*token, error) { return c.fetchToken(ctx, a) }
	c.masked = c.tokens.masked
	c.http = &http.Client{
		Transport: readdressed{to: c.sentTo, next: c.transport},
		// The token must not travel to another host. A redirect is an answer like any other, and never a good one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return nil
}

// asserter checks the credentials and returns what signs assertions for the audience.
func (o OAuth2) asserter(audience string) (*asserter, error) {
	a := &asserter{
		clientID: strings.TrimSpace(o.ClientID), certificateID: strings.TrimSpace(o.CertificateID),
		audience: audience, scope: slices.Clone(o.Scope),
	}
	if len(a.scope) == 0 {
		a.scope = []string{defaultScope}
	}
	var missing []error
	for _, part := range []struct {
		name  string
		empty bool
	}{{"client id", a.clientID == ""}, {"certificate id", a.certificateID == ""}, {"private key", o.PrivateKey.IsZero()}} {
		if part.empty {
			missing = append(missing, fmt.Errorf("the %s is missing", part.name))
		}
	}
	if len(missing) > 0 {
		return nil, errors.Join(missing...)
	}
	var err error
	if a.key, err = parseKey(o.PrivateKey.Reveal()); err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	if a.method, err = signingMethod(strings.TrimSpace(o.Algorithm), a.key); err != nil {
		return nil, err
	}
	return a, nil
}

// parseKey reads the first private key of a PEM text. The errors tell nothing of the key.
func parseKey(text string) (crypto.Signer, error) {
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, `\n`, "\n") // as environment variables often hold it
	}
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("there is no private key in PEM form, which begins with -----BEGIN PRIVATE KEY-----")
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
			return nil, errors.New("it is encrypted; give it without a passphrase (openssl pkey -in KEY -out PLAIN), in a file that only the worker can read")
		}
		var key any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		default: // a certificate, or the parameters that openssl puts before a key of an elliptic curve
			continue
		}
		if err != nil {
			return nil, errors.New("the PEM block " + block.Type + " holds no key that can be read; was the file cut off?")
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return nil, errors.New("it is not for signing; NetSuite takes RSA and elliptic curve keys")
		}
		return signer, nil
	}
}

// signingMethod returns the algorithm that is named, or the key's own, if NetSuite takes it with this key.
func signingMethod(name string, key crypto.Signer) (jwt.SigningMethod, error) {
	var fit []jwt.SigningMethod
	var what string
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if bits := k.N.BitLen(); bits < smallestRSA {
			return nil, fmt.Errorf("private key: it is an RSA key of %d bits, and NetSuite takes certificates of 3072 and 4096 bits only; make a new pair with counterpunch accounts certificate", bits)
		}
		what, fit = "an RSA key", []jwt.SigningMethod{jwt.SigningMethodPS256, jwt.SigningMethodPS384, jwt.SigningMethodPS512}
	case *ecdsa.PrivateKey:
		what = "a key on the curve " + k.Curve.Params().Name
		for _, m := range []*jwt.SigningMethodECDSA{jwt.SigningMethodES256, jwt.SigningMethodES384, jwt.SigningMethodES512} {
			if m.CurveBits == k.Curve.Params().BitSize {
				fit = append(fit, m)
			}
		}
	}
	if len(fit) == 0 {
		return nil, errors.New("private key: NetSuite takes RSA keys and keys on the curves P-256, P-384 and P-521 only; make a new pair with counterpunch accounts certificate")
	}
	var names []string
	for _, m := range fit {
		if name == "" || m.Alg() == name {
			return m, nil
		}
		names = append(names, m.Alg())
	}
	return nil, fmt.Errorf("algorithm %q does not go with %s; give %s, or leave it out", clip(name, 20), what, strings.Join(names, ", "))
}

// certificateEnd returns when a certificate ends, which must be the one that the key belongs to.
func certificateEnd(text string, key crypto.Signer) (time.Time, error) {
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return time.Time{}, errors.New("certificate: there is none in PEM form, which begins with -----BEGIN CERTIFICATE-----")
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}, fmt.Errorf("certificate: %w", err)
		}
		public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
		if !ok || !public.Equal(certificate.PublicKey) {
			return time.Time{}, fmt.Errorf("certificate: that of %q belongs to another private key; give the pair that was made together", clip(certificate.Subject.CommonName, 80))
		}
		return certificate.NotAfter, nil
	}
}
