package order_test

import (
	"fmt"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/order"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// documents draws documents about one order that get in each other's way: few numbers, few dates, references to one
// another.
func documents(t *rapid.T) []order.Contribution {
	n := rapid.IntRange(1, 9).Draw(t, "documents")
	var all []order.Contribution
	for i := range n {
		d := &document.Document{PayloadID: fmt.Sprintf("p%d", i)}
		if rapid.IntRange(0, 5).Draw(t, "no payloadID") == 0 {
			d.PayloadID = ""
		}
		if rapid.Bool().Draw(t, "stamped") {
			at := day(rapid.IntRange(1, 2).Draw(t, "timestamp"))
			d.Timestamp = &at
		}
		number := rapid.SampledFrom([]string{"", "N1", "N2", "N3"}).Draw(t, "number")
		date := day(rapid.IntRange(1, 4).Draw(t, "date"))
		previous := ""
		if rapid.Bool().Draw(t, "refers") {
			previous = fmt.Sprintf("p%d", rapid.IntRange(0, n-1).Draw(t, "previous"))
		}
		if rapid.Bool().Draw(t, "confirms") {
			d.Kind, d.OrderConfirmation = document.KindOrderConfirmation, drawConfirmation(t)
			o := d.OrderConfirmation
			o.ConfirmID, o.NoticeDate, o.PreviousPayloadID = number, date, previous
		} else {
			d.Kind, d.ShipNotice = document.KindShipNotice, drawNotice(t)
			s := d.ShipNotice
			s.ShipmentID, s.NoticeDate, s.PreviousPayloadID = number, date, previous
		}
		all = append(all, order.Contributions(d, fmt.Sprintf("doc%d", i), uint64(i+1), ref))
	}
	return all
}

func drawConfirmation(t *rapid.T) *document.OrderConfirmation {
	types := []document.ConfirmationType{
		document.ConfirmAccept, document.ConfirmAllDetail, document.ConfirmDetail, document.ConfirmBackordered,
		document.ConfirmExcept, document.ConfirmReject, document.ConfirmRequestToPay, document.ConfirmReplace,
	}
	o := &document.OrderConfirmation{
		Type:      rapid.SampledFrom(types).Draw(t, "type"),
		Operation: rapid.SampledFrom([]document.Operation{document.OperationNew, document.OperationUpdate}).Draw(t, "operation"),
		Order:     ref,
	}
	for range rapid.IntRange(0, 3).Draw(t, "items") {
		it := item(rapid.IntRange(1, 3).Draw(t, "line"))
		for range rapid.IntRange(1, 2).Draw(t, "statuses") {
			all := []document.LineStatus{accept, detail, allDetail, backordered, reject, unknown, toPay}
			st := status(rapid.SampledFrom(all).Draw(t, "status"), fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "quantity")))
			if rapid.Bool().Draw(t, "priced") {
				st.UnitPrice = usd(rapid.SampledFrom([]string{"5", "5.00", "4.5"}).Draw(t, "price"))
			}
			if rapid.Bool().Draw(t, "dated") {
				// One instant in several zones must not make the result depend on the order.
				at := day(9).In(time.FixedZone("", rapid.IntRange(-2, 2).Draw(t, "zone")*3600))
				st.ShipmentDate, st.DeliveryDate = &at, &at
			}
			it.Statuses = append(it.Statuses, st)
		}
		o.Items = append(o.Items, it)
	}
	return o
}

func drawNotice(t *rapid.T) *document.ShipNotice {
	operations := []document.Operation{document.OperationNew, document.OperationUpdate, document.OperationDelete}
	n := &document.ShipNotice{
		Operation: rapid.SampledFrom(operations).Draw(t, "operation"),
		Planned:   rapid.Bool().Draw(t, "planned"), Return: rapid.IntRange(0, 3).Draw(t, "return") == 0,
	}
	if rapid.Bool().Draw(t, "dated") {
		at := day(rapid.IntRange(5, 7).Draw(t, "day")).In(time.FixedZone("", rapid.IntRange(-2, 2).Draw(t, "zone")*3600))
		n.ShipmentDate, n.DeliveryDate = &at, &at
	}
	n.Controls = []document.ShipControl{{Tracking: []document.TrackingNumber{{Number: rapid.SampledFrom([]string{"", "T1", "T2"}).Draw(t, "tracking")}}}}
	p := document.ShipNoticePortion{Order: ref}
	for range rapid.IntRange(0, 3).Draw(t, "items") {
		p.Items = append(p.Items, document.ShipNoticeItem{
			LineNumber: rapid.IntRange(1, 3).Draw(t, "line"),
			Quantity: document.Quantity{
				Value: document.MustDecimal(rapid.SampledFrom([]string{"1", "2.50", "0.5"}).Draw(t, "quantity")),
				Unit:  rapid.SampledFrom([]string{"EA", "BX"}).Draw(t, "unit"),
			},
		})
	}
	if rapid.IntRange(0, 4).Draw(t, "elsewhere") > 0 {
		n.Portions = append(n.Portions, p)
	}
	return n
}

