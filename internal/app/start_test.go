package app_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/queue/embedded/embeddedtest"
	"counterpunch/internal/testkit/wait"
)

// configured returns a configuration for a NATS server that runs until the test ends.
func configured(t *testing.T, change func(*config.Config)) *config.Config {
	t.Helper()
	server := embeddedtest.Start(t, embedded.Options{Dir: t.TempDir(), Port: -1})
	cfg := parse(t, exampleFor(t, server.URL()))
	if change != nil {
		change(cfg)
	}
	return cfg
}

// exampleFor returns the example configuration on free ports.
func exampleFor(t *testing.T, nats string) string {
	t.Helper()
	for _, name := range []string{"NETSUITE_CONSUMER_KEY", "NETSUITE_CONSUMER_SECRET", "NETSUITE_TOKEN_ID", "NETSUITE_TOKEN_SECRET", "ACME_SECRET"} {
		t.Setenv(name, secretText)
	}
	return strings.NewReplacer(
		"nats://127.0.0.1:4222", nats, "127.0.0.1:8080", "127.0.0.1:0", "127.0.0.1:8081", "127.0.0.1:0", "127.0.0.1:8082", "127.0.0.1:0",
		"data/intake.journal", filepath.Join(t.TempDir(), "made", "for", "it", "intake.journal"),
	).Replace(config.Example())
}

const secretText = "a-secret-that-nobody-may-see"

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// runIngest runs an intake that is expected not to start. One that does is stopped.
func runIngest(t *testing.T, cfg *config.Config) error {
	t.Helper()
	cfg.Ingest.Shutdown = time.Second
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return app.RunIngest(ctx, cfg, zerolog.Nop())
}

func TestOneOfSeveralProgramsCannotHaveItsOwnNATS(t *testing.T) {
	cfg := parse(t, exampleFor(t, config.EmbeddedNATS))
	for name, run := range map[string]func(context.Context, *config.Config, zerolog.Logger) error{"ingest": app.RunIngest, "worker": app.RunWorker} {
		err := run(t.Context(), cfg, zerolog.Nop())
		if err == nil || !strings.Contains(err.Error(), "start "+name) || !strings.Contains(err.Error(), "run counterpunch serve, or give the address of a NATS server") {
			t.Errorf("%s on an embedded server: %v", name, err)
		}
	}
}

func TestStrictRefusesToStartOnAServerThatDoesNotSync(t *testing.T) {
	monitoring := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"jetstream":{"config":{"sync_always":false}}}`))
	}))
	defer monitoring.Close()
	defer http.DefaultClient.CloseIdleConnections()
	cfg := configured(t, func(c *config.Config) { c.NATS.Strict, c.NATS.MonitoringURL = true, monitoring.URL })
	err := runIngest(t, cfg)
	if err == nil || !strings.Contains(err.Error(), "nats.strict is set") || !strings.Contains(err.Error(), "a loss of power can lose") {
		t.Errorf("started, or did not say why not: %v", err)
	}
}

func TestAStartThatFailsLeavesNothingBehind(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tt := range []struct {
		want   string
		change func(*config.Config)
	}{
		{"listen on ingest.listen", func(c *config.Config) { c.Ingest.Listen = taken.Addr().String() }},
		{"open the admin port", func(c *config.Config) { c.Ingest.Admin = taken.Addr().String() }},
		{"ingest.journal", func(c *config.Config) { c.Ingest.Journal = "/dev/null/intake.journal" }},
		{"load ingest.tls", func(c *config.Config) { c.Ingest.TLS.Certificate, c.Ingest.TLS.Key = "none.crt", "none.key" }},
	} {
		// What is left behind is a goroutine, which the end of all tests finds.
		err := runIngest(t, configured(t, tt.change))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want an error that says %q", err, tt.want)
		}
	}
}

func TestTheJournalsFolderIsMadeForItsOwnerAlone(t *testing.T) {
	cfg := configured(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cfg.Ingest.Shutdown = 100 * time.Millisecond
	ended := make(chan error, 1)
	go func() { ended <- app.RunIngest(ctx, cfg, zerolog.Nop()) }()
	wait.Until(t.Context(), t, "the journal is there", func() bool { _, err := os.Stat(cfg.Ingest.Journal); return err == nil })
	info, err := os.Stat(filepath.Dir(cfg.Ingest.Journal))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v, want mode 0700", info.Mode(), err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestCheckFindsWhatOnlyShowsWhenItIsBuilt(t *testing.T) {
	cfg := parse(t, exampleFor(t, "nats://127.0.0.1:4222"))
	if err := app.Check(cfg); err != nil {
		t.Fatalf("the example: %v", err)
	}
	second := cfg.Accounts[0]
	second.Name = "second"
	cfg.Accounts = append(cfg.Accounts, second)
	cfg.Accounts[0].Orders.Fields.Header = map[string]string{"custbody_note": "doc.nosuchfield +"}
	cfg.Accounts[1].NetSuite.Account = "evil.com/#"
	cfg.Accounts[1].Orders.Fields.Lines = map[string]string{"custcol_part": "line.supplierPartID ++"}
	err := app.Check(cfg)
	for _, want := range []string{"accounts[0].orders.fields.header.custbody_note", "accounts[1].netsuite.account", "accounts[1].orders.fields.lines.custcol_part"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

func TestDaemonSaysWhatIsWrongWithItsCommandLine(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(bad, []byte("ingest:\n  lissten: :8080\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"help", []string{"-help"}, 0, "-config file"},
		{"version", []string{"-version"}, 0, "ingest "},
		{"unknown flag", []string{"-confg", "x"}, 2, "flag provided but not defined: -confg"},
		{"argument", []string{"start"}, 2, `"start" is not understood`},
		{"no file", []string{"-config", filepath.Join(dir, "none.yaml")}, 2, "none.yaml"},
		{"unknown key", []string{"-config", bad}, 2, "bad.yaml:2:3: ingest.lissten"},
	} {
		var stderr bytes.Buffer
		d := app.Daemon{Name: "ingest", Run: app.RunIngest, Parts: []config.Part{config.SupplierSecrets}}
		if status := d.Main(tt.args, &stderr); status != tt.status || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: status %d, want %d; it says %q, want %q", tt.name, status, tt.status, stderr.String(), tt.want)
		}
	}
}

func TestDaemonLogsItsConfigurationWithoutSecretsAndItsWarnings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "counterpunch.yaml")
	text := strings.Replace(exampleFor(t, "nats://127.0.0.1:1"), "listen: 127.0.0.1:0", "listen: 0.0.0.0:0", 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	d := app.Daemon{Name: "ingest", Run: app.RunIngest, Parts: []config.Part{config.SupplierSecrets}}
	if status := d.Main([]string{"-config", path}, &log); status != 1 {
		t.Errorf("status %d without NATS, want 1", status)
	}
	for _, want := range []string{`"config.loaded"`, `"listen":"0.0.0.0:0"`, `"config.warning"`, "without TLS", `"ingest.failed"`, "connect to nats at nats://127.0.0.1:1"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, &log)
		}
	}
	if strings.Contains(log.String(), secretText) {
		t.Errorf("the log shows a secret:\n%s", &log)
	}
}
