package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"counterpunch/internal/document"
)

// transform makes a bill from an order or a credit from a bill. The new record is filled from the old one first; the body
// then changes it, its lines chosen by `orderLine`, the number of the line on the record that is transformed.
func (s *Simulator) transform(c *call) (reply, error) {
	if strings.HasPrefix(c.id, "eid:") {
		return reply{}, refuse(http.StatusNotFound, codeNonexistent, missingInstance)
	}
	from, err := s.record(c)
	if err != nil {
		return reply{}, err
	}
	if from.schema.name == orderType && !s.initializes(from, c.transform) {
		return reply{}, userError(initializeText, c.transform.name, from.id)
	}
	if err := s.replaceable(c); err != nil {
		return reply{}, err
	}
	x, err := s.readContent(c, c.transform)
	if err != nil {
		return reply{}, err
	}
	return s.saving(c, func(t *save) (*record, error) {
		r := t.create(c.transform)
		lines := s.prefill(from, r)
		if err := s.writeTransform(t, x, from, r, lines); err != nil {
			return nil, err
		}
		if c.preview && len(r.lists[itemList])+len(r.lists[expenses]) == 0 {
			return r, nil
		}
		return r, s.finish(t, nil, r)
	})
}

// form is what becomes of the wish for a form in place of a save, where the account does not know such forms.
func (s *Simulator) form(c *call) {
	if !c.preview || c.refused != nil {
		return
	}
	switch s.knobs.CreateForm {
	case Refuse:
		c.refused = refuse(http.StatusNotAcceptable, codeRequest, "The media type '"+c.header.Get("Accept")+"' is not supported.")
	case Ignored:
		c.preview, c.write = false, true
	}
}

// replaceable refuses a replacement of lines in a transform where the account does not know that, or makes nothing of it.
func (s *Simulator) replaceable(c *call) error {
	switch {
	case !c.query.Has("replace"):
	case s.knobs.TransformReplace == Refuse:
		return parameterError("replace", "Invalid query parameter name 'replace'.")
	case s.knobs.TransformReplace == Ignored:
		c.query.Del("replace")
	}
	return nil
}

// initializes reports whether NetSuite opens a bill or receipt from this order at all. The words of the refusal are the
// same for an order that is pending approval, closed, done, or has nothing received while receipts come first.
func (s *Simulator) initializes(order *record, to *schema) bool {
	if !billable(order) {
		return false
	}
	if to.name == billType && s.knobs.BillBeforeReceipt != Refuse {
		return true
	}
	for _, one := range order.lists[itemList] {
		if s.remaining(one, to).Sign() > 0 {
			return true
		}
	}
	return false
}

// remaining is what can still be billed or received of an order line.
func (s *Simulator) remaining(one *row, to *schema) document.Decimal {
	bound, done := one.number("quantity"), "quantityBilled"
	if to.name == receiptType {
		done = "quantityReceived"
	} else if s.knobs.BillBeforeReceipt == Refuse {
		bound = one.number("quantityReceived")
	}
	left := bound.Sub(one.number(done))
	if one.flag("isClosed") || left.Sign() < 0 {
		return document.Decimal{}
	}
	return left
}

// prefill copies what NetSuite copies, and returns the lines made by list and by the line that they came from.
func (s *Simulator) prefill(from, r *record) map[string]map[int]*row {
	for _, name := range []string{"entity", "subsidiary", "currency", "exchangeRate", "terms", "location", "department", "class"} {
		if v, ok := from.fields[name]; ok {
			r.fields[name] = v
		}
	}
	lines := map[string]map[int]*row{itemList: {}, expenses: {}}
	for _, one := range from.lists[itemList] {
		quantity, hasQuantity := one.number("quantity"), one.has("quantity")
		if from.schema.name == orderType {
			if quantity = s.remaining(one, r.schema); quantity.Sign() <= 0 {
				continue
			}
		}
		made := r.add(itemList)
		for _, name := range []string{"item", "units", "description", "vendorName", "rate", "location", "department", "class", "customer"} {
			if v, ok := one.fields[name]; ok {
				made.fields[name] = v
			}
		}
		made.fields["orderLine"] = document.NewDecimal(int64(one.line))
		if hasQuantity {
			made.fields["quantity"] = quantity
		}
		switch {
		case r.schema.name == receiptType:
			made.fields["itemReceive"] = true
		case from.schema.name == orderType:
			made.fields["orderDoc"] = ref{id: from.id, name: "Purchase Order #" + from.text("tranId")}
		case one.has("amount"):
			made.fields["amount"] = one.number("amount")
		}
		lines[itemList][one.line] = made
	}
	if r.schema.name == billType {
		return lines // expense lines of orders cannot be billed here
	}
	r.fields["createdFrom"] = ref{id: from.id, name: from.schema.label + " #" + from.text("tranId")}
	if r.schema.name == receiptType {
		return lines
	}
	for _, one := range from.lists[expenses] {
		made := r.add(expenses)
		for _, name := range []string{"account", "amount", "memo", "category"} {
			if v, ok := one.fields[name]; ok {
				made.fields[name] = v
			}
		}
		made.fields["orderLine"] = document.NewDecimal(int64(one.line))
		lines[expenses][one.line] = made
	}
	return lines
}

