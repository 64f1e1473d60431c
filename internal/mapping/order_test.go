package mapping_test

import (
	"encoding/json"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"

	"github.com/google/go-cmp/cmp"
)

func TestConfirmationIsWrittenAsOnePatchOfWhatDiffers(t *testing.T) {
	st := status(document.StatusAccept, "6")
	st.UnitPrice, st.ShipmentDate, st.DeliveryDate = usd("5.00"), on(8), on(11)
	d := confirmation("C-1", 3, document.ConfirmDetail, confirmed(1, st, status(document.StatusBackordered, "4")))
	d.OrderConfirmation.Tax = &document.Tax{Amount: *usd("4.250")}
	p, err := mapper(t).Order(ledger(d).Fold(), purchaseOrder(t, setLine(0, "expectedReceiptDate", "2026-09-11"), set("custbody_cp_supplier_tax", 4.25)))
	p = plan(t, p, err)

	want := []string{
		"purchaseOrder PO-1001 custbody_cp_confirmation_date: -> 2026-09-03",
		"purchaseOrder PO-1001 custbody_cp_confirmation_number: -> C-1",
		"purchaseOrder PO-1001 line 1 custcol_cp_comments: -> accept 6 EA at 5.00 USD, ships 2026-09-08, arrives 2026-09-11; backordered 4 EA",
		"purchaseOrder PO-1001 line 1 custcol_cp_confirmed_price: -> 5",
		"purchaseOrder PO-1001 line 1 custcol_cp_confirmed_quantity: -> 6",
		"purchaseOrder PO-1001 line 1 custcol_cp_ship_date: -> 2026-09-08",
		"purchaseOrder PO-1001 line 1 custcol_cp_status: -> accept 6; backordered 4",
	}
	if diff := cmp.Diff(want, effects(p)); diff != "" {
		t.Error(diff)
	}
	if len(p.Calls) != 1 || p.Calls[0].Method != "PATCH" || p.Calls[0].Path != "purchaseOrder/7001" {
		t.Fatalf("calls are %v, want one PATCH", p.Calls)
	}
	var body struct {
		Number string `json:"custbody_cp_confirmation_number"`
		Item   struct {
			Items []struct {
				Line     int         `json:"line"`
				Quantity json.Number `json:"custcol_cp_confirmed_quantity"`
			} `json:"items"`
		} `json:"item"`
	}
	if err := json.Unmarshal(p.Calls[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	if len(body.Item.Items) != 1 || body.Item.Items[0].Line != 1 || body.Item.Items[0].Quantity != "6" || body.Number != "C-1" {
		t.Errorf("body is %s", p.Calls[0].Body)
	}
}

func TestWholeOrderStatementsReachEveryLine(t *testing.T) {
	for typ, want := range map[document.ConfirmationType][2]string{
		document.ConfirmAccept: {"accept", "100"}, document.ConfirmReject: {"reject", "0"}, document.ConfirmBackordered: {"backordered", "0"},
	} {
		p, err := mapper(t).Order(ledger(confirmation("C-1", 3, typ)).Fold(), purchaseOrder(t))
		got := make(map[string]string)
		for _, c := range plan(t, p, err).Changes {
			if c.Line == 2 {
				got[c.Field] = c.After
			}
		}
		if diff := cmp.Diff(map[string]string{"custcol_cp_status": want[0], "custcol_cp_confirmed_quantity": want[1]}, got); diff != "" {
			t.Errorf("%s: %s", typ, diff)
		}
	}
}

func TestShipNoticeIsWritten(t *testing.T) {
	d := notice("S-1", 5, shipped(1, "4", "acme-w-1"), shipped(1, "2", "ACME-W-1"), shipped(4, "1", ""))
	d.ShipNotice.ShipmentDate, d.ShipNotice.DeliveryDate = on(5), on(9)
	d.ShipNotice.Controls = []document.ShipControl{{Carriers: []document.Carrier{{Name: "UPS"}}, Tracking: []document.TrackingNumber{{Number: "1Z2"}, {Number: "1Z1"}}}}
	p, err := mapper(t).Order(ledger(d).Fold(), purchaseOrder(t))
	want := []string{
		"purchaseOrder PO-1001 custbody_cp_carriers: -> UPS",
		"purchaseOrder PO-1001 custbody_cp_ship_date: -> 2026-09-05",
		"purchaseOrder PO-1001 custbody_cp_shipments: -> S-1",
		"purchaseOrder PO-1001 custbody_cp_tracking_numbers: -> 1Z1, 1Z2",
		"purchaseOrder PO-1001 line 1 custcol_cp_shipped_quantity: -> 6",
		"purchaseOrder PO-1001 line 1 expectedReceiptDate: -> 2026-09-09",
		"purchaseOrder PO-1001 line 4 custcol_cp_shipped_quantity: -> 1",
		"purchaseOrder PO-1001 line 4 expectedReceiptDate: -> 2026-09-09",
	}
	if diff := cmp.Diff(want, effects(plan(t, p, err))); diff != "" {
		t.Error(diff)
	}
}

func TestPortionWithoutItemsShipsEveryLine(t *testing.T) {
	p, err := mapper(t).Order(ledger(notice("S-1", 5)).Fold(), purchaseOrder(t))
	got := make(map[int]string)
	for _, c := range plan(t, p, err).Changes {
		if c.Field == "custcol_cp_shipped_quantity" {
			got[c.Line] = c.After
		}
	}
	if diff := cmp.Diff(map[int]string{1: "10", 2: "100", 4: "2"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSecondWitness(t *testing.T) {
	priced := func(quantity, price string) document.ConfirmationStatus {
		st := status(document.StatusAccept, quantity)
		st.UnitPrice = usd(price)
		return st
	}
	named := func(quantity string, item document.Item) document.ConfirmationStatus {
		st := status(document.StatusAccept, quantity)
		st.Item = &item
		return st
	}
	described := func(quantity string, item document.Item) document.ConfirmationStatus {
		st := status(document.StatusDetail, quantity)
		st.Substitute = &item
		return st
	}
	substituted := func(quantity, part string) document.ConfirmationStatus {
		return described(quantity, document.Item{SupplierPartID: part})
	}
	received := func(line int, quantity string, item document.Item) *document.Document {
		return notice("S", 1, document.ShipNoticeItem{LineNumber: line, Quantity: ea(quantity), Item: item})
	}
	boxes := status(document.StatusAccept, "1")
	boxes.Quantity.Unit = "BX"
	pieces := status(document.StatusAccept, "1")
	pieces.Quantity.Unit = "pce"
	tests := []struct {
		name string
		docs []*document.Document
		want reason.Code
	}{
		{"unit and quantity", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, status(document.StatusAccept, "10")))}, ""},
		{"unit as a synonym", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, pieces))}, ""},
		{"more than ordered and nothing else", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, status(document.StatusAccept, "11")))}, reason.LineAmbiguous},
		{"more than ordered at the order's price", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, priced("11", "5.0")))}, ""},
		{"another unit", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, boxes))}, reason.LineAmbiguous},
		{"another price is news, not a contradiction", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, priced("10", "6")))}, ""},
		{"a line that is not there", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(3, status(document.StatusAccept, "1")))}, reason.LineNotFound},
		{"the part of the order", []*document.Document{notice("S", 1, shipped(1, "11", "ACME-W-1"))}, ""},
		{"another part", []*document.Document{notice("S", 1, shipped(1, "1", "ACME-B-2"))}, reason.LineAmbiguous},
		{"a part that was offered instead", []*document.Document{notice("S", 2, shipped(1, "1", "W-9")), confirmation("C", 1, document.ConfirmDetail, confirmed(1, substituted("10", "w-9")))}, ""},
		{"another part than was offered", []*document.Document{notice("S", 2, shipped(1, "1", "W-8")), confirmation("C", 1, document.ConfirmDetail, confirmed(1, substituted("10", "W-9")))}, reason.LineAmbiguous},
		{"the ordered part restated", []*document.Document{confirmation("C", 1, document.ConfirmReplace, confirmed(1, substituted("12", "ACME-W-1")))}, ""},
		{"a substitute for more than ordered", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, substituted("12", "W-9")))}, reason.LineAmbiguous},
		{"the order's price for a substitute", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, func() document.ConfirmationStatus {
			st := substituted("12", "W-9")
			st.UnitPrice = usd("5")
			return st
		}()))}, reason.LineAmbiguous},
		{"the part of the order, named beside", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, named("11", document.Item{SupplierPartID: "acme-w-1"})))}, ""},
		{"another part, named beside", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, named("10", document.Item{SupplierPartID: "W-9"})))}, reason.LineAmbiguous},
		{"the buyer's part of the order", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, named("11", document.Item{BuyerPartID: "widget"})))}, ""},
		{"the buyer's part, below another", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(4, named("3", document.Item{BuyerPartID: "Cleaning"})))}, ""},
		{"the buyer's part of another line", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, named("10", document.Item{BuyerPartID: "Bolt"})))}, reason.LineAmbiguous},
		{"a buyer's part that no line has", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, named("10", document.Item{BuyerPartID: "4711"})))}, ""},
		{"the part of another line", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, substituted("10", "ACME-B-2")))}, reason.LineAmbiguous},
		{"the part of another line for one without", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(4, substituted("2", "ACME-B-2")))}, reason.LineAmbiguous},
		{"lines that are swapped", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, substituted("10", "ACME-B-2")), confirmed(2, substituted("10", "ACME-W-1")))}, reason.LineAmbiguous},
		{"the part of another line, for the buyer's of this one", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, described("10", document.Item{SupplierPartID: "ACME-B-2", BuyerPartID: "Widget"})))}, ""},
		{"the part of another line, which is confirmed with it too", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, substituted("10", "ACME-B-2")), confirmed(2, substituted("100", "ACME-B-2")))}, ""},
		{"the part of another line, shipped as it was confirmed", []*document.Document{
			notice("S", 2, shipped(1, "10", "ACME-B-2")),
			confirmation("C", 1, document.ConfirmDetail, confirmed(1, substituted("10", "ACME-B-2")), confirmed(2, substituted("100", "ACME-B-2")))}, ""},
		{"the part of another line, which another document confirms", []*document.Document{
			confirmation("C", 1, document.ConfirmDetail, confirmed(1, substituted("10", "ACME-B-2"))),
			confirmation("D", 1, document.ConfirmDetail, confirmed(2, substituted("100", "ACME-B-2")))}, reason.LineAmbiguous},
		{"part of the ordered, part of another", []*document.Document{confirmation("C", 1, document.ConfirmDetail, confirmed(1, substituted("6", "ACME-W-1"), substituted("4", "W-9")))}, ""},
		{"the ordered part and another shipped on one line", []*document.Document{notice("S", 1, shipped(1, "3", "ACME-W-1"), shipped(1, "2", "W-8"))}, reason.LineAmbiguous},
		{"the buyer's part shipped", []*document.Document{received(1, "11", document.Item{BuyerPartID: "Widget"})}, ""},
		{"the buyer's part of another line shipped", []*document.Document{received(4, "1", document.Item{BuyerPartID: "Bolt"})}, reason.LineAmbiguous},
		{"a returned part is not shipped", []*document.Document{func() *document.Document {
			d := notice("S", 1, shipped(1, "99", "W-8"))
			d.ShipNotice.Return = true
			return d
		}()}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := mapper(t).Order(ledger(test.docs...).Fold(), purchaseOrder(t, setLine(2, "item", map[string]any{"id": "203", "refName": "Services : Cleaning"})))
			if test.want == "" {
				plan(t, p, err)
				return
			}
			m := refused(t, err, test.want)
			if diff := cmp.Diff([]string{test.docs[0].PayloadID}, m.Documents); diff != "" {
				t.Errorf("the wrong document is blamed: %s", diff)
			}
		})
	}
}

