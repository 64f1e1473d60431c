package demo_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"counterpunch/fixtures"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEveryFixtureEndsAsExpectedInEitherOrder(t *testing.T) {
	all := mustFixtures(t)
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
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, f := range all {
		if id := ids[f.File]; id != "" {
			waitFor(ctx, t, w, f.Reversed(), id)
		}
	}
}

func waitFor(ctx context.Context, t *testing.T, w *demo.World, f fixtures.Fixture, id string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		st, err := w.Serve.Queue.Status(ctx, id)
		if err == nil && string(st.State) == f.State && st.Reason == f.Reason {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Errorf("%s in reverse: %s %s, want %s %s (%s)", f.File, st.State, st.Reason, f.State, f.Reason, st.Detail)
			return
		}
	}
}

// impatient makes parked documents come back at once, so that one that waits for another is soon where it belongs.
func impatient(c *config.Config) {
	c.Worker.Retry.NotYet = []time.Duration{200 * time.Millisecond}
	c.Worker.ParkingScan = 50 * time.Millisecond
}

func TestAnswersNameEveryPlaceOfAProblem(t *testing.T) {
	w := open(t, nil)
	for _, f := range mustFixtures(t) {
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
	w, err := demo.Open(t.Context(), demo.Options{Orders: fixtures.Orders(), Directory: t.TempDir(), Log: zerolog.New(zerolog.SyncWriter(&log))})
	if err != nil {
		t.Fatal(err)
	}
	var answers bytes.Buffer
	for _, f := range mustFixtures(t) {
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
	for _, s := range secrets {
		for where, text := range map[string][]byte{"the log": log.Bytes(), "the answers": answers.Bytes()} {
			if bytes.Contains(text, []byte(s.Reveal())) {
				t.Errorf("a secret of %d characters is in %s", len(s.Reveal()), where)
			}
		}
		for _, file := range filesWith(t, directory, s.Reveal()) {
			t.Errorf("a secret of %d characters is in %s", len(s.Reveal()), file)
		}
	}
}

func open(t *testing.T, change func(*config.Config)) *demo.World {
	t.Helper()
	w, err := demo.Open(t.Context(), demo.Options{Orders: fixtures.Orders(), Change: change})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func mustFixtures(t *testing.T) []fixtures.Fixture {
	t.Helper()
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	return all
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
