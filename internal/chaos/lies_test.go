package chaos_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/chaos"
	"counterpunch/internal/simulator"
)

// lie shows the judge the books of a run in which everything was right, each time with one thing that was not, and fails the test
// when it is believed.
func lie(t *testing.T, truth chaos.Evidence) {
	if found := chaos.Judge(truth); len(found) > 0 {
		t.Errorf("nothing to lie about: %v", found[0])
		return
	}
	anyID := func(e *chaos.Evidence) string { return slices.Min(slices.Collect(maps.Values(e.Accepted))) }
	for what, one := range map[string]struct {
		tell func(*chaos.Evidence)
		want chaos.Sort
	}{
		"a bill twice": {func(e *chaos.Evidence) {
			again := e.Books.VendorBills[0]
			again.ID, again.ExternalID = "99999", "cp-another"
			e.Books.VendorBills = append(e.Books.VendorBills, again)
		}, chaos.Twice},
		"a bill under another number": {func(e *chaos.Evidence) {
			again := e.Books.VendorBills[0]
			again.ID, again.TranID = "99999", again.TranID+" "
			e.Books.VendorBills = append(e.Books.VendorBills, again)
		}, chaos.Twice},
		"a bill less":                  {func(e *chaos.Evidence) { e.Books.VendorBills = e.Books.VendorBills[1:] }, chaos.Lost},
		"a bill over another quantity": {func(e *chaos.Evidence) { e.Books.VendorBills[0].Items[0].Fields["quantity"] += "1" }, chaos.Wrong},
		"a bill of another total":      {func(e *chaos.Evidence) { e.Books.VendorBills[0].Total = "0.01" }, chaos.Wrong},
		"a bill of another order's line": {func(e *chaos.Evidence) {
			e.Books.VendorBills[0].Items[0].Fields["orderDoc"] = "1"
		}, chaos.Wrong},
		"an order line with another status": {func(e *chaos.Evidence) {
			for _, o := range e.Books.PurchaseOrders {
				for _, l := range o.Items {
					if l.Fields["custcol_cp_status"] != "" {
						l.Fields["custcol_cp_status"] = "reject"
						return
					}
				}
			}
		}, chaos.Wrong},
		"an order without its shipments": {func(e *chaos.Evidence) {
			for _, o := range e.Books.PurchaseOrders {
				delete(o.Fields, "custbody_cp_shipments")
			}
		}, chaos.Wrong},
		"two changes of an order at once": {func(e *chaos.Evidence) {
			for n, w := range e.Books.Writes {
				if w.Record == "purchaseOrder" && w.Method == "PATCH" {
					// A change of the same order that began while this one was under way, under numbers that no call has.
					began := simulator.Call{Sequence: 1_000_000 + n, Time: w.Time.Add(-time.Nanosecond)}
					w.Call = began.Sequence
					w.Time = w.Time.Add(time.Nanosecond)
					e.Books.CallLog, e.Books.Writes = append(e.Books.CallLog, began), append(e.Books.Writes, w)
				}
			}
			e.Stood = 0
		}, chaos.Overlap},
		"a 200 for what was not kept": {func(e *chaos.Evidence) {
			e.Journal = maps.Clone(e.Journal)
			delete(e.Journal, anyID(e))
		}, chaos.False200},
		"a 200 for what is not stored": {func(e *chaos.Evidence) {
			e.Stores.Inbound = maps.Clone(e.Stores.Inbound)
			delete(e.Stores.Inbound, strings.ReplaceAll(anyID(e), "-", ""))
		}, chaos.Unended},
		"a document without an end": {func(e *chaos.Evidence) {
			e.Stores.History = maps.Clone(e.Stores.History)
			delete(e.Stores.History, strings.ReplaceAll(anyID(e), "-", ""))
		}, chaos.Unended},
		"a document that was never answered": {func(e *chaos.Evidence) {
			e.Accepted = maps.Clone(e.Accepted)
			delete(e.Accepted, e.Documents[0].PayloadID)
		}, chaos.Other},
		"a letter that nobody has": {func(e *chaos.Evidence) { e.Stores.Letters = map[string]uint64{"0": 1} }, chaos.Letters},
	} {
		e := truth
		text, err := json.Marshal(truth.Books)
		if err == nil {
			e.Books = simulator.Books{}
			err = json.Unmarshal(text, &e.Books)
		}
		if err != nil {
			t.Fatal(err)
		}
		one.tell(&e)
		if chaos.Judge(e).Count(one.want) == 0 {
			t.Errorf("%s: the judge found %v, and nothing %s", what, chaos.Judge(e), one.want)
		}
	}
}