func TestBadDocumentDoesNotStopTheOthers(t *testing.T) {
	bad := notice("S", 1, shipped(2, "1", "NOT-OURS"))
	good := confirmation("C", 1, document.ConfirmDetail, confirmed(1, status(document.StatusReject, "10")), confirmed(2, status(document.StatusReject, "100")))
	p, err := mapper(t).Order(ledger(bad, good).Fold(), purchaseOrder(t))
	if m := refused(t, err, reason.LineAmbiguous); len(m.Documents) != 1 || m.Documents[0] != "pay-S" {
		t.Errorf("documents are %v, want only the bad one", m.Documents)
	}
	lines := make(map[int]bool)
	for _, c := range p.Changes {
		lines[c.Line] = true
	}
	if !lines[1] || lines[2] {
		t.Errorf("the plan has lines %v, want line 1 and not the disputed line 2", lines)
	}
}

func TestLinePolicies(t *testing.T) {
	third := confirmation("C", 1, document.ConfirmDetail, confirmed(3, status(document.StatusAccept, "2")))
	tests := []struct {
		policy string
		po     record.PurchaseOrder
		want   int
	}{
		{mapping.LineByPosition, purchaseOrder(t), 4},
		{mapping.LineByKey, purchaseOrder(t, setLine(2, "line", 3)), 3},
		{"custcol_cxml_line", purchaseOrder(t, setLine(1, "custcol_cxml_line", 3)), 2},
		{"custcol_cxml_line", purchaseOrder(t, setLine(1, "custcol_cxml_line", "3"), setLine(0, "custcol_cxml_line", "1")), 2},
	}
	for _, test := range tests {
		m := mapper(t, func(c *mapping.Config) { c.LinePolicy = test.policy })
		p, err := m.Order(ledger(third).Fold(), test.po)
		changes := plan(t, p, err).Changes
		if last := changes[len(changes)-1]; last.Line != test.want {
			t.Errorf("%s: line 3 is written to line %d, want %d", test.policy, last.Line, test.want)
		}
	}
	m := mapper(t, func(c *mapping.Config) { c.LinePolicy = "custcol_cxml_line" })
	twice := purchaseOrder(t, setLine(0, "custcol_cxml_line", 3), setLine(1, "custcol_cxml_line", 3))
	_, err := m.Order(ledger(third).Fold(), twice)
	refused(t, err, reason.LineAmbiguous)
}

