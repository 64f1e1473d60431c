package delivery

import (
	"strings"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// requestField is a body field of the simulated orders that invoices leave alone.
const requestField = "custbody_cp_shipments"

// requested notes on orders which request they were made from.
func (w *world) requested(payloadID string, orders ...string) {
	w.t.Helper()
	for _, id := range orders {
		if err := w.netsuite.Do(simulator.Act{Do: simulator.ActEdit, Record: id, Field: requestField, Value: payloadID}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// byPayload names the order of an invoice by the payloadID of its request alone.
func byPayload(payloadID string, d *document.Document) *document.Document {
	d.Invoice.Orders[0].Order = document.OrderReference{PayloadID: payloadID}
	return d
}

func TestAnOrderIsFoundByThePayloadIDOfItsRequest(t *testing.T) {
	w := newWorld(t, 4, 2)
	w.requested("one@buyer", "7001")
	w.requested("two@buyer", "7002", "7003")
	w.requested("other@buyer", "7004")
	w.start(func(o *Options) { o.Accounts[0].PayloadField = requestField })
	id := w.send(byPayload("one@buyer", invoice("PO-1", "I-1", 2)))[0]
	w.applied(id)
	if end := w.history(id)[len(w.history(id))-1]; len(end.Orders) != 1 || end.Calls != 4 {
		t.Errorf("%d calls on the orders %v", end.Calls, end.Orders)
	}
	w.ends(w.send(byPayload("two@buyer", invoice("PO-1", "I-2", 2)))[0], queue.StateDeadLettered, "order-ambiguous")
	w.ends(w.sendAs("globex", byPayload("other@buyer", invoice("PO-1", "I-3", 2))), queue.StateDeadLettered, "wrong-vendor")
	late := w.send(byPayload("late@buyer", invoice("PO-1", "I-4", 2)))[0]
	w.until("it waits for its order", func() bool { return w.status(late).State == queue.StateParked })
	if st := w.status(late); st.Reason != "order-not-found" {
		t.Errorf("it waits for %s", st.Reason)
	}
	w.requested("late@buyer", "7004")
	w.applied(late)
	if b := w.sound(); len(b.VendorBills) != 2 {
		t.Errorf("%d bills", len(b.VendorBills))
	}
}

func TestAPayloadIDWithoutAFieldForItNamesNoOrder(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start()
	st := w.ends(w.send(byPayload("one@buyer", invoice("PO-1", "I-1", 2)))[0], queue.StateDeadLettered, "order-reference-missing")
	if !strings.Contains(st.Detail, "orders.payload_field") {
		t.Errorf("the detail is %q", st.Detail)
	}
}

func TestASupplierWithAVendorForEachSubsidiary(t *testing.T) {
	w := newWorld(t, 1, 2)
	second := seedOrder(2)
	second.Vendor, second.Subsidiary = "511", "2"
	if err := w.netsuite.Seed(simulator.Seed{Vendors: []simulator.Named{{ID: "511", Name: "ACME Canada"}}, PurchaseOrders: []simulator.SeedOrder{second}}); err != nil {
		t.Fatal(err)
	}
	w.start(func(o *Options) { o.Accounts[0].Vendors = func(string) []string { return []string{"501", "511"} } })
	w.applied(w.send(at(8, invoice("PO-1", "I-1", 2)), at(8, invoice("PO-2", "I-1", 3)))...) // each vendor counts for itself
	w.ends(w.send(invoice("PO-2", "I-1", 3))[0], queue.StateDeadLettered, "duplicate-invoice")
	both := invoice("PO-1", "I-2", 1)
	both.Invoice.Orders = append(both.Invoice.Orders, invoice("PO-2", "I-2", 1).Invoice.Orders...)
	w.ends(w.send(both)[0], queue.StateDeadLettered, "orders-not-combinable")
	books := w.sound()
	for vendor, want := range map[string][2]string{"501": {"1", "10.00"}, "511": {"2", "15.00"}} {
		found := false
		for _, b := range books.VendorBills {
			found = found || b.Vendor == vendor && b.Total == want[1] && b.Fields["subsidiary"] == want[0]
		}
		if !found {
			t.Errorf("vendor %s has no bill over %s in subsidiary %s", vendor, want[1], want[0])
		}
	}
}
