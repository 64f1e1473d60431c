package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
)

// CompareBill returns where the bill that NetSuite holds is not the one that was planned. doc may be nil; it serves where
// a plan made before it had expectations is compared.
func (m *Mapper) CompareBill(doc *document.Document, plan Plan, bill record.VendorBill) []Difference {
	all := compare(doc, plan, saved{bill.Entity, bill.Currency, bill.TranID, bill.TranDate, bill.Total, bill.Items, bill.Expenses})
	if plan.Expect != nil && plan.Expect.Hold && !bill.PaymentHold {
		all = append(all, Difference{What: "payment hold", Expected: "true", Found: "false"})
	}
	if plan.Expect == nil || plan.Expect.Currency.ID != "" || doc == nil || doc.Invoice == nil {
		return all
	}
	// The currency of a bill without an order may have been left to NetSuite, which takes the vendor's.
	if stated := doc.Invoice.Summary.Subtotal.Currency; !m.currencies.same(stated, bill.Currency) {
		all = append(all, Difference{What: "currency", Expected: stated, Found: name(bill.Currency)})
	}
	return all
}

// CompareCredit is CompareBill for a credit. What is set against a bill has to be set against one, whichever: it is people's
// to change, but a credit that NetSuite left open has its bill paid in full.
func (m *Mapper) CompareCredit(doc *document.Document, plan Plan, credit record.VendorCredit) []Difference {
	all := compare(doc, plan, saved{credit.Entity, credit.Currency, credit.TranID, credit.TranDate, credit.Total, credit.Items, credit.Expenses})
	if found, shown := applied(credit); plan.Expect != nil && shown && found.Cmp(plan.Expect.Applied) < 0 {
		all = append(all, Difference{What: "applied to bills", Expected: plan.Expect.Applied.Canonical(), Found: found.Canonical()})
	}
	return all
}

// applied is what of a credit is set against bills, if the account shows it.
func applied(credit record.VendorCredit) (sum document.Decimal, shown bool) {
	if shownText(credit.Raw["unapplied"]) != "" {
		return credit.Total.Sub(credit.Unapplied), true
	}
	for _, a := range credit.Apply {
		if a.Apply {
			sum = sum.Add(a.Amount)
		}
	}
	return sum, credit.Apply != nil
}

// saved is what bills and credits have in common.
type saved struct {
	entity, currency record.Ref
	tranID, tranDate string
	total            document.Decimal
	items            []record.BillLine
	expenses         []record.ExpenseLine
}

func compare(doc *document.Document, plan Plan, s saved) []Difference {
	if plan.Expect == nil {
		d := Difference{What: "plan", Expected: "what the record should be"}
		if doc != nil {
			d.Expected = "what the record for " + doc.Number() + " should be"
		}
		return []Difference{d}
	}
	e := plan.Expect
	var all []Difference
	differ := func(what, expected, found string) {
		if expected != found {
			all = append(all, Difference{What: what, Expected: expected, Found: found})
		}
	}
	if e.Vendor.ID != "" {
		differ("vendor", e.Vendor.ID, s.entity.ID)
	}
	differ("number", e.Number, s.tranID)
	differ("date", e.Date, date(s.tranDate))
	if e.Currency.ID != "" && s.currency.ID != "" {
		differ("currency", name(record.Ref{ID: e.Currency.ID}), s.currency.ID)
	}
	differ("total", e.Total.Canonical(), s.total.Canonical())
	all = append(all, compareLines(e.Lines, s.items)...)
	return append(all, compareExpenses(e.Expenses, s.expenses)...)
}

// sum is what lines of one sort come to; the split of a line in NetSuite is no difference.
type sum struct{ quantity, amount document.Decimal }

func (s sum) String() string {
	if s.quantity.IsZero() && s.amount.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s for %s", s.quantity.Canonical(), s.amount.Canonical())
}

// compareLines compares by the order's line, and by item what is of no order. A line that NetSuite does not show as one of
// the order is a difference: the order would stay open, to be billed again.
func compareLines(expected []ExpectedLine, found []record.BillLine) []Difference {
	key := func(order string, line int, item string) string {
		switch {
		case order != "" && line > 0:
			return fmt.Sprintf("line %d of order %s", line, order)
		case order != "" || line > 0:
			return fmt.Sprintf("item %s, order %q line %d", item, order, line)
		}
		return "item " + item
	}
	want, have := make(map[string]sum), make(map[string]sum)
	for _, l := range expected {
		add(want, key(l.OrderID, l.OrderLine, l.Item), l.Quantity, l.Amount)
	}
	for _, l := range found {
		if l.Quantity.IsZero() && l.Amount.IsZero() {
			continue
		}
		add(have, key(l.OrderDoc.ID, l.OrderLine, l.Item.ID), l.Quantity, l.Amount)
	}
	return compareSums(want, have)
}

func compareExpenses(expected []ExpectedLine, found []record.ExpenseLine) []Difference {
	want, have := make(map[string]sum), make(map[string]sum)
	for _, l := range expected {
		add(want, "account "+l.Account, document.NewDecimal(1), l.Amount)
	}
	for _, l := range found {
		if !l.Amount.IsZero() {
			add(have, "account "+l.Account.ID, document.NewDecimal(1), l.Amount)
		}
	}
	return compareSums(want, have)
}

func add(sums map[string]sum, key string, quantity, amount document.Decimal) {
	s := sums[key]
	sums[key] = sum{s.quantity.Add(quantity), s.amount.Add(amount)}
}

func compareSums(want, have map[string]sum) []Difference {
	keys := slices.Sorted(maps.Keys(want))
	for key := range have {
		if _, ok := want[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var all []Difference
	for _, key := range keys {
		w, h := want[key], have[key]
		if !w.quantity.Equal(h.quantity) || !w.amount.Equal(h.amount) {
			all = append(all, Difference{What: strings.TrimSpace(key), Expected: w.String(), Found: h.String()})
		}
	}
	return all
}
