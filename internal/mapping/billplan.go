package mapping

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
)

// body is a vendor bill or credit as it is written, in the order of the page in NetSuite.
type body struct {
	ExternalID string      `json:"externalId"`
	TranID     string      `json:"tranId"`
	TranDate   string      `json:"tranDate"`
	DueDate    string      `json:"dueDate,omitempty"`
	Entity     *record.Ref `json:"entity,omitempty"`
	Subsidiary *record.Ref `json:"subsidiary,omitempty"`
	Currency   *record.Ref `json:"currency,omitempty"`
	Memo       string      `json:"memo,omitempty"`
	Hold       bool        `json:"paymentHold,omitempty"`
	Item       *sublist    `json:"item,omitempty"`
	Expense    *sublist    `json:"expense,omitempty"`
	Apply      *sublist    `json:"apply,omitempty"`
}

type sublist struct {
	Items []any `json:"items"`
}

// item is a line as written. OrderLine alone links it in a transform, with OrderDoc elsewhere.
type item struct {
	OrderDoc    *record.Ref  `json:"orderDoc,omitempty"`
	OrderLine   int          `json:"orderLine,omitempty"`
	Item        *record.Ref  `json:"item,omitempty"`
	Description string       `json:"description,omitempty"`
	Quantity    json.Number  `json:"quantity"`
	Rate        *json.Number `json:"rate,omitempty"`
	Amount      *json.Number `json:"amount,omitempty"`
}

// expense is a line on an account, or one of the order's in a transform.
type expense struct {
	OrderLine int
	Account   *string
	Amount    document.Decimal
	Memo      string
}

// MarshalJSON writes the account as a reference and the amount as a number.
func (e expense) MarshalJSON() ([]byte, error) {
	line := struct {
		OrderLine int         `json:"orderLine,omitempty"`
		Account   *record.Ref `json:"account,omitempty"`
		Amount    json.Number `json:"amount"`
		Memo      string      `json:"memo,omitempty"`
	}{OrderLine: e.OrderLine, Amount: e.Amount.Number(), Memo: e.Memo}
	if e.Account != nil {
		line.Account = &record.Ref{ID: *e.Account}
	}
	return json.Marshal(line)
}

// id is a reference for writing, nil for none.
func id(r record.Ref) *record.Ref {
	if r.ID == "" {
		return nil
	}
	return &record.Ref{ID: r.ID}
}

func (l itemLine) written(orderDoc bool) item {
	rate, amount := l.rate.Round(rateDecimals).Number(), l.amount.Number()
	w := item{
		OrderLine: l.line, Item: &record.Ref{ID: l.item}, Description: l.description,
		Quantity: l.quantity.Number(), Rate: &rate, Amount: &amount,
	}
	if orderDoc {
		w.OrderDoc = id(record.Ref{ID: l.order.ID})
	}
	return w
}

// plan writes the bill by the configured strategy. A transform knows one order and copies what is left to bill of it, so that
// several orders, bills without a line of any, and lines that are billed once more are always a new record.
func (b *bill) plan(externalID, documentID string) (Plan, error) {
	strategy := b.config.Strategy
	if len(b.orders) > 1 || len(b.lines) == 0 || b.billsBilled() {
		strategy = PostOrderDoc
	}
	w := b.head(externalID)
	w.DueDate, w.Hold = due(b.inv), b.hold
	call := Call{Method: http.MethodPost, Path: "purchaseOrder/" + b.orders[0].ID + "/!transform/vendorBill"}
	switch strategy {
	case TransformReplace:
		call.Query = map[string]string{"replace": "item,expense"}
		// Both sublists are given, also when empty: replaced by nothing, else the order's would be copied.
		w.Item, w.Expense = b.items(false), b.expenseLines()
	case TransformZero:
		w.Item, w.Expense = b.zeroed()
	default:
		call.Path = "vendorBill"
		w.Entity, w.Subsidiary, w.Currency = id(b.vendor), id(b.subsidiary), id(b.orders[0].Currency)
		w.Item, w.Expense = b.items(true).orNil(), b.expenseLines().orNil()
	}
	from := ""
	if numbers := b.orderNumbers(); numbers != "" {
		from = ", from " + numbers
	}
	return b.planned("vendorBill", call, w, documentID, from)
}

// billsBilled reports whether a policy lets a line pass of which nothing is left to bill.
func (b *bill) billsBilled() bool {
	return slices.ContainsFunc(b.lines, func(l itemLine) bool {
		ol, ok := l.order.Line(l.line)
		return ok && ol.Quantity.Cmp(ol.QuantityBilled) <= 0
	})
}

func (b *bill) head(externalID string) body {
	w := body{ExternalID: externalID, TranID: b.inv.InvoiceID, TranDate: b.inv.InvoiceDate.Format(time.DateOnly)}
	if numbers := b.orderNumbers(); numbers != "" {
		w.Memo = "Purchase order " + numbers
	}
	return w
}

