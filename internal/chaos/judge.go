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
	Discarded map[string]bool   // by payloadID, of the documents that people have discarded
	Logins    int               // failed logins that are allowed
	Unheard   int               // ends that the streams may have kept without an answer to their worker: its counters may lack them
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
	for _, d := range e.Documents {
		if _, ok := e.Accepted[d.PayloadID]; !ok {
			f.Add(Other, fmt.Sprintf("%s %s was never answered with 200", d.Kind, d.PayloadID))
		}
	}
	effective := slices.DeleteFunc(slices.Clone(e.Documents), func(d Document) bool { return e.Letters[d.PayloadID] != "" || e.Discarded[d.PayloadID] })
	orders := expectOrders(effective)
	for _, want := range orders {
		f.Add(Wrong, compareOrder(want, e.Books)...)
	}
	f.Add(Wrong, touched(orders, e.Books)...)
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
	for _, ordered := range want.ordered {
		l, ok := order.Item(ordered.Number)
		if !ok {
			wrong = append(wrong, fmt.Sprintf("order %s has no line %d", want.number, ordered.Number))
			continue
		}
		for field, placed := range map[string]string{"quantity": strconv.Itoa(ordered.Ordered), "rate": ordered.Rate} {
			if !sameNumber(l.Fields[field], placed) {
				wrong = append(wrong, fmt.Sprintf("order %s line %d: %s is %q, and %s was ordered", want.number, l.Line, field, l.Fields[field], placed))
			}
		}
	}
	if n := len(order.Items); n != len(want.ordered) {
		wrong = append(wrong, fmt.Sprintf("order %s has %d lines, and %d were ordered", want.number, n, len(want.ordered)))
	}
	return wrong
}

// touched returns what stands in orders of which no document has spoken.
func touched(spoken []expectedOrder, books simulator.Books) []string {
	var wrong []string
	for _, o := range books.PurchaseOrders {
		if slices.ContainsFunc(spoken, func(e expectedOrder) bool { return e.number == o.TranID }) {
			continue
		}
		what := "order " + o.TranID + ", of which nobody spoke"
		wrong = append(wrong, different(what, headerFields(), nil, o.Fields)...)
		for _, l := range o.Items {
			wrong = append(wrong, different(fmt.Sprintf("%s, line %d", what, l.Line), lineFields(), nil, l.Fields)...)
		}
	}
	return wrong
}

// sameNumber compares numbers by their value.
func sameNumber(a, b string) bool {
	x, err := document.ParseDecimal(a)
	y, err2 := document.ParseDecimal(b)
	return err == nil && err2 == nil && x.Equal(y)
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
	if !sameNumber(b.Total, want.total) {
		say("total is %s, want %s", b.Total, want.total)
	}
	if b.Fields["paymentHold"] == "true" {
		say("it is held")
	}
	got := map[int]fields{}
	for _, l := range b.Items {
		number, err := strconv.Atoi(l.Fields["orderLine"])
		if _, twice := got[number]; err != nil || twice || l.Fields["orderDoc"] != want.order {
			say("a line is of order %q line %q", l.Fields["orderDoc"], l.Fields["orderLine"])
		}
		got[number] = l.Fields
	}
	for number, invoiced := range want.lines {
		for field, value := range map[string]string{"quantity": strconv.Itoa(invoiced.Quantity), "amount": invoiced.Amount()} {
			if !sameNumber(got[number][field], value) {
				say("%s of line %d is %q, want %s", field, number, got[number][field], value)
			}
		}
	}
	if len(b.Items) != len(want.lines) || len(b.Expenses) != 0 {
		say("%d item lines and %d expense lines, want %d and none", len(b.Items), len(b.Expenses), len(want.lines))
	}
	return wrong
}
