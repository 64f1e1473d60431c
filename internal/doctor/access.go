package doctor

import (
	"context"
	"fmt"

	"counterpunch/internal/netsuite"
)

const (
	askQuery = "SuiteQL SELECT id FROM transaction FETCH FIRST 1 ROWS ONLY"
	// nobody is an internal id that no record has: the largest of 31 bits. A call to it is refused for want of permission
	// or for want of the record, and can neither read nor save anything.
	nobody = "2147483647"
)

func (d *Doctor) queries(ctx context.Context) []Rung {
	rows, err := d.c.Query(ctx, "SELECT id FROM transaction FETCH FIRST 1 ROWS ONLY")
	if err != nil {
		advice := append([]string{"Setup > Company > Enable Features > Analytics: tick SuiteAnalytics Workbook, Save."},
			grant(permission("SuiteAnalytics Workbook"), permission("Find Transaction"))...)
		return []Rung{d.failed(askQuery, err, advice...), {Result: Skipped, Found: RungSuiteQL + " failed"}}
	}
	found := Rung{Result: OK, Asked: askQuery, Found: "it finds some"}
	if len(rows) == 0 {
		found.Result, found.Found = Failed, "the query was answered and found nothing: to this role the account has no transactions"
		found.Advice = append(grant(permission("Find Transaction")),
			"The role record > Subsidiary Restrictions: All, Employee Restrictions: none. A new account without any transaction looks the same: enter one.")
	}
	return []Rung{{Result: OK, Asked: askQuery, Found: "answered"}, found}
}

func askCatalog(typ string) string { return "GET /services/rest/record/v1/metadata-catalog/" + typ }

func (d *Doctor) ordersView(ctx context.Context) []Rung {
	if _, err := d.catalog(ctx, typeOrder); err != nil {
		return []Rung{d.failed(askCatalog(typeOrder), err, grant(permission("Purchase Order"))...)}
	}
	return []Rung{{Result: OK, Asked: askCatalog(typeOrder), Found: "allowed"}}
}

// ordersEdit tells a right to edit from a right to see without an order at stake: it reads an order that cannot exist,
// and when NetSuite says that there is none, sends an empty change to it. NetSuite looks at the right first.
func (d *Doctor) ordersEdit(ctx context.Context) []Rung {
	asked := "PATCH /services/rest/record/v1/purchaseOrder/" + nobody + ", which does not exist"
	_, err := d.c.PurchaseOrder(ctx, nobody)
	switch {
	case lacksPermission(err):
		return []Rung{d.failed("GET /services/rest/record/v1/purchaseOrder/"+nobody+", which does not exist", err, grant(permission("Purchase Order"))...)}
	case netsuite.ClassOf(err) != netsuite.NotFound:
		if err == nil || answered(err) {
			return []Rung{{Result: Warning, Asked: asked, Found: "not sent, because NetSuite did not say that the order does not exist",
				Advice: append([]string{"Compare by hand."}, grant(permission("Purchase Order"))...)}}
		}
		return []Rung{d.failed(asked, err)}
	}
	return []Rung{d.permitted(asked, d.c.Patch(ctx, typeOrder, nobody, []byte("{}")), permission("Purchase Order"))}
}

func (d *Doctor) bills(ctx context.Context) []Rung {
	return d.makes(ctx, typeBill, typeOrder, RungOrdersView, permission("Bills"))
}

func (d *Doctor) credits(ctx context.Context) []Rung {
	return d.makes(ctx, typeCredit, typeBill, RungBills, permission("Enter Vendor Credits"))
}

// makes judges whether records of a type can be seen, by the metadata catalog, and made, by the preview of a form for a
// record that does not exist. The preview needs the right to see what the form is made from, which rung from judged.
func (d *Doctor) makes(ctx context.Context, typ, source, from string, needed Permission) []Rung {
	if _, err := d.catalog(ctx, typ); err != nil {
		return []Rung{d.failed(askCatalog(typ), err, grant(needed)...)}
	}
	if !d.rungs[from].passed() {
		return []Rung{{Result: Skipped, Found: fmt.Sprintf("they can be seen; whether they can be made shows when %s has passed", from)}}
	}
	asked := fmt.Sprintf("preview of POST /services/rest/record/v1/%s/%s/!transform/%s, of a record that does not exist", source, nobody, typ)
	_, err := d.c.Preview(ctx, source, nobody, typ, nil, []byte("{}"))
	if formless(err) {
		return []Rung{{Result: Warning, Asked: asked, Found: "they can be seen; whether they can be made does not show: " + said(err),
			Advice: append([]string{"Compare by hand."}, grant(needed)...)}}
	}
	return []Rung{d.permitted(asked, err, needed)}
}

// permitted judges what came of a call to the record that does not exist.
func (d *Doctor) permitted(asked string, err error, needed Permission) Rung {
	r := Rung{Result: OK, Asked: asked}
	switch {
	case err == nil:
		r.Found = "allowed"
	case lacksPermission(err) || !answered(err):
		return d.failed(asked, err, grant(needed)...)
	case netsuite.ClassOf(err) == netsuite.NotFound:
		r.Found = "allowed: NetSuite looked for the record and found none"
	default:
		r.Found = "not refused for want of permission: " + said(err)
	}
	return r
}
