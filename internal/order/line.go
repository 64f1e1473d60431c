package order

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// Quantities is a sum of quantities, one a unit, sorted by unit: without the order's units nothing says that two of them
// are the same.
type Quantities []document.Quantity

// Add returns the sum with q added.
func (qs Quantities) Add(q document.Quantity) Quantities {
	q.Unit = strings.TrimSpace(q.Unit)
	sum := slices.Clone(qs)
	for i := range sum {
		if sum[i].Unit == q.Unit {
			sum[i].Value = sum[i].Value.Add(q.Value)
			return sum
		}
	}
	sum = append(sum, q)
	slices.SortFunc(sum, func(a, b document.Quantity) int { return cmp.Compare(a.Unit, b.Unit) })
	return sum
}

// lineState computes a line from its portions, whatever the type of the confirmation claims.
func lineState(portions []Portion, documentID string) LineState {
	s := LineState{DocumentID: documentID, Portions: portions, Status: statusText(portions)}
	s.Price = commonPrice(portions)
	for _, p := range portions {
		if p.Confirmed() && !p.Quantity.Value.IsZero() {
			s.Confirmed = s.Confirmed.Add(p.Quantity)
		}
		if p.Substitute != "" {
			s.Substitutes = append(s.Substitutes, p.Substitute)
		}
		if p.Status == document.StatusReject {
			continue
		}
		s.ShipDate = earlier(s.ShipDate, p.ShipmentDate)
		s.DeliveryDate = later(s.DeliveryDate, p.DeliveryDate)
	}
	s.Substitutes = union(s.Substitutes)
	s.Comments = comments(portions, s.Substitutes)
	return s
}

// commonPrice is the price that every confirmed portion states, or nil. A portion without a price stands at the order's,
// which is not known here, so it agrees with none.
func commonPrice(portions []Portion) *document.Money {
	var price *document.Money
	for _, p := range portions {
		switch {
		case !p.Confirmed():
		case p.Price == nil:
			return nil
		case price == nil:
			price = p.Price
		case !price.Amount.Equal(p.Price.Amount) || price.Currency != p.Price.Currency:
			return nil
		}
	}
	return price
}

// later returns the later of two moments, a when they are one instant; nil is no moment.
func later(a, b *time.Time) *time.Time {
	if a == nil || b != nil && a.Before(*b) {
		return b
	}
	return a
}

// earlier is the counterpart of later.
func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

// union returns the distinct, non-empty texts, sorted; nil when there is none.
func union(all []string) []string {
	distinct := make(map[string]bool, len(all))
	for _, s := range all {
		if s != "" {
			distinct[s] = true
		}
	}
	return sortedKeys(distinct)
}

func sortedKeys[K cmp.Ordered](m map[K]bool) []K {
	return slices.Sorted(maps.Keys(m))
}
