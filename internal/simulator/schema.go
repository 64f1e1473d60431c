package simulator

import "strings"

// kind is the type of a field's value.
type kind int

const (
	text kind = iota
	number
	whole // an integer that is a key, such as line
	flag
	day       // YYYY-MM-DD
	instant   // RFC 3339
	reference // {"id": …} to a record
)

// field is one field of a record or of a line.
type field struct {
	name     string
	kind     kind
	readOnly bool
	max      int    // characters of a text; 0 means 4,000
	to       string // what a reference must name; empty: not checked
}

// schema is a record type.
type schema struct {
	name       string
	query      string // the type in SuiteQL
	label      string // the permission that the role needs
	fields     map[string]field
	lists      map[string]map[string]field
	transforms []string
}

const (
	orderType   = "purchaseOrder"
	billType    = "vendorBill"
	creditType  = "vendorCredit"
	receiptType = "itemReceipt"
	itemList    = "item"
	expenses    = "expense"
	applyList   = "apply"
)

// set adds fields of one kind; a name with a trailing ! is read-only.
func set(into map[string]field, k kind, names string) {
	for _, name := range strings.Fields(names) {
		bare := strings.TrimSuffix(name, "!")
		into[bare] = field{name: bare, kind: k, readOnly: bare != name}
	}
}

// refer adds references, written as name:target.
func refer(into map[string]field, names string) {
	for _, name := range strings.Fields(names) {
		pair, to, _ := strings.Cut(name, ":")
		bare := strings.TrimSuffix(pair, "!")
		into[bare] = field{name: bare, kind: reference, to: to, readOnly: bare != pair}
	}
}

func limit(into map[string]field, name string, characters int) {
	f := into[name]
	f.max = characters
	into[name] = f
}

// newSchemas returns the record types by lower-case name: the fields of the REST API browser that matter after a punchout
// order, and the custom fields.
func newSchemas(custom []CustomField) map[string]*schema {
	order := &schema{name: orderType, query: "PurchOrd", label: "Purchase Order", transforms: []string{billType, receiptType},
		fields: transactionFields(), lists: map[string]map[string]field{itemList: itemFields(), expenses: expenseFields()}}
	set(order.fields, text, "otherRefNum message trackingNumbers linkedTrackingNumbers! fob incoTerm")
	set(order.fields, day, "shipDate")
	set(order.fields, flag, "matchBillToReceipt")
	refer(order.fields, "orderStatus!:orderStatus shipMethod intercoStatus! employee")
	lines := order.lists[itemList]
	set(lines, text, "vendorName")
	set(lines, day, "expectedReceiptDate")
	set(lines, number, "quantityReceived! quantityBilled! quantityOnShipments!")
	set(lines, whole, "uniqueKey!")
	set(lines, flag, "isClosed isOpen! linked! matchBillToReceipt")

	bill := &schema{name: billType, query: "VendBill", label: "Bills", transforms: []string{creditType},
		fields: transactionFields(), lists: map[string]map[string]field{itemList: itemFields(), expenses: expenseFields()}}
	set(bill.fields, flag, "paymentHold")
	set(bill.fields, number, "userTotal amountPaid! amountRemaining!")
	refer(bill.fields, "account postingPeriod:period approvalStatus:approvalStatus")
	for _, list := range bill.lists {
		set(list, whole, "orderLine")
		refer(list, "orderDoc:purchaseOrder")
	}
	set(bill.lists[itemList], text, "vendorName")

	addTaxes(bill)

	credit := &schema{name: creditType, query: "VendCred", label: "Enter Vendor Credits",
		fields: transactionFields(), lists: map[string]map[string]field{itemList: itemFields(), expenses: expenseFields(), applyList: {}}}
	set(credit.fields, number, "userTotal applied! unapplied!")
	refer(credit.fields, "account postingPeriod:period createdFrom:vendorBill")
	for _, list := range []string{itemList, expenses} {
		set(credit.lists[list], whole, "orderLine")
	}
	set(credit.lists[itemList], text, "vendorName")
	set(credit.lists[applyList], flag, "apply")
	set(credit.lists[applyList], whole, "line")
	set(credit.lists[applyList], number, "amount due! total!")
	set(credit.lists[applyList], day, "applyDate")
	set(credit.lists[applyList], text, "refNum! type!")
	refer(credit.lists[applyList], "doc:vendorBill")

	addTaxes(credit)

	receipt := &schema{name: receiptType, query: "ItemRcpt", label: "Item Receipt",
		fields: transactionFields(), lists: map[string]map[string]field{itemList: itemFields()}}
	refer(receipt.fields, "postingPeriod:period createdFrom!:purchaseOrder")
	set(receipt.lists[itemList], whole, "orderLine")
	set(receipt.lists[itemList], flag, "itemReceive")
	set(receipt.lists[itemList], text, "vendorName")

	schemas := map[string]*schema{}
	for _, s := range []*schema{order, bill, credit, receipt} {
		schemas[strings.ToLower(s.name)] = s
	}
	for _, c := range append(defaultCustomFields(), custom...) {
		s := schemas[strings.ToLower(c.Record)]
		if s == nil {
			continue
		}
		into := s.fields
		if c.List != "" {
			into = s.lists[c.List]
		}
		kinds := map[string]kind{"number": number, "date": day, "flag": flag}
		into[c.Name] = field{name: c.Name, kind: kinds[c.Kind], max: c.Max}
	}
	return schemas
}

