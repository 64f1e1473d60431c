package config

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Supplier is one who may send documents.
type Supplier struct {
	Name        string                     `yaml:"name"`
	Credentials []Credential               `yaml:"credentials"` // what the supplier signs in with (Sender)
	SpeaksFor   []Party                    `yaml:"speaks_for"`  // others that may stand in From, for hubs
	CIDR        []netip.Prefix             `yaml:"cidr"`        // networks it may send from; empty allows all
	Identity    string                     `yaml:"identity"`    // what makes a document another one: IdentityPayloadID or IdentityContent
	HTTPStatus  bool                       `yaml:"http_status"` // answer with the cXML code as HTTP status too
	Zone        *time.Location             `yaml:"zone"`        // of times that the documents give without one
	Rate        float64                    `yaml:"rate"`        // documents a second
	Burst       int                        `yaml:"burst"`       // documents at once
	Accounts    map[string]SupplierAccount `yaml:"accounts"`    // accounts it may send to, by name
}

// Credential is one way to sign in. All of Secrets and Certificates are valid at once, so that one can be changed without
// a gap.
type Credential struct {
	Domain       string        `yaml:"domain"`
	Identity     string        `yaml:"identity"`
	Secrets      []Secret      `yaml:"secrets"`
	Certificates []Fingerprint `yaml:"certificates"` // client certificates that sign in without a secret
}

// SupplierAccount is what the supplier is in one NetSuite account.
type SupplierAccount struct {
	// Vendors are internal ids, of every subsidiary that buys from the supplier; the vendor of an order must be one of them.
	Vendors []string `yaml:"vendors"`
	// Tolerance and Policies go before those of the account's bills; nil, and reasons that are not there, leave them.
	Tolerance *Tolerance        `yaml:"tolerance"`
	Policies  map[string]string `yaml:"policies"`
}

// The values of Supplier.Identity.
const (
	IdentityPayloadID = "payloadID" // the payloadID of the envelope, as cXML has it
	IdentityContent   = "content"   // what the document says, for senders that use a payloadID again
)

// DefaultSupplier returns what a supplier of the file starts from.
func DefaultSupplier() Supplier {
	return Supplier{Identity: IdentityPayloadID, Zone: time.UTC, Rate: 10, Burst: 50}
}

func (s *Supplier) setDefaults() { *s = DefaultSupplier() }

// maxSecrets bounds the secrets of one credential: each costs a comparison for every request, known sender or not.
const maxSecrets = 4

func (c *Config) validateSuppliers(p *problems) {
	if len(c.Suppliers) == 0 {
		p.warn("suppliers", "is empty; every document will be refused")
	}
	first := map[string]int{}
	owners := map[Party]int{}
	for i, s := range c.Suppliers {
		key := item("suppliers", i)
		checkName(p, child(key, "name"), s.Name, first, i, "suppliers")
		c.checkCredentials(p, child(key, "credentials"), i, owners)
		checkParties(p, child(key, "speaks_for"), s.SpeaksFor)
		oneOf(p, child(key, "identity"), "", s.Identity, IdentityPayloadID, IdentityContent)
		positive(p, child(key, "rate"), s.Rate)
		positive(p, child(key, "burst"), s.Burst)
		c.checkInside(p, child(key, "accounts"), s)
	}
	c.warnSharedVendors(p)
}

func (c *Config) checkCredentials(p *problems, key string, i int, owners map[Party]int) {
	s := c.Suppliers[i]
	if len(s.Credentials) == 0 {
		p.add(key, "is empty, so that the supplier cannot sign in; give domain, identity and secrets")
	}
	demo := c.demoOnly(s)
	for j, cred := range s.Credentials {
		at := item(key, j)
		party := Party{cred.Domain, cred.Identity}
		checkParty(p, at, party)
		owner, taken := owners[party.normal()]
		switch {
		case party.normal().Identity == "": // missing, and said so
		case taken && owner == i:
			p.add(at, "repeats %s; list all of its secrets once", party)
		case taken:
			p.add(at, "is %s, which already belongs to the supplier %s; a credential names one supplier", party, quote(c.Suppliers[owner].Name))
		default:
			owners[party.normal()] = i
		}
		if buyer := c.buyerOf(party); buyer != "" {
			p.add(at, "is %s, which is the buyer of account %s; give the supplier's own credential", party, quote(buyer))
		}
		if n := len(cred.Secrets); n == 0 && len(cred.Certificates) == 0 {
			p.add(child(at, "secrets"), "is empty; give one secret, or two while it is being changed, as env:NAME or file:PATH")
		} else if n > maxSecrets {
			p.add(child(at, "secrets"), "has %d secrets; give at most %d", n, maxSecrets)
		}
		if len(cred.Certificates) > 0 && !c.Ingest.TLS.ClientCertificates {
			p.add(child(at, "certificates"), "is set, but clients are not asked for certificates; set ingest.tls.client_certificates: true")
		}
		for k, secret := range cred.Secrets {
			if secret.Reference == plainScheme && !demo {
				p.add(item(child(at, "secrets"), k), "is a plain: secret, which is for demos only (netsuite.base_url of every account of the supplier on 127.0.0.1); give env:NAME or file:PATH")
			}
			if secret.Reference == "" && secret.IsZero() {
				p.add(item(child(at, "secrets"), k), "is empty; give env:NAME or file:PATH")
			}
		}
	}
}

