package mapping

import (
	"counterpunch/internal/document"
	"counterpunch/internal/reason"
)

// The ways in which a document's line number names a line of the order. Any other LinePolicy is the script id of a custom
// column that holds the number.
const (
	LineByKey      = "line"     // the number is NetSuite's line key
	LineByPosition = "position" // the number counts the lines, from 1
)

// The strategies for making a bill from an order. Which of them an account's NetSuite supports is found out by a preview.
const (
	TransformReplace = "transform-replace" // transform with the invoiced lines only, replacing the copied ones
	TransformZero    = "transform-zero"    // transform with every open line, those not invoiced with quantity 0
	PostOrderDoc     = "post-orderdoc"     // a new bill whose lines refer to the order's
)

// The charges of an invoice that need a target.
const (
	ChargeTax      = "tax"
	ChargeShipping = "shipping"
	ChargeHandling = "handling"
	ChargeDiscount = "discount"
	ChargeOther    = "other"  // an additional cost that is none of the above
	ChargeCredit   = "credit" // a credit memo without lines
)

// Config says how documents become records in one NetSuite account.
type Config struct {
	// Header and Line give, for a field of the purchase order or of its lines, the expression of its value.
	Header map[string]string `json:"header" yaml:"header"`
	Line   map[string]string `json:"line" yaml:"line"`
	// LinePolicy is LineByKey, LineByPosition or the script id of a custom column.
	LinePolicy string            `json:"linePolicy" yaml:"linePolicy"`
	Strategy   string            `json:"strategy" yaml:"strategy"`
	Charges    map[string]Target `json:"charges" yaml:"charges"`
	// Units gives further spellings of a unit of measure, Currencies the internal ids and names of an ISO 4217 code. They
	// join those that are built in.
	Units      map[string][]string `json:"units" yaml:"units"`
	Currencies map[string][]string `json:"currencies" yaml:"currencies"`
	// Conversions says how many of a smaller unit one of a larger unit is: {"BOX": {"EA": 12}}.
	Conversions map[string]map[string]document.Decimal `json:"conversions,omitempty" yaml:"conversions"`
	Tolerance   Tolerance                              `json:"tolerance" yaml:"tolerance"`
	// Policies say what becomes of an invoice for a negotiable reason, Suppliers what differs for one of them.
	Policies  map[reason.Code]Policy `json:"policies,omitempty" yaml:"policies"`
	Suppliers map[string]Terms       `json:"suppliers,omitempty" yaml:"suppliers"`
	// FutureDays is how many days after today an invoice may be dated. 0: that is not looked at.
	FutureDays int `json:"futureDays,omitempty" yaml:"futureDays"`
	// Lookups are the tables of the function lookup.
	Lookups Tables `json:"lookups,omitempty" yaml:"lookups"`
	// ExpenseAccount is the account for what an invoice bills without an order line. Empty: such invoices are refused.
	ExpenseAccount string `json:"expenseAccount,omitempty" yaml:"expenseAccount"`
	// DocumentField is the body field of bills and credits that takes the document's id. Empty: it is not written.
	DocumentField string `json:"documentField,omitempty" yaml:"documentField"`
}

// Target is where a charge goes on a bill: an expense line with an account, or an item line. Internal ids; exactly one.
type Target struct {
	Account string `json:"account,omitempty" yaml:"account"`
	Item    string `json:"item,omitempty" yaml:"item"`
}

// Tolerance bounds what an invoice may differ in before it is held back.
type Tolerance struct {
	Price    Limit `json:"price" yaml:"price"`       // of a unit price from the order's
	Quantity Limit `json:"quantity" yaml:"quantity"` // above what is left to bill
	Total    Limit `json:"total" yaml:"total"`       // of the declared total from lines and charges
}

// Limit bounds a difference by a percentage of the expected value and by an amount. Both must hold: the percentage keeps
// small amounts honest, the amount large ones. The zero Limit allows no difference.
type Limit struct {
	Percent document.Decimal `json:"percent,omitzero" yaml:"percent"`
	Amount  document.Decimal `json:"amount,omitzero" yaml:"amount"`
}

// allows reports whether found is near enough to expected.
func (l Limit) allows(expected, found document.Decimal) bool {
	off := found.Sub(expected).Abs()
	share := expected.Abs().Mul(l.Percent).Quo(document.NewDecimal(100))
	return off.Cmp(l.Amount) <= 0 && off.Cmp(share) <= 0
}