func TestAnotherCurrencyIsNotWritten(t *testing.T) {
	d := confirmation("C", 1, document.ConfirmAccept)
	d.OrderConfirmation.Total = &document.Money{Amount: dec("99"), Currency: "EUR"}
	p, err := mapper(t).Order(ledger(d).Fold(), purchaseOrder(t))
	refused(t, err, reason.CurrencyMismatch)
	for _, c := range p.Changes {
		if c.Field == "custbody_cp_supplier_total" {
			t.Error("a total in EUR is written to an order in USD")
		}
	}
}

func TestPriceInAnotherCurrencyIsRefused(t *testing.T) {
	st := status(document.StatusAccept, "10")
	st.UnitPrice = &document.Money{Amount: dec("5"), Currency: "EUR"}
	p, err := mapper(t).Order(ledger(confirmation("C", 1, document.ConfirmDetail, confirmed(1, st))).Fold(), purchaseOrder(t))
	if m := refused(t, err, reason.CurrencyMismatch); m.Differences[0].What != "currency of the price" || m.Differences[0].Line != 1 {
		t.Errorf("differences are %v", m.Differences)
	}
	for _, c := range p.Changes {
		if c.Line == 1 {
			t.Errorf("%s is written for a line with a price in EUR", c)
		}
	}
}

