package netsuite

import (
	"net/http"
	"strings"
	"time"
)

// slowLogin is how long a 401 takes when it means overload: NetSuite answers a wrong signature at once, but has been seen
// to answer 401 after a minute when too many calls were waiting.
const slowLogin = 30 * time.Second

// outcome is all that is known of a failed call.
type outcome struct {
	write     bool
	sent      bool // a connection was there, so that NetSuite may have seen the call
	cancelled bool // by the caller, not by the client's timeout
	broken    bool // the answer broke off
	status    int  // 0: no answer
	json      bool // the answer was JSON, so that NetSuite itself gave it and nothing in between
	codes     []string
	detail    string
	path      string // NetSuite names a part of the body
	took      time.Duration
}

// codes says what NetSuite's error codes mean. What is not here is decided by the words, then by the status.
var codes = map[string]Class{
	"CONCURRENCY_LIMIT_EXCEEDED": Busy,
	"EXCEEDED_MAX_CONCUR_RQST":   Busy,
	"SSS_REQUEST_LIMIT_EXCEEDED": Busy,
	"WS_CONCUR_SESSION_DISALLWD": Busy,
	"WS_REQUEST_BLOCKED":         Busy,
	"INVALID_LOGIN":              Login,
	"INVALID_LOGIN_ATTEMPT":      Login,
	"RCRD_HAS_BEEN_CHANGED":      Changed,
	"NONEXISTENT_ID":             NotFound,
	"RCRD_DSNT_EXIST":            NotFound,
	"UNIQUE_RCRD_ID_REQD":        Exists,
	"DUP_RCRD":                   Exists,
	"DUP_CSTM_RCRD_ENTRY":        Exists,
	"IDEMPOTENCY_ERROR":          Exists,
	"UNEXPECTED_ERROR":           Odd,
	"INSUFFICIENT_PERMISSION":    Refused,
	"INVALID_KEY_OR_REF":         Refused,
	"INVALID_INITIALIZE_REF":     Refused,
	"CLOSED_TRAN_PRD":            Refused,
	"DATEPERIODMISMATCH":         Refused,
}

// words says what sentences of NetSuite mean that come under codes such as USER_ERROR. The codes' names are among them,
// because scripts and older services put them into the sentence. The first that fits counts.
var words = []struct {
	part  string
	class Class
}{
	{"concurrent request limit exceeded", Busy},
	{"concurrency_limit_exceeded", Busy},
	{"exceeded_max_concur_rqst", Busy},
	{"sss_request_limit_exceeded", Busy},
	{"ws_concur_session_disallwd", Busy},
	{"ws_request_blocked", Busy},
	{"rcrd_has_been_changed", Changed},
	{"record has been changed", Changed},
	{"this entity already exists", Exists},
	{"this record already exists", Exists},
	// With Duplicate Number Warnings at warn and block: the vendor has a bill or credit with the number.
	{"with this reference no", Exists},
	{"with this reference number", Exists},
	{"with this transaction number", Exists},
	{"with this document number", Exists},
	{"already exists for this vendor", Exists},
	{"unique_rcrd_id_reqd", Exists},
	{"dup_rcrd", Exists},
	{"dup_cstm_rcrd_entry", Exists},
	{"idempotency_error", Exists},
	{"transaction type specified is incorrect", NotFound},
	{"record instance does not exist", NotFound},
	{"rcrd_dsnt_exist", NotFound},
	{"that record does not exist", NotFound},
	// The role lacks REST Web Services or the login permission: every call will say so, which is no fault of a document.
	{"your current role does not have permission to perform this action", Login},
	{"invalid login attempt", Login},
	{"an unexpected error occurred", Odd},
}

// classify is the one place that decides what a failure means: by code, then by words, then by status, and without an
// answer by how far the call got.
func classify(o outcome) Class {
	if o.status == 0 {
		return unanswered(o)
	}
	for _, code := range o.codes {
		if class, ok := codes[strings.ToUpper(code)]; ok {
			return settled(class, o)
		}
	}
	detail := strings.ToLower(o.detail)
	for _, w := range words {
		if strings.Contains(detail, w.part) {
			return settled(w.class, o)
		}
	}
	return settled(byStatus(o), o)
}

// settled corrects what code, words or status say by what the call was.
func settled(class Class, o outcome) Class {
	switch class {
	case Login:
		if o.status == http.StatusUnauthorized && o.took > slowLogin {
			return Busy
		}
	case NotFound:
		// A record that the body refers to, or a type that the account does not have: not the record of the call.
		if o.write && o.path != "" || strings.Contains(strings.ToLower(o.detail), "record type '") {
			class = Refused
		}
	case Exists:
		if !o.write {
			class = Refused
		}
	}
	if o.write && (o.status >= 500 || class == Odd) && !definite(class) {
		// NetSuite has been seen to save a record and to answer with an error all the same, whatever status it gives an
		// error that it did not expect.
		return Unknown
	}
	return class
}

// definite tells the classes that say nothing was written, or lead to a look at the record, whatever the status.
func definite(c Class) bool { return c == Busy || c == Login || c == Changed || c == Exists }

func byStatus(o outcome) Class {
	switch s := o.status; {
	case s == http.StatusUnauthorized:
		return Login
	case s == http.StatusTooManyRequests:
		return Busy
	case s == http.StatusNotFound && o.json:
		return NotFound
	case s == http.StatusRequestTimeout:
		return unanswered(outcome{write: o.write, sent: true})
	case s == http.StatusForbidden && !o.json, s == http.StatusNotFound, s == http.StatusProxyAuthRequired,
		s >= 400 && s < 500 && o.broken:
		// Not NetSuite's own form: a gateway or a filter between, or another host.
		return Down
	case s >= 400 && s < 500:
		return Refused
	case s >= 502 && s <= 504, s >= 500 && !o.json:
		return Down
	case s >= 500:
		return Odd
	case s >= 300:
		// A redirect leads to a login or maintenance page. The record service does not redirect.
		return Down
	default:
		// Success by its status, but not by what came with it.
		if o.write {
			return Unknown
		}
		if o.broken {
			return unanswered(o)
		}
		if o.json {
			return Odd
		}
		return Down
	}
}

// unanswered is for a call without an answer, or with a part of one.
func unanswered(o outcome) Class {
	switch {
	case o.sent && o.write:
		return Unknown
	case o.cancelled:
		return None
	default:
		return Down
	}
}

// periodClosed reports whether NetSuite refused because of the accounting period.
func periodClosed(code, detail string) bool {
	text := strings.ToLower(code + " " + detail)
	for _, part := range []string{"closed_tran_prd", "dateperiodmismatch", "closed period", "period is closed", "closed posting period", "closed accounting period"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
