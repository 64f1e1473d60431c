package config

import "strings"

// TBA is the token of the integration user. The key and the id are no secrets but may be given as references too.
type TBA struct {
	ConsumerKey    string `yaml:"consumer_key" reference:"yes"`
	ConsumerSecret Secret `yaml:"consumer_secret"`
	TokenID        string `yaml:"token_id" reference:"yes"`
	TokenSecret    Secret `yaml:"token_secret"`
}

// IsZero reports whether nothing of it is given.
func (t TBA) IsZero() bool {
	return t.ConsumerKey == "" && t.TokenID == "" && !given(t.ConsumerSecret) && !given(t.TokenSecret)
}

// OAuth2 is the integration's certificate for OAuth 2.0 client credentials, which NetSuite calls machine to machine.
type OAuth2 struct {
	ClientID      string `yaml:"client_id" reference:"yes"`
	CertificateID string `yaml:"certificate_id" reference:"yes"`
	PrivateKey    Secret `yaml:"private_key"` // PEM
	Algorithm     string `yaml:"algorithm"`   // "" takes what goes with the key
	// Certificate is the PEM text of the uploaded certificate, read from its file: reference; "" if not at hand.
	Certificate string `yaml:"certificate" reference:"yes"`
}

// IsZero reports whether nothing of it is given.
func (o OAuth2) IsZero() bool {
	return o.ClientID == "" && o.CertificateID == "" && !given(o.PrivateKey) && o.Algorithm == "" && o.Certificate == ""
}

// OAuth2Login is the sign-in of a person by browser, which ends after seven days: for trials and the command line.
type OAuth2Login struct {
	ClientID  string `yaml:"client_id" reference:"yes"`
	TokenFile string `yaml:"token_file"` // which counterpunch accounts login writes
}

// IsZero reports whether nothing of it is given.
func (o OAuth2Login) IsZero() bool { return o == OAuth2Login{} }

func given(s Secret) bool { return s.Reference != "" || !s.IsZero() }

// validateSignIn checks that there is one sign-in, and that it is whole.
func (n NetSuite) validateSignIn(p *problems, key string) {
	tba, oauth2 := child(key, "tba"), child(key, "oauth2")
	// What could not be read is reported already, and is there all the same.
	login := child(key, "oauth2_login")
	hasTBA, hasOAuth2, hasLogin := !n.TBA.IsZero(), !n.OAuth2.IsZero(), !n.Login.IsZero()
	for k := range p.failed {
		isLogin := strings.HasPrefix(k, login)
		hasTBA, hasLogin = hasTBA || strings.HasPrefix(k, tba), hasLogin || isLogin
		hasOAuth2 = hasOAuth2 || strings.HasPrefix(k, oauth2) && !isLogin
	}
	switch {
	case hasLogin:
		n.validateLogin(p, login, hasTBA || hasOAuth2)
	case hasTBA && hasOAuth2:
		p.add(oauth2, "is a second sign-in beside tba; keep one of them (NetSuite takes no new tba integrations from release 2027.1 on)")
	case hasOAuth2:
		n.validateOAuth2(p, oauth2)
	case hasTBA:
		n.validateTBA(p, tba)
	default:
		p.add(key, "has neither tba nor oauth2, so that nobody can sign in; give one of them (counterpunch config example shows both)")
	}
}

func (n NetSuite) validateLogin(p *problems, key string, second bool) {
	if second {
		p.add(key, "is a second sign-in beside tba or oauth2; keep one of them")
	}
	if n.Login.ClientID == "" {
		p.add(child(key, "client_id"), "is missing; NetSuite shows it once, when the integration record is saved, as consumer key / client id")
	}
	if n.Login.TokenFile == "" {
		p.add(child(key, "token_file"), "is missing; give the file that counterpunch accounts login writes")
	}
	p.warn(key, "is the sign-in of a person, which ends after 7 days: good for trials and the command line; a worker needs oauth2 (counterpunch accounts certificate makes the pair)")
}

func (n NetSuite) validateTBA(p *problems, key string) {
	n.checkSecret(p, child(key, "consumer_secret"), n.TBA.ConsumerSecret, "env:NAME or file:PATH")
	n.checkSecret(p, child(key, "token_secret"), n.TBA.TokenSecret, "env:NAME or file:PATH")
	if n.TBA.ConsumerKey == "" {
		p.add(child(key, "consumer_key"), "is missing; NetSuite shows it once, when the integration record is saved")
	}
	if n.TBA.TokenID == "" {
		p.add(child(key, "token_id"), "is missing; NetSuite shows it once, when the access token is created")
	}
}

func (n NetSuite) validateOAuth2(p *problems, key string) {
	o := n.OAuth2
	if o.ClientID == "" {
		p.add(child(key, "client_id"), "is missing; NetSuite shows it once, when the integration record is saved, as consumer key / client id")
	}
	if o.CertificateID == "" {
		p.add(child(key, "certificate_id"), "is missing; Setup > Integration > OAuth 2.0 Client Credentials (M2M) Setup shows it once the certificate is uploaded")
	}
	n.checkSecret(p, child(key, "private_key"), o.PrivateKey, "file:PATH of the key that counterpunch accounts certificate makes")
	if !o.PrivateKey.IsZero() && !strings.Contains(o.PrivateKey.Reveal(), "PRIVATE KEY-----") {
		p.add(child(key, "private_key"), "is no private key in PEM form, which begins with -----BEGIN PRIVATE KEY-----; give file:PATH of the key that counterpunch accounts certificate makes")
	}
	if o.Algorithm != "" {
		oneOf(p, child(key, "algorithm"), "", o.Algorithm, "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
	}
	if o.Certificate != "" && !isReference(o.Certificate) && !strings.Contains(o.Certificate, "-----BEGIN CERTIFICATE-----") {
		p.add(child(key, "certificate"), "is no certificate in PEM form; give file:PATH of the certificate that was uploaded, or leave it out")
	}
}

// checkSecret checks that a secret of the sign-in is there, and not written into the file unless it opens a simulator only.
func (n NetSuite) checkSecret(p *problems, key string, s Secret, remedy string) {
	if !given(s) {
		p.add(key, "is missing; give %s", remedy)
	}
	if s.Reference == plainScheme && !loopbackURL(n.BaseURL) {
		p.add(key, "is a plain: secret, which is for demos against this machine only (netsuite.base_url on 127.0.0.1); give env:NAME or file:PATH")
	}
}
