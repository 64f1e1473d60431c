package simulator

import (
	"maps"
	"slices"
	"time"
)

// dateLayouts are the date formats that an account can have (Home > Set Preferences), by their names there.
func dateLayouts() map[string]string {
	return map[string]string{
		"M/D/YYYY": "1/2/2006", "MM/DD/YYYY": "01/02/2006", "D/M/YYYY": "2/1/2006", "DD/MM/YYYY": "02/01/2006",
		"D.M.YYYY": "2.1.2006", "D-Mon-YYYY": "2-Jan-2006", "YYYY-MM-DD": "2006-01-02", "YYYY/M/D": "2006/1/2",
	}
}

// DateFormats are the values of the knob dateFormat.
func DateFormats() []string { return slices.Sorted(maps.Keys(dateLayouts())) }

// displayed is a value as an answer of SuiteQL shows it: dates in the account's format.
func (s *Simulator) displayed(v any) string {
	if m, isDate := v.(moment); isDate {
		return time.Time(m).UTC().Format(dateLayouts()[s.knobs.DateFormat])
	}
	return shown(v)
}
