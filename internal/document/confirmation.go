package document

import "time"

// ConfirmationType is the type of a whole confirmation (cXML ConfirmationHeader@type).
type ConfirmationType string

// The types of confirmation (cXML Fulfill.dtd).
const (
	ConfirmAccept       ConfirmationType = "accept"
	ConfirmAllDetail    ConfirmationType = "allDetail"
	ConfirmDetail       ConfirmationType = "detail"
	ConfirmBackordered  ConfirmationType = "backordered"
	ConfirmExcept       ConfirmationType = "except"
	ConfirmReject       ConfirmationType = "reject"
	ConfirmReplace      ConfirmationType = "replace"
	ConfirmRequestToPay ConfirmationType = "requestToPay"
)

// LineStatus is the status of a part of a line (cXML ConfirmationStatus@type).
type LineStatus string

// The statuses of a line (cXML Fulfill.dtd).
const (
	StatusAccept       LineStatus = "accept"
	StatusAllDetail    LineStatus = "allDetail"
	StatusDetail       LineStatus = "detail"
	StatusBackordered  LineStatus = "backordered"
	StatusReject       LineStatus = "reject"
	StatusUnknown      LineStatus = "unknown"
	StatusRequestToPay LineStatus = "requestToPay"
)

// OrderConfirmation is a supplier's answer to one purchase order (cXML ConfirmationRequest).
type OrderConfirmation struct {
	ConfirmID  string           `json:"confirmID,omitempty"`
	Type       ConfirmationType `json:"type"`
	Operation  Operation        `json:"operation"`
	NoticeDate time.Time        `json:"noticeDate"`
	// PreviousPayloadID is the payloadID of the confirmation that an update replaces (ConfirmationHeader/DocumentReference).
	PreviousPayloadID string             `json:"previousPayloadID,omitempty"`
	InvoiceID         string             `json:"invoiceID,omitempty"`
	IncoTerms         string             `json:"incoTerms,omitempty"`
	Order             OrderReference     `json:"order"`
	Total             *Money             `json:"total,omitempty"`
	Shipping          *Charge            `json:"shipping,omitempty"`
	Tax               *Tax               `json:"tax,omitempty"`
	Contacts          []Contact          `json:"contacts,omitempty"`
	Comments          []Comment          `json:"comments,omitempty"`
	IDReferences      []IDReference      `json:"idReferences,omitempty"`
	Extrinsics        []Extrinsic        `json:"extrinsics,omitempty"`
	Items             []ConfirmationItem `json:"items,omitempty"`
}

// ConfirmationItem is what is said of one line of the order. Statuses hold the split of its quantity.
type ConfirmationItem struct {
	LineNumber       int                  `json:"lineNumber"`
	ParentLineNumber int                  `json:"parentLineNumber,omitempty"`
	Quantity         Quantity             `json:"quantity"`
	Statuses         []ConfirmationStatus `json:"statuses"`
}

// ConfirmationStatus is what is said of a part of a line.
type ConfirmationStatus struct {
	Type         LineStatus `json:"type"`
	Quantity     Quantity   `json:"quantity"`
	UnitPrice    *Money     `json:"unitPrice,omitempty"`
	Tax          *Tax       `json:"tax,omitempty"`
	Shipping     *Charge    `json:"shipping,omitempty"`
	ShipmentDate *time.Time `json:"shipmentDate,omitempty"`
	DeliveryDate *time.Time `json:"deliveryDate,omitempty"`
	// Substitute is the item as the supplier describes it (cXML ItemIn): another one that is offered, or the ordered one restated.
	Substitute *Item `json:"substitute,omitempty"`
	// Item is the part that Extrinsics name for the line, where cXML itself has no place for it.
	Item            *Item       `json:"item,omitempty"`
	SupplierBatchID string      `json:"supplierBatchID,omitempty"`
	Comments        []Comment   `json:"comments,omitempty"`
	Extrinsics      []Extrinsic `json:"extrinsics,omitempty"`
}
