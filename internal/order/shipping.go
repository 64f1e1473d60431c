package order

import "time"

// ship takes in the live notices, oldest first. What is planned, and what comes back, has not left: planned notices give
// dates only, returns are listed and give nothing.
func (s *State) ship(notices []Contribution) {
	var left, planned *time.Time
	for _, c := range notices {
		n := c.Shipment
		one := ShipmentState{
			DocumentID: c.DocumentID, Number: n.Number, Planned: n.Planned, Return: n.Return,
			ShipmentDate: n.ShipmentDate, DeliveryDate: n.DeliveryDate, Whole: n.Whole,
		}
		for _, it := range n.Items {
			if one.Lines == nil {
				one.Lines = make(map[int]Quantities)
			}
			one.Lines[it.Line] = one.Lines[it.Line].Add(it.Quantity)
			one.Parts = named(one.Parts, it.Line, it.Part)
			one.BuyerParts = named(one.BuyerParts, it.Line, it.BuyerPart)
		}
		// A notice that no longer has anything of this order is kept in the ledger for its version only.
		if !n.Whole && len(n.Items) == 0 {
			continue
		}
		s.Shipments = append(s.Shipments, one)
		switch {
		case n.Return:
		case n.Planned:
			planned = later(planned, n.ShipmentDate)
		default:
			left = later(left, n.ShipmentDate)
			s.depart(one)
			s.Tracking = append(s.Tracking, n.Tracking...)
			s.Carriers = append(s.Carriers, n.Carriers...)
		}
	}
	s.Tracking, s.Carriers = union(s.Tracking), union(s.Carriers)
	if s.ShipDate = left; left == nil {
		s.ShipDate = planned
	}
}

func (s *State) depart(one ShipmentState) {
	s.ShippedWhole = s.ShippedWhole || one.Whole
	for line, qs := range one.Lines {
		if s.Shipped == nil {
			s.Shipped = make(map[int]Quantities)
		}
		for _, q := range qs {
			s.Shipped[line] = s.Shipped[line].Add(q)
		}
	}
}

// named returns the parts by line with one more, unless there is none.
func named(parts map[int][]string, line int, part string) map[int][]string {
	if part == "" {
		return parts
	}
	if parts == nil {
		parts = make(map[int][]string)
	}
	parts[line] = union(append(parts[line], part))
	return parts
}