func TestOnlyWhatHasLeftIsListed(t *testing.T) {
	planned, back := notice("P", 1, shipped(1, "1", "")), notice("R", 2, shipped(1, "1", ""))
	planned.ShipNotice.Planned, back.ShipNotice.Return = true, true
	p, err := mapper(t).Order(ledger(planned, back, notice("S", 3, shipped(1, "1", ""))).Fold(), purchaseOrder(t))
	want := []string{"purchaseOrder PO-1001 custbody_cp_shipments: -> S", "purchaseOrder PO-1001 line 1 custcol_cp_shipped_quantity: -> 1"}
	if diff := cmp.Diff(want, effects(plan(t, p, err))); diff != "" {
		t.Error(diff)
	}
}

func TestShippedInAnotherUnitIsRefused(t *testing.T) {
	d := notice("S", 1, shipped(1, "1", "ACME-W-1"))
	d.ShipNotice.Portions[0].Items[0].Quantity.Unit = "BX"
	_, err := mapper(t).Order(ledger(d).Fold(), purchaseOrder(t))
	refused(t, err, reason.UnitMismatch)
}

func TestWhatAPersonEnteredStays(t *testing.T) {
	entered := []func(map[string]any){
		setLine(0, "expectedReceiptDate", "2026-12-24"), setLine(1, "expectedReceiptDate", "2026-12-24"),
		set("custbody_cp_tracking_numbers", "by hand"), setLine(1, "custcol_cp_shipped_quantity", 3),
	}
	p, err := mapper(t).Order(ledger(confirmation("C", 1, document.ConfirmAccept)).Fold(), purchaseOrder(t, entered...))
	for _, c := range plan(t, p, err).Changes {
		if c.Before != "" {
			t.Errorf("%s: no document has ever stated that", c)
		}
	}
}

func TestWhatADocumentStatedIsTakenBackWithIt(t *testing.T) {
	n := notice("S", 1, shipped(1, "4", ""))
	n.ShipNotice.DeliveryDate = on(9)
	deleted := notice("S", 2)
	deleted.PayloadID, deleted.ShipNotice.Operation, deleted.ShipNotice.Portions = "del", document.OperationDelete, nil
	po := purchaseOrder(t, setLine(0, "expectedReceiptDate", "2026-09-09"), setLine(1, "expectedReceiptDate", "2026-12-24"),
		setLine(0, "custcol_cp_shipped_quantity", 4.0), set("custbody_cp_shipments", "S"))
	p, err := mapper(t).Order(ledger(deleted, n).Fold(), po)
	want := []string{
		"purchaseOrder PO-1001 custbody_cp_shipments: S ->",
		"purchaseOrder PO-1001 line 1 custcol_cp_shipped_quantity: 4 ->",
		"purchaseOrder PO-1001 line 1 expectedReceiptDate: 2026-09-09 ->",
	}
	if diff := cmp.Diff(want, effects(plan(t, p, err))); diff != "" {
		t.Error(diff)
	}
	if want := `{"custbody_cp_shipments":null,"item":{"items":[{"custcol_cp_shipped_quantity":null,"expectedReceiptDate":null,"line":1}]}}`; string(p.Calls[0].Body) != want {
		t.Errorf("body is %s, want %s", p.Calls[0].Body, want)
	}
	// A rejection of the whole order with a reason, taken back by a replacement, clears what it said of every line.
	reject := confirmation("C", 1, document.ConfirmReject)
	replace := confirmation("D", 2, document.ConfirmReplace, confirmed(1, status(document.StatusDetail, "1")))
	p, err = mapper(t).Order(ledger(reject, replace).Fold(), purchaseOrder(t, setLine(1, "custcol_cp_status", "reject")))
	if got := effects(plan(t, p, err)); got[len(got)-1] != "purchaseOrder PO-1001 line 2 custcol_cp_status: reject ->" {
		t.Errorf("effects are %q", got)
	}
}

func TestStatedButUnmappedIsListed(t *testing.T) {
	m := mapper(t, func(c *mapping.Config) {
		c.Header = map[string]string{"custbody_cp_confirmation_number": "doc.confirmationNumber"}
		c.Line = map[string]string{"custcol_cp_status": `line.status + (line.shipDate == "" ? "" : " " + line.shipDate)`}
	})
	st := status(document.StatusAccept, "10")
	st.UnitPrice, st.ShipmentDate = usd("5"), on(8)
	d := confirmation("C", 1, document.ConfirmDetail, confirmed(1, st))
	d.OrderConfirmation.Total = usd("50")
	p, err := m.Order(ledger(d).Fold(), purchaseOrder(t))
	if diff := cmp.Diff([]string{"confirmationDate", "total", "line 1 confirmedQuantity", "line 1 confirmedPrice"}, plan(t, p, err).Unmapped); diff != "" {
		t.Error(diff)
	}
}

func TestClosedLineIsStillWritten(t *testing.T) {
	d := confirmation("C", 1, document.ConfirmDetail, confirmed(1, status(document.StatusAccept, "10")))
	p, err := mapper(t).Order(ledger(d).Fold(), purchaseOrder(t, setLine(0, "isClosed", true), set("orderStatus", map[string]any{"id": "H"})))
	if len(plan(t, p, err).Calls) != 1 {
		t.Error("the statement about a closed line is lost")
	}
}

func TestMoreShippedThanOrderedIsShown(t *testing.T) {
	p, err := mapper(t).Order(ledger(notice("S1", 1, shipped(1, "6", "")), notice("S2", 2, shipped(1, "7", ""))).Fold(), purchaseOrder(t))
	want := []mapping.Difference{{What: "shipped quantity", Expected: "10", Found: "13", Line: 1}}
	if diff := cmp.Diff(want, plan(t, p, err).Differences); diff != "" {
		t.Error(diff)
	}
}

func TestASubstituteIsShownAndARestatedPartIsNone(t *testing.T) {
	offer := func(typ document.LineStatus, part string) document.ConfirmationStatus {
		st := status(typ, "2")
		st.Substitute = &document.Item{SupplierPartID: part}
		return st
	}
	tests := []struct {
		name  string
		line  int
		offer document.ConfirmationStatus
		want  string
	}{
		{"another part", 1, offer(document.StatusDetail, "W-9"), "W-9"},
		{"another part, in a snapshot", 1, offer(document.StatusAllDetail, "W-9"), "W-9"},
		{"the ordered one", 1, offer(document.StatusDetail, "acme-w-1 "), ""},
		{"the ordered one by the table", 1, offer(document.StatusDetail, "ACME 0001"), ""},
		{"where the order names none, restated", 4, offer(document.StatusAllDetail, "C-1"), ""},
		{"where the order names none, as a change", 4, offer(document.StatusDetail, "C-1"), "C-1"},
	}
	m := mapper(t, func(c *mapping.Config) { c.Lookups = mapping.Tables{mapping.TableItems: {"ACME 0001": "ACME-W-1"}} })
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			po := purchaseOrder(t)
			p, err := m.Order(ledger(confirmation("C", 1, document.ConfirmAllDetail, confirmed(test.line, test.offer))).Fold(), po)
			var shown []mapping.Difference
			comments := ""
			ordered, _ := po.Line(test.line)
			if test.want != "" {
				comments = "substitute " + test.want
				shown = []mapping.Difference{{What: "supplier part", Expected: ordered.VendorName, Found: test.want + ", offered instead", Line: test.line}}
			}
			if diff := cmp.Diff(shown, plan(t, p, err).Differences); diff != "" {
				t.Error(diff)
			}
			for _, c := range p.Changes {
				if c.Field == "custcol_cp_comments" {
					if c.After != comments {
						t.Errorf("comments are %q, want %q", c.After, comments)
					}
					comments = ""
				}
			}
			if comments != "" {
				t.Errorf("no comments, want %q", comments)
			}
		})
	}
}

func TestAWrongLineNumberIsToldByThePart(t *testing.T) {
	st := status(document.StatusDetail, "10")
	st.Substitute = &document.Item{SupplierPartID: "acme-b-2"}
	_, err := mapper(t).Order(ledger(confirmation("C", 1, document.ConfirmDetail, confirmed(1, st))).Fold(), purchaseOrder(t))
	want := "order PO-1001: line 1: supplier part is acme-b-2, which line 2 orders, expected ACME-W-1"
	if m := refused(t, err, reason.LineAmbiguous); m.Text != want {
		t.Errorf("text is %q, want %q", m.Text, want)
	}
}
