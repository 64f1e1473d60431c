package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"counterpunch/internal/secret"
)

// maxSecret bounds a secret file: the largest secret in use is a private key.
const maxSecret = 64 << 10

// Secret is a secret and where it came from.
type Secret struct {
	secret.Value        // empty when the process does not need it, see Part
	Reference    string // env:NAME or file:PATH; "plain:" for a plain secret, without its text
}

// MarshalText returns the reference, which loads back; the text of a plain secret is lost on purpose.
func (s Secret) MarshalText() ([]byte, error) {
	if s.Reference == plainScheme {
		return []byte(secret.Masked), nil
	}
	return []byte(s.Reference), nil
}

const (
	envScheme   = "env:"
	fileScheme  = "file:"
	plainScheme = "plain:"
)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// resolver turns references into secrets.
type resolver struct {
	env   func(string) (string, bool)
	parts []Part
	below string // only those at key paths that begin like this; "" for all
}

// wanted reports whether the secret at this key path is to be resolved.
func (r resolver) wanted(key string) bool {
	if !strings.HasPrefix(key, r.below) {
		return false
	}
	if strings.HasPrefix(key, "suppliers") {
		return slices.Contains(r.parts, SupplierSecrets)
	}
	return slices.Contains(r.parts, AccountSecrets)
}

// isReference reports whether text names a place where the value is kept.
func isReference(text string) bool {
	return strings.HasPrefix(text, envScheme) || strings.HasPrefix(text, fileScheme)
}

// secret reads one secret. The error never contains text beyond a name or a path.
func (r resolver) secret(key, text string) (s Secret, warning string, err error) {
	if plain, ok := strings.CutPrefix(text, plainScheme); ok {
		if plain == "" {
			return s, "", errors.New("is plain: with nothing after it")
		}
		return Secret{Value: secret.New(plain), Reference: plainScheme}, "", nil
	}
	if text == secret.Masked {
		return s, "", errors.New("is the masked form that printing shows; give the secret as env:NAME or file:PATH")
	}
	if !isReference(text) {
		return s, "", errors.New("holds a secret in plain text, which would end in backups and tickets; give env:NAME (an environment variable) or file:PATH (a file with the secret alone)")
	}
	value, warning, err := r.lookup(key, text)
	if err != nil {
		return s, "", err
	}
	s.Reference = text
	if value != "" {
		s.Value = secret.New(value)
	}
	return s, warning, nil
}

// ReadSecret reads the secret of an account that a reference names, env:NAME or file:PATH. warning says who else can read it.
// The error never contains text beyond a name or a path.
func ReadSecret(reference string) (s Secret, warning string, err error) {
	if strings.HasPrefix(reference, plainScheme) {
		return s, "", errors.New("is a plain: secret, which others can see; give env:NAME or file:PATH")
	}
	return resolver{env: os.LookupEnv, parts: []Part{AccountSecrets}}.secret("", reference)
}

// lookup fetches what an env: or file: reference names. It returns "" when this process does not need it.
func (r resolver) lookup(key, reference string) (value, warning string, err error) {
	if name, ok := strings.CutPrefix(reference, envScheme); ok {
		if !envName.MatchString(name) {
			// Not shown: people paste the secret itself here.
			return "", "", errors.New("is env: with something that is not the name of an environment variable (letters, digits, underscore)")
		}
		if !r.wanted(key) {
			return "", "", nil
		}
		if value, ok = r.env(name); !ok || value == "" {
			return "", "", fmt.Errorf("names the environment variable %s, which is not set or empty; set it for this process", name)
		}
		return value, "", nil
	}
	path := strings.TrimPrefix(reference, fileScheme)
	if path == "" {
		return "", "", errors.New("is file: without a path")
	}
	if !r.wanted(key) {
		return "", "", nil
	}
	data, err := readSmall(path, maxSecret)
	if err != nil {
		return "", "", fmt.Errorf("cannot be read: %w", err)
	}
	value = strings.TrimRight(string(data), "\r\n")
	if value == "" {
		return "", "", fmt.Errorf("names the file %s, which is empty", path)
	}
	return value, permissions(path), nil
}

// permissions says when others than the owner may read the file. It is no error: Docker and Kubernetes mount secrets
// readable by everybody in the container.
func permissions(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return ""
	}
	return fmt.Sprintf("the file %s has mode %04o and can be read by other users; chmod 600 it unless it is a mounted secret", path, info.Mode().Perm())
}

// readSmall reads a regular file of at most limit bytes. A device or a pipe could block or never end.
func readSmall(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %s", path, Size(limit))
	}
	return data, nil
}
