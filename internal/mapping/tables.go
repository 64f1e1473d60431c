package mapping

import (
	"maps"
	"slices"
)

// The lookup tables that there always are. Those of units, currencies and items are also used in matching: a key is what
// documents say, its value what the order says.
const (
	TableUnits      = "units"
	TableCurrencies = "currencies"
	TableItems      = "items" // supplier's part numbers
	TableCarriers   = "carriers"
	TableTaxCodes   = "tax_codes"
)

// Tables are lookup tables: name, key, value.
type Tables map[string]map[string]string

// TableNames lists the tables that a configuration has, sorted: those that there always are, and its own.
func (c Config) TableNames() []string {
	names := []string{TableUnits, TableCurrencies, TableItems, TableCarriers, TableTaxCodes}
	for name := range c.Lookups {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// lookup returns the value of a key, "" when there is none.
func (t Tables) lookup(table, key string) string { return t[table][key] }

// over returns the tables with the entries of others before their own.
func (t Tables) over(others Tables) Tables {
	all := make(Tables, len(t)+len(others))
	maps.Copy(all, t)
	for name, entries := range others {
		table := maps.Clone(t[name])
		if table == nil {
			table = make(map[string]string, len(entries))
		}
		maps.Copy(table, entries)
		all[name] = table
	}
	return all
}

// join returns the synonyms with those of a table.
func (t Tables) join(table string, s synonyms) synonyms {
	if len(t[table]) == 0 {
		return s
	}
	joined := maps.Clone(s)
	for _, key := range slices.Sorted(maps.Keys(t[table])) {
		joined.join(t[table][key], key)
	}
	return joined
}
