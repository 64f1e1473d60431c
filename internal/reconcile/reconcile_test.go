package reconcile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/demo/demotest"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded/embeddedtest"
	"counterpunch/internal/reconcile"
	"counterpunch/internal/simulator"
)

func TestMain(m *testing.M) { embeddedtest.VerifyMain(m) }

// world is an installation that can be restored.
type world struct {
	*demo.World
	t    *testing.T
	ctx  context.Context
	http *http.Client
}

func open(t *testing.T, o demo.Options) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	o.Directory = t.TempDir()
	w := demotest.Open(t, o)
	client := &http.Client{Timeout: time.Minute}
	t.Cleanup(client.CloseIdleConnections)
	return &world{World: w, t: t, ctx: ctx, http: client}
}

// post sends a fixture and waits until it has come to rest.
func (w *world) post(name string) string {
	w.t.Helper()
	id := w.send(name)
	if _, err := w.Rest(w.ctx, id); err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) send(name string) string {
	w.t.Helper()
	f := fixturetest.Named(w.t, name)
	answer, err := demo.Post(w.ctx, w.http, w.Serve.Addresses().Suppliers, f.ContentType, f.Body)
	if err != nil || answer.ID == "" {
		w.t.Fatalf("%s: %+v, %v", name, answer, err)
	}
	return answer.ID
}

func (w *world) run(change func(*reconcile.Options)) reconcile.Report {
	w.t.Helper()
	account, _ := w.Config.Account("main")
	client, err := app.NewClient(*account, func(o *netsuite.Options) { o.Slots = 1 })
	if err != nil {
		w.t.Fatal(err)
	}
	defer client.Close()
	o := reconcile.Options{
		Queue: w.Serve.Queue, Journals: []string{w.Config.Ingest.Journal}, Stuck: time.Hour, Now: time.Now(),
		Accounts: []reconcile.Account{{Name: "main", Client: client, DocumentField: account.Bill.DocumentField}},
	}
	if change != nil {
		change(&o)
	}
	r, err := reconcile.Run(w.ctx, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// found lists findings as "kind document".
func found(r reconcile.Report) []string {
	list := []string{}
	for _, f := range r.Findings {
		list = append(list, string(f.Kind)+" "+f.DocumentID)
	}
	slices.Sort(list)
	return list
}

func (w *world) bills() map[string]int {
	n := map[string]int{}
	for _, b := range w.NetSuite.Books().VendorBills {
		n[b.TranID]++
	}
	return n
}

const (
	confirmation = "01-confirm-accept.xml"
	first        = "29-invoice-partial-first.xml"
	second       = "30-invoice-partial-second.xml"
)

// A backup is restored that is older than documents which suppliers can forget: each is found, and sent again each has its
// effect once.
func TestAfterARestoreEachDocumentHasItsEffectOnce(t *testing.T) {
	w := open(t, demo.Options{})
	w.post(confirmation)
	before := w.post(first)
	if r := w.run(nil); len(r.Findings) > 0 || r.Counts.Receipts != 2 || r.Counts.Documents != 2 || r.Counts.Bills != 1 {
		t.Fatalf("before anything happened: %+v", r)
	}
	backup := w.backup()
	after := w.post(second)

	w.restore(backup)
	r := w.run(nil)
	if diff := cmp.Diff([]string{"lost " + after}, found(r)); diff != "" {
		t.Fatalf("after the restore (-want +got):\n%s", diff)
	}
	lost := r.Findings[0]
	if lost.Supplier == "" || lost.Number == "" || lost.PayloadID == "" || len(lost.Orders) == 0 || len(lost.Bills) != 1 || !strings.Contains(lost.Remedy, "not made again") {
		t.Errorf("it is not said what to ask the supplier for: %+v", lost)
	}
	if again := w.send(second); again != after {
		t.Errorf("sent again it is document %s, before %s", again, after)
	}
	// Held: nothing is done before somebody has looked.
	if st, _, err := w.Serve.Queue.Accounts().Get(w.ctx, "main"); err != nil || !st.Held || !strings.Contains(st.Reason, "reconcile") {
		t.Errorf("%+v, %v", st, err)
	}
	w.hold(false)
	if st, err := w.Rest(w.ctx, after); err != nil || st.State != queue.StateApplied {
		t.Errorf("%+v, %v", st, err)
	}
	w.send(first) // recognised
	for number, n := range w.bills() {
		if n != 1 {
			t.Errorf("NetSuite has %d bills %s", n, number)
		}
	}
	if len(w.bills()) != 2 {
		t.Errorf("bills %v", w.bills())
	}
	if r := w.run(nil); len(r.Findings) > 0 {
		t.Errorf("at the end: %+v", r.Findings)
	}
	if st, err := w.Serve.Queue.Status(w.ctx, before); err != nil || st.State != queue.StateApplied {
		t.Errorf("%+v, %v", st, err)
	}
}

// What waited when the backup was made, and was finished after it, comes again: its bill is found, whether or not NetSuite
// itself would refuse a second one.
func TestWhatWasFinishedAfterTheBackupIsRecognised(t *testing.T) {
	for name, o := range map[string]simulator.Options{
		"NetSuite refuses a second": {},
		"NetSuite would take it":    {Knobs: func(k *simulator.Knobs) { k.ExternalIDUnique = simulator.Off }},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, demo.Options{Simulator: o})
			w.hold(true)
			ids := []string{w.send(confirmation), w.send(first), w.send(second)}
			backup := w.backup()
			w.hold(false)
			for _, id := range ids {
				if st, err := w.Rest(w.ctx, id); err != nil || st.State != queue.StateApplied {
					t.Fatalf("%+v, %v", st, err)
				}
			}
			before := w.bills()
			w.restore(backup)
			if r := w.run(nil); len(r.Findings) > 0 {
				t.Errorf("nothing is lost: %+v", r.Findings)
			}
			w.hold(false)
			for _, id := range ids {
				if st, err := w.Rest(w.ctx, id); err != nil || st.State != queue.StateApplied {
					t.Errorf("%+v, %v", st, err)
				}
			}
			if diff := cmp.Diff(before, w.bills()); diff != "" || len(before) != 2 {
				t.Errorf("bills (-before +after):\n%s", diff)
			}
			if r := w.run(nil); len(r.Findings) > 0 {
				t.Errorf("at the end: %+v", r.Findings)
			}
		})
	}
}

