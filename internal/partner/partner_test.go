package partner

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/cxml"
	"counterpunch/internal/secret"
)

func id(s string) Identity {
	domain, identity, _ := strings.Cut(s, "/")
	return Identity{domain, identity}
}

func signIn(s string, secrets ...string) SupplierCredential {
	c := SupplierCredential{Identity: id(s)}
	for _, v := range secrets {
		c.Secrets = append(c.Secrets, secret.New(v))
	}
	return c
}

var acmeCertificate = &x509.Certificate{Raw: []byte("acme's certificate")}

// world has two buyers, a sandbox and four suppliers, among them a hub that speaks for a stranger and for acme.
func world(t testing.TB) *Directory {
	t.Helper()
	acme := signIn("DUNS/111", "acme-old", "acme-new")
	acme.Certificates = []Fingerprint{sha256.Sum256(acmeCertificate.Raw)}
	d, err := NewDirectory([]Supplier{
		{Name: "acme", Credentials: []SupplierCredential{acme, signIn("NetworkID/AN-ACME", "acme-net")},
			Vendors: map[string][]string{"main": {"501"}, "sandbox": {"501"}}},
		{Name: "globex", Credentials: []SupplierCredential{signIn("DUNS/222", "globex-secret")},
			CIDR:    []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")},
			Vendors: map[string][]string{"main": {"502"}, "second": {"7"}}},
		{Name: "hub", Credentials: []SupplierCredential{signIn("NetworkID/AN-HUB", "hub-secret")},
			SpeaksFor: []Identity{id("DUNS/999"), id("DUNS/111")}, Vendors: map[string][]string{"main": {"501", "509"}}},
		{Name: "classic", Credentials: []SupplierCredential{signIn("NetworkID/AN9900000100", "abracadabra")},
			Vendors: map[string][]string{"main": {"510"}}},
	}, []Account{
		{Name: "main", Buyer: []Identity{id("NetworkID/AN01"), id("DUNS/777")}, Sandbox: "sandbox"},
		{Name: "second", Buyer: []Identity{id("NetworkID/AN02"), id("DUNS/777")}},
		{Name: "sandbox", Buyer: []Identity{id("NetworkID/AN01-T")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// creds reads "domain/identity=secret" a credential.
func creds(list ...string) []cxml.Credential {
	var out []cxml.Credential
	for _, s := range list {
		name, value, has := strings.Cut(s, "=")
		c := cxml.Credential{Domain: id(name).Domain, Identity: id(name).Identity}
		if has {
			c.Secret = secret.New(value)
		}
		out = append(out, c)
	}
	return out
}

func envelope(from, to, sender []cxml.Credential) *cxml.Envelope {
	return &cxml.Envelope{From: from, To: to, Sender: sender, DeploymentMode: cxml.Production}
}

var (
	fromAcme = creds("DUNS/111")
	toMain   = creds("NetworkID/AN01")
	inside   = Peer{Addr: netip.MustParseAddr("203.0.113.9")}
	outside  = Peer{Addr: netip.MustParseAddr("192.0.2.1")}
)

func TestSendersAreSignedIn(t *testing.T) {
	d := world(t)
	for _, c := range []struct {
		name     string
		env      *cxml.Envelope
		peer     Peer
		supplier string
	}{
		{"old secret", envelope(fromAcme, toMain, creds("DUNS/111=acme-old")), outside, "acme"},
		{"new secret", envelope(fromAcme, toMain, creds("DUNS/111=acme-new")), outside, "acme"},
		{"domain in another case", envelope(fromAcme, toMain, creds("duns/111=acme-new")), outside, "acme"},
		{"secret with white space", envelope(fromAcme, toMain, creds("DUNS/111= acme-new\n")), outside, "acme"},
		{"a second credential without a secret", envelope(fromAcme, toMain, creds("DUNS/111", "NetworkID/AN-ACME=acme-net")), outside, "acme"},
		{"an unknown credential beside it", envelope(fromAcme, toMain, creds("VendorID/5=x", "DUNS/111=acme-new")), outside, "acme"},
		{"From with an unknown second name", envelope(creds("VendorID/5", "DUNS/111"), toMain, creds("DUNS/111=acme-new")), outside, "acme"},
		{"from inside its network", envelope(creds("DUNS/222"), toMain, creds("DUNS/222=globex-secret")), inside, "globex"},
		{"from inside, as IPv6", envelope(creds("DUNS/222"), toMain, creds("DUNS/222=globex-secret")), Peer{Addr: netip.MustParseAddr("::ffff:203.0.113.9")}, "globex"},
		{"hub for a member", envelope(creds("DUNS/999"), toMain, creds("NetworkID/AN-HUB=hub-secret")), outside, "hub"},
		{"hub for another supplier", envelope(fromAcme, toMain, creds("NetworkID/AN-HUB=hub-secret")), outside, "hub"},
		{"client certificate", envelope(fromAcme, toMain, creds("DUNS/111")), Peer{Addr: outside.Addr, Certificates: []*x509.Certificate{acmeCertificate}}, "acme"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := d.Authenticate(c.env, c.peer, "")
			if err != nil {
				t.Fatalf("refused: %v (%s)", err, g.Cause)
			}
			if g.Supplier.Name != c.supplier || g.Account != "main" || g.Test {
				t.Errorf("granted %s for %q, test %v; want %s for main", g.Supplier.Name, g.Account, g.Test, c.supplier)
			}
		})
	}
}

func TestWhoIsNotSignedInLearnsNothing(t *testing.T) {
	d := world(t)
	_, err := d.Authenticate(envelope(fromAcme, toMain, creds("DUNS/000=x")), outside, "")
	var stranger *cxml.Refusal
	if !errors.As(err, &stranger) {
		t.Fatalf("a stranger was let in: %v", err)
	}
	for _, c := range []struct {
		name, cause, claimed string
		env                  *cxml.Envelope
		peer                 Peer
	}{
		{"wrong secret", "the secret is wrong", "acme", envelope(fromAcme, toMain, creds("DUNS/111=x")), outside},
		{"no secret", "there is no secret", "acme", envelope(fromAcme, toMain, creds("DUNS/111")), outside},
		{"empty secret", "there is no secret", "acme", envelope(fromAcme, toMain, creds("DUNS/111=")), outside},
		{"identity in another case", "the sender is unknown", "", envelope(fromAcme, toMain, creds("NetworkID/an-acme=acme-net")), outside},
		{"secret on an unknown credential", "there is no secret", "acme", envelope(fromAcme, toMain, creds("DUNS/111", "DUNS/000=acme-new")), outside},
		{"secret of its other credential", "the secret is wrong", "acme", envelope(fromAcme, toMain, creds("DUNS/111=acme-net")), outside},
		{"right secret beside a wrong one", "the secret is wrong", "acme", envelope(fromAcme, toMain, creds("NetworkID/AN-ACME=acme-net", "DUNS/111=x")), outside},
		{"secret of another supplier", "the secret is wrong", "acme", envelope(fromAcme, toMain, creds("DUNS/111=globex-secret")), outside},
		{"two suppliers, one secret", "the credentials of the sender belong to different suppliers", "", envelope(fromAcme, toMain, creds("DUNS/111=acme-new", "DUNS/222")), inside},
		{"two suppliers, both secrets", "the credentials of the sender belong to different suppliers", "", envelope(fromAcme, toMain, creds("DUNS/111=acme-new", "DUNS/222=globex-secret")), inside},
		{"right secret from outside", "the address 192.0.2.1 is outside the supplier's networks", "globex", envelope(creds("DUNS/222"), toMain, creds("DUNS/222=globex-secret")), outside},
		{"right secret from nowhere", "the address invalid IP is outside the supplier's networks", "globex", envelope(creds("DUNS/222"), toMain, creds("DUNS/222=globex-secret")), Peer{}},
		{"wrong secret from outside", "the secret is wrong", "globex", envelope(creds("DUNS/222"), toMain, creds("DUNS/222=x")), outside},
		{"another's certificate", "there is no secret", "globex", envelope(creds("DUNS/222"), toMain, creds("DUNS/222")), Peer{Addr: inside.Addr, Certificates: []*x509.Certificate{acmeCertificate}}},
		{"nobody", "the sender is unknown", "", envelope(fromAcme, toMain, nil), outside},
		{"MAC with a wrong key", "the secret is wrong", "classic", signedEnvelope("password", classicExpires), outside},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := d.Authenticate(c.env, c.peer, "")
			var r *cxml.Refusal
			if !errors.As(err, &r) {
				t.Fatalf("granted: %+v", g)
			}
			if diff := cmp.Diff(stranger.Problems, r.Problems); diff != "" {
				t.Errorf("the answer differs from a stranger's (-stranger +this):\n%s", diff)
			}
			if g.Supplier != nil || g.Account != "" || g.Proven {
				t.Errorf("a refused document was granted %v, %q", g.Supplier, g.Account)
			}
			if g.Cause != c.cause || c.claimed != "" && g.Claimed != c.claimed {
				t.Errorf("for the log: %q claims %q, want %q claims %q", g.Cause, g.Claimed, c.cause, c.claimed)
			}
		})
	}
}

func TestWhatASenderMayNotDo(t *testing.T) {
	d := world(t)
	asAcme, asGlobex := creds("DUNS/111=acme-new"), creds("DUNS/222=globex-secret")
	many := make([]cxml.Credential, maxCredentials+1)
	for _, c := range []struct {
		name string
		env  *cxml.Envelope
		path string
		code int
		want string
	}{
		{"speak for a stranger", envelope(creds("DUNS/000"), toMain, asAcme), "", 403, "The Sender may not speak for DUNS 000."},
		{"speak for another supplier", envelope(creds("DUNS/222"), toMain, asAcme), "", 403, "The Sender may not speak for DUNS 222."},
		{"speak for itself and another supplier", envelope(creds("DUNS/111", "DUNS/222"), toMain, asAcme), "", 403, "The Sender may not speak for DUNS 111, DUNS 222."},
		{"speak for nobody", envelope(nil, toMain, asAcme), "", 403, "The Sender may not speak for nobody."},
		{"write to a stranger", envelope(fromAcme, creds("NetworkID/AN99"), asAcme), "", 400, "To names NetworkID AN99, which is no buyer here."},
		{"write to nobody", envelope(fromAcme, nil, asAcme), "", 400, "To names nobody, which is no buyer here."},
		{"write to a buyer of others", envelope(fromAcme, creds("NetworkID/AN02"), asAcme), "", 403, "The Sender may not send to NetworkID AN02."},
		{"write to two buyers", envelope(creds("DUNS/222"), creds("NetworkID/AN01", "NetworkID/AN02"), asGlobex), "", 400, "To names several accounts: main, second."},
		{"write to a name of two buyers", envelope(creds("DUNS/222"), creds("DUNS/777"), asGlobex), "", 400, "To names several accounts: main, second."},
		{"name an unknown account in the URL", envelope(fromAcme, toMain, asAcme), "nowhere", 403, `The account "nowhere" of the URL does not exist, or the Sender may not send to it.`},
		{"name an account of others in the URL", envelope(fromAcme, toMain, asAcme), "second", 403, `The account "second" of the URL does not exist, or the Sender may not send to it.`},
		{"name another account in the URL than in To", envelope(creds("DUNS/222"), toMain, asGlobex), "second", 400, "To names the account main, but the URL names second."},
		{"bring production into the sandbox", envelope(fromAcme, toMain, asAcme), "sandbox", 400, "To names the account main, but the URL names sandbox."},
		{"send too many credentials", envelope(fromAcme, toMain, many), "", 400, "Sender has 17 credentials; at most 16 are read."},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := d.Authenticate(c.env, inside, c.path)
			var r *cxml.Refusal
			if !errors.As(err, &r) {
				t.Fatalf("granted: %+v", g)
			}
			if r.Code() != c.code || !strings.HasPrefix(r.Problems[0].Text, c.want) {
				t.Errorf("refused with %d %q, want %d %q", r.Code(), r.Problems[0].Text, c.code, c.want)
			}
			if g.Supplier != nil || g.Cause == "" {
				t.Errorf("grant of a refused document: %+v", g)
			}
		})
	}
}

