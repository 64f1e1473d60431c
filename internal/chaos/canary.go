package chaos

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// leaks looks for secrets in texts, by what they are. A secret counts in plain, in hexadecimal and in base64, wherever in
// a longer text that was encoded it stood.
func leaks(secrets []string, name string, text []byte) []string {
	var found []string
	for n, secret := range secrets {
		for how, form := range disguises(secret) {
			if bytes.Contains(text, []byte(form)) {
				found = append(found, fmt.Sprintf("secret %d stands in %s%s", n+1, name, how))
			}
		}
	}
	return found
}

// disguises returns the forms of a secret by how they are told.
func disguises(secret string) map[string]string {
	forms := map[string]string{"": secret, ", in hexadecimal": hex.EncodeToString([]byte(secret))}
	for shift := range 3 {
		// What is encoded of the bytes before and behind depends on them and is left out.
		text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
		from := []int{0, 2, 3}[shift]
		to := len(text) - []int{0, 1, 1}[(len(secret)+shift)%3]
		forms[fmt.Sprintf(", in base64 %d", shift)] = text[from:to]
	}
	return forms
}

// leaksOf looks through the files below a folder: logs, journal, stores, and what people's commands wrote. The
// configurations name secrets by their environment variables or files, so they are looked through as well. The folder without
// is left out; "": none.
func leaksOf(secrets []string, dir, without string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // a store that tidies up
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if within, err := filepath.Rel(without, path); without != "" && err == nil && filepath.IsLocal(within) {
			return nil
		}
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		name, relErr := filepath.Rel(dir, path)
		if err != nil || relErr != nil {
			return fmt.Errorf("look for secrets: %w", err)
		}
		found = append(found, leaks(secrets, name, text)...)
		return nil
	})
	return found, err
}
