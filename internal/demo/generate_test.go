package demo_test

import (
	"testing"

	"counterpunch/internal/cxml"
	"counterpunch/internal/demo"
	"counterpunch/internal/document"
	"counterpunch/internal/simulator"
)

func TestGeneratedDocumentsSayWhatTheOrderSays(t *testing.T) {
	orders, err := simulator.New(simulator.Options{Seed: 3}).SeedRandom(20, "501")
	if err != nil {
		t.Fatal(err)
	}
	orders = append(orders, simulator.SeedOrder{TranID: `PO <&"1">`, Items: []simulator.SeedLine{
		{Line: 4, VendorName: "A&B", Description: "<b>", Quantity: "3", Rate: "0.333", Units: "EA"},
	}})
	for _, o := range orders {
		for kind, generate := range map[document.Kind]func(demo.Sender, simulator.SeedOrder) (demo.Generated, error){
			document.KindOrderConfirmation: demo.OrderConfirmation, document.KindInvoice: demo.Invoice,
		} {
			g, err := generate(demo.Acme(), o)
			if err != nil {
				t.Fatal(err)
			}
			env, err := cxml.Parse(t.Context(), g.Body, "", cxml.DefaultLimits())
			if err != nil {
				t.Fatalf("%s of order %s: %v\n%s", kind, o.TranID, err, g.Body)
			}
			d, err := env.Document(cxml.DocumentOptions{})
			if err != nil {
				t.Fatalf("%s of order %s: %v\n%s", kind, o.TranID, err, g.Body)
			}
			if d.Kind != kind || d.Number() != g.Number || d.Orders()[0].OrderID != o.TranID {
				t.Errorf("%s %s of order %s was read as %s %s of order %s", kind, g.Number, o.TranID, d.Kind, d.Number(), d.Orders()[0].OrderID)
			}
			if len(d.Warnings) > 0 {
				t.Errorf("%s of order %s: %v", kind, o.TranID, d.Warnings)
			}
		}
	}
}
