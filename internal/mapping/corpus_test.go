package mapping_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/order"
	"counterpunch/internal/testkit/material"
)

// corpus calls f with every document of the collection of real ones that can be read; it skips where there is none.
func corpus(t *testing.T, f func(name string, d *document.Document)) {
	root := material.Corpus(t)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".xml") {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		env, err := cxml.Parse(context.Background(), body, "", cxml.DefaultLimits())
		if err != nil {
			return nil
		}
		if d, err := env.Document(cxml.DocumentOptions{}); err == nil {
			name, _ := filepath.Rel(root, path)
			f(name, d)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// orderFor makes the purchase order that the buyer of a document may have had: what it says of a line is what was ordered.
func orderFor(d *document.Document, ref document.OrderReference, currency string) record.PurchaseOrder {
	po := record.PurchaseOrder{ID: ref.String(), TranID: ref.String(), Entity: record.Ref{ID: "501"}, OrderStatus: record.Ref{ID: "B"}}
	if currency != "" {
		po.Currency = record.Ref{ID: "1", RefName: currency}
	}
	put := func(n int, part string, q document.Quantity, price *document.Money) {
		if _, ok := po.Line(n); ok || n == 0 {
			return
		}
		l := record.OrderLine{Line: n, Item: record.Ref{ID: "i"}, VendorName: part, Units: record.Ref{RefName: q.Unit}, Quantity: dec("1000000")}
		if price != nil {
			l.Rate = price.Amount
		}
		po.Items = append(po.Items, l)
	}
	switch d.Kind {
	case document.KindOrderConfirmation:
		for _, it := range d.OrderConfirmation.Items {
			put(it.LineNumber, "", it.Quantity, nil)
		}
	case document.KindShipNotice:
		for _, p := range d.ShipNotice.Portions {
			for _, it := range p.Items {
				put(it.LineNumber, it.Item.SupplierPartID, it.Quantity, nil)
			}
		}
	case document.KindInvoice:
		for _, o := range d.Invoice.Orders {
			for _, it := range o.Items {
				put(it.LineNumber, it.Item.SupplierPartID, it.Quantity, it.UnitPrice)
			}
		}
	}
	return po
}

// Real documents are either planned or refused with a reason and a table; nothing else, and nothing panics.
func TestRealDocumentsArePlannedOrRefused(t *testing.T) {
	every := mapping.Target{Account: "600"}
	m := mapper(t, func(c *mapping.Config) {
		c.Charges = map[string]mapping.Target{mapping.ChargeTax: every, mapping.ChargeShipping: every, mapping.ChargeHandling: every,
			mapping.ChargeDiscount: every, mapping.ChargeOther: every, mapping.ChargeCredit: every}
	})
	outcomes := make(map[string]int)
	corpus(t, func(name string, d *document.Document) {
		var p mapping.Plan
		var err error
		switch {
		case d.Kind != document.KindInvoice:
			for _, ref := range d.Orders() {
				var l order.Ledger
				l.Add(order.Contributions(d, "doc", 1, ref))
				p, err = m.Order(l.Fold(), orderFor(d, ref, ""))
			}
		case d.Invoice.Purpose.Credit():
			if refs := d.Orders(); len(refs) > 0 {
				po := orderFor(d, refs[0], d.Invoice.Summary.Subtotal.Currency)
				p, err = m.Credit(d, nil, &po, "cp-1", "doc")
			}
		default:
			pos := make(map[string]record.PurchaseOrder)
			for _, ref := range d.Orders() {
				pos[mapping.OrderKey(ref)] = orderFor(d, ref, d.Invoice.Summary.Subtotal.Currency)
			}
			p, err = m.Bill(d, pos, "cp-1", "doc")
		}
		outcome := string(d.Kind) + " planned"
		if err != nil {
			var mm *mapping.Mismatch
			if !errors.As(err, &mm) || !mm.Reason.Valid() || mm.Text == "" || len(mm.Differences) == 0 {
				t.Errorf("%s: %v is no mismatch with a reason and a table", name, err)
				return
			}
			outcome = string(d.Kind) + " " + string(mm.Reason)
			t.Logf("%s: %v", name, err)
		} else {
			plan(t, p, nil)
		}
		outcomes[outcome]++
	})
	t.Log(outcomes)
}
