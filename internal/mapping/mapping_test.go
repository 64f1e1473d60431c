package mapping_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/order"
	"counterpunch/internal/reason"

	"github.com/google/go-cmp/cmp"
)

func day(d int) time.Time { return time.Date(2026, 9, d, 22, 30, 0, 0, time.FixedZone("", -6*3600)) }

func on(d int) *time.Time { t := day(d); return &t }

func dec(s string) document.Decimal { return document.MustDecimal(s) }

func usd(s string) *document.Money { return &document.Money{Amount: dec(s), Currency: "USD"} }

func ea(s string) document.Quantity { return document.Quantity{Value: dec(s), Unit: "EA"} }

// orderJSON is PO-1001 as NetSuite shows it: a gap in the line keys, line 4 without a supplier part.
const orderJSON = `{"id":"7001","tranId":"PO-1001","tranDate":"2026-09-01","total":130.0,
 "entity":{"id":"501","refName":"ACME Inc"},"subsidiary":{"id":"1"},"currency":{"id":"1","refName":"US Dollar"},
 "orderStatus":{"id":"B","refName":"Pending Receipt"},
 "item":{"items":[
  {"line":1,"item":{"id":"201","refName":"Widget"},"units":{"id":"3","refName":"EA"},"vendorName":"ACME-W-1","description":"Widget","quantity":10.0,"rate":5.0,"amount":50.0,"quantityBilled":0.0},
  {"line":2,"item":{"id":"202","refName":"Bolt"},"units":{"id":"3","refName":"EA"},"vendorName":"ACME-B-2","quantity":100.0,"rate":0.3,"amount":30.0},
  {"line":4,"item":{"id":"203","refName":"Cleaning"},"units":{"id":"3","refName":"EA"},"quantity":2.0,"rate":25.0,"amount":50.0}]}}`

func purchaseOrder(t testing.TB, changes ...func(map[string]any)) record.PurchaseOrder {
	t.Helper()
	var raw map[string]any
	if err := json.Unmarshal([]byte(orderJSON), &raw); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(raw)
	}
	b, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	var po record.PurchaseOrder
	if err := json.Unmarshal(b, &po); err != nil {
		t.Fatal(err)
	}
	return po
}

// set changes a field of the order's body.
func set(name string, v any) func(map[string]any) {
	return func(raw map[string]any) { raw[name] = v }
}

// setLine changes a field of the order's line at an index.
func setLine(index int, name string, v any) func(map[string]any) {
	return func(raw map[string]any) {
		raw["item"].(map[string]any)["items"].([]any)[index].(map[string]any)[name] = v
	}
}

func mapper(t testing.TB, changes ...func(*mapping.Config)) *mapping.Mapper {
	t.Helper()
	c := mapping.Default()
	c.LinePolicy = mapping.LineByKey // the order of these tests has a gap
	c.Charges = map[string]mapping.Target{
		mapping.ChargeTax: {Account: "610"}, mapping.ChargeShipping: {Account: "611"},
		mapping.ChargeHandling: {Account: "612"}, mapping.ChargeDiscount: {Account: "613"},
	}
	for _, change := range changes {
		change(&c)
	}
	m, err := mapping.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func confirmation(number string, d int, typ document.ConfirmationType, items ...document.ConfirmationItem) *document.Document {
	return &document.Document{Kind: document.KindOrderConfirmation, PayloadID: "pay-" + number, OrderConfirmation: &document.OrderConfirmation{
		ConfirmID: number, Type: typ, Operation: document.OperationNew, NoticeDate: day(d),
		Order: document.OrderReference{OrderID: "PO-1001"}, Items: items,
	}}
}

func confirmed(line int, statuses ...document.ConfirmationStatus) document.ConfirmationItem {
	return document.ConfirmationItem{LineNumber: line, Statuses: statuses}
}

func status(typ document.LineStatus, quantity string) document.ConfirmationStatus {
	return document.ConfirmationStatus{Type: typ, Quantity: ea(quantity)}
}

func notice(number string, d int, items ...document.ShipNoticeItem) *document.Document {
	return &document.Document{Kind: document.KindShipNotice, PayloadID: "pay-" + number, ShipNotice: &document.ShipNotice{
		ShipmentID: number, Operation: document.OperationNew, NoticeDate: day(d),
		Portions: []document.ShipNoticePortion{{Order: document.OrderReference{OrderID: "PO-1001"}, Items: items}},
	}}
}

func shipped(line int, quantity, part string) document.ShipNoticeItem {
	return document.ShipNoticeItem{LineNumber: line, Quantity: ea(quantity), Item: document.Item{SupplierPartID: part}}
}

// ledger takes documents in; their payloadIDs are their document ids.
func ledger(docs ...*document.Document) *order.Ledger {
	l := &order.Ledger{Account: "main", OrderID: "7001", Number: "PO-1001"}
	for _, d := range docs {
		l.Add(order.Contributions(d, d.PayloadID, 1, document.OrderReference{OrderID: "PO-1001"}))
	}
	return l
}

func effects(p mapping.Plan) []string {
	var all []string
	for _, c := range p.Changes {
		all = append(all, c.String())
	}
	return all
}

// refused checks that err is a Mismatch with the reason and returns it.
func refused(t testing.TB, err error, want reason.Code) *mapping.Mismatch {
	t.Helper()
	var m *mapping.Mismatch
	if !errors.As(err, &m) {
		t.Fatalf("error is %v, want a mismatch with reason %s", err, want)
	}
	if m.Reason != want {
		t.Fatalf("reason is %s (%v), want %s", m.Reason, m, want)
	}
	if len(m.Differences) == 0 {
		t.Errorf("%v has no table of differences", m)
	}
	return m
}

// same compares a plan with its stored form, so that every test's plan is printable and complete.
func plan(t testing.TB, p mapping.Plan, err error) mapping.Plan {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back mapping.Plan
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, back); diff != "" {
		t.Errorf("the plan's JSON form loses something:\n%s", diff)
	}
	return p
}
