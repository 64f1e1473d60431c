package partner

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"counterpunch/internal/cxml"
	"counterpunch/internal/secret"
)

// keyring is the secrets of one credential, filled up with random ones to a length that all keyrings share. Comparing
// against it costs the same whoever the sender is and whichever secret fits.
type keyring struct {
	secrets []secret.Value
	hashes  [][sha256.Size]byte // of secrets: comparing hashes does not tell how long a secret is
}

// work counts what the comparisons of one request did, so that a test can hold two requests against each other.
type work struct{ secrets, macs int }

func newKeyring(secrets []secret.Value, length int) *keyring {
	k := &keyring{}
	for _, s := range secrets {
		// The document's secret comes without outer white space as well.
		k.secrets = append(k.secrets, secret.New(strings.TrimSpace(s.Reveal())))
	}
	for len(k.secrets) < length {
		k.secrets = append(k.secrets, secret.New(rand.Text()))
	}
	for _, s := range k.secrets {
		k.hashes = append(k.hashes, sha256.Sum256([]byte(s.Reveal())))
	}
	return k
}

// matches reports whether the secret is one of the ring. It looks at all of them in any case.
func (k *keyring) matches(given secret.Value, w *work) bool {
	hash := sha256.Sum256([]byte(strings.TrimSpace(given.Reveal())))
	found := 0
	for i := range k.hashes {
		found |= subtle.ConstantTimeCompare(hash[:], k.hashes[i][:])
		w.secrets++
	}
	return found == 1
}

// The one kind of CredentialMac that cXML defines.
const (
	macType      = "FromSenderCredentials"
	macAlgorithm = "HMAC-SHA1-96"
)

// verifies reports whether the MAC was made with a secret of the ring for one of the From credentials. Like matches it
// tries every secret.
func (k *keyring) verifies(m *cxml.Mac, from []cxml.Credential, sender cxml.Credential, w *work) bool {
	given := []byte(strings.TrimSpace(m.Value.Reveal()))
	found := 0
	for _, f := range from {
		for _, s := range k.secrets {
			found |= subtle.ConstantTimeCompare(given, []byte(mac(s, f, sender, m.CreationDate, m.ExpirationDate)))
			w.macs++
		}
	}
	return found == 1 && m.Type == macType && m.Algorithm == macAlgorithm
}

// mac computes a CredentialMac: the first 96 bits of HMAC-SHA1 over the names and dates, each followed by a NUL. The
// dates enter as they were written.
func mac(key secret.Value, from, sender cxml.Credential, created, expires string) string {
	h := hmac.New(sha1.New, []byte(key.Reveal()))
	for _, part := range []string{
		strings.ToLower(from.Domain), strings.ToLower(from.Identity),
		strings.ToLower(sender.Domain), strings.ToLower(sender.Identity),
		created, expires,
	} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil)[:12])
}
