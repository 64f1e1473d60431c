package simulator

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (b *bench) act(a Act) {
	b.t.Helper()
	if err := b.s.Do(a); err != nil {
		b.t.Fatal(err)
	}
}

// cannot does an act that must be refused with words.
func (b *bench) cannot(a Act, words string) {
	b.t.Helper()
	before := len(b.s.Books().Writes)
	if err := b.s.Do(a); err == nil || !strings.Contains(err.Error(), words) {
		b.t.Errorf("%+v: %v, want %q", a, err, words)
	}
	if n := len(b.s.Books().Writes); n != before {
		b.t.Errorf("%+v: %d writes", a, n-before)
	}
}

func TestPeopleChangeTheLinesOfAnOrder(t *testing.T) {
	b := newBench(t, Options{})
	numbers := func() (all []int) {
		for _, one := range b.order("PO-1001").Items {
			all = append(all, one.Line)
		}
		return all
	}
	b.act(Act{Do: ActInsertLine, Record: "7001", Line: 1, Item: "202", Quantity: "2", Rate: "3"})
	b.act(Act{Do: ActInsertLine, Record: "7001", Item: "201", Quantity: "1", Rate: "1"})
	if diff := cmp.Diff([]int{4, 1, 3, 5}, numbers()); diff != "" {
		t.Error(diff)
	}
	b.act(Act{Do: ActRemoveLine, Record: "7001", Line: 5})
	b.act(Act{Do: ActRemoveLine, Record: "7001", Line: 3})
	b.act(Act{Do: ActInsertLine, Record: "7001", Item: "201", Quantity: "1", Rate: "1"})
	if diff := cmp.Diff([]int{4, 1, 6}, numbers()); diff != "" {
		t.Error("a number was given again: " + diff)
	}
	b.act(Act{Do: ActEdit, Record: "7001", Line: 1, Field: "rate", Value: "6"})
	if got := b.order("PO-1001").Total; got != "67.00" {
		t.Errorf("total %s", got)
	}
	b.act(Act{Do: ActReceive, Record: "7001", Line: 1, Quantity: "1"})
	b.cannot(Act{Do: ActRemoveLine, Record: "7001", Line: 1}, "received or billed")
	b.cannot(Act{Do: ActRemoveLine, Record: "7001", Line: 9}, "does not exist")
	b.cannot(Act{Do: ActInsertLine, Record: "7001", Item: "9", Quantity: "1", Rate: "1"}, "not known")
	b.cannot(Act{Do: ActInsertLine, Record: "7001", Item: "201", Quantity: "x", Rate: "1"}, "quantity")
	b.balanced()
}

func TestPeopleDecideAboutOrders(t *testing.T) {
	b := newBench(t, Options{})
	for _, c := range []struct {
		act    Act
		number string
		want   string
	}{
		{Act{Do: ActApprove, Record: "7002"}, "PO-1002", "B"},
		{Act{Do: ActReject, Record: "7002"}, "PO-1002", "C"},
		{Act{Do: ActClose, Record: "7001", Line: 1}, "PO-1001", "B"},
		{Act{Do: ActClose, Record: "7001"}, "PO-1001", "H"},
		{Act{Do: ActReopen, Record: "7001"}, "PO-1001", "B"},
		{Act{Do: ActReceive, Record: "7001", Line: 3, Quantity: "4"}, "PO-1001", "E"},
		{Act{Do: ActReceive, Record: "7001"}, "PO-1001", "F"},
	} {
		b.act(c.act)
		if got := b.order(c.number).Status; got != c.want {
			t.Errorf("%+v: status %s, want %s", c.act, got, c.want)
		}
	}
	b.cannot(Act{Do: ActClose, Record: "7001", Line: 9}, "does not exist")
	b.cannot(Act{Do: ActDelete, Record: "7001"}, "dependent records")
}

