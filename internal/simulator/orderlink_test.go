package simulator

import (
	"strings"
	"testing"
)

// TestTheLinkOfABillToItsOrderFollowsTheKnobs bills line 3 of the order, which stands second in it, at another rate.
func TestTheLinkOfABillToItsOrderFollowsTheKnobs(t *testing.T) {
	const (
		replaced = "purchaseOrder/7001" + toBill + "?replace=item"
		posted   = "vendorBill"
	)
	line := func(path, number string) string {
		if path == posted {
			return `{"tranId":"INV-1","entity":{"id":"501"},"item":{"items":[{"orderDoc":{"id":"7001"},"orderLine":` + number + `,"item":{"id":"202"},"quantity":2,"rate":0.2,"amount":0.4}]}}`
		}
		return `{"tranId":"INV-1","item":{"items":[{"orderLine":` + number + `,"item":{"id":"202"},"quantity":2,"rate":0.2,"amount":0.4}]}}`
	}
	for _, c := range []struct {
		name, path, number   string
		knobs                func(*Knobs)
		billed, total, shown string
	}{
		{"posted", posted, "3", nil, "2", "0.40", `"orderLine":3`},
		{"posted and ignored", posted, "3", func(k *Knobs) { k.PostedOrderDoc = Ignored }, "0", "0.40", ""},
		{"posted by position", posted, "2", func(k *Knobs) { k.OrderLine = ByPosition }, "2", "0.40", `"orderLine":2`},
		{"replaced", replaced, "3", nil, "2", "0.40", `"orderLine":3`},
		{"replaced, of which nothing is ignored", replaced, "3", func(k *Knobs) { k.PostedOrderDoc = Ignored }, "2", "0.40", `"orderLine":3`},
		{"replaced by position", replaced, "2", func(k *Knobs) { k.OrderLine = ByPosition }, "2", "0.40", `"orderLine":2`},
		{"no such position: a line of no order", replaced, "3", func(k *Knobs) { k.OrderLine = ByPosition }, "0", "0.40", ""},
		{"at the order's rate", replaced, "3", func(k *Knobs) { k.TransformRate = OrderRate }, "2", "0.21", `"orderLine":3`},
		{"posted at its own rate", posted, "3", func(k *Knobs) { k.TransformRate = OrderRate }, "2", "0.40", `"orderLine":3`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Knobs: c.knobs})
			id := b.must(204, "POST", c.path, line(c.path, c.number)).id()
			if got := b.line("PO-1001", 3)["quantityBilled"]; got != c.billed {
				t.Errorf("billed of line 3: %s, want %s", got, c.billed)
			}
			if got := b.line("PO-1001", 1)["quantityBilled"]; got != "0" {
				t.Errorf("billed of line 1: %s", got)
			}
			if got := b.s.Books().Bills("501", "INV-1")[0].Total; got != c.total {
				t.Errorf("total %s, want %s", got, c.total)
			}
			text := string(b.must(200, "GET", "vendorBill/"+id+"?expandSubResources=true", "").body)
			if linked := strings.Contains(text, "orderDoc"); linked != (c.shown != "") || !strings.Contains(text, c.shown) {
				t.Errorf("the bill shows %s, want %q", text, c.shown)
			}
			b.balanced()
		})
	}
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.OrderLine = ByPosition }})
	b.refused(b.record("POST", posted, line(posted, "3")), 400, "INVALID_KEY_OR_REF", "orderLine")
	b.refused(b.record("POST", posted, line(posted, "1")), 400, "INVALID_CONTENT", "item")
}
