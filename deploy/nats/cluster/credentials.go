package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nkeys"
)

// users are those of users.conf.
var users = []string{"ingest", "worker", "operator", "monitor", "system"}

// validity of the certificates. Servers read new ones at `nats-server --signal reload`.
const validity = 2 * 365 * 24 * time.Hour

// WriteCredentials makes keys for every user and a certificate for every host, signed by an authority of its own, and
// writes them into dir, which must not hold any yet:
//
//	users/<user>.nk     private key of a user, for nats.credentials
//	users/ca.pem        certificate of the authority, for nats.ca
//	ca-key.pem          private key of the authority, to be kept apart
//	<host>/             the folder node/ of that server: its certificate and key, the authority, the users' public keys
//
// Every certificate is also good for localhost and 127.0.0.1.
func WriteCredentials(dir string, hosts []string) error {
	if err := checkHosts(hosts); err != nil {
		return err
	}
	public, err := writeUsers(filepath.Join(dir, "users"))
	if err != nil {
		return err
	}
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "ca-key.pem"), ca.keyPEM); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "users", "ca.pem"), ca.certPEM); err != nil {
		return err
	}
	for _, host := range hosts {
		cert, key, err := ca.issue(host)
		if err != nil {
			return err
		}
		for name, text := range map[string][]byte{"server.pem": cert, "server-key.pem": key, "ca.pem": ca.certPEM, "keys.conf": public} {
			if err := write(filepath.Join(dir, host, name), text); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkHosts refuses names that make no folder or no name in a certificate.
func checkHosts(hosts []string) error {
	for _, h := range hosts {
		if h == "" || h == "users" || strings.ContainsAny(h, `/\: `) || strings.HasPrefix(h, ".") {
			return fmt.Errorf("host %q: give the host names of the servers, with commas between", h)
		}
	}
	return nil
}

// writeUsers makes the users' keys and returns what the servers know of them.
func writeUsers(dir string) (public []byte, err error) {
	for _, user := range users {
		pair, err := nkeys.CreateUser()
		if err != nil {
			return nil, fmt.Errorf("make the key of %s: %w", user, err)
		}
		seed, err := pair.Seed()
		if err != nil {
			return nil, fmt.Errorf("make the key of %s: %w", user, err)
		}
		name, err := pair.PublicKey()
		if err != nil {
			return nil, fmt.Errorf("make the key of %s: %w", user, err)
		}
		if err := write(filepath.Join(dir, user+".nk"), append(seed, '\n')); err != nil {
			return nil, err
		}
		public = fmt.Appendf(public, "%s_key: %s\n", user, name)
	}
	return public, nil
}

// authority signs the servers' certificates.
type authority struct {
	cert            *x509.Certificate
	key             *ecdsa.PrivateKey
	certPEM, keyPEM []byte
}

func newAuthority() (*authority, error) {
	a := &authority{cert: &x509.Certificate{
		Subject: pkix.Name{CommonName: "Counterpunch NATS"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validity),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	var err error
	if a.certPEM, a.keyPEM, a.key, err = sign(a.cert, a.cert, nil); err != nil {
		return nil, fmt.Errorf("make the certificate authority: %w", err)
	}
	return a, nil
}

// issue returns certificate and key of a host. Routes use it on both sides.
func (a *authority) issue(host string) (cert, key []byte, err error) {
	leaf := &x509.Certificate{
		Subject: pkix.Name{CommonName: host}, NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		DNSNames: []string{host, "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if cert, key, _, err = sign(leaf, a.cert, a.key); err != nil {
		return nil, nil, fmt.Errorf("make the certificate of %s: %w", host, err)
	}
	return cert, key, nil
}

// sign makes a key and its certificate, signed with parentKey or, when that is nil, by itself.
func sign(c, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (certPEM, keyPEM []byte, key *ecdsa.PrivateKey, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, nil, err
	}
	if parentKey == nil {
		parentKey = key
	}
	if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, nil, nil, err
	}
	cert, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, parentKey)
	if err != nil {
		return nil, nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), key, nil
}

// write writes a file that only its owner may read, and never over another.
func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write credentials: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write credentials: %w; choose an empty folder, for running servers and programs know the old ones", err)
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write credentials to %s: %w", path, err)
	}
	return nil
}
