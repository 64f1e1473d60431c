package netsuite_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"counterpunch/internal/netsuite"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
)

const seed = `{"vendors":[{"id":"501","name":"ACME Inc"}],"items":[{"id":"201","name":"Widget","vendorName":"ACME-W-1"}],
 "purchaseOrders":[{"id":"7001","tranId":"PO-1001","vendor":"501","subsidiary":"1","currency":"1","status":"B","tranDate":"2026-09-01",
  "items":[{"line":1,"item":"201","vendorName":"ACME-W-1","description":"Widget","quantity":"10","rate":"5.00","units":"EA"},
           {"line":4,"item":"201","vendorName":"ACME-W-1","quantity":"2.5","rate":"0.30","units":"EA"}]}]}`

// simulated connects a client to the simulator, which checks signatures with code of its own.
func simulated(t *testing.T, turn func(*simulator.Knobs), change ...func(*netsuite.Options)) (*netsuite.Client, *simulator.Simulator) {
	t.Helper()
	s := simulator.New(simulator.Options{Knobs: turn})
	if err := s.SeedOrders([]byte(seed)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	demo := simulator.DemoCredential()
	o := netsuite.Options{
		Account: "1234567-sb1", BaseURL: server.URL,
		Credentials: netsuite.TBA{
			ConsumerKey: demo.ConsumerKey, ConsumerSecret: secret.New(demo.ConsumerSecret),
			TokenID: demo.TokenID, TokenSecret: secret.New(demo.TokenSecret),
		},
	}
	for _, c := range change {
		c(&o)
	}
	client, err := netsuite.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, s
}

func TestOrderIsFoundReadChangedAndBilled(t *testing.T) {
	client, books := simulated(t, nil)
	ctx := t.Context()
	if err := client.Probe(ctx); err != nil {
		t.Fatal(err)
	}
	found, err := client.FindPurchaseOrders(ctx, "po-1001")
	if err != nil || len(found) != 1 || found[0] != (netsuite.FoundOrder{ID: "7001", TranID: "PO-1001", Entity: "501", Status: "B"}) {
		t.Fatalf("%+v, %v", found, err)
	}
	order, err := client.PurchaseOrder(ctx, found[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	line, ok := order.Line(4)
	if !ok || line.Quantity.Canonical() != "2.5" || line.Rate.Canonical() != "0.3" || order.Entity.ID != "501" || line.VendorName != "ACME-W-1" {
		t.Fatalf("%+v", order)
	}
	err = client.PatchPurchaseOrder(ctx, "7001", json.RawMessage(`{"item":{"items":[{"line":4,"custcol_cp_status":"accept"}]}}`), order)
	if err != nil {
		t.Fatal(err)
	}
	if order, err = client.PurchaseOrder(ctx, "7001"); err != nil || len(order.Items) != 2 || string(order.Items[1].Raw["custcol_cp_status"]) != `"accept"` {
		t.Fatalf("%+v, %v", order.Items, err)
	}
	fields, err := client.Fields(ctx, "purchaseOrder")
	if err != nil || !slices.ContainsFunc(fields, func(f netsuite.Field) bool { return f.List == "item" && f.Name == "custcol_cp_status" && f.Custom }) {
		t.Errorf("%+v, %v", fields, err)
	}
	body := json.RawMessage(`{"externalId":"cp-1","tranId":"INV-1","tranDate":"2026-09-02","item":{"items":[{"orderLine":1,"quantity":10,"rate":5}]}}`)
	id, err := client.Transform(ctx, "purchaseOrder", "7001", "vendorBill", url.Values{"replace": {"item"}}, body)
	if err != nil {
		t.Fatal(err)
	}
	bill, err := client.VendorBill(ctx, "eid:cp-1")
	if err != nil || bill.ID != id || bill.TranID != "INV-1" || bill.Total.Canonical() != "50" || len(bill.Items) != 1 {
		t.Fatalf("%+v, %v", bill, err)
	}
	bills, err := client.FindBills(ctx, "501", "inv-1")
	if err != nil || len(bills) != 1 || bills[0].ID != id || bills[0].ExternalID != "cp-1" || bills[0].TranDate != "2026-09-02" {
		t.Fatalf("%+v, %v", bills, err)
	}
	if err := client.Patch(ctx, "vendorBill", id, json.RawMessage(`{"paymentHold":true}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Transform(ctx, "purchaseOrder", "7001", "vendorBill", nil, body); netsuite.ClassOf(err) != netsuite.Exists {
		t.Errorf("the same bill again: %v", err)
	}
	if b := books.Books(); len(b.Accidents) != 0 || len(b.FailedLogins) != 0 || len(b.VendorBills) != 1 {
		t.Errorf("accidents %v, failed logins %v, %d bills", b.Accidents, b.FailedLogins, len(b.VendorBills))
	}
}

func TestSimulatedFaultsHaveTheirClass(t *testing.T) {
	write := func(c *netsuite.Client) error {
		return c.Patch(t.Context(), "purchaseOrder", "7001", json.RawMessage(`{"memo":"x"}`))
	}
	look := func(c *netsuite.Client) error { _, err := c.PurchaseOrder(t.Context(), "7001"); return err }
	for name, c := range map[string]struct {
		turn func(*simulator.Knobs)
		call func(*netsuite.Client) error
		want netsuite.Class
	}{
		"committed, then 500":       {func(k *simulator.Knobs) { k.CommitThenFail = simulator.Fault{Next: 1, How: simulator.Error500} }, write, netsuite.Unknown},
		"committed, then reset":     {func(k *simulator.Knobs) { k.CommitThenFail = simulator.Fault{Next: 1, How: simulator.Reset} }, write, netsuite.Unknown},
		"not committed, then reset": {func(k *simulator.Knobs) { k.FailBeforeCommit = simulator.Fault{Next: 1, How: simulator.Reset} }, write, netsuite.Unknown},
		"committed, then silence": {func(k *simulator.Knobs) {
			k.CommitThenFail, k.HangFor = simulator.Fault{Next: 1, How: simulator.Timeout}, simulator.Duration(time.Second)
		}, write, netsuite.Unknown},
		"unexpected error on a read": {func(k *simulator.Knobs) { k.UnexpectedError = simulator.Fault{Next: 1} }, look, netsuite.Odd},
		"record changed":             {func(k *simulator.Knobs) { k.RecordChanged = simulator.Fault{Next: 1} }, write, netsuite.Changed},
		"maintenance for a read":     {func(k *simulator.Knobs) { k.Down = simulator.DownHTML }, look, netsuite.Down},
		"maintenance for a write":    {func(k *simulator.Knobs) { k.Down = simulator.DownHTML }, write, netsuite.Unknown},
		"gone":                       {func(k *simulator.Knobs) { k.Down = simulator.DownGone }, look, netsuite.Down},
		"user disabled":              {func(k *simulator.Knobs) { k.UserDisabled = true }, look, netsuite.Login},
		"older error form":           {func(k *simulator.Knobs) { k.ErrorStyle = simulator.RFC2616; k.TokenRevoked = true }, look, netsuite.Login},
		"hidden record":              {func(k *simulator.Knobs) { k.HiddenRecords = []string{"7001"} }, look, netsuite.NotFound},
		"hidden record as 400":       {func(k *simulator.Knobs) { k.HiddenRecords = []string{"7001"}; k.MissingAs400 = true }, look, netsuite.NotFound},
		"no permission for orders":   {func(k *simulator.Knobs) { k.MissingPermissions = []string{simulator.PermissionOrders} }, look, netsuite.Refused},
		"no permission for REST":     {func(k *simulator.Knobs) { k.MissingPermissions = []string{simulator.PermissionREST} }, look, netsuite.Login},
		"a script says no": {func(k *simulator.Knobs) {
			k.ScriptRejects = []simulator.ScriptReject{{Pattern: "memo", Text: "No memo today."}}
		}, write, netsuite.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := simulated(t, c.turn)
			if err := c.call(client); netsuite.ClassOf(err) != c.want {
				t.Errorf("%q, want %q: %v", netsuite.ClassOf(err), c.want, err)
			}
		})
	}
}

func TestWrongSecretIsALogin(t *testing.T) {
	client, books := simulated(t, nil, func(o *netsuite.Options) {
		tba := o.Credentials.(netsuite.TBA)
		tba.TokenSecret = secret.New("wrong")
		o.Credentials = tba
	})
	if err := client.Probe(t.Context()); netsuite.ClassOf(err) != netsuite.Login || len(books.Books().FailedLogins) != 1 {
		t.Errorf("%v, %v", err, books.Books().FailedLogins)
	}
}
