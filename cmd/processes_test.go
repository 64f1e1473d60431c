// Package cmd_test runs the programs as they run in production: each a process of its own.
package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"counterpunch/internal/demo"
	"counterpunch/internal/document"
	"counterpunch/internal/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the programs and runs them for a minute")
	}
	defer http.DefaultClient.CloseIdleConnections()
	programs := build(t)
	ctx, cancel := context.WithTimeout(t.Context(), testTime)
	defer cancel()
	t.Run("every document has its effect once although workers are killed and NetSuite fails after saving", func(t *testing.T) { proveOnce(ctx, t, programs) })
	t.Run("a told ingest refuses what is new and answers what is in progress", func(t *testing.T) { proveGracefulStop(ctx, t, programs) })
	t.Run("a second signal ends a program at once", func(t *testing.T) { proveSecondSignal(ctx, t, programs) })
}

const (
	orders = 100
	seed   = 7
)

// posted is a document on its way.
type posted struct {
	order   simulator.SeedOrder
	kind    document.Kind
	content demo.Generated
	id      string
}

func proveOnce(ctx context.Context, t *testing.T, programs string) {
	began := time.Now()
	i := install(ctx, t, programs, "--orders", fmt.Sprint(orders), "--commit-then-fail", "0.2", "--random-seed", fmt.Sprint(seed))
	// Calls that take a while, so that a kill finds documents in the middle of one.
	i.turn(`{"latency": {"get": {"median": "40ms"}, "query": {"median": "40ms"}, "patch": {"median": "40ms"}, "post": {"median": "40ms"}}}`)
	ingest, suppliers, _ := i.ingest()
	workers := []*process{i.worker(), i.worker()}
	all := documents(t)
	posting, ctx := errgroup.WithContext(ctx)
	posting.Go(func() error { return postAll(ctx, suppliers, all) })

	kills := 0
	for _, writes := range []int{40, 120, 200} {
		await(ctx, t, fmt.Sprint(writes, " writes in NetSuite"), func() bool { return len(i.readBooks().Writes) >= writes })
		n := kills % len(workers)
		workers[n].kill()
		kills++
		workers[n] = i.worker()
	}
	if err := posting.Wait(); err != nil {
		t.Fatal(err)
	}
	awaitApplied(t.Context(), t, suppliers, all)
	seconds := time.Since(began).Seconds()
	books := i.readBooks()
	judge(t, books, all)
	faults := 0
	for _, n := range books.Faults {
		faults += n
	}
	if faults == 0 {
		t.Error("no fault hit: the proof proves nothing")
	}
	t.Logf("%d documents in %.1f s: %d kills -9, %d calls, %d writes, %d faults after saving hit, %d bills", len(all), seconds, kills, books.TotalCalls, len(books.Writes), faults, len(books.VendorBills))

	for _, p := range append(workers, ingest) {
		p.signal(t, syscall.SIGTERM)
	}
	for _, p := range append(workers, ingest) {
		if status := p.exits(t, 20*time.Second); status != 0 {
			t.Errorf("%s ended with status %d after SIGTERM, want 0", p.name, status)
		}
		if stopped := p.name + ".stopped"; !strings.Contains(p.out.String(), stopped) {
			t.Errorf("%s did not log %s", p.name, stopped)
		}
	}
}

// documents returns a confirmation and an invoice for each order of the simulator, shuffled.
func documents(t *testing.T) []*posted {
	t.Helper()
	seeded, err := simulator.New(simulator.Options{Seed: seed}).SeedRandom(orders, "501")
	if err != nil {
		t.Fatal(err)
	}
	var all []*posted
	for _, o := range seeded {
		for kind, generate := range map[document.Kind]func(demo.Sender, simulator.SeedOrder) (demo.Generated, error){
			document.KindOrderConfirmation: demo.OrderConfirmation, document.KindInvoice: demo.Invoice,
		} {
			g, err := generate(demo.Acme(), o)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, &posted{order: o, kind: kind, content: g})
		}
	}
	slices.SortFunc(all, func(a, b *posted) int { return strings.Compare(a.content.Number, b.content.Number) })
	rand.New(rand.NewSource(seed)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// postAll posts as a supplier does: one after the other, and again when it is told to come back.
func postAll(ctx context.Context, suppliers string, all []*posted) error {
	for _, d := range all {
		answer, err := demo.Post(ctx, http.DefaultClient, suppliers+"/cxml", "text/xml; charset=UTF-8", d.content.Body)
		if err != nil {
			return err
		}
		if answer.Code != 200 || answer.ID == "" {
			return fmt.Errorf("%s was answered with %d: %s", d.content.Number, answer.Code, answer.Text)
		}
		d.id = answer.ID
	}
	return nil
}

// awaitApplied asks after each document, as its supplier may, until all are applied.
func awaitApplied(ctx context.Context, t *testing.T, suppliers string, all []*posted) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	open := slices.Clone(all)
	last := ""
	defer func() {
		if t.Failed() {
			t.Logf("%d of %d documents are not applied; one of them: %s", len(open), len(all), last)
		}
	}()
	await(ctx, t, "every document to be applied", func() bool {
		open = slices.DeleteFunc(open, func(d *posted) bool {
			var status struct{ State, Reason string }
			getJSON(ctx, t, suppliers+"/documents/"+d.id, "acme", &status)
			if status.State != "applied" {
				last = fmt.Sprintf("%s %s (%s): %s %s", d.kind, d.content.Number, d.id, status.State, status.Reason)
			}
			return status.State == "applied"
		})
		return len(open) == 0
	})
}

