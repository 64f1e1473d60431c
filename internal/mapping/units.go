package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
)

// ratio is how many of the order's unit one of a document's unit is: times by over, so that both directions are exact.
type ratio struct{ times, over document.Decimal }

// conversion returns the configured ratio of a document's unit to that of an order's line.
func (m *Mapper) conversion(unit string, to record.Ref) (ratio, bool) {
	one := document.NewDecimal(1)
	for larger, smaller := range m.config.Conversions {
		for name, factor := range smaller {
			switch {
			case m.units.group(larger) == m.units.group(unit) && m.units.same(name, to):
				return ratio{factor, one}, true
			case m.units.group(name) == m.units.group(unit) && m.units.same(larger, to):
				return ratio{one, factor}, true
			}
		}
	}
	return ratio{}, false
}

// conversionProblems are factors that say nothing, and pairs of units that are converted in two ways: which of them held for a
// document would be a matter of luck.
func (m *Mapper) conversionProblems() []error {
	var problems []error
	first := make(map[[2]string]string)
	for _, larger := range slices.Sorted(maps.Keys(m.config.Conversions)) {
		for _, smaller := range slices.Sorted(maps.Keys(m.config.Conversions[larger])) {
			if factor := m.config.Conversions[larger][smaller]; factor.Sign() <= 0 {
				problems = append(problems, fmt.Errorf("conversions: one %s is %s %s; give a number above 0", larger, factor, smaller))
			}
			pair := [2]string{m.units.group(larger), m.units.group(smaller)}
			slices.Sort(pair[:])
			says := larger + " to " + smaller
			if other, twice := first[pair]; twice {
				problems = append(problems, fmt.Errorf("conversions: %s and %s are the same units; keep one", other, says))
			}
			first[pair] = says
		}
	}
	return problems
}

// inUnit returns a quantity in the unit of an order's line. It is not ok when the units differ and no conversion is
// configured, or when the result would not be exact: two thirds of a box cannot be booked.
func (m *Mapper) inUnit(quantity document.Decimal, unit string, to record.Ref) (document.Decimal, bool) {
	if m.units.same(unit, to) {
		return quantity, true
	}
	r, ok := m.conversion(unit, to)
	if !ok {
		return quantity, false
	}
	converted := quantity.Mul(r.times).Quo(r.over).Round(8)
	return converted, converted.Mul(r.over).Equal(quantity.Mul(r.times))
}

// priceIn returns a price for the unit of an order's line.
func (m *Mapper) priceIn(price document.Decimal, unit string, to record.Ref) document.Decimal {
	if r, ok := m.conversion(unit, to); ok && !m.units.same(unit, to) {
		return price.Mul(r.over).Quo(r.times)
	}
	return price
}

// comparable returns a price that is a quotient with as many places as the order's has, cents at least: 10.00 a dozen is 0.8333
// each where the order says 0.8333, and no other price. One that NetSuite could hold as it is stays so.
func comparable(price, orders document.Decimal) document.Decimal {
	if price.Equal(price.Round(rateDecimals)) {
		return price
	}
	_, fraction, _ := strings.Cut(orders.Canonical(), ".")
	return price.Round(int32(max(len(fraction), cents)))
}

// inUnits returns a claim in the unit of an order's line, or as it is when there is no conversion.
func (m *Mapper) inUnits(c claim, l record.OrderLine) claim {
	quantity, ok := m.inUnit(c.quantity, c.unit, l.Units)
	same := m.units.same(c.unit, l.Units)
	if !ok || same && !c.derived {
		return c
	}
	if c.price != nil {
		price := comparable(m.priceIn(*c.price, c.unit, l.Units), l.Rate)
		c.price = &price
	}
	if !same {
		c.quantity, c.unit = quantity, name(l.Units)
	}
	return c
}
