package netsuite

import (
	"errors"
	"fmt"
	"testing"

	"counterpunch/internal/reason"
)

// errorBody is how NetSuite writes an error. Accounts differ in the address of the type.
func errorBody(standard string, status int, details string) string {
	types := map[string]string{
		"rfc9110": "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1",
		"rfc2616": "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.1",
	}
	return fmt.Sprintf(`{"type":%q,"title":"Bad Request","status":%d,"o:errorDetails":[%s]}`, types[standard], status, details)
}

// because is one detail of an error; place is a further member, such as "o:errorPath":"item".
func because(code, text, place string) string {
	if place != "" {
		place = "," + place
	}
	return fmt.Sprintf(`{"detail":%q,"o:errorCode":%q%s}`, text, code, place)
}

// TestEveryErrorBodyHasItsClass sends bodies as NetSuite, its proxies and its scripts have been seen to write them, in
// either style of the account, to a read and to a write.
func TestEveryErrorBodyHasItsClass(t *testing.T) {
	const (
		accessing = "Error while accessing a resource. "
		login     = "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > User Management > View Login Audit Trail."
		blocked   = "Concurrent request limit exceeded. Request blocked."
	)
	type row struct {
		name        string
		status      int
		details     string // of a JSON refusal; else body
		body        string
		header      map[string]string
		read, write Class
		code        string
		reason      reason.Code // of the write
	}
	rows := []row{
		// The table of facts: JSON as the record API writes it.
		{name: "login", status: 401, details: because("INVALID_LOGIN", login, ""), read: Login, write: Login, code: "INVALID_LOGIN", reason: reason.LoginRefused},
		{name: "login, with the cause in a header", status: 401, details: because("INVALID_LOGIN", login, ""), header: map[string]string{"WWW-Authenticate": `OAuth realm="1234567_SB1", error="token_rejected", error_description="Invalid login attempt."`}, read: Login, write: Login, code: "INVALID_LOGIN", reason: reason.LoginRefused},
		{name: "bearer token", status: 401, details: because("INVALID_LOGIN", login, ""), header: map[string]string{"WWW-Authenticate": `Bearer realm="1234567_SB1", error="invalid_token"`}, read: Login, write: Login, reason: reason.LoginRefused},
		{name: "wrong host family", status: 401, details: because("INVALID_LOGIN_ATTEMPT", "Invalid login attempt.", ""), read: Login, write: Login, reason: reason.LoginRefused},
		{name: "record permission", status: 403, details: because("INSUFFICIENT_PERMISSION", "Permission Violation: You need the 'Transactions -> Bills' permission to access this page. Please contact your account administrator.", ""), read: Refused, write: Refused, code: "INSUFFICIENT_PERMISSION", reason: reason.NetSuiteRefused},
		{name: "REST permission", status: 400, details: because("USER_ERROR", "Your current role does not have permission to perform this action.", ""), read: Login, write: Login, reason: reason.LoginRefused},
		{name: "invalid field value", status: 400, details: because("INVALID_CONTENT", accessing+"Invalid Field Value 9999 for the following field: item", `"o:errorPath":"item.items[0].item"`), read: Refused, write: Refused, code: "INVALID_CONTENT", reason: reason.NetSuiteRefused},
		{name: "malformed JSON", status: 400, details: because("INVALID_CONTENT", accessing+"Invalid content in the request body.", ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "unknown field", status: 400, details: because("INVALID_REQUEST", accessing+"Unknown field custbody_typo.", `"o:errorPath":"custbody_typo"`), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "unknown identifier of SuiteQL", status: 400, details: because("INVALID_PARAMETER", "Invalid search query. Detailed unprocessed description follows. Search error occurred: Unknown identifier 'subsidiary'. Available identifiers are: {transaction=transaction}", `"o:errorQueryParam":"q"`), read: Refused, write: Refused, code: "INVALID_PARAMETER", reason: reason.NetSuiteRefused},
		{name: "unsupported search", status: 400, details: because("INVALID_PARAMETER", "Invalid or unsupported search", ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "old query parameter", status: 400, details: because("INVALID_PARAMETER", "Invalid query parameter name 'id'. Use one of the following valid query parameters: init, replace.", `"o:errorQueryParam":"id"`), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "header missing", status: 400, details: because("INVALID_HEADER", "The required header 'Prefer: transient' is missing.", `"o:errorHeader":"Prefer"`), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "reference key", status: 400, details: because("INVALID_KEY_OR_REF", accessing+"Invalid orderDoc reference key 7001.", `"o:errorPath":"item.items[0].orderDoc"`), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "value to be entered", status: 400, details: because("USER_ERROR", "Please enter value(s) for: Subsidiary.", ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "value must be entered", status: 400, details: because("USER_ERROR", accessing+"You must enter a value for Vendor.", ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "field-level permission", status: 400, details: because("USER_ERROR", "You do not have permissions to set a value for element paymentHold", ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "entity exists", status: 400, details: because("USER_ERROR", "This entity already exists.", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "record exists", status: 400, details: because("USER_ERROR", accessing+"This record already exists.", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "external id not unique", status: 400, details: because("UNIQUE_RCRD_ID_REQD", "A record with this external id exists.", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "duplicate record", status: 400, details: because("DUP_RCRD", "Duplicate.", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "duplicate custom record", status: 400, details: because("USER_ERROR", "DUP_CSTM_RCRD_ENTRY: a custom record with this name exists", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "duplicate custom record by code", status: 400, details: because("DUP_CSTM_RCRD_ENTRY", "A custom record with this name exists.", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "duplicate record within words", status: 400, details: because("USER_ERROR", accessing+"DUP_RCRD: duplicate", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "external id within words", status: 400, details: because("USER_ERROR", accessing+"UNIQUE_RCRD_ID_REQD: external id", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "reference number of the vendor", status: 400, details: because("USER_ERROR", accessing+"A transaction with this Reference No. already exists for this vendor.", ""), read: Refused, write: Exists, code: "USER_ERROR", reason: reason.DuplicateNumber},
		{name: "reference number in other words", status: 400, details: because("USER_ERROR", "A bill with this reference number already exists. Enter a different one.", `"o:errorPath":"tranId"`), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "transaction number", status: 400, details: because("USER_ERROR", "A transaction with this transaction number already exists", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "permission within words, without a code", status: 403, body: `{"title":"Forbidden","status":403,"detail":"Permission Violation: You need the 'Enter Vendor Credits' permission to access this page."}`, read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "other transaction type", status: 400, details: because("USER_ERROR", "Transaction type specified is incorrect.", ""), read: NotFound, write: NotFound, reason: reason.NetSuiteRefused},
		{name: "no such record", status: 404, details: because("NONEXISTENT_ID", "The record instance does not exist. Provide a valid record instance ID.", `"o:errorUrl":"/purchaseOrder/7001"`), read: NotFound, write: NotFound, code: "NONEXISTENT_ID", reason: reason.NetSuiteRefused},
		{name: "no such record type", status: 404, details: because("NONEXISTENT_ID", "Record type 'file' does not exist.", ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "method", status: 405, details: because("INVALID_REQUEST", "The method PUT is not allowed.", ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "not acceptable", status: 406, details: because("INVALID_REQUEST", "The requested media type is not supported.", ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "media type", status: 415, details: because("INVALID_REQUEST", "Unsupported media type.", ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "too many calls", status: 429, details: because("CONCURRENCY_LIMIT_EXCEEDED", blocked, ""), read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "too many calls as 400", status: 400, details: because("CONCURRENCY_LIMIT_EXCEEDED", blocked, ""), read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "too many calls as user error", status: 400, details: because("USER_ERROR", blocked+" Verify your account's limits at Integration Governance.", ""), read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "too many calls, code beside the details", status: 400, body: `{"type":"about:blank","title":"Bad Request","status":400,"o:errorCode":"USER_ERROR","detail":"` + blocked + `"}`, read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "too many calls, code beside empty details", status: 429, body: `{"status":429,"o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED","o:errorDetails":[]}`, read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "requests of scripts", status: 400, details: because("SSS_REQUEST_LIMIT_EXCEEDED", "Request limit exceeded", ""), read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "sessions of the old services", status: 403, details: because("WS_CONCUR_SESSION_DISALLWD", "Only one request may be made against a session at a time", ""), read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "sessions of the old services within words", status: 400, details: because("USER_ERROR", "WS_CONCUR_SESSION_DISALLWD: one request at a time", ""), read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "blocked requests of the old services", status: 403, details: because("WS_REQUEST_BLOCKED", "The request is blocked.", ""), read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "calls of scripts", status: 400, details: because("USER_ERROR", "EXCEEDED_MAX_CONCUR_RQST: too many requests", ""), read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "idempotency key again as 409", status: 409, details: because("IDEMPOTENCY_ERROR", "Conflict", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "no such transaction as 400", status: 400, details: because("USER_ERROR", "That record does not exist.", ""), read: NotFound, write: NotFound, reason: reason.NetSuiteRefused},
		{name: "no such record by the older name", status: 400, details: because("RCRD_DSNT_EXIST", "That record does not exist.", ""), read: NotFound, write: NotFound, reason: reason.NetSuiteRefused},
		{name: "record changed by code", status: 400, details: because("RCRD_HAS_BEEN_CHANGED", "Record has been changed", ""), read: Changed, write: Changed, reason: reason.RecordChanged},
		{name: "closed period within words", status: 400, details: because("USER_ERROR", "CLOSED_TRAN_PRD: The posting period is closed.", ""), read: Refused, write: Refused, reason: reason.PeriodClosed},
		{name: "unexpected error as 400", status: 400, details: because("UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: k", ""), read: Odd, write: Unknown, reason: reason.NetSuiteUnknownOutcome},
		{name: "idempotency key again", status: 400, details: because("IDEMPOTENCY_ERROR", "Conflict", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "unexpected error", status: 500, details: because("UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: kfq3v5xm1fkcd7v9f0b1", ""), read: Odd, write: Unknown, code: "UNEXPECTED_ERROR", reason: reason.NetSuiteUnknownOutcome},
		// Names of scripts and of the user interface, in details or as codes.
		{name: "record changed", status: 400, details: because("USER_ERROR", "RCRD_HAS_BEEN_CHANGED: Record has been changed", ""), read: Changed, write: Changed, reason: reason.RecordChanged},
		{name: "closed period by code", status: 400, details: because("CLOSED_TRAN_PRD", "The transaction date is in a closed period.", ""), read: Refused, write: Refused, reason: reason.PeriodClosed},
		{name: "period does not match", status: 400, details: because("USER_ERROR", "DATEPERIODMISMATCH: The date is not within the posting period", ""), read: Refused, write: Refused, reason: reason.PeriodClosed},
		{name: "order cannot be billed", status: 400, details: because("INVALID_INITIALIZE_REF", "You can not initialize vendorBill: invalid reference 7001.", ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "script of the account", status: 400, details: because("USER_ERROR", `{"type":"error.SuiteScriptError","name":"PO_LOCKED","message":"Locked by purchasing."}`, ""), read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "several details, the code in the second", status: 400, details: because("USER_ERROR", "Please look.", "") + "," + because("UNIQUE_RCRD_ID_REQD", "External id.", ""), read: Refused, write: Exists, reason: reason.DuplicateNumber},
		// What stands in between, or nothing.
		{name: "maintenance page", status: 503, body: "<html><body>NetSuite is undergoing maintenance</body></html>", header: map[string]string{"Content-Type": "text/html"}, read: Down, write: Unknown, reason: reason.NetSuiteUnknownOutcome},
		{name: "gateway page", status: 502, body: "<!DOCTYPE html><h1>502 Bad Gateway</h1>", read: Down, write: Unknown, reason: reason.NetSuiteUnknownOutcome},
		{name: "gateway timeout without a body", status: 504, read: Down, write: Unknown, reason: reason.NetSuiteUnknownOutcome},
		{name: "login page", status: 200, body: "<html><form action=/app/login></form></html>", header: map[string]string{"Content-Type": "text/html"}, read: Down, write: Unknown, reason: reason.NetSuiteUnknownOutcome},
		{name: "empty 400", status: 400, read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "empty 401", status: 401, read: Login, write: Login, reason: reason.LoginRefused},
		{name: "empty 403", status: 403, read: Down, write: Down, reason: reason.NetSuiteDown},
		{name: "empty 429", status: 429, read: Busy, write: Busy, reason: reason.NetSuiteBusy},
		{name: "empty 503", status: 503, read: Down, write: Unknown, reason: reason.NetSuiteUnknownOutcome},
		{name: "null", status: 500, body: "null", read: Down, write: Unknown, reason: reason.NetSuiteUnknownOutcome},
		{name: "no object", status: 400, body: `"Bad Request"`, read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "details of another form", status: 400, body: `{"status":400,"o:errorDetails":{"detail":"x"}}`, read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "cut refusal", status: 400, body: `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html","status":400,"o:errorDetails":[{"detail":"This record already ex`, read: Refused, write: Refused, reason: reason.NetSuiteRefused},
		{name: "cut after the words", status: 400, body: `{"status":400,"o:errorDetails":[{"detail":"This record already exists.","o:err`, read: Refused, write: Exists, reason: reason.DuplicateNumber},
		{name: "cut 500", status: 500, body: `{"status":500,"o:errorDetails":[{"det`, read: Down, write: Unknown, reason: reason.NetSuiteUnknownOutcome},
	}
	if len(rows) < 40 {
		t.Fatalf("%d bodies", len(rows))
	}
	for _, standard := range []string{"rfc9110", "rfc2616"} {
		for _, r := range rows {
			t.Run(standard+"/"+r.name, func(t *testing.T) {
				body, header := r.body, map[string]string{}
				if r.details != "" {
					body, header["Content-Type"] = errorBody(standard, r.status, r.details), "application/vnd.oracle.resource+json; type=error"
				}
				for name, value := range r.header {
					header[name] = value
				}
				client, _ := connect(t, answering(r.status, header, body))
				if got := classOf(t, read(t, client)); got != r.read {
					t.Errorf("read: %q, want %q", got, r.read)
				}
				err := create(t, client)
				if got := classOf(t, err); got != r.write {
					t.Errorf("write: %q, want %q", got, r.write)
				}
				var refused *Error
				if !errors.As(err, &refused) || refused.Reason() != r.reason || r.code != "" && refused.Code != r.code {
					t.Errorf("write: %v; want reason %s, code %q", err, r.reason, r.code)
				}
			})
		}
	}
}
