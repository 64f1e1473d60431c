package partner

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"

	"counterpunch/internal/secret"
)

// tokenRounds makes a guess at the secret behind a token cost some 20 ms. A token stands in a URL, and so in other people's
// logs, and a SharedSecret is often a word.
const tokenRounds = 100_000

// tokenKeys are the keys of a supplier's status tokens, one a secret. They are derived when the first is needed.
type tokenKeys struct {
	supplier string
	secrets  []secret.Value // of every credential, in the order of the configuration
	once     sync.Once
	keys     [][]byte
}

func (t *tokenKeys) all() [][]byte {
	t.once.Do(func() {
		for _, s := range t.secrets {
			key, err := pbkdf2.Key(sha256.New, strings.TrimSpace(s.Reveal()), []byte("counterpunch status token\x00"+t.supplier), tokenRounds, sha256.Size)
			if err != nil {
				// Only a FIPS build refuses, for a secret that is too short: then its documents have no tokens.
				continue
			}
			t.keys = append(t.keys, key)
		}
	})
	return t.keys
}

// StatusToken returns what lets whoever holds it ask for this one document without the supplier's secret, or "" for a
// supplier that has no secrets. It is valid for as long as the secret that it was made with is configured.
func (d *Directory) StatusToken(supplier, documentID string) string {
	t, ok := d.tokens[supplier]
	if !ok || len(t.all()) == 0 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(statusMAC(t.all()[0], documentID))
}

// Opens reports whether the token was made for this document of the supplier. It tries every key in any case.
func (d *Directory) Opens(token, supplier, documentID string) bool {
	given, err := base64.RawURLEncoding.DecodeString(token)
	t, ok := d.tokens[supplier]
	if err != nil || !ok {
		return false
	}
	found := false
	for _, key := range t.all() {
		if hmac.Equal(given, statusMAC(key, documentID)) {
			found = true
		}
	}
	return found
}

func statusMAC(key []byte, documentID string) []byte {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "document %s", documentID)
	return h.Sum(nil)
}

// Certified returns the suppliers that sign in with the certificate that the peer holds, sorted by name.
func (d *Directory) Certified(peer Peer) []string {
	var names []string
	for _, e := range d.owners {
		if e.certified(peer) && !slices.Contains(names, e.supplier.Name) {
			names = append(names, e.supplier.Name)
		}
	}
	slices.Sort(names)
	return names
}
