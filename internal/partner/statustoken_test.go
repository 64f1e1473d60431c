package partner

import (
	"crypto/sha256"
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	"counterpunch/internal/secret"
)

// directoryOf returns a directory of suppliers with these secrets; "" gives one without.
func directoryOf(t *testing.T, secrets map[string][]string) *Directory {
	t.Helper()
	var suppliers []Supplier
	for name, all := range secrets {
		c := SupplierCredential{Identity: Identity{"DUNS", name}}
		for _, s := range all {
			c.Secrets = append(c.Secrets, secret.New(s))
		}
		suppliers = append(suppliers, Supplier{Name: name, Credentials: []SupplierCredential{c}})
	}
	d, err := NewDirectory(suppliers, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestStatusTokensOpenOneDocumentOfOneSupplier(t *testing.T) {
	d := directoryOf(t, map[string][]string{"acme": {"one"}, "globex": {"one"}})
	token := d.StatusToken("acme", "doc-1")
	if token == "" || token != d.StatusToken("acme", "doc-1") {
		t.Fatalf("token %q, and another the second time", token)
	}
	for _, c := range []struct {
		name, token, supplier, document string
		want                            bool
	}{
		{"its own", token, "acme", "doc-1", true},
		{"another document", token, "acme", "doc-2", false},
		{"another supplier with the same secret", token, "globex", "doc-1", false},
		{"nobody", token, "hooli", "doc-1", false},
		{"a token cut short", token[:len(token)-2], "acme", "doc-1", false},
		{"no token", "", "acme", "doc-1", false},
		{"no base64", "%%%", "acme", "doc-1", false},
	} {
		if got := d.Opens(c.token, c.supplier, c.document); got != c.want {
			t.Errorf("%s: opens is %v, want %v", c.name, got, c.want)
		}
	}
	if strings.Contains(token, "one") {
		t.Error("the token shows the secret")
	}
}

func TestStatusTokensLiveAsLongAsTheirSecret(t *testing.T) {
	old := directoryOf(t, map[string][]string{"acme": {"old"}}).StatusToken("acme", "doc-1")
	if during := directoryOf(t, map[string][]string{"acme": {"new", "old"}}); !during.Opens(old, "acme", "doc-1") {
		t.Error("the token of the old secret is refused while that secret is valid")
	}
	if after := directoryOf(t, map[string][]string{"acme": {"new"}}); after.Opens(old, "acme", "doc-1") {
		t.Error("the token of a secret that is gone still opens")
	}
}

func TestSuppliersWithoutSecretsHaveNoTokens(t *testing.T) {
	d := directoryOf(t, map[string][]string{"acme": nil, "globex": {"x", "y"}})
	if token := d.StatusToken("acme", "doc-1"); token != "" {
		t.Errorf("token %q from no secret", token)
	}
	if d.Opens("", "acme", "doc-1") {
		t.Error("an empty token opens a document")
	}
}

func TestCertificatesNameTheirSuppliers(t *testing.T) {
	held := Peer{Certificates: []*x509.Certificate{{Raw: []byte("der")}}}
	with := func(name string, f ...Fingerprint) Supplier {
		return Supplier{Name: name, Credentials: []SupplierCredential{{Identity: Identity{"DUNS", name}, Certificates: f}}}
	}
	print := Fingerprint(sha256.Sum256([]byte("der")))
	d, err := NewDirectory([]Supplier{with("hub-b", print), with("hub-a", print), with("other")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Certified(held); !slices.Equal(got, []string{"hub-a", "hub-b"}) {
		t.Errorf("the certificate is of %v", got)
	}
	if got := d.Certified(Peer{}); got != nil {
		t.Errorf("no certificate is of %v", got)
	}
}
