package mapping

import (
	"encoding/json"
	"fmt"
	"strings"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

// Plan is what would be sent to NetSuite and what it would change. Its JSON form is complete.
type Plan struct {
	Calls       []Call       `json:"calls,omitempty"`
	Changes     []Change     `json:"changes,omitempty"`
	Unmapped    []string     `json:"unmapped,omitempty"`    // stated by documents, but mapped to no field
	Differences []Difference `json:"differences,omitempty"` // within tolerance, or for information
	// Accepted are the reasons, each once, that a policy let pass. What they are about is in Differences.
	Accepted []reason.Code `json:"accepted,omitempty"`
	Expect   *Expected     `json:"expect,omitempty"` // the bill or credit, to compare with when it is read back
}

// Call is one request to the record API. Path is relative to /services/rest/record/v1/.
type Call struct {
	Method string            `json:"method"`
	Path   string            `json:"path"`
	Query  map[string]string `json:"query,omitempty"`
	Body   json.RawMessage   `json:"body,omitempty"`
}

// Change is one field before and after, or, without a Field, a record that is created. Line is NetSuite's line key, 0
// for a field of the body. Before is empty for a field that is not set, After for one that is cleared.
type Change struct {
	Record string `json:"record"`
	ID     string `json:"id,omitempty"`
	Number string `json:"number"`
	Line   int    `json:"line,omitempty"`
	Field  string `json:"field,omitempty"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// String returns the change as a line for people, such as "purchaseOrder PO-1001 line 1 custcol_cp_status: -> accept".
func (c Change) String() string {
	s := c.Record + " " + c.Number
	if c.Field == "" {
		return s + ": " + c.After
	}
	if c.Line > 0 {
		s += fmt.Sprintf(" line %d", c.Line)
	}
	return strings.Join(strings.Fields(s+" "+c.Field+": "+c.Before+" -> "+c.After), " ")
}

// Difference is one row of the table that a person compares. Line is the document's line number for orders and notices,
// the invoice's for invoices; 0 for the whole document.
type Difference struct {
	What     string `json:"what"`
	Expected string `json:"expected"`
	Found    string `json:"found"`
	Line     int    `json:"line,omitempty"`
}

// String returns the difference as a sentence.
func (d Difference) String() string {
	s := fmt.Sprintf("%s is %s, expected %s", d.What, orNone(d.Found), orNone(d.Expected))
	if d.Line > 0 {
		s = fmt.Sprintf("line %d: %s", d.Line, s)
	}
	return s
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Mismatch is the error of a document that does not fit what NetSuite has. Documents are the ids of the documents that
// do not fit; an order's state comes from several, and only these are to blame. Empty: the one that was given.
type Mismatch struct {
	Reason      reason.Code  `json:"reason"`
	Text        string       `json:"text"`
	Differences []Difference `json:"differences,omitempty"`
	Documents   []string     `json:"documents,omitempty"`
	Final       bool         `json:"final,omitempty"` // waiting is of no use, or not wanted, whatever the reason
}

// Error returns the text with its reason code.
func (m *Mismatch) Error() string { return string(m.Reason) + ": " + m.Text }

// Expected is a bill or credit as it should be in NetSuite.
type Expected struct {
	Vendor   record.Ref       `json:"vendor,omitzero"`
	Currency record.Ref       `json:"currency,omitzero"`
	Number   string           `json:"number"`
	Date     string           `json:"date"`
	Total    document.Decimal `json:"total"`
	Lines    []ExpectedLine   `json:"lines,omitempty"`
	Expenses []ExpectedLine   `json:"expenses,omitempty"`
	Hold     bool             `json:"paymentHold,omitempty"`
	Applied  document.Decimal `json:"applied,omitzero"` // the least of a credit that is set against bills
}

// ExpectedLine is an item line, or an expense line when Account is set. OrderID and OrderLine are empty for a charge.
type ExpectedLine struct {
	OrderID   string           `json:"orderID,omitempty"`
	OrderLine int              `json:"orderLine,omitempty"`
	Item      string           `json:"item,omitempty"`
	Account   string           `json:"account,omitempty"`
	Quantity  document.Decimal `json:"quantity,omitzero"`
	Amount    document.Decimal `json:"amount"`
	// Billed is the least that the order's line then shows as billed, where the bill cannot show which line it took, and InStead
	// the line that it may have taken.
	Billed  *document.Decimal `json:"billed,omitempty"`
	InStead int               `json:"inStead,omitempty"`
}
