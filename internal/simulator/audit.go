package simulator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"counterpunch/internal/document"
)

// What an audit finds.
const (
	FindingBillDoubled       = "bill-doubled"        // two bills of a vendor with one number
	FindingCreditDoubled     = "credit-doubled"      // the same of credits
	FindingExternalIDDoubled = "external-id-doubled" // two records of a type with one external id
	FindingLineAdded         = "line-added"          // a call added a line to a record that was there, or one that it meant to link
	FindingVendorCrossed     = "vendor-crossed"      // a bill or credit of another vendor than its order or bill
	FindingOverbilled        = "quantity-overbilled" // more of an order line is billed than was ordered
	FindingOvercredited      = "bill-overcredited"   // credits of a bill are more than the bill
	FindingTotals            = "totals"              // sums that do not add up
)

// Finding is something that must not be in the books, whoever did it.
type Finding struct {
	Kind    string   `json:"kind"`
	Records []string `json:"records"` // internal ids
	Text    string   `json:"text"`
}

// Audit looks through the books as they are now for what must never be: nothing is found when all is well.
func (s *Simulator) Audit() []Finding { return s.Books().Audit() }

// Audit looks through the books for what must never be. Voided bills do not count.
func (b Books) Audit() []Finding {
	found := []Finding{}
	bills := slices.DeleteFunc(slices.Clone(b.VendorBills), func(r Record) bool { return r.Status == voided })
	found = append(found, doubled(FindingBillDoubled, bills)...)
	found = append(found, doubled(FindingCreditDoubled, b.VendorCredits)...)
	for _, all := range [][]Record{b.PurchaseOrders, b.VendorBills, b.VendorCredits, b.ItemReceipts} {
		found = append(found, doubledExternal(all)...)
	}
	found = append(found, b.addedLines()...)
	found = append(found, b.crossedVendors(bills)...)
	found = append(found, b.overbilled()...)
	found = append(found, b.overcredited(bills)...)
	for _, text := range b.Imbalances() {
		found = append(found, Finding{Kind: FindingTotals, Records: []string{}, Text: text})
	}
	return found
}

// doubled finds records of one vendor with one number, however it is written.
func doubled(kind string, all []Record) []Finding {
	return groups(kind, all, func(r Record) string {
		if r.TranID == "" {
			return ""
		}
		return r.Vendor + " " + strings.ToUpper(strings.TrimSpace(r.TranID))
	}, func(r Record) string {
		return fmt.Sprintf("%s %s of vendor %s, total %s of %s", r.Type, r.TranID, r.Vendor, r.Total, r.Fields["tranDate"])
	})
}

func doubledExternal(all []Record) []Finding {
	return groups(FindingExternalIDDoubled, all, func(r Record) string { return r.ExternalID },
		func(r Record) string { return fmt.Sprintf("%s %s with external id %s", r.Type, r.TranID, r.ExternalID) })
}

// groups finds records with the same key; an empty key stands alone.
func groups(kind string, all []Record, key, text func(Record) string) []Finding {
	same := map[string][]Record{}
	for _, r := range all {
		if k := key(r); k != "" {
			same[k] = append(same[k], r)
		}
	}
	var found []Finding
	for _, k := range slices.Sorted(maps.Keys(same)) {
		if len(same[k]) < 2 {
			continue
		}
		one := Finding{Kind: kind}
		var texts []string
		for _, r := range same[k] {
			one.Records, texts = append(one.Records, r.ID), append(texts, text(r))
		}
		one.Text = strings.Join(texts, "; ")
		found = append(found, one)
	}
	return found
}

// addedLines finds lines that calls added to records that were there, and those that name a line that is not.
func (b Books) addedLines() []Finding {
	var found []Finding
	for _, w := range b.Writes {
		for _, c := range w.Changes {
			if w.Call != 0 && w.Action == actionChanged && c.Field == lineAdded && c.List != applyList {
				found = append(found, Finding{Kind: FindingLineAdded, Records: []string{w.ID},
					Text: fmt.Sprintf("%s %s: call %d added line %d of %s", w.Record, w.TranID, w.Call, c.Line, c.List)})
			}
		}
	}
	for _, a := range b.Accidents {
		if a.ID == "" && a.Line != 0 {
			found = append(found, Finding{Kind: FindingLineAdded, Records: []string{},
				Text: fmt.Sprintf("%s %s: call %d named %s, which is not there, and made line %d of %s", a.Record, a.TranID, a.Call, a.Given, a.Line, a.List)})
		}
	}
	return found
}

func (b Books) crossedVendors(bills []Record) []Finding {
	vendors := map[string]string{}
	for _, r := range slices.Concat(b.PurchaseOrders, b.VendorBills) {
		vendors[r.ID] = r.Vendor
	}
	var found []Finding
	for _, r := range slices.Concat(bills, b.VendorCredits) {
		sources := map[string]bool{r.Fields["createdFrom"]: true}
		for _, one := range slices.Concat(r.Items, r.Expenses, r.Apply) {
			sources[one.Fields["orderDoc"]], sources[one.Fields["doc"]] = true, true
		}
		for _, id := range slices.Sorted(maps.Keys(sources)) {
			if vendor, known := vendors[id]; known && vendor != r.Vendor {
				found = append(found, Finding{Kind: FindingVendorCrossed, Records: []string{r.ID, id},
					Text: fmt.Sprintf("%s %s is of vendor %s, what it is made from of vendor %s", r.Type, r.TranID, r.Vendor, vendor)})
			}
		}
	}
	return found
}

func (b Books) overbilled() []Finding {
	var found []Finding
	for _, r := range b.PurchaseOrders {
		for _, one := range r.Items {
			if decimal(one.Fields["quantityBilled"]).Cmp(decimal(one.Fields["quantity"])) > 0 {
				found = append(found, Finding{Kind: FindingOverbilled, Records: []string{r.ID},
					Text: fmt.Sprintf("%s %s line %d: ordered %s, billed %s", r.Type, r.TranID, one.Line, one.Fields["quantity"], one.Fields["quantityBilled"])})
			}
		}
	}
	return found
}

// overcredited sums the credits of each bill: the whole of those that were made from it, else what is applied to it.
func (b Books) overcredited(bills []Record) []Finding {
	sums := map[string]document.Decimal{}
	credits := map[string][]string{}
	for _, r := range b.VendorCredits {
		taken := map[string]document.Decimal{}
		for _, one := range r.Apply {
			taken[one.Fields["doc"]] = taken[one.Fields["doc"]].Add(decimal(one.Fields["amount"]))
		}
		if from := r.Fields["createdFrom"]; from != "" {
			taken[from] = decimal(r.Total)
		}
		for id, amount := range taken {
			sums[id] = sums[id].Add(amount)
			credits[id] = append(credits[id], r.ID)
		}
	}
	var found []Finding
	for _, r := range bills {
		if sums[r.ID].Cmp(decimal(r.Total)) > 0 {
			found = append(found, Finding{Kind: FindingOvercredited, Records: append([]string{r.ID}, credits[r.ID]...),
				Text: fmt.Sprintf("%s %s of vendor %s: total %s, credited %s", r.Type, r.TranID, r.Vendor, r.Total, money(sums[r.ID]))})
		}
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Text, b.Text) })
	return found
}

// decimal reads a number of the books; what is absent is nothing.
func decimal(text string) document.Decimal {
	d, err := document.ParseDecimal(text)
	if err != nil {
		return document.Decimal{}
	}
	return d
}
