package config

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// Account is a NetSuite account and how documents are brought into it.
type Account struct {
	Name     string   `yaml:"name"`
	Buyer    []Party  `yaml:"buyer"`   // what suppliers write into To
	Sandbox  string   `yaml:"sandbox"` // account that gets test documents; "" checks and answers them only
	Lanes    int      `yaml:"lanes"`   // documents worked on at once, over all workers
	NetSuite NetSuite `yaml:"netsuite"`
	Bill     Bill     `yaml:"bill"`
	Orders   Orders   `yaml:"orders"`
	// Lookups are lookup tables by name, each of keys and values. What is set at run time goes before them.
	Lookups map[string]map[string]string `yaml:"lookups"`
}

// Party is a cXML credential without its secret. Domains are compared without regard to case, identities exactly.
type Party struct {
	Domain   string `yaml:"domain"`
	Identity string `yaml:"identity"`
}

// NetSuite is the connection to one account.
type NetSuite struct {
	Account    string        `yaml:"account"`     // account id as NetSuite shows it, such as 1234567 or 1234567_SB1
	BaseURL    string        `yaml:"base_url"`    // "" takes the account's own host; set it for the simulator or a proxy
	SigningURL string        `yaml:"signing_url"` // host that signatures are made for; "" takes the account's own
	Timeout    time.Duration `yaml:"timeout"`     // of one call
	Slots      int           `yaml:"slots"`       // calls at once of one process
	TBA        TBA           `yaml:"tba"`         // the sign-in: this or OAuth2
	OAuth2     OAuth2        `yaml:"oauth2"`
	Login      OAuth2Login   `yaml:"oauth2_login"` // for trials, in place of either
}

// Bill is how invoices become vendor bills.
type Bill struct {
	Strategy   string              `yaml:"strategy"` // transform-replace, transform-zero or post-orderdoc
	Charges    Charges             `yaml:"charges"`
	Currencies map[string][]string `yaml:"currencies"` // ISO code -> NetSuite's internal id and names
	Units      map[string][]string `yaml:"units"`      // unit of the document -> names of the unit in NetSuite
	// Conversions says how many of a smaller unit one of a larger is: {BOX: {EA: 12}}.
	Conversions map[string]map[string]document.Decimal `yaml:"conversions"`
	Tolerance   Tolerance                              `yaml:"tolerance"`
	// Policies says what becomes of an invoice for a negotiable reason: PolicyDeadLetter where it says nothing.
	Policies      map[string]string `yaml:"policies"`
	FutureDays    int               `yaml:"future_days"`    // that an invoice may be dated after today; 0 does not look
	Period        string            `yaml:"period"`         // PeriodInvoiceDate or PeriodFirstOpen
	BeforeReceipt string            `yaml:"before_receipt"` // PolicyAllow, PolicyHold, PolicyWait or PolicyDeadLetter
	OnDelete      string            `yaml:"on_delete"`      // PolicyHold, PolicyVoid or PolicyDeadLetter
	// ExpenseAccount takes what an invoice bills without an order line; "" refuses such invoices.
	ExpenseAccount string `yaml:"expense_account"`
	// DuplicateNumbers says who keeps a vendor from having a number twice: look (Counterpunch looks before it creates) or
	// blocked (NetSuite refuses, by its preference Duplicate Number Warnings).
	DuplicateNumbers string `yaml:"duplicate_numbers"`
	// SameNumberDays is how many days apart the dates under one number may be, across New Year, for it to be one invoice.
	SameNumberDays int `yaml:"same_number_days"`
	// DocumentField is the body field of bills and credits that takes the document's id; "" writes none.
	DocumentField string `yaml:"document_field"`
}

// What becomes of an invoice that differs from its order, comes before the goods, or is cancelled.
const (
	PolicyDeadLetter = "dead-letter"  // a person decides
	PolicyHold       = "payment-hold" // billed, and not to be paid before a person has looked
	PolicyBill       = "bill"         // billed as the invoice says
	PolicyAllow      = "allow"        // billed without a look at receipts
	PolicyWait       = "wait"         // tried again until the deadline
	PolicyVoid       = "void"         // the bill is taken back
)

// The accounting period in which a bill is posted.
const (
	PeriodInvoiceDate = "invoice-date" // the one of the invoice date; when that is closed, a person decides
	PeriodFirstOpen   = "first-open"   // when that is closed, the next one that is open
)

// Charges says what the parts of an invoice beside its lines are booked on. A zero Charge has no target: invoices that
// carry the charge become dead letters.
type Charges struct {
	Tax      Charge `yaml:"tax"`
	Shipping Charge `yaml:"shipping"`
	Handling Charge `yaml:"handling"`
	Discount Charge `yaml:"discount"`
	Other    Charge `yaml:"other"`  // additional costs that are none of these
	Credit   Charge `yaml:"credit"` // credit memos without lines
}