func TestTheAccountOfADocument(t *testing.T) {
	d := world(t)
	asAcme, asGlobex := creds("DUNS/111=acme-new"), creds("DUNS/222=globex-secret")
	for _, c := range []struct {
		name     string
		from, to []cxml.Credential
		sender   []cxml.Credential
		path     string
		test     bool
		account  string
	}{
		{"by To", fromAcme, toMain, asAcme, "", false, "main"},
		{"To in another case", fromAcme, creds("networkid/AN01"), asAcme, "", false, "main"},
		{"To with an unknown second name", fromAcme, creds("SystemID/x", "NetworkID/AN01"), asAcme, "", false, "main"},
		{"a name of two buyers, one allowed", fromAcme, creds("DUNS/777"), asAcme, "", false, "main"},
		{"a name of two buyers, one in the URL", creds("DUNS/222"), creds("DUNS/777"), asGlobex, "second", false, "second"},
		{"URL agrees", fromAcme, toMain, asAcme, "main", false, "main"},
		{"production straight to the sandbox", fromAcme, creds("NetworkID/AN01-T"), asAcme, "", false, "sandbox"},
		{"test goes to the sandbox", fromAcme, toMain, asAcme, "", true, "sandbox"},
		{"test to the URL of the account", fromAcme, toMain, asAcme, "main", true, "sandbox"},
		{"test to the URL of the sandbox", fromAcme, toMain, asAcme, "sandbox", true, "sandbox"},
		{"test to the sandbox itself", fromAcme, creds("NetworkID/AN01-T"), asAcme, "", true, "sandbox"},
		{"test of one who may not use the sandbox", creds("DUNS/222"), toMain, asGlobex, "", true, ""},
		{"test to an account without a sandbox", creds("DUNS/222"), creds("NetworkID/AN02"), asGlobex, "", true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := envelope(c.from, c.to, c.sender)
			if c.test {
				env.DeploymentMode = cxml.Test
			}
			g, err := d.Authenticate(env, inside, c.path)
			if err != nil {
				t.Fatal(err)
			}
			if g.Account != c.account || g.Test != c.test {
				t.Errorf("goes to %q, test %v; want %q, %v", g.Account, g.Test, c.account, c.test)
			}
		})
	}
}

