package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

func lacking(permissions ...string) func(*simulator.Knobs) {
	return func(k *simulator.Knobs) { k.MissingPermissions = permissions }
}

func TestHealthyAccountPassesEveryRung(t *testing.T) {
	p := newPatient(t, simulator.Options{})
	r := p.doctor(t).Examine(t.Context())
	for _, one := range r.Rungs {
		if one.Result != OK {
			t.Errorf("%s: %s: %s", one.ID, one.Result, one.Found)
		}
	}
	if !r.OK || r.Kind != Sandbox || r.NetSuite != "1234567_SB1" {
		t.Errorf("report says ok %v, kind %s, account %s", r.OK, r.Kind, r.NetSuite)
	}
	if most := p.Books().MaxConcurrent; most != 1 {
		t.Errorf("%d calls at once, want 1", most)
	}
}

// TestEveryTroubleIsToldApart turns one thing wrong at a time. want are the rungs that do not pass, with their results.
func TestEveryTroubleIsToldApart(t *testing.T) {
	for _, test := range []struct {
		name    string
		options simulator.Options
		knobs   func(*simulator.Knobs)
		change  func(*Options)
		want    []string
		found   string // part of what the first of them found
		advice  string // part of its advice
	}{
		{name: "no REST Web Services", knobs: lacking(simulator.PermissionREST),
			want: []string{"rest failed", "suiteql skipped", "find-transaction skipped", "lists skipped", "subsidiaries skipped", "periods skipped",
				"orders-view skipped", "orders-edit skipped", "bills skipped", "bills-delete skipped", "credits skipped", "body-fields skipped", "column-fields skipped", "order-fields skipped", "line-fields skipped", "bill-fields skipped", "credit-fields skipped", "order skipped",
				"vendor skipped", "currency skipped", "units skipped", "unit-types skipped", "bill-strategy skipped", "charges skipped"},
			found: "400 USER_ERROR: Error while accessing a resource. Your current role", advice: "Setup: add REST Web Services with level Full"},
		{name: "no SuiteAnalytics Workbook", knobs: lacking(simulator.PermissionWorkbook),
			want: []string{"suiteql failed", "find-transaction skipped", "lists skipped", "subsidiaries skipped", "periods skipped", "order skipped", "vendor skipped", "currency skipped", "units skipped",
				"unit-types skipped", "bill-strategy skipped", "charges skipped"},
			found:  "403 INSUFFICIENT_PERMISSION: Permission Violation: You need the 'Reports -> SuiteAnalytics Workbook' permission",
			advice: "Enable Features > Analytics"},
		{name: "no Find Transaction", knobs: lacking(simulator.PermissionTransaction),
			want:  []string{"find-transaction failed", "order skipped", "vendor skipped", "currency skipped", "units skipped", "bill-strategy skipped"},
			found: "found nothing", advice: "Transactions: add Find Transaction with level View"},
		{name: "purchase orders cannot be seen", knobs: lacking(simulator.PermissionOrders),
			want: []string{"find-transaction failed", "orders-view failed", "orders-edit skipped", "bills skipped", "bills-delete skipped", "credits skipped", "body-fields skipped", "column-fields skipped", "order-fields skipped", "line-fields skipped",
				"bill-fields skipped", "credit-fields skipped", "order skipped", "vendor skipped", "currency skipped", "units skipped",
				"bill-strategy skipped"},
			found: "found nothing"},
		{name: "purchase orders cannot be changed", knobs: lacking(simulator.PermissionOrdersEdit),
			want: []string{"orders-edit failed"}, found: "'Transactions -> Purchase Order'", advice: "add Purchase Order with level Edit"},
		{name: "no Bills", knobs: lacking(simulator.PermissionBills),
			want:  []string{"bills failed", "bills-delete skipped", "credits skipped", "bill-fields skipped", "credit-fields skipped", "bill-strategy skipped"},
			found: "'Transactions -> Bills'", advice: "Transactions: add Bills with level Edit"},
		{name: "no Enter Vendor Credits", knobs: lacking(simulator.PermissionCredits),
			want: []string{"credits failed", "credit-fields skipped"}, found: "'Transactions -> Enter Vendor Credits'", advice: "add Enter Vendor Credits with level Create"},
		{name: "no Vendors and no Items", knobs: lacking(simulator.PermissionVendors, simulator.PermissionItems),
			want: []string{"lists failed", "charges warning"}, found: "Record 'vendor' was not found", advice: "Lists: add Items with level View"},
		{name: "no Currency", knobs: lacking(simulator.PermissionCurrencies),
			want: []string{"lists failed"}, found: "Record 'currency' was not found", advice: "Lists: add Currency with level View"},
		{name: "no Accounts", knobs: lacking(simulator.PermissionAccounts), change: func(o *Options) { o.Order = "" },
			want: []string{"lists failed", "order skipped", "vendor skipped", "currency skipped", "units skipped", "bill-strategy skipped", "charges warning"}, found: "Record 'account' was not found", advice: "Lists: add Accounts with level View"},
		{name: "no Subsidiaries", knobs: lacking(simulator.PermissionSubsidiaries),
			want: []string{"subsidiaries warning"}, found: "Record 'subsidiary' was not found", advice: "Lists: add Subsidiaries with level View"},
		{name: "no Units", knobs: lacking(simulator.PermissionUnits),
			want: []string{"unit-types failed"}, found: "Record 'unitstype' was not found", advice: "Lists: add Units with level View"},
		{name: "no Units, which nothing is known to need", knobs: lacking(simulator.PermissionUnits), change: func(o *Options) { o.Order = "" },
			want:  []string{"order skipped", "vendor skipped", "currency skipped", "units skipped", "unit-types warning", "bill-strategy skipped"},
			found: "--order"},
		{name: "no Custom Body Fields", knobs: lacking(simulator.PermissionBodyFields),
			want:  []string{"body-fields failed", "order-fields failed", "bill-fields failed", "credit-fields failed"},
			found: "shown none", advice: "Setup: add Custom Body Fields with level View"},
		{name: "no Custom Column Fields", knobs: lacking(simulator.PermissionColumnFields),
			want: []string{"column-fields failed", "line-fields failed"}, found: "shown none", advice: "Setup: add Custom Column Fields with level View"},
		{name: "custom fields are not needed", knobs: lacking(simulator.PermissionBodyFields, simulator.PermissionColumnFields), change: func(o *Options) {
			o.Mapping.Header, o.Mapping.Line, o.Mapping.DocumentField = nil, nil, ""
		}},
		{name: "another subsidiary alone", knobs: func(k *simulator.Knobs) { k.Subsidiaries = []string{"9"} },
			want:  []string{"find-transaction failed", "subsidiaries failed", "order skipped", "vendor skipped", "currency skipped", "units skipped", "bill-strategy skipped"},
			found: "found nothing"},
		{name: "periods cannot be looked up", knobs: lacking(simulator.PermissionPeriods), change: func(o *Options) { o.OpenPeriods = true },
			want: []string{"periods failed"}, found: "Record 'accountingperiod' was not found", advice: "Setup: add Manage Accounting Periods with level View"},
		{name: "periods are not looked up", knobs: lacking(simulator.PermissionPeriods)},
		{name: "bills cannot be deleted", knobs: lacking(simulator.PermissionBillsDelete), change: func(o *Options) { o.DeletesBills = true },
			want: []string{"bills-delete failed"}, found: "'Transactions -> Bills'", advice: "add Bills with level Full"},
		{name: "bills are not deleted", knobs: lacking(simulator.PermissionBillsDelete)},
		{name: "the field that orders are found by is missing", change: func(o *Options) { o.PayloadField = "custbody_payload" },
			want: []string{"order-fields failed"}, found: "custbody_payload missing", advice: "ID _payload"},
		{name: "the order is hidden from the role", knobs: func(k *simulator.Knobs) { k.HiddenRecords = []string{"7001"} },
			want:  []string{"order failed", "vendor skipped", "currency skipped", "units skipped", "bill-strategy skipped"},
			found: "none", advice: "Subsidiary Restrictions"},
		{name: "clock behind", knobs: func(k *simulator.Knobs) { k.ServerClockOffset = simulator.Duration(90 * time.Second) },
			want: []string{"clock warning"}, found: "the clock here is 1m30s behind NetSuite's", advice: "time server"},
		{name: "clock ahead of what is tolerated", knobs: func(k *simulator.Knobs) {
			k.ServerClockOffset, k.ClockSkew = simulator.Duration(-20*time.Minute), simulator.Duration(time.Hour)
		},
			want: []string{"clock failed"}, found: "the clock here is 20m0s ahead of NetSuite's", advice: "time server"},
		{name: "NetSuite fails without saying why", knobs: func(k *simulator.Knobs) { k.UnexpectedError = simulator.Fault{Path: "metadata-catalog/vendorCredit"} },
			want: []string{"credits failed", "credit-fields skipped"}, found: "UNEXPECTED_ERROR", advice: "Run this again"},
		{name: "a mapped field is missing", change: func(o *Options) { o.Mapping.Line["custcol_po_line"] = "line.status" },
			want: []string{"line-fields failed"}, found: "custcol_po_line missing",
			advice: "Transaction Line Fields > New: ID _po_line, Type as the expression's value wants, Store Value ticked, Applies To: Purchase Item"},
		{name: "the column of line numbers is missing", change: func(o *Options) { o.Mapping.LinePolicy = "custcol_number" },
			want: []string{"line-fields failed"}, found: "custcol_number missing", advice: "ID _number"},
		{name: "a standard field is misspelt", change: func(o *Options) { o.Mapping.Header["memmo"] = "doc.comments" },
			want: []string{"order-fields failed"}, found: "memmo missing", advice: "orders.fields"},
		{name: "the field of the document is another", change: func(o *Options) { o.Mapping.DocumentField = "custbody_document" },
			want: []string{"bill-fields failed", "credit-fields failed"}, found: "custbody_document missing", advice: "Transaction Body Fields > New: ID _document"},
		{name: "a field has the wrong type", options: simulator.Options{CustomFields: []simulator.CustomField{
			{Record: "purchaseOrder", Name: "custbody_cp_supplier_tax", Kind: "text"}}},
			want: []string{"order-fields failed"}, found: "custbody_cp_supplier_tax wrong type", advice: "ID _cp_supplier_tax, Type Currency"},
		{name: "a date field is a text", options: simulator.Options{CustomFields: []simulator.CustomField{
			{Record: "purchaseOrder", List: "item", Name: "custcol_cp_ship_date", Kind: "text"}}},
			want: []string{"line-fields warning"}, found: "custcol_cp_ship_date no date field"},
		{name: "no such order", change: func(o *Options) { o.Order = "PO-9" },
			want:  []string{"order failed", "vendor skipped", "currency skipped", "units skipped", "bill-strategy skipped"},
			found: "none", advice: "spelt"},
		{name: "no order is named", change: func(o *Options) { o.Order = "" },
			want: []string{"order skipped", "vendor skipped", "currency skipped", "units skipped", "bill-strategy skipped"}, found: "--order"},
		{name: "the vendor is nobody's", change: func(o *Options) { o.Vendors = map[string][]string{"acme": {"599"}} },
			want: []string{"vendor failed"}, found: "vendor ACME Inc (501) belongs to no supplier; configured are: acme 599", advice: `add "501" to suppliers.accounts.main.vendors`},
		{name: "an account of a charge does not exist", change: func(o *Options) { o.Mapping.Charges["tax"] = mapping.Target{Account: "699"} },
			want: []string{"charges failed"}, found: "account 699 (tax)", advice: "names account 699"},
		{name: "an item of a charge does not exist", change: func(o *Options) { o.Mapping.Charges["other"] = mapping.Target{Item: "299"} },
			want: []string{"charges failed"}, found: "item 299 (other): NetSuite has none", advice: "names item 299"},
		{name: "charges have no target", change: func(o *Options) { o.Mapping.Charges = nil },
			want: []string{"charges warning"}, found: "no charge has a target"},
		{name: "receipts come first", knobs: func(k *simulator.Knobs) { k.BillBeforeReceipt = simulator.Refuse },
			want: []string{"bill-strategy failed"}, found: "You can not initialize vendorBill", advice: "Bill in Advance of Receipt"},
		{name: "the strategy cannot be previewed", change: func(o *Options) { o.Mapping.Strategy = mapping.PostOrderDoc },
			want: []string{"bill-strategy warning"}, found: "post-orderdoc: cannot be previewed", advice: "try it in a sandbox"},
		{name: "quantity 0 is refused", knobs: func(k *simulator.Knobs) { k.ZeroQuantity = simulator.Refuse },
			change: func(o *Options) { o.Mapping.Strategy = mapping.TransformZero },
			want:   []string{"bill-strategy failed"}, found: "transform-replace: bills the invoiced line and nothing else; transform-zero: 400", advice: "Set bill.strategy of the configuration to transform-replace"},
		{name: "forms are not shown", knobs: func(k *simulator.Knobs) { k.CreateForm = simulator.Refuse },
			want:  []string{"bills warning", "credits warning", "bill-strategy warning"},
			found: "406", advice: "add Bills with level Edit"},
		{name: "acknowledged from memory", change: func(o *Options) {
			o.Guarantee = func(context.Context) (queue.Guarantee, error) { return queue.Guarantee{Known: true, Replicas: 1}, nil }
		}, want: []string{"acknowledgement warning"}, found: "in memory", advice: "sync_interval: always"},
		{name: "nobody knows what is acknowledged", change: func(o *Options) {
			o.Guarantee = func(context.Context) (queue.Guarantee, error) { return queue.Guarantee{Replicas: 1}, nil }
		}, want: []string{"acknowledgement warning"}, found: "unknown", advice: "nats.monitoring_url"},
		{name: "the monitoring address does not answer", change: func(o *Options) {
			o.Guarantee = func(context.Context) (queue.Guarantee, error) {
				return queue.Guarantee{Replicas: 1, Source: "http://nats:8222"}, nil
			}
		}, want: []string{"acknowledgement warning"}, found: "http://nats:8222 does not say", advice: "it is reached from here"},
		{name: "NATS is away", change: func(o *Options) {
			o.Guarantee = func(context.Context) (queue.Guarantee, error) { return queue.Guarantee{}, errors.New("no servers") }
			o.State = func(context.Context) (queue.AccountState, error) {
				return queue.AccountState{}, errors.New("no servers")
			}
		}, want: []string{"acknowledgement failed", "state failed"}, found: "no servers", advice: "nats.url"},
		{name: "the account is held", change: stateIs(queue.AccountState{Held: true, By: "kim", Reason: "month end"}),
			want: []string{"state warning"}, found: "held by kim", advice: "accounts resume main"},
		{name: "workers were refused", change: stateIs(queue.AccountState{Credential: queue.CredentialHeld, Reason: "login-refused"}),
			want: []string{"state failed"}, found: "login-refused", advice: "accounts resume main"},
		{name: "a worker was refused once", change: stateIs(queue.AccountState{Credential: queue.CredentialSuspect}),
			want: []string{"state warning"}, found: "one probe decides"},
		{name: "the installation is not asked", change: func(o *Options) { o.Guarantee, o.State = nil, nil },
			want: []string{"acknowledgement skipped", "state skipped"}, found: "not asked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPatient(t, test.options)
			if test.knobs != nil {
				if err := p.Turn(test.knobs); err != nil {
					t.Fatal(err)
				}
			}
			if test.change != nil {
				test.change(&p.options)
			}
			before := p.Mark()
			r := p.doctor(t).Examine(t.Context())
			var got []string
			var first *Rung
			for i, one := range r.Rungs {
				if one.Result == OK {
					continue
				}
				if first == nil {
					first = &r.Rungs[i]
				}
				got = append(got, one.ID+" "+string(one.Result))
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Fatalf("rungs that do not pass (-want +got):\n%s", d)
			}
			if first == nil {
				return
			}
			if !strings.Contains(first.Found, test.found) {
				t.Errorf("%s found %q, want %q in it", first.ID, first.Found, test.found)
			}
			if advice := strings.Join(first.Advice, "\n"); !strings.Contains(advice, test.advice) {
				t.Errorf("%s advises\n%s\nwant %q in it", first.ID, advice, test.advice)
			}
			if failed := slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, " failed") }); r.OK == failed {
				t.Errorf("the report is ok: %v", r.OK)
			}
			p.harmless(t, before)
		})
	}
}

