package delivery

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
)

// enter makes a bill or credit as a clerk does, by hand, of quantity pieces at 5.00 that are linked to no order.
func (w *world) enter(recordType, number, date string, quantity int, fields map[string]any) string {
	w.t.Helper()
	client, err := netsuite.New(netsuite.Options{
		Account: "1234567_SB1", BaseURL: w.url, Slots: 1,
		Credentials: netsuite.TBA{
			ConsumerKey: "demo-consumer-key", ConsumerSecret: secret.New("demo-consumer-secret"),
			TokenID: "demo-token", TokenSecret: secret.New("demo-token-secret"),
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	defer client.Close()
	body := map[string]any{
		"tranId": number, "tranDate": date, "entity": map[string]string{"id": "501"},
		"item": map[string]any{"items": []any{map[string]any{"item": map[string]string{"id": "201"}, "quantity": quantity, "rate": 5, "amount": 5 * quantity}}},
	}
	for name, value := range fields {
		body[name] = value
	}
	raw, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := client.Create(w.ctx, recordType, raw)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// dated gives an invoice a number's date.
func dated(d *document.Document, at time.Time) *document.Document {
	d.Invoice.InvoiceDate = at
	return d
}

// table returns the table of differences of a document's last record, by what is compared.
func (w *world) table(id string) map[string]mapping.Difference {
	w.t.Helper()
	h := w.history(id)
	var rows []mapping.Difference
	if raw := h[len(h)-1].Differences; len(raw) > 0 {
		if err := json.Unmarshal(raw, &rows); err != nil {
			w.t.Fatal(err)
		}
	}
	all := map[string]mapping.Difference{}
	for _, r := range rows {
		all[r.What] = r
	}
	return all
}

func TestABillThatAClerkEnteredIsFoundByItsNumber(t *testing.T) {
	const cp = "cp-00000000-0000-5000-8000-000000000000"
	for _, c := range []struct {
		name     string
		doc      *document.Document
		number   string // of what the clerk entered
		quantity int
		fields   map[string]any
		says     string
	}{
		{"the same total", invoice("PO-1", "I-1", 3), "I-1", 3, nil, "its total agrees with the invoice's 15"},
		{"another total", invoice("PO-1", "I-1", 3), "I-1", 4, nil, "its total of 20 is not the invoice's 15"},
		{"another case", invoice("PO-1", "Inv-1a", 3), "INV-1A", 3, nil, "its total agrees"},
		{"blanks around it", invoice("PO-1", " I-1 ", 3), "I-1", 3, nil, "its total agrees"},
		{"an external id of somebody else's", invoice("PO-1", "I-1", 3), "I-1", 3, map[string]any{"externalId": "ap-77"}, "its total agrees"},
		{"an external id of another's that looks like ours", invoice("PO-1", "I-1", 3), "I-1", 3, map[string]any{"externalId": cp}, "its total agrees"},
		{"a credit", memo("PO-1", "M-1", "", 1), "M-1", 1, nil, "its total agrees with the invoice's 5"},
	} {
		for _, known := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, ", order known ", known), func(t *testing.T) {
				w := newWorld(t, 1, 1)
				w.start()
				if known {
					w.applied(w.send(notice("S-1", day(1), 1, "PO-1"))...)
				}
				recordType := vendorBill
				doc := *c.doc
				if doc.Invoice.Purpose.Credit() {
					recordType = vendorCredit
					inv := *doc.Invoice
					inv.Refers = nil
					doc.Invoice = &inv
				}
				made := w.enter(recordType, c.number, "2026-10-01", c.quantity, c.fields)
				id := w.send(&doc)[0]
				st := w.ends(id, queue.StateDeadLettered, "duplicate-number")
				if !strings.Contains(st.Detail, c.says) || !strings.Contains(st.Detail, made) {
					t.Errorf("the detail is %q, want %q and %s in it", st.Detail, c.says, made)
				}
				table := w.table(id)
				want := map[string]string{"internal id": made, "number": c.number, "date": "2026-10-01", "total": fmt.Sprint(5 * c.quantity), "currency": "USD"}
				for what, found := range want {
					if d := table[what]; d.Found != found && !(what == "currency" && d.Found != "") {
						t.Errorf("%s: %+v, want %s", what, d, found)
					}
				}
				if b := w.netsuite.Books(); len(b.VendorBills)+len(b.VendorCredits) != 1 {
					t.Errorf("%d bills and %d credits", len(b.VendorBills), len(b.VendorCredits))
				}
			})
		}
	}
}

func TestOtherRecordsWithTheNumberAreNoDuplicates(t *testing.T) {
	w := newWorld(t, 4, 1)
	w.start()
	w.enter(vendorCredit, "I-1", "2026-10-01", 1, nil)                                                    // a credit
	w.enter(vendorBill, "I-2", "2026-10-01", 1, map[string]any{"entity": map[string]string{"id": "502"}}) // of another vendor
	w.enter(vendorBill, "I-3", "2025-09-01", 1, nil)                                                      // of the year before
	w.enter(vendorBill, "PO-4", "2026-10-01", 1, nil)                                                     // with an order's number
	w.applied(w.send(invoice("PO-1", "I-1", 1), invoice("PO-2", "I-2", 1), invoice("PO-3", "I-3", 1), invoice("PO-4", "I-4", 1))...)
}

func TestWhereNetSuiteRefusesDuplicatesNoneIsLookedFor(t *testing.T) {
	w := newWorld(t, 2, 1)
	w.turn(func(k *simulator.Knobs) { k.DuplicateTranID = simulator.Refuse })
	w.start(func(o *Options) { o.Accounts[0].Numbers.Blocked = true })
	calls := func(d *document.Document) (string, int) {
		before := w.netsuite.Books().TotalCalls
		id := w.send(d)[0]
		w.final(id)
		return id, w.netsuite.Books().TotalCalls - before
	}
	id, n := calls(invoice("PO-1", "I-1", 1))
	w.applied(id)
	if n != 4 {
		t.Errorf("on a new order it took %d calls, want 4", n)
	}
	if id, n = calls(invoice("PO-1", "I-2", 1)); n != 3 {
		t.Errorf("on a known order it took %d calls, want 3", n)
	}
	w.applied(id)
	w.enter(vendorBill, "I-3", "2026-10-01", 1, nil)
	id, _ = calls(invoice("PO-1", "I-3", 1))
	if st := w.ends(id, queue.StateDeadLettered, "duplicate-number"); !strings.Contains(st.Detail, "its total agrees") || len(w.table(id)) == 0 {
		t.Errorf("%q, %v", st.Detail, w.table(id))
	}
	w.sound()
}

func TestARecordOfOursThatNothingIsKnownOfIsApplied(t *testing.T) {
	zone := time.FixedZone("", -8*3600)
	for _, c := range []struct {
		name     string
		year     int // of the external id
		date     string
		quantity int
		at       time.Time
		state    queue.State
		reason   string
	}{
		{"this year's", 2026, "2026-10-05", 3, day(5), queue.StateApplied, ""},
		{"another total", 2026, "2026-10-05", 4, day(5), queue.StateDeadLettered, "created-differently"},
		{"dated in the next year by its zone", 2026, "2026-12-31", 3, time.Date(2027, 1, 1, 4, 0, 0, 0, time.UTC), queue.StateApplied, ""},
		{"dated in the year before by its zone", 2027, "2027-01-01", 3, time.Date(2026, 12, 31, 20, 0, 0, 0, zone), queue.StateApplied, ""},
		{"of the year before, whose numbers begin anew", 2026, "2026-03-01", 3, time.Date(2027, 2, 20, 0, 0, 0, 0, time.UTC), queue.StateApplied, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			w.enter(vendorBill, "I-1", c.date, c.quantity, map[string]any{
				"externalId": mapping.ExternalID("main", "501", vendorBill, "I-1", c.year, 0), "currency": map[string]string{"id": "1"},
			})
			w.start()
			id := w.send(dated(invoice("PO-1", "I-1", 3), c.at))[0]
			w.ends(id, c.state, c.reason)
			want := 1
			if strings.Contains(c.name, "anew") {
				want = 2
			}
			if b := w.netsuite.Books(); len(b.VendorBills) != want {
				t.Errorf("%d bills, want %d", len(b.VendorBills), want)
			}
		})
	}
}

