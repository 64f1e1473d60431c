package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// The permissions that a role can lack (Knobs.MissingPermissions). Each absence has the effect that NetSuite gives it.
const (
	PermissionLogin        = permissionAccessToken         // every token-based login fails, as permission_denied in the audit trail
	PermissionLoginOAuth2  = permissionOAuth2Token         // every OAuth 2.0 login fails, as EntityOrRoleDisabled in the audit trail
	PermissionREST         = "REST Web Services"           // every call is 400 USER_ERROR
	PermissionOrders       = "Purchase Order"              // orders are 403
	PermissionOrdersEdit   = "Purchase Order (Edit)"       // writing orders is 403
	PermissionBills        = "Bills"                       // bills are 403
	PermissionBillsEdit    = "Bills (Edit)"                // making and changing bills is 403
	PermissionBillsDelete  = "Bills (Full)"                // deleting bills is 403
	PermissionCredits      = "Enter Vendor Credits"        // credits are 403
	PermissionCreditsEdit  = "Enter Vendor Credits (Edit)" // making and changing credits is 403
	PermissionReceipts     = "Item Receipt"                // receipts are 403
	PermissionReceiptsEdit = "Item Receipt (Edit)"         // making and changing receipts is 403
	PermissionWorkbook     = "SuiteAnalytics Workbook"     // SuiteQL is refused or empty, see Knobs.MissingWorkbook
	PermissionTransaction  = "Find Transaction"            // SuiteQL finds no transactions
	PermissionVendors      = "Vendors"                     // SuiteQL does not know the table vendor
	PermissionItems        = "Items"                       // the same of item
	PermissionCurrencies   = "Currency"                    // the same of currency
	PermissionSubsidiaries = "Subsidiaries"                // the same of subsidiary
	PermissionAccounts     = "Accounts"                    // the same of account
	PermissionPeriods      = "Manage Accounting Periods"   // the same of accountingperiod
	PermissionUnits        = "Units"                       // the same of unitstype
	PermissionBodyFields   = "Custom Body Fields"          // no custom field of the body is there for the role
	PermissionColumnFields = "Custom Column Fields"        // the same of lines
)

// How a permission is called of which a role has no more than the level View, or no more than Edit.
const (
	onlyView = " (Edit)"
	onlyEdit = " (Full)"
)

func permissions() []string {
	return []string{PermissionLogin, PermissionLoginOAuth2, PermissionREST, PermissionOrders, PermissionOrdersEdit, PermissionBills,
		PermissionBillsEdit, PermissionBillsDelete, PermissionCredits, PermissionCreditsEdit, PermissionReceipts, PermissionReceiptsEdit, PermissionWorkbook,
		PermissionTransaction, PermissionVendors, PermissionItems, PermissionCurrencies, PermissionSubsidiaries,
		PermissionAccounts, PermissionPeriods, PermissionUnits, PermissionBodyFields, PermissionColumnFields}
}

// Restrictions are what a role is without.
type Restrictions struct {
	// MissingPermissions are permissions that the role lacks, by the names of the Permission constants.
	MissingPermissions []string `json:"missingPermissions"`
	// HiddenRecords are internal ids that the role may not see: absent in SuiteQL, not existing in the record API.
	HiddenRecords []string `json:"hiddenRecords"`
	// HiddenFields are fields that the role has no access to: not shown, refused when written, unknown in SuiteQL.
	HiddenFields []string `json:"hiddenFields"`
	// Subsidiaries are the only ones whose transactions the role may see. None means all.
	Subsidiaries []string `json:"subsidiaries"`
}

func (r Restrictions) clone() Restrictions {
	return Restrictions{slices.Clone(r.MissingPermissions), slices.Clone(r.HiddenRecords), slices.Clone(r.HiddenFields), slices.Clone(r.Subsidiaries)}
}

func (r Restrictions) validate() error {
	for _, p := range r.MissingPermissions {
		if !slices.Contains(permissions(), p) {
			return fmt.Errorf("missingPermissions: %q is not one of %q", p, permissions())
		}
	}
	return nil
}

// restrictions returns what holds for all roles and what holds for the one that is acting.
func (s *Simulator) restrictions() [2]Restrictions {
	return [2]Restrictions{s.knobs.Restrictions, s.knobs.Roles[s.acting]}
}

// lacks reports whether the acting role is without a permission.
func (s *Simulator) lacks(permission string) bool {
	all := s.restrictions()
	return slices.Contains(all[0].MissingPermissions, permission) || slices.Contains(all[1].MissingPermissions, permission)
}

// hidden reports whether the acting role may not see a record.
func (s *Simulator) hidden(id string) bool {
	for _, r := range s.restrictions() {
		if slices.Contains(r.HiddenRecords, id) {
			return true
		}
	}
	r := s.world.records[id]
	return r != nil && !s.covers(r.text("subsidiary"))
}

// covers reports whether the role has to do with a subsidiary.
func (r Restrictions) covers(subsidiary string) bool {
	return len(r.Subsidiaries) == 0 || subsidiary == "" || slices.Contains(r.Subsidiaries, subsidiary)
}

// covers reports whether the acting role has to do with a subsidiary.
func (s *Simulator) covers(subsidiary string) bool {
	all := s.restrictions()
	return all[0].covers(subsidiary) && all[1].covers(subsidiary)
}

// hiddenField reports whether the acting role has no access to a field, in whatever case SuiteQL writes it.
func (s *Simulator) hiddenField(name string) bool {
	switch lower := strings.ToLower(name); {
	case strings.HasPrefix(lower, "custbody") && s.lacks(PermissionBodyFields),
		strings.HasPrefix(lower, "custcol") && s.lacks(PermissionColumnFields):
		return true
	}
	for _, r := range s.restrictions() {
		if slices.ContainsFunc(r.HiddenFields, func(hidden string) bool { return strings.EqualFold(hidden, name) }) {
			return true
		}
	}
	return false
}

// permitted checks the role against what the call touches.
func (s *Simulator) permitted(c *call) error {
	if s.lacks(PermissionREST) {
		return userError(roleText)
	}
	violation := func(permission string) error {
		return refuse(http.StatusForbidden, codePermission, fmt.Sprintf(violationText, "Transactions -> "+permission))
	}
	if c.kind == kindSuiteQL && s.lacks(PermissionWorkbook) && s.knobs.MissingWorkbook == Forbid {
		return refuse(http.StatusForbidden, codePermission, fmt.Sprintf(violationText, "Reports -> SuiteAnalytics Workbook"))
	}
	if c.schema == nil {
		return nil
	}
	written := c.schema // what the call makes or changes
	if c.transform != nil {
		written = c.transform
	}
	switch {
	case s.lacks(c.schema.label):
		return violation(c.schema.label)
	case s.lacks(written.label), (c.write || c.preview) && s.lacks(written.label+onlyView),
		c.method == http.MethodDelete && s.lacks(written.label+onlyEdit):
		return violation(written.label)
	}
	return nil
}
