package delivery

import (
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// TestLinesOfOneItemThatAreBilledForOneAnotherAreHeld bills two lines of one item, which stand in each other's place in the
// order, in equal quantities at different prices: neither the bill nor what the order shows as billed tells them apart.
func TestLinesOfOneItemThatAreBilledForOneAnotherAreHeld(t *testing.T) {
	for _, c := range []struct {
		name      string
		orderLine simulator.Choice
		state     queue.State
		reason    string
	}{
		{"orderLine is the key of a line", simulator.ByLine, queue.StateApplied, ""},
		{"orderLine is the place of a line", simulator.ByPosition, queue.StateDeadLettered, "created-differently"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			w.turn(func(k *simulator.Knobs) { k.OrderLine = c.orderLine })
			po := seedOrder(2)
			po.Items[0], po.Items[1] = po.Items[1], po.Items[0]
			for i := range po.Items {
				po.Items[i].Item, po.Items[i].VendorName = "201", "W-1"
			}
			po.Items[1].Rate = "6.00"
			if err := w.netsuite.Seed(simulator.Seed{PurchaseOrders: []simulator.SeedOrder{po}}); err != nil {
				t.Fatal(err)
			}
			w.start()
			d := invoice("PO-2", "I-1", 3)
			second := d.Invoice.Orders[0].Items[0]
			price, subtotal, total := usd("6.00"), usd("18.00"), usd("33.00")
			second.InvoiceLineNumber, second.LineNumber, second.UnitPrice, second.Subtotal = 2, 2, &price, &subtotal
			d.Invoice.Orders[0].Items = append(d.Invoice.Orders[0].Items, second)
			d.Invoice.Summary = document.InvoiceSummary{Subtotal: total, Net: &total, Due: &total}
			w.ends(w.send(d)[0], c.state, c.reason)
		})
	}
}
