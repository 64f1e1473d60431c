package simulator

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// Duration is a time.Duration whose JSON form is text such as "400ms".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("duration: %w", err)
	}
	*d = Duration(v)
	return nil
}

// Choice is a value out of a few words; each knob names its own.
type Choice string

// The words of the choices.
const (
	Allow    Choice = "allow"
	Refuse   Choice = "refuse"
	RFC9110  Choice = "rfc9110"
	RFC2616  Choice = "rfc2616"
	Full     Choice = "full"
	None     Choice = "none"
	DownHTML Choice = "html"
	DownGone Choice = "closed"
	Error500 Choice = "500"
	Reset    Choice = "reset"
	Timeout  Choice = "timeout"
	On       Choice = "on"
	Off      Choice = "off"
	Open     Choice = "open"
	// Transactions: over all transactions, whatever their type.
	Transactions Choice = "transactions"
	SuiteTax     Choice = "suitetax"
	LegacyTax    Choice = "legacy"
	Array        Choice = "array"
	Comma        Choice = "comma"
	Both         Choice = "both"
	SuiteTalk    Choice = "suitetalk"
	Restlets     Choice = "restlets"
	Empty        Choice = "empty"
	NotFound     Choice = "not-found"
	Forbid       Choice = "forbid"
	Links        Choice = "links"
	Ignored      Choice = "ignored"
	ByLine       Choice = "line"
	ByPosition   Choice = "position"
	Given        Choice = "given"
	OrderRate    Choice = "order"
	Kept         Choice = "kept"
	Replaces     Choice = "replaces"
	Computed     Choice = "computed"
	Applies      Choice = "applies"
	Shows        Choice = "shows"
)

