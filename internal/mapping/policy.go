package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"counterpunch/internal/reason"
)

// Policy says what becomes of an invoice for a reason that a person might accept.
type Policy string

// The policies.
const (
	PolicyDeadLetter Policy = "dead-letter"  // not billed: a person decides
	PolicyHold       Policy = "payment-hold" // billed exactly as the invoice says, and kept from being paid
	PolicyBill       Policy = "bill"         // billed exactly as the invoice says
	PolicyWait       Policy = "wait"         // not billed, and tried again until the deadline; for ReceiptMissing alone
)

// PoliciesFor lists the policies that a reason can be given; none for one that is not negotiable.
func PoliciesFor(code reason.Code) []Policy {
	switch {
	case !code.Negotiable():
		return nil
	case code == reason.ReceiptMissing:
		return []Policy{PolicyBill, PolicyHold, PolicyWait, PolicyDeadLetter}
	}
	return []Policy{PolicyBill, PolicyHold, PolicyDeadLetter}
}

// Terms are what holds for one supplier in place of the account's own. What is nil, or not in Policies, is the account's.
type Terms struct {
	Tolerance *Tolerance             `json:"tolerance,omitempty"`
	Policies  map[reason.Code]Policy `json:"policies,omitempty"`
}

// Situation is what a document is planned in, beside itself and the records that were read.
type Situation struct {
	Supplier string
	Today    time.Time // for dates in the future; zero: they are not looked for
	Lookups  Tables    // set at run time: they go before the configured ones
}

// In returns a Mapper for one document. It is cheap, and m stays as it is.
func (m *Mapper) In(s Situation) *Mapper {
	in := *m
	in.today = s.Today
	if t, ok := m.config.Suppliers[s.Supplier]; ok {
		if t.Tolerance != nil {
			in.config.Tolerance = *t.Tolerance
		}
		in.config.Policies = maps.Clone(m.config.Policies)
		if in.config.Policies == nil {
			in.config.Policies = make(map[reason.Code]Policy, len(t.Policies))
		}
		maps.Copy(in.config.Policies, t.Policies)
	}
	if len(s.Lookups) > 0 {
		in.tables = m.tables.over(s.Lookups)
		in.units, in.currencies = in.tables.join(TableUnits, m.units), in.tables.join(TableCurrencies, m.currencies)
	}
	return &in
}

func (t Terms) problems() []error {
	var problems []error
	if l := t.Tolerance; l != nil {
		for _, limit := range []Limit{l.Price, l.Quantity, l.Total} {
			if limit.Percent.Sign() < 0 || limit.Amount.Sign() < 0 {
				problems = append(problems, errors.New("tolerance: a limit must not be negative"))
			}
		}
	}
	for _, code := range slices.Sorted(maps.Keys(t.Policies)) {
		if !slices.Contains(PoliciesFor(code), t.Policies[code]) {
			problems = append(problems, fmt.Errorf("policies: %s cannot be %q; %q are what it can be", code, t.Policies[code], PoliciesFor(code)))
		}
	}
	return problems
}

// policy returns what becomes of an invoice for the reason.
func (m *Mapper) policy(code reason.Code) Policy {
	if p, ok := m.config.Policies[code]; ok {
		return p
	}
	if code == reason.ReceiptMissing {
		return PolicyBill // what NetSuite does itself, unless its own preference says otherwise
	}
	return PolicyDeadLetter
}
