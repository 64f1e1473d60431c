package partner

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/secret"
)

// Identity is a cXML credential without its secret.
type Identity struct {
	Domain   string // compared without regard to case
	Identity string // compared exactly, without outer white space
}

// String returns domain/identity.
func (i Identity) String() string { return i.Domain + "/" + i.Identity }

// key returns the form in which identities are equal.
func (i Identity) key() Identity {
	return Identity{strings.ToLower(strings.TrimSpace(i.Domain)), strings.TrimSpace(i.Identity)}
}

// SupplierCredential is one way for a supplier to sign in.
type SupplierCredential struct {
	Identity
	Secrets      []secret.Value // all valid at once, so that a secret can be changed without a gap
	Certificates []Fingerprint  // of client certificates that sign in without a secret
}

// Fingerprint is the SHA-256 of a certificate in DER form.
type Fingerprint [sha256.Size]byte

// Supplier is one who may send documents.
type Supplier struct {
	Name        string
	Credentials []SupplierCredential
	SpeaksFor   []Identity          // others that may stand in From
	CIDR        []netip.Prefix      // networks it may send from; empty allows all
	Vendors     map[string][]string // account -> internal ids of the supplier's vendors; the keys are the accounts it may send to
	Zone        *time.Location      // of times without a zone; nil is UTC
	ByContent   bool                // a payloadID does not name a document, its content does
	HTTPStatus  bool                // answer with the cXML code as HTTP status too
	Rate        float64             // documents a second, for the caller to enforce
	Burst       int                 // documents at once, likewise
}

// May reports whether the supplier may send documents to the account.
func (s *Supplier) May(account string) bool {
	_, ok := s.Vendors[account]
	return ok
}

// Account is a NetSuite account as suppliers name it.
type Account struct {
	Name    string
	Buyer   []Identity // what stands in To
	Sandbox string     // account that gets test documents; "" for none
}

// Directory knows every supplier and account.
type Directory struct {
	suppliers map[string]*Supplier
	accounts  map[string]Account
	owners    map[Identity]*entry
	sandboxes map[string]bool
	unknown   *entry              // compared against when the sender is not known
	passwords map[string]*keyring // by supplier name, for Basic
	nobody    *keyring
	tokens    map[string]*tokenKeys // by supplier name, for status tokens
}

// entry is a credential ready to be compared.
type entry struct {
	supplier     *Supplier // nil for the unknown one
	keys         *keyring
	certificates []Fingerprint
}

// NewDirectory checks suppliers and accounts against each other and prepares them for Authenticate.
func NewDirectory(suppliers []Supplier, accounts []Account) (*Directory, error) {
	d := &Directory{
		suppliers: map[string]*Supplier{},
		accounts:  map[string]Account{},
		owners:    map[Identity]*entry{},
		sandboxes: map[string]bool{},
		passwords: map[string]*keyring{},
		tokens:    map[string]*tokenKeys{},
	}
	for _, a := range accounts {
		if _, taken := d.accounts[a.Name]; taken || a.Name == "" {
			return nil, fmt.Errorf("account %q: names must be given, and once", a.Name)
		}
		d.accounts[a.Name] = a
		d.sandboxes[a.Sandbox] = a.Sandbox != ""
	}
	for _, a := range accounts {
		if _, ok := d.accounts[a.Sandbox]; a.Sandbox != "" && !ok {
			return nil, fmt.Errorf("account %q: sandbox %q is not an account", a.Name, a.Sandbox)
		}
	}
	// Every comparison runs over as many secrets as the best equipped sender has.
	most, mostOfSupplier := 1, 1
	for _, s := range suppliers {
		all := 0
		for _, c := range s.Credentials {
			most = max(most, len(c.Secrets))
			all += len(c.Secrets)
		}
		mostOfSupplier = max(mostOfSupplier, all)
	}
	d.unknown = &entry{keys: newKeyring(nil, most)}
	d.nobody = newKeyring(nil, mostOfSupplier)
	for i := range suppliers {
		if err := d.add(&suppliers[i], most, mostOfSupplier); err != nil {
			return nil, fmt.Errorf("supplier %q: %w", suppliers[i].Name, err)
		}
	}
	return d, nil
}

func (d *Directory) add(given *Supplier, most, mostOfSupplier int) error {
	s := *given
	if _, taken := d.suppliers[s.Name]; taken || s.Name == "" {
		return fmt.Errorf("names must be given, and once")
	}
	d.suppliers[s.Name] = &s
	for _, account := range slices.Sorted(maps.Keys(s.Vendors)) {
		if _, ok := d.accounts[account]; !ok {
			return fmt.Errorf("%q is not an account", account)
		}
	}
	var all []secret.Value
	for _, c := range s.Credentials {
		if e, taken := d.owners[c.key()]; taken {
			return fmt.Errorf("credential %s belongs to the supplier %q already", c.Identity, e.supplier.Name)
		}
		for _, v := range c.Secrets {
			if strings.TrimSpace(v.Reveal()) == "" {
				return fmt.Errorf("credential %s has an empty secret", c.Identity)
			}
		}
		d.owners[c.key()] = &entry{supplier: &s, keys: newKeyring(c.Secrets, most), certificates: c.Certificates}
		all = append(all, c.Secrets...)
	}
	d.passwords[s.Name] = newKeyring(all, mostOfSupplier)
	d.tokens[s.Name] = &tokenKeys{supplier: s.Name, secrets: all}
	return nil
}

// Supplier returns the supplier of that name.
func (d *Directory) Supplier(name string) (*Supplier, bool) {
	s, ok := d.suppliers[name]
	return s, ok
}

// Suppliers lists the names of all suppliers, sorted: the closed set of label values for metrics.
func (d *Directory) Suppliers() []string { return slices.Sorted(maps.Keys(d.suppliers)) }

// Basic checks the user and password of a status request. The user is the supplier's name, the password any secret of
// any of its credentials. An unknown user costs as much as a known one.
func (d *Directory) Basic(user string, password secret.Value) (*Supplier, bool) {
	keys, known := d.passwords[user]
	if !known {
		keys = d.nobody
	}
	var w work
	if !keys.matches(password, &w) || !known {
		return nil, false
	}
	return d.suppliers[user], true
}
