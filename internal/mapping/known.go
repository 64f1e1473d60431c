package mapping

import (
	"regexp"

	"counterpunch/internal/netsuite/record"
)

var (
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
	internalID   = regexp.MustCompile(`^[0-9]+$`)
)

// KnowsCurrency reports whether an ISO 4217 code stands for the currency, so that documents can name it. An account with
// one currency gives none, which nothing contradicts.
func (m *Mapper) KnowsCurrency(r record.Ref) bool {
	return r.IsZero() || m.currencies.knows(r, currencyCode.MatchString)
}

// Currency returns the internal id that the configured currencies give for an ISO 4217 code; none when they give no id or
// several.
func (m *Mapper) Currency(code string) record.Ref {
	var ids []string
	group, ok := m.currencies[fold(code)]
	for spelling, other := range m.currencies {
		if ok && other == group && internalID.MatchString(spelling) {
			ids = append(ids, spelling)
		}
	}
	if len(ids) != 1 {
		return record.Ref{}
	}
	return record.Ref{ID: ids[0]}
}

// BillsExpenses reports whether invoices that name no order can be billed.
func (m *Mapper) BillsExpenses() bool { return m.config.ExpenseAccount != "" }

// KnowsUnit reports whether the tables of units have the unit, by its id or its name. A line without units needs none. A
// unit that no table has is matched only by a document that spells it as NetSuite does.
func (m *Mapper) KnowsUnit(r record.Ref) bool {
	return r.IsZero() || m.units.knows(r, func(string) bool { return true })
}

// knows reports whether the tables have the reference in a group with a spelling that fits.
func (s synonyms) knows(r record.Ref, fits func(string) bool) bool {
	for _, name := range []string{r.ID, r.RefName} {
		group, ok := s[fold(name)]
		if !ok || name == "" {
			continue
		}
		for spelling, other := range s {
			if other == group && fits(spelling) {
				return true
			}
		}
	}
	return false
}

// IsCurrency reports whether an ISO 4217 code names a currency of NetSuite; also where either is not stated.
func (m *Mapper) IsCurrency(code string, r record.Ref) bool { return m.currencies.same(code, r) }
