package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/queue"
)

// Options says which account is examined and what the configuration wants of it.
type Options struct {
	Account  string                 // its name in the configuration
	NetSuite *netsuite.Client       // with one slot, so that a worker is not crowded out
	OAuth2   bool                   // the sign-in is OAuth 2.0, not token-based authentication
	Login    *netsuite.BrowserLogin // the sign-in is a person's, by browser; nil for none
	Mapping  mapping.Config
	Vendors  map[string][]string // by supplier, the internal ids of its vendor records in this account
	TestOf   []string            // the accounts whose test documents come here
	Order    string              // number of a purchase order to look at; "" skips what needs one
	// PayloadField is the body field of purchase orders that they are found by, too; "" for none.
	PayloadField string
	OpenPeriods  bool // bills go to the first open period, which is looked up
	DeletesBills bool // bills of cancelled invoices are deleted
	// Guarantee and State ask the installation's queue. nil skips the rung.
	Guarantee func(context.Context) (queue.Guarantee, error)
	State     func(context.Context) (queue.AccountState, error)
}

// Doctor examines one account. It is not safe for concurrent use.
type Doctor struct {
	o       Options
	c       *netsuite.Client
	mapper  *mapping.Mapper
	rungs   map[string]Rung
	refused bool // the sign-in
	saves   bool // NetSuite may have saved what it was asked to preview

	catalogs map[string]catalog // of one examination
	order    *record.PurchaseOrder
}

type catalog struct {
	fields []netsuite.Field
	err    error
}

// New returns a doctor. The error says what is wrong with the mapping.
func New(o Options) (*Doctor, error) {
	if o.NetSuite == nil {
		return nil, errors.New("doctor: there is no client for NetSuite")
	}
	mapper, err := mapping.New(o.Mapping)
	if err != nil {
		return nil, fmt.Errorf("doctor: account %s: %w", o.Account, err)
	}
	return &Doctor{o: o, c: o.NetSuite, mapper: mapper, rungs: map[string]Rung{}}, nil
}

// step is one or several rungs that are found out together.
type step struct {
	rungs []Rung // with ID and Title
	needs []string
	calls bool // NetSuite
	run   func(context.Context) []Rung
}

func (d *Doctor) steps() []step {
	one := func(id, title string) []Rung { return []Rung{{ID: id, Title: title}} }
	return []step{
		{rungs: []Rung{
			{ID: RungReach, Title: "NetSuite answers"},
			{ID: RungClock, Title: "The clocks agree"},
			{ID: RungSignIn, Title: "The integration user is let in"},
			{ID: RungREST, Title: "The role has REST Web Services"},
		}, calls: true, run: d.connection},
		{rungs: one(RungCertificate, "The sign-in goes on working"), run: d.certificate},
		{rungs: one(RungAccount, "Kind of account, and whose name stands on changes"), run: d.kind},
		{rungs: one(RungRole, "Who signs in, and as which role"), needs: []string{RungSignIn}, calls: true, run: d.role},
		{rungs: []Rung{
			{ID: RungSuiteQL, Title: "Queries are answered (SuiteAnalytics Workbook)"},
			{ID: RungTransactions, Title: "Queries find transactions (Find Transaction)"},
		}, needs: []string{RungREST}, calls: true, run: d.queries},
		{rungs: one(RungLists, "Vendors, items, currencies and accounts can be seen"), needs: []string{RungSuiteQL}, calls: true, run: d.lists},
		{rungs: one(RungSubsidiaries, "Subsidiaries that the role sees"), needs: []string{RungSuiteQL}, calls: true, run: d.subsidiaries},
		{rungs: one(RungPeriods, "Open accounting periods can be looked up"), needs: []string{RungSuiteQL}, calls: true, run: d.periods},
		{rungs: one(RungOrdersView, "Purchase orders can be seen"), needs: []string{RungREST}, calls: true, run: d.ordersView},
		{rungs: one(RungOrdersEdit, "Purchase orders can be changed"), needs: []string{RungOrdersView}, calls: true, run: d.ordersEdit},
		{rungs: one(RungBills, "Bills can be seen and made"), needs: []string{RungREST}, calls: true, run: d.bills},
		{rungs: one(RungBillsDelete, "Bills of cancelled invoices can be deleted"), needs: []string{RungBills}, calls: true, run: d.billsDelete},
		{rungs: one(RungCredits, "Vendor credits can be seen and made"), needs: []string{RungREST}, calls: true, run: d.credits},
		{rungs: one(RungBodyFields, "Custom fields of transactions are shown (Custom Body Fields)"), needs: []string{RungOrdersView}, calls: true,
			run: d.customFields("custbody", permission("Custom Body Fields"))},
		{rungs: one(RungColumnFields, "Custom fields of order lines are shown (Custom Column Fields)"), needs: []string{RungOrdersView}, calls: true,
			run: d.customFields("custcol", permission("Custom Column Fields"))},
		{rungs: one(RungOrderFields, "Mapped fields of purchase orders exist"), needs: []string{RungOrdersView}, calls: true,
			run: d.fieldsOf(placeOrder)},
		{rungs: one(RungLineFields, "Mapped fields of order lines exist"), needs: []string{RungOrdersView}, calls: true,
			run: d.fieldsOf(placeLine)},
		{rungs: one(RungBillFields, "Mapped fields of bills exist"), needs: []string{RungBills}, calls: true, run: d.fieldsOf(placeBill)},
		{rungs: one(RungCreditFields, "Mapped fields of vendor credits exist"), needs: []string{RungCredits}, calls: true,
			run: d.fieldsOf(placeCredit)},
		{rungs: []Rung{
			{ID: RungOrder, Title: "The order is found and read with its lines"},
			{ID: RungVendor, Title: "The order's vendor is a configured one"},
			{ID: RungCurrency, Title: "The order's currency is known"},
			{ID: RungUnits, Title: "The units of the order's lines are known"},
		}, needs: []string{RungTransactions, RungOrdersView}, calls: true, run: d.readOrder},
		{rungs: one(RungUnitTypes, "Units of measure can be looked up (Units)"), needs: []string{RungSuiteQL}, calls: true, run: d.unitTypes},
		{rungs: one(RungStrategy, "The configured way of making bills works"), needs: []string{RungBills, RungOrder}, calls: true,
			run: d.strategy},
		{rungs: one(RungCharges, "The targets of charges exist"), needs: []string{RungSuiteQL}, calls: true, run: d.charges},
		{rungs: one(RungAcknowledgement, "What a 200 to a supplier means"), run: d.acknowledgement},
		{rungs: one(RungState, "Hold and sign-in state of the account"), run: d.state},
	}
}

