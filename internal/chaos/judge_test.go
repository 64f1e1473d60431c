package chaos

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/simulator"
)

// twoLines is an order of 10 and 4 pieces.
func twoLines() simulator.SeedOrder {
	return simulator.SeedOrder{ID: "7001", TranID: "PO-1", Vendor: vendor, Items: []simulator.SeedLine{
		{Line: 1, VendorName: "A", Quantity: "10", Rate: "1.50"}, {Line: 2, VendorName: "B", Quantity: "4", Rate: "0.10"},
	}}
}

func said(number, quantity, later int) Line {
	l := lines(twoLines())[number-1]
	l.Quantity, l.Later = quantity, later
	return l
}

// at is a document with a date of so many days after the first.
func at(day int, d Document, said ...Line) Document {
	d.Notice = begun.AddDate(0, 0, day)
	d.Shipped = d.Notice
	d.PayloadID = fmt.Sprint(d.Number, d.Operation, day)
	d.Portions = []Portion{{twoLines(), said}}
	return d
}

func TestExpectedOrderFollowsFromItsDocuments(t *testing.T) {
	confirmation := Document{Kind: kindConfirmation, Number: "OC", Operation: operationNew}
	update := Document{Kind: kindConfirmation, Number: "OC", Operation: operationUpdate}
	second := Document{Kind: kindConfirmation, Number: "OC-B", Operation: operationNew}
	shipment := func(number, operation, tracking string) Document {
		return Document{Kind: kindShipment, Number: number, Operation: operation, Carrier: "UPS", Tracking: tracking}
	}
	tests := []struct {
		name      string
		documents []Document
		header    fields
		lines     map[int]fields
	}{
		{
			"a split line lists its quantities",
			[]Document{at(0, confirmation, said(1, 6, 4), said(2, 0, 4))},
			fields{"custbody_cp_confirmation_number": "OC", "custbody_cp_confirmation_date": "2026-09-02"},
			map[int]fields{
				1: {"custcol_cp_status": "accept 6; backordered 4", "custcol_cp_confirmed_quantity": "6", "custcol_cp_confirmed_price": "1.5"},
				2: {"custcol_cp_status": "backordered", "custcol_cp_confirmed_quantity": "0", "custcol_cp_confirmed_price": ""},
			},
		},
		{
			"an update takes the place of what it updates, whole, and a second confirmation stands beside it",
			[]Document{at(3, update, said(1, 10, 0)), at(1, confirmation, said(1, 0, 10), said(2, 4, 0)), at(2, second, said(2, 0, 4))},
			fields{"custbody_cp_confirmation_number": "OC", "custbody_cp_confirmation_date": "2026-09-05"},
			map[int]fields{
				1: {"custcol_cp_status": "accept", "custcol_cp_confirmed_quantity": "10", "custcol_cp_confirmed_price": "1.5"},
				2: {"custcol_cp_status": "backordered", "custcol_cp_confirmed_quantity": "0", "custcol_cp_confirmed_price": ""},
			},
		},
		{
			"shipments add up without those taken back",
			[]Document{
				at(5, shipment("S3", operationDelete, "")), at(4, shipment("S3", operationNew, "T3"), said(2, 4, 0)),
				at(2, shipment("S2", operationNew, "T1"), said(1, 3, 0)), at(1, shipment("S1", operationNew, "T2"), said(1, 2, 0), said(2, 1, 0)),
				at(3, shipment("S1", operationUpdate, "T4"), said(1, 1, 0)),
			},
			fields{
				"custbody_cp_shipments": "S2, S1", "custbody_cp_tracking_numbers": "T1, T4", "custbody_cp_carriers": "UPS",
				"custbody_cp_ship_date": "2026-09-05",
			},
			map[int]fields{1: {"custcol_cp_shipped_quantity": "4"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := []expectedOrder{{number: "PO-1", header: test.header, lines: test.lines, ordered: lines(twoLines())}}
			if diff := cmp.Diff(want, expectOrders(test.documents), cmp.AllowUnexported(expectedOrder{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// rightBooks are books in which a confirmation and an invoice of the order have had their effect.
func rightBooks() ([]Document, simulator.Books) {
	documents := []Document{
		at(0, Document{Kind: kindConfirmation, Number: "OC", Operation: operationNew}, said(1, 10, 0)),
		at(1, Document{Kind: kindInvoice, Number: "INV", Operation: operationNew}, said(1, 10, 0)),
	}
	return documents, simulator.Books{
		PurchaseOrders: []simulator.Record{{
			Type: "purchaseOrder", ID: "7001", TranID: "PO-1", Vendor: vendor, Total: "15.40",
			Fields: map[string]string{"custbody_cp_confirmation_number": "OC", "custbody_cp_confirmation_date": "2026-09-02"},
			Items: []simulator.Line{
				{Line: 1, Fields: map[string]string{
					"amount": "15", "quantity": "10", "rate": "1.5", "quantityBilled": "10",
					"custcol_cp_status": "accept", "custcol_cp_confirmed_quantity": "10", "custcol_cp_confirmed_price": "1.5",
				}},
				{Line: 2, Fields: map[string]string{"amount": "0.4", "quantity": "4", "rate": "0.1"}},
			},
		}, {
			Type: "purchaseOrder", ID: "7002", TranID: "PO-2", Vendor: vendor, Total: "1.00", Fields: map[string]string{},
			Items: []simulator.Line{{Line: 1, Fields: map[string]string{"amount": "1", "quantity": "1", "rate": "1"}}},
		}},
		VendorBills: []simulator.Record{rightBill()},
	}
}

func rightBill() simulator.Record {
	return simulator.Record{
		Type: "vendorBill", ID: "9001", TranID: "INV", ExternalID: "cp-1", Vendor: vendor, Total: "15.00", Fields: map[string]string{"amountRemaining": "15"},
		Items: []simulator.Line{{Line: 1, Fields: map[string]string{"orderDoc": "7001", "orderLine": "1", "quantity": "10", "amount": "15"}}},
	}
}

// rightEvidence is that of a run in which everything is as it must be: of a confirmation, an invoice, and a document that
// a person has to look at.
func rightEvidence() Evidence {
	documents, books := rightBooks()
	letter := at(2, Document{Kind: kindShipment, Number: "SHP", Operation: operationNew}, said(1, 1, 0))
	e := Evidence{
		Documents: append(documents, letter), Books: books, Accepted: map[string]string{}, Journal: map[string]bool{},
		Answers: map[string]int{kindConfirmation: 2, kindInvoice: 1, kindShipment: 1}, Posts: 4,
		Stores: Stores{Inbound: map[string][]Message{}, History: map[string][]Entry{}, Letters: map[string]uint64{"id3": 3}},
		Waits:  ScaledWaits(), Letters: map[string]string{letter.PayloadID: "internal"},
		Outages: []Outage{{Worker: "worker-1", From: begun.Add(time.Hour), To: begun.Add(2 * time.Hour)}},
	}
	for n, d := range e.Documents {
		id, key, sequence := fmt.Sprint("id-", n+1), fmt.Sprint("id", n+1), uint64(n+1)
		e.Accepted[d.PayloadID], e.Journal[id] = id, true
		e.Stores.Inbound[key] = []Message{{Sequence: sequence, Lane: "0"}}
		e.Stores.History[key] = []Entry{
			{Type: "attempt-started", DocumentID: id, Sequence: sequence, Time: begun, Attempt: 1, Worker: "worker-1"},
			{Type: "applied", DocumentID: id, Sequence: sequence, Time: begun, Attempt: 1, Worker: "worker-1"},
		}
	}
	e.Stores.History["id3"][1].Type, e.Stores.History["id3"][1].Reason = "dead-lettered", "internal"
	e.Books.TotalCalls = 9
	queue := "counterpunch_queue_readable 1\ncounterpunch_queue_depth{account=\"main\"} 0\n" +
		"counterpunch_dead_letters{account=\"main\",reason=\"internal\"} 1\ncounterpunch_dead_letters{account=\"main\",reason=\"poison\"} 0\n"
	e.Scrapes = map[string]Scrape{
		"ingest": shown(`counterpunch_intake_documents_total{answer="accepted",kind="order-confirmation",supplier="acme"} 1
counterpunch_intake_documents_total{answer="repeated",kind="order-confirmation",supplier="acme"} 1
counterpunch_intake_documents_total{answer="accepted",kind="ship-notice",supplier="acme"} 1
counterpunch_intake_documents_total{answer="accepted",kind="invoice",supplier="acme"} 1
`),
		"worker-1": shown(queue + `counterpunch_documents_total{account="main",kind="invoice",state="applied"} 1
counterpunch_netsuite_calls_total{account="main",call="get purchaseOrder",class="ok"} 4
`),
		"worker-2": shown(queue + `counterpunch_documents_total{account="main",kind="ship-notice",state="dead-lettered"} 1
counterpunch_documents_total{account="main",kind="order-confirmation",state="applied"} 1
counterpunch_netsuite_calls_total{account="main",call="get purchaseOrder",class="ok"} 5
`),
	}
	return e
}

func shown(text string) Scrape {
	return Scrape{Values: parseMetrics([]byte("# HELP x y 1\n" + text)), Text: []byte(text), First: true}
}

// discard ends the letter of the right evidence, and says by whether a person did that.
func discard(e *Evidence, person bool) {
	e.Stores.Inbound["id3"] = append(e.Stores.Inbound["id3"], Message{Sequence: 9, Why: "discard"})
	e.Stores.History["id3"] = append(e.Stores.History["id3"], Entry{Type: "discarded", Sequence: 3})
	delete(e.Stores.Letters, "id3")
	if person {
		e.Discarded, e.Letters = map[string]bool{e.Documents[2].PayloadID: true}, nil
	}
}

func TestJudgeFindsWhatIsWrong(t *testing.T) {
	order := func(e *Evidence) *simulator.Record { return &e.Books.PurchaseOrders[0] }
	history := func(e *Evidence, key string, add ...Entry) {
		e.Stores.History[key] = append(e.Stores.History[key], add...)
	}
	tests := []struct {
		name  string
		spoil func(*Evidence)
		want  []Sort
	}{
		{"nothing", func(*Evidence) {}, nil},
		{"a bill that is missing", func(e *Evidence) { e.Books.VendorBills = nil }, []Sort{Lost}},
		{"a second bill", func(e *Evidence) {
			again := rightBill()
			again.ID, again.ExternalID = "9002", "cp-2"
			e.Books.VendorBills = append(e.Books.VendorBills, again)
			order(e).Items[0].Fields["quantityBilled"] = "20"
		}, []Sort{Twice, Unsound, Unsound}},
		{"a second bill that somebody deleted", func(e *Evidence) {
			written := simulator.Write{Record: "vendorBill", TranID: "INV", Action: "created"}
			e.Books.Writes = []simulator.Write{written, written}
		}, []Sort{Twice}},
		{"a bill without an invoice", func(e *Evidence) {
			e.Books.VendorBills = append(e.Books.VendorBills, simulator.Record{Type: "vendorBill", TranID: "INV-2", Vendor: vendor, Total: "0.00"})
		}, []Sort{Twice}},
		{"a bill over less", func(e *Evidence) { e.Books.VendorBills[0].Items[0].Fields["quantity"] = "9" }, []Sort{Wrong}},
		{"a bill whose lines have each other's amounts", func(e *Evidence) { e.Books.VendorBills[0].Items[0].Fields["amount"] = "14" }, []Sort{Wrong, Unsound}},
		{"an order of another quantity", func(e *Evidence) { order(e).Items[1].Fields["quantity"] = "5" }, []Sort{Wrong}},
		{"an order of another price", func(e *Evidence) { order(e).Items[1].Fields["rate"] = "0.2" }, []Sort{Wrong}},
		{"an order with a line more", func(e *Evidence) {
			order(e).Items = append(order(e).Items, simulator.Line{Line: 3, Fields: map[string]string{"amount": "0"}})
		}, []Sort{Wrong}},
		{"an order without one of its lines", func(e *Evidence) {
			order(e).Items, order(e).Total = order(e).Items[:1], "15.00"
		}, []Sort{Wrong, Wrong}},
		{"an order of which nobody spoke", func(e *Evidence) { e.Books.PurchaseOrders[1].Items[0].Fields["custcol_cp_status"] = "accept" }, []Sort{Wrong}},
		{"a document that was never answered", func(e *Evidence) {
			e.Documents = append(e.Documents, at(9, Document{Kind: kindShipment, Number: "SHP-9", Operation: operationDelete}))
		}, []Sort{Other}},
		{"a bill while its order is changed", func(e *Evidence) {
			for n, w := range []simulator.Write{{Record: "purchaseOrder", ID: "7001", Method: "PATCH"}, {Record: "vendorBill", TranID: "INV", Method: "POST", Action: "created"}} {
				w.Call, w.Time = n+1, begun.Add(time.Second)
				e.Books.CallLog = append(e.Books.CallLog, simulator.Call{Sequence: n + 1, Time: begun})
				e.Books.Writes = append(e.Books.Writes, w)
			}
		}, []Sort{Overlap}},
		{"a bill that is held", func(e *Evidence) { e.Books.VendorBills[0].Fields["paymentHold"] = "true" }, []Sort{Wrong}},
		{"an order without its confirmation", func(e *Evidence) { delete(order(e).Fields, "custbody_cp_confirmation_number") }, []Sort{Wrong}},
		{"a line with what nobody said", func(e *Evidence) { order(e).Items[1].Fields["custcol_cp_status"] = "accept" }, []Sort{Wrong}},
		{"the effect of a dead letter", func(e *Evidence) { order(e).Items[0].Fields["custcol_cp_shipped_quantity"] = "1" }, []Sort{Wrong}},
		{"two changes of an order at once", func(e *Evidence) {
			for n := 1; n <= 2; n++ {
				e.Books.CallLog = append(e.Books.CallLog, simulator.Call{Sequence: n, Time: begun})
				e.Books.Writes = append(e.Books.Writes, simulator.Write{Call: n, Time: begun.Add(time.Second), Record: "purchaseOrder", ID: "7001", Method: "PATCH"})
			}
		}, []Sort{Overlap}},
		{"two changes of an order at once on a machine that stood still", func(e *Evidence) {
			for n := 1; n <= 2; n++ {
				e.Books.CallLog = append(e.Books.CallLog, simulator.Call{Sequence: n, Time: begun})
				e.Books.Writes = append(e.Books.Writes, simulator.Write{Call: n, Time: begun.Add(time.Second), Record: "purchaseOrder", ID: "7001", Method: "PATCH"})
			}
			e.Stood = time.Second
		}, nil},
		{"a total that is not that of the lines", func(e *Evidence) { order(e).Total = "16.00" }, []Sort{Unsound}},
		{"a line added by mistake", func(e *Evidence) { e.Books.Accidents = []simulator.Accident{{Record: "purchaseOrder", Line: 3}} }, []Sort{Unsound}},
		{"a failed login", func(e *Evidence) { e.Books.FailedLogins = []simulator.FailedLogin{{}} }, []Sort{Other}},
		{"a document that the journal does not have", func(e *Evidence) { delete(e.Journal, "id-1") }, []Sort{False200}},
		{"a document that is not stored", func(e *Evidence) { delete(e.Stores.Inbound, "id1") }, []Sort{Unended}},
		{"a message without an end", func(e *Evidence) { e.Stores.Inbound["id1"] = append(e.Stores.Inbound["id1"], Message{Sequence: 9}) }, []Sort{Unended}},
		{"two ends of a message", func(e *Evidence) { history(e, "id1", Entry{Type: "superseded", Sequence: 1}) }, []Sort{Unended, Metrics}},
		{"two outcomes of a document", func(e *Evidence) {
			e.Stores.Inbound["id1"] = append(e.Stores.Inbound["id1"], Message{Sequence: 9, Why: "return"})
			history(e, "id1", Entry{Type: "applied", Sequence: 9})
		}, []Sort{Unended, Metrics}},
		{"a document that nobody was told of", func(e *Evidence) { e.Stores.Inbound["id9"] = []Message{{Sequence: 9}} }, []Sort{Unended}},
		{"a letter that nobody expects", func(e *Evidence) { e.Letters = nil }, []Sort{Wrong, Wrong, Wrong, Other}},
		{"a letter with another reason", func(e *Evidence) { e.Stores.History["id3"][1].Reason = "poison" }, []Sort{Other}},
		{"a letter that is gone", func(e *Evidence) { delete(e.Stores.Letters, "id3") }, []Sort{Letters, Letters, Metrics, Metrics}},
		{"a letter that was replayed and is still there", func(e *Evidence) {
			e.Stores.Inbound["id3"] = append(e.Stores.Inbound["id3"], Message{Sequence: 9, Why: "replay"})
			history(e, "id3", Entry{Type: "replayed", Sequence: 9}, Entry{Type: "applied", Sequence: 9})
		}, []Sort{Other, Letters, Letters, Metrics}},
		{"a letter that was discarded, and that metrics still show", func(e *Evidence) { discard(e, true) }, []Sort{Metrics, Metrics}},
		{"a letter that was discarded by nobody", func(e *Evidence) { discard(e, false) }, []Sort{Other, Metrics, Metrics}},
		{"a letter that was discarded twice", func(e *Evidence) {
			discard(e, true)
			history(e, "id3", Entry{Type: "discarded", Sequence: 9})
		}, []Sort{Unended, Metrics, Metrics}},
		{"a document that was forgotten", func(e *Evidence) { e.Stores.Inbound["id1"] = []Message{{Sequence: 9, Why: "forget"}} }, nil},
		{"a forgotten document that still says something", func(e *Evidence) {
			e.Stores.Inbound["id1"] = append(e.Stores.Inbound["id1"], Message{Sequence: 9, Why: "forget"})
		}, []Sort{Unended}},
		{"a document left in parking", func(e *Evidence) { e.Stores.Parked = 1 }, []Sort{Letters, Metrics, Metrics}},
		{"an attempt that is counted while the breaker is open", func(e *Evidence) {
			e.Stores.History["id1"][0].Time = begun.Add(90 * time.Minute)
		}, []Sort{Counted}},
		{"a depth of the queue that is not there", func(e *Evidence) {
			e.Scrapes["worker-2"].Values[`counterpunch_queue_depth{account="main"}`] = 1
		}, []Sort{Metrics}},
		{"an answer that was not counted", func(e *Evidence) {
			e.Scrapes["ingest"].Values[`counterpunch_intake_documents_total{answer="accepted",kind="invoice",supplier="acme"}`] = 0
		}, []Sort{Metrics}},
		{"a resend that was not counted", func(e *Evidence) { e.Answers[kindConfirmation], e.Posts = 3, 5 }, []Sort{Metrics}},
		{"a document that was stored, refused and accepted as a repetition", func(e *Evidence) {
			e.Scrapes["ingest"].Values[`counterpunch_intake_documents_total{answer="accepted",kind="invoice",supplier="acme"}`] = 0
			e.Scrapes["ingest"].Values[`counterpunch_intake_documents_total{answer="repeated",kind="invoice",supplier="acme"}`] = 1
			e.Posts = 5
		}, nil},
		{"an answer that was not counted beside a refusal", func(e *Evidence) { e.Answers[kindInvoice], e.Posts = 2, 9 }, []Sort{Metrics}},
		{"a call that was not counted", func(e *Evidence) { e.Books.TotalCalls = 10 }, []Sort{Metrics}},
		{"an end that was kept without its worker's hearing of it", func(e *Evidence) {
			e.Unheard = 1
			e.Scrapes["worker-1"].Values[`counterpunch_documents_total{account="main",kind="invoice",state="applied"}`] = 0
		}, nil},
		{"two ends of which one may be unheard of", func(e *Evidence) {
			e.Unheard = 1
			e.Scrapes["worker-1"].Values[`counterpunch_documents_total{account="main",kind="invoice",state="applied"}`] = 0
			e.Scrapes["worker-2"].Values[`counterpunch_documents_total{account="main",kind="ship-notice",state="dead-lettered"}`] = 0
		}, []Sort{Metrics}},
		{"counters of a program that was started again", func(e *Evidence) {
			again := e.Scrapes["worker-1"]
			again.First = false
			e.Scrapes["worker-1"], e.Books.TotalCalls = again, 10
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := rightEvidence()
			test.spoil(&e)
			found := Judge(e)
			var got []Sort
			for _, f := range found {
				got = append(got, f.Sort)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s\n%v", diff, found)
			}
		})
	}
}

func TestWhatWasUnderWayWhenTheBreakerOpenedMayBeCounted(t *testing.T) {
	e := rightEvidence()
	opened := e.Outages[0].From
	for _, test := range []struct {
		worker string
		at     time.Time
		want   int
	}{
		{"worker-1", opened.Add(time.Second), 0},
		{"worker-1", opened.Add(time.Minute), 1},
		{"worker-2", opened.Add(time.Minute), 0},
		{"worker-1", opened.Add(time.Hour), 0},
	} {
		e.Stores.History["id1"][0].Worker, e.Stores.History["id1"][0].Time = test.worker, test.at
		if n := Judge(e).Count(Counted); n != test.want {
			t.Errorf("%s at %s: %d findings, want %d", test.worker, test.at, n, test.want)
		}
	}
}

func TestTornJournalLinesAreNoEvidence(t *testing.T) {
	got, err := readJournal(strings.NewReader("{\"documentID\":\"a\"}\n{\"documentID\":\"b\"\n{\"documentID\":\"c\"}\n\n{\"documentID\":\"d\"}"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"a": true, "c": true, "d": true}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWritesInProgressCountForTheKillThatHitThem(t *testing.T) {
	start := time.Date(2026, 9, 2, 8, 0, 0, 0, time.UTC)
	after := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	call := func(ms int, method, kind string) simulator.Call {
		return simulator.Call{Time: after(ms), Method: method, Kind: kind}
	}
	books := simulator.Books{Abandoned: []simulator.Call{
		call(900, "PATCH", "purchaseOrder patch"), call(950, "POST", "purchaseOrder transform vendorBill"), // the first kill
		call(960, "GET", "purchaseOrder get"), call(970, "POST", "suiteql"), // no writes
		call(3500, "PATCH", "purchaseOrder patch"), // given up long before a kill
	}}
	kills := []kill{{at: after(1000)}, {at: after(2000)}, {at: after(5000)}}
	if writes, killed := hits(books, kills); writes != 2 || killed != 1 {
		t.Errorf("%d writes and %d kills, want 2 and 1", writes, killed)
	}
}

func TestSeedGivesTheSameDocuments(t *testing.T) {
	write := func(seed int64) []Document {
		orders, err := simulator.New(simulator.Options{Seed: seed}).SeedRandom(100, vendor)
		if err != nil {
			t.Fatal(err)
		}
		documents, _ := stories(orders, 100, rand.New(rand.NewSource(seed)))
		return documents
	}
	first, other := write(1), write(2)
	if diff := cmp.Diff(first, write(1)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(first, other) {
		t.Error("another seed gives the same documents")
	}
	seen := map[string]bool{}
	for _, d := range first {
		if seen[d.PayloadID] {
			t.Errorf("payloadID %s is used twice", d.PayloadID)
		}
		seen[d.PayloadID] = true
	}
}

func TestChangesOfOneOrderAtTheSameTimeAreCounted(t *testing.T) {
	start := time.Date(2026, 9, 2, 8, 0, 0, 0, time.UTC)
	after := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	var books simulator.Books
	change := func(order string, from, to int) {
		n := len(books.Writes) + 1
		books.CallLog = append(books.CallLog, simulator.Call{Sequence: n, Time: after(from)})
		books.Writes = append(books.Writes, simulator.Write{Call: n, Time: after(to), Record: "purchaseOrder", ID: order, Method: "PATCH"})
	}
	change("7001", 0, 100)
	change("7001", 100, 200) // after it
	change("7001", 150, 250) // before it is over
	change("7002", 0, 300)   // another order
	change("7003", 0, 100)   // an order that another's shipment names
	change("7003", 50, 150)
	books.Writes = append(books.Writes, simulator.Write{Time: after(120), Record: "purchaseOrder", ID: "7001"}) // by a person
	beside := twoLines()
	beside.ID = "7003"
	documents := []Document{{Kind: kindShipment, Portions: []Portion{{twoLines(), nil}, {beside, nil}}}}
	if all := overlaps(books, documents); len(all) != 1 {
		t.Errorf("%d overlaps, want 1: %v", len(all), all)
	}
}
