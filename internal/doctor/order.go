package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"counterpunch/internal/netsuite/record"
)

const noOrder = "no order was named: give --order with the number of a purchase order"

// readOrder judges the order, its vendor, its currency and its units.
func (d *Doctor) readOrder(ctx context.Context) []Rung {
	d.order = nil
	if d.o.Order == "" {
		skipped := Rung{Result: Skipped, Found: noOrder}
		return []Rung{skipped, skipped, skipped, skipped}
	}
	only := func(r Rung) []Rung {
		skipped := Rung{Result: Skipped, Found: RungOrder + " failed"}
		return []Rung{r, skipped, skipped, skipped}
	}
	asked := "SuiteQL for purchase orders with number " + d.o.Order
	found, err := d.c.FindPurchaseOrders(ctx, d.o.Order)
	switch {
	case err != nil:
		return only(d.failed(asked, err))
	case len(found) == 0:
		return only(Rung{Result: Failed, Asked: asked, Found: "none", Advice: append([]string{
			"Transactions > Purchases > Enter Purchase Orders > List: look whether the number is spelt like this.",
			"The role record > Subsidiary Restrictions must include the order's subsidiary, Employee Restrictions must be none: an order that the role may not see looks as if it did not exist.",
		}, roleDelay)})
	case len(found) > 1:
		ids := make([]string, len(found))
		for i, f := range found {
			ids[i] = f.ID
		}
		return only(Rung{Result: Failed, Asked: asked, Found: fmt.Sprintf("%d orders have this number: internal ids %s", len(ids), strings.Join(ids, ", ")),
			Advice: []string{"Documents name orders by number alone, and go to the order of the supplier's vendor. Give the others another number, or examine one whose number is unique."}})
	}
	asked = "GET /services/rest/record/v1/purchaseOrder/" + found[0].ID
	po, err := d.c.PurchaseOrder(ctx, found[0].ID)
	if err != nil {
		return only(d.failed(asked, err, append([]string{
			"Queries see the order, the record service does not: it opens orders as if to edit them. Look at Employee Restrictions of the role, at approval workflows, and whether the order is locked.",
		}, grant(permission("Purchase Order"))...)...))
	}
	d.order = &po
	r := Rung{Result: OK, Asked: asked, Found: fmt.Sprintf("vendor %s, status %s, %d line(s)", nameOf(po.Entity), nameOf(po.OrderStatus), len(po.Items))}
	if len(po.Items) == 0 {
		r.Result, r.Advice = Warning, []string{"The order has no item lines, so that documents have nothing to refer to."}
	}
	return []Rung{r, d.vendor(po), d.currency(po), d.units(po)}
}

func nameOf(r record.Ref) string {
	switch {
	case r.RefName == "":
		return r.ID
	case r.ID == "" || r.ID == r.RefName:
		return r.RefName
	}
	return r.RefName + " (" + r.ID + ")"
}

func (d *Doctor) vendor(po record.PurchaseOrder) Rung {
	r := Rung{Result: OK, Asked: "suppliers of the configuration"}
	var speakers, all []string
	for _, supplier := range slices.Sorted(maps.Keys(d.o.Vendors)) {
		if vendors := d.o.Vendors[supplier]; len(vendors) > 0 {
			all = append(all, supplier+" "+strings.Join(vendors, " "))
			if slices.Contains(vendors, po.Entity.ID) {
				speakers = append(speakers, supplier)
			}
		}
	}
	if len(speakers) > 0 {
		r.Found = fmt.Sprintf("vendor %s belongs to %s", nameOf(po.Entity), strings.Join(speakers, ", "))
		return r
	}
	r.Result = Failed
	r.Found = fmt.Sprintf("vendor %s belongs to no supplier; configured are: %s", nameOf(po.Entity), orNone(strings.Join(all, ", ")))
	r.Advice = []string{
		fmt.Sprintf("If the order is a supplier's, add %q to suppliers.accounts.%s.vendors in the configuration. Documents about orders of other vendors are refused.", po.Entity.ID, d.o.Account),
		"Lists > Relationships > Vendors shows the internal id when Home > Set Preferences > General > Show Internal IDs is ticked.",
	}
	return r
}

func (d *Doctor) currency(po record.PurchaseOrder) Rung {
	r := Rung{Result: OK, Asked: "bill.currencies of the configuration and the usual names", Found: orNone(nameOf(po.Currency))}
	if d.mapper.KnowsCurrency(po.Currency) {
		return r
	}
	r.Result, r.Found = Failed, "currency "+nameOf(po.Currency)+" has no ISO 4217 code"
	r.Advice = []string{fmt.Sprintf("Add %q to bill.currencies of the configuration, under the ISO 4217 code that suppliers write for %s.", po.Currency.ID, nameOf(po.Currency)),
		"Lists > Accounting > Currencies shows names, codes and internal ids."}
	return r
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