// demoOnly reports whether everything the supplier sends stays on this machine.
func (c *Config) demoOnly(s Supplier) bool {
	for name := range s.Accounts {
		if a, ok := c.Account(name); !ok || !loopbackURL(a.NetSuite.BaseURL) {
			return false
		}
	}
	return len(s.Accounts) > 0
}

func (c *Config) buyerOf(party Party) string {
	for _, a := range c.Accounts {
		for _, b := range a.Buyer {
			if b.normal() == party.normal() && b.Identity != "" {
				return a.Name
			}
		}
	}
	return ""
}

func (c *Config) checkInside(p *problems, key string, s Supplier) {
	if len(s.Accounts) == 0 {
		p.add(key, "is empty, so that the supplier may send to no account; give {account: {vendors: [\"internal id\"]}}")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Accounts)) {
		at := child(key, name)
		c.checkAccountName(p, at, name)
		vendors := s.Accounts[name].Vendors
		if len(vendors) == 0 {
			p.add(child(at, "vendors"), "is empty; give the internal ids of the supplier's vendor records")
		}
		for i, id := range vendors {
			if id == "" {
				p.add(item(child(at, "vendors"), i), "is empty; give an internal id")
			}
			checkInternalID(p, item(child(at, "vendors"), i), id)
		}
		if t := s.Accounts[name].Tolerance; t != nil {
			t.validate(p, child(at, "tolerance"))
		}
		validatePolicies(p, child(at, "policies"), s.Accounts[name].Policies)
		a, ok := c.Account(name)
		if !ok || a.Sandbox == "" {
			continue
		}
		if _, ok := s.Accounts[a.Sandbox]; !ok {
			p.warn(key, "has %s but not its sandbox %s: test documents are checked and answered, and go nowhere", quote(name), quote(a.Sandbox))
		}
	}
}

// warnSharedVendors points out vendors that two suppliers may act for: each can then change the other's orders.
func (c *Config) warnSharedVendors(p *problems) {
	type vendor struct{ account, id string }
	owners := map[vendor]string{}
	for i, s := range c.Suppliers {
		for _, account := range slices.Sorted(maps.Keys(s.Accounts)) {
			for j, id := range s.Accounts[account].Vendors {
				v := vendor{account, id}
				other, taken := owners[v]
				if taken && other != s.Name {
					p.warn(item(child(item("suppliers", i), "accounts."+account+".vendors"), j), "is %s, also a vendor of the supplier %s: each may change the other's orders", quote(id), quote(other))
				}
				owners[v] = s.Name
			}
		}
	}
}

// String returns "domain/identity".
func (p Party) String() string { return quote(p.Domain + "/" + p.Identity) }

// normal returns the form in which parties are equal.
func (p Party) normal() Party {
	return Party{strings.ToLower(strings.TrimSpace(p.Domain)), strings.TrimSpace(p.Identity)}
}

func checkParties(p *problems, key string, parties []Party) {
	for i, party := range parties {
		checkParty(p, item(key, i), party)
	}
}

func checkParty(p *problems, key string, party Party) {
	if party.normal().Identity == "" {
		p.add(child(key, "identity"), "is missing; give the identity that stands in the documents, such as 123456789")
	}
	if party.normal().Domain == "" {
		p.add(child(key, "domain"), "is missing; give the domain of the identity, such as NetworkID or DUNS")
	}
}

// checkName checks the name of an account or supplier and that it is given once.
func checkName(p *problems, key, name string, first map[string]int, i int, list string) {
	switch j, taken := first[name]; {
	case name == "":
		p.add(key, "is missing; give %s", tokenRule)
	case !tokenForm.MatchString(name):
		p.add(key, "is %s; give %s", quote(name), tokenRule)
	case taken:
		p.add(key, "is %s, the name of %s too; names are given once", quote(name), item(list, j))
	default:
		first[name] = i
	}
}