// writeTransform puts the body over the filled record.
func (s *Simulator) writeTransform(t *save, x *content, from, r *record, lines map[string]map[int]*row) error {
	err := x.fields(r.fields, x.schema.fields, x.body, "", func(name string) { r.given[name] = true })
	if err != nil {
		return err
	}
	for _, fixed := range []string{"entity", "subsidiary", "currency"} {
		if r.text(fixed) != from.text(fixed) {
			return userError(readOnlyText, fixed)
		}
	}
	for _, list := range []string{itemList, expenses} {
		if err := s.overlay(t, x, from, r, list, lines[list]); err != nil {
			return err
		}
	}
	if x.schema.lists[taxList] != nil && !s.absent("", taxList) {
		if err := x.merge(t, r, taxList); err != nil {
			return err
		}
	}
	if x.schema.name != creditType {
		return nil
	}
	if _, present, err := x.lines(applyList); err != nil || present {
		if err != nil {
			return err
		}
		return x.merge(t, r, applyList)
	}
	s.applyTo(r, from)
	return nil
}

// applyTo applies a credit made from a bill to it, as far as the bill is open.
func (s *Simulator) applyTo(r, bill *record) {
	if bill.number("amountRemaining").Sign() > 0 {
		one := r.add(applyList)
		one.fields["doc"] = ref{id: bill.id, name: bill.text("tranId")}
		one.fields["apply"] = true
	}
}

// isZero reports whether a number was given that is nothing.
func isZero(given any) bool {
	n, ok := given.(json.Number)
	d, err := document.ParseDecimal(n.String())
	return ok && err == nil && d.IsZero()
}

// overlay merges one sublist by orderLine.
func (s *Simulator) overlay(t *save, x *content, from, r *record, list string, made map[int]*row) error {
	given, present, err := x.lines(list)
	if err != nil {
		return err
	}
	replace := x.call.replaces(list) || present && given == nil
	listed := map[*row]bool{}
	for i, line := range given {
		at := fmt.Sprintf("%s.items[%d]", list, i)
		n, text, err := key(line, "orderLine", at)
		if err != nil {
			return err
		}
		n = s.namedLine(from, list, n)
		one := made[n]
		if list == itemList && one != nil && s.knobs.ZeroQuantity == Full && isZero(line["quantity"]) {
			delete(line, "quantity")
		}
		switch {
		case one != nil && listed[one]:
			return contentError(at, duplicateLinesText, n)
		case one != nil && replace:
			// Columns that are not given fall back to the defaults of the item, its price among them.
			for _, column := range []string{"quantity", "rate", "amount", "description", "vendorName", "memo"} {
				delete(one.fields, column)
			}
		case one == nil:
			one = r.add(list)
			if source := from.row(list, n); text != "" && source != nil && r.schema.name == billType {
				// The line is there, but nothing of it remains: NetSuite can link to it all the same.
				one.fields["orderDoc"] = ref{id: from.id, name: "Purchase Order #" + from.text("tranId")}
			} else if text != "" {
				t.accident = append(t.accident, Accident{Call: x.call.sequence, Method: x.call.method, Path: x.call.target,
					Record: r.schema.name, TranID: r.text("tranId"), List: list, Given: "orderLine " + text, Line: one.line})
				delete(line, "orderLine")
			}
		}
		s.transformedLink(from, list, n, line, one)
		listed[one] = true
		prefix := list + "/" + strconv.Itoa(one.line) + "/"
		if err := x.fields(one.fields, x.schema.lists[list], line, at+".", func(name string) { r.given[prefix+name] = true }); err != nil {
			return err
		}
	}
	kept := r.lists[list][:0]
	for _, one := range r.lists[list] {
		switch {
		case !listed[one] && (replace || s.knobs.UnlistedLines == None && list == itemList && r.schema.name != receiptType):
		case r.schema.name == receiptType && !one.flag("itemReceive"):
		case listed[one] && list == itemList && r.wasGiven(list, one.line, "quantity") && one.number("quantity").IsZero():
			switch s.knobs.ZeroQuantity {
			case Refuse:
				return contentError(list, invalidFieldText, "0", "quantity")
			case Kept:
				kept = append(kept, one)
			}
		default:
			kept = append(kept, one)
		}
	}
	r.lists[list] = kept
	return nil
}
