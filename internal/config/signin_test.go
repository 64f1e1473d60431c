package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

const tbaLine = "      tba: {consumer_key: k, consumer_secret: env:NETSUITE_CONSUMER_SECRET, token_id: i, token_secret: env:NETSUITE_TOKEN_SECRET}\n"

// pemFile writes a file that looks like PEM and returns its path.
func pemFile(t *testing.T, kind string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pem")
	if err := os.WriteFile(path, []byte("-----BEGIN "+kind+"-----\n"+canary+"\n-----END "+kind+"-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOAuth2IsReadAsWritten(t *testing.T) {
	setSecrets(t)
	t.Setenv("NETSUITE_CLIENT_ID", "client-1")
	key, certificate := pemFile(t, "PRIVATE KEY"), pemFile(t, "CERTIFICATE")
	c := mustParse(t, strings.Replace(good, tbaLine, `      oauth2:
        client_id: env:NETSUITE_CLIENT_ID
        certificate_id: cert-1
        private_key: file:`+key+`
        certificate: file:`+certificate+`
        algorithm: ES256
`, 1))
	o := c.Accounts[0].NetSuite.OAuth2
	if o.ClientID != "client-1" || o.CertificateID != "cert-1" || o.Algorithm != "ES256" || o.PrivateKey.Reference != "file:"+key ||
		!strings.HasPrefix(o.PrivateKey.Reveal(), "-----BEGIN PRIVATE KEY-----\n") || !strings.HasPrefix(o.Certificate, "-----BEGIN CERTIFICATE-----\n") {
		t.Errorf("%+v", o)
	}
	if w := c.Warnings(); len(w) != 0 {
		t.Errorf("%v", w)
	}
	var log bytes.Buffer
	logger := zerolog.New(&log)
	logger.Info().Object("config", c).Interface("accounts", c.Accounts).Msg("config.loaded")
	if text := strings.ReplaceAll(log.String(), `-----BEGIN CERTIFICATE-----\n`+canary, ""); strings.Contains(text, canary) || !strings.Contains(text, `"sign_in":"oauth2","private_key":true,"certificate":true`) {
		t.Error(text)
	}
}

func TestSignInOfAPersonIsReadWithAWarning(t *testing.T) {
	setSecrets(t)
	c := mustParse(t, strings.Replace(good, tbaLine, "      oauth2_login: {client_id: client-1, token_file: data/main.login.json}\n", 1))
	if l := c.Accounts[0].NetSuite.Login; l != (OAuth2Login{ClientID: "client-1", TokenFile: "data/main.login.json"}) {
		t.Errorf("%+v", l)
	}
	if w := c.Warnings(); len(w) != 1 || !strings.Contains(w[0].String(), "ends after 7 days") {
		t.Errorf("%v", w)
	}
	var log bytes.Buffer
	logger := zerolog.New(&log)
	logger.Info().Object("config", c).Msg("config.loaded")
	if !strings.Contains(log.String(), `"sign_in":"oauth2_login","token_file":"data/main.login.json"`) {
		t.Error(log.String())
	}
}

func TestOAuth2NeedsNoKeyWhereNoneIsWanted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	text := strings.Replace(good, tbaLine, "      oauth2: {client_id: env:NOT_SET, certificate_id: c, private_key: file:/no/such, certificate: file:/no/such}\n", 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, NoSecrets)
	if err != nil || !c.Accounts[0].NetSuite.OAuth2.PrivateKey.IsZero() {
		t.Errorf("%v", err)
	}
}

func TestSignInsThatAreRefused(t *testing.T) {
	setSecrets(t)
	key := pemFile(t, "PRIVATE KEY")
	whole := "{client_id: c, certificate_id: i, private_key: file:" + key + "}"
	for name, c := range map[string]struct{ text, want string }{
		"none":                           {"", "c.yaml:4:5: accounts[0].netsuite: has neither tba nor oauth2, so that nobody can sign in; give one of them"},
		"empty":                          {"      oauth2:\n", "c.yaml:4:5: accounts[0].netsuite: has neither tba nor oauth2"},
		"both":                           {tbaLine + "      oauth2: " + whole + "\n", "c.yaml:7:7: accounts[0].netsuite.oauth2: is a second sign-in beside tba; keep one of them"},
		"a person beside an integration": {tbaLine + "      oauth2_login: {client_id: c, token_file: f}\n", "c.yaml:7:7: accounts[0].netsuite.oauth2_login: is a second sign-in beside tba or oauth2"},
		"half of a person":               {"      oauth2_login: {client_id: c}\n", "c.yaml:6:7: accounts[0].netsuite.oauth2_login.token_file: is missing; give the file that counterpunch accounts login writes"},
		"a person whose id is not set":   {"      oauth2_login: {client_id: env:NOT_SET, token_file: f}\n", "c.yaml:6:33: accounts[0].netsuite.oauth2_login.client_id: names the environment variable NOT_SET"},
		"half of one":                    {tbaLine + "      oauth2: {algorithm: ES256}\n", "c.yaml:7:7: accounts[0].netsuite.oauth2: is a second sign-in beside tba"},
		"ids only": {"      oauth2: {client_id: c, certificate_id: i}\n",
			"c.yaml:6:7: accounts[0].netsuite.oauth2.private_key: is missing; give file:PATH of the key that counterpunch accounts certificate makes"},
		"key only": {"      oauth2: {private_key: file:" + key + "}\n",
			"c.yaml:6:7: accounts[0].netsuite.oauth2.client_id: is missing\n" +
				"c.yaml:6:7: accounts[0].netsuite.oauth2.certificate_id: is missing; Setup > Integration > OAuth 2.0 Client Credentials (M2M) Setup shows it"},
		"key in the file":      {"      oauth2: {client_id: c, certificate_id: i, private_key: " + canary + "}\n", "c.yaml:6:62: accounts[0].netsuite.oauth2.private_key: holds a secret in plain text"},
		"key that is not read": {"      oauth2: {private_key: file:/no/such, client_id: c, certificate_id: i}\n", "c.yaml:6:29: accounts[0].netsuite.oauth2.private_key: cannot be read"},
		"nothing but that":     {"      oauth2: {private_key: file:/no/such}\n", "c.yaml:6:7: accounts[0].netsuite.oauth2.client_id: is missing\nc.yaml:6:7: accounts[0].netsuite.oauth2.certificate_id: is missing\nc.yaml:6:29: accounts[0].netsuite.oauth2.private_key: cannot be read"},
		"key of another kind":  {"      oauth2: {client_id: c, certificate_id: i, private_key: env:ACME_SECRET}\n", "c.yaml:6:62: accounts[0].netsuite.oauth2.private_key: is no private key in PEM form"},
		"plain key":            {"      oauth2: {client_id: c, certificate_id: i, private_key: \"plain:-----BEGIN PRIVATE KEY-----\"}\n      base_url: https://proxy.example.com\n", "c.yaml:6:62: accounts[0].netsuite.oauth2.private_key: is a plain: secret, which is for demos"},
		"algorithm":            {"      oauth2: {algorithm: RS256, client_id: c, certificate_id: i, private_key: file:" + key + "}\n", `c.yaml:6:27: accounts[0].netsuite.oauth2.algorithm: is "RS256"; did you mean ES256?`},
		"path of certificate":  {"      oauth2: {certificate: /etc/c.pem, client_id: c, certificate_id: i, private_key: file:" + key + "}\n", "c.yaml:6:29: accounts[0].netsuite.oauth2.certificate: is no certificate in PEM form; give file:PATH"},
		"misspelt":             {"      oath2: " + whole + "\n", "c.yaml:6:7: accounts[0].netsuite.oath2: is not a known key; did you mean oauth2?"},
	} {
		t.Run(name, func(t *testing.T) {
			mustRefuse(t, strings.Replace(good, tbaLine, c.text, 1), c.want)
		})
	}
}

func TestSecretsAreReadByReferenceOnly(t *testing.T) {
	t.Setenv("A_SECRET", "from the environment")
	if s, _, err := ReadSecret("env:A_SECRET"); err != nil || s.Reveal() != "from the environment" || s.Reference != "env:A_SECRET" {
		t.Errorf("%v", err)
	}
	for _, text := range []string{"plain:hidden-1", "hidden-1", "env:hidden-1", "file:", "file:/no/such/file", "env:NOT_SET_ANYWHERE"} {
		if _, _, err := ReadSecret(text); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
