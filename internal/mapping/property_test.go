package mapping_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/order"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// fake is a purchase order that takes a plan's calls as NetSuite does.
type fake struct{ raw map[string]any }

func newFake(t testing.TB) *fake {
	t.Helper()
	f := &fake{}
	// Numbers stay as written: 5.10 and 5.1 are NetSuite's to choose.
	d := json.NewDecoder(bytes.NewReader([]byte(orderJSON)))
	d.UseNumber()
	if err := d.Decode(&f.raw); err != nil {
		t.Fatal(err)
	}
	setLine(2, "quantity", 50)(f.raw)
	return f
}

func (f *fake) read(t *rapid.T) record.PurchaseOrder {
	b, err := json.Marshal(f.raw)
	if err != nil {
		t.Fatal(err)
	}
	var po record.PurchaseOrder
	if err := json.Unmarshal(b, &po); err != nil {
		t.Fatal(err)
	}
	return po
}

func (f *fake) apply(t *rapid.T, p mapping.Plan) {
	if len(p.Calls) > 1 {
		t.Fatalf("%d calls for one order", len(p.Calls))
	}
	for _, c := range p.Calls {
		var body map[string]any
		d := json.NewDecoder(bytes.NewReader(c.Body))
		d.UseNumber()
		if err := d.Decode(&body); err != nil {
			t.Fatal(err)
		}
		lines := f.raw["item"].(map[string]any)["items"].([]any)
		if list, ok := body["item"].(map[string]any); ok {
			for _, line := range list["items"].([]any) {
				merge(t, lines, line.(map[string]any))
			}
		}
		delete(body, "item")
		put(f.raw, body)
	}
}

// merge changes the line with the same key; a line without one that exists would be added by NetSuite.
func merge(t *rapid.T, lines []any, line map[string]any) {
	for _, have := range lines {
		if fmt.Sprint(have.(map[string]any)["line"]) == fmt.Sprint(line["line"]) {
			put(have.(map[string]any), line)
			return
		}
	}
	t.Fatalf("line %v would be added to the order", line["line"])
}

func put(into, values map[string]any) {
	for k, v := range values {
		if v == nil {
			delete(into, k)
			continue
		}
		into[k] = v
	}
}

// fitting draws documents whose lines all fit the order of newFake.
func fitting(t *rapid.T) []*document.Document {
	var all []*document.Document
	n := rapid.IntRange(1, 6).Draw(t, "documents")
	for i := range n {
		number := rapid.SampledFrom([]string{"N1", "N2", "N3"}).Draw(t, "number")
		d := rapid.IntRange(1, 4).Draw(t, "day")
		var doc *document.Document
		if rapid.Bool().Draw(t, "confirms") {
			doc = fittingConfirmation(t, number, d)
		} else {
			doc = fittingNotice(t, number, d)
		}
		doc.PayloadID = fmt.Sprintf("p%d", i)
		all = append(all, doc)
	}
	return all
}

func fittingConfirmation(t *rapid.T, number string, d int) *document.Document {
	types := []document.ConfirmationType{document.ConfirmAccept, document.ConfirmDetail, document.ConfirmAllDetail, document.ConfirmBackordered,
		document.ConfirmExcept, document.ConfirmReject, document.ConfirmReplace}
	statuses := []document.LineStatus{document.StatusAccept, document.StatusDetail, document.StatusBackordered, document.StatusReject, document.StatusUnknown}
	doc := confirmation(number, d, rapid.SampledFrom(types).Draw(t, "type"))
	o := doc.OrderConfirmation
	if rapid.Bool().Draw(t, "update") {
		o.Operation = document.OperationUpdate
	}
	if rapid.Bool().Draw(t, "taxed") {
		o.Tax = &document.Tax{Amount: *usd("4.20")}
	}
	if rapid.Bool().Draw(t, "commented") {
		o.Comments = []document.Comment{{Text: "thank you"}}
	}
	for _, n := range []int{1, 2, 4} {
		it := confirmed(n)
		for range rapid.IntRange(0, 2).Draw(t, "portions") {
			st := status(rapid.SampledFrom(statuses).Draw(t, "status"), fmt.Sprint(rapid.IntRange(1, 5).Draw(t, "quantity")))
			if rapid.Bool().Draw(t, "priced") {
				st.UnitPrice = usd(rapid.SampledFrom([]string{"5.00", "4.5"}).Draw(t, "price"))
			}
			if rapid.Bool().Draw(t, "dated") {
				st.ShipmentDate, st.DeliveryDate = on(rapid.IntRange(10, 12).Draw(t, "ships")), on(rapid.IntRange(13, 15).Draw(t, "arrives"))
			}
			it.Statuses = append(it.Statuses, st)
		}
		if len(it.Statuses) > 0 {
			o.Items = append(o.Items, it)
		}
	}
	return doc
}

