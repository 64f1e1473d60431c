package record

import (
	"encoding/json"
	"fmt"

	"counterpunch/internal/document"
)

// VendorCredit is NetSuite's vendor credit: a supplier's credit memo. Amounts are positive and say how much is credited.
type VendorCredit struct {
	ID, ExternalID, TranID, TranDate string
	Entity, Currency, Subsidiary     Ref
	CreatedFrom                      Ref // the bill it was made from, empty for none
	Total                            document.Decimal
	Unapplied                        document.Decimal // what is left to set against bills
	Items                            []BillLine
	Expenses                         []ExpenseLine
	Apply                            []Application
	Raw                              map[string]json.RawMessage // every field but links and the sublists above
}

// Application is a bill that the credit is, or could be, set against.
type Application struct {
	Line   int
	Doc    Ref // the bill
	Apply  bool
	Amount document.Decimal
	Raw    map[string]json.RawMessage
}

// UnmarshalJSON decodes what the record API answers with expandSubResources=true.
func (c *VendorCredit) UnmarshalJSON(raw []byte) error {
	f := readFields(raw)
	*c = VendorCredit{
		ID: f.text("id"), ExternalID: f.text("externalId"), TranID: f.text("tranId"), TranDate: f.text("tranDate"),
		Entity: f.ref("entity"), Currency: f.ref("currency"), Subsidiary: f.ref("subsidiary"),
		CreatedFrom: f.ref("createdFrom"),
		Total:       f.decimal("total"), Unapplied: f.decimal("unapplied"),
		Items:    sublist(f, "item", billLine),
		Expenses: sublist(f, "expense", expenseLine),
		Apply:    sublist(f, "apply", application),
		Raw:      f.keep("item", "expense", "apply"),
	}
	if f.err != nil {
		return fmt.Errorf("read vendor credit %s: %w", c.ID, f.err)
	}
	return nil
}

func application(f *fields) Application {
	return Application{
		Line: f.whole("line"), Doc: f.ref("doc"), Apply: f.flag("apply"), Amount: f.decimal("amount"),
		Raw: f.keep(),
	}
}
