package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"counterpunch/internal/config"
	"counterpunch/internal/secret"
)

func addition() *newAccount {
	return &newAccount{
		name: "added", account: "7654321_SB2", signIn: signInTBA, buyers: []config.Party{{Domain: "DUNS", Identity: "0123"}},
		consumerKey: "12e4", tokenID: "yes",
		consumerSecret: config.Secret{Value: secret.New("one"), Reference: "file:/s/a: #b"}, tokenSecret: config.Secret{Value: secret.New("two"), Reference: "file:/s/c"},
	}
}

const (
	oneAccount = `  - name: main
    buyer: [{domain: NetworkID, identity: AN1}]
    netsuite:
      account: 1234567
      tba: {consumer_key: k, consumer_secret: "env:A", token_id: t, token_secret: "env:B"}
`
	oneSupplier = `suppliers:
  - name: acme
    credentials: [{domain: DUNS, identity: "1", secrets: [env:C]}]
    accounts: {main: {vendors: ["501"]}}
`
)

func TestAccountIsAddedAndNothingElseChanges(t *testing.T) {
	atMargin := strings.ReplaceAll(strings.TrimPrefix(strings.ReplaceAll("\n"+oneAccount, "\n  ", "\n"), "\n"), "\n\n", "\n")
	for name, before := range map[string]string{
		"before other sections":     "accounts:\n" + oneAccount + oneSupplier,
		"at the end":                oneSupplier + "accounts:\n" + oneAccount,
		"at the end, no newline":    oneSupplier + "accounts:\n" + strings.TrimSuffix(oneAccount, "\n"),
		"list at the margin":        "accounts:\n" + atMargin + oneSupplier,
		"deeper list":               "accounts:\n" + strings.ReplaceAll(oneAccount[:len(oneAccount)-1], "\n", "\n   ") + "\n" + oneSupplier,
		"blank lines and comments":  "# top\n\naccounts: # of NetSuite\n\n  # the first\n" + oneAccount + "\n    # of main too\n\n\n# Suppliers: below.\n" + oneSupplier,
		"carriage returns":          strings.ReplaceAll("accounts:\n"+oneAccount+oneSupplier, "\n", "\r\n"),
		"comment at the margin in":  "accounts:\n" + strings.Replace(oneAccount, "    netsuite:", "# in between\n    netsuite:", 1) + oneSupplier,
		"example":                   config.Example(),
		"accounts of another level": oneSupplier + "accounts:\n" + oneAccount + "log: {level: info}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "deeper list" {
				before = strings.Replace(before, "accounts:\n  - name", "accounts:\n     - name", 1)
			}
			a := addition()
			after, err := a.addedTo("file", []byte(before))
			if err != nil {
				t.Fatalf("%v\n%s", err, before)
			}
			lost := remainder(before, string(after))
			if strings.TrimSpace(lost) == "" || strings.Contains(before, "\r") != strings.Contains(lost, "\r") {
				t.Errorf("added: %q", lost)
			}
			c, err := config.Parse("file", after, config.NoSecrets)
			if err != nil {
				t.Fatal(err)
			}
			got := c.Accounts[len(c.Accounts)-1].NetSuite
			if got.TBA.ConsumerKey != "12e4" || got.TBA.TokenID != "yes" || got.TBA.ConsumerSecret.Reference != "file:/s/a: #b" {
				t.Errorf("read back: %+v", got.TBA)
			}
		})
	}
}

// remainder returns what after has in one piece beyond before, "" when it is not before with one piece put in.
func remainder(before, after string) string {
	n := 0
	for n < len(before) && n < len(after) && before[n] == after[n] {
		n++
	}
	// The piece may begin with what follows it, so that the first difference is behind its beginning.
	for ; n >= 0; n-- {
		if tail := before[n:]; strings.HasSuffix(after, tail) && len(after) >= n+len(tail) && after[:n] == before[:n] {
			return after[n : len(after)-len(tail)]
		}
	}
	return ""
}

func TestFileThatCannotTakeAnAccountIsLeftAlone(t *testing.T) {
	for name, test := range map[string][2]string{
		"accounts on one line": {"accounts: [{name: main, buyer: [{domain: a, identity: b}], netsuite: {account: 1234567, tba: {consumer_key: k, consumer_secret: \"env:A\", token_id: t, token_secret: \"env:B\"}}}]\n" + oneSupplier, "by hand"},
		"wrong already":        {"accounts:\n" + oneAccount + "nonsense: 1\n" + oneSupplier, "correct the configuration first"},
		"the name is taken":    {"accounts:\n" + strings.Replace(oneAccount, "main", "added", 1) + strings.Replace(oneSupplier, "{main:", "{added:", 1), "would be wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.yaml")
			if err := os.WriteFile(path, []byte(test[0]), 0o640); err != nil {
				t.Fatal(err)
			}
			_, err := addition().addTo(path, []byte(test[0]))
			if err == nil || !strings.Contains(err.Error(), test[1]) {
				t.Errorf("%v, want %q in it", err, test[1])
			}
			if left, err := os.ReadFile(path); err != nil || string(left) != test[0] {
				t.Errorf("the file is %q, %v", left, err)
			}
			if all, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(all) != 1 {
				t.Errorf("files: %v", all)
			}
		})
	}
}

func TestFileThatWasChangedMeanwhileIsLeftAlone(t *testing.T) {
	text := "accounts:\n" + oneAccount + oneSupplier
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(text+"# by somebody else\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := addition().addTo(path, []byte(text)); ExitStatus(err) != ExitRefused {
		t.Errorf("%v", err)
	}
}

func TestLinkedFileStaysALinkWithItsMode(t *testing.T) {
	dir := t.TempDir()
	text := []byte("accounts:\n" + oneAccount + oneSupplier)
	if err := os.WriteFile(filepath.Join(dir, "real.yaml"), text, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.yaml")
	if err := os.Symlink("real.yaml", link); err != nil {
		t.Fatal(err)
	}
	backup, err := addition().addTo(link, text)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(backup); err != nil || !bytes.Equal(kept, text) {
		t.Errorf("the copy is %q, %v", kept, err)
	}
	if target, err := os.Readlink(link); err != nil || target != "real.yaml" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	if info, err := os.Stat(link); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// FuzzAddedAccount: whatever the file and the answers are, either nothing is added, or the file is what it was with one
// piece put in, and is read with the values that were given.
func FuzzAddedAccount(f *testing.F) {
	f.Add("accounts:\n"+oneAccount+oneSupplier, "NetworkID", "AN02", "key")
	f.Add(config.Example(), "a:b", "{x}", "- #")
	f.Fuzz(func(t *testing.T, before, domain, identity, key string) {
		a := addition()
		a.buyers, a.consumerKey = []config.Party{{Domain: domain, Identity: identity}}, key
		after, err := a.addedTo("file", []byte(before))
		if err != nil {
			return
		}
		if remainder(before, string(after)) == "" {
			t.Fatalf("more than one piece changed:\n%q\n%q", before, after)
		}
		c, err := config.Parse("file", after, config.NoSecrets)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Accounts[len(c.Accounts)-1]; got.Buyer[0] != a.buyers[0] || got.NetSuite.Account != a.account {
			t.Fatalf("read back as %+v", got)
		}
	})
}
