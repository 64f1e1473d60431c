package queue

import (
	"testing"

	"counterpunch/internal/document"
)

func TestTheFirstDocumentOfANumberIsRemembered(t *testing.T) {
	f := newFixture(t)
	n := f.queue().Numbers()
	first := func(supplier string, kind document.Kind, number string) string {
		t.Helper()
		id, err := n.First(f.ctx, "main", supplier, kind, number)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if got := first("acme", document.KindInvoice, "INV 1"); got != "" {
		t.Errorf("%q used a number that nobody used", got)
	}
	for _, id := range []string{"doc-1", "doc-2"} {
		if err := n.Remember(f.ctx, "main", "acme", document.KindInvoice, "INV 1", id); err != nil {
			t.Fatal(err)
		}
	}
	if got := first("acme", document.KindInvoice, " inv 1"); got != "doc-1" {
		t.Errorf("the first document is %q", got)
	}
	for _, other := range []string{first("globex", document.KindInvoice, "INV 1"), first("acme", document.KindShipNotice, "INV 1")} {
		if other != "" {
			t.Errorf("the number of another supplier or kind leads to %q", other)
		}
	}
}
