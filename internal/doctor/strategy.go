package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite/record"
)

// strategy previews, for the order, the bill of an invoice over a part of one line, by each way of making bills. The call
// is the one that a worker would send, but asks for the form in place of the record.
func (d *Doctor) strategy(ctx context.Context) []Rung {
	configured := d.o.Mapping.Strategy
	if d.order == nil {
		return []Rung{{Result: Skipped, Found: noOrder}}
	}
	if d.saves {
		return []Rung{d.rungs[RungStrategy]}
	}
	line, quantity, ok := billable(*d.order)
	if !ok {
		return []Rung{{Result: Warning, Asked: "order " + d.order.TranID, Found: "no line of it is left to be billed",
			Advice: []string{"Give --order with an order that is open and, if receipts come first, received."}}}
	}
	asked := fmt.Sprintf("preview of POST /services/rest/record/v1/purchaseOrder/%s/!transform/vendorBill, for %s of line %d", d.order.ID, quantity.Canonical(), line+1)
	var does, words []string
	var works, blocked, blind bool
	for _, strategy := range []string{mapping.TransformReplace, mapping.TransformZero} {
		verdict, err := d.preview(ctx, strategy, line, quantity)
		switch {
		case err != nil && !answered(err) && !isVerdict(err):
			return []Rung{d.failed(asked, err)}
		case err != nil:
			words = append(words, strategy+": "+said(err))
			blocked, blind = blocked || answered(err), blind || formless(err)
		default:
			does = append(does, strategy)
			works = works || strategy == configured
			words = append(words, strategy+": "+verdict)
		}
	}
	words = append(words, mapping.PostOrderDoc+": cannot be previewed")
	r := Rung{Result: OK, Asked: asked, Found: strings.Join(words, "; ")}
	switch {
	case works:
		if open(*d.order) < 2 {
			r.Result, r.Advice = Warning, []string{"The order has one open line, so that it does not show whether lines that are not invoiced stay off the bill. Give --order with an order of two open lines or more."}
		}
		if d.order.Items[line].Line == line+1 {
			r.Advice = append(r.Advice, "The open lines of the order have their places as numbers, so that it does not show whether NetSuite takes orderLine for the one or the other. An order of which an earlier line was removed does.")
		}
	case configured == mapping.PostOrderDoc:
		r.Result = Warning
		r.Advice = []string{"bill.strategy is " + mapping.PostOrderDoc + ", which only a saved bill can show: try it in a sandbox first."}
		if len(does) > 0 {
			r.Advice = append(r.Advice, "These do what is wanted, and could be configured in its place: "+strings.Join(does, ", ")+".")
		}
	case blind:
		r.Result = Warning
		r.Advice = []string{"This account shows no forms over REST, so that the ways of making bills cannot be compared: try " + configured + " in a sandbox, by a document."}
	case len(does) > 0:
		r.Result, r.Advice = Failed, []string{"Set bill.strategy of the configuration to " + strings.Join(does, " or ") + "."}
	default:
		r.Result = Failed
		r.Advice = []string{
			"Set bill.strategy to " + mapping.PostOrderDoc + " and try it in a sandbox, if the order can be billed at all.",
		}
		if blocked {
			r.Advice = append([]string{"NetSuite does not make a bill from this order. It must be approved, open, and received unless Setup > Accounting > Accounting Preferences > Order Management > Bill in Advance of Receipt is ticked. Or give --order with another order."}, r.Advice...)
		}
	}
	return []Rung{r}
}

// errVerdict is a preview that was made, but not as wanted.
type errVerdict struct{ text string }

func (e errVerdict) Error() string { return e.text }

func isVerdict(err error) bool {
	var verdict errVerdict
	var mismatch *mapping.Mismatch
	return errors.As(err, &verdict) || errors.As(err, &mismatch)
}

