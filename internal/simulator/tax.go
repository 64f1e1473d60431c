package simulator

import "counterpunch/internal/document"

// The fields of taxes, which an account has by its tax mode: an account with SuiteTax keeps details in a sublist of their
// own, one with legacy taxes has them on each line. Whether legacy fields can be written over REST is not certain (the help
// says not, the schemas name them), so the mode is a knob.
const taxList = "taxDetails"

// modeOf returns the tax mode to which a field of the body or of a list belongs, if it is one of taxes.
func modeOf(list, name string) (mode Choice, yes bool) {
	if list == taxList {
		return SuiteTax, true
	}
	switch name {
	case taxList, "taxDetailsOverride", "taxDetailsReference":
		return SuiteTax, true
	case "taxCode", "taxRate1", "tax1Amt", "grossAmt":
		return LegacyTax, true
	}
	return "", false
}

// absent reports whether the account has no such field at all, because a feature is off.
func (s *Simulator) absent(list, name string) bool {
	if mode, yes := modeOf(list, name); yes && mode != s.knobs.TaxMode {
		return true
	}
	return name == "subsidiary" && s.knobs.OneWorld == Off
}

// locked reports whether the account has the field, but nobody, or not this role, can set it.
func (s *Simulator) locked(list, name string) bool {
	mode, isTax := modeOf(list, name)
	return isTax && mode == SuiteTax && s.knobs.TaxDetails == Refuse || s.hiddenField(name)
}

// tax completes the taxes of a bill or credit and returns their sum.
func (s *Simulator) tax(r *record, subtotal document.Decimal) (document.Decimal, error) {
	var sum document.Decimal
	switch s.knobs.TaxMode {
	case LegacyTax:
		for _, list := range []string{itemList, expenses} {
			for _, one := range r.lists[list] {
				s.taxLine(r, list, one)
				sum = sum.Add(one.number("tax1Amt"))
			}
		}
	case SuiteTax:
		overridden, _ := r.fields["taxDetailsOverride"].(bool)
		switch {
		case overridden:
			for _, one := range r.lists[taxList] {
				if !one.has("taxAmount") {
					return sum, userError(enterValueText, "Tax Amount")
				}
				sum = sum.Add(one.number("taxAmount"))
			}
		case len(r.lists[taxList]) > 0:
			return sum, userError("Tax details can be set only when the tax details override is on.")
		case s.knobs.AutoTax != "":
			sum = subtotal.Mul(decimal(s.knobs.AutoTax)).Quo(document.NewDecimal(100)).Round(2)
		}
	}
	return sum, nil
}

// taxLine completes the legacy taxes of a line: an amount that is given stands, else the rate of its code decides.
func (s *Simulator) taxLine(r *record, list string, one *row) {
	if code := one.text("taxCode"); code != "" && !r.wasGiven(list, one.line, "taxRate1") {
		one.fields["taxRate1"] = decimal(s.world.rates["taxCode "+code])
	}
	if !one.has("taxRate1") && !one.has("tax1Amt") {
		return
	}
	if one.has("taxRate1") && !r.wasGiven(list, one.line, "tax1Amt") {
		one.fields["tax1Amt"] = one.number("amount").Mul(one.number("taxRate1")).Quo(document.NewDecimal(100)).Round(2)
	}
	one.fields["grossAmt"] = one.number("amount").Add(one.number("tax1Amt"))
}
