package chaos

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/simulator"
)

// Findings are what the judge found wrong, one sentence each. None is as it must be.
type Findings struct {
	Lost       []string // invoices that were answered with 200 and have no bill
	Twice      []string // invoices with more than one bill, and bills that nobody sent an invoice for
	Wrong      []string // orders and bills that do not show what their documents say
	Accidents  []string // lines that were added by mistake
	Unbalanced []string // books that do not add up
	False200   []string // documents that were answered with 200 and are not in the intake journal
	Other      []string // documents refused, dead-lettered or not at rest, failed logins
}

// None reports whether nothing is wrong.
func (f Findings) None() bool {
	return len(f.Lost)+len(f.Twice)+len(f.Wrong)+len(f.Accidents)+len(f.Unbalanced)+len(f.False200)+len(f.Other) == 0
}

// All returns every finding with its sort.
func (f Findings) All() []string {
	var all []string
	for _, sort := range []struct {
		name string
		said []string
	}{
		{"lost", f.Lost}, {"twice", f.Twice}, {"wrong", f.Wrong}, {"accident", f.Accidents}, {"unbalanced", f.Unbalanced},
		{"false 200", f.False200}, {"other", f.Other},
	} {
		for _, text := range sort.said {
			all = append(all, sort.name+": "+text)
		}
	}
	return all
}

// judge compares the books with what the documents say. accepted holds the document ids of what was answered with 200, by
// payloadID; journal the document ids of the intake journal.
func judge(books simulator.Books, documents []Document, accepted map[string]string, journal map[string]bool) Findings {
	var f Findings
	for payloadID, id := range accepted {
		if !journal[id] {
			f.False200 = append(f.False200, fmt.Sprintf("%s was answered with 200 as document %s, which is not in the intake journal", payloadID, id))
		}
	}
	slices.Sort(f.False200)
	for _, want := range expectOrders(documents) {
		f.Wrong = append(f.Wrong, compareOrder(want, books)...)
	}
	f.bills(books, expectBills(documents), accepted)
	for _, a := range books.Accidents {
		f.Accidents = append(f.Accidents, fmt.Sprintf("%s %s: line %q of %s %s", a.Method, a.Path, a.Given, a.Record, a.TranID))
	}
	f.Unbalanced = books.Imbalances()
	for _, l := range books.FailedLogins {
		f.Other = append(f.Other, fmt.Sprintf("a login failed: %+v", l))
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
	known := map[string]bool{}
	external := map[string]int{}
	for _, w := range want {
		known[w.number] = true
		bills := books.Bills(vendor, w.number)
		if _, ok := accepted[w.payloadID]; len(bills) == 0 && ok {
			f.Lost = append(f.Lost, "invoice "+w.number+" was answered with 200 and has no bill")
		}
		if len(bills) > 1 {
			f.Twice = append(f.Twice, fmt.Sprintf("invoice %s has %d bills", w.number, len(bills)))
		}
		for _, b := range bills {
			f.Wrong = append(f.Wrong, compareBill(w, b)...)
		}
	}
	for _, b := range books.VendorBills {
		if !known[b.TranID] || b.Vendor != vendor {
			f.Twice = append(f.Twice, fmt.Sprintf("bill %s of vendor %s belongs to no invoice", b.TranID, b.Vendor))
		}
		if external[b.ExternalID]++; b.ExternalID != "" && external[b.ExternalID] == 2 {
			f.Twice = append(f.Twice, "two bills have the external id "+b.ExternalID)
		}
	}
	for _, c := range books.VendorCredits {
		f.Twice = append(f.Twice, "credit "+c.TranID+" belongs to no document")
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

// readJournal returns the document ids of an intake journal. A kill may have torn lines, which are none.
func readJournal(r io.Reader) (map[string]bool, error) {
	ids := map[string]bool{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var entry struct {
			DocumentID string `json:"documentID"`
		}
		if json.Unmarshal(line, &entry) == nil && entry.DocumentID != "" {
			ids[entry.DocumentID] = true
		}
		if err == io.EOF {
			return ids, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the intake journal: %w", err)
		}
	}
}

// hits returns the writes that were in progress when their caller was killed or lost its connection, and the number of
// kills that did that. A write counts for the first kill after it began, within the time that a call may take.
func hits(books simulator.Books, kills []kill, timeout float64) (writes, killed int) {
	hit := map[int]bool{}
	for _, c := range books.Abandoned {
		if !write(c) {
			continue
		}
		for n, k := range kills {
			if after := k.at.Sub(c.Time).Seconds(); after >= 0 && after < timeout {
				writes++
				hit[n] = true
				break
			}
		}
	}
	return writes, len(hit)
}

// write reports whether a call changes records. Searches are posted too.
func write(c simulator.Call) bool {
	return c.Method != "GET" && c.Kind != "suiteql" && c.Kind != "token"
}

// overlaps returns how often a change of an order began before an earlier one was carried out. Orders that documents of
// others name too are left out, for those come over other lanes; so are calls that the books no longer list. A machine that
// stands still for longer than the lanes wait can make a few.
func overlaps(books simulator.Books, documents []Document) int {
	shared := map[string]bool{}
	for _, d := range documents {
		for _, p := range d.Portions[1:] {
			shared[p.Order.ID] = true
		}
	}
	began := map[int]time.Time{}
	for _, c := range books.CallLog {
		began[c.Sequence] = c.Time
	}
	type span struct{ from, to time.Time }
	spans := map[string][]span{}
	for _, w := range books.Writes {
		if from, ok := began[w.Call]; ok && w.Record == "purchaseOrder" && !shared[w.ID] {
			spans[w.ID] = append(spans[w.ID], span{from, w.Time})
		}
	}
	n := 0
	for _, all := range spans {
		slices.SortFunc(all, func(a, b span) int { return a.from.Compare(b.from) })
		for i := range all[1:] {
			if all[i+1].from.Before(all[i].to) {
				n++
			}
		}
	}
	return n
}