// Knobs are the rules that differ between accounts and the faults that can be switched while the simulator runs.
type Knobs struct {
	// Governance, counted over the whole account.
	ConcurrencyLimit    int      `json:"concurrencyLimit"`    // calls at once; 0 = no limit
	SoftOverrun         int      `json:"softOverrun"`         // calls let through above the limit
	ConcurrencyStatus   int      `json:"concurrencyStatus"`   // 429 or 400
	ConcurrencyTopLevel bool     `json:"concurrencyTopLevel"` // the code stands beside the details, as USER_ERROR
	RetryAfter          int      `json:"retryAfter"`          // seconds in Retry-After; 0 = no header
	OverloadAs401After  Duration `json:"overloadAs401After"`  // overload is a slow 401 after this time; 0 = off

	// Login.
	ClockSkew          Duration `json:"clockSkew"`         // tolerated distance of oauth_timestamp
	ServerClockOffset  Duration `json:"serverClockOffset"` // the server's clock is off by this
	NonceWindow        Duration `json:"nonceWindow"`       // how long a nonce is remembered
	LockAfter          int      `json:"lockAfter"`         // failed logins in a row that lock the user; 0 = never
	LockFor            Duration `json:"lockFor"`
	HideAuthenticate   bool     `json:"hideAuthenticate"` // no WWW-Authenticate in a 401
	IgnoreRealmCase    bool     `json:"ignoreRealmCase"`
	AcceptEncodedBang  bool     `json:"acceptEncodedBang"` // %21transform signed as sent is accepted
	UserDisabled       bool     `json:"userDisabled"`
	IntegrationBlocked bool     `json:"integrationBlocked"`
	TokenRevoked       bool     `json:"tokenRevoked"`
	TBASunset          bool     `json:"tbaSunset"` // token-based authentication is no longer accepted
	// OAuth 2.0.
	MaxAssertionLife  Duration `json:"maxAssertionLife"`  // from iat to exp
	TokenLife         Duration `json:"tokenLife"`         // of access tokens
	ExpiresInAsString bool     `json:"expiresInAsString"` // "3600" instead of 3600
	TokenTypeCase     string   `json:"tokenTypeCase"`     // bearer in any spelling
	ScopeForms        Choice   `json:"scopeForms"`        // of an assertion's scope: array, comma (in one text) or both
	AudHosts          Choice   `json:"audHosts"`          // of an assertion's audience: suitetalk, restlets or both
	RevokeToken       Fault    `json:"revokeToken"`       // calls with an access token: it is revoked before the call
	ExpireToken       Fault    `json:"expireToken"`       // calls with an access token: it ends before the call
	// Restrictions of every role. Those of one role stand in Roles, by the name that Credential.Role gives.
	Restrictions
	Roles           map[string]Restrictions `json:"roles"`
	MissingWorkbook Choice                  `json:"missingWorkbook"` // SuiteQL without its permission: forbid (403), not-found (400) or empty

	// Form of answers.
	ErrorStyle            Choice `json:"errorStyle"`          // rfc9110 or rfc2616
	DateFormat            string `json:"dateFormat"`          // of the account, in SuiteQL and searches: one of DateFormats
	IdempotencyConflict   int    `json:"idempotencyConflict"` // 400 or 409: an asynchronous call with the key of an earlier one
	DuplicateStatus       int    `json:"duplicateStatus"`
	DuplicateCode         string `json:"duplicateCode"`
	DuplicateText         string `json:"duplicateText"`
	MissingAs400          bool   `json:"missingAs400"`          // an absent transaction is 400 "type specified is incorrect"
	NullColumns           bool   `json:"nullColumns"`           // SuiteQL shows empty columns as null
	NegativeOrderQuantity bool   `json:"negativeOrderQuantity"` // SuiteQL shows order quantities negative
	NullFields            bool   `json:"nullFields"`            // records show empty fields as null
	NameAsCode            bool   `json:"nameAsCode"`            // RCRD_HAS_BEEN_CHANGED and its like are the code, not part of the words
	CreateForm            Choice `json:"createForm"`            // what a transform is asked to preview: shows, refuse, or ignored: it is saved

	// Rules of the books.
	DuplicateTranID   Choice         `json:"duplicateTranId"`   // allow or refuse
	ExternalIDUnique  Choice         `json:"externalIdUnique"`  // on: a record type at a time; transactions: over all; off: not kept
	OneWorld          Choice         `json:"oneWorld"`          // on, or off: nothing has a subsidiary
	TaxMode           Choice         `json:"taxMode"`           // suitetax, legacy or none
	TaxDetails        Choice         `json:"taxDetails"`        // suitetax: allow, or refuse as a field that cannot be set
	AutoTax           string         `json:"autoTax"`           // suitetax: percent that NetSuite adds to bills and credits of its own; empty: nothing
	PerLineLocation   Choice         `json:"perLineLocation"`   // on, or off: a location on a line is a JSON 500
	BillApproval      Choice         `json:"billApproval"`      // on: new bills wait for approval; or off
	OverBilling       Choice         `json:"overBilling"`       // allow or refuse
	BillBeforeReceipt Choice         `json:"billBeforeReceipt"` // allow or refuse
	UnlistedLines     Choice         `json:"unlistedLines"`     // in a transform: full (remaining quantity) or none
	ZeroQuantity      Choice         `json:"zeroQuantity"`      // of a line in a transform: none drops it, kept keeps it, full takes it as not given, refuse refuses
	TransformReplace  Choice         `json:"transformReplace"`  // ?replace= in a transform: replaces, ignored or refuse
	PostedOrderDoc    Choice         `json:"postedOrderDoc"`    // orderDoc and orderLine of a line of a posted bill: links, or ignored
	OrderLine         Choice         `json:"orderLine"`         // is the order's line, or the position of the line in the order
	LineAmount        Choice         `json:"lineAmount"`        // beside a quantity and a rate: given, or computed from those
	PostedApply       Choice         `json:"postedApply"`       // the sublist apply of a posted credit: applies, or ignored
	ApplyToPending    Choice         `json:"applyToPending"`    // of a credit to a bill that waits for approval: allow or refuse
	MissingSubsidiary Choice         `json:"missingSubsidiary"` // of a posted bill or credit: allow takes the parent company, or refuse
	TransformRate     Choice         `json:"transformRate"`     // of a line for which the body gives another rate than the order: given, or order
	OptimisticLock    bool           `json:"optimisticLock"`    // a record saved by another during the call refuses the save
	OverReceiving     Choice         `json:"overReceiving"`     // allow or refuse
	ClosedPeriods     []string       `json:"closedPeriods"`     // months such as 2026-08 that are closed altogether
	LockedPeriods     []string       `json:"lockedPeriods"`     // months in which nothing may be posted to accounts payable
	ClosedPeriodText  string         `json:"closedPeriodText"`  // the words of the refusal
	PostingPeriod     Choice         `json:"postingPeriod"`     // of a date in a closed period: refuse, or open takes the first open one after it
	DateOutsidePeriod Choice         `json:"dateOutsidePeriod"` // of a date that is not in the given posting period: allow or refuse
	ScriptRejects     []ScriptReject `json:"scriptRejects"`

	// Faults.
	CommitThenFail   Fault    `json:"commitThenFail"`   // writes: applied, then a failure is shown
	FailBeforeCommit Fault    `json:"failBeforeCommit"` // writes: not applied, a failure is shown
	RecordChanged    Fault    `json:"recordChanged"`    // writes: RCRD_HAS_BEEN_CHANGED
	UnexpectedError  Fault    `json:"unexpectedError"`  // any call: JSON 500 UNEXPECTED_ERROR, nothing done
	Down             Choice   `json:"down"`             // "", html (503) or closed (no answer at all)
	HangFor          Duration `json:"hangFor"`          // how long a timeout fault keeps the connection
	Latency          Latency  `json:"latency"`
}

