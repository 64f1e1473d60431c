package app

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/config"
	"counterpunch/internal/delivery"
	"counterpunch/internal/netsuite"
)

// clientOptions returns how and as whom NetSuite is called.
func clientOptions(n config.NetSuite) netsuite.Options {
	return netsuite.Options{
		Account: n.Account, BaseURL: n.BaseURL, SigningURL: n.SigningURL, Timeout: n.Timeout, Slots: n.Slots,
		Credentials: credentials(n),
	}
}

func credentials(n config.NetSuite) netsuite.Credentials {
	if !n.Login.IsZero() {
		return netsuite.BrowserLogin{ClientID: n.Login.ClientID, File: n.Login.TokenFile}
	}
	if n.OAuth2.IsZero() {
		return netsuite.TBA{
			ConsumerKey: n.TBA.ConsumerKey, ConsumerSecret: n.TBA.ConsumerSecret.Value,
			TokenID: n.TBA.TokenID, TokenSecret: n.TBA.TokenSecret.Value,
		}
	}
	return netsuite.OAuth2{
		ClientID: n.OAuth2.ClientID, CertificateID: n.OAuth2.CertificateID, PrivateKey: n.OAuth2.PrivateKey.Value,
		Algorithm: n.OAuth2.Algorithm, Certificate: n.OAuth2.Certificate,
	}
}

// fingerprint tells one sign-in from another. The secrets have at least 160 random bits, so that 48 bits of their hash
// give nothing away.
func fingerprint(n config.NetSuite) string {
	parts := []string{n.Account, n.TBA.ConsumerKey, n.TBA.ConsumerSecret.Reveal(), n.TBA.TokenID, n.TBA.TokenSecret.Reveal()}
	if o := n.OAuth2; !o.IsZero() {
		parts = []string{"oauth2", n.Account, o.ClientID, o.CertificateID, o.PrivateKey.Reveal()}
	}
	if l := n.Login; !l.IsZero() {
		parts = []string{"oauth2_login", n.Account, l.ClientID, l.TokenFile}
	}
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// tellEnds warns of certificates that end soon: from then on NetSuite refuses the sign-in.
func tellEnds(accounts []delivery.Account, now time.Time, log zerolog.Logger) {
	for _, a := range accounts {
		ends := a.Client.Expires()
		if ends.IsZero() || ends.Sub(now) > netsuite.CertificateWarning {
			continue
		}
		log.Warn().Str("account", a.Name).Time("ends", ends).Int("days", int(ends.Sub(now).Hours()/24)).
			Str("remedy", "make a new pair with counterpunch accounts certificate, upload it and change oauth2 in the configuration").
			Msg("certificate.ends_soon")
	}
}
