package simulator

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// The years for which the account has accounting periods.
const (
	firstYear = 2015
	lastYear  = 2040
)

// period is an accounting period: a month, or a quarter or year made of months. Only months can be posted to. Ids are the
// year, the year and the quarter, or the year and the month.
type period struct {
	id, name, parent string
	start            time.Time
	months           int
}

func newMonth(year int, month time.Month) period {
	start := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	quarter := (int(month)-1)/3 + 1
	return period{id: start.Format("200601"), name: start.Format("Jan 2006"), parent: fmt.Sprintf("%d%d", year, quarter), start: start, months: 1}
}

// periodOf returns the month of a date.
func periodOf(date string) (period, bool) {
	d, err := time.Parse(time.DateOnly, date)
	if err != nil || d.Year() < firstYear || d.Year() > lastYear {
		return period{}, false
	}
	return newMonth(d.Year(), d.Month()), true
}

// monthOf returns the month with an id.
func monthOf(id string) (period, bool) {
	d, err := time.Parse("200601", id)
	if err != nil || d.Year() < firstYear || d.Year() > lastYear {
		return period{}, false
	}
	return newMonth(d.Year(), d.Month()), true
}

// periods returns the account's years, quarters and months.
func periods() []period {
	var all []period
	for year := firstYear; year <= lastYear; year++ {
		id := strconv.Itoa(year)
		january := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
		all = append(all, period{id: id, name: "FY " + id, start: january, months: 12})
		for quarter := range 4 {
			all = append(all, period{id: fmt.Sprintf("%d%d", year, quarter+1), name: fmt.Sprintf("Q%d %d", quarter+1, year), parent: id,
				start: january.AddDate(0, 3*quarter, 0), months: 3})
		}
		for month := time.January; month <= time.December; month++ {
			all = append(all, newMonth(year, month))
		}
	}
	return all
}

func (p period) ref() ref { return ref{id: p.id, name: p.name} }

func (p period) end() time.Time { return p.start.AddDate(0, p.months, -1) }

// within reports whether every month of the period is one of those, written such as 2026-08.
func (p period) within(months []string) bool {
	for i := range p.months {
		if !slices.Contains(months, p.start.AddDate(0, i, 0).Format("2006-01")) {
			return false
		}
	}
	return true
}

// closed reports whether nothing can be posted to accounts payable in the period.
func (s *Simulator) closed(p period) bool {
	return p.within(slices.Concat(s.knobs.ClosedPeriods, s.knobs.LockedPeriods))
}

// post sets the posting period of a new record, or of one whose date changes, unless the request names it. The two
// preferences that decide are Allow Transaction Date Outside of Posting Period and Default Posting Period When Transaction
// Date in Closed Period (Setup > Accounting > Accounting Preferences); which of them an account has is a knob.
func (s *Simulator) post(before, r *record) error {
	month, known := periodOf(r.text("tranDate"))
	if !known {
		return userError(noPeriodText, r.text("tranDate"))
	}
	switch {
	case r.given["postingPeriod"]:
		if s.knobs.DateOutsidePeriod == Refuse && r.text("postingPeriod") != month.id {
			return userError(mismatchText)
		}
	case before == nil || r.given["tranDate"]:
		if s.knobs.PostingPeriod == Open && s.knobs.DateOutsidePeriod == Allow {
			for s.closed(month) && month.start.Year() <= lastYear {
				next := month.start.AddDate(0, 1, 0)
				month = newMonth(next.Year(), next.Month())
			}
		}
		r.fields["postingPeriod"] = month.ref()
	}
	return nil
}

// open refuses a record that posts to a closed or locked period.
func (s *Simulator) open(r *record) error {
	if month, known := monthOf(r.text("postingPeriod")); known && s.closed(month) {
		return userError("%s", s.knobs.ClosedPeriodText)
	}
	return nil
}

// periodRows are the rows of table accountingperiod.
func periodRows(s *Simulator, _ choices) []tuple {
	var rows []tuple
	for _, p := range periods() {
		rows = append(rows, func(column string) any { return s.periodColumn(p, column) })
	}
	return rows
}

func (s *Simulator) periodColumn(p period, column string) any {
	switch column {
	case "id":
		return idOf(p.id)
	case "periodname":
		return p.name
	case "parent":
		if p.parent == "" {
			return nil
		}
		return idOf(p.parent)
	case "startdate":
		return moment(p.start)
	case "enddate":
		return moment(p.end())
	case "closed":
		return letterOf(p.within(s.knobs.ClosedPeriods))
	case "aplocked":
		return letterOf(s.closed(p))
	case "alllocked", "arlocked":
		return letterOf(p.within(s.knobs.ClosedPeriods))
	case "isyear":
		return letterOf(p.months == 12)
	case "isquarter":
		return letterOf(p.months == 3)
	case "isposting":
		return letterOf(p.months == 1)
	}
	return letterOf(false)
}
