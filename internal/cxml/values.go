package cxml

import (
	"regexp"
	"strings"

	"counterpunch/internal/document"
	"github.com/beevik/etree"
)

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// amount reads the Money within e. With e nil, or no Money in it, nothing is returned; need required makes that a problem.
func (r *reader) amount(e *etree.Element, n need) *document.Money {
	if e == nil {
		return nil
	}
	money := r.single(e, "Money")
	if money == nil {
		if n == required {
			r.problem(e, "", "<%s> has no Money.", e.Tag)
		}
		return nil
	}
	return r.money(money, n)
}

// money reads a Money element.
func (r *reader) money(e *etree.Element, n need) *document.Money {
	raw := rawText(e)
	d := r.number(e, "", raw, n)
	if d == nil {
		return nil
	}
	given := r.word(e, "currency")
	currency := strings.ToUpper(given)
	switch {
	case currency == "":
		r.warn(e, "", warnCurrency, "", "The amount names no currency.")
	case !currencyCode.MatchString(currency):
		r.warn(e, "currency", warnCurrency, given, "The currency is not a code of three letters.")
	case currency != given:
		r.warn(e, "currency", warnCurrency, given, "The currency was read as %s.", currency)
	}
	return &document.Money{Amount: *d, Currency: currency}
}

// quantity reads the quantity attribute of e with the unit that stands in e.
func (r *reader) quantity(e *etree.Element, n need) *document.Quantity {
	d := r.decimal(e, "quantity", n)
	if d == nil {
		return nil
	}
	return &document.Quantity{Value: *d, Unit: text(r.single(e, "UnitOfMeasure"))}
}

// positive is quantity where less than nothing makes no sense.
func (r *reader) positive(e *etree.Element, n need) *document.Quantity {
	q := r.quantity(e, n)
	if q != nil && q.Value.Sign() < 0 {
		r.problem(e, "quantity", "quantity is %s; it cannot be negative.", q.Value)
	}
	return q
}

// charge reads an amount with a description, such as Shipping or InvoiceDetailDiscount.
func (r *reader) charge(e *etree.Element) *document.Charge {
	m := r.amount(e, important)
	if m == nil {
		return nil
	}
	return &document.Charge{Amount: *m, Description: r.description(e), Rate: r.decimal(e, "percentageRate", optional)}
}

// charges reads what is charged in e beside what is sold. Handling and shipping have other names in lines than in the summary.
func (r *reader) charges(e *etree.Element, handling, shipping string) document.Charges {
	return document.Charges{
		Tax:             r.tax(r.single(e, "Tax")),
		SpecialHandling: r.charge(r.single(e, handling)),
		Shipping:        r.charge(r.single(e, shipping)),
		Discount:        r.charge(r.single(e, "InvoiceDetailDiscount")),
	}
}

// tax reads a Tax element.
func (r *reader) tax(e *etree.Element) *document.Tax {
	m := r.amount(e, important)
	if m == nil {
		return nil
	}
	t := &document.Tax{Amount: *m, Description: r.description(e)}
	for d := range children(e, "TaxDetail") {
		detail := document.TaxDetail{
			Category: r.word(d, "category"),
			Purpose:  r.word(d, "purpose"),
			Rate:     r.decimal(d, "percentageRate", optional),
			Taxable:  r.amount(child(d, "TaxableAmount"), optional),
			Location: text(child(d, "TaxLocation")),
		}
		if a := r.amount(child(d, "TaxAmount"), important); a != nil {
			detail.Amount = *a
		} else {
			r.warn(d, "", warnMissing, "", "The tax detail has no TaxAmount.")
			detail.Amount = document.Money{Currency: m.Currency}
		}
		if r.yes(d, "isWithholdingTax") {
			r.warn(d, "isWithholdingTax", warnWithholding, "", "This tax is withheld by the buyer; it is kept like any other.")
		}
		t.Details = append(t.Details, detail)
	}
	return t
}

// description returns the text of the Description in e. A ShortName in it is left out unless it is all there is.
func (r *reader) description(e *etree.Element) string {
	d := child(e, "Description")
	if s := strings.Join(strings.Fields(rawText(d)), " "); s != "" {
		return s
	}
	return deepText(d)
}

func (r *reader) priceBasis(e *etree.Element) *document.PriceBasis {
	if e == nil {
		return nil
	}
	q := r.positive(e, important)
	if q == nil {
		return nil
	}
	if q.Value.IsZero() {
		r.problem(e, "quantity", "quantity of PriceBasisQuantity is 0; a price cannot hold for no units.")
	}
	basis := &document.PriceBasis{Quantity: *q, ConversionFactor: document.NewDecimal(1)}
	if f := r.decimal(e, "conversionFactor", important); f != nil {
		basis.ConversionFactor = *f
	}
	return basis
}

