package simulator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // of the algorithms with 256 bits
	_ "crypto/sha512" // of the others
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// client is an OAuthClient whose key has been read.
type client struct {
	OAuthClient
	key  crypto.PublicKey
	ends time.Time // of its certificate; zero when a bare key was given
}

// smallestRSA is the shortest RSA key whose certificate NetSuite takes.
const smallestRSA = 3072

func newClients(all []OAuthClient) ([]client, error) {
	var clients []client
	for _, c := range all {
		one := client{OAuthClient: c}
		if c.ClientID == "" || c.CertificateID == "" {
			return nil, errors.New("a client needs ClientID and CertificateID")
		}
		if one.User == "" {
			one.User = Credential{}.user()
		}
		block, _ := pem.Decode([]byte(c.PublicKey))
		if block == nil {
			return nil, fmt.Errorf("client %s: the public key is not PEM", c.ClientID)
		}
		var err error
		if block.Type == "CERTIFICATE" {
			var certificate *x509.Certificate
			if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
				one.key, one.ends = certificate.PublicKey, certificate.NotAfter
				// What lasts longer is cut.
				if most := certificate.NotBefore.AddDate(2, 0, 0); one.ends.After(most) {
					one.ends = most
				}
			}
		} else {
			one.key, err = x509.ParsePKIXPublicKey(block.Bytes)
		}
		if err != nil {
			return nil, fmt.Errorf("client %s: %w", c.ClientID, err)
		}
		switch k := one.key.(type) {
		case *rsa.PublicKey:
			if k.N.BitLen() < smallestRSA {
				return nil, fmt.Errorf("client %s: an RSA key of %d bits is refused", c.ClientID, k.N.BitLen())
			}
		case *ecdsa.PublicKey:
			if curveHash(k) == 0 {
				return nil, fmt.Errorf("client %s: the curve %s is refused", c.ClientID, k.Curve.Params().Name)
			}
		default:
			return nil, fmt.Errorf("client %s: a key of type %T is refused", c.ClientID, k)
		}
		clients = append(clients, one)
	}
	return clients, nil
}

// jwt is a signed JSON Web Token in its parts.
type jwt struct {
	header struct {
		Type      string `json:"typ"`
		Algorithm string `json:"alg"`
		Key       string `json:"kid"`
		Critical  any    `json:"crit"`
	}
	claims    map[string]any
	signed    []byte
	signature []byte
}

// parseJWT takes a compact serialisation apart (RFC 7515, 7.1). Nothing is verified.
func parseJWT(text string) (*jwt, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("it has %d parts, not 3", len(parts))
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return nil, fmt.Errorf("part %d is not base64url without padding", i+1)
		}
	}
	t := &jwt{signed: []byte(parts[0] + "." + parts[1]), signature: raw[2]}
	if err := json.Unmarshal(raw[0], &t.header); err != nil {
		return nil, errors.New("its header is not JSON")
	}
	if err := json.Unmarshal(raw[1], &t.claims); err != nil || t.claims == nil {
		return nil, errors.New("its claims are not a JSON object")
	}
	if t.header.Critical != nil {
		return nil, errors.New("its header asks for extensions")
	}
	return t, nil
}

// hashes of the algorithms that NetSuite takes. RS256 is none of them.
func hashOf(algorithm string) crypto.Hash {
	switch algorithm {
	case "PS256", "ES256":
		return crypto.SHA256
	case "PS384", "ES384":
		return crypto.SHA384
	case "PS512", "ES512":
		return crypto.SHA512
	}
	return 0
}

// curveHash is the hash that goes with the key's curve (RFC 7518, 3.4); 0 for a curve that is not taken.
func curveHash(k *ecdsa.PublicKey) crypto.Hash {
	switch k.Curve.Params().BitSize {
	case 256:
		return crypto.SHA256
	case 384:
		return crypto.SHA384
	case 521:
		return crypto.SHA512
	}
	return 0
}

// verify checks the signature with the key, and that the algorithm is one for it.
func (t *jwt) verify(key crypto.PublicKey) *loginFailure {
	hash := hashOf(t.header.Algorithm)
	if hash == 0 {
		return &loginFailure{cause: causeUnsupportedAlgo, detail: fmt.Sprintf("%q", t.header.Algorithm)}
	}
	digest := hash.New()
	digest.Write(t.signed)
	sum := digest.Sum(nil)
	wrong := &loginFailure{cause: causeSignatureValidation, detail: "the signature does not belong to the certificate"}
	switch k := key.(type) {
	case *rsa.PublicKey:
		if t.header.Algorithm[0] != 'P' {
			break
		}
		// The salt is as long as the hash (RFC 7518, 3.5).
		if rsa.VerifyPSS(k, hash, sum, t.signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}) != nil {
			return wrong
		}
		return nil
	case *ecdsa.PublicKey:
		if t.header.Algorithm[0] != 'E' || curveHash(k) != hash {
			break
		}
		// r and s, each as long as the curve's order (RFC 7518, 3.4), not the ASN.1 of other places.
		size := (k.Curve.Params().BitSize + 7) / 8
		if len(t.signature) != 2*size {
			return &loginFailure{cause: causeSignatureValidation, detail: fmt.Sprintf("a signature of %d bytes, not %d", len(t.signature), 2*size)}
		}
		r, s := new(big.Int).SetBytes(t.signature[:size]), new(big.Int).SetBytes(t.signature[size:])
		if !ecdsa.Verify(k, sum, r, s) {
			return wrong
		}
		return nil
	}
	return &loginFailure{cause: causeUnsupportedAlgo, detail: t.header.Algorithm + " does not go with the key"}
}

// text returns a claim that is text.
func (t *jwt) text(claim string) string {
	s, _ := t.claims[claim].(string)
	return s
}

// time returns a claim that is a number of seconds.
func (t *jwt) time(claim string) (time.Time, bool) {
	seconds, ok := t.claims[claim].(float64)
	if !ok || seconds < 0 || seconds > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// list returns a claim that is a list of texts, or one text; with commas also several in one text.
func (t *jwt) list(claim string, commas bool) []string {
	switch v := t.claims[claim].(type) {
	case string:
		if !commas {
			return []string{v}
		}
		var all []string
		for _, one := range strings.Split(v, ",") {
			all = append(all, strings.TrimSpace(one))
		}
		return all
	case []any:
		var all []string
		for _, one := range v {
			s, ok := one.(string)
			if !ok {
				return nil
			}
			all = append(all, s)
		}
		return all
	}
	return nil
}
