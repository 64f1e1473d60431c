package doctor

import (
	"strings"

	"counterpunch/internal/netsuite"
)

// FieldType is what a field of NetSuite holds, in the words of its page.
type FieldType string

// The types of the default mapping's fields.
const (
	Text     FieldType = "Free-Form Text"
	TextArea FieldType = "Text Area"
	Decimal  FieldType = "Decimal Number"
	Currency FieldType = "Currency"
	Date     FieldType = "Date"
)

// fits reports whether a field of the catalog can hold values of the type; near says that it can, but not as meant.
func (t FieldType) fits(f netsuite.Field) (fits, near bool) {
	dated := strings.HasPrefix(f.Format, "date")
	switch t {
	case Text, TextArea:
		return f.Type == "string" && !dated, false
	case Decimal, Currency:
		return f.Type == "number", false
	case Date:
		return f.Type == "string" && dated, f.Type == "string"
	}
	return true, false
}

// ShippedField is a custom field that deploy/netsuite makes.
type ShippedField struct {
	ScriptID string
	Label    string
	Type     FieldType
	Help     string
}

// ShippedFields are the custom fields of the default mapping.
func ShippedFields() []ShippedField {
	return []ShippedField{
		{"custbody_cp_confirmation_number", "Supplier Confirmation Number", Text, "The supplier's number of its order confirmation."},
		{"custbody_cp_confirmation_date", "Supplier Confirmation Date", Date, "When the supplier confirmed the order."},
		{"custbody_cp_supplier_tax", "Supplier Tax", Currency, "Tax as the supplier confirmed it."},
		{"custbody_cp_supplier_shipping", "Supplier Shipping", Currency, "Shipping as the supplier confirmed it."},
		{"custbody_cp_supplier_total", "Supplier Total", Currency, "Total as the supplier confirmed it."},
		{"custbody_cp_shipments", "Supplier Shipments", TextArea, "Numbers of the supplier's shipments that have left."},
		{"custbody_cp_tracking_numbers", "Supplier Tracking Numbers", TextArea, "Tracking numbers of the supplier's shipments."},
		{"custbody_cp_carriers", "Supplier Carriers", Text, "Carriers of the supplier's shipments."},
		{"custbody_cp_ship_date", "Supplier Ship Date", Date, "When the supplier's last shipment left."},
		{"custbody_cp_document", "Counterpunch Document", Text, "Id of the supplier's document that this bill or credit was made from."},
		{"custcol_cp_status", "Supplier Status", Text, "What the supplier says of the line: accept, detail, backordered or reject, with quantities where it is split."},
		{"custcol_cp_confirmed_quantity", "Confirmed Quantity", Decimal, "Quantity that the supplier confirmed."},
		{"custcol_cp_confirmed_price", "Confirmed Price", Decimal, "Unit price that the supplier confirmed."},
		{"custcol_cp_comments", "Supplier Comments", Text, "What the supplier wrote of the line."},
		{"custcol_cp_ship_date", "Line Ship Date", Date, "When the supplier ships, or shipped, the line."},
		{"custcol_cp_shipped_quantity", "Shipped Quantity", Decimal, "Quantity that has left the supplier."},
	}
}
