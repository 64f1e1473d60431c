package order_test

import (
	"testing"

	"counterpunch/internal/document"

	"github.com/google/go-cmp/cmp"
)

func TestShippedIsTheSumOfWhatHasLeft(t *testing.T) {
	planned := with(notice("S3", 3, shipped(1, "100")), func(d *document.Document) {
		d.ShipNotice.Planned, d.ShipNotice.DeliveryDate, d.ShipNotice.ShipmentDate = true, on(20), on(19)
	})
	back := with(notice("S4", 4, shipped(1, "50")), func(d *document.Document) {
		d.ShipNotice.Return, d.ShipNotice.DeliveryDate = true, on(29)
	})
	first := with(notice("S1", 1, shipped(1, "2"), shipped(1, "3")), func(d *document.Document) {
		d.ShipNotice.ShipmentDate, d.ShipNotice.DeliveryDate = on(1), on(5)
		d.ShipNotice.Controls = []document.ShipControl{{Carriers: []document.Carrier{{Name: "UPS"}}, Tracking: []document.TrackingNumber{{Number: "1Z9"}, {Number: "1Z1"}}}}
	})
	second := with(notice("S2", 2, shipped(1, "1")), func(d *document.Document) {
		d.ShipNotice.ShipmentDate = on(2)
		d.ShipNotice.Controls = []document.ShipControl{{Carriers: []document.Carrier{{Name: "UPS"}, {Name: "DHL"}}, Tracking: []document.TrackingNumber{{Number: "1Z1"}}}}
	})
	s := ledger(back, second, planned, first).Fold()

	if got := s.Shipped[1]; len(got) != 1 || got[0].Value.Canonical() != "6" {
		t.Errorf("shipped of line 1 is %v, want 6", got)
	}
	if diff := cmp.Diff([]string{"1Z1", "1Z9"}, s.Tracking); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"DHL", "UPS"}, s.Carriers); diff != "" {
		t.Error(diff)
	}
	if !s.ShipDate.Equal(day(2)) {
		t.Errorf("ship date is %v, want the latest of what has left", s.ShipDate)
	}
	if got := s.Line(1).DeliveryDate; !got.Equal(day(20)) {
		t.Errorf("delivery date is %v, want the latest of the notices, planned ones too, returns not", got)
	}
	if s.Line(2).DeliveryDate != nil || s.ShippedWhole {
		t.Error("line 2 has got what belongs to line 1")
	}
}

func TestPortionWithoutItemsIsTheWholeOrder(t *testing.T) {
	d := notice("S1", 1)
	d.ShipNotice.DeliveryDate = on(8)
	s := ledger(d).Fold()
	if l := s.Line(5); !l.ShippedWhole || !l.DeliveryDate.Equal(day(8)) {
		t.Errorf("line 5 is %+v, want shipped whole with a delivery date", l)
	}
}

func TestNoticeDeliveryDateOverridesTheConfirmations(t *testing.T) {
	st := status(accept, "10")
	st.DeliveryDate = on(30)
	n := notice("S1", 1, shipped(1, "4"))
	n.ShipNotice.DeliveryDate = on(6)
	s := ledger(n, confirm("C1", 5, document.ConfirmDetail, item(1, st), item(2, st))).Fold()
	if got := s.Line(1).DeliveryDate; !got.Equal(day(6)) {
		t.Errorf("delivery date of line 1 is %v, want the notice's", got)
	}
	if got := s.Line(2).DeliveryDate; !got.Equal(day(30)) {
		t.Errorf("delivery date of line 2 is %v, want the confirmation's", got)
	}
}

func TestOnlyPortionsOfTheOrderCount(t *testing.T) {
	d := notice("S1", 1, shipped(1, "4"))
	d.ShipNotice.Portions = append(d.ShipNotice.Portions,
		document.ShipNoticePortion{Order: document.OrderReference{OrderID: "PO-2"}, Items: []document.ShipNoticeItem{shipped(1, "7")}},
		document.ShipNoticePortion{Order: document.OrderReference{OrderID: " po-1001"}, Items: []document.ShipNoticeItem{shipped(2, "1")}},
		document.ShipNoticePortion{Order: document.OrderReference{PayloadID: "order-1"}})
	s := ledger(d).Fold()
	if s.Shipped[1][0].Value.Canonical() != "4" || len(s.Shipped[2]) != 1 || s.ShippedWhole {
		t.Errorf("shipped is %v, whole %v", s.Shipped, s.ShippedWhole)
	}
}

func TestUpdateWithoutTheOrderTakesItsShipmentBack(t *testing.T) {
	update := with(notice("S1", 2), func(d *document.Document) {
		d.PayloadID, d.ShipNotice.Operation = "pay-S1-2", document.OperationUpdate
		d.ShipNotice.Portions[0].Order.OrderID = "PO-2"
	})
	s := ledger(notice("S1", 1, shipped(1, "4")), update).Fold()
	if len(s.Shipments) != 0 || len(s.Shipped) != 0 || s.ShippedWhole {
		t.Errorf("state still has %v", s.Shipments)
	}
}
