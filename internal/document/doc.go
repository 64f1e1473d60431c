// Package document holds the normalised form of what a supplier sends after a punchout order: the order confirmation,
// the ship notice and the invoice (credit and debit memos are invoices with another purpose).
//
// Field names follow cXML 1.2. Values are typed: amounts are decimals with a currency, quantities are decimals with a
// unit of measure, moments are instants that keep the supplier's zone, line numbers are integers. The amounts and
// quantities of credit memos are stored positive: they say how much is credited. What was odd but usable is kept as a
// Warning with the original text.
//
// The package imports nothing of the project, and its JSON form is the data of the published events.
package document
