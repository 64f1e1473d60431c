package document

import "time"

// Money is an amount in one currency (ISO 4217, upper case; empty when the document names none).
type Money struct {
	Amount   Decimal `json:"amount"`
	Currency string  `json:"currency"`
}

// Quantity is a number of units. Unit is the UN/CEFACT Recommendation 20 code, or the supplier's own where it is none.
type Quantity struct {
	Value Decimal `json:"value"`
	Unit  string  `json:"unit,omitempty"`
}

// Credential names a party (cXML Credential without its secret).
type Credential struct {
	Domain   string `json:"domain"`
	Identity string `json:"identity"`
}

// Extrinsic is a named value outside the standard; Value is its text content with white space folded.
type Extrinsic struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Comment is the text of a Comments element and the attachments it refers to.
type Comment struct {
	Text        string   `json:"text,omitempty"`
	Lang        string   `json:"lang,omitempty"`
	Type        string   `json:"type,omitempty"`
	Attachments []string `json:"attachments,omitempty"` // the URLs as sent, usually cid:
}

// Contact is a party named in a document with a role, such as remitTo or shipFrom.
type Contact struct {
	Role      string `json:"role,omitempty"`
	AddressID string `json:"addressID,omitempty"`
	Name      string `json:"name,omitempty"`
	Email     string `json:"email,omitempty"`
}

// IDReference is a named identifier (cXML IdReference).
type IDReference struct {
	Domain     string `json:"domain"`
	Identifier string `json:"identifier"`
}

// Warning is something odd that did not keep the document from being used.
type Warning struct {
	Code     string `json:"code"`
	Path     string `json:"path,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Text     string `json:"text"`
	Original string `json:"original,omitempty"`
}

// OrderReference says which purchase order is meant. A document may carry any of the identifiers; an invoice may carry
// the supplier's own number alone.
type OrderReference struct {
	OrderID         string     `json:"orderID,omitempty"`   // the buyer's purchase order number
	PayloadID       string     `json:"payloadID,omitempty"` // payloadID of the OrderRequest, where the supplier had one
	OrderDate       *time.Time `json:"orderDate,omitempty"`
	SupplierOrderID string     `json:"supplierOrderID,omitempty"`
	AgreementID     string     `json:"agreementID,omitempty"`
}

// Empty reports whether the reference names no order of the buyer's.
func (r OrderReference) Empty() bool { return r.OrderID == "" && r.PayloadID == "" }

// String returns the order number, or what else names the order.
func (r OrderReference) String() string {
	switch {
	case r.OrderID != "":
		return r.OrderID
	case r.PayloadID != "":
		return "payloadID " + r.PayloadID
	case r.SupplierOrderID != "":
		return "supplier order " + r.SupplierOrderID
	}
	return ""
}

// Item identifies what is sold (cXML ItemID and parts of ItemDetail).
type Item struct {
	SupplierPartID      string `json:"supplierPartID,omitempty"`
	SupplierAuxiliaryID string `json:"supplierPartAuxiliaryID,omitempty"`
	BuyerPartID         string `json:"buyerPartID,omitempty"`
	ManufacturerPartID  string `json:"manufacturerPartID,omitempty"`
	ManufacturerName    string `json:"manufacturerName,omitempty"`
	Description         string `json:"description,omitempty"`
	UnitPrice           *Money `json:"unitPrice,omitempty"`
	// PriceBasis says for how many units UnitPrice holds; nil means one.
	PriceBasis *PriceBasis `json:"priceBasisQuantity,omitempty"`
	Quantity   *Quantity   `json:"quantity,omitempty"`
}

// PriceBasis says for how many units the unit price holds (cXML PriceBasisQuantity).
type PriceBasis struct {
	Quantity         Quantity `json:"quantity"`
	ConversionFactor Decimal  `json:"conversionFactor"`
}

// Tax is a tax amount with its parts.
type Tax struct {
	Amount      Money       `json:"amount"`
	Description string      `json:"description,omitempty"`
	Details     []TaxDetail `json:"details,omitempty"`
}

// TaxDetail is one part of a Tax.
type TaxDetail struct {
	Category string   `json:"category"`
	Purpose  string   `json:"purpose,omitempty"`
	Rate     *Decimal `json:"percentageRate,omitempty"`
	Taxable  *Money   `json:"taxableAmount,omitempty"`
	Amount   Money    `json:"taxAmount"`
	Location string   `json:"taxLocation,omitempty"`
}

// Charge is an amount with a description, such as shipping, special handling or a discount.
type Charge struct {
	Amount      Money    `json:"amount"`
	Description string   `json:"description,omitempty"`
	Rate        *Decimal `json:"percentageRate,omitempty"`
}

// Modification is an allowance or a further charge on a price (cXML Modification).
type Modification struct {
	Name        string  `json:"name,omitempty"`
	Description string  `json:"description,omitempty"`
	Deduction   bool    `json:"deduction"` // true: AdditionalDeduction; false: AdditionalCost
	Amount      *Money  `json:"amount,omitempty"`
	Percent     Decimal `json:"percent,omitzero"`
}

// Distribution is the accounting of an amount.
type Distribution struct {
	Name     string        `json:"name,omitempty"`
	Segments []IDReference `json:"segments,omitempty"`
	Charge   Money         `json:"charge"`
}