func fittingNotice(t *rapid.T, number string, d int) *document.Document {
	doc := notice(number, d)
	s := doc.ShipNotice
	s.Operation = rapid.SampledFrom([]document.Operation{document.OperationNew, document.OperationUpdate, document.OperationDelete}).Draw(t, "operation")
	s.Planned = rapid.Bool().Draw(t, "planned")
	if rapid.Bool().Draw(t, "dated") {
		s.ShipmentDate, s.DeliveryDate = on(rapid.IntRange(5, 7).Draw(t, "shipped")), on(rapid.IntRange(8, 9).Draw(t, "arrives"))
	}
	if rapid.Bool().Draw(t, "tracked") {
		s.Controls = []document.ShipControl{{Carriers: []document.Carrier{{Name: "UPS"}}, Tracking: []document.TrackingNumber{{Number: "1Z" + number}}}}
	}
	for _, n := range []int{1, 2, 4} {
		if rapid.Bool().Draw(t, "ships") {
			s.Portions[0].Items = append(s.Portions[0].Items, shipped(n, fmt.Sprint(rapid.IntRange(1, 10).Draw(t, "quantity")), ""))
		}
	}
	return doc
}

// work takes documents in one after the other, as a worker does, and returns the order they leave.
func work(t *rapid.T, tb testing.TB, m *mapping.Mapper, docs []*document.Document) map[string]any {
	f := newFake(tb)
	var l order.Ledger
	for _, d := range docs {
		l.Add(order.Contributions(d, d.PayloadID, 1, document.OrderReference{OrderID: "PO-1001"}))
		p, err := m.Order(l.Fold(), f.read(t))
		if err != nil {
			t.Fatal(err)
		}
		if (len(p.Calls) == 0) != (len(p.Changes) == 0) {
			t.Fatalf("%d calls for %d changes", len(p.Calls), len(p.Changes))
		}
		f.apply(t, p)
		again, err := m.Order(l.Fold(), f.read(t))
		if err != nil || len(again.Calls) > 0 {
			t.Fatalf("after %v the order still differs: %v %v", effects(p), effects(again), err)
		}
	}
	return f.raw
}

func TestAnyArrivalLeavesTheSameOrder(t *testing.T) {
	m := mapper(t)
	rapid.Check(t, func(r *rapid.T) {
		docs := fitting(r)
		arrivals := append([]*document.Document(nil), docs...)
		for range rapid.IntRange(0, 4).Draw(r, "repeats") {
			arrivals = append(arrivals, rapid.SampledFrom(docs).Draw(r, "again"))
		}
		arrivals = rapid.Permutation(arrivals).Draw(r, "arrivals")
		if diff := cmp.Diff(work(r, t, m, docs), work(r, t, m, arrivals)); diff != "" {
			r.Fatalf("the order depends on the arrival (-in turn +mixed):\n%s", diff)
		}
	})
}

// TestNoPartIsWrittenToTheWrongLine draws confirmations that name, for each line, a part of the order, one of nobody's or none.
func TestNoPartIsWrittenToTheWrongLine(t *testing.T) {
	m, part := mapper(t), map[int]string{1: "ACME-W-1", 2: "ACME-B-2", 4: ""}
	rapid.Check(t, func(r *rapid.T) {
		said := make(map[int]string)
		c := confirmation("C", 1, document.ConfirmDetail)
		for _, n := range []int{1, 2, 4} {
			said[n] = rapid.SampledFrom([]string{"ACME-W-1", "ACME-B-2", "W-9", ""}).Draw(r, "part")
			st := status(document.StatusDetail, "1")
			if said[n] != "" && rapid.Bool().Draw(r, "described") {
				st.Substitute = &document.Item{SupplierPartID: said[n]}
			} else if said[n] != "" {
				st.Item = &document.Item{SupplierPartID: said[n]}
			}
			c.OrderConfirmation.Items = append(c.OrderConfirmation.Items, confirmed(n, st))
		}
		p, err := m.Order(ledger(c).Fold(), purchaseOrder(t))
		written := make(map[int]bool)
		for _, change := range p.Changes {
			written[change.Line] = true
		}
		for i, st := range c.OrderConfirmation.Items {
			n, own := st.LineNumber, 0
			for line, is := range part {
				if is != "" && is == said[n] {
					own = line
				}
			}
			offered := c.OrderConfirmation.Items[i].Statuses[0].Substitute != nil
			wrong := own != 0 && own != n && !(offered && said[own] == part[own]) || own == 0 && said[n] != "" && !offered && part[n] != ""
			if written[n] == wrong {
				r.Fatalf("line %d with part %q (offered %t) is written: %t; %v", n, said[n], offered, written[n], err)
			}
		}
	})
}
