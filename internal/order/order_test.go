package order_test

import (
	"encoding/json"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/order"
)

// ref is the order that the tests' documents are about.
var ref = document.OrderReference{OrderID: "PO-1001"}

func day(d int) time.Time { return time.Date(2026, 9, d, 12, 0, 0, 0, time.FixedZone("", -6*3600)) }

func on(d int) *time.Time { t := day(d); return &t }

func usd(s string) *document.Money {
	return &document.Money{Amount: document.MustDecimal(s), Currency: "USD"}
}

func ea(s string) document.Quantity {
	return document.Quantity{Value: document.MustDecimal(s), Unit: "EA"}
}

// confirm is a confirmation made on a day of September 2026.
func confirm(number string, d int, typ document.ConfirmationType, items ...document.ConfirmationItem) *document.Document {
	return &document.Document{Kind: document.KindOrderConfirmation, PayloadID: "pay-" + number, OrderConfirmation: &document.OrderConfirmation{
		ConfirmID: number, Type: typ, Operation: document.OperationNew, NoticeDate: day(d), Order: ref, Items: items,
	}}
}

func item(line int, statuses ...document.ConfirmationStatus) document.ConfirmationItem {
	return document.ConfirmationItem{LineNumber: line, Statuses: statuses}
}

func status(typ document.LineStatus, quantity string) document.ConfirmationStatus {
	return document.ConfirmationStatus{Type: typ, Quantity: ea(quantity)}
}

func notice(number string, d int, items ...document.ShipNoticeItem) *document.Document {
	return &document.Document{Kind: document.KindShipNotice, PayloadID: "pay-" + number, ShipNotice: &document.ShipNotice{
		ShipmentID: number, Operation: document.OperationNew, NoticeDate: day(d),
		Portions: []document.ShipNoticePortion{{Order: ref, Items: items}},
	}}
}

func shipped(line int, quantity string) document.ShipNoticeItem {
	return document.ShipNoticeItem{LineNumber: line, Quantity: ea(quantity)}
}

// contribution uses the payloadID as the document id.
func contribution(d *document.Document) order.Contribution {
	return order.Contributions(d, d.PayloadID, 1, ref)
}

func ledger(docs ...*document.Document) *order.Ledger {
	l := &order.Ledger{Account: "main", OrderID: "7001", Number: "PO-1001"}
	for _, d := range docs {
		l.Add(contribution(d))
	}
	return l
}

// stored passes a ledger through its stored form.
func stored(t testing.TB, l *order.Ledger) *order.Ledger {
	t.Helper()
	back, err := copyOf(l)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func copyOf(l *order.Ledger) (*order.Ledger, error) {
	b, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	var back order.Ledger
	return &back, json.Unmarshal(b, &back)
}

// with changes a document made by one of the functions above.
func with(d *document.Document, change func(*document.Document)) *document.Document {
	change(d)
	return d
}
