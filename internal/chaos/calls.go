package chaos

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"counterpunch/internal/simulator"
)

// hitWindow is how long before a kill a write may have begun that was in progress then. No call of a run takes longer.
const hitWindow = time.Second

// hits returns the writes that were in progress when their caller was killed or lost its connection, and the number of
// kills that did that. A write counts for the first kill after it began.
func hits(books simulator.Books, kills []kill) (writes, killed int) {
	hit := map[int]bool{}
	for _, c := range books.Abandoned {
		if !isWrite(c) {
			continue
		}
		for n, k := range kills {
			if after := k.at.Sub(c.Time); after >= 0 && after < hitWindow {
				writes++
				hit[n] = true
				break
			}
		}
	}
	return writes, len(hit)
}

// isWrite reports whether a call changes records. Searches are posted too.
func isWrite(c simulator.Call) bool {
	return c.Method != "GET" && c.Kind != "suiteql" && c.Kind != "token"
}

// overlaps returns the changes of an order that began before an earlier one was carried out; a bill of the order is one of
// them. Orders that documents of others name too are left out, for those come over other lanes, where NetSuite refuses the
// later change and the worker looks again; so are calls that the books no longer list.
func overlaps(books simulator.Books, documents []Document) []string {
	shared, billed := map[string]bool{}, map[string]string{}
	for _, d := range documents {
		for _, p := range d.Portions[1:] {
			shared[p.Order.ID] = true
		}
		if d.Kind == kindInvoice {
			billed[d.Number] = d.Portions[0].Order.ID
		}
	}
	began := map[int]time.Time{}
	for _, c := range books.CallLog {
		began[c.Sequence] = c.Time
	}
	type span struct{ from, to time.Time }
	spans := map[string][]span{}
	for _, w := range books.Writes {
		order := ""
		switch {
		case w.Record == "purchaseOrder" && w.Method == "PATCH":
			order = w.ID
		case w.Record == "vendorBill" && w.Action == "created":
			order = billed[w.TranID]
		}
		if from, ok := began[w.Call]; ok && order != "" && !shared[order] {
			spans[order] = append(spans[order], span{from, w.Time})
		}
	}
	var found []string
	for _, id := range slices.Sorted(maps.Keys(spans)) {
		all := spans[id]
		slices.SortFunc(all, func(a, b span) int { return a.from.Compare(b.from) })
		for i := range all[1:] {
			if all[i+1].from.Before(all[i].to) {
				found = append(found, fmt.Sprintf("purchase order %s: a change began at %s, before the one of %s was carried out at %s", id,
					all[i+1].from.Format(time.StampMilli), all[i].from.Format(time.StampMilli), all[i].to.Format(time.StampMilli)))
			}
		}
	}
	return found
}