// ScriptReject is a user event script that refuses a save whose body matches.
type ScriptReject struct {
	Pattern string `json:"pattern"` // regular expression over the request's body
	Text    string `json:"text"`
}

// Fault says which calls fail. A call counts when Path matches it; of those, the next Next fail, then the share Rate. With
// a Path, and neither Next ever set nor Rate, all of them fail.
type Fault struct {
	Rate float64 `json:"rate"`
	Next int     `json:"next"`
	Path string  `json:"path"` // regular expression over "METHOD /path"; empty = every call
	How  Choice  `json:"how"`  // 500, reset or timeout; empty = one of them by the seed
	// Counted makes a Path fail only while Next is above 0. It is set by itself when Next is given.
	Counted bool `json:"counted"`
	// Late is how long after the shown failure the write lands, by the simulator's clock; commitThenFail only. It is
	// judged by the rules and the books of that later moment, and nobody is told when it is refused then.
	Late Duration `json:"late"`
}

// DefaultKnobs are the rules of an account as NetSuite delivers it, without faults.
func DefaultKnobs() Knobs {
	return Knobs{
		ConcurrencyLimit: 5, ConcurrencyStatus: 429,
		ClockSkew: Duration(300 * time.Second), NonceWindow: Duration(600 * time.Second),
		LockAfter: 5, LockFor: Duration(30 * time.Minute),
		MaxAssertionLife: Duration(time.Hour), TokenLife: Duration(time.Hour), TokenTypeCase: "bearer",
		ScopeForms: Both, AudHosts: Both, MissingWorkbook: Forbid,
		ErrorStyle: RFC9110, DateFormat: "M/D/YYYY",
		OneWorld: On, TaxMode: SuiteTax, TaxDetails: Allow, PerLineLocation: On, BillApproval: Off,
		IdempotencyConflict: 400,
		DuplicateStatus:     400, DuplicateCode: "USER_ERROR", DuplicateText: "This record already exists.",
		DuplicateTranID: Allow, ExternalIDUnique: On, OverBilling: Allow, BillBeforeReceipt: Allow,
		UnlistedLines: Full, ZeroQuantity: None, TransformReplace: Replaces, OptimisticLock: true,
		PostedOrderDoc: Links, OrderLine: ByLine, TransformRate: Given, LineAmount: Given, PostedApply: Applies,
		ApplyToPending: Refuse, MissingSubsidiary: Allow,
		CreateForm:    Shows,
		OverReceiving: Refuse, PostingPeriod: Refuse, DateOutsidePeriod: Allow,
		ClosedPeriodText: "CLOSED_TRAN_PRD: The transaction date is in a closed posting period. Select an open posting period.",
		HangFor:          Duration(time.Minute),
	}
}

// faults returns every Fault by the name of its knob.
func (k *Knobs) faults() map[string]*Fault {
	return map[string]*Fault{
		"commitThenFail": &k.CommitThenFail, "failBeforeCommit": &k.FailBeforeCommit, "recordChanged": &k.RecordChanged,
		"unexpectedError": &k.UnexpectedError, "revokeToken": &k.RevokeToken, "expireToken": &k.ExpireToken,
	}
}