// text compares moments by what would be written, since two zones of one instant are different dates.
var text = cmp.Options{
	cmp.Comparer(func(a, b time.Time) bool { return a.Format(time.RFC3339Nano) == b.Format(time.RFC3339Nano) }),
	cmpopts.EquateEmpty(),
}

func TestAnyArrivalGivesTheSameState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := documents(t)
		var plain order.Ledger
		for _, c := range all {
			plain.Add(c)
		}

		// Every document at least once, some several times, some as replays under a later sequence, in any order.
		arrivals := append([]order.Contribution(nil), all...)
		for range rapid.IntRange(0, 8).Draw(t, "repeats") {
			again := rapid.SampledFrom(all).Draw(t, "again")
			if rapid.Bool().Draw(t, "replay") {
				again.Sequence += 100
			}
			arrivals = append(arrivals, again)
		}
		arrivals = rapid.Permutation(arrivals).Draw(t, "arrivals")
		mixed := &order.Ledger{}
		for _, c := range arrivals {
			mixed.Add(c)
			if mixed.Add(c) {
				t.Fatalf("%s changed the ledger twice", c.DocumentID)
			}
			if rapid.IntRange(0, 3).Draw(t, "stored") == 0 {
				mixed = roundTrip(t, mixed)
			}
		}

		if diff := cmp.Diff(plain.Fold(), mixed.Fold(), text); diff != "" {
			t.Fatalf("state depends on the order of arrival (-in turn +mixed):\n%s", diff)
		}
		for _, c := range all {
			if plain.Superseded(c.DocumentID) != mixed.Superseded(c.DocumentID) {
				t.Fatalf("superseded of %s depends on the order of arrival", c.DocumentID)
			}
		}
	})
}

// Documents that are entered, settled and withdrawn in any order leave what those leave that were not withdrawn.
func TestWithdrawnDocumentsLeaveNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l, kept, all order.Ledger
		var open []order.Contribution
		closing := func(i int) {
			if c := open[i]; rapid.Bool().Draw(t, "withdrawn") {
				l.Withdraw(c.DocumentID)
			} else {
				l.Settle(c.DocumentID)
				kept.Add(c)
			}
			open = append(open[:i:i], open[i+1:]...)
		}
		for _, c := range documents(t) {
			l.Enter(c)
			if l.Enter(c) {
				t.Fatalf("%s changed the ledger twice", c.DocumentID)
			}
			open = append(open, c)
			l = *roundTrip(t, &l)
			all = kept.Clone()
			for _, c := range open {
				all.Add(c)
			}
			if diff := cmp.Diff(all.Fold(), l.Fold(), text); diff != "" {
				t.Fatalf("what is pending does not count as if it were settled (-settled +pending):\n%s", diff)
			}
			if rapid.Bool().Draw(t, "closed") {
				closing(rapid.IntRange(0, len(open)-1).Draw(t, "which"))
			}
		}
		for len(open) > 0 {
			closing(0)
		}
		if diff := cmp.Diff(kept, l, text); diff != "" {
			t.Fatalf("a withdrawn document has left a trace (-without +withdrawn):\n%s", diff)
		}
	})
}

// What is superseded can be taken out, and what is not makes a difference or is of a sort that states nothing by itself:
// a `replace` may have had nothing to clear.
func TestSupersededDocumentsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l order.Ledger
		for _, c := range documents(t) {
			l.Add(c)
		}
		before := l.Fold()
		for k, c := range l.Contributions {
			without := *roundTrip(t, &l)
			delete(without.Contributions, k)
			after := without.Fold()
			if l.Superseded(c.DocumentID) {
				if diff := cmp.Diff(before, after, text); diff != "" {
					t.Fatalf("%s is superseded, yet without it:\n%s", c.DocumentID, diff)
				}
				continue
			}
			silent := c.Version.Operation == document.OperationDelete || c.Shipment != nil && !c.Shipment.Whole && len(c.Shipment.Items) == 0 ||
				c.Confirmation != nil && (c.Confirmation.Type == document.ConfirmRequestToPay || c.Confirmation.Type == document.ConfirmReplace)
			if cmp.Equal(before, after, text) && !silent {
				t.Fatalf("%s is not superseded, yet nothing changes without it", c.DocumentID)
			}
		}
	})
}

func roundTrip(t *rapid.T, l *order.Ledger) *order.Ledger {
	back, err := copyOf(l)
	if err != nil {
		t.Fatal(err)
	}
	return back
}
