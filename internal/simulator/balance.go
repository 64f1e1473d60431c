package simulator

import (
	"slices"
	"strconv"

	"counterpunch/internal/document"
)

// Imbalances checks the books against themselves by sums of their own: totals of lines, billed quantities of orders
// against the lines of bills, amounts due against credits. It returns what does not add up; always nothing, if the
// simulator is right.
func (b Books) Imbalances() []string {
	var wrong []string
	var everything []Record
	everything = append(append(append(everything, b.PurchaseOrders...), b.VendorBills...), b.VendorCredits...)
	taken := map[string]document.Decimal{}
	credited := map[string]document.Decimal{}
	for _, r := range everything {
		var sum document.Decimal
		taxed := false // line by line
		for _, one := range append(slices.Clone(r.Items), r.Expenses...) {
			sum = sum.Add(decimal(one.Fields["amount"])).Add(decimal(one.Fields["tax1Amt"]))
			taxed = taxed || one.Fields["tax1Amt"] != ""
			if order := one.Fields["orderDoc"]; order != "" && r.Type == billType {
				at := order + " line " + one.Fields["orderLine"]
				taken[at] = taken[at].Add(decimal(one.Fields["quantity"]))
			}
		}
		for _, one := range r.TaxDetails {
			sum = sum.Add(decimal(one.Fields["taxAmount"]))
		}
		if automatic := len(r.TaxDetails) == 0 && !taxed; automatic {
			sum = sum.Add(decimal(r.Fields["taxTotal"]))
		}
		if !sum.Equal(decimal(r.Total)) {
			wrong = append(wrong, r.Type+" "+r.TranID+": total "+r.Total+", lines "+sum.Canonical())
		}
		for _, one := range r.Apply {
			credited[one.Fields["doc"]] = credited[one.Fields["doc"]].Add(decimal(one.Fields["amount"]))
		}
	}
	seeded := map[string]bool{}
	for _, r := range b.PurchaseOrders {
		for _, one := range r.Items {
			at := r.ID + " line " + strconv.Itoa(one.Line)
			if decimal(one.Fields["quantityBilled"]).Cmp(taken[at]) < 0 {
				wrong = append(wrong, "purchaseOrder "+r.TranID+" line "+strconv.Itoa(one.Line)+": billed "+one.Fields["quantityBilled"]+", on bills "+taken[at].Canonical())
			}
			seeded[at] = true
		}
	}
	for at := range taken {
		if !seeded[at] {
			wrong = append(wrong, "a bill is linked to "+at+", which is not there")
		}
	}
	for _, r := range b.VendorBills {
		due := decimal(r.Total).Sub(decimal(r.Fields["amountPaid"]))
		if !due.Equal(decimal(r.Fields["amountRemaining"])) || due.Sign() < 0 || decimal(r.Fields["amountPaid"]).Cmp(credited[r.ID]) < 0 {
			wrong = append(wrong, "vendorBill "+r.TranID+": total "+r.Total+", due "+r.Fields["amountRemaining"]+", credited "+credited[r.ID].Canonical())
		}
	}
	slices.Sort(wrong)
	return wrong
}
