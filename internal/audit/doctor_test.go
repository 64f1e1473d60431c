package audit_test

import (
	"counterpunch/internal/app"
	"counterpunch/internal/doctor"
	"counterpunch/internal/mapping"
)

// advised is what the doctor says of the account's way of making bills, by the preview of one.
func (w *world) advised(prefix string) doctor.Rung {
	w.t.Helper()
	return w.advisedOn(w.Config.Accounts[0].Bill.Strategy, prefix)
}

// advisedOn is the same of another way.
func (w *world) advisedOn(strategy, prefix string) doctor.Rung {
	w.t.Helper()
	mapping := app.Mapping(w.Config.Accounts[0])
	mapping.Strategy = strategy
	w.seedOrders([]story{prefixed(story{orders: one(usual("P1"))}, prefix)})
	d, err := doctor.New(doctor.Options{
		Account: "main", NetSuite: w.clerk(), Mapping: mapping, Order: prefix + "P1",
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

// heed compares what the doctor has advised with what then became of the invoices: every strategy has billed every one.
// What only a saved bill can show is not for him to say.
func (w *world) heed(rule, strategy string, advice doctor.Rung) {
	w.t.Helper()
	want := doctor.OK
	if strategy == mapping.PostOrderDoc {
		want = doctor.Warning
	}
	if advice.Result != want {
		w.t.Errorf("%s: the doctor says of %s: %s, want %s: %s %v", rule, strategy, advice.Result, want, advice.Found, advice.Advice)
	}
}
