package doctor

import "slices"

// Result is how a rung ended.
type Result string

// The results of a rung.
const (
	OK      Result = "ok"
	Warning Result = "warning" // it works, but not as it should, or it could not be seen
	Failed  Result = "failed"
	Skipped Result = "skipped" // it was not tried, as Found says why
)

// The rungs, in the order in which they are climbed.
const (
	RungReach           = "reach"
	RungClock           = "clock"
	RungSignIn          = "sign-in"
	RungREST            = "rest"
	RungCertificate     = "certificate"
	RungAccount         = "account"
	RungRole            = "role"
	RungSuiteQL         = "suiteql"
	RungTransactions    = "find-transaction"
	RungLists           = "lists"
	RungSubsidiaries    = "subsidiaries"
	RungPeriods         = "periods"
	RungOrdersView      = "orders-view"
	RungOrdersEdit      = "orders-edit"
	RungBills           = "bills"
	RungBillsDelete     = "bills-delete"
	RungCredits         = "credits"
	RungBodyFields      = "body-fields"
	RungColumnFields    = "column-fields"
	RungOrderFields     = "order-fields"
	RungLineFields      = "line-fields"
	RungBillFields      = "bill-fields"
	RungCreditFields    = "credit-fields"
	RungOrder           = "order"
	RungVendor          = "vendor"
	RungCurrency        = "currency"
	RungUnits           = "units"
	RungUnitTypes       = "unit-types"
	RungStrategy        = "bill-strategy"
	RungCharges         = "charges"
	RungAcknowledgement = "acknowledgement"
	RungState           = "state"
)

// Rung is one thing that was looked at.
type Rung struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Result Result   `json:"result"`
	Asked  string   `json:"asked,omitempty"`  // the call or the look-up
	Found  string   `json:"found,omitempty"`  // the answer; a refusal is in NetSuite's own words
	Advice []string `json:"advice,omitempty"` // what to know, or what to open and what to tick
}

// passed reports whether the rung carries those above it.
func (r Rung) passed() bool { return r.Result == OK || r.Result == Warning }

// Report is an examination of one account.
type Report struct {
	Account  string `json:"account"`  // its name in the configuration
	NetSuite string `json:"netsuite"` // NetSuite's account id
	Kind     Kind   `json:"kind"`
	OK       bool   `json:"ok"` // no rung failed
	// SignInRefused: the sign-in was tried once and refused. It must not be tried again before somebody has looked.
	SignInRefused bool   `json:"signInRefused,omitempty"`
	Rungs         []Rung `json:"rungs"`
}

// Failed returns the rungs that failed.
func (r Report) Failed() []Rung {
	return slices.DeleteFunc(slices.Clone(r.Rungs), func(one Rung) bool { return one.Result != Failed })
}

// Rung returns the rung with an id.
func (r Report) Rung(id string) (Rung, bool) {
	i := slices.IndexFunc(r.Rungs, func(one Rung) bool { return one.ID == id })
	if i < 0 {
		return Rung{}, false
	}
	return r.Rungs[i], true
}