func stateIs(s queue.AccountState) func(*Options) {
	return func(o *Options) {
		o.State = func(context.Context) (queue.AccountState, error) { return s, nil }
	}
}

func TestRefusedSignInIsTriedOnceAndEndsTheExamination(t *testing.T) {
	for name, knobs := range map[string]func(*simulator.Knobs){
		"user disabled":       func(k *simulator.Knobs) { k.UserDisabled = true },
		"no login permission": lacking(simulator.PermissionLogin),
		"integration blocked": func(k *simulator.Knobs) { k.IntegrationBlocked = true },
		"token revoked":       func(k *simulator.Knobs) { k.TokenRevoked = true },
		"clock off by more":   func(k *simulator.Knobs) { k.ServerClockOffset = simulator.Duration(17 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t, simulator.Options{}, knobs)
			d := p.doctor(t)
			r := d.Examine(t.Context())
			if books := p.Books(); len(books.FailedLogins) != 1 || books.TotalCalls != 1 {
				t.Errorf("%d calls, %d refused sign-ins: want one", books.TotalCalls, len(books.FailedLogins))
			}
			signIn, _ := r.Rung(RungSignIn)
			if !r.SignInRefused || signIn.Result != Failed || !strings.Contains(signIn.Found, "401 INVALID_LOGIN") {
				t.Errorf("sign-in: %s: %s", signIn.Result, signIn.Found)
			}
			advice := strings.Join(signIn.Advice, "\n")
			for _, part := range []string{"five refused sign-ins lock the user", "View Login Audit Trail", "Access Tokens"} {
				if !strings.Contains(advice, part) {
					t.Errorf("the advice does not speak of %q", part)
				}
			}
			clock, _ := r.Rung(RungClock)
			if off := name == "clock off by more"; off != (clock.Result == Failed) || off != strings.Contains(advice, "correct the clock first") {
				t.Errorf("clock: %s: %s", clock.Result, clock.Found)
			}
			for _, one := range r.Rungs {
				switch one.ID {
				case RungReach, RungCertificate, RungAccount, RungAcknowledgement, RungState:
					if one.Result != OK {
						t.Errorf("%s: %s", one.ID, one.Result)
					}
				case RungClock, RungSignIn:
				default:
					if one.Result != Skipped {
						t.Errorf("%s: %s, want skipped", one.ID, one.Result)
					}
				}
			}
			// Neither a second examination nor waiting tries again.
			d.Examine(t.Context())
			_, err := d.Wait(t.Context(), r, func(context.Context, time.Duration) error { return errors.New("waited") }, nil)
			if books := p.Books(); err != nil || len(books.FailedLogins) != 1 {
				t.Errorf("later there are %d refused sign-ins; waiting says %v", len(books.FailedLogins), err)
			}
		})
	}
}