func TestOneInvoiceIsOneBillOnEitherSideOfNewYear(t *testing.T) {
	evening := time.Date(2026, 12, 31, 23, 30, 0, 0, time.FixedZone("", -5*3600))
	for _, c := range []struct {
		name   string
		first  time.Time
		second time.Time
		bills  int
	}{
		{"the same instant in two zones", evening, evening.UTC(), 1},
		{"the zones the other way round", evening.UTC(), evening, 1},
		{"corrected by weeks", evening, evening.AddDate(0, 0, 40), 1},
		{"a year later", time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC), 2},
		{"two years later", time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC), 2},
		{"within one year, however far apart", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 30, 0, 0, 0, 0, time.UTC), 1},
	} {
		for _, blocked := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, ", looked for ", !blocked), func(t *testing.T) {
				w := newWorld(t, 2, 2)
				w.start(func(o *Options) { o.Accounts[0].Numbers.Blocked = blocked })
				ids := w.send(dated(invoice("PO-1", "1", 3), c.first))
				w.applied(ids...)
				second := w.send(dated(invoice("PO-2", "1", 3), c.second))[0]
				if c.bills == 2 {
					w.applied(second)
				} else {
					st := w.ends(second, queue.StateDeadLettered, "duplicate-invoice")
					if d := w.table(second)["date"]; d.Expected == "" || d.Found != c.first.Format(time.DateOnly) {
						t.Errorf("the table has the date %+v: %s", d, st.Detail)
					}
				}
				if b := w.netsuite.Books(); len(b.VendorBills) != c.bills {
					t.Errorf("%d bills, want %d", len(b.VendorBills), c.bills)
				}
			})
		}
	}
}

