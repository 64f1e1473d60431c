package order

import "counterpunch/internal/document"

// Facet is one thing that a document can state. A ledger remembers the facets that were ever stated, so that a value is
// taken out of NetSuite only where a document can have put it there: what a person entered stays.
type Facet uint16

// The facets. Those of a line are kept by line; the others for the order.
const (
	FacetStatus       Facet = 1 << iota // status and confirmed quantity
	FacetPrice                          // confirmed price
	FacetShipDate                       // shipment date of a line
	FacetDelivery                       // delivery date
	FacetComments                       // comments, splits, substitutions
	FacetShipped                        // shipped quantity
	FacetConfirmation                   // number and date of a confirmation
	FacetTax                            // tax, shipping and total of a confirmation
	FacetShipment                       // number of a shipment
	FacetTracking                       // tracking numbers
	FacetCarrier                        // carriers
	FacetNoticeDate                     // shipment date of a notice
)

// Stated holds the facets that were ever stated, also by documents that are no longer live.
type Stated struct {
	Order Facet         `json:"order,omitempty"` // of the order's header
	All   Facet         `json:"all,omitempty"`   // of all lines, by a statement about the whole order
	Lines map[int]Facet `json:"lines,omitempty"`
}

// Line reports whether any of the facets f was ever stated for the line.
func (s Stated) Line(line int, f Facet) bool { return (s.All|s.Lines[line])&f != 0 }

// Header reports whether any of the facets f was ever stated for the order.
func (s Stated) Header(f Facet) bool { return s.Order&f != 0 }

// add takes in the facets of c and reports whether there was a new one.
func (s *Stated) add(c Contribution) bool {
	before, all := s.Order, s.All
	changed := false
	line := func(n int, f Facet) {
		if s.Lines[n]|f == s.Lines[n] {
			return
		}
		if s.Lines == nil {
			s.Lines = make(map[int]Facet)
		}
		s.Lines[n] |= f
		changed = true
	}
	if o := c.Confirmation; o != nil && o.Type != document.ConfirmRequestToPay {
		s.Order |= FacetConfirmation
		if o.Tax != nil || o.Shipping != nil || o.Total != nil {
			s.Order |= FacetTax
		}
		if o.Comments != "" {
			s.Order |= FacetComments
		}
		if whole(o) {
			s.All |= FacetStatus
			if o.Comments != "" {
				s.All |= FacetComments
			}
		}
		for _, it := range o.Items {
			line(it.Line, it.facets())
		}
	}
	if n := c.Shipment; n != nil {
		s.Order |= n.facets()
		f := FacetShipped
		if n.DeliveryDate != nil {
			f |= FacetDelivery
		}
		if n.Whole {
			s.All |= f
		}
		for _, it := range n.Items {
			line(it.Line, f)
		}
	}
	return changed || s.Order != before || s.All != all
}

func (it Item) facets() Facet {
	f := FacetStatus
	if len(it.Portions) > 1 {
		f |= FacetComments
	}
	for _, p := range it.Portions {
		if p.Price != nil {
			f |= FacetPrice
		}
		if p.ShipmentDate != nil {
			f |= FacetShipDate
		}
		if p.DeliveryDate != nil {
			f |= FacetDelivery
		}
		if p.Comments != "" || p.Substitute != "" {
			f |= FacetComments
		}
	}
	return f
}

func (n *Shipment) facets() Facet {
	f := FacetShipment
	if len(n.Tracking) > 0 {
		f |= FacetTracking
	}
	if len(n.Carriers) > 0 {
		f |= FacetCarrier
	}
	if n.ShipmentDate != nil {
		f |= FacetNoticeDate
	}
	if n.DeliveryDate != nil {
		f |= FacetDelivery
	}
	return f
}
