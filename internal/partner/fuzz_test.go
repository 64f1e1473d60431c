package partner

import (
	"errors"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/cxml"
	"counterpunch/internal/secret"
)

// fuzzed are the secrets of world, by credential: the witness that FuzzAuthenticate holds every grant against.
var fuzzed = map[string]struct {
	supplier string
	secrets  []string
}{
	"duns/111":               {"acme", []string{"acme-old", "acme-new"}},
	"networkid/AN-ACME":      {"acme", []string{"acme-net"}},
	"duns/222":               {"globex", []string{"globex-secret"}},
	"networkid/AN-HUB":       {"hub", []string{"hub-secret"}},
	"networkid/AN9900000100": {"classic", []string{"abracadabra"}},
}

// FuzzAuthenticate holds what must be true of any header: an error is a refusal of the three codes; a grant needs a
// Sender that carries the secret of its own credential, or a MAC over From with it that is still valid; From names nobody
// but that supplier and those it speaks for; the account is one that it may send to, and a test never goes to production.
// A header is lines of "party domain/identity=secret", a MAC is "party domain/identity~key".
func FuzzAuthenticate(f *testing.F) {
	for _, seed := range []string{
		"S DUNS/111=acme-new\nF DUNS/111\nT NetworkID/AN01",
		"S DUNS/111\nS NetworkID/AN-ACME=acme-new\nF DUNS/111\nT NetworkID/AN01",
		"S DUNS/222=acme-new\nS DUNS/111=globex-secret\nF DUNS/111\nT NetworkID/AN01",
		"S NetworkID/AN-HUB=hub-secret\nF DUNS/999\nF DUNS/222\nT DUNS/777",
		"S networkid/AN9900000100~abracadabra\nF NetworkID/AN9900000100\nT NetworkID/AN01",
		"S DUNS/111~acme-old\nF DUNS/222\nT NetworkID/AN01-T",
		"S DUNS/111=\nS /=\nF /\nT /",
	} {
		for _, path := range []string{"", "main", "sandbox", "../main", "*"} {
			f.Add(seed, path, false)
			f.Add(seed, path, true)
		}
	}
	d := world(f)
	f.Fuzz(func(t *testing.T, header, path string, test bool) {
		env := fuzzedEnvelope(header, test)
		g, err := d.Authenticate(env, Peer{}, path)
		if refusal := (*cxml.Refusal)(nil); err != nil {
			if !errors.As(err, &refusal) || g.Supplier != nil || g.Account != "" {
				t.Fatalf("refused with %v and the grant %+v", err, g)
			}
			switch c := refusal.Code(); {
			case c != 400 && c != 401 && c != 403:
				t.Fatalf("refused with %d", c)
			case c == 401 && g.Proven, g.Proven && g.Claimed == "":
				t.Fatalf("refused with %d and the grant %+v", c, g)
			}
			return
		}
		mustHaveProven(t, env, g)
		if g.Account != "" && !g.Supplier.May(g.Account) {
			t.Fatalf("%s got to the account %s", g.Supplier.Name, g.Account)
		}
		if test && g.Account != "" && g.Account != "sandbox" {
			t.Fatalf("a test got to the account %s", g.Account)
		}
		for _, c := range env.From {
			owner, known := fuzzed[strings.ToLower(strings.TrimSpace(c.Domain))+"/"+strings.TrimSpace(c.Identity)]
			if known && owner.supplier != g.Supplier.Name && !(g.Supplier.Name == "hub" && c.Identity == "111") {
				t.Fatalf("%s spoke for %s", g.Supplier.Name, owner.supplier)
			}
		}
	})
}

// mustHaveProven fails the test unless a credential of Sender proves that the supplier of the grant sent it, and none of
// them belongs to another supplier.
func mustHaveProven(t *testing.T, env *cxml.Envelope, g Grant) {
	t.Helper()
	proven := false
	for _, c := range env.Sender {
		owner, known := fuzzed[strings.ToLower(strings.TrimSpace(c.Domain))+"/"+strings.TrimSpace(c.Identity)]
		if !known {
			continue
		}
		if owner.supplier != g.Supplier.Name {
			t.Fatalf("a credential of %s is in the Sender of %s", owner.supplier, g.Supplier.Name)
		}
		for _, s := range owner.secrets {
			proven = proven || strings.TrimSpace(c.Secret.Reveal()) == s
			for _, from := range env.From {
				proven = proven || c.Mac != nil && c.Mac.Value.Reveal() == mac(secret.New(s), from, c, c.Mac.CreationDate, c.Mac.ExpirationDate)
			}
		}
	}
	if !proven {
		t.Fatalf("%s was let in without a secret", g.Supplier.Name)
	}
}

func fuzzedEnvelope(header string, test bool) *cxml.Envelope {
	env := &cxml.Envelope{DeploymentMode: cxml.Production}
	if test {
		env.DeploymentMode = cxml.Test
	}
	var macs []string
	for line := range strings.SplitSeq(header, "\n") {
		party, rest, _ := strings.Cut(line, " ")
		name, key, hasMac := strings.Cut(rest, "~")
		if hasMac {
			rest = name
		}
		c := creds(rest)[0]
		switch party {
		case "S":
			env.Sender = append(env.Sender, c)
			macs = append(macs, key)
		case "F":
			env.From = append(env.From, c)
		case "T":
			env.To = append(env.To, c)
		}
	}
	created, expires := "2026-01-01T00:00:00Z", time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for i, key := range macs {
		if key != "" && len(env.From) > 0 {
			c := &env.Sender[i]
			c.Mac = &cxml.Mac{Type: macType, Algorithm: macAlgorithm, CreationDate: created, ExpirationDate: expires,
				Value: secret.New(mac(secret.New(key), env.From[0], *c, created, expires))}
		}
	}
	return env
}