// preview returns what the form shows if that is what is wanted: one line with the invoiced quantity and price, linked to
// the order, and nothing else. The price is another than the order's, for NetSuite may keep that; the plan is made as if it
// were the order's too.
func (d *Doctor) preview(ctx context.Context, strategy string, line int, quantity document.Decimal) (string, error) {
	config := d.o.Mapping
	config.Strategy, config.DocumentField = strategy, ""
	mapper, err := mapping.New(config)
	if err != nil {
		return "", errVerdict{err.Error()}
	}
	order := *d.order
	order.Items = slices.Clone(order.Items)
	ordered := &order.Items[line]
	ordered.Rate = ordered.Rate.Add(document.NewDecimal(1))
	invoice := d.invoice(line, quantity, ordered.Rate)
	key := mapping.OrderKey(invoice.Invoice.Orders[0].Order)
	plan, err := mapper.Bill(invoice, map[string]record.PurchaseOrder{key: order}, "cp-preview", "")
	if err != nil {
		return "", err
	}
	query := url.Values{}
	for name, value := range plan.Calls[0].Query {
		query.Set(name, value)
	}
	form, err := d.c.Preview(ctx, typeOrder, d.order.ID, typeBill, query, plan.Calls[0].Body)
	if err != nil {
		return "", err
	}
	var bill record.VendorBill
	if err := json.Unmarshal(form, &bill); err != nil {
		return "", errVerdict{"the form cannot be judged: " + err.Error()}
	}
	billed := 0
	for _, l := range bill.Items {
		if l.Quantity.IsZero() {
			continue
		}
		switch {
		case l.OrderLine != ordered.Line || l.OrderDoc.ID != order.ID || l.Item.ID != ordered.Item.ID || !l.Quantity.Equal(quantity):
			return "", errVerdict{fmt.Sprintf("it also bills %s of order line %d", l.Quantity.Canonical(), l.OrderLine)}
		case !l.Rate.Equal(ordered.Rate):
			return "", errVerdict{fmt.Sprintf("it bills at %s what is invoiced at %s", l.Rate.Canonical(), ordered.Rate.Canonical())}
		}
		billed++
	}
	switch {
	case billed != 1:
		return "", errVerdict{fmt.Sprintf("it bills the line %d times", billed)}
	case len(bill.Expenses) > 0:
		return "", errVerdict{fmt.Sprintf("it also bills %d expense line(s)", len(bill.Expenses))}
	}
	return "bills the invoiced line and nothing else", nil
}

// invoice is an invoice over a part of one line, as its supplier would send it. Where the order does not say something, it
// says nothing either.
func (d *Doctor) invoice(line int, quantity, price document.Decimal) *document.Document {
	ol := d.order.Items[line]
	number := line + 1
	switch d.o.Mapping.LinePolicy {
	case mapping.LineByPosition:
	case mapping.LineByKey:
		number = ol.Line
	default:
		number = 0
		if n, err := record.Decimal(ol.Raw[d.o.Mapping.LinePolicy]); err == nil {
			_, _ = fmt.Sscanf(n.Canonical(), "%d", &number) // stays 0 for a line without a number
		}
	}
	amount := document.Money{Amount: quantity.Mul(price).Round(2)}
	return &document.Document{Kind: document.KindInvoice, Invoice: &document.Invoice{
		InvoiceID: "PREVIEW", InvoiceDate: time.Now().UTC(), Purpose: document.PurposeStandard, Operation: document.OperationNew,
		Orders: []document.InvoiceOrder{{
			Order: document.OrderReference{OrderID: d.order.TranID},
			Items: []document.InvoiceItem{{
				InvoiceLineNumber: 1, LineNumber: number,
				Quantity:  document.Quantity{Value: quantity, Unit: ol.Units.RefName},
				UnitPrice: &document.Money{Amount: price},
				Item:      document.Item{SupplierPartID: ol.VendorName, Description: ol.Description},
				Subtotal:  &amount,
			}},
		}},
		Summary: document.InvoiceSummary{Subtotal: amount, Net: &amount, Due: &amount},
	}}
}

// billable returns the index of a line with something left to be billed, and a quantity of it: the first whose number is not
// its place, which shows more, or else the first.
func billable(po record.PurchaseOrder) (line int, quantity document.Decimal, ok bool) {
	one := document.NewDecimal(1)
	for i, l := range po.Items {
		left := l.Quantity.Sub(l.QuantityBilled)
		if l.IsClosed || left.Sign() <= 0 || ok && l.Line == i+1 {
			continue
		}
		if left.Cmp(one) > 0 {
			left = one
		}
		line, quantity, ok = i, left, true
		if l.Line != i+1 {
			break
		}
	}
	return line, quantity, ok
}

// open counts the lines with something left to be billed.
func open(po record.PurchaseOrder) int {
	n := 0
	for _, l := range po.Items {
		if !l.IsClosed && l.Quantity.Cmp(l.QuantityBilled) > 0 {
			n++
		}
	}
	return n
}
