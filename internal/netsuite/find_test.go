package netsuite

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsSoughtIsFoundWithOneQuery(t *testing.T) {
	client, far := connect(t, answering(200, nil, `{"items":[
	  {"links":[],"id":"7001","type":"PurchOrd","tranid":"PO-1001","entity":"501","status":"PurchOrd:B","externalid":null},
	  {"links":[],"ID":7002,"type":"PurchOrd","tranid":"po-1002","entity":"502","status":"B","trandate":"2026-09-02"},
	  {"id":"9001","type":"VendBill","tranid":"i-1","entity":"501","status":"VendBill:A","externalid":"cp-1","trandate":"2026-09-03"},
	  {"id":"9002","type":"VendCred","tranid":"C-1","entity":"501","status":"A"}],"hasMore":false,"count":4}`))
	found, err := client.Find(t.Context(), Sought{
		Orders: []string{"PO-1001", "PO-1002"}, Vendors: []string{"501", "502"}, Bills: []string{"I-1"}, Credits: []string{"C-1"},
	})
	want := Found{
		Orders:  []FoundOrder{{ID: "7001", TranID: "PO-1001", Entity: "501", Status: "B"}, {ID: "7002", TranID: "po-1002", Entity: "502", Status: "B"}},
		Bills:   []FoundBill{{ID: "9001", TranID: "i-1", ExternalID: "cp-1", Entity: "501", Status: "A", TranDate: "2026-09-03"}},
		Credits: []FoundBill{{ID: "9002", TranID: "C-1", Entity: "501", Status: "A"}},
	}
	if d := cmp.Diff(want, found); d != "" || err != nil {
		t.Error(d, err)
	}
	requests := far.requests()
	var sent struct {
		Q      string
		Params []string
	}
	if len(requests) != 1 || json.Unmarshal([]byte(requests[0].Body), &sent) != nil {
		t.Fatalf("%+v", requests)
	}
	if d := cmp.Diff([]string{"PO-1001", "PO-1002", "501", "502", "I-1", "501", "502", "C-1"}, sent.Params); d != "" || strings.Count(sent.Q, "?") != len(sent.Params) {
		t.Errorf("%s: %s", sent.Q, d)
	}
}

func TestNothingSoughtIsNoCall(t *testing.T) {
	client, far := connect(t, answering(200, nil, `{"items":[]}`))
	found, err := client.Find(t.Context(), Sought{Vendors: []string{"501"}})
	if d := cmp.Diff(Found{}, found); d != "" || err != nil || len(far.requests()) != 0 {
		t.Errorf("%s, %v, %d requests", d, err, len(far.requests()))
	}
}

func TestNoRowsIsNotAnError(t *testing.T) {
	client, _ := connect(t, answering(200, nil, `{"items":[],"hasMore":false,"totalResults":0}`))
	if found, err := client.FindPurchaseOrders(t.Context(), "x"); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestATransactionOfAnotherTypeIsNotPassedOver(t *testing.T) {
	client, _ := connect(t, answering(200, nil, `{"items":[{"id":"9001","tranid":"I-1"}],"hasMore":false}`))
	if found, err := client.FindBills(t.Context(), "501", "I-1"); err == nil {
		t.Errorf("%v", found)
	}
}
