package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"counterpunch/fixtures"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
)

// scriptCommands are what scripts can do beside the standard commands.
type scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string)

// runScripts runs the scripts of a folder side by side, each in a folder of its own that setup prepares.
func runScripts(t *testing.T, dir string, cmds scriptCommands, setup func(*testscript.Env) error) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir: dir, Cmds: cmds, RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			// Otherwise every program that was built with the race detector sleeps for a second before it ends.
			e.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
			return setup(e)
		},
	})
}

func TestCommandsThatNeedNothing(t *testing.T) {
	runScripts(t, "testdata/offline", commands(), func(e *testscript.Env) error { return writeConfig(e, "nats://127.0.0.1:1") })
}

func TestCommandsOnALiveInstallation(t *testing.T) {
	runScripts(t, "testdata/live", commands(), func(e *testscript.Env) error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		w, err := demo.Open(ctx, demo.Options{Orders: fixtures.Orders(), Change: patient})
		if err != nil {
			return err
		}
		e.Defer(func() { _ = w.Close() })
		e.Values[worldKey{}] = w
		e.Setenv("SUPPLIERS", w.Addresses().Suppliers)
		e.Setenv("NATS", w.Addresses().NATS)
		e.Setenv("JOURNAL", w.Config.Ingest.Journal)
		if err := writeConfig(e, w.Addresses().NATS); err != nil {
			return err
		}
		text := fmt.Appendf(nil, netSuiteConfig, w.Addresses().NetSuite)
		if err := os.WriteFile(filepath.Join(e.WorkDir, "netsuite.yaml"), append(text, demoBilling...), 0o600); err != nil {
			return err
		}
		return postDocuments(ctx, e, w)
	})
}

// demoBilling is the rest of a configuration that signs in to the demonstration's NetSuite.
const demoBilling = `
  - name: globex
    credentials: [{domain: DUNS, identity: "222222222", secrets: ["plain:globex-secret"]}]
    accounts: {main: {vendors: ["502"]}}
`

type worldKey struct{}

// patient leaves what is parked where it is, so that scripts find it there.
func patient(c *config.Config) { c.Worker.Retry.NotYet = []time.Duration{time.Hour} }

// postDocuments posts some fixtures and sets a variable to the id of each. A document whose number would turn the
// terminal red is among them.
func postDocuments(ctx context.Context, e *testscript.Env, w *demo.World) error {
	all, err := fixtures.All()
	if err != nil {
		return err
	}
	wanted := map[string]string{
		"01-confirm-accept.xml": "APPLIED", "39-invoice-unknown-order.xml": "PARKED", "40-confirm-wrong-vendor.xml": "VENDOR",
		"45-ship-line-not-on-order.xml": "LINE", "47-invoice-price-mismatch.xml": "PRICE",
	}
	for _, f := range all {
		if err := os.WriteFile(filepath.Join(e.WorkDir, f.File), f.Body, 0o600); err != nil {
			return err
		}
		if wanted[f.File] == "" {
			continue
		}
		if err := postOne(ctx, e, w, wanted[f.File], f.ContentType, string(f.Body)); err != nil {
			return fmt.Errorf("%s: %w", f.File, err)
		}
	}
	evil, err := os.ReadFile(filepath.Join(e.WorkDir, "05-confirm-changed-price-and-date.xml"))
	if err != nil {
		return err
	}
	text := strings.Replace(string(evil), `confirmID="`, "confirmID=\"\u009b31m\u202e", 1)
	return postOne(ctx, e, w, "EVIL", "text/xml; charset=UTF-8", text)
}

func postOne(ctx context.Context, e *testscript.Env, w *demo.World, name, contentType, body string) error {
	answer, err := w.Post(ctx, contentType, []byte(body))
	if err != nil {
		return err
	}
	if answer.ID == "" {
		return fmt.Errorf("%s was not accepted: %d %s", name, answer.Code, answer.Text)
	}
	e.Setenv(name, answer.ID)
	_, err = w.Rest(ctx, answer.ID)
	return err
}

