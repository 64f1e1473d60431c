package cli

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/netsuite"
)

// certificateYears is the longest that NetSuite takes a certificate for.
const certificateYears = 2

// How the files of a pair are named, after the account.
const (
	keySuffix         = "-key.pem"
	certificateSuffix = "-certificate.pem"
)

// The kinds of key pair, by the values of --key.
const (
	keyRSA = "rsa"
	keyEC  = "ec"
)

func newAccountsCertificate() *cobra.Command {
	var out string
	kind := keyRSA
	cmd := &cobra.Command{
		Use: "certificate NAME", Short: "Make the key and certificate for the sign-in by OAuth 2.0", Args: exactly("NAME"),
		Long: `Makes a private key and a self-signed certificate, valid for two years, for the sign-in of the account NAME by OAuth 2.0
client credentials (machine to machine), and says where they go. Nothing is sent anywhere. Files that are there already
are left alone.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !accountName.MatchString(args[0]) {
				return usagef("account name %q: give lower-case letters, digits and dashes, as in the configuration", args[0])
			}
			pair, err := newKeyPair(args[0], kind, time.Now())
			if err != nil {
				return err
			}
			key, certificate, err := pair.save(out, args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), certificateText, key, certificate, pair.ends.Format(time.DateOnly), pair.fingerprint,
				args[0], key, key, certificate, pair.renew().Format(time.DateOnly), certificate)
			return err
		},
	}
	cmd.Flags().StringVar(&out, "out", ".", "`folder` for the two files; it is made if it is not there")
	wordFlag(cmd, &kind, "key", "", "rsa (4096 bits) or ec (curve P-256)", keyRSA, keyEC)
	return cmd
}

const certificateText = `private key	%s (readable by you only; it never leaves this machine)
certificate	%s
ends	%s
sha256	%s

1. NetSuite: Setup > Integration > Manage Integrations > New. Tick Client Credentials (Machine to Machine) Grant and the
   scope REST Web Services, nothing else. Save, and note the consumer key / client id: it is shown once.
2. NetSuite: Setup > Integration > OAuth 2.0 Client Credentials (M2M) Setup > Create New. Choose the integration user, its
   role and the integration, and upload the certificate. Note the certificate id of the new line.
3. Here: counterpunch accounts add --name %s --sign-in oauth2 --private-key %s
   asks for the rest, tries the sign-in and prints the configuration. Or change that of an account that is there, in place of tba:

      netsuite:
        oauth2:
          client_id: <client id of step 1>
          certificate_id: <certificate id of step 2>
          private_key: file:%s
          certificate: file:%s

   The user of the worker must be able to read both files.
4. Before it ends make another pair, from %s on: upload it beside this one, change the configuration, then revoke
   this one. What NetSuite shows of a certificate can be compared with: openssl x509 -in %s -noout -text
`

// keyPair is a private key and its certificate.
type keyPair struct {
	key, certificate []byte // PEM
	ends             time.Time
	fingerprint      string // SHA-256 of the certificate
}

// newKeyPair makes a pair that NetSuite accepts.
func newKeyPair(account, kind string, now time.Time) (*keyPair, error) {
	var key crypto.Signer
	var err error
	switch kind {
	case keyRSA:
		key, err = rsa.GenerateKey(rand.Reader, 4096)
	case keyEC:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		return nil, usagef("--key %q: give %s or %s", kind, keyRSA, keyEC)
	}
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	from := now.UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: pkix.Name{CommonName: "Counterpunch " + account},
		NotBefore: from,
		// Both ends count as valid, so that a second more would be over two years.
		NotAfter: from.AddDate(certificateYears, 0, 0).Add(-time.Second),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write the key: %w", err)
	}
	return &keyPair{
		key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		ends:        template.NotAfter, fingerprint: fmt.Sprintf("%x", sha256.Sum256(der)),
	}, nil
}

// renew is when the worker begins to warn.
func (p *keyPair) renew() time.Time { return p.ends.Add(-netsuite.CertificateWarning) }

// save writes both files, or none. It returns their absolute paths, which is what a configuration needs.
func (p *keyPair) save(dir, account string) (key, certificate string, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return "", "", fmt.Errorf("find the folder for the key: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", fmt.Errorf("make the folder for the key: %w", err)
	}
	key, certificate = filepath.Join(dir, account+keySuffix), filepath.Join(dir, account+certificateSuffix)
	if err := create(certificate, p.certificate, 0o644); err != nil {
		return "", "", err
	}
	if err := create(key, p.key, 0o600); err != nil {
		return "", "", errors.Join(err, os.Remove(certificate))
	}
	return key, certificate, nil
}

// create is writeNew for a file in place of which another may be in use.
func create(path string, data []byte, mode fs.FileMode) error {
	err := writeNew(path, data, mode)
	if errors.Is(err, fs.ErrExist) {
		return refusedError{fmt.Errorf("%s is there already, and may be in use: nothing was written; give another folder with --out, or move it away", path)}
	}
	return err
}
