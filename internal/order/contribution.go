package order

import (
	"cmp"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// Contribution is what one document says of one order: no more than Fold needs, because a ledger must fit into one
// key-value entry. Exactly one of Confirmation and Shipment is set, except for a delete, which has neither and stays in
// the ledger as a tombstone.
type Contribution struct {
	Key        string        `json:"key"`
	Kind       document.Kind `json:"kind"`
	DocumentID string        `json:"documentID"`
	PayloadID  string        `json:"payloadID,omitempty"`
	Previous   string        `json:"previous,omitempty"` // payloadID that an update or a delete names
	Sequence   uint64        `json:"sequence,omitempty"` // of the message that brought it; decides between edits of one document
	Version    Version       `json:"version"`

	Confirmation *Confirmation `json:"confirmation,omitempty"`
	Shipment     *Shipment     `json:"shipment,omitempty"`
}

// Confirmation is the content of an order confirmation.
type Confirmation struct {
	Number   string                    `json:"number,omitempty"`
	Type     document.ConfirmationType `json:"type"`
	Tax      *document.Money           `json:"tax,omitempty"`
	Shipping *document.Money           `json:"shipping,omitempty"`
	Total    *document.Money           `json:"total,omitempty"`
	Comments string                    `json:"comments,omitempty"`
	Items    []Item                    `json:"items,omitempty"`
}

// Item is what a confirmation says of one line.
type Item struct {
	Line     int       `json:"line"`
	Portions []Portion `json:"portions"`
}

// Portion is a part of a line's quantity with one status.
type Portion struct {
	Status       document.LineStatus `json:"status"`
	Quantity     document.Quantity   `json:"quantity,omitzero"`
	Price        *document.Money     `json:"price,omitempty"`
	ShipmentDate *time.Time          `json:"shipmentDate,omitempty"`
	DeliveryDate *time.Time          `json:"deliveryDate,omitempty"`
	Comments     string              `json:"comments,omitempty"`
	Substitute   string              `json:"substitute,omitempty"` // supplier part offered instead, or the ordered one restated
	Part         string              `json:"part,omitempty"`       // supplier part that is named for the line
	BuyerPart    string              `json:"buyerPart,omitempty"`  // buyer's number of either
}

// Shipment is the content of a ship notice as far as it concerns the order.
type Shipment struct {
	Number       string     `json:"number,omitempty"`
	Planned      bool       `json:"planned,omitempty"`
	Return       bool       `json:"return,omitempty"`
	ShipmentDate *time.Time `json:"shipmentDate,omitempty"`
	DeliveryDate *time.Time `json:"deliveryDate,omitempty"`
	Carriers     []string   `json:"carriers,omitempty"`
	Tracking     []string   `json:"tracking,omitempty"`
	Whole        bool       `json:"whole,omitempty"` // a portion of this order without items: all of it is meant
	Items        []Shipped  `json:"items,omitempty"`
}

// Shipped is a shipped quantity of one line.
type Shipped struct {
	Line      int               `json:"line"`
	Quantity  document.Quantity `json:"quantity"`
	Part      string            `json:"part,omitempty"`      // supplier part, a witness for the line
	BuyerPart string            `json:"buyerPart,omitempty"` // buyer's part number, likewise
}

// Contributions returns what d says of the order that refs name. refs are all the references in d that were resolved to
// the ledger's order: two spellings, or a number and a payloadID, may name the same one. A notice without a portion for
// the order (an update that no longer has it) contributes an empty shipment, which takes back what was said before.
// An invoice contributes nothing; its Contribution is empty.
func Contributions(d *document.Document, documentID string, sequence uint64, refs ...document.OrderReference) Contribution {
	c := Contribution{Kind: d.Kind, DocumentID: documentID, PayloadID: d.PayloadID, Sequence: sequence}
	c.Version = Version{Operation: d.Operation(), DocumentID: documentID}
	if d.Timestamp != nil {
		c.Version.Timestamp = *d.Timestamp
	}
	switch d.Kind {
	case document.KindOrderConfirmation:
		o := d.OrderConfirmation
		c.Version.NoticeDate, c.Previous = o.NoticeDate, o.PreviousPayloadID
		c.Confirmation = confirmation(o)
	case document.KindShipNotice:
		n := d.ShipNotice
		c.Version.NoticeDate, c.Previous = n.NoticeDate, n.PreviousPayloadID
		c.Shipment = shipment(n, refs)
	default:
		return Contribution{}
	}
	switch c.Version.Operation {
	case document.OperationUpdate:
	case document.OperationDelete:
		c.Confirmation, c.Shipment = nil, nil
	default:
		// The reference of a new document points at the order request or at nothing in particular.
		c.Previous = ""
	}
	c.Key = key(d, documentID)
	return c
}

// key identifies what is versioned: the supplier's own number, else the one document.
func key(d *document.Document, documentID string) string {
	switch number := strings.TrimSpace(d.Number()); {
	case number != "":
		return string(d.Kind) + "/number/" + number
	case d.PayloadID != "":
		return string(d.Kind) + "/payload/" + d.PayloadID
	}
	return string(d.Kind) + "/document/" + documentID
}

func confirmation(o *document.OrderConfirmation) *Confirmation {
	c := &Confirmation{Number: o.ConfirmID, Type: o.Type, Total: o.Total, Comments: text(o.Comments)}
	if o.Tax != nil {
		c.Tax = &o.Tax.Amount
	}
	if o.Shipping != nil {
		c.Shipping = &o.Shipping.Amount
	}
	at := make(map[int]int, len(o.Items))
	for _, it := range o.Items {
		i, known := at[it.LineNumber]
		if !known {
			i = len(c.Items)
			at[it.LineNumber] = i
			c.Items = append(c.Items, Item{Line: it.LineNumber})
		}
		for _, s := range it.Statuses {
			c.Items[i].Portions = append(c.Items[i].Portions, portion(s))
		}
	}
	return c
}

func portion(s document.ConfirmationStatus) Portion {
	p := Portion{
		Status: s.Type, Quantity: s.Quantity, Price: s.UnitPrice,
		ShipmentDate: s.ShipmentDate, DeliveryDate: s.DeliveryDate, Comments: text(s.Comments),
	}
	if named := s.Item; named != nil {
		p.Part, p.BuyerPart = named.SupplierPartID, named.BuyerPartID
	}
	if described := s.Substitute; described != nil {
		p.Substitute, p.BuyerPart = described.SupplierPartID, cmp.Or(described.BuyerPartID, p.BuyerPart)
	}
	return p
}

func shipment(n *document.ShipNotice, refs []document.OrderReference) *Shipment {
	s := &Shipment{
		Number: n.ShipmentID, Planned: n.Planned, Return: n.Return,
		ShipmentDate: n.ShipmentDate, DeliveryDate: n.DeliveryDate,
	}
	for _, ctl := range n.Controls {
		for _, c := range ctl.Carriers {
			s.Carriers = append(s.Carriers, strings.TrimSpace(c.Name))
		}
		for _, t := range ctl.Tracking {
			s.Tracking = append(s.Tracking, strings.TrimSpace(t.Number))
		}
	}
	s.Carriers, s.Tracking = union(s.Carriers), union(s.Tracking)
	for _, p := range n.Portions {
		if !meant(p.Order, refs) {
			continue
		}
		s.Whole = s.Whole || len(p.Items) == 0
		for _, it := range p.Items {
			s.Items = append(s.Items, Shipped{Line: it.LineNumber, Quantity: it.Quantity, Part: it.Item.SupplierPartID, BuyerPart: it.Item.BuyerPartID})
		}
	}
	return s
}

// meant reports whether one of refs names the same order as r: by number, or by payloadID where r has no number.
func meant(r document.OrderReference, refs []document.OrderReference) bool {
	for _, o := range refs {
		if r.OrderID != "" && document.NormaliseNumber(r.OrderID) == document.NormaliseNumber(o.OrderID) {
			return true
		}
		if r.OrderID == "" && r.PayloadID != "" && r.PayloadID == o.PayloadID {
			return true
		}
	}
	return false
}