// How much is compared depends on the document, not on whether its sender exists, how many secrets it has or which fits.
func TestStrangersCostTheSameWork(t *testing.T) {
	d := world(t)
	cost := func(env *cxml.Envelope, peer Peer) work {
		var w work
		d.identify(env, peer, &w)
		return w
	}
	want := cost(envelope(fromAcme, toMain, creds("DUNS/000=x")), outside)
	if want.secrets != 2 {
		t.Errorf("a stranger costs %+v, want as many comparisons as acme has secrets", want)
	}
	for _, s := range []string{"DUNS/111=acme-old", "DUNS/111=acme-new", "DUNS/111=x", "DUNS/111", "DUNS/222=globex-secret", "NetworkID/AN-HUB=x"} {
		if got := cost(envelope(fromAcme, toMain, creds(s)), outside); got != want {
			t.Errorf("%s costs %+v, a stranger %+v", s, got, want)
		}
	}
	mac := func(name string) *cxml.Envelope {
		env := signedEnvelope("abracadabra", classicExpires)
		env.Sender[0].Identity = name
		return env
	}
	stranger := cost(mac("AN000"), outside)
	if stranger.macs == 0 {
		t.Error("no MAC is computed for a stranger")
	}
	if got := cost(mac("AN9900000100"), outside); got != stranger {
		t.Errorf("a known sender of a MAC costs %+v, a stranger %+v", got, stranger)
	}
}

