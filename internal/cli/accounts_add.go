package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/config"
	"counterpunch/internal/doctor"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/secret"
)

// addFlags are the choices of accounts add. What is empty is asked for.
type addFlags struct {
	path    string // of the configuration
	write   bool
	secrets string
	buyers  []string
	new     newAccount

	consumerSecret, tokenSecret string // references
}

// The ways of signing in.
const (
	signInTBA    = "tba"
	signInOAuth2 = "oauth2"
)

func newAccountsAdd() *cobra.Command {
	var f addFlags
	var in installation
	cmd := &cobra.Command{
		Use: "add", Short: "Describe a NetSuite account: ask for its sign-in, try it once, print the configuration for it", Args: exactly(),
		Long: "Ask for what is not given as a flag, sign in once, and only then write the secrets, each to a file of its own that only\n" +
			"you can read, and print the block for accounts in the configuration. With --write the block is added to the\n" +
			"configuration file, which is otherwise left as it is, byte for byte; a copy of it as it was is kept beside it.\n" +
			"Secrets are typed without being shown; where standard input is no terminal, they are read from it, one a line. Those\n" +
			"given by reference, as env:NAME or file:PATH, stay where they are.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.path = in.path
			return f.run(cmd)
		},
	}
	in.fileFlag(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.new.name, "name", "", "`name` of the account: lower-case letters, digits and dashes")
	fl.StringArrayVar(&f.buyers, "buyer", nil, "what suppliers write into To, as `domain:identity`, such as NetworkID:AN01000000001; may be repeated")
	fl.StringVar(&f.new.account, "netsuite", "", "NetSuite's account `id`, such as 1234567_SB1")
	wordFlag(cmd, &f.new.signIn, "sign-in", "", "tba or oauth2", signInTBA, signInOAuth2)
	fl.StringVar(&f.new.consumerKey, "consumer-key", "", "of the integration record (tba)")
	fl.StringVar(&f.consumerSecret, "consumer-secret", "", "`reference` of the secret of the integration record, env:NAME or file:PATH (tba)")
	fl.StringVar(&f.new.tokenID, "token-id", "", "of the access token (tba)")
	fl.StringVar(&f.tokenSecret, "token-secret", "", "`reference` of the secret of the access token, env:NAME or file:PATH (tba)")
	fl.StringVar(&f.new.clientID, "client-id", "", "of the integration record (oauth2)")
	fl.StringVar(&f.new.certificateID, "certificate-id", "", "of the uploaded certificate (oauth2)")
	fl.StringVar(&f.new.privateKey, "private-key", "", "`file` with the private key of the certificate (oauth2)")
	fl.StringVar(&f.new.certificate, "certificate", "", "`file` with the certificate, to be warned before it ends (oauth2); left out: the one that accounts certificate put beside the key")
	fl.StringVar(&f.new.baseURL, "base-url", "", "`address` of a simulator or proxy in place of NetSuite")
	fl.StringVar(&f.secrets, "secrets", "secrets", "`folder` for the secrets")
	fl.BoolVar(&f.write, "write", false, "add the account to the configuration file")
	return cmd
}

var accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

func (f *addFlags) run(cmd *cobra.Command) error {
	var before []byte
	if f.write {
		var err error
		if before, err = os.ReadFile(f.path); err != nil {
			return usagef("--write: read the configuration: %w; make one with: counterpunch config example", err)
		}
	}
	if err := f.ask(newPrompter(cmd)); err != nil {
		return err
	}
	if err := f.tryOnce(cmd); err != nil {
		return err
	}
	if f.write {
		// The file is tried with the block before anything is written.
		if _, err := f.new.addedTo(f.path, before); err != nil {
			return err
		}
	}
	if err := f.new.save(); err != nil {
		return err
	}
	for _, s := range f.new.files {
		fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s\n", s.path)
	}
	if _, err := fmt.Fprint(cmd.OutOrStdout(), "accounts:\n", f.new.block("  ")); err != nil {
		return err
	}
	if f.write {
		backup, err := f.new.addTo(f.path, before)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "added account %s to %s; as it was: %s\n", f.new.name, f.path, backup)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "next: counterpunch accounts doctor %s --order PO-NUMBER\n", f.new.name)
	return nil
}

// ask completes the account by questions, and checks every answer as soon as it is there.
func (f *addFlags) ask(p *prompter) error {
	a := &f.new
	p.text(&a.name, "Name of the account here, such as main or sandbox", func(s string) error {
		if !accountName.MatchString(s) {
			return fmt.Errorf("name %q: give lower-case letters, digits and dashes", s)
		}
		return f.unused(s)
	})
	buyer := strings.Join(f.buyers, " ")
	p.text(&buyer, "Credential that suppliers write into To, as domain:identity", func(s string) (err error) {
		a.buyers, err = parseBuyers(strings.Fields(s))
		return err
	})
	p.text(&a.account, "NetSuite's account id (Setup > Company > Company Information)", func(s string) error {
		parsed, err := netsuite.ParseAccount(s)
		if err == nil {
			a.account = parsed.Realm
		}
		return err
	})
	p.text(&a.signIn, "Sign-in: tba (access token) or oauth2 (certificate)", func(s string) error {
		if s != signInTBA && s != signInOAuth2 {
			return fmt.Errorf("sign-in %q: give tba or oauth2", s)
		}
		return nil
	})
	given := func(string) error { return nil }
	if p.err == nil && a.signIn == signInOAuth2 {
		p.text(&a.clientID, "Client id of the integration record", given)
		p.text(&a.certificateID, "Certificate id (Setup > Integration > OAuth 2.0 Client Credentials (M2M) Setup)", given)
		p.text(&a.privateKey, "File with the private key", func(s string) (err error) {
			if err = readableKey(s); err == nil {
				a.privateKey, err = filepath.Abs(s)
			}
			if a.certificate == "" {
				a.certificate = certificateBeside(s)
			}
			if err == nil && a.certificate != "" {
				a.certificate, err = filepath.Abs(a.certificate)
			}
			return err
		})
		return p.err
	}
	p.text(&a.consumerKey, "Consumer key of the integration record", given)
	a.consumerSecret = secretOf(p, f.consumerSecret, "Consumer secret of the integration record")
	p.text(&a.tokenID, "Token id of the access token", given)
	a.tokenSecret = secretOf(p, f.tokenSecret, "Token secret of the access token")
	if p.err != nil {
		return p.err
	}
	return a.place(f.secrets)
}

