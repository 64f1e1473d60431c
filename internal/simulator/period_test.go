package simulator

import (
	"strings"
	"testing"
)

func TestAccountingPeriodsInSuiteQL(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) {
		k.ClosedPeriods, k.LockedPeriods = []string{"2026-07", "2026-08"}, []string{"2026-09"}
	}})
	for _, c := range []struct{ where, want string }{
		{"isposting = 'T' AND closed = 'F' AND aplocked = 'F' AND startdate >= TO_DATE('2026-08-15', 'YYYY-MM-DD')", `"202610"`},
		{"startdate <= TO_DATE('2026-08-15', 'YYYY-MM-DD') AND enddate >= TO_DATE('2026-08-15', 'YYYY-MM-DD') AND isquarter = 'F' AND isyear = 'F'", `"closed":"T"`},
		{"id = 20263", `"closed":"F"`},
		{"id = 20263", `"aplocked":"T"`},
		{"id = 202609", `"periodname":"Sep 2026"`},
		{"id = 202609", `"parent":"20263"`},
		{"isyear = 'T' AND periodname = 'FY 2026'", `"id":"2026"`},
	} {
		a := b.query("SELECT id, periodname, closed, aplocked, parent FROM accountingperiod WHERE " + c.where + " ORDER BY startdate FETCH FIRST 1 ROWS ONLY")
		if a.status != 200 || !strings.Contains(string(a.body), c.want) {
			t.Errorf("%s: %d %s, want %s", c.where, a.status, a.body, c.want)
		}
	}
	b.must(204, "POST", "vendorBill", with(bill("INV-1", "cp-1", "5"), `"postingPeriod":{"id":"202610"}`))
	if a := b.query("SELECT BUILTIN.DF(postingperiod) p FROM transaction WHERE tranid = 'INV-1'"); !strings.Contains(string(a.body), `"p":"Oct 2026"`) {
		t.Errorf("%s", a.body)
	}
}

func TestWhereABillIsPosted(t *testing.T) {
	const september, october = `"postingPeriod":{"id":"202609"}`, `"postingPeriod":{"id":"202610"}`
	for _, c := range []struct {
		name, members string
		knobs         func(*Knobs)
		period, code  string
	}{
		{name: "into the month of its date", members: `"tranDate":"2026-08-31"`, period: "202608"},
		{name: "not into a closed one", code: "CLOSED_TRAN_PRD", knobs: func(k *Knobs) { k.ClosedPeriods = []string{"2026-09"} }},
		{name: "not into a locked one", code: "no more bills", knobs: func(k *Knobs) { k.LockedPeriods = []string{"2026-09"}; k.ClosedPeriodText = "no more bills" }},
		{name: "into the one that is named", members: october, period: "202610", knobs: func(k *Knobs) { k.ClosedPeriods = []string{"2026-09"} }},
		{name: "into the first open one by preference", period: "202611", knobs: func(k *Knobs) {
			k.ClosedPeriods, k.PostingPeriod = []string{"2026-09", "2026-10"}, Open
		}},
		{name: "not outside of its date by preference", members: october, code: "DATEPERIODMISMATCH", knobs: func(k *Knobs) { k.DateOutsidePeriod = Refuse }},
		{name: "that preference decides first", code: "CLOSED_TRAN_PRD", knobs: func(k *Knobs) {
			k.ClosedPeriods, k.PostingPeriod, k.DateOutsidePeriod = []string{"2026-09"}, Open, Refuse
		}},
		{name: "within its date", members: september, period: "202609", knobs: func(k *Knobs) { k.DateOutsidePeriod = Refuse }},
		{name: "not into a quarter", members: `"postingPeriod":{"id":"20263"}`, code: "postingPeriod"},
		{name: "not before the first period", members: `"tranDate":"1999-01-01"`, code: "no accounting period"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Knobs: c.knobs})
			body := bill("INV-1", "cp-1", "5")
			if c.members != "" {
				body = with(body, c.members)
			}
			a := b.record("POST", "vendorBill", body)
			if c.code != "" {
				if _, text := a.problem(); a.status != 400 || !strings.Contains(text, c.code) {
					t.Errorf("%d %s, want %s", a.status, a.body, c.code)
				}
				return
			}
			if got := b.s.Books().VendorBills[0].Fields["postingPeriod"]; got != c.period {
				t.Errorf("period %s, want %s", got, c.period)
			}
		})
	}
}

func TestClosedPeriodsAreMonths(t *testing.T) {
	s := New(Options{})
	for _, knob := range []string{`{"closedPeriods":["2026"]}`, `{"lockedPeriods":["August"]}`, `{"postingPeriod":"maybe"}`, `{"dateOutsidePeriod":"warn"}`} {
		if s.TurnJSON([]byte(knob)) == nil {
			t.Errorf("%s was taken", knob)
		}
	}
}
