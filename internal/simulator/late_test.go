package simulator

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// late turns the next write into one that lands a minute after its failure is shown.
func (b *bench) late(how Choice) {
	b.t.Helper()
	if err := b.s.Turn(func(k *Knobs) {
		k.CommitThenFail = Fault{Next: 1, How: how, Late: Duration(time.Minute)}
		k.HangFor = Duration(time.Millisecond)
	}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) advance(d time.Duration) {
	b.t.Helper()
	if err := b.s.Advance(d); err != nil {
		b.t.Fatal(err)
	}
}

func TestALateWriteIsNotThereUntilItsTime(t *testing.T) {
	for _, how := range []Choice{Error500, Reset, Timeout} {
		t.Run(string(how), func(t *testing.T) {
			b := newBench(t, Options{})
			b.late(how)
			if a := b.record("POST", "vendorBill", bill("INV-1", "cp-1", "5")); a.err == nil && a.status != 500 {
				t.Errorf("answered %d", a.status)
			}
			b.must(404, "GET", "vendorBill/eid:cp-1", "")
			b.advance(59 * time.Second)
			b.must(404, "GET", "vendorBill/eid:cp-1", "")
			if got := b.s.Clock(); got.Late != 1 || got.Now != start.Add(59*time.Second) {
				t.Errorf("clock %+v", got)
			}
			b.advance(time.Second)
			b.must(200, "GET", "vendorBill/eid:cp-1", "")
			books := b.s.Books()
			if one := books.CallLog[0]; one.Fault != "late: "+string(how) || one.Late != "landed" {
				t.Errorf("call %+v", one)
			}
			if w := books.Writes[0]; w.Call != 1 || w.Time != start.Add(time.Minute) {
				t.Errorf("written by call %d at %s", w.Call, w.Time)
			}
		})
	}
}

func TestAWriteThatIsRefusedIsNotLate(t *testing.T) {
	b := newBench(t, Options{})
	b.late(Error500)
	b.must(400, "POST", "vendorBill", `{"tranId":"INV-1"}`)
	if n := b.s.Books().Late; n != 0 {
		t.Errorf("%d late writes", n)
	}
}

// What was done in the meantime decides over a late write, as over any other.
func TestALateWriteMeetsTheBooksOfItsTime(t *testing.T) {
	for _, c := range []struct {
		name   string
		unique Choice
		bills  int
		late   string
	}{
		{"external ids are kept unique", On, 1, "refused: 400 USER_ERROR: This record already exists."},
		{"over all transactions", Transactions, 1, "refused: 400 USER_ERROR: This record already exists."},
		{"they are not", Off, 2, "landed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Knobs: func(k *Knobs) { k.ExternalIDUnique = c.unique }})
			b.late(Error500)
			b.must(500, "POST", "vendorBill", bill("INV-1", "cp-1", "5"))
			b.must(204, "POST", "vendorBill", bill("INV-1", "cp-1", "5"))
			if n := b.s.Land(); n != 1 {
				t.Errorf("%d writes landed", n)
			}
			books := b.s.Books()
			if n := len(books.Bills("501", "INV-1")); n != c.bills || books.CallLog[0].Late != c.late {
				t.Errorf("%d bills, late write %q; want %d, %q", n, books.CallLog[0].Late, c.bills, c.late)
			}
			b.must(200, "GET", "vendorBill/eid:cp-1", "")
		})
	}
}

func TestALateChangeOfAChangedOrderIsRefused(t *testing.T) {
	b := newBench(t, Options{})
	b.late(Reset)
	b.record("PATCH", "purchaseOrder/7001", `{"memo":"late"}`)
	b.must(204, "PATCH", "purchaseOrder/7001", `{"memo":"in time"}`)
	b.advance(time.Hour)
	if got := b.order("PO-1001").Fields["memo"]; got != "in time" {
		t.Errorf("memo %q", got)
	}
	if got := b.s.Books().CallLog[0].Late; !strings.Contains(got, "RCRD_HAS_BEEN_CHANGED") {
		t.Errorf("late write %q", got)
	}
}

func TestLateWritesLandInTheOrderOfTheirTimes(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.OptimisticLock = false }})
	for _, one := range []struct{ memo, late string }{{"second", "20s"}, {"third", "30s"}, {"first", "10s"}} {
		if err := b.s.TurnJSON([]byte(`{"commitThenFail":{"next":1,"how":"500","late":"` + one.late + `"}}`)); err != nil {
			t.Fatal(err)
		}
		b.must(500, "PATCH", "purchaseOrder/7001", `{"memo":"`+one.memo+`"}`)
	}
	b.advance(25 * time.Second)
	b.advance(time.Minute)
	var memos []string
	for _, w := range b.s.Books().Writes {
		memos = append(memos, w.Changes[0].After)
	}
	if diff := cmp.Diff([]string{"first", "second", "third"}, memos); diff != "" {
		t.Error(diff)
	}
}

func TestAnExternalIdOverAllTransactions(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.ExternalIDUnique = Transactions }})
	b.must(204, "POST", "vendorBill", bill("INV-1", "cp-1", "5"))
	b.refused(b.record("POST", "vendorCredit", bill("CM-1", "cp-1", "5")), 400, "USER_ERROR", "already exists")
}

func TestOnlyCommitThenFailIsLateAndTimeGoesForward(t *testing.T) {
	s := New(Options{})
	if err := s.TurnJSON([]byte(`{"recordChanged":{"late":"1s"}}`)); err == nil {
		t.Error("recordChanged can be late")
	}
	if err := s.Advance(-time.Second); err == nil {
		t.Error("the clock went back")
	}
}

func TestTheCallLogSaysWhoCalledAndHowLongItTook(t *testing.T) {
	b := newBench(t, Options{Latency: Latency{Get: Spread{Median: Duration(5 * time.Millisecond)}}})
	b.must(200, "GET", "purchaseOrder/7001", "")
	one := b.s.Books().CallLog[0]
	if one.User != "integration user" || one.InProgress != 1 || time.Duration(one.Took) < 5*time.Millisecond {
		t.Errorf("call %+v", one)
	}
}