func TestBasic(t *testing.T) {
	d := world(t)
	for _, c := range []struct {
		user, password string
		want           bool
	}{
		{"acme", "acme-old", true}, {"acme", "acme-net", true}, {"globex", "globex-secret", true},
		{"acme", "globex-secret", false}, {"acme", "", false}, {"", "", false}, {"nobody", "x", false}, {"ACME", "acme-old", false},
	} {
		s, ok := d.Basic(c.user, secret.New(c.password))
		if ok != c.want || ok != (s != nil) {
			t.Errorf("Basic(%s, %s) = %v, want %v", c.user, c.password, ok, c.want)
		}
	}
	if len(d.nobody.hashes) != len(d.passwords["acme"].hashes) || len(d.nobody.hashes) != len(d.passwords["hub"].hashes) {
		t.Error("users cost different numbers of comparisons")
	}
}

func TestDirectoriesThatContradictThemselves(t *testing.T) {
	account := []Account{{Name: "main", Buyer: []Identity{id("NetworkID/AN01")}}}
	a := Supplier{Name: "a", Credentials: []SupplierCredential{signIn("DUNS/1", "x")}}
	for _, c := range []struct {
		name      string
		suppliers []Supplier
		accounts  []Account
		want      string
	}{
		{"account twice", nil, append(account, account...), `account "main"`},
		{"sandbox missing", nil, []Account{{Name: "main", Sandbox: "s"}}, `sandbox "s" is not an account`},
		{"supplier twice", []Supplier{a, {Name: "a"}}, account, `supplier "a": names must be given, and once`},
		{"credential twice", []Supplier{a, {Name: "b", Credentials: []SupplierCredential{signIn("duns/ 1", "y")}}}, account, `belongs to the supplier "a" already`},
		{"empty secret", []Supplier{{Name: "a", Credentials: []SupplierCredential{signIn("DUNS/1", " ")}}}, account, "has an empty secret"},
		{"unknown account", []Supplier{{Name: "a", Vendors: map[string][]string{"other": nil}}}, account, `"other" is not an account`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := NewDirectory(c.suppliers, c.accounts); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

const (
	classicCreated = "2003-01-15T08:42:46-08:00"
	classicExpires = "2003-01-15T11:42:46-08:00"
)

// signedEnvelope carries the MAC of the published example, made with key.
func signedEnvelope(key, expires string) *cxml.Envelope {
	value := map[string]string{"abracadabra": "cR6Jpz58nriXERDN", "password": "5KMM/p4KtK5oAf/B"}[key]
	env := envelope(creds("NetworkID/AN9900000100"), toMain, creds("NetworkID/AN9900000100"))
	env.Sender[0].Mac = &cxml.Mac{Type: macType, Algorithm: macAlgorithm, CreationDate: classicCreated, ExpirationDate: expires, Value: secret.New(value)}
	return env
}

func TestPublishedMacVectors(t *testing.T) {
	c := creds("NetworkID/AN9900000100")[0]
	for key, want := range map[string]string{"abracadabra": "cR6Jpz58nriXERDN", "password": "5KMM/p4KtK5oAf/B"} {
		if got := mac(secret.New(key), c, c, classicCreated, classicExpires); got != want {
			t.Errorf("mac with %s is %s, want %s", key, got, want)
		}
	}
}

func TestMac(t *testing.T) {
	change := func(f func(*cxml.Mac)) *cxml.Envelope {
		env := signedEnvelope("abracadabra", classicExpires)
		f(env.Sender[0].Mac)
		return env
	}
	for _, c := range []struct {
		name string
		env  *cxml.Envelope
		ok   bool
	}{
		{"published", signedEnvelope("abracadabra", classicExpires), true},
		{"another key", signedEnvelope("password", classicExpires), false},
		{"later end than signed", change(func(m *cxml.Mac) { m.ExpirationDate = "2103-01-15T11:42:46-08:00" }), false},
		{"the same instant written otherwise", change(func(m *cxml.Mac) { m.ExpirationDate = "2003-01-15T19:42:46Z" }), false},
		{"another algorithm", change(func(m *cxml.Mac) { m.Algorithm = "none" }), false},
		{"another type", change(func(m *cxml.Mac) { m.Type = "x" }), false},
		{"no value", change(func(m *cxml.Mac) { m.Value = secret.Value{} }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // its clock starts in 2000, when the example was still valid
				g, err := world(t).Authenticate(c.env, outside, "")
				if (err == nil) != c.ok {
					t.Errorf("error %v (%s), want accepted: %v", err, g.Cause, c.ok)
				}
			})
		})
	}
}

func TestMacExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := world(t)
		end, err := time.Parse(time.RFC3339, classicExpires)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(end))
		if _, err := d.Authenticate(signedEnvelope("abracadabra", classicExpires), outside, ""); err != nil {
			t.Errorf("at its last moment: %v", err)
		}
		time.Sleep(time.Second)
		g, err := d.Authenticate(signedEnvelope("abracadabra", classicExpires), outside, "")
		var r *cxml.Refusal
		if !errors.As(err, &r) || r.Code() != 401 || !strings.Contains(r.Problems[0].Text, "has expired: its expirationDate is") {
			t.Errorf("after it: %v", err)
		}
		if g.Cause != "the CredentialMac has expired" {
			t.Errorf("cause %q", g.Cause)
		}
	})
}

func TestUnreadableExpiryIsOver(t *testing.T) {
	for _, s := range []string{"", "tomorrow", "2003-01-15T11:42:46"} {
		if current(s, time.Time{}) {
			t.Errorf("%q counts as a time to come", s)
		}
	}
}
