package simulator

import "testing"

const toReceipt = "/!transform/itemReceipt"

func TestReceiptsListEveryLine(t *testing.T) {
	for _, c := range []struct {
		name, body  string
		one, three  string
		status      string
		lines       int
		receiveOver Choice
	}{
		{name: "unlisted lines are received whole", body: `{"item":{"items":[{"orderLine":1,"quantity":4,"itemReceive":true}]}}`, one: "4", three: "4", status: "E", lines: 2},
		{name: "a line that is not received", body: `{"item":{"items":[{"orderLine":1,"quantity":4,"itemReceive":true},{"orderLine":3,"itemReceive":false}]}}`, one: "4", three: "0", status: "E", lines: 1},
		{name: "everything", body: `{}`, one: "10", three: "4", status: "F", lines: 2},
		{name: "more than ordered, where that is allowed", receiveOver: Allow, body: `{"item":{"items":[{"orderLine":1,"quantity":11}]}}`, one: "11", three: "4", status: "F", lines: 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Knobs: func(k *Knobs) {
				k.UnlistedLines = None // is of bills alone
				if c.receiveOver != "" {
					k.OverReceiving = c.receiveOver
				}
			}})
			id := b.must(204, "POST", "purchaseOrder/7001"+toReceipt, c.body).id()
			if got := [3]string{b.line("PO-1001", 1)["quantityReceived"], b.line("PO-1001", 3)["quantityReceived"], b.order("PO-1001").Status}; got != [3]string{c.one, c.three, c.status} {
				t.Errorf("received and status %v", got)
			}
			receipts := b.s.Books().ItemReceipts
			if len(receipts) != 1 || len(receipts[0].Items) != c.lines || receipts[0].Fields["createdFrom"] != "7001" {
				t.Errorf("receipts %+v", receipts)
			}
			b.must(200, "GET", "itemReceipt/"+id+"?expandSubResources=true", "")
			b.must(204, "DELETE", "itemReceipt/"+id, "")
			if got := b.order("PO-1001"); got.Status != "B" {
				t.Errorf("status %s after the receipt was deleted", got.Status)
			}
			b.balanced()
		})
	}
}

func TestReceiptRefusals(t *testing.T) {
	b := newBench(t, Options{})
	post := func(order, body string) answer { return b.record("POST", "purchaseOrder/"+order+toReceipt, body) }
	b.refused(post("7001", `{"item":{"items":[{"orderLine":1,"quantity":11}]}}`), 400, "USER_ERROR", "remains to be received")
	b.refused(post("7001", `{"item":{"items":[{"orderLine":1,"itemReceive":false},{"orderLine":3,"itemReceive":false}]}}`), 400, "USER_ERROR", "at least one line")
	b.refused(post("7001", `{"item":{"items":[{"orderLine":1,"quantity":-1}]}}`), 400, "USER_ERROR", "Quantity")
	b.refused(post("7002", `{}`), 400, "USER_ERROR", "You can not initialize itemReceipt: invalid reference 7002.")
	b.refused(post("7003", `{}`), 400, "USER_ERROR", "invalid reference 7003")
	b.refused(post("7005", `{}`), 400, "USER_ERROR", "invalid reference 7005") // received in full
	b.refused(b.record("POST", "itemReceipt", `{}`), 400, "USER_ERROR", "Created From")
	if n := len(b.s.Books().Writes); n != 0 {
		t.Errorf("%d writes", n)
	}
	if err := b.s.Turn(func(k *Knobs) { k.MissingPermissions = []string{PermissionReceipts} }); err != nil {
		t.Fatal(err)
	}
	b.refused(post("7001", `{}`), 403, "INSUFFICIENT_PERMISSION", "Item Receipt")
}

func TestAReceiptThatWasBilledStaysWhereReceiptsComeFirst(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.BillBeforeReceipt = Refuse }})
	id := b.must(204, "POST", "purchaseOrder/7001"+toReceipt, `{}`).id()
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`)
	b.refused(b.record("DELETE", "itemReceipt/"+id, ""), 400, "USER_ERROR", "dependent records")
	b.refused(b.record("PATCH", "itemReceipt/"+id, `{"item":{"items":[{"line":1,"quantity":3}]}}`), 400, "USER_ERROR", "dependent records")
	b.balanced()
}

func TestReceiptsInSuiteQL(t *testing.T) {
	b := newBench(t, Options{})
	id := b.must(204, "POST", "purchaseOrder/7001"+toReceipt, `{}`).id()
	a := b.query(`SELECT t.id, t.type FROM transaction t INNER JOIN NextTransactionLineLink l ON l.nextdoc = t.id WHERE l.previousdoc = ? AND l.previousline = 1`, 7001)
	items := unmarshal(t, a.body)["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["id"] != id || items[0].(map[string]any)["type"] != "ItemRcpt" {
		t.Errorf("%s", a.body)
	}
}
