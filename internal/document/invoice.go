package document

import "time"

// Purpose is what an invoice is for (cXML InvoiceDetailRequestHeader@purpose).
type Purpose string

// The purposes of an invoice (cXML InvoiceDetail.dtd).
const (
	PurposeStandard            Purpose = "standard"
	PurposeCreditMemo          Purpose = "creditMemo"
	PurposeDebitMemo           Purpose = "debitMemo"
	PurposeLineLevelCreditMemo Purpose = "lineLevelCreditMemo"
	PurposeLineLevelDebitMemo  Purpose = "lineLevelDebitMemo"
)

// Credit reports whether the invoice gives money back.
func (p Purpose) Credit() bool { return p == PurposeCreditMemo || p == PurposeLineLevelCreditMemo }

// Invoice is an invoice, credit memo or debit memo (cXML InvoiceDetailRequest). For credits, amounts and quantities are
// positive and say how much is credited.
type Invoice struct {
	InvoiceID       string     `json:"invoiceID"`
	InvoiceDate     time.Time  `json:"invoiceDate"`
	Purpose         Purpose    `json:"purpose"`
	Operation       Operation  `json:"operation"`
	Origin          string     `json:"invoiceOrigin,omitempty"`
	InformationOnly bool       `json:"isInformationOnly,omitempty"`
	ERS             bool       `json:"isERS,omitempty"`
	HeaderInvoice   bool       `json:"isHeaderInvoice,omitempty"`
	Indicators      Indicators `json:"lineIndicators"`
	// PreviousPayloadID is the payloadID of the invoice that a delete or a memo refers to.
	PreviousPayloadID string            `json:"previousPayloadID,omitempty"`
	Refers            *InvoiceReference `json:"invoiceIDInfo,omitempty"` // the invoice that a delete or a memo refers to
	Partners          []Contact         `json:"partners,omitempty"`
	PaymentTerms      []PaymentTerm     `json:"paymentTerms,omitempty"`
	ShipNoticeID      string            `json:"shipNoticeID,omitempty"`
	PeriodStart       *time.Time        `json:"periodStart,omitempty"`
	PeriodEnd         *time.Time        `json:"periodEnd,omitempty"`
	Comments          []Comment         `json:"comments,omitempty"`
	IDReferences      []IDReference     `json:"idReferences,omitempty"`
	Extrinsics        []Extrinsic       `json:"extrinsics,omitempty"`
	Orders            []InvoiceOrder    `json:"orders"`
	Summary           InvoiceSummary    `json:"summary"`
}

// Indicators say which amounts stand at the lines (cXML InvoiceDetailLineIndicator). When TaxInLine is set, the tax of
// the summary is only the total of the lines' tax.
type Indicators struct {
	TaxInLine             bool `json:"isTaxInLine,omitempty"`
	SpecialHandlingInLine bool `json:"isSpecialHandlingInLine,omitempty"`
	ShippingInLine        bool `json:"isShippingInLine,omitempty"`
	DiscountInLine        bool `json:"isDiscountInLine,omitempty"`
	AccountingInLine      bool `json:"isAccountingInLine,omitempty"`
	PriceAdjustmentInLine bool `json:"isPriceAdjustmentInLine,omitempty"`
}

// InvoiceReference names another invoice of the same supplier.
type InvoiceReference struct {
	InvoiceID   string     `json:"invoiceID"`
	InvoiceDate *time.Time `json:"invoiceDate,omitempty"`
}

// PaymentTerm is a term of payment; a discount holds when paid within the days, days without discount are the net term.
type PaymentTerm struct {
	Days            int      `json:"payInNumberOfDays"`
	DiscountPercent *Decimal `json:"discountPercent,omitempty"`
	DiscountAmount  *Money   `json:"discountAmount,omitempty"`
}

// InvoiceOrder is the part of an invoice that belongs to one order.
type InvoiceOrder struct {
	Order OrderReference `json:"order"`
	Items []InvoiceItem  `json:"items,omitempty"`
	// Summary is set for a header invoice, which states amounts for the order as a whole.
	Summary *InvoiceOrderSummary `json:"orderSummary,omitempty"`
}

// Charges are the amounts beside what is sold, of a line, an order or the whole invoice.
type Charges struct {
	Tax             *Tax    `json:"tax,omitempty"`
	SpecialHandling *Charge `json:"specialHandling,omitempty"`
	Shipping        *Charge `json:"shipping,omitempty"`
	Discount        *Charge `json:"discount,omitempty"`
}

// InvoiceItem is one invoiced line of goods or service.
type InvoiceItem struct {
	InvoiceLineNumber int         `json:"invoiceLineNumber"`
	ParentLineNumber  int         `json:"parentInvoiceLineNumber,omitempty"`
	LineNumber        int         `json:"lineNumber,omitempty"` // of the order; 0 when the line names none
	Service           bool        `json:"service,omitempty"`
	AdHoc             bool        `json:"isAdHoc,omitempty"`
	Return            bool        `json:"return,omitempty"`
	Quantity          Quantity    `json:"quantity"`
	UnitPrice         *Money      `json:"unitPrice,omitempty"`
	PriceBasis        *PriceBasis `json:"priceBasisQuantity,omitempty"`
	Item              Item        `json:"item"`
	SerialNumbers     []string    `json:"serialNumbers,omitempty"`
	Subtotal          *Money      `json:"subtotalAmount,omitempty"`
	Charges
	Gross         *Money         `json:"grossAmount,omitempty"`
	Modifications []Modification `json:"modifications,omitempty"`
	Net           *Money         `json:"netAmount,omitempty"`
	Distributions []Distribution `json:"distributions,omitempty"`
	Comments      []Comment      `json:"comments,omitempty"`
	Extrinsics    []Extrinsic    `json:"extrinsics,omitempty"`
}

// InvoiceOrderSummary states the amounts of an order in a header invoice (cXML InvoiceDetailOrderSummary).
type InvoiceOrderSummary struct {
	InvoiceLineNumber int   `json:"invoiceLineNumber"`
	Subtotal          Money `json:"subtotalAmount"`
	Charges
	Gross    *Money    `json:"grossAmount,omitempty"`
	Net      *Money    `json:"netAmount,omitempty"`
	Comments []Comment `json:"comments,omitempty"`
}

// InvoiceSummary states the amounts of the whole invoice as declared (cXML InvoiceDetailSummary). Nothing is computed:
// where the declared values disagree, matching says so.
type InvoiceSummary struct {
	Subtotal Money `json:"subtotalAmount"`
	Charges
	Gross         *Money         `json:"grossAmount,omitempty"`
	Modifications []Modification `json:"modifications,omitempty"`
	Net           *Money         `json:"netAmount,omitempty"`
	Deposit       *Money         `json:"depositAmount,omitempty"`
	Due           *Money         `json:"dueAmount,omitempty"`
}

// Total is what the invoice comes to as declared: the net amount, or what is due with the deposit, which lowers only that.
func (s InvoiceSummary) Total() Decimal {
	switch {
	case s.Net != nil:
		return s.Net.Amount
	case s.Due != nil && s.Deposit != nil:
		return s.Due.Amount.Add(s.Deposit.Amount)
	case s.Due != nil:
		return s.Due.Amount
	}
	return s.Subtotal.Amount
}
