package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// Feature is a part of what the integration does that has permissions of its own.
type Feature string

// The features.
const (
	FeatureOrders  Feature = "orders"  // purchase orders are looked up and changed
	FeatureBills   Feature = "bills"   // bills are made from invoices
	FeatureCredits Feature = "credits" // vendor credits are made from credit memos
	FeaturePeriods Feature = "periods" // bills go to the first open period: bill.period: first-open
	FeatureVoid    Feature = "void"    // bills of cancelled invoices are deleted: bill.on_delete: void
)

// Features lists what is in use unless the configuration asks for more.
func Features() []Feature { return []Feature{FeatureOrders, FeatureBills, FeatureCredits} }

// AllFeatures lists every Feature.
func AllFeatures() []Feature { return append(Features(), FeaturePeriods, FeatureVoid) }

// ParseFeatures reads names of features, separated by commas. "" is Features.
func ParseFeatures(s string) ([]Feature, error) {
	if strings.TrimSpace(s) == "" {
		return Features(), nil
	}
	var all []Feature
	for _, name := range strings.Split(s, ",") {
		f := Feature(strings.TrimSpace(name))
		if !slices.Contains(AllFeatures(), f) {
			return nil, fmt.Errorf("%q is none of orders, bills, credits, periods, void", string(f))
		}
		all = append(all, f)
	}
	return all, nil
}

// Permission is one line of the role's Permissions tab.
type Permission struct {
	Name     string    `json:"name"`  // as the list in NetSuite says
	Level    string    `json:"level"` // View, Create, Edit or Full
	Tab      string    `json:"tab"`   // Transactions, Reports, Lists or Setup
	Key      string    `json:"key"`   // in an SDF project
	Why      string    `json:"why"`
	Features []Feature `json:"features"`         // what needs it
	SignIn   string    `json:"signIn,omitempty"` // tba or oauth2: needed by this way of signing in only
}

// allPermissions is the whole table. deploy/netsuite has a role with exactly those of Features. Levels rise from View over
// Create and Edit to Full; each includes the ones before, so of two lines with one name the later is the higher.
func allPermissions() []Permission {
	every := AllFeatures()
	billing := []Feature{FeatureBills, FeatureCredits}
	return []Permission{
		{"REST Web Services", "Full", "Setup", "ADMI_RESTWEBSERVICES", "every call", every, ""},
		{"Log in using Access Tokens", "Full", "Setup", "ADMI_LOGIN_OAUTH", "sign-in by token-based authentication", every, "tba"},
		{"Log in using OAuth 2.0 Access Tokens", "Full", "Setup", "ADMI_LOGIN_OAUTH2", "sign-in by OAuth 2.0", every, "oauth2"},
		{"Custom Body Fields", "View", "Setup", "ADMI_CUSTBODYFIELD", "see and fill the custom fields of orders and bills", every, ""},
		{"Custom Column Fields", "View", "Setup", "ADMI_CUSTCOLUMNFIELD", "see and fill the custom fields of order lines", []Feature{FeatureOrders}, ""},
		{"SuiteAnalytics Workbook", "Edit", "Reports", "REPO_ANALYTICS", "find orders and bills by number (SuiteQL)", every, ""},
		{"Find Transaction", "View", "Transactions", "TRAN_FIND", "find orders and bills by number", every, ""},
		{"Purchase Order", "Edit", "Transactions", "TRAN_PURCHORD", "read orders; write what suppliers confirm and ship", every, ""},
		{"Bills", "Edit", "Transactions", "TRAN_VENDBILL", "make bills, read them back, set the payment hold", billing, ""},
		{"Bills", "Full", "Transactions", "TRAN_VENDBILL", "make bills, read them back, set the payment hold, delete those of cancelled invoices", []Feature{FeatureVoid}, ""},
		{"Enter Vendor Credits", "Create", "Transactions", "TRAN_VENDCRED", "make credits and apply them, read them back", []Feature{FeatureCredits}, ""},
		{"Vendors", "View", "Lists", "LIST_VENDOR", "orders and bills refer to them", every, ""},
		{"Items", "View", "Lists", "LIST_ITEM", "lines refer to them", every, ""},
		{"Units", "View", "Lists", "LIST_UNIT", "names of the units of lines", every, ""},
		{"Currency", "View", "Lists", "LIST_CURRENCY", "names of currencies", every, ""},
		{"Subsidiaries", "View", "Lists", "LIST_SUBSIDIARY", "OneWorld: orders and bills refer to them", every, ""},
		{"Accounts", "View", "Lists", "LIST_ACCOUNT", "tax, shipping and other charges go to expense accounts", billing, ""},
		{managePeriods, "View", "Setup", "ADMI_ACCTPERIODS", "find the first open accounting period", []Feature{FeaturePeriods}, ""},
	}
}

const managePeriods = "Manage Accounting Periods"

// Permissions returns the permissions that the features need, each once.
func Permissions(features ...Feature) []Permission {
	var needed []Permission
	for _, p := range allPermissions() {
		if !slices.ContainsFunc(p.Features, func(f Feature) bool { return slices.Contains(features, f) }) {
			continue
		}
		if last := len(needed) - 1; last >= 0 && needed[last].Name == p.Name {
			needed[last] = p
			continue
		}
		needed = append(needed, p)
	}
	return needed
}

// permission returns a permission by its name, at the level that Features need.
func permission(name string) Permission { return permissionFor(name, Features()...) }

// permissionFor returns a permission by its name, at the level that the features need; one that none of them needs, as it
// stands in the table.
func permissionFor(name string, features ...Feature) Permission {
	byName := func(p Permission) bool { return p.Name == name }
	if some := Permissions(features...); slices.ContainsFunc(some, byName) {
		return some[slices.IndexFunc(some, byName)]
	}
	all := allPermissions()
	return all[slices.IndexFunc(all, byName)]
}