// planned completes a plan with its one call.
func (b *bill) planned(kind string, call Call, w body, documentID, from string) (Plan, error) {
	raw, err := json.Marshal(w)
	if err == nil && b.config.DocumentField != "" && documentID != "" {
		raw, err = with(raw, b.config.DocumentField, documentID)
	}
	if err != nil {
		return Plan{}, fmt.Errorf("plan %s %s: %w", kind, b.inv.InvoiceID, err)
	}
	call.Body = raw
	created := fmt.Sprintf("created, vendor %s, total %s%s", b.vendor.ID, b.total.Round(cents), from)
	if b.hold {
		created += ", on payment hold"
	}
	p := Plan{
		Calls:       []Call{call},
		Changes:     []Change{{Record: kind, Number: b.inv.InvoiceID, After: created}},
		Unmapped:    b.unmapped(),
		Differences: b.differences,
		Expect:      b.expected(w),
	}
	for _, a := range b.accepted {
		p.Differences = append(p.Differences, a.diff)
		if !slices.Contains(p.Accepted, a.reason) {
			p.Accepted = append(p.Accepted, a.reason)
		}
	}
	return p, nil
}

// with adds a text field whose name is configured to a JSON object.
func with(raw []byte, field, text string) ([]byte, error) {
	value, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return withRaw(raw, field, value)
}

// withRaw adds a field to a JSON object that has some.
func withRaw(raw []byte, field string, value json.RawMessage) ([]byte, error) {
	name, err := json.Marshal(field)
	if err != nil {
		return nil, err
	}
	out := append([]byte{'{'}, name...)
	out = append(append(append(out, ':'), value...), ',')
	return append(out, raw[1:]...), nil
}

func (s *sublist) orNil() *sublist {
	if len(s.Items) == 0 {
		return nil
	}
	return s
}

func (b *bill) items(orderDoc bool) *sublist {
	s := &sublist{Items: []any{}}
	for _, l := range append(b.lines[:len(b.lines):len(b.lines)], b.extra...) {
		s.Items = append(s.Items, l.written(orderDoc))
	}
	return s
}

func (b *bill) expenseLines() *sublist {
	s := &sublist{Items: []any{}}
	for _, e := range b.expenses {
		s.Items = append(s.Items, e)
	}
	return s
}

// zeroed lists every line of the order that a transform would copy: those that are not invoiced with nothing.
func (b *bill) zeroed() (items, expenses *sublist) {
	items, expenses = &sublist{Items: []any{}}, &sublist{Items: []any{}}
	billed := make(map[int]itemLine, len(b.lines))
	for _, l := range b.lines {
		billed[l.line] = l
	}
	for _, ol := range b.orders[0].Items {
		switch l, ok := billed[ol.Line]; {
		case ok:
			items.Items = append(items.Items, l.written(false))
		case !ol.IsClosed && ol.Quantity.Cmp(ol.QuantityBilled) > 0:
			items.Items = append(items.Items, item{OrderLine: ol.Line, Quantity: "0"})
		}
	}
	for _, l := range b.extra {
		items.Items = append(items.Items, l.written(false))
	}
	for _, e := range b.orders[0].Expenses {
		if e.Line > 0 {
			expenses.Items = append(expenses.Items, expense{OrderLine: e.Line})
		}
	}
	expenses.Items = append(expenses.Items, b.expenseLines().Items...)
	return items, expenses.orNil()
}

// unmapped lists what the invoice says and the bill has no place for.
func (b *bill) unmapped() []string {
	var all []string
	if d := b.inv.Summary.Deposit; d != nil && !d.Amount.IsZero() {
		all = append(all, "deposit "+d.Amount.Canonical())
	}
	for _, t := range b.inv.PaymentTerms {
		switch {
		case t.DiscountPercent != nil && !t.DiscountPercent.IsZero():
			all = append(all, fmt.Sprintf("discount of %s%% within %d days", t.DiscountPercent.Canonical(), t.Days))
		case t.DiscountAmount != nil:
			all = append(all, fmt.Sprintf("discount of %s within %d days", t.DiscountAmount.Amount.Canonical(), t.Days))
		}
	}
	for _, c := range b.inv.Comments {
		if text := strings.Join(strings.Fields(c.Text), " "); text != "" {
			all = append(all, "comment: "+document.Clip(text, 300))
		}
	}
	return all
}

func (b *bill) expected(w body) *Expected {
	e := &Expected{Vendor: b.vendor, Number: w.TranID, Date: w.TranDate, Total: b.total.Round(cents), Hold: w.Hold}
	if len(b.orders) > 0 {
		e.Currency = b.orders[0].Currency
	}
	for _, l := range append(b.lines[:len(b.lines):len(b.lines)], b.extra...) {
		e.Lines = append(e.Lines, ExpectedLine{OrderID: l.order.ID, OrderLine: l.line, Item: l.item, Quantity: l.quantity, Amount: l.amount,
			Billed: billedAfter(l.order, l.line, l.quantity), InStead: inStead(l.order, l.line)})
	}
	for _, x := range b.expenses {
		e.Expenses = append(e.Expenses, ExpectedLine{Account: *x.Account, Amount: x.Amount})
	}
	return e
}
