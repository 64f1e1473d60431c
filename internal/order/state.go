package order

import (
	"time"

	"counterpunch/internal/document"
)

// State is what the documents say an order is. It knows nothing of the order's own lines: Default holds for those that
// are not in Lines, and quantities are in the supplier's units.
type State struct {
	Confirmation *Header           `json:"confirmation,omitempty"`
	Default      *LineState        `json:"default,omitempty"`
	Lines        map[int]LineState `json:"lines,omitempty"` // as confirmed; see Line

	Shipments    []ShipmentState    `json:"shipments,omitempty"` // oldest first
	Shipped      map[int]Quantities `json:"shipped,omitempty"`
	ShippedWhole bool               `json:"shippedWhole,omitempty"` // a notice says that the whole order has left
	Tracking     []string           `json:"tracking,omitempty"`
	Carriers     []string           `json:"carriers,omitempty"`
	ShipDate     *time.Time         `json:"shipDate,omitempty"` // latest of what has left, else of what is planned

	Stated Stated `json:"stated,omitzero"`
}

// Header is the latest live confirmation's header.
type Header struct {
	DocumentID string          `json:"documentID"`
	Number     string          `json:"number,omitempty"`
	Date       time.Time       `json:"date"`
	Tax        *document.Money `json:"tax,omitempty"`
	Shipping   *document.Money `json:"shipping,omitempty"`
	Total      *document.Money `json:"total,omitempty"`
	Comments   string          `json:"comments,omitempty"`
}

// LineState is what is said of one line. The zero value, but for DocumentID, is a line of which nothing is said any more.
type LineState struct {
	DocumentID string    `json:"documentID,omitempty"` // the confirmation that says it
	Portions   []Portion `json:"portions,omitempty"`
	// Whole marks what a statement about the whole order says of its lines: the quantity is the ordered one.
	Whole        bool            `json:"whole,omitempty"`
	Status       string          `json:"status,omitempty"`    // cXML's word, or "accept 6; backordered 4" for a split line
	Confirmed    Quantities      `json:"confirmed,omitempty"` // empty for a Whole line and for one that is not confirmed
	Price        *document.Money `json:"price,omitempty"`     // when all confirmed portions state the same
	ShipDate     *time.Time      `json:"shipDate,omitempty"`
	DeliveryDate *time.Time      `json:"deliveryDate,omitempty"`
	Comments     string          `json:"comments,omitempty"`    // at most CommentRunes
	Substitutes  []string        `json:"substitutes,omitempty"` // parts that the supplier describes; the ordered one may be among them

	Shipped      Quantities `json:"shipped,omitempty"`
	ShippedWhole bool       `json:"shippedWhole,omitempty"`
	ShippedParts []string   `json:"shippedParts,omitempty"` // supplier parts that notices name for the line
}

// ShipmentState is one live ship notice.
type ShipmentState struct {
	DocumentID   string             `json:"documentID"`
	Number       string             `json:"number"`
	Planned      bool               `json:"planned,omitempty"`
	Return       bool               `json:"return,omitempty"`
	ShipmentDate *time.Time         `json:"shipmentDate,omitempty"`
	DeliveryDate *time.Time         `json:"deliveryDate,omitempty"`
	Whole        bool               `json:"whole,omitempty"`
	Lines        map[int]Quantities `json:"lines,omitempty"`
	Parts        map[int][]string   `json:"parts,omitempty"`      // supplier parts that are named, by line
	BuyerParts   map[int][]string   `json:"buyerParts,omitempty"` // likewise the buyer's part numbers
}

// Confirmed reports whether the portion counts as confirmed.
func (p Portion) Confirmed() bool {
	switch p.Status {
	case document.StatusAccept, document.StatusDetail, document.StatusAllDetail:
		return true
	}
	return false
}

// Line returns all that is said of a line: what is confirmed, or holds for all lines, and what is shipped. A delivery
// date of ship notices is later knowledge than the confirmation's and takes its place.
func (s State) Line(line int) LineState {
	l, ok := s.Lines[line]
	if !ok && s.Default != nil {
		l = *s.Default
	}
	l.Shipped, l.ShippedWhole = s.Shipped[line], s.ShippedWhole
	var delivery *time.Time
	for _, n := range s.Shipments {
		if _, mentioned := n.Lines[line]; n.Return || !n.Whole && !mentioned {
			continue
		}
		delivery = later(delivery, n.DeliveryDate)
		l.ShippedParts = append(l.ShippedParts, n.Parts[line]...)
	}
	if delivery != nil {
		l.DeliveryDate = delivery
	}
	l.ShippedParts = union(l.ShippedParts)
	return l
}

// Mentioned returns, in order, the line numbers that the live documents name.
func (s State) Mentioned() []int {
	seen := make(map[int]bool)
	for n := range s.Lines {
		seen[n] = true
	}
	for _, sh := range s.Shipments {
		for n := range sh.Lines {
			seen[n] = true
		}
	}
	return sortedKeys(seen)
}