// Charge is the target of one charge: an expense account or an item, by internal id.
type Charge struct {
	Account string `yaml:"account"`
	Item    string `yaml:"item"`
}

// IsZero reports whether there is no target.
func (c Charge) IsZero() bool { return c == Charge{} }

// Targets returns the charges that have a target, by name.
func (c Charges) Targets() map[string]Charge {
	targets := map[string]Charge{
		"tax": c.Tax, "shipping": c.Shipping, "handling": c.Handling, "discount": c.Discount, "other": c.Other, "credit": c.Credit,
	}
	for name, t := range targets {
		if t.IsZero() {
			delete(targets, name)
		}
	}
	return targets
}

// Tolerance is how far an invoice may be from its order. Both bounds hold; zero means exact.
type Tolerance struct {
	Percent document.Decimal `yaml:"percent"`
	Amount  document.Decimal `yaml:"amount"` // in the currency of the order
}

// Orders is how confirmations and ship notices change purchase orders.
type Orders struct {
	LineNumbers string `yaml:"line_numbers"` // what cXML line numbers count: position, line (NetSuite's line id) or a custcol field
	// PayloadField is the body field of purchase orders that holds the payloadID of the order request; "" finds no order by it.
	PayloadField string      `yaml:"payload_field"`
	Fields       OrderFields `yaml:"fields"`
}

// OrderFields maps NetSuite fields to expressions.
type OrderFields struct {
	Header map[string]string `yaml:"header"`
	Lines  map[string]string `yaml:"lines"`
}

// DefaultAccount returns what an account of the file starts from.
func DefaultAccount() Account {
	return Account{
		Lanes:    4,
		NetSuite: NetSuite{Timeout: 75 * time.Second, Slots: 4},
		Bill: Bill{
			Strategy: "transform-replace", DocumentField: "custbody_cp_document", FutureDays: 3,
			DuplicateNumbers: "look", SameNumberDays: 90,
			Period: PeriodInvoiceDate, BeforeReceipt: PolicyAllow, OnDelete: PolicyHold,
		},
		Orders: Orders{LineNumbers: "position"},
	}
}

func (a *Account) setDefaults() { *a = DefaultAccount() }

// maxFutureDays bounds what may still count as an invoice of today.
const maxFutureDays = 3660

// maxSlots is NetSuite's largest concurrency of one account without extra licences; more can only be refused.
const maxSlots = 20