func TestOneInvoiceOnEitherSideOfNewYearAtTheSameTime(t *testing.T) {
	const pairs = 20
	w := newWorld(t, 2*pairs, 8)
	w.turn(func(k *simulator.Knobs) { k.Latency.Post.Median = simulator.Duration(5 * time.Millisecond) })
	w.start(func(o *Options) { o.Accounts[0].Numbers.Blocked = true }) // so that only the claims tell
	w.start(func(o *Options) { o.Accounts[0].Numbers.Blocked = true })
	evening := time.Date(2026, 12, 31, 23, 30, 0, 0, time.FixedZone("", -5*3600))
	var docs []*document.Document
	for i := range pairs {
		number := fmt.Sprint("I-", i)
		docs = append(docs, dated(invoice(fmt.Sprint("PO-", 2*i+1), number, 1), evening), dated(invoice(fmt.Sprint("PO-", 2*i+2), number, 1), evening.UTC()))
	}
	all := w.final(w.send(docs...)...)
	for i := range pairs {
		if a, b := all[2*i].State, all[2*i+1].State; a == b {
			t.Errorf("invoice %d: both are %s", i, a)
		}
	}
	if b := w.sound(); len(b.VendorBills) != pairs {
		t.Errorf("%d bills for %d invoices", len(b.VendorBills), pairs)
	}
}

func TestANumberIsTakenOverWithItsExternalID(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.turn(func(k *simulator.Knobs) { k.ClosedPeriods = []string{"2026-12"} })
	w.start()
	first := w.send(dated(invoice("PO-1", "I-1", 3), time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)))[0]
	w.ends(first, queue.StateDeadLettered, "period-closed")
	second := w.send(dated(invoice("PO-1", "I-1", 3), time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)))[0]
	w.applied(second)
	want := mapping.ExternalID("main", "501", vendorBill, "I-1", 2026, 0)
	if b := w.sound(); len(b.VendorBills) != 1 || b.VendorBills[0].ExternalID != want {
		t.Errorf("the bills are %+v, want one with %s", b.VendorBills, want)
	}
}