// judge compares the simulator's books with what the documents say.
func judge(t *testing.T, books simulator.Books, all []*posted) {
	t.Helper()
	for _, d := range all {
		if d.kind == document.KindInvoice {
			bills := books.Bills("501", d.content.Number)
			if len(bills) != 1 || bills[0].Total != d.content.Total {
				t.Errorf("invoice %s over %s has %d bills: %+v", d.content.Number, d.content.Total, len(bills), bills)
			}
			continue
		}
		order, _ := books.Order(d.order.TranID)
		if got := order.Fields["custbody_cp_confirmation_number"]; got != d.content.Number {
			t.Errorf("order %s has the confirmation %q, want %q", d.order.TranID, got, d.content.Number)
		}
		for _, want := range d.order.Items {
			line, _ := order.Item(want.Line)
			price := document.MustDecimal(want.Rate).Canonical()
			if f := line.Fields; f["custcol_cp_status"] != "accept" || f["custcol_cp_confirmed_quantity"] != want.Quantity || f["custcol_cp_confirmed_price"] != price {
				t.Errorf("order %s line %d shows %v, want accept of %s at %s", d.order.TranID, want.Line, f, want.Quantity, price)
			}
		}
	}
	if len(books.VendorBills) != orders {
		t.Errorf("%d bills, want %d", len(books.VendorBills), orders)
	}
	if len(books.Accidents) > 0 {
		t.Errorf("lines were added by accident: %+v", books.Accidents)
	}
	if len(books.FailedLogins) > 0 {
		t.Errorf("%d logins failed", len(books.FailedLogins))
	}
	if wrong := books.Imbalances(); len(wrong) > 0 {
		t.Errorf("the books do not add up: %v", wrong)
	}
}

func proveGracefulStop(ctx context.Context, t *testing.T, programs string) {
	i := install(ctx, t, programs, "--orders", "1", "--random-seed", fmt.Sprint(seed))
	ingest, suppliers, admin := i.ingest()
	d := documents(t)[0]

	body, rest := io.Pipe()
	type result struct {
		text string
		err  error
	}
	slow := make(chan result, 1)
	go func() {
		text, _, err := post(ctx, suppliers+"/cxml", body)
		slow <- result{text, err}
	}()
	half := len(d.content.Body) / 2
	if _, err := rest.Write(d.content.Body[:half]); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, "the slow request to be in progress", func() bool {
		text, _ := get(ctx, t, admin+"/metrics", "")
		return strings.Contains(text, "counterpunch_intake_in_flight 1")
	})
	ingest.signal(t, syscall.SIGTERM)
	await(ctx, t, "readiness to be taken back", func() bool {
		_, status := get(ctx, t, admin+"/readyz", "")
		return status == http.StatusServiceUnavailable
	})
	text, header, err := post(ctx, suppliers+"/cxml", bytes.NewReader(d.content.Body))
	if err != nil || !strings.Contains(text, `code="560"`) || header.Get("Retry-After") == "" {
		t.Errorf("a document sent while stopping: %v, Retry-After %q, want 560 with one:\n%s", err, header.Get("Retry-After"), text)
	}
	if _, err := rest.Write(d.content.Body[half:]); err != nil {
		t.Fatal(err)
	}
	rest.Close()
	if r := <-slow; r.err != nil || !strings.Contains(r.text, `code="200"`) {
		t.Errorf("the request in progress: %v, want 200:\n%s", r.err, r.text)
	}
	if status := ingest.exits(t, 20*time.Second); status != 0 {
		t.Errorf("ingest ended with status %d after SIGTERM, want 0", status)
	}
}

func proveSecondSignal(ctx context.Context, t *testing.T, programs string) {
	i := install(ctx, t, programs)
	ingest, _, _ := i.ingest()
	ingest.signal(t, syscall.SIGTERM)
	ingest.logged(ctx, t, "stop.begun")
	ingest.signal(t, syscall.SIGTERM)
	// Without the second signal it would refuse for 5 s before it ends.
	if status := ingest.exits(t, 3*time.Second); status != 130 {
		t.Errorf("ingest ended with status %d after the second signal, want 130", status)
	}
}

func post(ctx context.Context, url string, body io.Reader) (text string, header http.Header, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return "", nil, err
	}
	req.Header.Set("Content-Type", "text/xml; charset=UTF-8")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", http.Header{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return string(raw), resp.Header, err
}

// get returns body and status of a GET. user signs in as that supplier when it is not empty.
func get(ctx context.Context, t *testing.T, url, user string) (string, int) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(user, user+"-secret")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), resp.StatusCode
}

func getJSON(ctx context.Context, t *testing.T, url, user string, into any) {
	t.Helper()
	text, status := get(ctx, t, url, user)
	if status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", url, status, text)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("GET %s: %v", url, err)
	}
}
