package simulator

import (
	"fmt"
	"slices"
	"strconv"

	"counterpunch/internal/document"
)

// merge writes a sublist of the body into a saved record by NetSuite's rules: the key `line` chooses the line, of which
// only the given columns change; a line without the key, or with one that is not there, is added; replace removes the
// lines that are not given and empties the columns that are not given.
func (x *content) merge(t *save, r *record, list string) error {
	lines, present, err := x.lines(list)
	if err != nil || !present {
		return err
	}
	known := x.schema.lists[list]
	replace := x.call.replaces(list) || lines == nil
	kept := map[int]bool{}
	for i, given := range lines {
		at := fmt.Sprintf("%s.items[%d]", list, i)
		n, text, err := x.lineKey(r, list, given, at)
		if err != nil {
			return err
		}
		one := r.row(list, n)
		switch {
		case one == nil:
			one = r.add(list)
			if len(x.world.records) > 0 && x.world.records[r.id] != nil && !replace {
				t.accident = append(t.accident, Accident{Call: x.call.sequence, Method: x.call.method, Path: x.call.target,
					Record: r.schema.name, ID: r.id, TranID: r.text("tranId"), List: list, Given: text, Line: one.line})
			}
		case kept[n]:
			return contentError(at, duplicateLinesText, n)
		case replace:
			for name := range one.fields {
				if !known[name].readOnly {
					delete(one.fields, name)
				}
			}
		}
		kept[one.line] = true
		prefix := list + "/" + strconv.Itoa(one.line) + "/"
		if err := x.fields(one.fields, known, given, at+".", func(name string) { r.given[prefix+name] = true }); err != nil {
			return err
		}
		x.account.postedLink(r, list, one)
	}
	if !replace {
		return nil
	}
	for _, one := range r.lists[list] {
		if !kept[one.line] && (one.number("quantityBilled").Sign() > 0 || one.number("quantityReceived").Sign() > 0) {
			return userError("Line %d cannot be removed: it has been received or billed.", one.line)
		}
	}
	r.lists[list] = slices.DeleteFunc(r.lists[list], func(one *row) bool { return !kept[one.line] })
	return nil
}

// lineKey reads the key of a given line. The sublist apply is keyed by the bill to which the credit is applied.
func (x *content) lineKey(r *record, list string, given map[string]any, at string) (int, string, error) {
	if list != applyList {
		return key(given, "line", at)
	}
	doc, err := x.value(x.schema.lists[applyList]["doc"], given["doc"], at+".doc")
	if err != nil {
		return 0, "", err
	}
	if doc == nil {
		return 0, "", userError(enterValueText, "doc")
	}
	for _, one := range r.lists[list] {
		if one.text("doc") == textOf(doc) {
			return one.line, "", nil
		}
	}
	return 0, "", nil
}

// price completes the amounts of all lines and returns their sum. A line without a rate has its item's purchase price.
func (s *Simulator) price(r *record) (document.Decimal, error) {
	var total document.Decimal
	for _, one := range r.lists[itemList] {
		if !one.has("item") {
			return total, userError(enterValueText, "Item")
		}
		given := func(column string) bool { return r.wasGiven(itemList, one.line, column) }
		hasAmount := one.has("amount")
		if !one.has("quantity") && !given("amount") {
			return total, userError(enterValueText, "Quantity")
		}
		quantity := one.number("quantity")
		if !one.has("rate") && !hasAmount {
			price, err := document.ParseDecimal(s.world.prices[one.text("item")])
			if err != nil {
				price = document.Decimal{}
			}
			one.fields["rate"] = price
		}
		switch {
		case given("amount") && !given("rate") && !quantity.IsZero():
			one.fields["rate"] = one.number("amount").Quo(quantity).Round(8)
		case given("amount") && s.knobs.LineAmount == Given:
		case !hasAmount || given("quantity") || given("rate") || given("amount"):
			one.fields["amount"] = quantity.Mul(one.number("rate"))
		}
		one.fields["amount"] = one.number("amount").Round(2)
		total = total.Add(one.number("amount"))
	}
	for _, one := range r.lists[expenses] {
		if !one.has("account") {
			return total, userError(enterValueText, "Account")
		}
		if !one.has("amount") {
			return total, userError(enterValueText, "Amount")
		}
		one.fields["amount"] = one.number("amount").Round(2)
		total = total.Add(one.number("amount"))
	}
	return total, nil
}

// totals writes the sums of a record.
func totals(r *record, subtotal, tax document.Decimal) {
	r.fields["subtotal"], r.fields["taxTotal"], r.fields["total"] = subtotal, tax, subtotal.Add(tax)
}