// Examine climbs the ladder, all of it the first time, later what has not passed yet. Every rung is in the report.
func (d *Doctor) Examine(ctx context.Context) Report { return d.examine(ctx, d.steps()) }

// Connect is Examine for the first rungs alone: whether NetSuite answers and lets the integration user in.
func (d *Doctor) Connect(ctx context.Context) Report { return d.examine(ctx, d.steps()[:1]) }

func (d *Doctor) examine(ctx context.Context, steps []step) Report {
	d.catalogs = map[string]catalog{}
	account := d.c.Account()
	report := Report{Account: d.o.Account, NetSuite: account.Realm, Kind: KindOf(account), OK: true}
	for _, s := range steps {
		if slices.ContainsFunc(s.rungs, func(r Rung) bool { return !d.rungs[r.ID].passed() }) {
			d.climb(ctx, s)
		}
		for _, r := range s.rungs {
			one := d.rungs[r.ID]
			report.OK = report.OK && one.Result != Failed
			report.Rungs = append(report.Rungs, one)
		}
	}
	report.SignInRefused = d.refused
	return report
}

// climb finds out about the rungs of one step.
func (d *Doctor) climb(ctx context.Context, s step) {
	found := make([]Rung, len(s.rungs))
	switch why := d.unable(ctx, s); {
	case why != "":
		for i := range found {
			found[i] = Rung{Result: Skipped, Found: why}
		}
	default:
		copy(found, s.run(ctx))
	}
	for i, r := range s.rungs {
		found[i].ID, found[i].Title = r.ID, r.Title
		d.rungs[r.ID] = found[i]
	}
}

// unable says why a step cannot be tried.
func (d *Doctor) unable(ctx context.Context, s step) string {
	switch {
	case ctx.Err() != nil:
		return "interrupted"
	case s.calls && d.refused:
		return "nothing is tried after a refused sign-in"
	}
	for _, id := range s.needs {
		switch r := d.rungs[id]; {
		case r.passed():
		case r.Result == Failed:
			return id + " failed"
		default:
			return id + " was skipped"
		}
	}
	return ""
}

// catalog returns the fields of a record type, asked for once an examination.
func (d *Doctor) catalog(ctx context.Context, typ string) ([]netsuite.Field, error) {
	known, ok := d.catalogs[typ]
	if !ok {
		known.fields, known.err = d.c.Fields(ctx, typ)
		d.catalogs[typ] = known
	}
	return known.fields, known.err
}
