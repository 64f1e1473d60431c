// Package reason holds the closed set of reasons why a document is not, or not yet, in NetSuite. The same codes stand in
// metrics, the API, the CLI and the documentation.
package reason

import "slices"

// Code is one reason. The text is stable: people write filters and alerts on it.
type Code string

// The reasons. Each has a sentence for ops in sentences.
const (
	OrderNotFound          Code = "order-not-found"
	OrderReferenceMissing  Code = "order-reference-missing"
	OrderAmbiguous         Code = "order-ambiguous"
	OrderPendingApproval   Code = "order-pending-approval"
	OrderClosed            Code = "order-closed"
	OrdersNotCombinable    Code = "orders-not-combinable"
	WrongVendor            Code = "wrong-vendor"
	LineNotFound           Code = "line-not-found"
	LineAmbiguous          Code = "line-ambiguous"
	QuantityExceedsOrder   Code = "quantity-exceeds-order"
	PriceMismatch          Code = "price-mismatch"
	CurrencyMismatch       Code = "currency-mismatch"
	UnitMismatch           Code = "unit-mismatch"
	TotalMismatch          Code = "total-mismatch"
	ChargeUnmapped         Code = "charge-unmapped"
	NotSupported           Code = "not-supported"
	DuplicateInvoice       Code = "duplicate-invoice"
	DuplicateNumber        Code = "duplicate-number"
	CreatedDifferently     Code = "created-differently"
	InvoiceNotFound        Code = "invoice-not-found"
	InvoiceInProgress      Code = "invoice-in-progress"
	InvoicePaid            Code = "invoice-paid"
	InvoiceDateFuture      Code = "invoice-date-future"
	LineRepeated           Code = "line-repeated"
	ReceiptMissing         Code = "receipt-missing"
	PeriodClosed           Code = "period-closed"
	NetSuiteRefused        Code = "netsuite-refused"
	NetSuiteUnexpected     Code = "netsuite-unexpected"
	NetSuiteUnknownOutcome Code = "netsuite-unknown-outcome"
	NetSuiteBusy           Code = "netsuite-busy"
	NetSuiteDown           Code = "netsuite-down"
	LoginRefused           Code = "login-refused"
	RecordChanged          Code = "record-changed"
	AccountUnknown         Code = "account-unknown"
	DeadlinePassed         Code = "deadline-passed"
	Poison                 Code = "poison"
	Internal               Code = "internal"
)

