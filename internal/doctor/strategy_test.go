package doctor

import (
	"strings"
	"testing"

	"counterpunch/internal/mapping"
	"counterpunch/internal/simulator"
)

// TestAStrategyIsNotFoundToWorkWhereItDoesNot previews bills in accounts that price bills by the order, or that count the
// lines of an order by their places.
func TestAStrategyIsNotFoundToWorkWhereItDoesNot(t *testing.T) {
	const gaps = `{"purchaseOrders":[{"id":"7991","tranId":"PO-GAPS","vendor":"501","status":"B","tranDate":"2026-09-01","items":[
		{"line":1,"item":"201","quantity":"3","rate":"1","units":"EA"},{"line":3,"item":"202","quantity":"3","rate":"1","units":"EA"},
		{"line":4,"item":"201","quantity":"3","rate":"1","units":"EA"}]}]}`
	byPlace := func(k *simulator.Knobs) { k.OrderLine = simulator.ByPosition }
	for _, test := range []struct {
		name, order string
		knobs       func(*simulator.Knobs)
		want        Result
		found       string
	}{
		{"as delivered", "PO-1001", func(*simulator.Knobs) {}, OK, "bills the invoiced line and nothing else"},
		{"as delivered, keys with gaps", "PO-GAPS", func(*simulator.Knobs) {}, OK, "transform-zero: bills the invoiced line and nothing else; post-orderdoc: cannot be previewed"},
		{"the order's rate is kept", "PO-1001", func(k *simulator.Knobs) { k.TransformRate = simulator.OrderRate }, Failed, "it bills at 5 what is invoiced at 6"},
		{"by place, keys are places", "PO-1001", byPlace, OK, "bills the invoiced line and nothing else"},
		{"by place, keys with gaps", "PO-GAPS", byPlace, Failed, mapping.TransformReplace + ": 400"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPatient(t, simulator.Options{}, test.knobs)
			if err := p.SeedOrders([]byte(gaps)); err != nil {
				t.Fatal(err)
			}
			p.options.Order = test.order
			rung, _ := p.doctor(t).Examine(t.Context()).Rung(RungStrategy)
			if rung.Result != test.want || !strings.Contains(rung.Found, test.found) {
				t.Errorf("%s: %s, want %s and %q", rung.Result, rung.Found, test.want, test.found)
			}
			said := strings.Contains(strings.Join(rung.Advice, "\n"), "does not show whether NetSuite takes orderLine")
			if unseen := test.order == "PO-1001" && test.want == OK; said != unseen {
				t.Errorf("that the order does not show what orderLine is: said %v, want %v", said, unseen)
			}
		})
	}
}
