package intake

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/partner"
	"counterpunch/internal/queue"
	"counterpunch/internal/secret"
	"counterpunch/internal/testkit/keys"
)

func TestOnlyTheOwnerLearnsTheStatus(t *testing.T) {
	w := startWorld(t)
	r := w.post(paper{}.String())
	other := w.post(paper{supplier: "globex"}.String())
	at, token, _ := strings.Cut(r.header.Get("Location"), "?token=")
	_, otherToken, _ := strings.Cut(other.header.Get("Location"), "?token=")
	if at != "/documents/"+r.id || token == "" || !strings.Contains(r.text, at+"?token="+token) {
		t.Fatalf("Location %q, answer %s", r.header.Get("Location"), r.text)
	}
	basic := func(user, password string) []string {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.SetBasicAuth(user, password)
		return []string{"Authorization", req.Header.Get("Authorization")}
	}
	const nobody = "/documents/00000000-0000-5000-8000-000000000000"
	var notFound []string
	for _, c := range []struct {
		name, at string
		headers  []string
		want     int
	}{
		{"token", at + "?token=" + token, nil, 200},
		{"Basic", at, basic("acme", "acme-secret"), 200},
		{"Basic beside a token of another", at + "?token=" + otherToken, basic("acme", "acme-secret"), 200},
		{"id in another spelling", "/documents/" + strings.ReplaceAll(r.id, "-", "") + "?token=" + token, nil, 200},
		{"another's token", at + "?token=" + otherToken, nil, 404},
		{"another document's token", "/documents/" + other.id + "?token=" + token, nil, 404},
		{"no token at all", at + "?token=x", nil, 404},
		{"another supplier", at, basic("globex", "globex-secret"), 404},
		{"no such document", nobody, basic("acme", "acme-secret"), 404},
		{"no such document, by token", nobody + "?token=" + token, nil, 404},
		{"no document's id", "/documents/*.>", basic("acme", "acme-secret"), 404},
		{"wrong secret", at, basic("acme", "x"), 401},
		{"wrong secret beside a good token", at + "?token=" + token, basic("acme", "x"), 401},
		{"nothing", at, nil, 401},
	} {
		got := w.send(http.MethodGet, c.at, "", c.headers...)
		if got.status != c.want {
			t.Errorf("%s: HTTP %d %s, want %d", c.name, got.status, got.body, c.want)
			continue
		}
		switch c.want {
		case 200:
			var st documentStatus
			if err := json.Unmarshal(got.body, &st); err != nil || st.ID != r.id || st.State != queue.StateAccepted || st.Number != "OC-1" {
				t.Errorf("%s: %s", c.name, got.body)
			}
		case 401:
			if got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: no WWW-Authenticate", c.name)
			}
		case 404:
			notFound = append(notFound, string(got.body))
		}
	}
	for _, body := range notFound {
		if body != notFound[0] {
			t.Errorf("one 404 is %q, another %q", notFound[0], body)
		}
	}
	w.http.Close() // after which nothing is logged any more
	for _, s := range []string{token, otherToken, "acme-secret"} {
		if bytes.Contains(w.log.Bytes(), []byte(s)) {
			t.Error("a token or a secret is in the log")
		}
	}
}

func TestAClientCertificateShowsTheStatus(t *testing.T) {
	mine, stranger := certificate(t), certificate(t)
	w := startWorld(t, func(s *setup) {
		c := &s.suppliers[0].Credentials[0]
		c.Secrets, c.Certificates = nil, []partner.Fingerprint{sha256.Sum256(mine.Certificate[0])}
	})
	w.http.Close()
	w.http = httptest.NewUnstartedServer(w.handler)
	w.http.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	w.http.StartTLS()
	defer w.http.Close()
	transport := w.http.Client().Transport.(*http.Transport)
	as := func(certificates ...tls.Certificate) {
		transport.CloseIdleConnections()
		transport.TLSClientConfig.Certificates = certificates
	}
	as(mine)
	doc := strings.Replace(paper{}.String(), "<SharedSecret>acme-secret</SharedSecret>", "", 1)
	r := w.post(doc)
	if r.code != 200 || r.header.Get("Location") != "/documents/"+r.id {
		t.Fatalf("%d %s, Location %q: want one without a token, for there is no secret", r.code, r.text, r.header.Get("Location"))
	}
	if got := w.send(http.MethodGet, "/documents/"+r.id, ""); got.status != 200 {
		t.Errorf("with the certificate: HTTP %d %s", got.status, got.body)
	}
	as(stranger)
	if got := w.send(http.MethodGet, "/documents/"+r.id, ""); got.status != 401 {
		t.Errorf("with a certificate that nobody knows: HTTP %d", got.status)
	}
	as()
	if got := w.send(http.MethodGet, "/documents/"+r.id, ""); got.status != 401 {
		t.Errorf("without a certificate: HTTP %d", got.status)
	}
}

func TestATokenEndsWithItsSecret(t *testing.T) {
	w := startWorld(t)
	at := w.post(paper{}.String()).header.Get("Location")
	for _, c := range []struct {
		secrets []string
		want    int
	}{{[]string{"new", "acme-secret"}, 200}, {[]string{"new"}, 404}} {
		s := w.setup()
		s.suppliers[0].Credentials[0].Secrets = nil
		for _, v := range c.secrets {
			s.suppliers[0].Credentials[0].Secrets = append(s.suppliers[0].Credentials[0].Secrets, secret.New(v))
		}
		w.serve(s)
		if got := w.send(http.MethodGet, at, ""); got.status != c.want {
			t.Errorf("with %d secrets: HTTP %d, want %d", len(c.secrets), got.status, c.want)
		}
	}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key := keys.EC()
	pair, err := tls.X509KeyPair([]byte(keys.CertificatePEM(key, time.Now().AddDate(1, 0, 0))), []byte(keys.PrivatePEM(key)))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}
