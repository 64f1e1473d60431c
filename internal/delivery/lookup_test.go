package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

func TestOrdersThatAreNotThereYetAreWaitedFor(t *testing.T) {
	w := newWorld(t, 1, 2)
	w.start()
	ids := w.send(notice("S-1", day(1), 1, "PO-9"), invoice("PO-9", "I-1", 1), notice("S-2", day(1), 1, "PO-1", "PO-9"))
	for _, id := range ids {
		w.until("it waits", func() bool { return w.status(id).State == queue.StateParked })
		if st := w.status(id); st.Reason != "order-not-found" {
			t.Errorf("it waits for %s", st.Reason)
		}
	}
	w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "1") // one order that is missing does not hold up the others
	w.seed(9)
	w.applied(ids...)
	w.wantField("PO-9", 1, "custcol_cp_shipped_quantity", "2")
}

func TestWaitingEndsAtTheDeadline(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.start(func(o *Options) { o.Schedule.Deadline = 400 * time.Millisecond })
	id := w.send(notice("S-1", day(1), 1, "PO-9"))[0]
	st := w.ends(id, queue.StateDeadLettered, "order-not-found")
	if !strings.Contains(st.Detail, "PO-9") {
		t.Errorf("detail %q", st.Detail)
	}
	w.seed(9)
	if _, err := w.q.Replay(w.ctx, id, queue.Decision{Actor: "ops"}); err != nil {
		t.Fatal(err)
	}
	w.ends(id, queue.StateApplied, "")
}

func TestABillWaitsForTheApprovalOfItsOrder(t *testing.T) {
	w := newWorld(t, 1, 1)
	order := seedOrder(3)
	order.Status = "A"
	if err := w.netsuite.Seed(simulator.Seed{PurchaseOrders: []simulator.SeedOrder{order}}); err != nil {
		t.Fatal(err)
	}
	w.start()
	id := w.send(invoice("PO-3", "I-1", 1))[0]
	w.until("it waits", func() bool { return w.status(id).State == queue.StateParked })
	if st := w.status(id); st.Reason != "order-pending-approval" {
		t.Errorf("it waits for %s", st.Reason)
	}
	if err := w.netsuite.Do(simulator.Act{Do: simulator.ActApprove, Record: "7003"}); err != nil {
		t.Fatal(err)
	}
	w.applied(id)
}

func TestNobodyTouchesAnothersOrder(t *testing.T) {
	w := newWorld(t, 2, 1)
	w.start()
	w.applied(w.send(notice("S-1", day(1), 1, "PO-1"))...) // now it is remembered
	for _, d := range []*document.Document{notice("S-2", day(2), 1, "PO-1"), invoice("PO-1", "I-1", 1), notice("S-3", day(2), 1, "PO-2")} {
		w.ends(w.sendAs("globex", d), queue.StateDeadLettered, "wrong-vendor")
	}
	w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "1")
	if n := len(w.sound().VendorBills); n > 0 {
		t.Errorf("%d bills", n)
	}
}

func TestANumberOfTwoOrdersIsAmbiguous(t *testing.T) {
	w := newWorld(t, 1, 1)
	twin := seedOrder(2)
	twin.TranID = "PO-1"
	other := seedOrder(3)
	other.TranID, other.Vendor = "PO-3", "502"
	mine := seedOrder(4)
	mine.TranID = "PO-3"
	if err := w.netsuite.Seed(simulator.Seed{PurchaseOrders: []simulator.SeedOrder{twin, other, mine}}); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.ends(w.send(notice("S-1", day(1), 1, "PO-1"))[0], queue.StateDeadLettered, "order-ambiguous")
	// A number that another vendor's order has, too, is not ambiguous, and each reaches its own.
	w.ends(w.sendAs("globex", notice("S-2", day(1), 2, "PO-3")), queue.StateApplied, "")
	w.ends(w.send(notice("S-3", day(1), 3, "PO-3"))[0], queue.StateApplied, "")
	for _, po := range w.netsuite.Books().PurchaseOrders {
		l, _ := po.Item(1)
		if want := map[string]string{"7003": "2", "7004": "3"}[po.ID]; l.Fields["custcol_cp_shipped_quantity"] != want {
			t.Errorf("order %s has shipped %q, want %q", po.ID, l.Fields["custcol_cp_shipped_quantity"], want)
		}
	}
}

func TestWhatIsRememberedOfAnOrderIsForgottenWhenItIsNoLongerSo(t *testing.T) {
	w := newWorld(t, 2, 1)
	w.start()
	// The number was that of an order which is gone, and of one which belongs to another vendor now.
	if err := w.q.Cache().PutOrder(w.ctx, "main", queue.CachedOrder{ID: "7999", Vendor: "501", Number: "PO-1"}); err != nil {
		t.Fatal(err)
	}
	other := seedOrder(3)
	other.TranID, other.Vendor = "PO-X", "502"
	if err := w.netsuite.Seed(simulator.Seed{PurchaseOrders: []simulator.SeedOrder{other}}); err != nil {
		t.Fatal(err)
	}
	if err := w.q.Cache().PutOrder(w.ctx, "main", queue.CachedOrder{ID: "7003", Vendor: "501", Number: "PO-2"}); err != nil {
		t.Fatal(err)
	}
	ids := w.send(notice("S-1", day(1), 1, "PO-1"), notice("S-2", day(1), 2, "PO-2"))
	w.applied(ids...)
	w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "1")
	w.wantField("PO-2", 1, "custcol_cp_shipped_quantity", "2")
	w.wantField("PO-X", 1, "custcol_cp_shipped_quantity", "")
	for _, id := range ids {
		if types := w.types(id); slices.Contains(types, queue.Parked) {
			t.Errorf("it was parked: %v", types)
		}
	}
}
