package app

import (
	"errors"
	"fmt"
	"maps"

	"counterpunch/internal/config"
	"counterpunch/internal/delivery"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/partner"
	"counterpunch/internal/reason"
)

// newDirectory returns who may send what for whom.
func newDirectory(cfg *config.Config) (*partner.Directory, error) {
	var suppliers []partner.Supplier
	for _, s := range cfg.Suppliers {
		p := partner.Supplier{
			Name: s.Name, SpeaksFor: identities(s.SpeaksFor), CIDR: s.CIDR, Zone: s.Zone, HTTPStatus: s.HTTPStatus,
			ByContent: s.Identity == config.IdentityContent,
			Rate:      s.Rate, Burst: s.Burst, Vendors: map[string][]string{},
		}
		for account, a := range s.Accounts {
			p.Vendors[account] = a.Vendors
		}
		for _, c := range s.Credentials {
			credential := partner.SupplierCredential{Identity: partner.Identity{Domain: c.Domain, Identity: c.Identity}}
			for _, v := range c.Secrets {
				credential.Secrets = append(credential.Secrets, v.Value)
			}
			for _, f := range c.Certificates {
				credential.Certificates = append(credential.Certificates, partner.Fingerprint(f))
			}
			p.Credentials = append(p.Credentials, credential)
		}
		suppliers = append(suppliers, p)
	}
	var accounts []partner.Account
	for _, a := range cfg.Accounts {
		accounts = append(accounts, partner.Account{Name: a.Name, Buyer: identities(a.Buyer), Sandbox: a.Sandbox})
	}
	return partner.NewDirectory(suppliers, accounts)
}

func identities(parties []config.Party) []partner.Identity {
	var all []partner.Identity
	for _, p := range parties {
		all = append(all, partner.Identity{Domain: p.Domain, Identity: p.Identity})
	}
	return all
}

// newAccounts returns the NetSuite accounts as a worker needs them. tokens, which may be nil, is where workers share the
// access token of a sign-in; observe is told of every call.
func newAccounts(cfg *config.Config, tokens func(account, credential string) netsuite.TokenStore, observe func(account string, o netsuite.Observation)) ([]delivery.Account, error) {
	var all []delivery.Account
	var wrong []error // of every account, so that one look at the configuration mends all
	for _, a := range cfg.Accounts {
		mapper, err := newMapper(cfg, a)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("account %s: %w", a.Name, err))
			continue
		}
		options := clientOptions(a.NetSuite)
		if o, ok := options.Credentials.(netsuite.OAuth2); ok && tokens != nil {
			o.Tokens = tokens(a.Name, fingerprint(a.NetSuite))
			options.Credentials = o
		}
		options.Observe = func(o netsuite.Observation) { observe(a.Name, o) }
		client, err := netsuite.New(options)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("account %s: %w", a.Name, err))
			continue
		}
		all = append(all, deliveryAccount(cfg, a, mapper, client))
	}
	return all, errors.Join(wrong...)
}

// vendorsOf returns which vendors of the account each supplier may speak for.
func vendorsOf(cfg *config.Config, account string) func(string) []string {
	vendors := map[string][]string{}
	for _, s := range cfg.Suppliers {
		vendors[s.Name] = s.Accounts[account].Vendors
	}
	return func(supplier string) []string { return vendors[supplier] }
}

func newMapper(cfg *config.Config, a config.Account) (*mapping.Mapper, error) {
	m := Mapping(a)
	m.Suppliers = termsOf(cfg, a.Name)
	return mapping.New(m)
}

// termsOf returns what each supplier is granted in the account in place of the account's own.
func termsOf(cfg *config.Config, account string) map[string]mapping.Terms {
	all := map[string]mapping.Terms{}
	for _, s := range cfg.Suppliers {
		own := s.Accounts[account]
		terms := mapping.Terms{Policies: policies(own.Policies)}
		if own.Tolerance != nil {
			tolerance := toleranceOf(*own.Tolerance)
			terms.Tolerance = &tolerance
		}
		all[s.Name] = terms
	}
	return all
}

func toleranceOf(t config.Tolerance) mapping.Tolerance {
	limit := mapping.Limit{Percent: t.Percent, Amount: t.Amount}
	return mapping.Tolerance{Price: limit, Total: limit} // more than is ordered is never within tolerance
}

func policies(named map[string]string) map[reason.Code]mapping.Policy {
	all := map[reason.Code]mapping.Policy{}
	for name, policy := range named {
		all[reason.Code(name)] = mapping.Policy(policy)
	}
	return all
}

// Mapping returns the mapping of an account: the default one with what the configuration changes.
func Mapping(a config.Account) mapping.Config {
	m := mapping.Default()
	m.Strategy, m.LinePolicy = a.Bill.Strategy, a.Orders.LineNumbers
	m.Charges = map[string]mapping.Target{}
	for name, t := range a.Bill.Charges.Targets() {
		m.Charges[name] = mapping.Target{Account: t.Account, Item: t.Item}
	}
	m.Units, m.Currencies, m.Conversions = a.Bill.Units, a.Bill.Currencies, a.Bill.Conversions
	m.Lookups, m.FutureDays = a.Lookups, a.Bill.FutureDays
	m.Policies = policies(a.Bill.Policies)
	m.Policies[reason.ReceiptMissing] = mapping.Policy(a.Bill.BeforeReceipt)
	if a.Bill.BeforeReceipt == config.PolicyAllow {
		m.Policies[reason.ReceiptMissing] = mapping.PolicyBill
	}
	m.ExpenseAccount, m.DocumentField = a.Bill.ExpenseAccount, a.Bill.DocumentField
	m.Tolerance = toleranceOf(a.Bill.Tolerance)
	maps.Copy(m.Header, a.Orders.Fields.Header)
	maps.Copy(m.Line, a.Orders.Fields.Lines)
	return m
}

// CheckMappings reads the account ids and compiles the expressions of every account, for which no secret is needed. The error
// is a *config.Error that points into the file as far as it is about these.
func CheckMappings(cfg *config.Config) error {
	var found config.Error
	var others []error
	for i, a := range cfg.Accounts {
		if _, err := netsuite.ParseAccount(a.NetSuite.Account); err != nil {
			found.Problems = append(found.Problems, cfg.Within(fmt.Sprintf("accounts[%d].netsuite.account", i), 1, 1, err.Error()))
		}
		_, err := newMapper(cfg, a)
		if err == nil {
			continue
		}
		wrong, other := mapping.ExpressionErrors(err)
		for _, e := range wrong {
			section := map[string]string{"header": "header", "line": "lines"}[e.Section]
			key := fmt.Sprintf("accounts[%d].orders.fields.%s.%s", i, section, e.Field)
			found.Problems = append(found.Problems, cfg.Within(key, e.Line, e.Column, e.Text))
		}
		if other != nil {
			others = append(others, fmt.Errorf("account %s: %w", a.Name, other))
		}
	}
	if len(found.Problems) > 0 {
		return errors.Join(append([]error{&found}, others...)...)
	}
	return errors.Join(others...)
}

// Check goes beyond the form of the configuration: it builds what the programs would build, so that a mapping expression
// or an account id that cannot work is found before they start.
func Check(cfg *config.Config) error {
	if err := CheckMappings(cfg); err != nil {
		return err
	}
	if _, err := newDirectory(cfg); err != nil {
		return err
	}
	accounts, err := newAccounts(cfg, nil, func(string, netsuite.Observation) {})
	for _, a := range accounts {
		a.Client.Close()
	}
	return err
}
