package mapping

import (
	"reflect"

	"counterpunch/internal/order"

	"github.com/expr-lang/expr/ast"
)

// environment is what an expression sees. Texts are empty where nothing is stated; dates are YYYY-MM-DD in the zone that
// the supplier wrote; numbers are texts, exact as stated.
type environment struct {
	Doc    docValues                      `expr:"doc"`
	Order  orderValues                    `expr:"order"`
	Lookup func(table, key string) string `expr:"lookup"`
}

// lineEnvironment is what an expression for a line sees.
type lineEnvironment struct {
	Doc    docValues                      `expr:"doc"`
	Order  orderValues                    `expr:"order"`
	Line   lineValues                     `expr:"line"`
	Lookup func(table, key string) string `expr:"lookup"`
}

// docValues are what the documents say of the order as a whole.
type docValues struct {
	ConfirmationNumber string   `expr:"confirmationNumber"`
	ConfirmationDate   string   `expr:"confirmationDate"`
	Tax                string   `expr:"tax"`
	Shipping           string   `expr:"shipping"`
	Total              string   `expr:"total"`
	Comments           string   `expr:"comments"`
	Shipments          []string `expr:"shipments"` // numbers of what has left
	TrackingNumbers    []string `expr:"trackingNumbers"`
	Carriers           []string `expr:"carriers"`
	ShipDate           string   `expr:"shipDate"`
}

// orderValues are the order as read.
type orderValues struct {
	ID       string `expr:"id"`
	Number   string `expr:"number"`
	Vendor   string `expr:"vendor"`
	Currency string `expr:"currency"`
	Date     string `expr:"date"`
	Status   string `expr:"status"`
	Total    string `expr:"total"`
}

// lineValues are what the documents say of a line, and, from OrderLine on, the line as read.
type lineValues struct {
	Number            int    `expr:"number"` // as the documents count
	Status            string `expr:"status"`
	ConfirmedQuantity string `expr:"confirmedQuantity"`
	ConfirmedPrice    string `expr:"confirmedPrice"`
	Comments          string `expr:"comments"`
	ShipDate          string `expr:"shipDate"`
	DeliveryDate      string `expr:"deliveryDate"`
	ShippedQuantity   string `expr:"shippedQuantity"`
	Substitutes       string `expr:"substitutes"`

	OrderLine   int    `expr:"orderLine"`
	Item        string `expr:"item"`
	Part        string `expr:"part"`
	Description string `expr:"description"`
	Unit        string `expr:"unit"`
	Quantity    string `expr:"quantity"`
	Price       string `expr:"price"`
}

// docFacets and lineFacets say what a document must once have stated for a value to have been written.
func docFacets() map[string]order.Facet {
	return map[string]order.Facet{
		"confirmationNumber": order.FacetConfirmation, "confirmationDate": order.FacetConfirmation,
		"tax": order.FacetTax, "shipping": order.FacetTax, "total": order.FacetTax, "comments": order.FacetComments,
		"shipments": order.FacetShipment, "trackingNumbers": order.FacetTracking, "carriers": order.FacetCarrier,
		"shipDate": order.FacetNoticeDate,
	}
}

func lineFacets() map[string]order.Facet {
	return map[string]order.Facet{
		"status": order.FacetStatus, "confirmedQuantity": order.FacetStatus, "confirmedPrice": order.FacetPrice,
		"comments": order.FacetComments, "shipDate": order.FacetShipDate, "deliveryDate": order.FacetDelivery,
		"shippedQuantity": order.FacetShipped, "substitutes": order.FacetComments,
	}
}

// uses collects the values of doc and line, and the lookup tables, that an expression reads.
type uses struct {
	doc, line map[string]bool
	tables    []*ast.StringNode
	ranged    bool // it makes a list of numbers of its own, and with it a loop of any length
}

// Visit implements ast.Visitor.
func (u *uses) Visit(node *ast.Node) {
	if b, ok := (*node).(*ast.BinaryNode); ok && b.Operator == ".." {
		u.ranged = true
	}
	if call, ok := (*node).(*ast.CallNode); ok && len(call.Arguments) > 0 {
		of, isName := call.Callee.(*ast.IdentifierNode)
		if table, ok := call.Arguments[0].(*ast.StringNode); ok && isName && of.Value == "lookup" {
			u.tables = append(u.tables, table)
		}
	}
	member, ok := (*node).(*ast.MemberNode)
	if !ok {
		return
	}
	of, ok := member.Node.(*ast.IdentifierNode)
	name, named := member.Property.(*ast.StringNode)
	if !ok || !named {
		return
	}
	switch of.Value {
	case "doc":
		u.doc[name.Value] = true
	case "line":
		u.line[name.Value] = true
	}
}

// facets returns the facets behind the values that are read.
func (u *uses) facets() (header, line order.Facet) {
	docs, lines := docFacets(), lineFacets()
	for name := range u.doc {
		header |= docs[name]
	}
	for name := range u.line {
		line |= lines[name]
	}
	return header, line
}

// unread returns the names, of those with a facet, that have a value and are read by no expression, in the order of the
// struct's fields.
func unread(values any, facets map[string]order.Facet, read map[string]bool) []string {
	var names []string
	v := reflect.ValueOf(values)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("expr")
		if f := v.Field(i); facets[name] != 0 && !read[name] && f.Len() > 0 {
			names = append(names, name)
		}
	}
	return names
}
