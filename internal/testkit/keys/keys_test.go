package keys_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"

	"counterpunch/internal/testkit/keys"
)

func TestThePartsOfAPairBelongTogether(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"EC": keys.EC(), "RSA": keys.RSA()} {
		ends := time.Now().AddDate(0, 1, 0)
		pair, err := tls.X509KeyPair([]byte(keys.CertificatePEM(key, ends)), []byte(keys.PrivatePEM(key)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if left := time.Until(pair.Leaf.NotAfter); left > time.Until(ends) || left < time.Until(ends)-time.Second || pair.Leaf.NotBefore.After(time.Now()) {
			t.Errorf("%s: valid from %s to %s, want until %s", name, pair.Leaf.NotBefore, pair.Leaf.NotAfter, ends)
		}
		block, rest := pem.Decode([]byte(keys.PublicPEM(key)))
		if block == nil || len(rest) > 0 || block.Type != "PUBLIC KEY" {
			t.Fatalf("%s: the public key is %v, then %q", name, block, rest)
		}
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil || !pair.Leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool }).Equal(public) {
			t.Errorf("%s: the public key is another than the certificate's: %v", name, err)
		}
	}
}
