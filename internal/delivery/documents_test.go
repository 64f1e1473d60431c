package delivery

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"counterpunch/internal/document"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

var serial atomic.Int64

// payload returns a payloadID that no other document has.
func payload() string { return fmt.Sprintf("p%d@acme", serial.Add(1)) }

func day(n int) time.Time { return time.Date(2026, 10, n, 12, 0, 0, 0, time.UTC) }

func ea(n int) document.Quantity {
	return document.Quantity{Value: document.NewDecimal(int64(n)), Unit: "EA"}
}

func usd(s string) document.Money {
	return document.Money{Amount: document.MustDecimal(s), Currency: "USD"}
}

func ref(order string) document.OrderReference { return document.OrderReference{OrderID: order} }

// confirmation accepts a quantity of line 1.
func confirmation(order, number string, at time.Time, quantity int) *document.Document {
	return &document.Document{
		Kind: document.KindOrderConfirmation, PayloadID: payload(), DeploymentMode: "production",
		OrderConfirmation: &document.OrderConfirmation{
			ConfirmID: number, Type: document.ConfirmDetail, Operation: document.OperationNew, NoticeDate: at, Order: ref(order),
			Items: []document.ConfirmationItem{{LineNumber: 1, Quantity: ea(quantity), Statuses: []document.ConfirmationStatus{{Type: document.StatusAccept, Quantity: ea(quantity)}}}},
		},
	}
}

// notice ships a quantity of line 1 of each order.
func notice(number string, at time.Time, quantity int, orders ...string) *document.Document {
	n := &document.ShipNotice{
		ShipmentID: number, Operation: document.OperationNew, NoticeDate: at,
		Controls: []document.ShipControl{{Tracking: []document.TrackingNumber{{Number: "T-" + number}}}},
	}
	for _, o := range orders {
		n.Portions = append(n.Portions, document.ShipNoticePortion{
			Order: ref(o), Items: []document.ShipNoticeItem{{LineNumber: 1, Quantity: ea(quantity), Item: document.Item{SupplierPartID: "W-1"}}},
		})
	}
	return &document.Document{Kind: document.KindShipNotice, PayloadID: payload(), DeploymentMode: "production", ShipNotice: n}
}

// invoice bills a quantity of line 1 at 5.00.
func invoice(order, number string, quantity int) *document.Document {
	total := usd(fmt.Sprintf("%d.00", 5*quantity))
	price := usd("5.00")
	return &document.Document{
		Kind: document.KindInvoice, PayloadID: payload(), DeploymentMode: "production",
		Invoice: &document.Invoice{
			InvoiceID: number, InvoiceDate: day(5), Purpose: document.PurposeStandard, Operation: document.OperationNew,
			Orders: []document.InvoiceOrder{{Order: ref(order), Items: []document.InvoiceItem{{
				InvoiceLineNumber: 1, LineNumber: 1, Quantity: ea(quantity), UnitPrice: &price, Item: document.Item{SupplierPartID: "W-1"}, Subtotal: &total,
			}}}},
			Summary: document.InvoiceSummary{Subtotal: total, Net: &total, Due: &total},
		},
	}
}

// memo credits a quantity of line 1 of an invoice.
func memo(order, number, of string, quantity int) *document.Document {
	d := invoice(order, number, quantity)
	d.Invoice.Purpose = document.PurposeLineLevelCreditMemo
	d.Invoice.Refers = &document.InvoiceReference{InvoiceID: of}
	return d
}
