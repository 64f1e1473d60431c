package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
)

// The error codes that the simulator answers (o:errorCode).
const (
	codeInvalidLogin   = "INVALID_LOGIN"
	codePermission     = "INSUFFICIENT_PERMISSION"
	codeUser           = "USER_ERROR"
	codeContent        = "INVALID_CONTENT"
	codeRequest        = "INVALID_REQUEST"
	codeParameter      = "INVALID_PARAMETER"
	codeHeader         = "INVALID_HEADER"
	codeKey            = "INVALID_KEY_OR_REF"
	codeNonexistent    = "NONEXISTENT_ID"
	codeConcurrency    = "CONCURRENCY_LIMIT_EXCEEDED"
	codeUnexpected     = "UNEXPECTED_ERROR"
	codeIdempotency    = "IDEMPOTENCY_ERROR"
	codeMethod         = "METHOD_NOT_ALLOWED"
	codeMedia          = "UNSUPPORTED_MEDIA_TYPE"
	mediaError         = "application/vnd.oracle.resource+json; type=error"
	mediaSingular      = "application/vnd.oracle.resource+json; type=singular"
	mediaCollection    = "application/vnd.oracle.resource+json; type=collection"
	mediaCreateForm    = "application/vnd.oracle.resource+json; type=create-form"
	loginText          = "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > User Management > View Login Audit Trail."
	accessing          = "Error while accessing a resource. "
	missingInstance    = "The record instance does not exist. Provide a valid record instance ID."
	incorrectType      = "Transaction type specified is incorrect."
	concurrencyText    = "Concurrent request limit exceeded. Request blocked. Verify your concurrency limits at Setup > Integration > Integration Management > Integration Governance."
	recordChangedText  = "RCRD_HAS_BEEN_CHANGED: Record has been changed."
	readOnlyText       = "You do not have permissions to set a value for element %s due to one of the following reasons: 1) The field is read-only; 2) An associated feature is disabled; 3) The field is available either when a record is created or updated, but not in both cases."
	voidedText         = "This transaction has been voided and cannot be changed."
	mismatchText       = "DATEPERIODMISMATCH: The transaction date you specified is not within the date range of your accounting period."
	noPeriodText       = "There is no accounting period for the date %s. Set up the accounting periods of its year."
	roleText           = "Your current role does not have permission to perform this action."
	dependentsText     = "This record cannot be deleted because it has dependent records."
	emptyLinesText     = "You must enter at least one line item for this transaction."
	violationText      = "Permission Violation: You need the '%s' permission to access this page. Please contact your account administrator."
	duplicateTranText  = "A transaction with this Reference No. already exists for this vendor."
	initializeText     = "You can not initialize %s: invalid reference %s."
	enterValueText     = "Please enter value(s) for: %s."
	invalidFieldText   = "Invalid Field Value %s for the following field: %s"
	notAllowedText     = "Method '%s' is not allowed for this resource."
	unknownFieldText   = "Unknown field '%s' in the request body."
	moreThanMaxText    = "The field %s contained more than the maximum number ( %d ) of characters allowed."
	belowReceivedText  = "You cannot change the quantity of line %d to %s: %s have already been received or billed."
	overBilledText     = "The quantity of line %d cannot exceed the quantity that remains to be billed on purchase order %s."
	overReceivedText   = "The quantity of line %d cannot exceed the quantity that remains to be received on purchase order %s."
	overAppliedText    = "The amount applied to a bill cannot exceed its amount due."
	overCreditedText   = "The amounts applied cannot exceed the total of the credit."
	duplicateLinesText = "Line %d is given more than once."
)

// refusal is an answer that is an error.
type refusal struct {
	status  int
	topCode string
	header  http.Header
	details []detail
}

// detail is one entry of o:errorDetails.
type detail struct {
	Detail string `json:"detail"`
	Path   string `json:"o:errorPath,omitempty"`
	Query  string `json:"o:errorQueryParam,omitempty"`
	Header string `json:"o:errorHeader,omitempty"`
	URL    string `json:"o:errorUrl,omitempty"`
	Code   string `json:"o:errorCode,omitempty"`
}

// Error implements error.
func (r *refusal) Error() string {
	if len(r.details) == 0 {
		return fmt.Sprintf("%d", r.status)
	}
	return fmt.Sprintf("%d %s: %s", r.status, r.details[0].Code, r.details[0].Detail)
}

func (r *refusal) code() string {
	if len(r.details) == 0 {
		return ""
	}
	return r.details[0].Code
}

func refuse(status int, code, text string) *refusal {
	return &refusal{status: status, details: []detail{{Detail: text, Code: code}}}
}

// userError is what NetSuite's business rules answer.
func userError(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, codeUser, accessing+fmt.Sprintf(format, args...))
}

// scriptName is the name that NetSuite's scripts have for an error, before the words of it.
var scriptName = regexp.MustCompile(`^(?:` + regexp.QuoteMeta(accessing) + `)?([A-Z]+(?:_[A-Z]+)*): (.+)`)

// worded returns a refusal as the account words it: with the name that scripts have for it as its code, or before its words.
func (s *Simulator) worded(r *refusal) *refusal {
	if !s.knobs.NameAsCode {
		return r
	}
	for i, d := range r.details {
		if m := scriptName.FindStringSubmatch(d.Detail); m != nil {
			r.details[i].Code, r.details[i].Detail = m[1], accessing+m[2]
		}
	}
	return r
}

// contentError is a body that does not fit the record, at a path such as item.items[0].quantity.
func contentError(path, format string, args ...any) *refusal {
	return &refusal{status: http.StatusBadRequest, details: []detail{
		{Detail: accessing + fmt.Sprintf(format, args...), Path: path, Code: codeContent}}}
}

func parameterError(param, text string) *refusal {
	return &refusal{status: http.StatusBadRequest, details: []detail{{Detail: text, Query: param, Code: codeParameter}}}
}

// encode is json.Marshal without the escapes that are meant for HTML, which NetSuite does not use.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// errorType returns the link that NetSuite gives as the type of an error, in either of the styles seen.
func errorType(style Choice, status int) string {
	sections := map[int][2]string{
		400: {"15.5.1", "10.4.1"}, 401: {"15.5.2", "10.4.2"}, 403: {"15.5.4", "10.4.4"}, 404: {"15.5.5", "10.4.5"},
		405: {"15.5.6", "10.4.6"}, 406: {"15.5.7", "10.4.7"}, 409: {"15.5.10", "10.4.10"}, 415: {"15.5.16", "10.4.16"},
		500: {"15.6.1", "10.5.1"}, 503: {"15.6.4", "10.5.4"},
	}
	s, ok := sections[status]
	switch {
	case !ok && style == RFC2616:
		return "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"
	case !ok:
		return "https://www.rfc-editor.org/rfc/rfc9110.html"
	case style == RFC2616:
		return "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec" + s[1]
	}
	return "https://www.rfc-editor.org/rfc/rfc9110.html#section-" + s[0]
}

func (r *refusal) write(w http.ResponseWriter, style Choice) {
	body, err := encode(struct {
		Type    string   `json:"type"`
		Title   string   `json:"title"`
		Status  int      `json:"status"`
		Code    string   `json:"o:errorCode,omitempty"`
		Details []detail `json:"o:errorDetails"`
	}{errorType(style, r.status), http.StatusText(r.status), r.status, r.topCode, r.details})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", mediaError)
	w.WriteHeader(r.status)
	_, _ = w.Write(body)
}
