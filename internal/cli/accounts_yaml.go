package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/config"
	"counterpunch/internal/secret"
)

// newAccount is an account that is to be described in the configuration.
type newAccount struct {
	name, account, baseURL, signIn string
	buyers                         []config.Party
	consumerKey, tokenID           string
	consumerSecret, tokenSecret    config.Secret // with the reference that stands in the configuration
	clientID, certificateID        string
	privateKey, certificate        string       // files
	files                          []secretFile // secrets that are yet to be written
}

type secretFile struct {
	path  string
	value secret.Value
}

// block returns the account as an item of the list accounts, with its dash after indent.
func (a *newAccount) block(indent string) string {
	var lines []string
	add := func(depth int, key, value string) {
		if value != "" {
			value = " " + scalar(value)
		}
		lines = append(lines, strings.Repeat("  ", depth)+key+":"+value)
	}
	add(0, "name", a.name)
	add(0, "buyer", "")
	for _, b := range a.buyers {
		lines = append(lines, fmt.Sprintf("  - {domain: %s, identity: %s}", scalar(b.Domain), scalar(b.Identity)))
	}
	add(0, "netsuite", "")
	add(1, "account", a.account)
	if a.baseURL != "" {
		add(1, "base_url", a.baseURL)
	}
	if a.signIn == signInOAuth2 {
		add(1, "oauth2", "")
		add(2, "client_id", a.clientID)
		add(2, "certificate_id", a.certificateID)
		add(2, "private_key", "file:"+a.privateKey)
		if a.certificate != "" {
			add(2, "certificate", "file:"+a.certificate)
		}
	} else {
		add(1, "tba", "")
		add(2, "consumer_key", a.consumerKey)
		add(2, "consumer_secret", a.consumerSecret.Reference)
		add(2, "token_id", a.tokenID)
		add(2, "token_secret", a.tokenSecret.Reference)
	}
	for i := range lines {
		first := "  "
		if i == 0 {
			first = "- "
		}
		lines[i] = indent + first + lines[i] + "\n"
	}
	return strings.Join(lines, "")
}

var (
	plainScalar = regexp.MustCompile(`^[A-Za-z/.][A-Za-z0-9_./:-]*[A-Za-z0-9]$`)
	yamlWord    = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|null)$`)
)

// scalar writes a value of YAML: plain where nothing else could be read into it, else in quotes as JSON has them.
func scalar(s string) string {
	if plainScalar.MatchString(s) && !yamlWord.MatchString(s) {
		return s
	}
	quoted, err := json.Marshal(s)
	if err != nil {
		return `""` // a string always has a form in JSON
	}
	return string(quoted)
}

// addedTo returns the configuration file with the account added, after it was read back: it must have the accounts that it
// had, this one, and nothing else must have changed.
func (a *newAccount) addedTo(path string, before []byte) ([]byte, error) {
	was, err := config.Parse(path, before, config.NoSecrets)
	if err != nil {
		return nil, usagef("--write: correct the configuration first: %w", err)
	}
	places, err := a.inserted(before)
	if err != nil {
		return nil, usagef("--write: %s: %w; run it without --write and add the block by hand", path, err)
	}
	var after []byte
	var is *config.Config
	for _, after = range places {
		if is, err = config.Parse(path, after, config.NoSecrets); err == nil {
			break
		}
	}
	if err != nil {
		return nil, usagef("--write: with the account added, the configuration would be wrong: %w", err)
	}
	last := len(was.Accounts)
	switch {
	case len(is.Accounts) != last+1 || !reflect.DeepEqual(is.Accounts[:last], was.Accounts) || !reflect.DeepEqual(is.Suppliers, was.Suppliers):
		err = errors.New("the accounts that are there would be read differently")
	case is.Accounts[last].Name != a.name || is.Accounts[last].NetSuite.Account != a.account || !slices.Equal(is.Accounts[last].Buyer, a.buyers):
		err = errors.New("the account would be read differently")
	}
	if err != nil {
		return nil, fmt.Errorf("--write: %s: %w; run it without --write and add the block by hand", path, err)
	}
	return after, nil
}

var accountsKey = regexp.MustCompile(`^accounts[ \t]*:[ \t]*(#.*)?$`)

// inserted returns the text with the block behind the last account and its comments, and, because YAML's readers differ in
// where they take comments, with the block before those comments. Every other byte stays.
func (a *newAccount) inserted(before []byte) ([][]byte, error) {
	newline := "\n"
	if bytes.Contains(before, []byte("\r\n")) {
		newline = "\r\n"
	}
	lines := strings.SplitAfter(string(before), "\n")
	start := slices.IndexFunc(lines, func(l string) bool { return accountsKey.MatchString(strings.TrimRight(l, "\r\n")) })
	if start < 0 {
		return nil, errors.New("there is no line \"accounts:\" with a list below it")
	}
	// The list ends before the next line that begins at the margin with something else than an item or a comment. Blank
	// lines and comments at the margin before that line belong to what follows.
	indent, end, content := "", start+1, start+1
	for i := start + 1; i < len(lines); i++ {
		text := strings.TrimRight(lines[i], "\r\n")
		trimmed := strings.TrimLeft(text, " ")
		margin := text == trimmed
		switch {
		case trimmed == "" || margin && strings.HasPrefix(trimmed, "#"):
			continue
		case margin && !strings.HasPrefix(trimmed, "- "):
			i = len(lines)
			continue
		case strings.HasPrefix(trimmed, "- ") && content == start+1:
			indent = text[:len(text)-len(trimmed)]
		}
		if end = i + 1; !strings.HasPrefix(trimmed, "#") {
			content = end
		}
	}
	if content == start+1 {
		indent = "  "
	}
	var places [][]byte
	for _, at := range []int{end, content} {
		head := strings.Join(lines[:at], "")
		if !strings.HasSuffix(head, "\n") {
			head += newline
		}
		places = append(places, []byte(head+strings.ReplaceAll(a.block(indent), "\n", newline)+strings.Join(lines[at:], "")))
	}
	return places, nil
}

// addTo writes the file with the account added and returns the path of the copy of what it was. Whoever reads the file
// meanwhile sees it before or after, never half.
func (a *newAccount) addTo(path string, before []byte) (backup string, err error) {
	after, err := a.addedTo(path, before)
	if err != nil {
		return "", err
	}
	// A link is followed, so that it stays a link.
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("--write: %w", err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", fmt.Errorf("--write: %w", err)
	}
	now, err := os.ReadFile(target)
	if err != nil {
		return "", fmt.Errorf("--write: %w", err)
	}
	if !bytes.Equal(now, before) {
		return "", refusedError{fmt.Errorf("--write: %s was changed meanwhile; add the block by hand", path)}
	}
	backup = target + "." + time.Now().UTC().Format("20060102T150405.000000Z") + ".bak"
	if err := writeNew(backup, before, info.Mode().Perm()); err != nil {
		return "", fmt.Errorf("--write: keep a copy: %w", err)
	}
	temporary := target + ".new"
	if err := writeNew(temporary, after, info.Mode().Perm()); err != nil {
		return "", fmt.Errorf("--write: %w", err)
	}
	if err := errors.Join(os.Chmod(temporary, info.Mode().Perm()), os.Rename(temporary, target)); err != nil {
		return "", fmt.Errorf("--write: %w", errors.Join(err, os.Remove(temporary)))
	}
	return backup, nil
}