func (r *reader) modifications(e *etree.Element) []document.Modification {
	var all []document.Modification
	for m := range children(e, "Modification") {
		detail := child(m, "ModificationDetail")
		mod := document.Modification{Name: r.word(detail, "name"), Description: r.description(detail)}
		if deduction := child(m, "AdditionalDeduction"); deduction != nil {
			mod.Deduction = true
			mod.Amount = r.amount(child(deduction, "DeductionAmount"), important)
			if percent := r.decimal(child(deduction, "DeductionPercent"), "percent", important); percent != nil {
				mod.Percent = *percent
			}
			if price := child(deduction, "DeductedPrice"); price != nil {
				r.warn(price, "", warnUnread, text(child(price, "Money")), "DeductedPrice states a price, not a deduction; only the line's amounts count.")
			}
		} else if cost := child(m, "AdditionalCost"); cost != nil {
			mod.Amount = r.amount(cost, important)
			if percent := r.decimal(child(cost, "Percentage"), "percent", important); percent != nil {
				mod.Percent = *percent
			}
		} else {
			r.warn(m, "", warnIgnored, "", "The Modification has neither AdditionalDeduction nor AdditionalCost and was left out.")
			continue
		}
		all = append(all, mod)
	}
	return all
}

func (r *reader) distributions(e *etree.Element) []document.Distribution {
	var all []document.Distribution
	for d := range children(e, "Distribution") {
		accounting := child(d, "Accounting")
		dist := document.Distribution{Name: r.word(accounting, "name")}
		for s := range children(accounting, "Segment") {
			dist.Segments = append(dist.Segments, document.IDReference{Domain: r.word(s, "type"), Identifier: r.word(s, "id")})
		}
		for s := range children(accounting, "AccountingSegment") {
			dist.Segments = append(dist.Segments, document.IDReference{Domain: text(child(s, "Name")), Identifier: r.word(s, "id")})
		}
		if m := r.amount(child(d, "Charge"), optional); m != nil {
			dist.Charge = *m
		}
		all = append(all, dist)
	}
	return all
}

func (r *reader) comments(e *etree.Element) []document.Comment {
	var all []document.Comment
	for c := range children(e, "Comments") {
		comment := document.Comment{Text: text(c), Lang: lang(c), Type: r.word(c, "type")}
		for a := range children(c, "Attachment") {
			if url := text(child(a, "URL")); url != "" {
				comment.Attachments = append(comment.Attachments, url)
			}
		}
		if comment.Text != "" || len(comment.Attachments) > 0 {
			all = append(all, comment)
		}
	}
	return all
}

func (r *reader) extrinsics(e *etree.Element) []document.Extrinsic {
	var all []document.Extrinsic
	for x := range children(e, "Extrinsic") {
		all = append(all, document.Extrinsic{Name: r.word(x, "name"), Value: deepText(x)})
	}
	return all
}

func (r *reader) contact(e *etree.Element) document.Contact {
	return document.Contact{
		Role:      r.word(e, "role"),
		AddressID: r.word(e, "addressID"),
		Name:      deepText(child(e, "Name")),
		Email:     text(child(e, "Email")),
	}
}

func (r *reader) contacts(e *etree.Element) []document.Contact {
	var all []document.Contact
	for c := range children(e, "Contact") {
		all = append(all, r.contact(c))
	}
	return all
}

func (r *reader) idReferences(e *etree.Element) []document.IDReference {
	var all []document.IDReference
	for i := range children(e, "IdReference") {
		all = append(all, document.IDReference{Domain: r.word(i, "domain"), Identifier: r.word(i, "identifier")})
	}
	return all
}

// documentReference returns the payloadID that a DocumentReference in e names. An empty one names nothing.
func (r *reader) documentReference(e *etree.Element) string {
	return r.word(child(e, "DocumentReference"), "payloadID")
}

// order reads an OrderReference.
func (r *reader) order(e *etree.Element) document.OrderReference {
	return document.OrderReference{
		OrderID:   r.word(e, "orderID"),
		PayloadID: r.documentReference(e),
		OrderDate: r.date(e, "orderDate", optional),
	}
}

// neededOrder reads the OrderReference of parent, which must name an order of the buyer's.
func (r *reader) neededOrder(parent *etree.Element) document.OrderReference {
	e := r.single(parent, "OrderReference")
	if e == nil {
		r.problem(parent, "", "<%s> has no OrderReference, so that nobody can say which purchase order is meant.", parent.Tag)
		return document.OrderReference{}
	}
	o := r.order(e)
	if o.Empty() {
		r.problem(e, "orderID", "The OrderReference has neither orderID nor the payloadID of the order. Give the purchase order number as orderID.")
	}
	return o
}
