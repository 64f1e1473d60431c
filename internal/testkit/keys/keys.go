// Package keys makes key pairs for tests and writes them as their owners hand them around, in PEM.
package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// EC returns a new key on P-256.
func EC() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

// RSA returns a new key of 3072 bits. It takes up to seconds: tests of one package share one.
func RSA() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 3072)) }

// PrivatePEM returns the private key, in PKCS #8.
func PrivatePEM(key crypto.Signer) string {
	return PEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
}

// PublicPEM returns the public key alone.
func PublicPEM(key crypto.Signer) string {
	return PEM("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key.Public())))
}

// CertificatePEM returns a certificate of the key, signed with itself, that is valid for the year before it ends.
func CertificatePEM(key crypto.Signer, ends time.Time) string {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends}
	return PEM("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)))
}

// PEM writes what is of some other kind.
func PEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// must is for what fails only when there is no randomness or a caller's key is of an unknown kind.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
