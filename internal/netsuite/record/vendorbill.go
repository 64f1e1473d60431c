package record

import (
	"encoding/json"
	"fmt"

	"counterpunch/internal/document"
)

// VendorBill is NetSuite's vendor bill: a supplier's invoice. Dates are calendar dates as YYYY-MM-DD.
type VendorBill struct {
	ID, ExternalID, TranID, TranDate string // TranID is the supplier's invoice number
	DueDate                          string
	Entity, Currency, Subsidiary     Ref // Entity is the vendor
	Status, ApprovalStatus           Ref
	Total, TaxTotal                  document.Decimal
	PaymentHold                      bool
	Items                            []BillLine
	Expenses                         []ExpenseLine
	Raw                              map[string]json.RawMessage // every field but links and the sublists above
}

// BillLine is one item line of a bill or a credit.
type BillLine struct {
	Line         int
	OrderDoc     Ref // the purchase order the line bills, empty for none
	OrderLine    int // the order's line key, 0 for none
	Item, Units  Ref
	VendorName   string
	Description  string
	Quantity     document.Decimal
	Rate, Amount document.Decimal
	Raw          map[string]json.RawMessage
}

// ExpenseLine is one line that names an account in place of an item, of a bill, a credit or an order.
type ExpenseLine struct {
	Line              int
	OrderDoc          Ref
	OrderLine         int
	Account, Category Ref
	Amount            document.Decimal
	Memo              string
	Raw               map[string]json.RawMessage
}

// UnmarshalJSON decodes what the record API answers with expandSubResources=true.
func (b *VendorBill) UnmarshalJSON(raw []byte) error {
	f := readFields(raw)
	*b = VendorBill{
		ID: f.text("id"), ExternalID: f.text("externalId"), TranID: f.text("tranId"), TranDate: f.text("tranDate"),
		DueDate: f.text("dueDate"),
		Entity:  f.ref("entity"), Currency: f.ref("currency"), Subsidiary: f.ref("subsidiary"),
		Status: f.ref("status"), ApprovalStatus: f.ref("approvalStatus"),
		Total: f.decimal("total"), TaxTotal: f.decimal("taxTotal"), PaymentHold: f.flag("paymentHold"),
		Items:    sublist(f, "item", billLine),
		Expenses: sublist(f, "expense", expenseLine),
		Raw:      f.keep("item", "expense"),
	}
	if f.err != nil {
		return fmt.Errorf("read vendor bill %s: %w", b.ID, f.err)
	}
	return nil
}

func billLine(f *fields) BillLine {
	return BillLine{
		Line: f.whole("line"), OrderDoc: f.ref("orderDoc"), OrderLine: f.whole("orderLine"),
		Item: f.ref("item"), Units: f.ref("units"),
		VendorName: f.text("vendorName"), Description: f.text("description"),
		Quantity: f.decimal("quantity"), Rate: f.decimal("rate"), Amount: f.decimal("amount"),
		Raw: f.keep(),
	}
}

func expenseLine(f *fields) ExpenseLine {
	return ExpenseLine{
		Line: f.whole("line"), OrderDoc: f.ref("orderDoc"), OrderLine: f.whole("orderLine"),
		Account: f.ref("account"), Category: f.ref("category"),
		Amount: f.decimal("amount"), Memo: f.text("memo"),
		Raw: f.keep(),
	}
}
