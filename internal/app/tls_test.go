package app_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
)

func TestSuppliersCanPostOverTLS(t *testing.T) {
	// The certificate that net/http's own tests use, for 127.0.0.1, and a client that trusts it.
	borrowed := httptest.NewTLSServer(http.NotFoundHandler())
	defer borrowed.Close()
	pair := borrowed.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	w := open(t, demo.Options{Change: func(c *config.Config) {
		c.Ingest.TLS = config.TLS{Certificate: file("tls.crt", "CERTIFICATE", pair.Certificate[0]), Key: file("tls.key", "PRIVATE KEY", key)}
	}})
	url := w.Addresses().Suppliers
	if !strings.HasPrefix(url, "https://") {
		t.Fatalf("suppliers are told to post to %s", url)
	}
	f := fixturetest.Named(t, "01-confirm-accept.xml")
	answer, err := demo.Post(t.Context(), borrowed.Client(), url, f.ContentType, f.Body)
	if err != nil || answer.Code != 200 {
		t.Errorf("%+v, %v, want 200", answer, err)
	}
	if _, err := w.Rest(t.Context(), answer.ID); err != nil {
		t.Error(err)
	}
}