// sentences says what each code means and what to do, in words for ops.
var sentences = map[Code]string{
	OrderNotFound:          "NetSuite has no purchase order with this number that the integration's role can see. It is looked for again until the deadline; then check the number, and the role's subsidiaries.",
	OrderReferenceMissing:  "The document does not say which order it is for: by payloadID only, with no orders.payload_field in the account, or not at all. Name the field, or for invoices without an order the account's bill.expense_account; or ask the supplier for the order number.",
	OrderAmbiguous:         "Several purchase orders of this supplier's vendors carry this number. Give one of them another number, or narrow the supplier's vendors.",
	OrderPendingApproval:   "The purchase order still waits for approval. The document is tried again until the deadline.",
	OrderClosed:            "The purchase order is closed or fully billed. Reopen it and replay, or discard with a reason.",
	OrdersNotCombinable:    "The orders of this invoice differ in subsidiary or currency, so that one bill cannot hold them. Ask the supplier for one invoice an order.",
	WrongVendor:            "The order belongs to a vendor that is not among the supplier's vendors. Nobody may touch another's order: check the supplier's vendors in the configuration.",
	LineNotFound:           "The document names a line that the purchase order does not have.",
	LineAmbiguous:          "The line number alone does not say which line is meant: part, unit or price do not bear it out, or the part is that of another line. Compare the document with the order, then edit or discard; a part number that stands for the ordered one belongs in the lookup table items.",
	QuantityExceedsOrder:   "More is stated than is ordered, or left to bill.",
	PriceMismatch:          "The price differs from the order's by more than the tolerance.",
	CurrencyMismatch:       "The document's currency is not the order's.",
	UnitMismatch:           "The document's unit of measure is not the order's and no conversion is configured.",
	TotalMismatch:          "The lines and charges of the invoice do not add up to its total within the tolerance.",
	ChargeUnmapped:         "The invoice carries tax, shipping, handling or a discount for which the account has no target. Configure one; the bill would otherwise be short.",
	NotSupported:           "This form of document is not brought into NetSuite automatically. Enter it by hand and discard it with that reason.",
	DuplicateInvoice:       "Another document has already brought in an invoice with this number from this vendor, in the same year or dated within bill.same_number_days.",
	DuplicateNumber:        "NetSuite has a bill or credit of this vendor with this number that Counterpunch did not create. The table says whether the totals agree: if it is this invoice, discard with that reason; if not, give one of them another number and replay.",
	CreatedDifferently:     "NetSuite saved the bill with other values than were sent; it is on payment hold. Correct it in NetSuite and discard, or delete it there and replay.",
	InvoiceNotFound:        "The invoice that this credit or deletion refers to is not in NetSuite yet, or its bill waits for approval there. It is looked for again until the deadline.",
	InvoiceInProgress:      "Another document with the same invoice number, or one that bills the same order or credits the same bill, is being worked on. This one waits for its end.",
	InvoicePaid:            "The bill of the invoice that is cancelled has been paid, in whole or in part. Settle it with the supplier, then discard.",
	InvoiceDateFuture:      "The invoice is dated further in the future than bill.future_days allows. Ask the supplier, or replay it when the day has come.",
	LineRepeated:           "The invoice has a line twice: the same number, order line, quantity and amount. Ask the supplier which is meant.",
	ReceiptMissing:         "More is invoiced than has been received, and the account bills only what has. It is tried again until the deadline; then receive the goods and replay.",
	PeriodClosed:           "The accounting period of the invoice date is closed. Open it and replay, or let bill.period: first-open post such bills later.",
	NetSuiteRefused:        "NetSuite refused the call. Its own words say why.",
	NetSuiteUnexpected:     "NetSuite answered with an unexpected error on this document several times while it served others.",
	NetSuiteUnknownOutcome: "It is not known whether NetSuite carried out a call. The record is looked up before anything is sent again.",
	NetSuiteBusy:           "NetSuite refused the call because too many were in progress.",
	NetSuiteDown:           "NetSuite could not be reached.",
	LoginRefused:           "NetSuite refused the sign-in of the integration user. The account is held until it is resumed.",
	RecordChanged:          "The record was changed in NetSuite while it was being written, five times in a row.",
	AccountUnknown:         "The document is for an account that the configuration does not have.",
	DeadlinePassed:         "What the document waited for did not come before the deadline.",
	Poison:                 "The document was started five times and never brought to an end.",
	Internal:               "Counterpunch failed on this document. The log has the cause under the document's id.",
}

// Codes lists every code, sorted by its text.
func Codes() []Code {
	codes := make([]Code, 0, len(sentences))
	for c := range sentences {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	return codes
}

// Sentence says what the code means and what to do about it.
func (c Code) Sentence() string { return sentences[c] }

// Valid reports whether c is one of Codes.
func (c Code) Valid() bool { _, ok := sentences[c]; return ok }

// Negotiable lists the reasons, sorted, that an account or a supplier may have billed all the same. Of all others the bill
// could not be made, or its money would be wrong by construction: on another's order, twice, for a line that there is not.
func Negotiable() []Code {
	return []Code{InvoiceDateFuture, LineRepeated, PriceMismatch, QuantityExceedsOrder, ReceiptMissing, TotalMismatch}
}

// Negotiable reports whether c is one of Negotiable.
func (c Code) Negotiable() bool { return slices.Contains(Negotiable(), c) }