func TestSignInThatIsRefusedInBetweenEndsTheExamination(t *testing.T) {
	p := newPatient(t, simulator.Options{})
	d := p.doctor(t)
	d.o.Guarantee = nil
	if err := p.Turn(lacking(simulator.PermissionBills)); err != nil {
		t.Fatal(err)
	}
	r := d.Examine(t.Context())
	if err := p.Turn(func(k *simulator.Knobs) { k.UserDisabled = true }); err != nil {
		t.Fatal(err)
	}
	r, err := d.Wait(t.Context(), r, func(context.Context, time.Duration) error { return nil }, func(Rung, Rung) {})
	if err != nil || !r.SignInRefused {
		t.Errorf("sign-in refused: %v, %v", r.SignInRefused, err)
	}
	if n := len(p.Books().FailedLogins); n != 1 {
		t.Errorf("%d refused sign-ins, want one", n)
	}
}

func TestUnknownUnitAndCurrencyOfAnOrder(t *testing.T) {
	p := newPatient(t, simulator.Options{})
	seed := `{"currencies":[{"id":"9","name":"Moon Crown"}],"purchaseOrders":[{"id":"7900","tranId":"PO-7900","vendor":"501","subsidiary":"1","currency":"9",
		"status":"B","tranDate":"2026-09-01","items":[{"line":1,"item":"201","quantity":"3","rate":"1","units":"EA"},
		{"line":2,"item":"202","quantity":"3","rate":"1","units":"Pallet"}]}]}`
	if err := p.SeedOrders([]byte(seed)); err != nil {
		t.Fatal(err)
	}
	p.options.Order = "PO-7900"
	r := p.doctor(t).Examine(t.Context())
	for id, want := range map[string][2]string{
		RungCurrency: {"Moon Crown (9) has no ISO 4217 code", `Add "9" to bill.currencies of the configuration, under the ISO 4217 code that suppliers write for Moon Crown (9).`},
		RungUnits:    {"nothing in the configuration stands for Pallet", `Add "Pallet" to bill.units of the configuration`},
	} {
		one, _ := r.Rung(id)
		if one.Result != Failed || !strings.Contains(one.Found, want[0]) || !strings.Contains(strings.Join(one.Advice, "\n"), want[1]) {
			t.Errorf("%s: %s: %s\n%s", id, one.Result, one.Found, strings.Join(one.Advice, "\n"))
		}
	}
	p.options.Mapping.Units = map[string][]string{"PF": {"Pallet"}}
	p.options.Mapping.Currencies = map[string][]string{"XTS": {"9"}}
	if r = p.doctor(t).Examine(t.Context()); !r.OK {
		t.Errorf("configured, they still fail:\n%s", lines(r))
	}
}