var (
	currencyForm   = regexp.MustCompile(`^[A-Z]{3}$`)
	fieldForm      = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,63}$`)
	bodyForm       = regexp.MustCompile(`^custbody[a-z0-9_]+$`)
	tableForm      = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
	columnForm     = regexp.MustCompile(`^custcol[a-z0-9_]+$`)
	internalIDForm = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)
)

func (c *Config) validateAccounts(p *problems) {
	if len(c.Accounts) == 0 {
		p.add("accounts", "is empty; describe at least one NetSuite account")
	}
	sandboxes := map[string]bool{}
	for _, a := range c.Accounts {
		sandboxes[a.Sandbox] = true
	}
	first := map[string]int{}
	connected := map[string]string{}
	for i, a := range c.Accounts {
		key := item("accounts", i)
		checkName(p, child(key, "name"), a.Name, first, i, "accounts")
		if len(a.Buyer) == 0 && !sandboxes[a.Name] {
			p.add(child(key, "buyer"), "is empty, so that no document can name this account; give the credential that suppliers write into To, such as {domain: NetworkID, identity: AN01000000001}")
		}
		checkParties(p, child(key, "buyer"), a.Buyer)
		if a.Sandbox == a.Name && a.Name != "" {
			p.add(child(key, "sandbox"), "is the account itself; name another account, or leave it out")
		} else if a.Sandbox != "" {
			c.checkAccountName(p, child(key, "sandbox"), a.Sandbox)
		}
		if a.Lanes < 1 || a.Lanes > 64 {
			p.add(child(key, "lanes"), "is %d; give 1 to 64 (NetSuite allows 5 to 20 calls at once, shared with everything else)", a.Lanes)
		}
		a.NetSuite.validate(p, child(key, "netsuite"))
		id := strings.ToLower(strings.ReplaceAll(a.NetSuite.Account, "_", "-"))
		if other, taken := connected[id]; taken && id != "" {
			p.warn(child(key, "netsuite.account"), "is the NetSuite account of %s too: orders that documents reach through both are kept apart, and overwrite each other", quote(other))
		}
		connected[id] = a.Name
		a.Bill.validate(p, child(key, "bill"))
		a.Orders.validate(p, child(key, "orders"))
		validateLookups(p, child(key, "lookups"), a.Lookups)
	}
}

// checkAccountName checks a reference to an account.
func (c *Config) checkAccountName(p *problems, key, name string) {
	if _, ok := c.Account(name); ok {
		return
	}
	names := make([]string, len(c.Accounts))
	for i, a := range c.Accounts {
		if a.Name == "" {
			return // the missing name is reported; which references it breaks is not known
		}
		names[i] = a.Name
	}
	p.add(key, "names the account %s, which is not described; %s", quote(name), suggest(name, names))
}

func (n NetSuite) validate(p *problems, key string) {
	if n.Account == "" {
		p.add(child(key, "account"), "is missing; give the account id of Setup > Company > Company Information, such as 1234567_SB1")
	}
	if n.BaseURL != "" {
		checkSecureURL(p, child(key, "base_url"), n.BaseURL)
	}
	if n.SigningURL != "" {
		checkURL(p, child(key, "signing_url"), n.SigningURL, "http", "https")
	}
	positive(p, child(key, "timeout"), n.Timeout)
	if n.Slots < 1 || n.Slots > maxSlots {
		p.add(child(key, "slots"), "is %d; give 1 to %d, NetSuite refuses more calls at once", n.Slots, maxSlots)
	}
	n.validateSignIn(p, key)
}

func (b Bill) validate(p *problems, key string) {
	oneOf(p, child(key, "strategy"), "", b.Strategy, "transform-replace", "transform-zero", "post-orderdoc")
	for name, t := range b.Charges.Targets() {
		at := child(key, "charges."+name)
		if t.Account != "" && t.Item != "" {
			p.add(at, "has both account and item; a charge goes to one of them")
		}
		checkInternalID(p, child(at, "account"), t.Account)
		checkInternalID(p, child(at, "item"), t.Item)
	}
	checkInternalID(p, child(key, "expense_account"), b.ExpenseAccount)
	if b.DuplicateNumbers != "" {
		oneOf(p, child(key, "duplicate_numbers"), "", b.DuplicateNumbers, "look", "blocked")
	}
	if b.SameNumberDays < 0 {
		p.add(child(key, "same_number_days"), "is %d; give 1 or more, or leave it out for 90", b.SameNumberDays)
	}
	if b.DocumentField != "" && !fieldForm.MatchString(b.DocumentField) {
		p.add(child(key, "document_field"), "is no NetSuite field id, such as custbody_x")
	}
	for code, names := range b.Currencies {
		at := child(key, "currencies."+code)
		if !currencyForm.MatchString(code) {
			p.add(at, "is no currency; give the three capital letters of ISO 4217, such as EUR")
		}
		checkNames(p, at, names)
	}
	for unit, names := range b.Units {
		checkNames(p, child(key, "units."+unit), names)
	}
	for larger, smaller := range b.Conversions {
		for unit, n := range smaller {
			if n.Sign() <= 0 {
				p.add(child(key, "conversions."+larger+"."+unit), "is %s; say how many %s one %s is, above 0", n, unit, larger)
			}
		}
	}
	b.Tolerance.validate(p, child(key, "tolerance"))
	validatePolicies(p, child(key, "policies"), b.Policies)
	if b.FutureDays < 0 || b.FutureDays > maxFutureDays {
		p.add(child(key, "future_days"), "is %d; give 0 (any date) to %d", b.FutureDays, maxFutureDays)
	}
	oneOf(p, child(key, "period"), "", b.Period, PeriodInvoiceDate, PeriodFirstOpen)
	oneOf(p, child(key, "before_receipt"), "", b.BeforeReceipt, PolicyAllow, PolicyHold, PolicyWait, PolicyDeadLetter)
	oneOf(p, child(key, "on_delete"), "", b.OnDelete, PolicyHold, PolicyVoid, PolicyDeadLetter)
}

func (o Orders) validate(p *problems, key string) {
	if o.PayloadField != "" && !bodyForm.MatchString(o.PayloadField) {
		p.add(child(key, "payload_field"), "is no body field of purchase orders, such as custbody_punchout_payload_id")
	}
	if !columnForm.MatchString(o.LineNumbers) {
		oneOf(p, child(key, "line_numbers"), "", o.LineNumbers, "position", "line", "custcol_…")
	}
	for section, fields := range map[string]map[string]string{"header": o.Fields.Header, "lines": o.Fields.Lines} {
		for field, expression := range fields {
			at := child(key, fmt.Sprintf("fields.%s.%s", section, field))
			if !fieldForm.MatchString(field) {
				p.add(at, "is no NetSuite field id, such as custbody_x or custcol_x")
			}
			if expression == "" {
				p.add(at, "has no expression; give one, or leave the field out")
			}
		}
	}
}

func checkInternalID(p *problems, key, id string) {
	if id != "" && !internalIDForm.MatchString(id) {
		p.add(key, "is %s, which is no internal id; give the number that NetSuite shows when Home > Set Preferences > Show Internal IDs is on", quote(id))
	}
}

func checkNames(p *problems, key string, names []string) {
	if len(names) == 0 {
		p.add(key, "is an empty list; give what NetSuite calls it, or leave it out")
	}
}
