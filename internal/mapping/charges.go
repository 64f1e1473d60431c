package mapping

import (
	"fmt"

	"counterpunch/internal/document"
	"counterpunch/internal/reason"
)

// charge is an amount of an invoice beside its lines; a discount is negative.
type charge struct {
	kind, memo string
	amount     document.Decimal
}

// chargesOf returns what an invoice charges beside its lines, each once. The indicators say where an amount stands: with
// isShippingInLine at the lines, or in the summary where no line has one; without it in the summary only, and the lines' is
// not added again; likewise handling and discount. The summary's tax is the total of all tax, also with isTaxInLine, and
// has the tax on a shipping charge in it, which no line has; so the lines' tax counts only where the summary gives none.
func chargesOf(inv *document.Invoice) []charge {
	var t tally
	summary, lines := stated(inv)
	t.modify(inv.Summary.Modifications)
	for _, o := range inv.Orders {
		for _, it := range o.Items {
			t.modify(it.Modifications)
		}
	}
	t.take(ChargeTax, summary)
	if inv.Indicators.TaxInLine && summary.sums[ChargeTax].IsZero() {
		t.take(ChargeTax, lines)
	}
	for kind, inLine := range atLines(inv.Indicators) {
		if inLine && !lines.sums[kind].IsZero() {
			t.take(kind, lines)
		} else {
			t.take(kind, summary)
		}
	}
	return t.charges()
}

// stated adds up what the summary and what the lines say.
func stated(inv *document.Invoice) (summary, lines tally) {
	summary.all(inv.Summary.Charges)
	for _, o := range inv.Orders {
		if h := o.Summary; h != nil {
			lines.all(h.Charges)
		}
		for _, it := range o.Items {
			lines.all(it.Charges)
		}
	}
	return summary, lines
}

// atLines tells for the charges beside tax whether they stand at the lines.
func atLines(in document.Indicators) map[string]bool {
	return map[string]bool{ChargeShipping: in.ShippingInLine, ChargeHandling: in.SpecialHandlingInLine, ChargeDiscount: in.DiscountInLine}
}

// checkCharges compares the charges at the lines with their totals in the summary, where both are given. Of tax the
// summary may hold more than the lines, which have none for a shipping charge, and less by the rounding of each line.
func (b *bill) checkCharges() {
	summary, lines := stated(b.inv)
	for _, kind := range kinds {
		inLine := atLines(b.inv.Indicators)[kind]
		if kind == ChargeTax {
			inLine = b.inv.Indicators.TaxInLine
		}
		total, sum := summary.sums[kind], lines.sums[kind]
		if !inLine || total.IsZero() || sum.IsZero() || total.Equal(sum) || kind == ChargeTax && sum.Cmp(total) < 0 {
			continue
		}
		d := Difference{What: kind + " in the summary", Expected: sum.Canonical() + " at the lines", Found: total.Canonical()}
		if b.config.Tolerance.Total.allows(sum, total) || kind == ChargeTax && sum.Sub(total).Cmp(lines.rounding) <= 0 {
			b.differences = append(b.differences, d)
			continue
		}
		b.problem(reason.TotalMismatch, d.String(), d)
	}
}

// kinds of charges, in the order in which they stand on a bill.
var kinds = [...]string{ChargeTax, ChargeShipping, ChargeHandling, ChargeOther, ChargeDiscount}

// tally adds up charges by kind.
type tally struct {
	sums     map[string]document.Decimal
	memos    map[string]string
	rounding document.Decimal // by which the taxes may be off together
}

func (t *tally) put(kind, memo string, amount document.Decimal) {
	if t.sums == nil {
		t.sums, t.memos = make(map[string]document.Decimal), make(map[string]string)
	}
	t.sums[kind] = t.sums[kind].Add(amount)
	if t.memos[kind] == "" {
		t.memos[kind] = memo
	}
}

func (t *tally) tax(tax *document.Tax) {
	if tax != nil {
		t.put(ChargeTax, tax.Description, tax.Amount.Amount)
		t.rounding = t.rounding.Add(document.MustDecimal("0.005"))
	}
}

func (t *tally) add(kind string, c *document.Charge) {
	switch {
	case c == nil:
	case kind == ChargeDiscount:
		// Discounts are stated as positive amounts to be taken off, by some suppliers as negative ones.
		t.put(kind, c.Description, c.Amount.Amount.Abs().Neg())
	default:
		t.put(kind, c.Description, c.Amount.Amount)
	}
}

// take adds another tally's charge of a kind.
func (t *tally) take(kind string, from tally) { t.put(kind, from.memos[kind], from.sums[kind]) }

func (t *tally) all(c document.Charges) {
	t.tax(c.Tax)
	t.add(ChargeShipping, c.Shipping)
	t.add(ChargeHandling, c.SpecialHandling)
	t.add(ChargeDiscount, c.Discount)
}

// modify takes in allowances and further charges. One that is a percentage only is left out: on what it is taken is not
// said, and the total then shows it.
func (t *tally) modify(all []document.Modification) {
	for _, m := range all {
		switch {
		case m.Amount == nil:
		case m.Deduction:
			t.put(ChargeDiscount, orElse(m.Description, m.Name), m.Amount.Amount.Abs().Neg())
		default:
			t.put(ChargeOther, orElse(m.Description, m.Name), m.Amount.Amount)
		}
	}
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}

func (t *tally) charges() []charge {
	var all []charge
	for _, kind := range kinds {
		if sum := t.sums[kind]; !sum.IsZero() {
			all = append(all, charge{kind: kind, memo: document.Clip(orElse(t.memos[kind], kind), 300), amount: sum})
		}
	}
	return all
}

// charge puts a charge on the bill, by its target.
func (b *bill) charge(c charge) {
	target, ok := b.config.Charges[c.kind]
	if !ok && c.kind == ChargeOther {
		target, ok = b.config.Charges[ChargeHandling]
	}
	switch {
	case !ok:
		d := Difference{What: c.kind, Expected: "a target in the configuration", Found: c.amount.Canonical()}
		b.problem(reason.ChargeUnmapped, fmt.Sprintf("no target is configured for %s of %s", c.kind, c.amount.Canonical()), d)
	case target.Account != "":
		b.expenses = append(b.expenses, expense{Account: &target.Account, Amount: c.amount, Memo: c.memo})
	default:
		b.extra = append(b.extra, itemLine{item: target.Item, quantity: document.NewDecimal(1), rate: c.amount, amount: c.amount, description: c.memo})
	}
	b.total = b.total.Add(c.amount)
}
