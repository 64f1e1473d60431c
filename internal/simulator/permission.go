package simulator

import (
	"fmt"
	"net/http"
	"slices"
)

// The permissions that a role can lack (Knobs.MissingPermissions). Each absence has the effect that NetSuite gives it.
const (
	PermissionLogin       = permissionAccessToken     // every token-based login fails, as permission_denied in the audit trail
	PermissionLoginOAuth2 = permissionOAuth2Token     // every OAuth 2.0 login fails, as EntityOrRoleDisabled in the audit trail
	PermissionREST        = "REST Web Services"       // every call is 400 USER_ERROR
	PermissionOrders      = "Purchase Order"          // orders are 403
	PermissionOrdersEdit  = "Purchase Order (Edit)"   // writing orders is 403
	PermissionBills       = "Bills"                   // bills are 403
	PermissionCredits     = "Enter Vendor Credits"    // credits are 403
	PermissionReceipts    = "Item Receipt"            // receipts are 403
	PermissionWorkbook    = "SuiteAnalytics Workbook" // SuiteQL is 403
	PermissionTransaction = "Find Transaction"        // SuiteQL finds no transactions
)

func permissions() []string {
	return []string{PermissionLogin, PermissionLoginOAuth2, PermissionREST, PermissionOrders, PermissionOrdersEdit, PermissionBills,
		PermissionCredits, PermissionReceipts, PermissionWorkbook, PermissionTransaction}
}

// lacks reports whether the role is without a permission.
func (s *Simulator) lacks(permission string) bool {
	return slices.Contains(s.knobs.MissingPermissions, permission)
}

func (s *Simulator) hidden(id string) bool { return slices.Contains(s.knobs.HiddenRecords, id) }

// permitted checks the role against what the call touches.
func (s *Simulator) permitted(c *call) error {
	if s.lacks(PermissionREST) {
		return userError(roleText)
	}
	violation := func(permission string) error {
		return refuse(http.StatusForbidden, codePermission, fmt.Sprintf(violationText, "Transactions -> "+permission))
	}
	if c.kind == kindSuiteQL && s.lacks(PermissionWorkbook) {
		return refuse(http.StatusForbidden, codePermission, fmt.Sprintf(violationText, "Reports -> SuiteAnalytics Workbook"))
	}
	if c.schema == nil {
		return nil
	}
	if s.lacks(c.schema.label) {
		return violation(c.schema.label)
	}
	if c.schema.name == orderType && c.write && c.transform == nil && s.lacks(PermissionOrdersEdit) {
		return violation(PermissionOrders)
	}
	if c.transform != nil && s.lacks(c.transform.label) {
		return violation(c.transform.label)
	}
	return nil
}
