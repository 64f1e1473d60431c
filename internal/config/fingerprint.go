package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Fingerprint is the SHA-256 of a certificate in DER form.
type Fingerprint [sha256.Size]byte

// MarshalText implements encoding.TextMarshaler.
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(f[:])), nil }

// UnmarshalText reads 64 hexadecimal digits, with colons or without, as openssl prints them.
func (f *Fingerprint) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(strings.ReplaceAll(string(text), ":", ""))
	if err != nil || len(b) != len(f) {
		return fmt.Errorf("is %s, which is not the SHA-256 of a certificate; give what openssl x509 -noout -fingerprint -sha256 prints after the =", quote(string(text)))
	}
	copy(f[:], b)
	return nil
}
