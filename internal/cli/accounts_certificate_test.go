package cli_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/cli"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
)

func TestCertificateIsOneThatNetSuiteAccepts(t *testing.T) {
	for _, kind := range []string{"rsa", "ec"} {
		t.Run(kind, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			before := time.Now().UTC().Truncate(time.Second)
			status, stdout, stderr := run(t.Context(), "accounts", "certificate", "main", "--out", dir, "--key", kind)
			if status != cli.ExitOK || stderr != "" {
				t.Fatalf("%d %s", status, stderr)
			}
			keyFile, certificateFile := filepath.Join(dir, "main-key.pem"), filepath.Join(dir, "main-certificate.pem")
			key, certificate := read(t, keyFile), read(t, certificateFile)
			if info, err := os.Stat(keyFile); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the key has mode %v, %v", info.Mode(), err)
			}
			block, rest := pem.Decode([]byte(certificate))
			if block == nil || len(rest) != 0 {
				t.Fatalf("the certificate is not one PEM block: %q", certificate)
			}
			parsed, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			if err := parsed.CheckSignature(parsed.SignatureAlgorithm, parsed.RawTBSCertificate, parsed.Signature); err != nil {
				t.Errorf("it is not signed by itself: %v", err)
			}
			switch k := parsed.PublicKey.(type) {
			case *rsa.PublicKey:
				if kind != "rsa" || k.N.BitLen() != 4096 {
					t.Errorf("%d bits", k.N.BitLen())
				}
			case *ecdsa.PublicKey:
				if kind != "ec" || k.Curve.Params().Name != "P-256" {
					t.Errorf("curve %s", k.Curve.Params().Name)
				}
			}
			if parsed.NotBefore.Before(before) || parsed.NotAfter.After(parsed.NotBefore.AddDate(2, 0, 0)) || parsed.NotAfter.Before(before.AddDate(2, 0, -1)) {
				t.Errorf("valid from %s to %s", parsed.NotBefore, parsed.NotAfter)
			}
			for _, want := range []string{
				"Setup > Integration > OAuth 2.0 Client Credentials (M2M) Setup", "private_key: file:" + keyFile, "certificate: file:" + certificateFile,
				parsed.NotAfter.Format(time.DateOnly), parsed.NotAfter.AddDate(0, 0, -60).Format(time.DateOnly), fmt.Sprintf("%x", sha256.Sum256(parsed.Raw)),
			} {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in:\n%s", want, stdout)
				}
			}
			if strings.Contains(stdout, strings.Split(key, "\n")[1]) {
				t.Error("the key is printed")
			}
			signsIn(t, key, certificate)
			if openssl, err := exec.LookPath("openssl"); err == nil {
				out, err := exec.CommandContext(t.Context(), openssl, "verify", "-check_ss_sig", "-CAfile", certificateFile, certificateFile).CombinedOutput()
				if err != nil {
					t.Errorf("openssl: %v %s", err, out)
				}
			}
		})
	}
}

// signsIn signs in at a simulator that was given the certificate.
func signsIn(t *testing.T, key, certificate string) {
	t.Helper()
	server := httptest.NewServer(simulator.New(simulator.Options{Clients: []simulator.OAuthClient{
		{ClientID: "client-1", CertificateID: "cert-1", PublicKey: certificate},
	}}))
	defer server.Close()
	client, err := netsuite.New(netsuite.Options{Account: "1234567_SB1", BaseURL: server.URL, Credentials: netsuite.OAuth2{
		ClientID: "client-1", CertificateID: "cert-1", PrivateKey: secret.New(key), Certificate: certificate,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Probe(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestCertificateLeavesWhatIsThereAlone(t *testing.T) {
	for _, name := range []string{"main-key.pem", "main-certificate.pem"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		status, _, stderr := run(t.Context(), "accounts", "certificate", "main", "--out", dir, "--key", "ec")
		if status != cli.ExitRefused || !strings.Contains(stderr, name+" is there already") {
			t.Errorf("%s: %d %s", name, status, stderr)
		}
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 1 || read(t, filepath.Join(dir, name)) != "mine" {
			t.Errorf("%s: the folder holds %v, %v", name, files, err)
		}
	}
}

func TestCertificateRefusesWhatItDoesNotKnow(t *testing.T) {
	for want, args := range map[string][]string{
		"give rsa or ec":           {"main", "--key", "dsa"},
		"lower-case letters":       {"../main", "--key", "ec"},
		"Usage":                    {},
		"not a directory":          {"main", "--key", "ec", "--out", "/dev/null"},
		"unknown flag: --password": {"main", "--password", "x"},
	} {
		status, _, stderr := run(t.Context(), append([]string{"accounts", "certificate"}, args...)...)
		if status == cli.ExitOK || want != "Usage" && !strings.Contains(stderr, want) {
			t.Errorf("%v: %d %q, want %q", args, status, stderr, want)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
