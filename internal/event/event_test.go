package event_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
)

func sample() *event.Event {
	return &event.Event{
		ID: event.DocumentID("main", "acme", document.KindOrderConfirmation, "p1@acme", "h1"), Account: "main", Supplier: "acme",
		Kind: document.KindOrderConfirmation, Subject: "PO-1001", Time: time.Date(2026, 9, 1, 10, 0, 0, 123456789, time.UTC),
		PayloadID: "p1@acme", PayloadHash: "h1", PartitionKey: "PO-1001",
		TraceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", TraceState: "vendor=1",
		Data: event.Data{
			Document: &document.Document{
				Kind: document.KindOrderConfirmation, PayloadID: "p1@acme", DeploymentMode: "production",
				OrderConfirmation: &document.OrderConfirmation{
					ConfirmID: "C-1", Type: document.ConfirmAccept, Operation: document.OperationNew,
					NoticeDate: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC), Order: document.OrderReference{OrderID: "PO-1001"},
				},
			},
			Original: cxml.Original{MediaType: "text/xml", Charset: "utf-8", SHA256: "ab", CXML: "<cXML>ü\n</cXML>"},
		},
	}
}

func TestDocumentIDTellsDocumentsApart(t *testing.T) {
	const k = document.KindInvoice
	base := event.DocumentID("main", "acme", k, "p", "h")
	if base != event.DocumentID("main", "acme", k, "p", "other hash") {
		t.Error("the hash matters although there is a payloadID")
	}
	others := map[string]string{
		"account":      event.DocumentID("test", "acme", k, "p", "h"),
		"supplier":     event.DocumentID("main", "globex", k, "p", "h"),
		"kind":         event.DocumentID("main", "acme", document.KindShipNotice, "p", "h"),
		"payloadID":    event.DocumentID("main", "acme", k, "q", "h"),
		"hash instead": event.DocumentID("main", "acme", k, "", "h"),
		"hash as id":   event.DocumentID("main", "acme", k, "h", "h"),
		"shifted":      event.DocumentID("main/acme", "", k, "p", "h"),
	}
	seen := map[string]string{base: "base"}
	for name, id := range others {
		if was, ok := seen[id]; ok {
			t.Errorf("%s has the id of %s", name, was)
		}
		seen[id] = name
	}
}

// A changed id would make every stored document a new one, so the value itself is fixed.
func TestDocumentIDIsStable(t *testing.T) {
	const want = "d6721dd4-aa80-5b13-a58a-7fac1dd98bc6"
	if got := event.DocumentID("main", "acme", document.KindInvoice, "p1@acme", ""); got != want {
		t.Errorf("id %s, want %s", got, want)
	}
}

func TestKeyRoundTrip(t *testing.T) {
	id := sample().ID
	if key := event.Key(id); strings.Contains(key, "-") || event.FromKey(key) != id {
		t.Errorf("key %s gives id %s, want %s", key, event.FromKey(key), id)
	}
	if got := event.FromKey("not a key"); got != "not a key" {
		t.Errorf("got %q", got)
	}
}

func TestPartitionKey(t *testing.T) {
	confirmation := func(r document.OrderReference) *document.Document {
		return &document.Document{Kind: document.KindOrderConfirmation, OrderConfirmation: &document.OrderConfirmation{Order: r}}
	}
	invoice := func(i document.Invoice) *document.Document {
		return &document.Document{Kind: document.KindInvoice, Invoice: &i}
	}
	for _, tt := range []struct {
		name string
		doc  *document.Document
		want string
	}{
		{"order, normalised", confirmation(document.OrderReference{OrderID: " po-1 "}), "PO-1"},
		{"order by payloadID", confirmation(document.OrderReference{PayloadID: "x@y"}), "acme/x@y"},
		{"first of two orders", invoice(document.Invoice{Orders: []document.InvoiceOrder{
			{Order: document.OrderReference{OrderID: "PO-2"}}, {Order: document.OrderReference{OrderID: "PO-3"}}}}), "PO-2"},
		{"invoice without order", invoice(document.Invoice{InvoiceID: "inv-9"}), "acme/INV-9"},
		{"its memo", invoice(document.Invoice{InvoiceID: "CM-1", Refers: &document.InvoiceReference{InvoiceID: "INV-9"}}), "acme/INV-9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := event.PartitionKey(tt.doc, "acme"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEventSurvivesTheMessage(t *testing.T) {
	for name, change := range map[string]func(*event.Event){
		"plain":                   func(*event.Event) {},
		"no payloadID":            func(e *event.Event) { e.PayloadID = "" },
		"no subject":              func(e *event.Event) { e.Subject = "" },
		"payloadID breaks a line": func(e *event.Event) { e.PayloadID = "a\r\nce-id: forged" },
		"blanks and percent":      func(e *event.Event) { e.PayloadID, e.Subject = " 100%41 \"x\" ", "PO 1" },
		"beyond ASCII":            func(e *event.Event) { e.Subject = "Bestellung-ü-訂單" },
		"data elsewhere":          func(e *event.Event) { e.DataRef, e.Data.Original = "original/ab", cxml.Original{} },
	} {
		t.Run(name, func(t *testing.T) {
			want := sample()
			change(want)
			ce, err := want.CloudEvent()
			if err != nil {
				t.Fatal(err)
			}
			h, body, err := event.Header(ce)
			if err != nil {
				t.Fatal(err)
			}
			for key, v := range h {
				if key != strings.ToLower(key) || strings.ContainsAny(v[0], "\r\n") {
					t.Errorf("header %q: %q", key, v[0])
				}
			}
			back, err := event.FromMessage(h, body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := event.FromCloudEvent(back)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got, cmp.Comparer(func(a, b document.Decimal) bool { return a.Equal(b) })); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAttributesOfTheEvent(t *testing.T) {
	ce, err := sample().CloudEvent()
	if err != nil {
		t.Fatal(err)
	}
	h, _, err := event.Header(ce)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for key := range h {
		got[key] = event.Attribute(h, strings.TrimPrefix(key, "ce-"))
	}
	want := map[string]string{
		"ce-specversion": "1.0", "ce-id": sample().ID, "ce-source": "/suppliers/acme", "ce-subject": "PO-1001",
		"ce-type": "counterpunch.order-confirmation.received.v1", "ce-time": "2026-09-01T10:00:00.123456789Z",
		"ce-datacontenttype": "application/json", "ce-dataschema": "counterpunch:schemas/order-confirmation.v1.json",
		"ce-account": "main", "ce-payloadid": "p1@acme", "ce-payloadhash": "h1", "ce-partitionkey": "PO-1001",
		"ce-traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "ce-tracestate": "vendor=1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestIncompleteEventsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*event.Event){
		"no id":       func(e *event.Event) { e.ID = "" },
		"no account":  func(e *event.Event) { e.Account = "" },
		"no supplier": func(e *event.Event) { e.Supplier = "" },
		"no hash":     func(e *event.Event) { e.PayloadHash = "" },
		"odd kind":    func(e *event.Event) { e.Kind = "purchase-order" },
	} {
		t.Run(name, func(t *testing.T) {
			e := sample()
			change(e)
			if _, err := e.CloudEvent(); err == nil {
				t.Error("accepted")
			}
		})
	}
}
