package partner

import (
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"counterpunch/internal/cxml"
)

// Peer is the other end of the connection.
type Peer struct {
	Addr         netip.Addr          // of the client, behind a trusted proxy the one that the proxy names
	Certificates []*x509.Certificate // that the client proved in the TLS handshake to own, its own first; nil without
}

// Grant says who sent a document and where it goes.
type Grant struct {
	Supplier *Supplier // nil when the document was refused
	Account  string    // "" for a test that goes nowhere: check it, answer it, and do no more
	Test     bool      // deploymentMode was test

	// Of a refused document, for log and metrics, never for the answer: they would tell a stranger which senders exist.
	Claimed string // name of the known supplier that the Sender claims to be; "" for an unknown one
	Proven  bool   // the Sender is Claimed: it was refused for what it may not do
	Cause   string // why the document was refused
}

// maxCredentials bounds the credentials of one party, since each costs comparisons. Real documents have five at most.
const maxCredentials = 16

// Refusals whose text must not depend on what the directory holds.
const (
	senderPath   = "/cXML/Header/Sender"
	unauthorized = "The Sender is not known here, its secret is wrong, or it may not send from this address. " +
		"Check domain, identity and secret of the Credential in Sender; the secret must stand in the Credential that it belongs to."
)

// Authenticate finds out who sent the document and which account it is for. path is the account named in the URL, or "".
// The error is a *cxml.Refusal with 401 (who are you), 403 (you may not) or 400 (the header does not fit together); the
// Grant then holds only what log and metrics need.
func (d *Directory) Authenticate(env *cxml.Envelope, peer Peer, path string) (Grant, error) {
	for _, party := range []struct {
		name        string
		credentials []cxml.Credential
	}{{"Sender", env.Sender}, {"From", env.From}, {"To", env.To}} {
		if n := len(party.credentials); n > maxCredentials {
			return Grant{Cause: "too many credentials"}, refuse(400, "/cXML/Header/"+party.name,
				"%s has %d credentials; at most %d are read.", party.name, n, maxCredentials)
		}
	}
	var w work
	who := d.identify(env, peer, &w)
	if who.cause != "" {
		text := unauthorized
		if who.expired != "" {
			text = who.expired
		}
		return Grant{Claimed: who.name(), Cause: who.cause}, refuse(401, senderPath, "%s", text)
	}
	grant := Grant{Supplier: who.supplier, Test: env.DeploymentMode == cxml.Test}
	refusal := d.speaks(who.supplier, env.From)
	if refusal == nil {
		grant.Account, refusal = d.route(who.supplier, env, path)
	}
	if refusal != nil {
		return Grant{Claimed: who.name(), Proven: true, Cause: refusal.Problems[0].Text}, refusal
	}
	return grant, nil
}

// sender is what the Sender's credentials say together.
type sender struct {
	supplier *Supplier // that the known credentials name
	cause    string    // why it is not signed in; "" when it is
	expired  string    // a sentence for the sender when only the time of its MAC is over
}

func (s sender) name() string {
	if s.supplier == nil {
		return ""
	}
	return s.supplier.Name
}

// identify signs the sender in. It never stops early: how much it does depends on the document alone, not on the directory.
func (d *Directory) identify(env *cxml.Envelope, peer Peer, w *work) sender {
	var who sender
	var proven, wrong, several, expired bool
	var expires string
	for _, c := range env.Sender {
		e, known := d.owners[Identity{c.Domain, c.Identity}.key()]
		if !known {
			e = d.unknown
		}
		ok := e.keys.matches(c.Secret, w) || e.certified(peer)
		late := false
		if c.Mac != nil {
			verified := e.keys.verifies(c.Mac, env.From, c, w)
			late = verified && !current(c.Mac.ExpirationDate, time.Now())
			ok = ok || verified && !late
		}
		if !known {
			continue
		}
		several = several || who.supplier != nil && who.supplier != e.supplier
		who.supplier = e.supplier
		proven = proven || ok
		if late && !ok {
			expired, expires = true, c.Mac.ExpirationDate
		}
		// A credential may stand there without a secret, but not with a wrong one.
		wrong = wrong || !ok && !late && (!c.Secret.IsZero() || c.Mac != nil)
	}
	outside := who.supplier != nil && !who.supplier.allows(peer.Addr)
	switch {
	case who.supplier == nil:
		who.cause = "the sender is unknown"
	case several:
		who.cause = "the credentials of the sender belong to different suppliers"
	case wrong:
		who.cause = "the secret is wrong"
	case outside:
		who.cause = fmt.Sprintf("the address %s is outside the supplier's networks", peer.Addr)
	case proven:
	case expired:
		who.cause = "the CredentialMac has expired"
		who.expired = fmt.Sprintf("The CredentialMac of the Sender has expired: its expirationDate is %.40q. Send the document with a new one.", expires)
	default:
		who.cause = "there is no secret"
	}
	return who
}

// certified reports whether the peer holds a certificate of this credential. Fingerprints are no secrets.
func (e *entry) certified(peer Peer) bool {
	return len(peer.Certificates) > 0 && slices.Contains(e.certificates, Fingerprint(sha256.Sum256(peer.Certificates[0].Raw)))
}

// allows reports whether the supplier may send from the address. An address that is not known is outside every network.
func (s *Supplier) allows(addr netip.Addr) bool {
	if len(s.CIDR) == 0 {
		return true
	}
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(s.CIDR, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// current reports whether a MAC is still valid. A date that cannot be read is over.
func current(expires string, now time.Time) bool {
	t, err := time.Parse(time.RFC3339, expires)
	return err == nil && !now.After(t)
}

func refuse(code int, path, format string, args ...any) *cxml.Refusal {
	return &cxml.Refusal{Problems: []cxml.Problem{{Code: code, Path: path, Text: fmt.Sprintf(format, args...)}}}
}
