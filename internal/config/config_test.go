package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"counterpunch/internal/document"
	"counterpunch/internal/secret"
)

const canary = "canary-51c7"

// setSecrets gives every secret that Example and good name.
func setSecrets(t testing.TB) {
	for _, name := range []string{"NETSUITE_CONSUMER_KEY", "NETSUITE_CONSUMER_SECRET", "NETSUITE_TOKEN_ID", "NETSUITE_TOKEN_SECRET", "ACME_SECRET", "GLOBEX_SECRET"} {
		t.Setenv(name, canary+"-"+name)
	}
}

var compare = cmp.Options{
	cmp.Comparer(func(a, b Secret) bool {
		return a.Reference == b.Reference && a.Reveal() == b.Reveal()
	}),
	cmp.Comparer(func(a, b document.Decimal) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
}

func TestExampleLoadsAndStatesTheDefaults(t *testing.T) {
	setSecrets(t)
	path := filepath.Join(t.TempDir(), "counterpunch.yaml")
	if err := os.WriteFile(path, []byte(Example()), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	for section, pair := range map[string][2]any{
		"nats": {want.NATS, c.NATS}, "ingest": {want.Ingest, c.Ingest}, "worker": {want.Worker, c.Worker}, "log": {want.Log, c.Log},
	} {
		if diff := cmp.Diff(pair[0], pair[1], compare); diff != "" {
			t.Errorf("the example differs from the defaults of %s (-default +example):\n%s", section, diff)
		}
	}
	account := DefaultAccount()
	got := c.Accounts[0]
	account.Name, account.Buyer = got.Name, got.Buyer
	account.NetSuite.Account, account.NetSuite.TBA = got.NetSuite.Account, got.NetSuite.TBA
	account.Bill.Charges, account.Bill.Currencies, account.Bill.Units = got.Bill.Charges, got.Bill.Currencies, got.Bill.Units
	if diff := cmp.Diff(account, got, compare); diff != "" {
		t.Errorf("the example differs from the defaults of an account (-default +example):\n%s", diff)
	}
	supplier := DefaultSupplier()
	supplier.Name, supplier.Credentials, supplier.Accounts = c.Suppliers[0].Name, c.Suppliers[0].Credentials, c.Suppliers[0].Accounts
	if diff := cmp.Diff(supplier, c.Suppliers[0], compare, cmp.Comparer(func(a, b secret.Value) bool { return a.Equal(b) })); diff != "" {
		t.Errorf("the example differs from the defaults of a supplier (-default +example):\n%s", diff)
	}
	if w := c.Warnings(); len(w) != 0 {
		t.Errorf("the example gives warnings: %v", w)
	}
}

func TestExampleExplainsEveryKey(t *testing.T) {
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Slice, reflect.Map:
			walk(typ.Elem())
		case reflect.Struct:
			for name, i := range fields(typ) {
				if !strings.Contains(Example(), name+":") {
					t.Errorf("the example does not show %s of %s", name, typ.Name())
				}
				walk(typ.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[Config]())
}

func TestValuesAreReadAsWritten(t *testing.T) {
	setSecrets(t)
	c := mustParse(t, strings.NewReplacer(
		"identity: \"111111111\"", "identity: 0111111110",
		"zone: UTC", "zone: Europe/Berlin\n    cidr: [203.0.113.0/24, 198.51.100.7]",
		"percent: 0", "percent: 1.50",
		"vendors: [\"501\"]", "vendors: [501, 502]",
		"body: 5MiB ", "body: 512KiB ",
		"deadline: 336h", "deadline: 1h30m",
	).Replace(Example()))
	s := c.Suppliers[0]
	for what, pair := range map[string][2]string{
		"identity with a leading zero": {s.Credentials[0].Identity, "0111111110"},
		"zone":                         {s.Zone.String(), "Europe/Berlin"},
		"network":                      {s.CIDR[0].String(), "203.0.113.0/24"},
		"single address":               {s.CIDR[1].String(), "198.51.100.7/32"},
		"vendors":                      {strings.Join(s.Accounts["main"].Vendors, " "), "501 502"},
		"secret":                       {s.Credentials[0].Secrets[0].Reveal(), canary + "-ACME_SECRET"},
		"key by reference":             {c.Accounts[0].NetSuite.TBA.ConsumerKey, canary + "-NETSUITE_CONSUMER_KEY"},
		"decimal":                      {c.Accounts[0].Bill.Tolerance.Percent.String(), "1.50"},
		"size":                         {c.Ingest.Limits.Body.String(), "512KiB"},
		"duration":                     {c.Worker.Retry.Deadline.String(), "1h30m0s"},
		"charge":                       {c.Accounts[0].Bill.Charges.Targets()["shipping"].Account, "611"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
		}
	}
}

func TestCertificateInsteadOfASecret(t *testing.T) {
	setSecrets(t)
	c := mustParse(t, strings.Replace(good, "secrets: [env:ACME_SECRET]", "certificates: [\"AB:"+strings.Repeat("CD:", 30)+"EF\"]", 1)+
		"ingest: {tls: {certificate: c, key: k, client_certificates: true}}")
	f := c.Suppliers[0].Credentials[0].Certificates[0]
	if f[0] != 0xab || f[31] != 0xef {
		t.Errorf("fingerprint is %x", f)
	}
}

// The YAML library takes env:A apart where it stands in a list inside {}; the file must not have to quote it.
func TestReferencesNeedNoQuotes(t *testing.T) {
	setSecrets(t)
	path := filepath.Join(t.TempDir(), "a:b")
	if err := os.WriteFile(path, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{
		"[env:ACME_SECRET, env:NETSUITE_TOKEN_SECRET]", "[ env:ACME_SECRET ,env:NETSUITE_TOKEN_SECRET ]", "[\n env:ACME_SECRET,\n env:NETSUITE_TOKEN_SECRET]",
		`["env:ACME_SECRET", 'env:NETSUITE_TOKEN_SECRET']`, "[env:ACME_SECRET, file:" + path + "]",
	} {
		c := mustParse(t, strings.Replace(good, "[env:ACME_SECRET]", list, 1))
		s := c.Suppliers[0].Credentials[0].Secrets
		if len(s) != 2 || s[0].Reveal() != canary+"-ACME_SECRET" || !strings.HasPrefix(s[1].Reveal(), canary) {
			t.Errorf("%s gives %d secrets: %s", list, len(s), s)
		}
	}
}

func TestSecretsAreResolvedOnlyForTheirPart(t *testing.T) {
	t.Setenv("ACME_SECRET", canary)
	c, err := Parse("c.yaml", []byte(Example()), SupplierSecrets)
	if err != nil {
		t.Fatal(err) // nothing of NetSuite's is set
	}
	if c.Suppliers[0].Credentials[0].Secrets[0].Reveal() != canary {
		t.Error("the supplier's secret was not resolved")
	}
	tba := c.Accounts[0].NetSuite.TBA
	if !tba.TokenSecret.IsZero() || tba.TokenSecret.Reference != "env:NETSUITE_TOKEN_SECRET" {
		t.Errorf("the account's secret is %+v, want it unresolved", tba.TokenSecret)
	}
	if _, err := Parse("c.yaml", []byte(Example()), AccountSecrets); err == nil || !strings.Contains(err.Error(), "NETSUITE_TOKEN_SECRET, which is not set") {
		t.Errorf("missing secrets of the account: %v", err)
	}
}

func TestAccountIsLoadedWithoutTheSecretsOfOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	second := "  - name: sandbox\n    buyer: [{domain: NetworkID, identity: AN2}]\n    netsuite: {account: 1234567_SB2, tba: {consumer_key: ck, " +
		"consumer_secret: env:SANDBOX_SECRET, token_id: t, token_secret: env:SANDBOX_SECRET}}\n"
	if err := os.WriteFile(path, []byte(strings.Replace(Example(), "\nsuppliers:", "\n"+second+"\nsuppliers:", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SANDBOX_SECRET", canary)
	c, a, err := LoadAccount(path, "sandbox")
	if err != nil {
		t.Fatal(err) // nothing of the example's own account is set
	}
	if len(c.Accounts) != 2 || a.NetSuite.TBA.TokenSecret.Reveal() != canary {
		t.Errorf("%d accounts, %+v", len(c.Accounts), a.NetSuite.TBA)
	}
	if _, _, err := LoadAccount(path, "main"); err == nil || !strings.Contains(err.Error(), "NETSUITE_TOKEN_SECRET, which is not set") {
		t.Errorf("missing secrets of the account itself: %v", err)
	}
	if c, a, err := LoadAccount(path, "nosuch"); err != nil || a != nil || len(c.Accounts) != 2 {
		t.Errorf("an unknown account: %v, %v", a, err)
	}
}

func TestSecretFile(t *testing.T) {
	setSecrets(t)
	path := filepath.Join(t.TempDir(), "acme")
	text := strings.Replace(Example(), "env:ACME_SECRET", "file:"+path, 1)
	write := func(contents string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path, []byte(contents), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	write(canary+" x \r\n", 0o600)
	c := mustParse(t, text)
	if got := c.Suppliers[0].Credentials[0].Secrets[0].Reveal(); got != canary+" x " {
		t.Errorf("secret has %d bytes, want the line without its end", len(got))
	}
	if w := c.Warnings(); len(w) != 0 {
		t.Errorf("warnings for a private file: %v", w)
	}
	write(canary+"\n", 0o640)
	w := mustParse(t, text).Warnings()
	if len(w) != 1 || w[0].Key != "suppliers[0].credentials[0].secrets[0]" || !strings.Contains(w[0].Text, "mode 0640") {
		t.Errorf("warnings for a file that the group can read: %v", w)
	}
	write("\n", 0o600)
	if _, err := Parse("c.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "which is empty") {
		t.Errorf("empty secret file: %v", err)
	}
	if _, err := Parse("c.yaml", []byte(strings.Replace(text, path, "/dev/zero", 1))); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a device as secret file: %v", err)
	}
}

func TestPlainSecretsAreForDemosOnly(t *testing.T) {
	setSecrets(t)
	plain := strings.NewReplacer("env:ACME_SECRET", "plain:"+canary, "env:NETSUITE_TOKEN_SECRET", "plain:"+canary).Replace(Example())
	demo := strings.Replace(plain, "# base_url:", "base_url:", 1)
	c := mustParse(t, demo)
	if c.Suppliers[0].Credentials[0].Secrets[0].Reveal() != canary {
		t.Error("the plain secret was not taken")
	}
	_, err := Parse("c.yaml", []byte(plain))
	var list *Error
	if !errors.As(err, &list) || len(list.Problems) != 2 {
		t.Fatalf("plain secrets without a loopback base_url: %v", err)
	}
	for _, p := range list.Problems {
		if !strings.Contains(p.Text, "demos") {
			t.Errorf("unexpected problem: %v", p)
		}
	}
}

func TestSummaryAndPrintingHideSecrets(t *testing.T) {
	setSecrets(t)
	c := mustParse(t, strings.Replace(strings.Replace(Example(), "env:ACME_SECRET", "plain:"+canary, 1), "# base_url:", "base_url:", 1))
	var log bytes.Buffer
	logger := zerolog.New(&log)
	logger.Info().Object("config", c).Msg("config.loaded")
	logger.Info().Interface("config", c.Suppliers).Msg("as interface")
	if strings.Contains(log.String(), canary) {
		t.Errorf("the log shows a secret: %s", log.String())
	}
	for _, want := range []string{`"token_secret":true`, `"secrets":1`, `"url":"nats://127.0.0.1:4222"`, `"netsuite_account":"1234567_SB1"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the summary lacks %s: %s", want, log.String())
		}
	}
}

func TestEveryErrorOfAFileAtOnceAndInOrder(t *testing.T) {
	setSecrets(t)
	_, err := Parse("c.yaml", []byte(strings.NewReplacer("listen:", "lsten:", "lanes: 4", "lanes: many", "level: info", "level: loud", "vendors: [\"501\"]", "vendors: []").Replace(Example())))
	var list *Error
	if !errors.As(err, &list) {
		t.Fatal(err)
	}
	var keys []string
	for i, p := range list.Problems {
		keys = append(keys, p.Key)
		if i > 0 && p.Line < list.Problems[i-1].Line {
			t.Errorf("line %d stands after line %d", p.Line, list.Problems[i-1].Line)
		}
	}
	if diff := cmp.Diff([]string{"ingest.lsten", "log.level", "accounts[0].lanes", "suppliers[0].accounts.main.vendors"}, keys); diff != "" {
		t.Errorf("problems (-want +got):\n%s\n%v", diff, err)
	}
}

func TestValidateWithoutAFile(t *testing.T) {
	err := Defaults().Validate()
	if err == nil || err.Error() != "accounts: is empty; describe at least one NetSuite account" {
		t.Errorf("defaults alone: %v", err)
	}
}

func TestLoadSaysWhichFileIsMissing(t *testing.T) {
	if _, err := Load("/nowhere/c.yaml"); err == nil || !strings.Contains(err.Error(), "/nowhere/c.yaml") || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func mustParse(t testing.TB, text string) *Config {
	t.Helper()
	c, err := Parse("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
