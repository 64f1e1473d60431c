package doctor

import (
	"context"
	"time"
)

const notConfigured = "the configuration does not want it"

// periods judges what bill.period: first-open needs.
func (d *Doctor) periods(ctx context.Context) []Rung {
	if !d.o.OpenPeriods {
		return []Rung{{Result: OK, Asked: "bill.period of the configuration", Found: notConfigured}}
	}
	r := Rung{Result: OK, Asked: "SuiteQL for the first open accounting period"}
	open, err := d.c.FirstOpenPeriod(ctx, time.Now())
	switch {
	case err != nil && answered(err):
		return []Rung{d.failed(r.Asked, err, grant(permission(managePeriods))...)}
	case err != nil:
		return []Rung{d.failed(r.Asked, err)}
	case open.ID == "":
		r.Result, r.Found = Failed, "no period from today on is open"
		r.Advice = []string{"Setup > Accounting > Manage Accounting Periods: set up and open the period of today."}
	default:
		r.Found = "today's bills go to " + nameOf(open)
	}
	return []Rung{r}
}

// billsDelete judges what bill.on_delete: void needs, by deleting a bill that cannot exist.
func (d *Doctor) billsDelete(ctx context.Context) []Rung {
	if !d.o.DeletesBills {
		return []Rung{{Result: OK, Asked: "bill.on_delete of the configuration", Found: notConfigured}}
	}
	asked := "DELETE /services/rest/record/v1/vendorBill/" + nobody + ", which does not exist"
	return []Rung{d.permitted(asked, d.c.Delete(ctx, typeBill, nobody), permissionFor("Bills", FeatureVoid))}
}