func (w *world) hold(held bool) {
	w.t.Helper()
	if err := w.Serve.Queue.Accounts().Update(w.ctx, "main", func(s *queue.AccountState) error { s.Held = held; return nil }); err != nil {
		w.t.Fatal(err)
	}
}

// backup backs the running installation up.
func (w *world) backup() string {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "backup")
	reach := *w.Config
	reach.NATS.URL = w.Serve.Addresses().NATS
	if _, err := app.CreateBackup(w.ctx, &reach, dir, nil); err != nil {
		w.t.Fatal(err)
	}
	return dir
}

// restore stops the programs, brings the backup back and starts them again. NetSuite goes on.
func (w *world) restore(backup string) {
	w.t.Helper()
	if err := w.Serve.Stop(); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(w.Config.NATS.Directory, w.Config.NATS.Directory+".old"); err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := app.RestoreBackup(w.ctx, w.Config, backup, "ops", nil); err != nil {
		w.t.Fatal(err)
	}
	serve, err := app.StartServe(w.ctx, w.Config, zerolog.Nop())
	if err != nil {
		w.t.Fatal(err)
	}
	w.Serve = serve
}

func TestBillsAreComparedWithWhatWasWritten(t *testing.T) {
	w := open(t, demo.Options{})
	id := w.post(first)
	bill := w.NetSuite.Books().VendorBills[0]
	account, _ := w.Config.Account("main")
	client, err := app.NewClient(*account, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	patch := func(body string) {
		t.Helper()
		if err := client.Patch(w.ctx, "vendorBill", bill.ID, json.RawMessage(body)); err != nil {
			t.Fatal(err)
		}
	}

	patch(`{"tranId":"OTHER"}`)
	if diff := cmp.Diff([]string{"bill-differs " + id}, found(w.run(nil))); diff != "" {
		t.Errorf("another number (-want +got):\n%s", diff)
	}
	patch(fmt.Sprintf(`{"tranId":%q,"custbody_cp_document":"5b7b1d1c-0000-5000-8000-000000000000"}`, bill.TranID))
	if diff := cmp.Diff([]string{"bill-missing " + id, "bill-unclaimed 5b7b1d1c-0000-5000-8000-000000000000"}, found(w.run(nil))); diff != "" {
		t.Errorf("another document (-want +got):\n%s", diff)
	}
	patch(fmt.Sprintf(`{"custbody_cp_document":%q}`, id))
	if r := w.run(nil); len(r.Findings) > 0 {
		t.Errorf("mended: %+v", r.Findings)
	}
	copied := fmt.Sprintf(`{"externalId":"cp-copy","tranId":%q,"entity":{"id":%q},"subsidiary":{"id":"1"},"custbody_cp_document":%q,`+
		`"expense":{"items":[{"account":{"id":"611"},"amount":1}]}}`, bill.TranID, bill.Vendor, id)
	if _, err := client.Create(w.ctx, "vendorBill", json.RawMessage(copied)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"bill-twice " + id}, found(w.run(nil))); diff != "" {
		t.Errorf("a second bill (-want +got):\n%s", diff)
	}
	later := w.run(func(o *reconcile.Options) { o.Since = time.Now().Add(48 * time.Hour) })
	if later.Counts.Receipts != 0 || later.Counts.Documents != 0 {
		t.Errorf("in another period: %+v", later.Counts)
	}
	blind := w.run(func(o *reconcile.Options) { o.Accounts[0].DocumentField = "" })
	if diff := cmp.Diff([]string{"bill-twice "}, found(blind)); diff != "" {
		t.Errorf("without a field that names the document (-want +got):\n%s", diff)
	}
}