func TestOrderOfOneLineDoesNotProveAStrategy(t *testing.T) {
	p := newPatient(t, simulator.Options{})
	p.options.Order = "PO-1005"
	r := p.doctor(t).Examine(t.Context())
	one, _ := r.Rung(RungStrategy)
	if one.Result != Warning || !strings.Contains(strings.Join(one.Advice, "\n"), "two open lines") {
		t.Errorf("%s: %s %v", one.Result, one.Found, one.Advice)
	}
}

// A NetSuite that saves what it was asked to preview must not be asked again, not by waiting either.
func TestPreviewThatIsSavedIsNamedAndNotRepeated(t *testing.T) {
	p := newPatient(t, simulator.Options{}, func(k *simulator.Knobs) { k.CreateForm = simulator.Ignored })
	d := p.doctor(t)
	before := p.Mark()
	r := d.Examine(t.Context())
	bills := p.Books().Bills("501", "PREVIEW")
	if len(bills) != 1 {
		t.Fatalf("%d bills were saved", len(bills))
	}
	one, _ := r.Rung(RungStrategy)
	if advice := strings.Join(one.Advice, "\n"); one.Result != Failed || !strings.Contains(one.Found, "delete vendorBill "+bills[0].ID) || !strings.Contains(advice, "number PREVIEW") {
		t.Errorf("%s: %s\n%s", one.Result, one.Found, advice)
	}
	saved := p.Effects(before)
	if again, _ := d.Examine(t.Context()).Rung(RungStrategy); !cmp.Equal(again, one) {
		t.Errorf("the second time: %+v", again)
	}
	if d := cmp.Diff(saved, p.Effects(before)); d != "" {
		t.Errorf("a second examination saved more:\n%s", d)
	}
}

