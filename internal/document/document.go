package document

import (
	"strings"
	"time"
)

// Kind is what a document is. The text is used in subjects, metrics, the API and the CLI.
type Kind string

// The kinds of document that are brought into NetSuite.
const (
	KindOrderConfirmation Kind = "order-confirmation"
	KindShipNotice        Kind = "ship-notice"
	KindInvoice           Kind = "invoice"
)

// Kinds lists every Kind.
func Kinds() []Kind { return []Kind{KindOrderConfirmation, KindShipNotice, KindInvoice} }

// Operation says how a document relates to earlier ones with the same business number.
type Operation string

// Operations of cXML. Confirmations know new and update, ship notices all three, invoices new and delete.
const (
	OperationNew    Operation = "new"
	OperationUpdate Operation = "update"
	OperationDelete Operation = "delete"
)

// Document is one supplier document in normalised form. Exactly one of OrderConfirmation, ShipNotice and Invoice is set,
// as Kind says.
type Document struct {
	Kind           Kind         `json:"kind"`
	PayloadID      string       `json:"payloadID,omitempty"`
	Timestamp      *time.Time   `json:"timestamp,omitempty"` // of the envelope
	Version        string       `json:"version,omitempty"`   // of cXML, as declared
	DeploymentMode string       `json:"deploymentMode"`      // production or test
	From           []Credential `json:"from"`
	To             []Credential `json:"to"`
	Sender         []Credential `json:"sender"`
	UserAgent      string       `json:"userAgent,omitempty"`

	OrderConfirmation *OrderConfirmation `json:"orderConfirmation,omitempty"`
	ShipNotice        *ShipNotice        `json:"shipNotice,omitempty"`
	Invoice           *Invoice           `json:"invoice,omitempty"`

	Warnings []Warning `json:"warnings,omitempty"`
}

// Number returns the document's business number: confirmID, shipmentID or invoiceID. A confirmation may have none.
func (d *Document) Number() string {
	switch d.Kind {
	case KindOrderConfirmation:
		return d.OrderConfirmation.ConfirmID
	case KindShipNotice:
		return d.ShipNotice.ShipmentID
	case KindInvoice:
		return d.Invoice.InvoiceID
	}
	return ""
}

// Operation returns what the document does to earlier ones with the same number.
func (d *Document) Operation() Operation {
	switch d.Kind {
	case KindOrderConfirmation:
		return d.OrderConfirmation.Operation
	case KindShipNotice:
		return d.ShipNotice.Operation
	case KindInvoice:
		return d.Invoice.Operation
	}
	return OperationNew
}

// Orders returns the buyer's orders that the document names, each once, in document order.
func (d *Document) Orders() []OrderReference {
	var all []OrderReference
	switch d.Kind {
	case KindOrderConfirmation:
		all = append(all, d.OrderConfirmation.Order)
	case KindShipNotice:
		for _, p := range d.ShipNotice.Portions {
			all = append(all, p.Order)
		}
	case KindInvoice:
		for _, o := range d.Invoice.Orders {
			all = append(all, o.Order)
		}
	}
	seen := make(map[string]bool, len(all))
	orders := all[:0]
	for _, r := range all {
		if r.Empty() || seen[r.key()] {
			continue
		}
		seen[r.key()] = true
		orders = append(orders, r)
	}
	return orders
}

// key makes references to the same order equal: the number without regard to case and outer blanks, else the payloadID.
func (r OrderReference) key() string {
	if r.OrderID != "" {
		return "number:" + NormaliseNumber(r.OrderID)
	}
	return "payload:" + r.PayloadID
}

// NormaliseNumber returns a purchase order number in the form in which two spellings of it are equal.
func NormaliseNumber(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }
