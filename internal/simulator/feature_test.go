package simulator

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func (b *bench) turn(change func(*Knobs)) {
	b.t.Helper()
	if err := b.s.Turn(change); err != nil {
		b.t.Fatal(err)
	}
}

// asks sends a query and wants its answer to contain a text.
func (b *bench) asks(q, want string) {
	b.t.Helper()
	if a := b.query(q); !strings.Contains(string(a.body), want) {
		b.t.Errorf("%s: %d %s, want %s", q, a.status, a.body, want)
	}
}

func TestSuiteQLShowsQuantitiesInBaseUnits(t *testing.T) {
	b := newBench(t, Options{})
	if err := b.s.Seed(Seed{Units: []SeedUnit{{Name: "BOX", Base: "EA", Factor: "12"}}, PurchaseOrders: []SeedOrder{{ID: "7010", TranID: "PO-10", Vendor: "501",
		Items: []SeedLine{{Line: 1, Item: "201", Quantity: "3", Rate: "60", Units: "BOX"}}}}}); err != nil {
		t.Fatal(err)
	}
	b.must(204, "POST", "purchaseOrder/7010"+toReceipt, `{"item":{"items":[{"orderLine":1,"quantity":2}]}}`)
	b.must(204, "POST", "purchaseOrder/7010"+toBill, `{"tranId":"INV-1","item":{"items":[{"orderLine":1,"quantity":1}]}}`)
	const q = "SELECT quantity, quantityshiprecv, quantitybilled, foreignamount FROM transactionline WHERE transaction = 7010 AND mainline = 'F'"
	b.asks(q, `"foreignamount":"180","links":[],"quantity":"36","quantitybilled":"12","quantityshiprecv":"24"`)
	b.turn(func(k *Knobs) { k.NegativeOrderQuantity = true })
	b.asks(q, `"quantity":"-36","quantitybilled":"12"`)
	shown := string(b.must(200, "GET", "purchaseOrder/7010?expandSubResources=true", "").body)
	for _, want := range []string{`"quantity":3.0`, `"quantityReceived":2.0`, `"quantityBilled":1.0`, `"refName":"BOX"`} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %s in %s", want, shown)
		}
	}
	if err := b.s.Seed(Seed{Units: []SeedUnit{{Name: "BAG", Base: "EA", Factor: "0"}}}); err == nil {
		t.Error("a unit of nothing was taken")
	}
}

func TestForeignCurrency(t *testing.T) {
	b := newBench(t, Options{})
	if err := b.s.Seed(Seed{Currencies: []Named{{ID: "4", Name: "Euro", Rate: "1.25"}}, PurchaseOrders: []SeedOrder{
		{ID: "7010", TranID: "PO-10", Vendor: "501", Currency: "4", Items: []SeedLine{{Line: 1, Item: "201", Quantity: "1", Rate: "10.02"}}},
		{ID: "7011", TranID: "PO-11", Vendor: "501", Currency: "4", Rate: "1.2", Items: []SeedLine{{Line: 1, Item: "201", Quantity: "1", Rate: "10"}}}}}); err != nil {
		t.Fatal(err)
	}
	b.asks("SELECT foreigntotal, exchangerate FROM transaction WHERE id = 7010", `"exchangerate":"1.25","foreigntotal":"10.02"`)
	b.asks("SELECT foreignamount, netamount FROM transactionline WHERE transaction = 7010 AND mainline = 'T'", `"foreignamount":"10.02","links":[],"netamount":"12.53"`)
	b.asks("SELECT netamount FROM transactionline WHERE transaction = 7011 AND mainline = 'F'", `"netamount":"12"`)
	b.must(204, "POST", "purchaseOrder/7011"+toBill, `{"tranId":"INV-1"}`)
	b.must(204, "POST", "vendorBill", with(bill("INV-2", "cp-2", "5"), `"currency":{"id":"4"}`))
	b.must(204, "POST", "vendorBill", bill("INV-3", "cp-3", "5"))
	for number, rate := range map[string]string{"INV-1": "1.2", "INV-2": "1.25", "INV-3": "1"} {
		if got := b.s.Books().Bills("501", number)[0].Fields["exchangeRate"]; got != rate {
			t.Errorf("%s at %s, want %s", number, got, rate)
		}
	}
	if err := b.s.Seed(Seed{Currencies: []Named{{ID: "5", Name: "Yen", Rate: "x"}}}); err == nil {
		t.Error("a rate that is no number was taken")
	}
}

func TestDatesHaveTheFormatOfTheAccount(t *testing.T) {
	for format, date := range map[string]string{"M/D/YYYY": "9/1/2026", "D.M.YYYY": "1.9.2026", "DD/MM/YYYY": "01/09/2026", "YYYY-MM-DD": "2026-09-01", "D-Mon-YYYY": "1-Sep-2026"} {
		b := newBench(t, Options{Knobs: func(k *Knobs) { k.DateFormat = format }})
		b.asks("SELECT trandate FROM transaction WHERE id = 7001", `"trandate":"`+date+`"`)
		b.asks("SELECT TO_CHAR(trandate,'YYYY-MM-DD') d FROM transaction WHERE id = 7001", `"d":"2026-09-01"`)
		a := b.must(200, "GET", `purchaseOrder?q=`+escape(`tranDate ON "`+date+`"`), "")
		if !strings.Contains(string(a.body), `"totalResults":1`) {
			t.Errorf("%s: %s", format, a.body)
		}
	}
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.DateFormat = "YYYY-MM-DD" }})
	b.refused(b.record("GET", `purchaseOrder?q=`+escape(`tranDate ON "9/1/2026"`), ""), 400, "INVALID_PARAMETER", "the account's format is YYYY-MM-DD")
	if b.s.Turn(func(k *Knobs) { k.DateFormat = "ISO" }) == nil {
		t.Error("an unknown format was taken")
	}
}

func TestWithoutOneWorldNothingHasASubsidiary(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.OneWorld = Off }})
	if a := b.must(200, "GET", "purchaseOrder/7001", ""); strings.Contains(string(a.body), "subsidiary") {
		t.Errorf("%s", a.body)
	}
	b.refused(b.query("SELECT subsidiary FROM transactionline WHERE transaction = 7001"), 400, "INVALID_PARAMETER", "Unknown identifier 'subsidiary'")
	b.refused(b.record("POST", "vendorBill", with(bill("INV-1", "cp-1", "5"), `"subsidiary":{"id":"1"}`)), 400, "INVALID_CONTENT", "subsidiary")
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`)
}

func TestARoleSeesItsSubsidiariesRecordsAndFields(t *testing.T) {
	b := newBench(t, Options{Credentials: []Credential{
		{ConsumerKey: "demo-consumer-key", ConsumerSecret: "demo-consumer-secret", TokenID: "demo-token", TokenSecret: "demo-token-secret", Role: "narrow"},
		{ConsumerKey: "demo-consumer-key", ConsumerSecret: "demo-consumer-secret", TokenID: "other", TokenSecret: "x", Role: "wide"},
	}, Knobs: func(k *Knobs) {
		k.Roles = map[string]Restrictions{"narrow": {Subsidiaries: []string{"1"}, HiddenFields: []string{"memo"}, MissingPermissions: []string{PermissionCredits}}}
	}})
	if err := b.s.Seed(Seed{Subsidiaries: []Named{{ID: "2", Name: "Branch"}}, PurchaseOrders: []SeedOrder{
		{ID: "7010", TranID: "PO-10", Vendor: "501", Subsidiary: "2", Memo: "secret", Items: []SeedLine{{Line: 1, Item: "201", Quantity: "1", Rate: "1"}}}}}); err != nil {
		t.Fatal(err)
	}
	wide := *b
	wide.cred = Credential{ConsumerKey: "demo-consumer-key", ConsumerSecret: "demo-consumer-secret", TokenID: "other", TokenSecret: "x"}

	b.must(404, "GET", "purchaseOrder/7010", "")
	b.asks("SELECT id FROM transaction WHERE tranid = 'PO-10'", `"totalResults":0`)
	b.refused(b.query("SELECT memo FROM transaction"), 400, "INVALID_PARAMETER", "Unknown identifier 'memo'")
	b.refused(b.record("PATCH", "purchaseOrder/7001", `{"memo":"x"}`), 400, "USER_ERROR", "You do not have permissions to set a value for element memo")
	b.refused(b.record("POST", "vendorBill", with(bill("INV-1", "cp-1", "5"), `"subsidiary":{"id":"2"}`)), 400, "INVALID_CONTENT", "subsidiary")
	b.refused(b.record("GET", "vendorCredit", ""), 403, "INSUFFICIENT_PERMISSION", "Enter Vendor Credits")

	if a := wide.must(200, "GET", "purchaseOrder/7010", ""); !strings.Contains(string(a.body), "secret") {
		t.Errorf("%s", a.body)
	}
	wide.asks("SELECT memo FROM transaction WHERE tranid = 'PO-10'", `"memo":"secret"`)
	wide.must(200, "GET", "vendorCredit", "")
	if b.s.Turn(func(k *Knobs) { k.Roles = map[string]Restrictions{"x": {MissingPermissions: []string{"Everything"}}} }) == nil {
		t.Error("an unknown permission was taken")
	}
}

func TestTheWorkbookPermissionIsMissedInThreeWays(t *testing.T) {
	for _, c := range []struct {
		how    Choice
		status int
		part   string
	}{{Forbid, 403, "SuiteAnalytics Workbook"}, {NotFound, 400, "Record 'transaction' was not found"}, {Empty, 200, `"totalResults":0`}} {
		b := newBench(t, Options{Knobs: func(k *Knobs) { k.MissingPermissions, k.MissingWorkbook = []string{PermissionWorkbook}, c.how }})
		if a := b.query("SELECT id FROM transaction"); a.status != c.status || !strings.Contains(string(a.body), c.part) {
			t.Errorf("%s: %d %s", c.how, a.status, a.body)
		}
	}
}

func TestSuiteTaxDetails(t *testing.T) {
	const details = `"taxDetailsOverride":true,"taxDetails":{"items":[{"taxDetailsReference":"a","taxCode":{"id":"9"},"taxRate":7.5,"taxBasis":50,"taxAmount":3.75}]}`
	bench := func(change func(*Knobs)) *bench {
		b := newBench(t, Options{Knobs: change})
		if err := b.s.Seed(Seed{TaxCodes: []Named{{ID: "9", Name: "Sales tax", Rate: "7.5"}}}); err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := bench(nil)
	b.must(204, "POST", "vendorBill", with(bill("INV-1", "cp-1", "50"), details))
	got := b.s.Books().Bills("501", "INV-1")[0]
	if got.Total != "53.75" || got.Fields["taxTotal"] != "3.75" || got.Fields["amountRemaining"] != "53.75" || len(got.TaxDetails) != 1 {
		t.Errorf("bill %+v", got)
	}
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-2",`+details+`}`)
	if got := b.s.Books().Bills("501", "INV-2")[0].Total; got != "54.17" {
		t.Errorf("total %s", got)
	}
	b.balanced()
	b.refused(b.record("POST", "vendorBill", with(bill("INV-3", "cp-3", "50"), strings.Replace(details, "true", "false", 1))), 400, "USER_ERROR", "override")
	b.refused(b.record("POST", "vendorBill", with(bill("INV-3", "cp-3", "50"), `"userTotal":50,`+details)), 400, "USER_ERROR", "does not equal")

	b = bench(func(k *Knobs) { k.TaxDetails = Refuse })
	b.refused(b.record("POST", "vendorBill", with(bill("INV-1", "cp-1", "50"), details)), 400, "USER_ERROR", "element taxDetails")
	for _, mode := range []Choice{LegacyTax, None} {
		b = bench(func(k *Knobs) { k.TaxMode = mode })
		b.refused(b.record("POST", "vendorBill", with(bill("INV-1", "cp-1", "50"), details)), 400, "INVALID_CONTENT", "taxDetails")
	}

	b = bench(func(k *Knobs) { k.AutoTax = "10" })
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`)
	b.must(204, "POST", "vendorBill", with(bill("INV-2", "cp-2", "50"), details))
	for number, total := range map[string]string{"INV-1": "55.46", "INV-2": "53.75"} {
		if got := b.s.Books().Bills("501", number)[0].Total; got != total {
			t.Errorf("%s: total %s, want %s", number, got, total)
		}
	}
	b.balanced()
}

func TestLegacyTaxesStandOnTheLines(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.TaxMode = LegacyTax }})
	if err := b.s.Seed(Seed{TaxCodes: []Named{{ID: "9", Name: "Sales tax", Rate: "7.5"}}}); err != nil {
		t.Fatal(err)
	}
	line := func(number, tax string) string {
		return fmt.Sprintf(`{"entity":{"id":"501"},"tranId":%q,"expense":{"items":[{"account":{"id":"611"},"amount":10.1%s}]}}`, number, tax)
	}
	for _, c := range []struct{ number, tax, total string }{
		{"INV-1", "", "10.10"}, {"INV-2", `,"taxCode":{"id":"9"}`, "10.86"}, {"INV-3", `,"taxRate1":10`, "11.11"},
		{"INV-4", `,"taxCode":{"id":"9"},"tax1Amt":1`, "11.10"},
	} {
		b.must(204, "POST", "vendorBill", line(c.number, c.tax))
		if got := b.s.Books().Bills("501", c.number)[0].Total; got != c.total {
			t.Errorf("%s: total %s, want %s", c.number, got, c.total)
		}
	}
	b.balanced()
	b.turn(func(k *Knobs) { k.TaxMode = SuiteTax })
	b.refused(b.record("POST", "vendorBill", line("INV-5", `,"taxRate1":10`)), 400, "INVALID_CONTENT", "taxRate1")
}

func TestALocationOnALineWithoutTheFeatureIsAnUnexpectedError(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.PerLineLocation = Off }})
	b.refused(b.record("POST", "purchaseOrder/7001"+toBill, `{"item":{"items":[{"orderLine":1,"location":{"id":"1"}}]}}`), 500, "UNEXPECTED_ERROR", "Error ID")
	b.turn(func(k *Knobs) { k.PerLineLocation = On })
	b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"item":{"items":[{"orderLine":1,"location":{"id":"1"}}]}}`)
}

func TestNewBillsWaitForApprovalWhereThatIsOn(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.BillApproval = On }})
	id := b.must(204, "POST", "purchaseOrder/7001"+toBill, `{"tranId":"INV-1"}`).id()
	b.asks("SELECT status FROM transaction WHERE id = "+id, `"status":"D"`)
	b.act(Act{Do: ActApprove, Record: id})
	b.asks("SELECT status FROM transaction WHERE id = "+id, `"status":"A"`)
}

func TestAFewCallsAreSlow(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.Latency.Slow, k.Latency.SlowFor = 1, Duration(20*time.Millisecond) }})
	b.must(200, "GET", "purchaseOrder/7001", "")
	if took := time.Duration(b.s.Calls()[0].Took); took < 20*time.Millisecond {
		t.Errorf("took %s", took)
	}
}

func TestOnlyTheAccountsOwnFieldsAreCustomInTheCatalogue(t *testing.T) {
	b := newBench(t, Options{})
	catalogue := unmarshal(t, b.must(200, "GET", "metadata-catalog/purchaseOrder", "").body)
	lines := catalogue["properties"].(map[string]any)["item"].(map[string]any)["properties"].(map[string]any)["items"].(map[string]any)["items"].(map[string]any)["properties"].(map[string]any)
	for name, want := range map[string]any{"customer": nil, "custcol_cp_status": true} {
		if got := lines[name].(map[string]any)["x-ns-custom-field"]; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestEachPermissionIsMissedInItsOwnWay(t *testing.T) {
	for _, c := range []struct {
		permission string
		do         func(*bench) answer
		status     int
		code, text string
	}{
		{PermissionOrdersEdit, func(b *bench) answer { return b.record("PATCH", "purchaseOrder/7001", `{}`) }, 403, "INSUFFICIENT_PERMISSION", "Purchase Order"},
		{PermissionBillsEdit, func(b *bench) answer { return b.record("POST", "purchaseOrder/7001"+toBill, `{}`) }, 403, "INSUFFICIENT_PERMISSION", "Bills"},
		{PermissionBillsDelete, func(b *bench) answer {
			return b.record("DELETE", "vendorBill/"+b.must(204, "POST", "vendorBill", bill(fmt.Sprint("INV-", b.count.Load()), fmt.Sprint("cp-", b.count.Load()), "1")).id(), "")
		}, 403, "INSUFFICIENT_PERMISSION", "Bills"},
		{PermissionBillsEdit, func(b *bench) answer { return b.record("POST", "vendorBill", bill("INV-1", "cp-1", "1")) }, 403, "INSUFFICIENT_PERMISSION", "Bills"},
		{PermissionCreditsEdit, func(b *bench) answer { return b.record("POST", "vendorCredit", bill("CM-1", "cp-1", "1")) }, 403, "INSUFFICIENT_PERMISSION", "Enter Vendor Credits"},
		{PermissionReceiptsEdit, func(b *bench) answer { return b.record("POST", "purchaseOrder/7001"+toReceipt, `{}`) }, 403, "INSUFFICIENT_PERMISSION", "Item Receipt"},
		{PermissionVendors, func(b *bench) answer { return b.query("SELECT id FROM vendor") }, 400, "INVALID_PARAMETER", "Record 'vendor' was not found"},
		{PermissionItems, func(b *bench) answer { return b.query("SELECT id FROM item") }, 400, "INVALID_PARAMETER", "Record 'item' was not found"},
		{PermissionCurrencies, func(b *bench) answer { return b.query("SELECT id FROM currency") }, 400, "INVALID_PARAMETER", "Record 'currency' was not found"},
		{PermissionSubsidiaries, func(b *bench) answer { return b.query("SELECT id FROM subsidiary") }, 400, "INVALID_PARAMETER", "Record 'subsidiary' was not found"},
		{PermissionAccounts, func(b *bench) answer { return b.query("SELECT id FROM account") }, 400, "INVALID_PARAMETER", "Record 'account' was not found"},
		{PermissionPeriods, func(b *bench) answer { return b.query("SELECT id FROM accountingperiod") }, 400, "INVALID_PARAMETER", "Record 'accountingperiod' was not found"},
		{PermissionUnits, func(b *bench) answer { return b.query("SELECT id FROM unitstype") }, 400, "INVALID_PARAMETER", "Record 'unitstype' was not found"},
		{PermissionBodyFields, func(b *bench) answer {
			return b.record("PATCH", "purchaseOrder/7001", `{"custbody_cp_confirmation_number":"OC-1"}`)
		}, 400, "USER_ERROR", "custbody_cp_confirmation_number"},
		{PermissionColumnFields, func(b *bench) answer {
			return b.record("PATCH", "purchaseOrder/7001", `{"item":{"items":[{"line":1,"custcol_cp_status":"accepted"}]}}`)
		}, 400, "USER_ERROR", "custcol_cp_status"},
	} {
		t.Run(c.permission, func(t *testing.T) {
			b := newBench(t, Options{Knobs: func(k *Knobs) { k.MissingPermissions = []string{c.permission} }})
			b.refused(c.do(b), c.status, c.code, c.text)
			b.must(200, "GET", "purchaseOrder/7001", "")
			b.turn(func(k *Knobs) { k.MissingPermissions = nil })
			if a := c.do(b); a.status != 200 && a.status != 204 {
				t.Errorf("with the permission: %d %s", a.status, a.body)
			}
		})
	}
}

func TestListsOfTheAccountInSuiteQL(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.Subsidiaries = []string{"1"} }})
	if err := b.s.Seed(Seed{Subsidiaries: []Named{{ID: "2", Name: "Branch"}}, Currencies: []Named{{ID: "4", Name: "Euro", Rate: "1.25"}}}); err != nil {
		t.Fatal(err)
	}
	b.asks("SELECT id, name FROM subsidiary", `"items":[{"id":"1","links":[],"name":"Parent Company"}]`)
	b.asks("SELECT exchangerate FROM currency WHERE id = 4", `"exchangerate":"1.25"`)
	b.turn(func(k *Knobs) { k.OneWorld = Off })
	b.refused(b.query("SELECT id FROM subsidiary"), 400, "INVALID_PARAMETER", "was not found")
}
