package audit_test

import (
	"counterpunch/internal/app"
	"counterpunch/internal/doctor"
	"counterpunch/internal/mapping"
)

// advised is what the doctor says of the account's way of making bills, by the preview of one.
func (w *world) advised(prefix string) doctor.Rung {
	w.t.Helper()
	w.seedOrders([]story{prefixed(story{orders: one(usual("P1"))}, prefix)})
	d, err := doctor.New(doctor.Options{
		Account: "main", NetSuite: w.clerk(), Mapping: app.Mapping(w.Config.Accounts[0]), Order: prefix + "P1",
		Vendors: map[string][]string{"acme": {"501"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	rung, ok := d.Examine(w.ctx).Rung(doctor.RungStrategy)
	if !ok {
		w.t.Fatal("the doctor does not look at the way of making bills")
	}
	return rung
}

// heed compares what the doctor has advised with what then became of the invoices. A strategy that he finds to work bills
// every one; one that does not is not found to work. What only a saved bill can show is not for him to say.
func (w *world) heed(rule, strategy string, advice doctor.Rung, everyOne bool) {
	w.t.Helper()
	want := doctor.Failed
	switch {
	case strategy == mapping.PostOrderDoc:
		want = doctor.Warning
	case everyOne:
		want = doctor.OK
	}
	if advice.Result != want {
		w.t.Errorf("%s: the doctor says of %s: %s, want %s: %s %v", rule, strategy, advice.Result, want, advice.Found, advice.Advice)
	}
}
