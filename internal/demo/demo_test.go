package demo_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"counterpunch/fixtures"
	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/demo/demotest"
	"counterpunch/internal/queue/embedded/embeddedtest"
	"counterpunch/internal/secret/secrettest"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/wait"
)

func TestMain(m *testing.M) {
	serveWorld()
	embeddedtest.VerifyMain(m)
}

func TestEveryFixtureEndsAsExpectedInEitherOrder(t *testing.T) {
	all := fixturetest.All(t)
	forward := open(t, nil)
	report, err := forward.Run(t.Context(), all, func(fixtures.Fixture) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Documents {
		for _, u := range d.Unexpected {
			t.Errorf("%s: %s", d.File, u)
		}
	}
	reverse := open(t, impatient)
	runReverse(t, reverse, all)

	want, got := forward.NetSuite.Books(), reverse.NetSuite.Books()
	if diff := cmp.Diff(orders(want), orders(got)); diff != "" {
		t.Errorf("the purchase orders depend on the order of arrival (-forward +reverse):\n%s", diff)
	}
	if diff := cmp.Diff(bills(want), bills(got)); diff != "" {
		t.Errorf("the bills depend on the order of arrival (-forward +reverse):\n%s", diff)
	}
	for _, w := range []*demo.World{forward, reverse} {
		for _, wrong := range w.NetSuite.Audit() {
			t.Errorf("the books have what must never be: %+v", wrong)
		}
	}
}

// runReverse posts the fixtures last to first, without waiting in between, and waits until each is where it is expected.
func runReverse(t *testing.T, w *demo.World, all []fixtures.Fixture) {
	t.Helper()
	ids := map[string]string{}
	for _, f := range slices.Backward(all) {
		answer, err := w.Post(t.Context(), f.ContentType, f.Body)
		if err != nil {
			t.Fatalf("%s: %v", f.File, err)
		}
		if want := f.Reversed().Answer.Code; answer.Code != want {
			t.Errorf("%s in reverse: answer %d, want %d: %s", f.File, answer.Code, want, answer.Text)
		}
		ids[f.File] = answer.ID
	}
	for _, f := range all {
		if id := ids[f.File]; id != "" {
			waitFor(t, w, f.Reversed(), id)
		}
	}
}

// waitFor waits until a document is where it is expected.
func waitFor(t *testing.T, w *demo.World, f fixtures.Fixture, id string) {
	t.Helper()
	wait.UntilNil(t.Context(), t, fmt.Sprintf("%s in reverse is %s %s", f.File, f.State, f.Reason), func() error {
		st, err := w.Serve.Queue.Status(t.Context(), id)
		if err == nil && (string(st.State) != f.State || st.Reason != f.Reason) {
			err = fmt.Errorf("it is %s %s (%s)", st.State, st.Reason, st.Detail)
		}
		return err
	})
}

// impatient makes parked documents come back at once, so that one that waits for another is soon where it belongs.
func impatient(c *config.Config) {
	c.Worker.Retry.NotYet = []time.Duration{200 * time.Millisecond}
	c.Worker.ParkingScan = 50 * time.Millisecond
}

func TestAnswersNameEveryPlaceOfAProblem(t *testing.T) {
	w := open(t, nil)
	for _, f := range fixturetest.All(t) {
		if len(f.Answer.Problems) == 0 {
			continue
		}
		answer, err := w.Post(t.Context(), f.ContentType, f.Body)
		if err != nil {
			t.Fatalf("%s: %v", f.File, err)
		}
		for _, p := range f.Answer.Problems {
			if !namesPlace(answer.Text, p) {
				t.Errorf("%s: the answer does not name line %d, column %d:\n%s", f.File, p.Line, p.Column, answer.Text)
			}
		}
		if answer.ID != "" {
			t.Errorf("%s was refused, and stored as %s", f.File, answer.ID)
		}
	}
}

func TestSecretsAppearNowhere(t *testing.T) {
	var log bytes.Buffer
	w := demotest.Open(t, demo.Options{Directory: t.TempDir(), Log: zerolog.New(zerolog.SyncWriter(&log))})
	var answers bytes.Buffer
	for _, f := range fixturetest.All(t) {
		answer, err := w.Post(t.Context(), f.ContentType, f.Body)
		if err != nil {
			t.Fatalf("%s: %v", f.File, err)
		}
		answers.Write(answer.Body)
		if answer.ID != "" {
			if _, err := w.Rest(t.Context(), answer.ID); err != nil {
				t.Fatalf("%s: %v", f.File, err)
			}
		}
	}
	secrets := w.Secrets()
	if len(secrets) < 5 {
		t.Fatalf("only %d secrets are looked for", len(secrets))
	}
	directory := w.Directory()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	// Its configuration holds them, for its owner alone.
	if info, err := os.Stat(w.ConfigFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the configuration: %v, %v", info, err)
	}
	if err := os.Remove(w.ConfigFile()); err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		for where, text := range map[string][]byte{"the log": log.Bytes(), "the answers": answers.Bytes()} {
			if bytes.Contains(text, []byte(s.Reveal())) {
				t.Errorf("a secret of %d characters is in %s", len(s.Reveal()), where)
			}
		}
		for _, file := range secrettest.FilesWith(t, directory, s.Reveal()) {
			t.Errorf("a secret of %d characters is in %s", len(s.Reveal()), file)
		}
	}
}

// open opens an installation with a changed configuration.
func open(t *testing.T, change func(*config.Config)) *demo.World {
	t.Helper()
	return demotest.Open(t, demo.Options{Change: change})
}

// orders returns what the books say of each purchase order, without the moments of seeding and of the last change.
func orders(b simulator.Books) map[string]simulator.Record {
	all := map[string]simulator.Record{}
	for _, o := range b.PurchaseOrders {
		delete(o.Fields, "createdDate")
		delete(o.Fields, "lastModifiedDate")
		all[o.TranID] = o
	}
	return all
}

// bills returns number, vendor, total and status of every bill and credit.
func bills(b simulator.Books) []string {
	var all []string
	for _, r := range slices.Concat(b.VendorBills, b.VendorCredits) {
		all = append(all, strings.Join([]string{r.Type, r.TranID, r.Vendor, r.Total, r.Status}, " "))
	}
	slices.Sort(all)
	return all
}