// validate reports the first knob with a value that it does not know, and prepares counted faults.
func (k *Knobs) validate() error {
	for name, c := range map[string]struct {
		value Choice
		words []Choice
	}{
		"errorStyle":        {k.ErrorStyle, []Choice{RFC9110, RFC2616}},
		"duplicateTranId":   {k.DuplicateTranID, []Choice{Allow, Refuse}},
		"externalIdUnique":  {k.ExternalIDUnique, []Choice{On, Off, Transactions}},
		"overBilling":       {k.OverBilling, []Choice{Allow, Refuse}},
		"billBeforeReceipt": {k.BillBeforeReceipt, []Choice{Allow, Refuse}},
		"overReceiving":     {k.OverReceiving, []Choice{Allow, Refuse}},
		"postingPeriod":     {k.PostingPeriod, []Choice{Open, Refuse}},
		"dateOutsidePeriod": {k.DateOutsidePeriod, []Choice{Allow, Refuse}},
		"scopeForms":        {k.ScopeForms, []Choice{Array, Comma, Both}},
		"audHosts":          {k.AudHosts, []Choice{SuiteTalk, Restlets, Both}},
		"missingWorkbook":   {k.MissingWorkbook, []Choice{Forbid, NotFound, Empty}},
		"oneWorld":          {k.OneWorld, []Choice{On, Off}},
		"taxMode":           {k.TaxMode, []Choice{SuiteTax, LegacyTax, None}},
		"taxDetails":        {k.TaxDetails, []Choice{Allow, Refuse}},
		"perLineLocation":   {k.PerLineLocation, []Choice{On, Off}},
		"billApproval":      {k.BillApproval, []Choice{On, Off}},
		"unlistedLines":     {k.UnlistedLines, []Choice{Full, None}},
		"zeroQuantity":      {k.ZeroQuantity, []Choice{None, Kept, Full, Refuse}},
		"transformReplace":  {k.TransformReplace, []Choice{Replaces, Ignored, Refuse}},
		"lineAmount":        {k.LineAmount, []Choice{Given, Computed}},
		"postedApply":       {k.PostedApply, []Choice{Applies, Ignored}},
		"applyToPending":    {k.ApplyToPending, []Choice{Allow, Refuse}},
		"missingSubsidiary": {k.MissingSubsidiary, []Choice{Allow, Refuse}},
		"createForm":        {k.CreateForm, []Choice{Shows, Refuse, Ignored}},
		"postedOrderDoc":    {k.PostedOrderDoc, []Choice{Links, Ignored}},
		"orderLine":         {k.OrderLine, []Choice{ByLine, ByPosition}},
		"transformRate":     {k.TransformRate, []Choice{Given, OrderRate}},
		"down":              {k.Down, []Choice{"", DownHTML, DownGone}},
	} {
		if !slices.Contains(c.words, c.value) {
			return fmt.Errorf("knob %s: %q is not one of %v", name, c.value, c.words)
		}
	}
	if k.ConcurrencyStatus != 429 && k.ConcurrencyStatus != 400 {
		return fmt.Errorf("knob concurrencyStatus: %d is neither 429 nor 400", k.ConcurrencyStatus)
	}
	if k.IdempotencyConflict != 400 && k.IdempotencyConflict != 409 {
		return fmt.Errorf("knob idempotencyConflict: %d is neither 400 nor 409", k.IdempotencyConflict)
	}
	if !strings.EqualFold(k.TokenTypeCase, "bearer") {
		return fmt.Errorf("knob tokenTypeCase: %q is no spelling of bearer", k.TokenTypeCase)
	}
	if k.MaxAssertionLife <= 0 || k.TokenLife <= 0 {
		return errors.New("knobs maxAssertionLife and tokenLife: must be above 0")
	}
	for name, f := range k.faults() {
		if !slices.Contains([]Choice{"", Error500, Reset, Timeout}, f.How) {
			return fmt.Errorf("knob %s: how: %q is not 500, reset or timeout", name, f.How)
		}
		if f.Rate < 0 || f.Rate > 1 || f.Next < 0 {
			return fmt.Errorf("knob %s: rate must be 0 to 1 and next not negative", name)
		}
		if f.Late < 0 || f.Late > 0 && name != "commitThenFail" {
			return fmt.Errorf("knob %s: late belongs to commitThenFail and is not negative", name)
		}
		if _, err := regexp.Compile(f.Path); err != nil {
			return fmt.Errorf("knob %s: path: %w", name, err)
		}
		f.Counted = f.Counted || f.Next > 0
	}
	for _, month := range slices.Concat(k.ClosedPeriods, k.LockedPeriods) {
		if _, err := time.Parse("2006-01", month); err != nil {
			return fmt.Errorf("knobs closedPeriods and lockedPeriods: %q is not a month such as 2026-08", month)
		}
	}
	for _, r := range k.ScriptRejects {
		if _, err := regexp.Compile(r.Pattern); err != nil {
			return fmt.Errorf("knob scriptRejects: pattern: %w", err)
		}
	}
	if dateLayouts()[k.DateFormat] == "" {
		return fmt.Errorf("knob dateFormat: %q is not one of %q", k.DateFormat, DateFormats())
	}
	if _, err := document.ParseDecimal(k.AutoTax); err != nil && k.AutoTax != "" {
		return fmt.Errorf("knob autoTax: %w", err)
	}
	if k.Latency.Slow < 0 || k.Latency.Slow > 1 {
		return fmt.Errorf("knob latency: slow: %v is no share from 0 to 1", k.Latency.Slow)
	}
	if err := k.Restrictions.validate(); err != nil {
		return fmt.Errorf("knob %w", err)
	}
	for role, r := range k.Roles {
		if err := r.validate(); err != nil {
			return fmt.Errorf("knob roles: role %q: %w", role, err)
		}
	}
	return nil
}
