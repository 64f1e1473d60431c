package record

import (
	"encoding/json"
	"fmt"

	"counterpunch/internal/document"
)

// PurchaseOrder is NetSuite's purchase order. Dates are calendar dates as YYYY-MM-DD.
type PurchaseOrder struct {
	ID, TranID     string // internal id; the number that people see
	ExternalID     string
	TranDate       string
	Entity         Ref // the vendor
	Subsidiary     Ref // empty on accounts without subsidiaries
	Currency       Ref
	OrderStatus    Ref // A pending approval, B pending receipt, D E partly received, F pending bill, G billed, H closed
	ApprovalStatus Ref // 1 pending, 2 approved, 3 rejected
	Total          document.Decimal
	Items          []OrderLine
	Expenses       []ExpenseLine
	Raw            map[string]json.RawMessage // every field but links and the sublists above
}

// OrderLine is one item line of a purchase order. Quantities are in the line's own units.
type OrderLine struct {
	Line                int // the line's lasting key, not its position: gaps are normal. 0: NetSuite gave none
	Item                Ref
	Units               Ref    // often the id alone, without a name
	VendorName          string // the supplier's part number
	Description         string
	Quantity            document.Decimal
	Rate, Amount        document.Decimal
	QuantityReceived    document.Decimal
	QuantityBilled      document.Decimal
	ExpectedReceiptDate string
	IsClosed            bool
	Raw                 map[string]json.RawMessage // every field but links
}

// Line returns the item line with this key.
func (p PurchaseOrder) Line(key int) (OrderLine, bool) {
	for _, l := range p.Items {
		if l.Line == key {
			return l, true
		}
	}
	return OrderLine{}, false
}

// UnmarshalJSON decodes what the record API answers with expandSubResources=true.
func (p *PurchaseOrder) UnmarshalJSON(raw []byte) error {
	f := readFields(raw)
	*p = PurchaseOrder{
		ID: f.text("id"), TranID: f.text("tranId"), ExternalID: f.text("externalId"), TranDate: f.text("tranDate"),
		Entity: f.ref("entity"), Subsidiary: f.ref("subsidiary"), Currency: f.ref("currency"),
		OrderStatus: f.ref("orderStatus"), ApprovalStatus: f.ref("approvalStatus"),
		Total:    f.decimal("total"),
		Items:    sublist(f, "item", orderLine),
		Expenses: sublist(f, "expense", expenseLine),
		Raw:      f.keep("item", "expense"),
	}
	if f.err != nil {
		return fmt.Errorf("read purchase order %s: %w", p.ID, f.err)
	}
	return nil
}

func orderLine(f *fields) OrderLine {
	return OrderLine{
		Line: f.whole("line"), Item: f.ref("item"), Units: f.ref("units"),
		VendorName: f.text("vendorName"), Description: f.text("description"),
		Quantity: f.decimal("quantity"), Rate: f.decimal("rate"), Amount: f.decimal("amount"),
		QuantityReceived: f.decimal("quantityReceived"), QuantityBilled: f.decimal("quantityBilled"),
		ExpectedReceiptDate: f.text("expectedReceiptDate"),
		IsClosed:            f.flag("isClosed"),
		Raw:                 f.keep(),
	}
}
