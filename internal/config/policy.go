package config

import (
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/reason"
)

func (t Tolerance) validate(p *problems, key string) {
	if t.Percent.Sign() < 0 || t.Percent.Cmp(document.NewDecimal(100)) > 0 {
		p.add(child(key, "percent"), "is %s; give 0 to 100", t.Percent)
	}
	if t.Amount.Sign() < 0 {
		p.add(child(key, "amount"), "is %s; give 0 or more", t.Amount)
	}
}

// validatePolicies refuses a policy for a reason that is not a matter of opinion.
func validatePolicies(p *problems, key string, policies map[string]string) {
	var known []string
	for _, c := range reason.Negotiable() {
		if c != reason.ReceiptMissing { // bill.before_receipt
			known = append(known, string(c))
		}
	}
	for name, policy := range policies {
		at := child(key, name)
		switch code := reason.Code(name); {
		case code == reason.ReceiptMissing:
			p.add(at, "is set by bill.before_receipt")
		case code.Negotiable():
			oneOf(p, at, "", policy, PolicyBill, PolicyHold, PolicyDeadLetter)
		case code.Valid():
			p.add(at, "cannot be given a policy: the bill could not be made, or its money would be wrong; those that can are %s", strings.Join(known, ", "))
		default:
			p.add(at, "is no reason; %s", suggest(name, known))
		}
	}
}

// validateLookups checks what a look-up could never find.
func validateLookups(p *problems, key string, tables map[string]map[string]string) {
	for table, entries := range tables {
		at := child(key, table)
		if !tableForm.MatchString(table) {
			p.add(at, "is no name of a table; give lower-case letters, digits and underscores")
		}
		for name, value := range entries {
			if strings.TrimSpace(name) == "" || strings.TrimSpace(value) == "" {
				p.add(child(at, name), "has an empty key or value")
			}
		}
	}
}
