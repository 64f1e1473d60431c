package config

import "github.com/rs/zerolog"

// MarshalZerologObject implements zerolog.LogObjectMarshaler: the effective configuration in one line at start, with
// secrets as configured or not. Use it as log.Info().Object("config", c).
func (c *Config) MarshalZerologObject(e *zerolog.Event) {
	e.Str("file", c.file).
		Object("nats", c.NATS).
		Dict("ingest", e.CreateDict().
			Str("listen", c.Ingest.Listen).
			Str("admin", c.Ingest.Admin).
			Bool("tls", c.Ingest.TLS.Enabled()).
			Str("journal", c.Ingest.Journal).
			Stringer("body", c.Ingest.Limits.Body)).
		Dict("worker", e.CreateDict().
			Str("admin", c.Worker.Admin).
			Str("name", c.Worker.Name).
			Stringer("ack_wait", c.Worker.AckWait).
			Stringer("deadline", c.Worker.Retry.Deadline))
	accounts, suppliers := e.CreateDict(), e.CreateDict()
	for i := range c.Accounts {
		accounts.Object(c.Accounts[i].Name, &c.Accounts[i])
	}
	for i := range c.Suppliers {
		suppliers.Object(c.Suppliers[i].Name, &c.Suppliers[i])
	}
	e.Dict("accounts", accounts).Dict("suppliers", suppliers).Int("warnings", len(c.warnings))
}

// MarshalZerologObject implements zerolog.LogObjectMarshaler.
func (n NATS) MarshalZerologObject(e *zerolog.Event) {
	e.Str("url", n.URL).Str("prefix", n.Prefix).Int("replicas", n.Replicas).Bool("strict", n.Strict)
	e.Bool("credentials", n.Credentials != "").Bool("monitoring", n.MonitoringURL != "")
	if n.Embedded() {
		e.Str("directory", n.Directory)
	}
}

// MarshalZerologObject implements zerolog.LogObjectMarshaler.
func (a *Account) MarshalZerologObject(e *zerolog.Event) {
	e.Str("netsuite_account", a.NetSuite.Account).
		Str("base_url", a.NetSuite.BaseURL).
		Str("sandbox", a.Sandbox).
		Int("lanes", a.Lanes).
		Int("slots", a.NetSuite.Slots).
		Str("strategy", a.Bill.Strategy).
		Int("charges", len(a.Bill.Charges.Targets())).
		EmbedObject(signIn(a.NetSuite))
}

// signIn is the part of a NetSuite that says which of its secrets are there.
type signIn NetSuite

// MarshalZerologObject implements zerolog.LogObjectMarshaler.
func (s signIn) MarshalZerologObject(e *zerolog.Event) {
	if !s.Login.IsZero() {
		e.Str("sign_in", "oauth2_login").Str("token_file", s.Login.TokenFile)
		return
	}
	if s.OAuth2.IsZero() {
		e.Str("sign_in", "tba").Bool("consumer_secret", !s.TBA.ConsumerSecret.IsZero()).Bool("token_secret", !s.TBA.TokenSecret.IsZero())
		return
	}
	e.Str("sign_in", "oauth2").Bool("private_key", !s.OAuth2.PrivateKey.IsZero()).Bool("certificate", s.OAuth2.Certificate != "")
}

// MarshalZerologObject implements zerolog.LogObjectMarshaler.
func (s *Supplier) MarshalZerologObject(e *zerolog.Event) {
	secrets := 0
	for _, c := range s.Credentials {
		for _, v := range c.Secrets {
			if !v.IsZero() {
				secrets++
			}
		}
	}
	vendors := 0
	for _, a := range s.Accounts {
		vendors += len(a.Vendors)
	}
	e.Int("credentials", len(s.Credentials)).Int("secrets", secrets).Int("speaks_for", len(s.SpeaksFor)).
		Int("networks", len(s.CIDR)).Int("accounts", len(s.Accounts)).Int("vendors", vendors)
}
