package mapping

import (
	"slices"

	"counterpunch/internal/document"
)

// roundToCents gives every amount of the bill whole cents, and the bill their sum. Some suppliers round each line, others the
// total only; where the lines rounded one by one do not come to the declared total, and their exact sum does, those with the
// largest remainders are rounded the other way until they do.
func (b *bill) roundToCents(declared document.Decimal) {
	b.round(declared)
	for i := range b.extra { // a charge is one at its price
		b.extra[i].rate = b.extra[i].amount
	}
}

func (b *bill) round(declared document.Decimal) {
	if b.stopped() { // nothing is written, and a charge without a target has no line
		b.total = b.total.Round(cents)
		return
	}
	amounts := b.amounts()
	var exact document.Decimal
	raised := make([]document.Decimal, len(amounts)) // by rounding
	order := make([]int, len(amounts))
	b.total = document.Decimal{}
	for i, a := range amounts {
		whole := a.Round(cents)
		raised[i], order[i] = whole.Sub(*a), i
		exact, b.total = exact.Add(*a), b.total.Add(whole)
		*a = whole
	}
	missing := declared.Sub(b.total)
	if !rounding(exact, declared) || !declared.Equal(declared.Round(cents)) {
		return
	}
	cent := document.MustDecimal("0.01")
	if missing.Sign() < 0 {
		cent = cent.Neg()
	}
	// Cents are added where rounding took most away, and taken away where it added most.
	slices.SortStableFunc(order, func(i, j int) int { return missing.Sign() * raised[i].Cmp(raised[j]) })
	for _, i := range order {
		if b.total.Equal(declared) || raised[i].Sign() != -missing.Sign() {
			return
		}
		*amounts[i] = amounts[i].Add(cent)
		b.total = b.total.Add(cent)
	}
}

// amounts are those of all lines.
func (b *bill) amounts() []*document.Decimal {
	var all []*document.Decimal
	for i := range b.lines {
		all = append(all, &b.lines[i].amount)
	}
	for i := range b.extra {
		all = append(all, &b.extra[i].amount)
	}
	for i := range b.expenses {
		all = append(all, &b.expenses[i].Amount)
	}
	return all
}
