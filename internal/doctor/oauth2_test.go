package doctor

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/netsuite"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/keys"
)

// byOAuth2 makes the patient's client sign in with a certificate that ends then. certificateID is what the client says.
func (p *patient) byOAuth2(t *testing.T, certificateID string, ends time.Time) {
	t.Helper()
	key := keys.EC()
	certificate := keys.CertificatePEM(key, ends)
	if err := p.SetClients(simulator.OAuthClient{ClientID: "client-1", CertificateID: "cert-1", PublicKey: certificate}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p.Simulator)
	o := netsuite.OAuth2{
		ClientID: "client-1", CertificateID: certificateID,
		PrivateKey: secret.New(keys.PrivatePEM(key)), Certificate: certificate,
	}
	client, err := netsuite.New(netsuite.Options{Account: "1234567_SB1", BaseURL: server.URL, Slots: 1, Credentials: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		server.Close()
	})
	p.options.NetSuite, p.options.OAuth2 = client, true
}

func TestHealthyAccountByOAuth2PassesEveryRung(t *testing.T) {
	p := newPatient(t, simulator.Options{})
	p.byOAuth2(t, "cert-1", time.Now().AddDate(1, 0, 0))
	r := p.doctor(t).Examine(t.Context())
	for _, one := range r.Rungs {
		if one.Result != OK {
			t.Errorf("%s: %s: %s", one.ID, one.Result, one.Found)
		}
	}
}

func TestRefusedTokenIsARefusedSignIn(t *testing.T) {
	p := newPatient(t, simulator.Options{})
	p.byOAuth2(t, "another", time.Now().AddDate(1, 0, 0))
	r := p.doctor(t).Examine(t.Context())
	one, _ := r.Rung(RungSignIn)
	advice := strings.Join(one.Advice, "\n")
	if !r.SignInRefused || one.Result != Failed || !strings.Contains(advice, "M2M) Setup") || strings.Contains(advice, "Access Tokens: the token must be there") {
		t.Errorf("%s: %s\n%s", one.Result, one.Found, advice)
	}
	if n := len(p.Books().FailedLogins); n != 1 {
		t.Errorf("%d refused sign-ins, want one", n)
	}
}

func TestCertificateIsToldBeforeItEnds(t *testing.T) {
	for _, test := range []struct {
		name string
		left time.Duration
		want Result
	}{
		{"long", 90 * 24 * time.Hour, OK}, {"soon", 50 * 24 * time.Hour, Warning}, {"over", -time.Hour, Failed},
	} {
		p := newPatient(t, simulator.Options{})
		p.byOAuth2(t, "cert-1", time.Now().Add(test.left))
		one := p.doctor(t).certificate(t.Context())[0]
		if one.Result != test.want || !strings.Contains(one.Found, time.Now().Add(test.left).UTC().Format(time.DateOnly)) {
			t.Errorf("%s: %s: %s", test.name, one.Result, one.Found)
		}
	}
	p := newPatient(t, simulator.Options{})
	p.options.OAuth2 = true
	if one := p.doctor(t).certificate(t.Context())[0]; one.Result != Warning || !strings.Contains(one.Found, "not known") {
		t.Errorf("unknown: %s: %s", one.Result, one.Found)
	}
	p.options.OAuth2 = false
	if one := p.doctor(t).certificate(t.Context())[0]; one.Result != OK || !strings.Contains(strings.Join(one.Advice, ""), "2027.1") {
		t.Errorf("token: %s: %v", one.Result, one.Advice)
	}
}