func TestABillThatItsSupplierCancelledIsNotMissing(t *testing.T) {
	w := open(t, demo.Options{Change: func(c *config.Config) { c.Accounts[0].Bill.OnDelete = config.PolicyVoid }})
	w.post("65-invoice-to-be-cancelled.xml")
	w.post("66-invoice-cancelled.xml")
	if len(w.bills()) != 0 {
		t.Fatalf("bills %v", w.bills())
	}
	if r := w.run(nil); len(r.Findings) > 0 {
		t.Errorf("%+v", r.Findings)
	}
}

func TestAnEndThatNetSuiteProvesIsPutOnRecord(t *testing.T) {
	w := open(t, demo.Options{})
	id := w.unrecorded()
	hold := func(o *reconcile.Options) { o.Stuck = 0 }
	r := w.run(hold)
	if diff := cmp.Diff([]string{"unrecorded " + id}, found(r)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	fixed, err := reconcile.Fix(w.ctx, w.Serve.Queue, r, "ops", "seen in NetSuite")
	if err != nil || len(fixed) != 1 {
		t.Fatalf("%+v, %v", fixed, err)
	}
	history, err := w.Serve.Queue.History(w.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if last := history[len(history)-1]; last.Type != queue.Applied || last.Actor != "ops" || last.Note != "seen in NetSuite" {
		t.Errorf("%+v", last)
	}
	if _, err := reconcile.Fix(w.ctx, w.Serve.Queue, r, "ops", "again"); err == nil {
		t.Error("it was fixed twice")
	}
	if r := w.run(hold); len(r.Findings) > 0 {
		t.Errorf("at the end: %+v", r.Findings)
	}
	if len(w.bills()) != 1 {
		t.Errorf("bills %v", w.bills())
	}
}

// unrecorded leaves a document whose bill is in NetSuite and whose end is not on record: the account is held, the document
// is accepted, and its bill is made as the worker would have made it.
func (w *world) unrecorded() string {
	w.t.Helper()
	w.hold(true)
	id := w.send(first)
	e, _, err := w.Serve.Queue.Find(w.ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	account, _ := w.Config.Account("main")
	client, err := app.NewClient(*account, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer client.Close()
	body := fmt.Sprintf(`{"externalId":"cp-by-hand","tranId":%q,"entity":{"id":"501"},"subsidiary":{"id":"1"},"custbody_cp_document":%q,`+
		`"expense":{"items":[{"account":{"id":"611"},"amount":50}]}}`, e.Data.Document.Number(), id)
	if _, err := client.Create(w.ctx, "vendorBill", json.RawMessage(body)); err != nil {
		w.t.Fatal(err)
	}
	return id
}
