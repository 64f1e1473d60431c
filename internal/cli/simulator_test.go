package cli_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"counterpunch/internal/cli"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/secret"
	"counterpunch/internal/testkit/material"
)

// startSimulator runs counterpunch simulator on free ports until the test ends, and returns the base URLs that it prints.
func startSimulator(t *testing.T, args ...string) (api, control string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		var problems strings.Builder
		status := cli.Run(ctx, append([]string{"simulator", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}, args...), strings.NewReader(""), in, &problems)
		_ = in.CloseWithError(fmt.Errorf("it ended with %d: %s", status, problems.String()))
		ended <- status
	}()
	t.Cleanup(func() {
		stop()
		if status := <-ended; status != cli.ExitOK {
			t.Errorf("the simulator ended with %d", status)
		}
	})
	printed := map[string]string{}
	lines := bufio.NewScanner(out)
	for len(printed) < 2 && lines.Scan() {
		name, address, _ := strings.Cut(lines.Text(), "\t")
		printed[name] = address
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return printed["netsuite"], strings.TrimSuffix(printed["books"], "/_sim/books")
}

func TestEveryExampleOfTheSimulatorsHelpWorks(t *testing.T) {
	curl := material.Program(t, "curl")
	_, control := startSimulator(t)
	_, help, _ := run(t.Context(), "simulator", "--help")
	ran := 0
	for line := range strings.Lines(help) {
		line = strings.TrimSpace(line)
		if flags, isStart := strings.CutPrefix(line, "counterpunch simulator --"); isStart {
			if status, _, stderr := run(t.Context(), append([]string{"simulator", "--help"}, strings.Fields("--"+flags)...)...); status != cli.ExitOK {
				t.Errorf("%s: %s", line, stderr)
			}
		}
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		ran++
		command := strings.Replace(line, "curl -s", curl+" -fsS", 1)
		command = strings.Replace(command, "127.0.0.1:8091", strings.TrimPrefix(control, "http://"), 1)
		if answer, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", line, err, answer)
		}
	}
	if ran < 10 {
		t.Errorf("%d examples", ran)
	}
}

// Whoever tests a client of their own signs for the address that they call.
func TestTheSimulatorTakesCredentialsOfOnesOwn(t *testing.T) {
	api, _ := startSimulator(t, "--own-address", "--account", "TSTDRV1", "--consumer-key", "ck", "--consumer-secret", "cs", "--token-id", "t", "--token-secret", "ts")
	for tokenSecret, good := range map[string]bool{"ts": true, "wrong": false} {
		client, err := netsuite.New(netsuite.Options{Account: "TSTDRV1", BaseURL: api, SigningURL: api, Credentials: netsuite.TBA{
			ConsumerKey: "ck", ConsumerSecret: secret.New("cs"), TokenID: "t", TokenSecret: secret.New(tokenSecret)}})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if err := client.Probe(t.Context()); (err == nil) != good {
			t.Errorf("token secret %q: %v", tokenSecret, err)
		}
	}
}

func TestTheSimulatorTakesACertificate(t *testing.T) {
	dir := t.TempDir()
	if status, _, stderr := run(t.Context(), "accounts", "certificate", "main", "--key", "ec", "--out", dir); status != cli.ExitOK {
		t.Fatal(stderr)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var key, certificate string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "PRIVATE KEY") {
			key = string(text)
		} else {
			certificate = file
		}
	}
	api, _ := startSimulator(t, "--client-id", "4d7c", "--certificate-id", "abc123", "--certificate", certificate)
	client, err := netsuite.New(netsuite.Options{Account: "1234567_SB1", BaseURL: api, Credentials: netsuite.OAuth2{
		ClientID: "4d7c", CertificateID: "abc123", PrivateKey: secret.New(key)}})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Probe(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTheSimulatorStartsWithTheKnobsOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "knobs.yaml")
	if err := os.WriteFile(file, []byte("closedPeriods: ['2026-08']\nroles:\n  buyer: {missingPermissions: [Bills]}\nlatency: {get: {median: 1ms}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, control := startSimulator(t, "--knobs", file, "--role", "buyer")
	ask := func(method, path string) string {
		r, err := http.NewRequestWithContext(t.Context(), method, control+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode >= http.StatusBadRequest {
			t.Fatalf("%s %s: %s %s %v", method, path, response.Status, text, err)
		}
		return string(text)
	}
	for range 2 {
		knobs := ask("GET", "/_sim/knobs")
		for _, want := range []string{`"2026-08"`, `"buyer": {`, `"median": "1ms"`} {
			if !strings.Contains(knobs, want) {
				t.Errorf("no %s in %s", want, knobs)
			}
		}
		ask("POST", "/_sim/reset") // goes back to them
	}
	http.DefaultClient.CloseIdleConnections()
}
