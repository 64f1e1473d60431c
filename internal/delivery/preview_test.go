package delivery

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"counterpunch/fixtures"
	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
)

// previewing returns Plan for documents of the world, with what a worker with the same changes would have. Every preview is
// checked to write nothing.
func (w *world) previewing(change ...func(*Options)) func(id string) Preview {
	w.t.Helper()
	idle := w.start(append(change, func(o *Options) { o.Name = "none" })...)
	idle.stop()
	o := PlanOptions{Queue: w.q, Account: idle.made.Accounts[0], Schedule: idle.made.Schedule, Log: zerolog.New(zerolog.NewTestWriter(w.t))}
	return func(id string) Preview {
		w.t.Helper()
		e, _, err := w.q.Find(w.ctx, id)
		if err != nil {
			w.t.Fatal(err)
		}
		streams, books := w.streams(), w.netsuite.Books()
		p, err := Plan(w.ctx, o, e)
		if err != nil {
			w.t.Fatal(err)
		}
		if diff := cmp.Diff(streams, w.streams()); diff != "" {
			w.t.Errorf("%s: the preview has changed streams (-before +after):\n%s", p.Number, diff)
		}
		after := w.netsuite.Books()
		if len(after.Writes) != len(books.Writes) || len(after.VendorBills) != len(books.VendorBills) {
			w.t.Errorf("%s: the preview has written to NetSuite: %+v", p.Number, after.Writes[len(books.Writes):])
		}
		if got := after.TotalCalls - books.TotalCalls; got != p.Reads {
			w.t.Errorf("%s: the preview took %d calls and says %d", p.Number, got, p.Reads)
		}
		return p
	}
}

// streams returns how far every stream and bucket has come.
func (w *world) streams() map[string]string {
	w.t.Helper()
	nc, err := w.server.Connect("streams")
	if err != nil {
		w.t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]string{}
	list := js.ListStreams(w.ctx)
	for info := range list.Info() {
		all[info.Config.Name] = fmt.Sprintf("%d messages, last %d", info.State.Msgs, info.State.LastSeq)
	}
	if err := list.Err(); err != nil || len(all) < 8 {
		w.t.Fatalf("%d streams: %v", len(all), err)
	}
	return all
}

// deliver lets a worker bring one document to rest and returns its last record, with the calls that its attempts were to make.
func (w *world) deliver(id string, change ...func(*Options)) (queue.Record, []mapping.Call) {
	w.t.Helper()
	r := w.start(change...)
	w.until("document "+id+" has come to rest", func() bool { return w.status(id).State != queue.StateAccepted })
	r.stop()
	var calls []mapping.Call
	history := w.history(id)
	for _, rec := range history {
		var p mapping.Plan
		if rec.Type == queue.AttemptStarted {
			if err := json.Unmarshal(rec.Plan, &p); err != nil {
				w.t.Fatal(err)
			}
			calls = append(calls, p.Calls...)
		}
	}
	return history[len(history)-1], calls
}

// as checks that a preview has foretold how the document came to rest.
func (p Preview) as(t *testing.T, rec queue.Record, calls []mapping.Call) {
	t.Helper()
	if p.State != rec.Type.State() || p.Reason != rec.Reason {
		t.Errorf("it is %s %q, the preview was %s %q: %s", rec.Type.State(), rec.Reason, p.State, p.Reason, p.Detail)
	}
	if rec.Type != queue.Applied && p.Detail != rec.Detail {
		t.Errorf("it is said\n\t%s\nthe preview said\n\t%s", rec.Detail, p.Detail)
	}
	if diff := cmp.Diff(rec.Effects, effects(p.Changes)); diff != "" {
		t.Errorf("effects (-is +preview):\n%s", diff)
	}
	if diff := cmp.Diff(calls, p.Calls); diff != "" {
		t.Errorf("calls (-is +preview):\n%s", diff)
	}
	if rec.Type.Terminal() && rec.Reason == "" {
		if diff := cmp.Diff(rec.Unmapped, p.Unmapped); diff != "" {
			t.Errorf("what no field takes (-is +preview):\n%s", diff)
		}
	}
	if rec.Differences != nil {
		if diff := cmp.Diff(string(rec.Differences), string(encode(p.Differences))); diff != "" {
			t.Errorf("differences (-is +preview):\n%s", diff)
		}
	}
}

