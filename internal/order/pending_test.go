package order_test

import (
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/order"
)

func TestAnOlderVersionCountsAgainWhenANewerOneIsWithdrawn(t *testing.T) {
	newer, older := confirm("C1", 5, document.ConfirmReject), confirm("C1", 1, document.ConfirmAccept)
	older.PayloadID = "older"
	var l order.Ledger
	l.Enter(contribution(newer))
	if !l.Enter(contribution(older)) {
		t.Fatal("the older version is left out because of one that may be withdrawn")
	}
	l.Settle("older")
	if !l.Superseded("older") {
		t.Error("the newer version does not count while it is pending")
	}
	if !l.Withdraw("pay-C1") || l.Superseded("older") {
		t.Error("the older version does not count after the withdrawal")
	}
	if l.Withdraw("older") {
		t.Error("what is settled was withdrawn")
	}
}
