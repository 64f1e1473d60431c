package simulator

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestASnapshotBringsEverythingBack(t *testing.T) {
	b := newBench(t, Options{})
	b.must(204, "PATCH", "purchaseOrder/7001", `{"memo":"before"}`)
	b.late(Error500)
	b.must(500, "POST", "vendorBill", bill("INV-0", "cp-0", "1"))
	if err := b.s.Save("one"); err != nil {
		t.Fatal(err)
	}
	before, knobs, clock := b.s.Books(), b.s.Knobs(), b.s.Clock()
	for range 2 {
		b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1","externalId":"cp-1"}`)
		b.act(Act{Do: ActInsertLine, Record: "7001", Item: "201", Quantity: "1", Rate: "1"})
		if err := b.s.TurnJSON([]byte(`{"overBilling":"refuse","closedPeriods":["2026-08"]}`)); err != nil {
			t.Fatal(err)
		}
		b.advance(time.Hour)
		if got := len(b.s.Books().VendorBills); got != 2 {
			t.Errorf("%d bills, want the late one too", got)
		}
		if err := b.s.Restore("one"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, b.s.Books()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(knobs, b.s.Knobs()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(clock, b.s.Clock()); diff != "" {
			t.Error(diff)
		}
		b.must(404, "GET", "vendorBill/eid:cp-1", "")
		if err := b.s.Restore("one"); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.s.Snapshots(); len(got) != 1 || got[0].Name != "one" || got[0].Writes != 1 || got[0].At != start {
		t.Errorf("snapshots %+v", got)
	}
	if err := b.s.Save("a/b"); err == nil {
		t.Error("a name with a slash was taken")
	}
}

func TestTheSameFaultsAfterRestoring(t *testing.T) {
	b := newBench(t, Options{Seed: 7, CommitThenFail: 0.5, Knobs: func(k *Knobs) { k.CommitThenFail.How = Error500 }})
	if err := b.s.Save("start"); err != nil {
		t.Fatal(err)
	}
	run := func() string {
		var all strings.Builder
		for range 20 {
			fmt.Fprint(&all, b.record("PATCH", "purchaseOrder/7001", `{"memo":"x"}`).status, " ")
		}
		if err := b.s.Restore("start"); err != nil {
			t.Fatal(err)
		}
		return all.String()
	}
	if diff := cmp.Diff(run(), run()); diff != "" {
		t.Error(diff)
	}
}

func TestResetGoesBackToTheSeed(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.OverBilling = Refuse }})
	before := b.s.Books()
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`)
	b.cred.TokenSecret = "wrong"
	for range 6 {
		b.must(401, "GET", "purchaseOrder/7001", "")
	}
	b.cred = DemoCredential()
	b.must(401, "GET", "purchaseOrder/7001", "") // locked
	if err := b.s.TurnJSON([]byte(`{"overBilling":"allow","down":"html"}`)); err != nil {
		t.Fatal(err)
	}
	b.advance(time.Minute)
	if err := b.s.Reset(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, b.s.Books()); diff != "" {
		t.Error(diff)
	}
	if got := b.s.Knobs(); got.OverBilling != Refuse || got.Down != "" || b.s.Clock().Now != start {
		t.Errorf("knobs %+v, clock %+v", got, b.s.Clock())
	}
	b.must(200, "GET", "purchaseOrder/7001", "")
}