func TestAPersonEntersABillByHand(t *testing.T) {
	for _, c := range []struct {
		name    string
		act     Act
		total   string
		billed1 string
	}{
		{"of an order", Act{Record: "7001"}, "50.42", "10"},
		{"of a line", Act{Record: "7001", Line: 1, Quantity: "3"}, "15.00", "3"},
		{"of what remains of a line", Act{Record: "7001", Line: 1}, "50.00", "10"},
		{"of no order", Act{Vendor: "501", Amount: "12.30"}, "12.30", "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Knobs: func(k *Knobs) { k.MissingPermissions = []string{PermissionBills} }})
			c.act.Do, c.act.Number, c.act.Date = ActEnterBill, "INV-1", "2026-09-03"
			b.act(c.act)
			bills := b.s.Books().Bills("501", "INV-1")
			if len(bills) != 1 || bills[0].Total != c.total || bills[0].ExternalID != "" || bills[0].Fields["tranDate"] != "2026-09-03" {
				t.Fatalf("bills %+v", bills)
			}
			if got := b.line("PO-1001", 1)["quantityBilled"]; got != c.billed1 {
				t.Errorf("billed %s", got)
			}
			if effects := b.s.Effects(0); len(effects) != 0 {
				t.Errorf("effects of calls: %v", effects)
			}
			b.balanced()
		})
	}
	b := newBench(t, Options{})
	b.cannot(Act{Do: ActEnterBill, Record: "7003"}, "invalid reference 7003")
	b.cannot(Act{Do: ActEnterBill, Record: "7001", Line: 2}, "nothing remains")
	b.cannot(Act{Do: ActEnterBill, Vendor: "9", Amount: "1"}, "not known")
	b.cannot(Act{Do: ActEnterBill, Vendor: "501", Amount: "x"}, "amount")
}

func TestAPersonEntersACreditByHand(t *testing.T) {
	b := newBench(t, Options{})
	b.act(Act{Do: ActEnterBill, Record: "7001", Number: "INV-1"})
	id := b.s.Books().Bills("501", "INV-1")[0].ID
	b.act(Act{Do: ActEnterCredit, Record: id, Number: "CM-1", Line: 1, Quantity: "2"})
	if got := b.s.Books().Bills("501", "INV-1")[0].Fields["amountRemaining"]; got != "0.42" {
		t.Errorf("due %s", got)
	}
	b.act(Act{Do: ActEnterCredit, Vendor: "501", Amount: "7", Number: "CM-2"})
	if got := b.s.Books().Credits("501", "CM-2"); len(got) != 1 || got[0].Fields["unapplied"] != "7" {
		t.Errorf("credits %+v", got)
	}
	b.cannot(Act{Do: ActEnterCredit, Record: "7001"}, "cannot be made")
	b.balanced()
}

func TestAPaidOrVoidedBillIsNotChanged(t *testing.T) {
	b := newBench(t, Options{})
	paid := b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`).id()
	b.act(Act{Do: ActPay, Record: paid})
	for _, body := range []string{`{"paymentHold":true}`, `{"item":{"items":[{"line":1,"quantity":11}]}}`} {
		b.refused(b.record("PATCH", "vendorBill/"+paid, body), 400, "USER_ERROR", "paid in full")
	}
	b.must(204, "PATCH", "vendorBill/"+paid, `{"memo":"a note"}`)
	b.refused(b.record("DELETE", "vendorBill/"+paid, ""), 400, "USER_ERROR", "dependent records")
	b.cannot(Act{Do: ActVoid, Record: paid}, "dependent records")

	open := b.must(204, "POST", "vendorBill", bill("INV-2", "cp-2", "5")).id()
	b.act(Act{Do: ActVoid, Record: open})
	if got := b.s.Books().Bills("501", "INV-2")[0]; got.Status != "Voided" || got.Total != "0.00" || got.Fields["amountRemaining"] != "0" {
		t.Errorf("bill %+v", got)
	}
	b.asks("SELECT voided FROM transaction WHERE id = "+open, `"voided":"T"`)
	b.asks("SELECT voided FROM transaction WHERE id = "+paid, `"voided":"F"`)
	b.refused(b.record("PATCH", "vendorBill/"+open, `{"memo":"x"}`), 400, "USER_ERROR", "voided")
	b.cannot(Act{Do: ActPay, Record: open}, "voided")
	b.must(204, "DELETE", "vendorBill/"+open, "")
	b.balanced()
}

func TestVoidingABillGivesItsQuantitiesBack(t *testing.T) {
	b := newBench(t, Options{})
	id := b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`).id()
	b.act(Act{Do: ActVoid, Record: id})
	if got := b.order("PO-1001").Status; got != "B" || b.line("PO-1001", 1)["quantityBilled"] != "0" {
		t.Errorf("status %s", got)
	}
	b.balanced()
}

func TestADeletedBillIsGone(t *testing.T) {
	b := newBench(t, Options{})
	id := b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1","externalId":"cp-1"}`).id()
	b.act(Act{Do: ActDelete, Record: id})
	b.must(404, "GET", "vendorBill/eid:cp-1", "")
	if got := b.order("PO-1001").Status; got != "B" {
		t.Errorf("status %s", got)
	}
	b.balanced()
}
