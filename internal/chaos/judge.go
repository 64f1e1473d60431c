package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/simulator"
)

// Evidence is all that the judge goes by.
type Evidence struct {
	Documents []Document
	Accepted  map[string]string // document ids of what was answered with 200, by payloadID
	Answers   map[string]int    // how often 200 was answered, by kind
	Posts     int               // requests that carried a document
	Journal   map[string]bool   // document ids of the intake journal
	Books     simulator.Books
	Stores    Stores
	Outages   []Outage
	Scrapes   map[string]Scrape // by the name of the process
	Waits     Waits
	Frozen    bool              // workers were made to stand still for longer than their lanes wait
	Stood     time.Duration     // longest time in which the machine had no time for the programs
	Letters   map[string]string // reason by payloadID, of the documents that must end as dead letters
	Logins    int               // failed logins that are allowed
}

// orderly reports whether changes of one order must not overlap. A worker that stands still loses its lane to another, with
// a write in its hands that it sends when it goes on.
func (e Evidence) orderly() bool { return !e.Frozen && e.Stood < e.Waits.ackWait/2 }

// Judge says what of the evidence is not as it must be.
func Judge(e Evidence) Findings {
	var f Findings
	for _, payloadID := range slices.Sorted(maps.Keys(e.Accepted)) {
		if id := e.Accepted[payloadID]; !e.Journal[id] {
			f.Add(False200, fmt.Sprintf("%s was answered with 200 as document %s, which is not in the intake journal", payloadID, id))
		}
	}
	effective := slices.DeleteFunc(slices.Clone(e.Documents), func(d Document) bool { return e.Letters[d.PayloadID] != "" })
	for _, want := range expectOrders(effective) {
		f.Add(Wrong, compareOrder(want, e.Books)...)
	}
	f.bills(e.Books, expectBills(effective), e.Accepted)
	if e.orderly() {
		f.Add(Overlap, overlaps(e.Books, e.Documents)...)
	}
	f.outcomes(e)
	f.letters(e)
	f.counted(e)
	f.metrics(e)
	for _, a := range e.Books.Audit() {
		f.Add(Unsound, a.Kind+": "+a.Text)
	}
	if n := len(e.Books.FailedLogins); n > e.Logins {
		f.Add(Other, fmt.Sprintf("%d logins failed, at most %d may; the last: %+v", n, e.Logins, e.Books.FailedLogins[n-1]))
	}
	return f
}

func compareOrder(want expectedOrder, books simulator.Books) []string {
	order, ok := books.Order(want.number)
	if !ok {
		return []string{"order " + want.number + " is not there"}
	}
	wrong := different("order "+want.number, headerFields(), want.header, order.Fields)
	for _, l := range order.Items {
		wrong = append(wrong, different(fmt.Sprintf("order %s line %d", want.number, l.Line), lineFields(), want.lines[l.Line], l.Fields)...)
	}
	for _, number := range slices.Sorted(maps.Keys(want.lines)) {
		if _, ok := order.Item(number); !ok {
			wrong = append(wrong, fmt.Sprintf("order %s has no line %d", want.number, number))
		}
	}
	return wrong
}

func different(what string, names []string, want, got map[string]string) []string {
	var wrong []string
	for _, name := range names {
		if want[name] != got[name] {
			wrong = append(wrong, fmt.Sprintf("%s: %s is %q, want %q", what, name, got[name], want[name]))
		}
	}
	return wrong
}

func (f *Findings) bills(books simulator.Books, want []expectedBill, accepted map[string]string) {
	written := map[string][]simulator.Record{}
	external := map[string]int{}
	for _, b := range books.VendorBills {
		written[b.TranID] = append(written[b.TranID], b)
		if external[b.ExternalID]++; b.ExternalID != "" && external[b.ExternalID] == 2 {
			f.Add(Twice, "two bills have the external id "+b.ExternalID)
		}
	}
	created := map[string]int{}
	for _, w := range books.Writes {
		if created[w.TranID]++; w.Record != "vendorBill" || w.Action != "created" {
			created[w.TranID]--
		}
	}
	for number, n := range created {
		if n > len(written[number]) {
			f.Add(Twice, fmt.Sprintf("bill %s was created %d times, and %d are there", number, n, len(written[number])))
		}
	}
	for _, w := range want {
		bills := slices.DeleteFunc(slices.Clone(written[w.number]), func(b simulator.Record) bool { return b.Vendor != vendor })
		if _, ok := accepted[w.payloadID]; len(bills) == 0 && ok {
			f.Add(Lost, "invoice "+w.number+" was answered with 200 and has no bill")
		}
		if len(bills) > 1 {
			f.Add(Twice, fmt.Sprintf("invoice %s has %d bills", w.number, len(bills)))
		}
		for _, b := range bills {
			f.Add(Wrong, compareBill(w, b)...)
		}
		written[w.number] = slices.DeleteFunc(written[w.number], func(b simulator.Record) bool { return b.Vendor == vendor })
	}
	for _, number := range slices.Sorted(maps.Keys(written)) {
		for _, b := range written[number] {
			f.Add(Twice, fmt.Sprintf("bill %s of vendor %s belongs to no invoice", b.TranID, b.Vendor))
		}
	}
	for _, c := range books.VendorCredits {
		f.Add(Twice, "credit "+c.TranID+" belongs to no document")
	}
}

func compareBill(want expectedBill, b simulator.Record) []string {
	var wrong []string
	say := func(format string, args ...any) {
		wrong = append(wrong, "bill "+want.number+": "+fmt.Sprintf(format, args...))
	}
	if got, err := document.ParseDecimal(b.Total); err != nil || !got.Equal(document.MustDecimal(want.total)) {
		say("total is %s, want %s", b.Total, want.total)
	}
	if b.Fields["paymentHold"] == "true" {
		say("it is held")
	}
	got := map[int]string{}
	for _, l := range b.Items {
		number, err := strconv.Atoi(l.Fields["orderLine"])
		if _, twice := got[number]; err != nil || twice || l.Fields["orderDoc"] != want.order {
			say("a line is of order %q line %q", l.Fields["orderDoc"], l.Fields["orderLine"])
		}
		got[number] = l.Fields["quantity"]
	}
	for number, quantity := range want.lines {
		if got[number] != strconv.Itoa(quantity) {
			say("quantity of line %d is %q, want %d", number, got[number], quantity)
		}
	}
	if len(b.Items) != len(want.lines) || len(b.Expenses) != 0 {
		say("%d item lines and %d expense lines, want %d and none", len(b.Items), len(b.Expenses), len(want.lines))
	}
	return wrong
}