func TestNoAnswerIsNoVerdictOnAnythingElse(t *testing.T) {
	for _, down := range []simulator.Choice{simulator.DownHTML, simulator.DownGone} {
		p := newPatient(t, simulator.Options{}, func(k *simulator.Knobs) { k.Down = down })
		r := p.doctor(t).Examine(t.Context())
		for _, one := range r.Rungs {
			switch one.ID {
			case RungReach:
				if one.Result != Failed || !strings.Contains(strings.Join(one.Advice, "\n"), "status.netsuite.com") {
					t.Errorf("%s: reach: %s %v", down, one.Result, one.Advice)
				}
			case RungCertificate, RungAccount, RungAcknowledgement, RungState:
			default:
				if one.Result != Skipped {
					t.Errorf("%s: %s: %s", down, one.ID, one.Result)
				}
			}
		}
		if r.SignInRefused {
			t.Error("no answer counts as a refused sign-in")
		}
	}
}

func TestWaitingExaminesOnlyWhatFailedAndTellsChanges(t *testing.T) {
	p := newPatient(t, simulator.Options{}, lacking(simulator.PermissionBills, simulator.PermissionOrdersEdit))
	d := p.doctor(t)
	first := d.Examine(t.Context())
	var pauses []time.Duration
	asked := 0
	pause := func(_ context.Context, d time.Duration) error {
		pauses = append(pauses, d)
		switch len(pauses) {
		case 3:
			return p.Turn(lacking(simulator.PermissionBills))
		case 7:
			asked = p.Books().Calls["serverTime"]
			return p.Turn(lacking())
		}
		return nil
	}
	var changes []string
	last, err := d.Wait(t.Context(), first, pause, func(before, after Rung) {
		changes = append(changes, fmt.Sprintf("%s %s -> %s", after.ID, before.Result, after.Result))
	})
	if err != nil || !last.OK {
		t.Fatalf("waiting ended with %v:\n%s", err, lines(last))
	}
	want := []string{"orders-edit failed -> ok", "bills failed -> ok", "bills-delete skipped -> ok", "credits skipped -> ok", "bill-fields skipped -> ok",
		"credit-fields skipped -> ok", "bill-strategy skipped -> ok"}
	if d := cmp.Diff(want, changes); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	wantPauses := []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 5 * time.Minute, 5 * time.Minute}
	if d := cmp.Diff(wantPauses, pauses); d != "" {
		t.Errorf("pauses (-want +got):\n%s", d)
	}
	if asked != 1 {
		t.Errorf("the time was asked for %d times: what had passed was examined again", asked)
	}
}

func TestInterruptedWaitKeepsTheLastVerdict(t *testing.T) {
	p := newPatient(t, simulator.Options{}, lacking(simulator.PermissionCredits))
	d := p.doctor(t)
	first := d.Examine(t.Context())
	ctx, cancel := context.WithCancel(t.Context())
	last, err := d.Wait(ctx, first, func(context.Context, time.Duration) error { cancel(); return nil }, func(Rung, Rung) {
		t.Error("an interrupted examination was taken for a change")
	})
	if !errors.Is(err, context.Canceled) || lines(last) != lines(first) {
		t.Errorf("%v:\n%s", err, lines(last))
	}
}

func TestNoSecretIsInAReport(t *testing.T) {
	for _, knobs := range []func(*simulator.Knobs){func(*simulator.Knobs) {}, func(k *simulator.Knobs) { k.UserDisabled = true }} {
		p := newPatient(t, simulator.Options{}, knobs)
		if text := fmt.Sprintf("%+v", p.doctor(t).Examine(t.Context())); strings.Contains(text, "demo-consumer-secret") || strings.Contains(text, "demo-token-secret") {
			t.Errorf("a secret is in the report: %s", text)
		}
	}
}