func transactionFields() map[string]field {
	f := map[string]field{}
	set(f, text, "tranId externalId memo transactionNumber!")
	limit(f, "tranId", 45)
	limit(f, "memo", 999)
	set(f, day, "tranDate dueDate")
	set(f, instant, "createdDate! lastModifiedDate!")
	set(f, number, "exchangeRate subtotal! taxTotal! total!")
	refer(f, "entity:vendor subsidiary:subsidiary currency:currency terms location department class status! approvalStatus!:approvalStatus")
	return f
}

// lineFields are what every line has.
func lineFields() map[string]field {
	f := map[string]field{}
	set(f, whole, "line")
	set(f, number, "amount")
	set(f, flag, "isBillable")
	refer(f, "location department class customer")
	return f
}

func itemFields() map[string]field {
	f := lineFields()
	set(f, number, "quantity rate")
	set(f, text, "description")
	refer(f, "item:item units:unit")
	return f
}

func expenseFields() map[string]field {
	f := lineFields()
	set(f, text, "memo")
	set(f, flag, "isClosed")
	refer(f, "account:account category")
	return f
}

// addTaxes gives a record the fields of both tax modes; which of them the account has is a knob.
func addTaxes(s *schema) {
	set(s.fields, flag, "taxDetailsOverride")
	for _, list := range []string{itemList, expenses} {
		set(s.lists[list], text, "taxDetailsReference")
		set(s.lists[list], number, "taxRate1 tax1Amt grossAmt!")
		refer(s.lists[list], "taxCode:taxCode")
	}
	details := map[string]field{}
	set(details, whole, "line")
	set(details, text, "taxDetailsReference")
	set(details, number, "taxBasis taxRate taxAmount")
	refer(details, "taxType taxCode:taxCode")
	s.lists[taxList] = details
}

// defaultCustomFields are the fields of the default mapping, as the project's SDF package creates them.
func defaultCustomFields() []CustomField {
	var all []CustomField
	add := func(record, list, kind string, max int, names ...string) {
		for _, name := range names {
			all = append(all, CustomField{Record: record, List: list, Name: name, Kind: kind, Max: max})
		}
	}
	add(orderType, "", "text", 300, "custbody_cp_confirmation_number")
	add(orderType, "", "text", 4000, "custbody_cp_shipments", "custbody_cp_tracking_numbers", "custbody_cp_carriers")
	add(orderType, "", "date", 0, "custbody_cp_confirmation_date", "custbody_cp_ship_date")
	add(orderType, "", "number", 0, "custbody_cp_supplier_tax", "custbody_cp_supplier_shipping", "custbody_cp_supplier_total")
	add(orderType, itemList, "text", 300, "custcol_cp_status", "custcol_cp_comments")
	add(orderType, itemList, "number", 0, "custcol_cp_confirmed_quantity", "custcol_cp_confirmed_price", "custcol_cp_shipped_quantity")
	add(orderType, itemList, "date", 0, "custcol_cp_ship_date")
	add(billType, "", "text", 300, "custbody_cp_document")
	add(creditType, "", "text", 300, "custbody_cp_document")
	return all
}

func (s *Simulator) schemaOf(name string) *schema { return s.world.schemas[strings.ToLower(name)] }

// isCustom reports whether a field is one of the account's own, by the prefixes that NetSuite gives them.
func isCustom(name string) bool {
	for _, prefix := range []string{"custbody", "custcol", "custentity", "custrecord", "custitem"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
