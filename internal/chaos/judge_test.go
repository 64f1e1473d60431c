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
			want := []expectedOrder{{number: "PO-1", header: test.header, lines: test.lines}}
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
			Type: "purchaseOrder", ID: "7001", TranID: "PO-1", Total: "15.40",
			Fields: map[string]string{"custbody_cp_confirmation_number": "OC", "custbody_cp_confirmation_date": "2026-09-02"},
			Items: []simulator.Line{
				{Line: 1, Fields: map[string]string{
					"amount": "15", "quantityBilled": "10",
					"custcol_cp_status": "accept", "custcol_cp_confirmed_quantity": "10", "custcol_cp_confirmed_price": "1.5",
				}},
				{Line: 2, Fields: map[string]string{"amount": "0.4"}},
			},
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

func TestJudgeFindsWhatIsWrong(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*simulator.Books, map[string]bool)
		want  []string // the sorts of the findings
	}{
		{"nothing", func(*simulator.Books, map[string]bool) {}, nil},
		{"a bill that is missing", func(b *simulator.Books, _ map[string]bool) { b.VendorBills = nil }, []string{"lost"}},
		{"a second bill", func(b *simulator.Books, _ map[string]bool) {
			again := rightBill()
			again.ID, again.ExternalID = "9002", "cp-2"
			b.VendorBills = append(b.VendorBills, again)
			b.PurchaseOrders[0].Items[0].Fields["quantityBilled"] = "20"
		}, []string{"twice"}},
		{"a bill without an invoice", func(b *simulator.Books, _ map[string]bool) {
			b.VendorBills = append(b.VendorBills, simulator.Record{Type: "vendorBill", TranID: "INV-2", Vendor: vendor, Total: "0.00"})
		}, []string{"twice"}},
		{"a bill over less", func(b *simulator.Books, _ map[string]bool) {
			b.VendorBills[0].Items[0].Fields["quantity"] = "9"
		}, []string{"wrong"}},
		{"a bill that is held", func(b *simulator.Books, _ map[string]bool) { b.VendorBills[0].Fields["paymentHold"] = "true" }, []string{"wrong"}},
		{"an order without its confirmation", func(b *simulator.Books, _ map[string]bool) {
			delete(b.PurchaseOrders[0].Fields, "custbody_cp_confirmation_number")
		}, []string{"wrong"}},
		{"a line with what nobody said", func(b *simulator.Books, _ map[string]bool) {
			b.PurchaseOrders[0].Items[1].Fields["custcol_cp_status"] = "accept"
		}, []string{"wrong"}},
		{"a total that is not that of the lines", func(b *simulator.Books, _ map[string]bool) { b.PurchaseOrders[0].Total = "16.00" }, []string{"unbalanced"}},
		{"a line added by mistake", func(b *simulator.Books, _ map[string]bool) {
			b.Accidents = []simulator.Accident{{Record: "purchaseOrder"}}
		}, []string{"accident"}},
		{"a failed login", func(b *simulator.Books, _ map[string]bool) { b.FailedLogins = []simulator.FailedLogin{{}} }, []string{"other"}},
		{"a document that the journal does not have", func(_ *simulator.Books, journal map[string]bool) { delete(journal, "id-1") }, []string{"false 200"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			documents, books := rightBooks()
			accepted, journal := map[string]string{}, map[string]bool{}
			for n, d := range documents {
				id := fmt.Sprint("id-", n)
				accepted[d.PayloadID], journal[id] = id, true
			}
			test.spoil(&books, journal)
			found := judge(books, documents, accepted, journal)
			var got []string
			for _, text := range found.All() {
				sort, _, _ := strings.Cut(text, ":")
				got = append(got, sort)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s\n%v", diff, found.All())
			}
			if found.None() != (test.want == nil) {
				t.Errorf("None is %v with %v", found.None(), got)
			}
		})
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
	if writes, killed := hits(books, kills, 1); writes != 2 || killed != 1 {
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
		books.Writes = append(books.Writes, simulator.Write{Call: n, Time: after(to), Record: "purchaseOrder", ID: order})
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
	if n := overlaps(books, documents); n != 1 {
		t.Errorf("%d overlaps, want 1", n)
	}
}
