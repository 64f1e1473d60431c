package document

import "time"

// ShipNotice says what has left, or will leave, the supplier for one or more orders (cXML ShipNoticeRequest).
type ShipNotice struct {
	ShipmentID string    `json:"shipmentID"`
	Operation  Operation `json:"operation"`
	NoticeDate time.Time `json:"noticeDate"`
	// PreviousPayloadID is the payloadID of the notice that an update or delete refers to.
	PreviousPayloadID     string              `json:"previousPayloadID,omitempty"`
	ShipmentDate          *time.Time          `json:"shipmentDate,omitempty"`
	DeliveryDate          *time.Time          `json:"deliveryDate,omitempty"`
	RequestedDeliveryDate *time.Time          `json:"requestedDeliveryDate,omitempty"`
	Planned               bool                `json:"planned,omitempty"`         // shipmentType planned: nothing has left yet
	Return                bool                `json:"return,omitempty"`          // reason return: goods come back
	FulfillmentType       string              `json:"fulfillmentType,omitempty"` // partial or complete
	ServiceLevels         []string            `json:"serviceLevels,omitempty"`
	Contacts              []Contact           `json:"contacts,omitempty"`
	Comments              []Comment           `json:"comments,omitempty"`
	IDReferences          []IDReference       `json:"idReferences,omitempty"`
	Extrinsics            []Extrinsic         `json:"extrinsics,omitempty"`
	Packaging             []Packaging         `json:"packaging,omitempty"`
	Controls              []ShipControl       `json:"controls,omitempty"`
	Portions              []ShipNoticePortion `json:"portions,omitempty"`
}

// ShipControl is one leg of the way with its carrier and tracking numbers.
type ShipControl struct {
	StartDate *time.Time       `json:"startDate,omitempty"`
	Carriers  []Carrier        `json:"carriers,omitempty"`
	Tracking  []TrackingNumber `json:"tracking,omitempty"`
	Methods   []string         `json:"methods,omitempty"` // Route@method
}

// Carrier names a carrier within a domain such as SCAC or companyName (cXML CarrierIdentifier).
type Carrier struct {
	Domain string `json:"domain"`
	Name   string `json:"name"`
}

// TrackingNumber is a carrier's number for a shipment (cXML ShipmentIdentifier). The URL is kept as text, never fetched.
type TrackingNumber struct {
	Number string     `json:"number"`
	Domain string     `json:"domain,omitempty"`
	Date   *time.Time `json:"date,omitempty"`
	URL    string     `json:"url,omitempty"`
}

// ShipNoticePortion is the part of a shipment that belongs to one order. Without items the whole order is meant.
type ShipNoticePortion struct {
	Order      OrderReference   `json:"order"`
	Comments   []Comment        `json:"comments,omitempty"`
	Extrinsics []Extrinsic      `json:"extrinsics,omitempty"`
	Items      []ShipNoticeItem `json:"items,omitempty"`
}

// ShipNoticeItem is a shipped quantity of one line of the order. A line may stand in several items.
type ShipNoticeItem struct {
	LineNumber       int         `json:"lineNumber"` // of the order
	NoticeLineNumber int         `json:"shipNoticeLineNumber,omitempty"`
	ParentLineNumber int         `json:"parentLineNumber,omitempty"`
	Quantity         Quantity    `json:"quantity"`
	OrderedQuantity  *Quantity   `json:"orderedQuantity,omitempty"`
	Item             Item        `json:"item"`
	Batches          []Batch     `json:"batches,omitempty"`
	SerialNumbers    []string    `json:"serialNumbers,omitempty"`
	Packaging        []Packaging `json:"packaging,omitempty"`
	Comments         []Comment   `json:"comments,omitempty"`
	Extrinsics       []Extrinsic `json:"extrinsics,omitempty"`
}

// Batch is a production batch of shipped goods.
type Batch struct {
	SupplierBatchID string     `json:"supplierBatchID,omitempty"`
	BuyerBatchID    string     `json:"buyerBatchID,omitempty"`
	ExpirationDate  *time.Time `json:"expirationDate,omitempty"`
	ProductionDate  *time.Time `json:"productionDate,omitempty"`
}

// Packaging is a package or handling unit.
type Packaging struct {
	Codes                        []string `json:"codes,omitempty"`
	LevelCode                    string   `json:"levelCode,omitempty"`
	ShippingContainerSerialCode  string   `json:"shippingContainerSerialCode,omitempty"`
	ShippingContainerSerialOuter string   `json:"shippingContainerSerialCodeReference,omitempty"`
	PackageID                    string   `json:"packageID,omitempty"`
}
