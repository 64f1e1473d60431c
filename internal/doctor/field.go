package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
)

const (
	typeOrder  = "purchaseOrder"
	typeBill   = "vendorBill"
	typeCredit = "vendorCredit"
)

// The places of mapped fields.
const (
	placeOrder  = "order"
	placeLine   = "order line"
	placeBill   = "bill"
	placeCredit = "vendor credit"
)

func places() []string { return []string{placeOrder, placeLine, placeBill, placeCredit} }

// place is where a field stands.
type place struct {
	typ, list string
	applies   string // as NetSuite's page of the field says
	menu      string // where such fields are made
}

func placeOf(where string) place {
	const menu = "Customization > Lists, Records, & Fields > "
	body := place{typ: typeOrder, applies: "Purchase", menu: menu + "Transaction Body Fields"}
	switch where {
	case placeLine:
		return place{typ: typeOrder, list: "item", applies: "Purchase Item", menu: menu + "Transaction Line Fields"}
	case placeBill:
		body.typ = typeBill
	case placeCredit:
		body.typ = typeCredit
	}
	return body
}

// Field is a field that the mapping writes, compared with what NetSuite has.
type Field struct {
	ScriptID  string    `json:"scriptId"`
	Record    string    `json:"record"` // order, order line, bill or vendor credit
	Type      FieldType `json:"type,omitempty"`
	AppliesTo string    `json:"appliesTo"`
	Found     string    `json:"found,omitempty"` // its type in the catalog
	Result    Result    `json:"result"`
	Problem   string    `json:"problem,omitempty"`
	menu      string
}

// wanted lists the fields that the mapping writes in a place, and the one by which orders are found.
func wanted(c mapping.Config, payloadField, where string) []string {
	var names []string
	switch where {
	case placeOrder:
		names = slices.Collect(maps.Keys(c.Header))
		if payloadField != "" && !slices.Contains(names, payloadField) {
			names = append(names, payloadField)
		}
	case placeLine:
		names = slices.Collect(maps.Keys(c.Line))
		if strings.HasPrefix(c.LinePolicy, "custcol") && !slices.Contains(names, c.LinePolicy) {
			names = append(names, c.LinePolicy)
		}
	case placeBill, placeCredit:
		if c.DocumentField != "" {
			names = append(names, c.DocumentField)
		}
	}
	slices.Sort(names)
	return names
}

// typeOf returns what values the mapping writes to a field, "" where only NetSuite could tell.
func typeOf(c mapping.Config, where, name string) FieldType {
	shipped := ShippedFields()
	if i := slices.IndexFunc(shipped, func(f ShippedField) bool { return f.ScriptID == name }); i >= 0 {
		return shipped[i].Type
	}
	expression := map[string]map[string]string{placeOrder: c.Header, placeLine: c.Line}[where][name]
	if strings.HasPrefix(strings.TrimSpace(expression), "number(") {
		return Decimal
	}
	return ""
}

// CompareFields compares the fields that the mapping writes, and the body field by which orders are found if there is one,
// with the metadata catalog. has returns the fields of a record type; its error ends the comparison.
func CompareFields(c mapping.Config, payloadField string, has func(typ string) ([]netsuite.Field, error)) ([]Field, error) {
	var all []Field
	for _, where := range places() {
		some, err := compareFields(c, payloadField, where, has)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func compareFields(c mapping.Config, payloadField, where string, has func(typ string) ([]netsuite.Field, error)) ([]Field, error) {
	names, at := wanted(c, payloadField, where), placeOf(where)
	if len(names) == 0 {
		return nil, nil
	}
	known, err := has(at.typ)
	if err != nil {
		return nil, fmt.Errorf("look up the fields of %s: %w", at.typ, err)
	}
	var all []Field
	for _, name := range names {
		f := Field{ScriptID: name, Record: where, Type: typeOf(c, where, name), AppliesTo: at.applies, Result: OK, menu: at.menu}
		if !strings.HasPrefix(name, "cust") {
			f.AppliesTo = "standard field"
		}
		i := slices.IndexFunc(known, func(k netsuite.Field) bool { return k.List == at.list && k.Name == name })
		if i < 0 {
			f.Result, f.Problem = Failed, "missing"
			all = append(all, f)
			continue
		}
		f.Found = strings.TrimSpace(known[i].Type + " " + known[i].Format)
		fits, near := f.Type.fits(known[i])
		switch {
		case known[i].ReadOnly && name != payloadField:
			f.Result, f.Problem = Failed, "read-only"
		case fits:
		case near:
			f.Result, f.Problem = Warning, "no date field: dates are written as text"
		default:
			f.Result, f.Problem = Failed, "wrong type"
		}
		all = append(all, f)
	}
	return all, nil
}

// fieldsOf judges the fields of one place.
func (d *Doctor) fieldsOf(where string) func(context.Context) []Rung {
	return func(ctx context.Context) []Rung {
		asked := askCatalog(placeOf(where).typ)
		fields, err := compareFields(d.o.Mapping, d.o.PayloadField, where, func(typ string) ([]netsuite.Field, error) { return d.catalog(ctx, typ) })
		if err != nil {
			return []Rung{d.failed(asked, err)}
		}
		if len(fields) == 0 {
			return []Rung{{Result: OK, Found: "the mapping writes none"}}
		}
		r := Rung{Result: OK, Asked: asked}
		var wrong []string
		for _, f := range fields {
			if f.Result == OK {
				continue
			}
			if r.Result != Failed {
				r.Result = f.Result
			}
			wrong = append(wrong, f.ScriptID+" "+f.Problem)
			r.Advice = append(r.Advice, f.advice())
		}
		r.Found = fmt.Sprintf("all %d", len(fields))
		if len(wrong) > 0 {
			r.Found = strings.Join(wrong, ", ")
			r.Advice = append(r.Advice, "Or deploy the project in deploy/netsuite, which makes the fields of the default mapping.",
				"A field that is there and not seen: its page > Access: the role needs Edit, or Default Access Level Edit.")
		}
		return []Rung{r}
	}
}

func (f Field) advice() string {
	if f.AppliesTo == "standard field" {
		return fmt.Sprintf("%s is none of NetSuite's fields that can be written here: correct orders.fields or orders.payload_field in the configuration.", f.ScriptID)
	}
	typ := string(f.Type)
	if typ == "" {
		typ = "as the expression's value wants"
	}
	id := f.ScriptID
	for _, prefix := range []string{"custbody", "custcol"} {
		id = strings.TrimPrefix(id, prefix)
	}
	return fmt.Sprintf("%s > New: ID %s, Type %s, Store Value ticked, Applies To: %s.", f.menu, id, typ, f.AppliesTo)
}