// secretOf reads the secret that a reference names, or asks for it.
func secretOf(p *prompter, reference, question string) config.Secret {
	if p.err != nil || reference == "" {
		return config.Secret{Value: p.secret(question)}
	}
	s, warning, err := config.ReadSecret(reference)
	if err == nil && warning != "" {
		err = errors.New(warning)
	}
	if path, ok := strings.CutPrefix(reference, "file:"); ok && err == nil {
		path, err = filepath.Abs(path)
		s.Reference = "file:" + path
	}
	if err != nil {
		p.err = usagef("%s: the reference %w", question, err)
	}
	return s
}

// unused refuses a name that the configuration has already. Without a configuration every name is free.
func (f *addFlags) unused(name string) error {
	cfg, err := config.Load(f.path, config.NoSecrets)
	if err != nil {
		if f.write {
			return fmt.Errorf("--write: %w", err)
		}
		return nil
	}
	if _, ok := cfg.Account(name); ok {
		return fmt.Errorf("name %q: %s has an account of that name", name, f.path)
	}
	return nil
}

func parseBuyers(texts []string) ([]config.Party, error) {
	var all []config.Party
	for _, s := range texts {
		domain, identity, ok := strings.Cut(s, ":")
		if !ok || domain == "" || identity == "" {
			return nil, fmt.Errorf("buyer %q: give domain:identity, such as NetworkID:AN01000000001", s)
		}
		all = append(all, config.Party{Domain: domain, Identity: identity})
	}
	return all, nil
}

// readableKey checks that a file is there. What is in it is checked with the sign-in.
func readableKey(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("private key: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("private key: %s is not a file", path)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("private key: %s can be read by others (mode %04o): chmod 600 it", path, info.Mode().Perm())
	}
	return nil
}

// certificateBeside returns the certificate that accounts certificate has put beside a private key, or "".
func certificateBeside(key string) string {
	pair, ok := strings.CutSuffix(key, keySuffix)
	if _, err := os.Stat(pair + certificateSuffix); !ok || err != nil {
		return ""
	}
	return pair + certificateSuffix
}

// tryOnce signs in once. What NetSuite says is shown as accounts doctor shows it.
func (f *addFlags) tryOnce(cmd *cobra.Command) error {
	credentials, err := f.new.credentials()
	if err != nil {
		return usageError{err}
	}
	client, err := netsuite.New(netsuite.Options{Account: f.new.account, BaseURL: f.new.baseURL, Credentials: credentials, Slots: 1})
	if err != nil {
		return usageError{err}
	}
	defer client.Close()
	d, err := doctor.New(doctor.Options{Account: f.new.name, NetSuite: client, OAuth2: f.new.signIn == signInOAuth2, Mapping: mapping.Default()})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), netsuite.DefaultTimeout)
	defer cancel()
	report := d.Connect(ctx)
	if !report.OK {
		printLadder(cmd.ErrOrStderr(), report)
		return fmt.Errorf("nothing was written: %w", verdict(report, nil))
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "signed in to %s (%s)\n", report.NetSuite, report.Kind)
	return nil
}

func (a *newAccount) credentials() (netsuite.Credentials, error) {
	if a.signIn == signInTBA {
		return netsuite.TBA{ConsumerKey: a.consumerKey, ConsumerSecret: a.consumerSecret.Value, TokenID: a.tokenID, TokenSecret: a.tokenSecret.Value}, nil
	}
	key, err := os.ReadFile(a.privateKey)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	o := netsuite.OAuth2{ClientID: a.clientID, CertificateID: a.certificateID, PrivateKey: secret.New(string(key))}
	if a.certificate != "" {
		text, err := os.ReadFile(a.certificate)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		o.Certificate = string(text)
	}
	return o, nil
}

// place chooses the files of the secrets that are given by no reference, and refuses to overwrite any.
func (a *newAccount) place(folder string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return fmt.Errorf("find the folder of the secrets: %w", err)
	}
	for _, one := range []struct {
		name   string
		secret *config.Secret
	}{{"-consumer-secret", &a.consumerSecret}, {"-token-secret", &a.tokenSecret}} {
		if one.secret.Reference != "" {
			continue
		}
		path := filepath.Join(folder, a.name+one.name)
		if _, err := os.Lstat(path); err == nil {
			return usagef("%s is there already: remove it, or give another folder with --secrets", path)
		} else if !errors.Is(err, os.ErrNotExist) {
			return usageError{err}
		}
		one.secret.Reference = "file:" + path
		a.files = append(a.files, secretFile{path, one.secret.Value})
	}
	return nil
}

// save writes the secrets.
func (a *newAccount) save() error {
	for _, s := range a.files {
		if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
			return fmt.Errorf("make the folder of the secrets: %w", err)
		}
		if err := writeNew(s.path, []byte(s.value.Reveal()+"\n"), 0o600); err != nil {
			return fmt.Errorf("write a secret: %w", err)
		}
	}
	return nil
}