// publish stores the document of a fixture and returns its id; "" when it is not a new one.
func (w *world) publish(f fixtures.Fixture) string {
	w.t.Helper()
	_, params, err := mime.ParseMediaType(f.ContentType)
	if err != nil {
		w.t.Fatal(err)
	}
	env, err := cxml.Parse(w.ctx, f.Body, params["charset"], cxml.DefaultLimits())
	if err != nil {
		w.t.Fatal(err)
	}
	d, err := env.Document(cxml.DocumentOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	supplier := map[string]string{"111111111": "acme", "222222222": "globex", "333333333": "initech"}[env.Sender[0].Identity]
	e := &event.Event{
		ID: event.DocumentID("main", supplier, d.Kind, env.PayloadID, env.PayloadHash()), Account: "main", Supplier: supplier, Kind: d.Kind,
		Time: time.Now().UTC(), PayloadID: env.PayloadID, PayloadHash: env.PayloadHash(), PartitionKey: event.PartitionKey(d, supplier),
		Data: event.Data{Document: d, Original: env.Original()},
	}
	receipt, err := w.q.Publish(w.ctx, e)
	if err != nil {
		w.t.Fatal(err)
	}
	if receipt.Duplicate {
		return ""
	}
	return e.ID
}

func TestAPreviewForetellsWhatTheWorkerDoes(t *testing.T) {
	w := newWorld(t, 0, 1)
	if err := w.netsuite.SeedOrders(fixtures.Orders()); err != nil {
		t.Fatal(err)
	}
	asInDemo := func(o *Options) {
		expenses(t, func(c *mapping.Config) {
			c.ExpenseAccount = ""
			c.Charges = map[string]mapping.Target{"tax": {Account: "610"}, "shipping": {Account: "611"}, "handling": {Account: "612"}, "discount": {Account: "613"}, "credit": {Account: "613"}}
		})(o)
		o.Accounts[0].Vendors = func(supplier string) []string {
			return map[string][]string{"acme": {"501"}, "globex": {"502"}, "initech": {"503"}}[supplier]
		}
		o.Schedule.NotYet = []time.Duration{time.Hour}
	}
	preview := w.previewing(asInDemo)
	all := fixturetest.All(t)
	states := map[queue.State]int{}
	for _, f := range all {
		if f.State == "" || f.Answer.Code != 200 {
			continue
		}
		id := w.publish(f)
		if id == "" {
			continue
		}
		t.Run(strings.TrimSuffix(f.File, ".xml"), func(t *testing.T) {
			p := preview(id)
			rec, calls := w.deliver(id, asInDemo)
			p.as(t, rec, calls)
			states[p.State]++
			// Brought in again it would change nothing.
			if p.State != queue.StateApplied {
				return
			}
			again := preview(id)
			if again.State != p.State || len(again.Calls)+len(again.Changes) > 0 {
				t.Errorf("the preview of what is applied is %s %q with %v", again.State, again.Detail, again.Changes)
			}
			if again.Kind == document.KindInvoice && (again.Existing == nil || again.Detail != rec.Detail) {
				t.Errorf("the preview does not say that the record is there: %q, want %q", again.Detail, rec.Detail)
			}
		})
	}
	if got := slices.Sorted(maps.Keys(states)); len(got) != 5 {
		t.Errorf("previews ended as %v", states)
	}
	w.sound()
}

func TestAPreviewOfSeveralOrdersDoesWhatIsPossible(t *testing.T) {
	w := newWorld(t, 2, 1)
	preview := w.previewing()
	id := w.send(notice("S-1", day(2), 4, "PO-1", "PO-9"))[0]
	p := preview(id)
	if p.State != queue.StateParked || p.Reason != "order-not-found" || strings.Contains(p.Detail, "order-not-found") {
		t.Errorf("the preview is %s %s: %s", p.State, p.Reason, p.Detail)
	}
	if len(p.Orders) != 1 || p.Orders[0].Number != "PO-1" || len(p.Calls) != 1 || p.Calls[0].Path != "purchaseOrder/7001" {
		t.Errorf("orders %v, calls %v", p.Orders, p.Calls)
	}
	rec, calls := w.deliver(id)
	p.as(t, rec, calls)
}

func TestAPreviewHearsTheOtherNoticesOfTheShipment(t *testing.T) {
	w := newWorld(t, 2, 1)
	preview := w.previewing()
	w.deliver(w.send(notice("S-1", day(2), 4, "PO-1", "PO-2"))[0])
	update := notice("S-1", day(3), 5, "PO-1")
	update.ShipNotice.Operation = document.OperationUpdate
	id := w.send(update)[0]
	p := preview(id)
	var touched []string
	for _, o := range p.Orders {
		touched = append(touched, o.Number)
	}
	if diff := cmp.Diff([]string{"PO-1", "PO-2"}, touched); diff != "" {
		t.Errorf("orders:\n%s", diff)
	}
	rec, calls := w.deliver(id)
	p.as(t, rec, calls)
}

func TestAPreviewForgetsAnOrderForItselfAlone(t *testing.T) {
	w := newWorld(t, 1, 1)
	preview := w.previewing()
	if err := w.q.Cache().PutOrder(w.ctx, "main", queue.CachedOrder{ID: "6666", Vendor: "501", Number: "PO-1"}); err != nil {
		t.Fatal(err)
	}
	id := w.send(confirmation("PO-1", "C-1", day(2), 5))[0]
	p := preview(id)
	if p.State != queue.StateApplied || len(p.Orders) != 1 || p.Orders[0].ID != "7001" {
		t.Errorf("the preview is %s with the orders %v: %s", p.State, p.Orders, p.Detail)
	}
}

func TestAPreviewFindsTheBillThatIsThere(t *testing.T) {
	w := newWorld(t, 2, 1)
	preview := w.previewing()
	first := w.send(invoice("PO-1", "I-1", 3))[0]
	rec, _ := w.deliver(first)
	p := preview(first)
	bill := w.netsuite.Books().VendorBills[0]
	if p.Existing == nil || p.Existing.ID != bill.ID || p.Existing.ExternalID != bill.ExternalID || p.Detail != rec.Detail {
		t.Errorf("the preview is %+v", p)
	}
	second := w.send(invoice("PO-1", "I-1", 3))[0]
	p = preview(second)
	rec, calls := w.deliver(second)
	p.as(t, rec, calls)
	if p.Reason != "duplicate-invoice" {
		t.Errorf("the preview is %s %s", p.State, p.Reason)
	}
	// Somebody has changed the bill since.
	r := w.start()
	if err := r.made.Accounts[0].Client.Patch(w.ctx, vendorBill, bill.ID, []byte(`{"tranDate":"2026-10-07"}`)); err != nil {
		t.Fatal(err)
	}
	r.stop()
	p = preview(first)
	if p.Reason != "created-differently" || len(p.Differences) != 1 || len(p.Calls) != 1 || p.Calls[0].Path != "vendorBill/"+bill.ID {
		t.Errorf("the preview of a changed bill is %+v", p)
	}
}

func TestAPreviewThatCannotBeMadeIsAnError(t *testing.T) {
	w := newWorld(t, 1, 1)
	idle := w.start()
	idle.stop()
	o := PlanOptions{Queue: w.q, Account: idle.made.Accounts[0], Log: zerolog.Nop()}
	id := w.send(confirmation("PO-1", "C-1", day(2), 5))[0]
	e, _, err := w.q.Find(w.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	w.stand(func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) { rw.WriteHeader(http.StatusBadGateway) })
	if p, err := Plan(w.ctx, o, e); err == nil || !strings.Contains(err.Error(), id) {
		t.Errorf("while NetSuite is away the preview is %+v, %v", p, err)
	}
	w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(rw, r) })
	w.update(func(st *queue.AccountState) { st.Credential = queue.CredentialHeld })
	before := w.netsuite.Books().TotalCalls
	if _, err := Plan(w.ctx, o, e); err == nil || w.netsuite.Books().TotalCalls != before {
		t.Errorf("a refused sign-in is used again: %v", err)
	}
	w.update(func(st *queue.AccountState) { st.Credential = queue.CredentialProven })
	nothing := *e
	nothing.Data.Document = nil
	if _, err := Plan(w.ctx, o, &nothing); err == nil {
		t.Error("a document without content has a preview")
	}
	if p, err := Plan(w.ctx, o, e); err != nil || p.State != queue.StateApplied {
		t.Errorf("the preview is %+v, %v", p, err)
	}
}