// writeConfig writes counterpunch.yaml, which every command takes unless told otherwise, and sets its secrets.
func writeConfig(e *testscript.Env, nats string) error {
	for _, name := range []string{"NETSUITE_CONSUMER_KEY", "NETSUITE_CONSUMER_SECRET", "NETSUITE_TOKEN_ID", "NETSUITE_TOKEN_SECRET", "ACME_SECRET"} {
		e.Setenv(name, "a-secret-that-nobody-may-see-0123456789")
	}
	text := strings.Replace(config.Example(), "url: nats://127.0.0.1:4222", "url: "+nats, 1)
	variants := map[string]string{
		"counterpunch.yaml": text,
		"bounded.yaml":      strings.Replace(text, "max_bytes: 0B", "max_bytes: 128MiB", 1),
		"other.yaml":        strings.Replace(text, "# prefix: test", "prefix: other", 1),
		"embedded.yaml":     strings.Replace(text, "url: "+nats, "url: embedded", 1),
	}
	for name, text := range variants {
		if err := os.WriteFile(filepath.Join(e.WorkDir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// commands are those of most scripts.
func commands() scriptCommands {
	return scriptCommands{
		// status N program args... runs a program and checks its exit status.
		"status": func(ts *testscript.TestScript, _ bool, args []string) {
			want, err := strconv.Atoi(args[0])
			ts.Check(err)
			began := time.Now()
			err = ts.Exec(args[1], args[2:]...)
			got := 0
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				got = exit.ExitCode()
			} else {
				ts.Check(err)
			}
			if got != want {
				ts.Fatalf("exit status %d, want %d", got, want)
			}
			if took := time.Since(began); took > time.Minute {
				ts.Fatalf("it took %s", took) // whoever calls it from a script waits for it
			}
		},
		// rest STATE ID waits until a document has come to rest in a state.
		"rest": func(ts *testscript.TestScript, _ bool, args []string) {
			w := ts.Value(worldKey{}).(*demo.World)
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			st, err := w.Rest(ctx, args[1])
			ts.Check(err)
			if string(st.State) != args[0] {
				ts.Fatalf("document %s is %s, want %s", args[1], st.State, args[0])
			}
		},
		// jobid FILE sets JOB to the first id in a file.
		"jobid": func(ts *testscript.TestScript, _ bool, args []string) {
			id := regexp.MustCompile(`"id": "([^"]+)"`).FindStringSubmatch(ts.ReadFile(args[0]))
			if id == nil {
				ts.Fatalf("no id in %s", args[0])
			}
			ts.Setenv("JOB", id[1])
		},
		// replace FILE OLD NEW replaces a text in a file.
		"replace": func(ts *testscript.TestScript, _ bool, args []string) {
			text := ts.ReadFile(args[0])
			if !strings.Contains(text, args[1]) {
				ts.Fatalf("%s does not hold %s", args[0], args[1])
			}
			ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o600))
		},
		// books FIELD WANT compares a number of the NetSuite's books: writes or bills.
		"books": func(ts *testscript.TestScript, _ bool, args []string) {
			b := ts.Value(worldKey{}).(*demo.World).NetSuite.Books()
			if got := map[string]int{"writes": len(b.Writes), "bills": len(b.VendorBills)}[args[0]]; fmt.Sprint(got) != args[1] {
				ts.Fatalf("the books count %d %s, want %s", got, args[0], args[1])
			}
		},
		// printable checks that the last output holds nothing that a terminal would act upon.
		"printable": func(ts *testscript.TestScript, _ bool, _ []string) {
			for _, r := range ts.ReadFile("stdout") + ts.ReadFile("stderr") {
				if r != '\n' && r != '\t' && !strconv.IsPrint(r) {
					ts.Fatalf("the output holds %U", r)
				}
			}
		},
		// narrow N checks that no line of the last output is longer.
		"narrow": func(ts *testscript.TestScript, _ bool, args []string) {
			most, err := strconv.Atoi(args[0])
			ts.Check(err)
			for line := range strings.Lines(ts.ReadFile("stdout")) {
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > most {
					ts.Fatalf("a line has %d characters: %s", n, line)
				}
			}
		},
	}
}
