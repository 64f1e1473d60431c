package audit_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
)

// clerk is a person's own way into NetSuite.
func (w *world) clerk() *netsuite.Client {
	w.t.Helper()
	credential := simulator.DemoCredential()
	c, err := netsuite.New(netsuite.Options{
		Account: "1234567_SB1", BaseURL: w.Addresses().NetSuite, Slots: 1,
		Credentials: netsuite.TBA{
			ConsumerKey: credential.ConsumerKey, ConsumerSecret: secret.New(credential.ConsumerSecret),
			TokenID: credential.TokenID, TokenSecret: secret.New(credential.TokenSecret),
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return c
}

// enter makes a bill by hand.
func (w *world) enter(c *netsuite.Client, fields map[string]any) {
	w.t.Helper()
	body, err := json.Marshal(fields)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := c.Create(w.ctx, "vendorBill", body); err != nil {
		w.t.Fatal(err)
	}
}

// TestARecordThatExistsIsLookedAtAndNotBelieved has the external id of the bill taken already, under every form in which
// NetSuite says so.
func TestARecordThatExistsIsLookedAtAndNotBelieved(t *testing.T) {
	w := open(t, nil, simulator.Options{})
	clerk := w.clerk()
	for i, form := range []struct {
		status     int
		code, text string
	}{
		{400, "USER_ERROR", "This record already exists."},
		{400, "USER_ERROR", "This entity already exists."},
		{400, "UNIQUE_RCRD_ID_REQD", "A record with this external id exists."},
		{400, "DUP_RCRD", "Duplicate."},
		{409, "USER_ERROR", "This record already exists."},
	} {
		for _, missing := range []bool{false, true} {
			err := w.NetSuite.Turn(func(k *simulator.Knobs) {
				k.DuplicateStatus, k.DuplicateCode, k.DuplicateText, k.MissingAs400 = form.status, form.code, form.text, missing
			})
			if err != nil {
				t.Fatal(err)
			}
			prefix := fmt.Sprintf("%d%t-", i, missing)
			same, other := prefixed(story{orders: one(usual("P1")), inv: full("I1", "P1")}, prefix+"a"), prefixed(story{orders: one(usual("P1")), inv: full("I1", "P1")}, prefix+"b")
			for id, o := range w.seedOrders([]story{same, other}) {
				number, lines := o.TranID[:len(o.TranID)-2]+"I1", []map[string]any{{"orderDoc": map[string]string{"id": id}, "orderLine": 1, "item": map[string]string{"id": "201"}, "quantity": 10, "rate": 5, "amount": 50}}
				if o.TranID == same.orders[0].TranID {
					lines = append(lines, map[string]any{"orderDoc": map[string]string{"id": id}, "orderLine": 2, "item": map[string]string{"id": "202"}, "quantity": 4, "rate": 12.5, "amount": 50})
				}
				// The bill does not count on the order, so that only its external id can tell.
				for _, l := range lines {
					delete(l, "orderDoc")
					delete(l, "orderLine")
				}
				w.enter(clerk, map[string]any{
					"externalId": mapping.ExternalID("main", "501", "vendorBill", number, 2026, 0), "tranId": number, "tranDate": "2026-09-20",
					"entity": map[string]string{"id": "501"}, "item": map[string]any{"items": lines},
				})
			}
			results := w.post([][]byte{same.inv.xml(), other.inv.xml()})
			if p := results[0]; p.status.State != queue.StateApplied {
				t.Errorf("%+v, missing as 400 %v: the same bill: %s", form, missing, p)
			}
			if p := results[1]; p.status.State != queue.StateDeadLettered || p.last.Reason != reason.CreatedDifferently || len(p.differences()) == 0 {
				t.Errorf("%+v, missing as 400 %v: another bill: %s", form, missing, p)
			}
			books := w.sound()
			for _, s := range []story{same, other} {
				if n := len(books.Bills("501", s.inv.id)); n != 1 {
					t.Errorf("%+v, missing as 400 %v: %d bills with the number", form, missing, n)
				}
			}
		}
	}
}

// TestABillThatAClerkEnteredByHand has the invoice's number in the books already, without an external id: as a bill of the
// order or of nothing, where NetSuite takes a number twice and where it does not.
func TestABillThatAClerkEnteredByHand(t *testing.T) {
	w := open(t, nil, simulator.Options{})
	clerk := w.clerk()
	for i, c := range []struct {
		name   string
		linked bool
		rule   simulator.Choice
		reason reason.Code
	}{
		{"linked to the order", true, simulator.Allow, reason.DuplicateNumber},
		{"linked to the order, numbers are unique", true, simulator.Refuse, reason.DuplicateNumber},
		{"not linked", false, simulator.Allow, reason.DuplicateNumber},
		{"not linked, numbers are unique", false, simulator.Refuse, reason.DuplicateNumber},
	} {
		if err := w.NetSuite.Turn(func(k *simulator.Knobs) { k.DuplicateTranID = c.rule }); err != nil {
			t.Fatal(err)
		}
		s := prefixed(story{orders: one(usual("P1")), inv: full("I1", "P1")}, fmt.Sprintf("h%d-", i))
		for id := range w.seedOrders([]story{s}) {
			line := map[string]any{"item": map[string]string{"id": "201"}, "quantity": 10, "rate": 5, "amount": 50}
			if c.linked {
				line["orderDoc"], line["orderLine"] = map[string]string{"id": id}, 1
			}
			w.enter(clerk, map[string]any{
				"tranId": s.inv.id, "tranDate": "2026-09-20", "entity": map[string]string{"id": "501"}, "item": map[string]any{"items": []any{line}},
			})
		}
		p := w.post([][]byte{s.inv.xml()})[0]
		books := w.sound()
		if p.status.State != queue.StateDeadLettered || p.last.Reason != c.reason || len(p.differences()) == 0 {
			t.Errorf("%s: %s, want %s", c.name, p, c.reason)
		}
		if n := len(books.Bills("501", s.inv.id)); n != 1 {
			t.Errorf("%s: %d bills with the number", c.name, n)
		}
	}
}
