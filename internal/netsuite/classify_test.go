package netsuite

import (
	"testing"
	"time"
)

// TestEveryErrorHasItsClass goes through what NetSuite is known to answer, for a read and for a write.
func TestEveryErrorHasItsClass(t *testing.T) {
	type row struct {
		name   string
		status int
		took   time.Duration
		code   string
		detail string
		path   string
		page   bool // not JSON
		broken bool
		read   Class
		write  Class
	}
	rows := []row{
		{name: "bad login", status: 401, code: "INVALID_LOGIN", detail: "Invalid login attempt. For more details, see the Login Audit Trail", read: Login, write: Login},
		{name: "bad login in a minute", status: 401, code: "INVALID_LOGIN", took: time.Minute, detail: "Invalid login attempt.", read: Busy, write: Busy},
		{name: "bad login just in time", status: 401, code: "INVALID_LOGIN", took: 30 * time.Second, read: Login, write: Login},
		{name: "401 without a body", status: 401, page: true, read: Login, write: Login},
		{name: "slow 401 without a body", status: 401, page: true, took: 31 * time.Second, read: Busy, write: Busy},
		{name: "wrong host family", status: 401, code: "INVALID_LOGIN_ATTEMPT", read: Login, write: Login},
		{name: "403 that speaks of the login", status: 403, code: "INVALID_LOGIN", read: Login, write: Login},
		{name: "missing record permission", status: 403, code: "INSUFFICIENT_PERMISSION", detail: "Permission Violation: You need the 'Bills' permission to access this page.", read: Refused, write: Refused},
		{name: "missing REST permission", status: 400, code: "USER_ERROR", detail: "Your current role does not have permission to perform this action.", read: Login, write: Login},
		{name: "bad reference", status: 400, code: "INVALID_CONTENT", detail: "Invalid Field Value 9999 for the following field: item", path: "item.items[0].item", read: Refused, write: Refused},
		{name: "malformed JSON", status: 400, code: "INVALID_REQUEST", read: Refused, write: Refused},
		{name: "bad query", status: 400, code: "INVALID_PARAMETER", detail: "Invalid search query. Unknown identifier 'x'.", read: Refused, write: Refused},
		{name: "unsupported search", status: 400, code: "INVALID_PARAMETER", detail: "Invalid or unsupported search", read: Refused, write: Refused},
		{name: "missing header", status: 400, code: "INVALID_HEADER", read: Refused, write: Refused},
		{name: "bad key", status: 400, code: "INVALID_KEY_OR_REF", detail: "Invalid item reference key 5", read: Refused, write: Refused},
		{name: "missing value", status: 400, code: "USER_ERROR", detail: "Please enter value(s) for: Subsidiary.", read: Refused, write: Refused},
		{name: "record exists", status: 400, code: "USER_ERROR", detail: "This record already exists.", read: Refused, write: Exists},
		{name: "entity exists", status: 400, code: "USER_ERROR", detail: "This entity already exists.", read: Refused, write: Exists},
		{name: "external id is taken", status: 400, code: "UNIQUE_RCRD_ID_REQD", read: Refused, write: Exists},
		{name: "duplicate by name in the words", status: 400, code: "USER_ERROR", detail: "DUP_RCRD: duplicate", read: Refused, write: Exists},
		{name: "wrong transaction type", status: 400, code: "USER_ERROR", detail: "Transaction type specified is incorrect.", read: NotFound, write: NotFound},
		{name: "no such record", status: 404, code: "NONEXISTENT_ID", detail: "The record instance does not exist. Provide a valid record instance ID.", read: NotFound, write: NotFound},
		{name: "no such record in the body", status: 404, code: "NONEXISTENT_ID", path: "item.items[0].item", read: NotFound, write: Refused},
		{name: "no such record type", status: 404, code: "NONEXISTENT_ID", detail: "Record type 'file' does not exist.", read: Refused, write: Refused},
		{name: "404 of a gateway", status: 404, page: true, detail: "Not Found", read: Down, write: Down},
		{name: "404 without a code", status: 404, read: NotFound, write: NotFound},
		{name: "403 of a filter", status: 403, page: true, detail: "Access Denied", read: Down, write: Down},
		{name: "wrong method", status: 405, read: Refused, write: Refused},
		{name: "wrong media", status: 415, read: Refused, write: Refused},
		{name: "not acceptable", status: 406, read: Refused, write: Refused},
		{name: "proxy wants a password", status: 407, page: true, read: Down, write: Down},
		{name: "request timeout", status: 408, page: true, read: Down, write: Unknown},
		{name: "too many calls", status: 429, code: "CONCURRENCY_LIMIT_EXCEEDED", detail: "Concurrent request limit exceeded. Request blocked.", read: Busy, write: Busy},
		{name: "too many calls as 400", status: 400, code: "CONCURRENCY_LIMIT_EXCEEDED", read: Busy, write: Busy},
		{name: "too many calls as user error", status: 400, code: "USER_ERROR", detail: "Concurrent request limit exceeded. Request blocked.", read: Busy, write: Busy},
		{name: "too many calls without words", status: 429, page: true, read: Busy, write: Busy},
		{name: "too many calls by a script's name", status: 400, code: "SSS_REQUEST_LIMIT_EXCEEDED", read: Busy, write: Busy},
		{name: "too many calls as 503", status: 503, code: "USER_ERROR", detail: "Concurrent request limit exceeded.", read: Busy, write: Busy},
		{name: "idempotency key again", status: 409, code: "IDEMPOTENCY_ERROR", read: Refused, write: Exists},
		{name: "record changed", status: 400, code: "RCRD_HAS_BEEN_CHANGED", read: Changed, write: Changed},
		{name: "record changed in words", status: 400, code: "USER_ERROR", detail: "Record has been changed", read: Changed, write: Changed},
		{name: "closed period", status: 400, code: "CLOSED_TRAN_PRD", read: Refused, write: Refused},
		{name: "order cannot be billed", status: 400, code: "INVALID_INITIALIZE_REF", read: Refused, write: Refused},
		{name: "unexpected error", status: 500, code: "UNEXPECTED_ERROR", detail: "An unexpected error occurred. Error ID: x", read: Odd, write: Unknown},
		{name: "unexpected error without a code", status: 500, read: Odd, write: Unknown},
		{name: "unexpected error as 400", status: 400, code: "UNEXPECTED_ERROR", read: Odd, write: Unknown},
		{name: "refusal with a status of 500", status: 500, code: "INSUFFICIENT_PERMISSION", read: Refused, write: Unknown},
		{name: "missing record with a status of 500", status: 500, code: "NONEXISTENT_ID", read: NotFound, write: Unknown},
		{name: "page of 500", status: 500, page: true, read: Down, write: Unknown},
		{name: "bad gateway", status: 502, page: true, read: Down, write: Unknown},
		{name: "maintenance", status: 503, page: true, detail: "NetSuite is down for maintenance", read: Down, write: Unknown},
		{name: "gateway timeout", status: 504, page: true, read: Down, write: Unknown},
		{name: "maintenance as JSON", status: 503, read: Down, write: Unknown},
		{name: "redirect", status: 302, page: true, read: Down, write: Down},
		{name: "success with a page", status: 200, page: true, read: Down, write: Unknown},
		{name: "success with odd JSON", status: 200, read: Odd, write: Unknown},
		{name: "success that broke off", status: 200, broken: true, read: Down, write: Unknown},
		{name: "refusal that broke off", status: 400, broken: true, page: true, detail: `{"status":400,"o:err`, read: Down, write: Down},
		{name: "busy that broke off after its words", status: 400, broken: true, page: true, detail: `{"detail":"Concurrent request limit exceeded. Req`, read: Busy, write: Busy},
		{name: "accepted for later", status: 202, page: true, read: Down, write: Unknown},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			for _, write := range []bool{false, true} {
				o := outcome{write: write, sent: true, broken: r.broken, status: r.status, json: !r.page, detail: r.detail, path: r.path, took: r.took}
				if r.code != "" {
					o.codes = []string{r.code}
				}
				want := r.read
				if write {
					want = r.write
				}
				if got := classify(o); got != want {
					t.Errorf("write %v: %q, want %q", write, got, want)
				}
			}
		})
	}
}

func TestWithoutAnAnswerItCountsHowFarTheCallGot(t *testing.T) {
	for _, c := range []struct {
		name string
		o    outcome
		want Class
	}{
		{"refused connection, DNS or TLS", outcome{}, Down},
		{"the same for a write", outcome{write: true}, Down},
		{"given up before it was sent", outcome{write: true, cancelled: true}, None},
		{"read breaks off", outcome{sent: true}, Down},
		{"read given up", outcome{sent: true, cancelled: true}, None},
		{"write breaks off", outcome{sent: true, write: true}, Unknown},
		{"write given up", outcome{sent: true, write: true, cancelled: true}, Unknown},
	} {
		if got := classify(c.o); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestClassesKeepTheirPromise tries what no table has: combinations of everything.
func TestClassesKeepTheirPromise(t *testing.T) {
	names := []string{"", "SOMETHING_NEW"}
	for name := range codes {
		names = append(names, name)
	}
	sentences := []string{"", "anything else"}
	for _, w := range words {
		sentences = append(sentences, w.part)
	}
	for _, status := range []int{0, 200, 202, 204, 301, 400, 401, 403, 404, 408, 409, 422, 429, 451, 500, 501, 502, 503, 504, 599} {
		for _, code := range names {
			for _, detail := range sentences {
				for bits := range 32 {
					o := outcome{
						write: bits&1 != 0, json: bits&2 != 0, broken: bits&4 != 0, sent: bits&8 != 0 || status != 0, cancelled: bits&16 != 0,
						status: status, detail: detail,
					}
					if code != "" {
						o.codes = []string{code}
					}
					if status < 300 {
						o.codes, o.detail = nil, "" // as failure does: a record may say anything
					}
					class := classify(o)
					if class == Unknown && !o.write {
						t.Fatalf("a read is unknown: %+v", o)
					}
					if class == Odd && o.write {
						t.Fatalf("a write that NetSuite failed in is odd, not unknown: %+v", o)
					}
					certain := class == Down || class == Refused || class == NotFound || class == None
					if certain && o.write && o.sent && (status < 300 || status >= 500) {
						t.Fatalf("a write that may have been carried out is %q: %+v", class, o)
					}
				}
			}
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "5": 5 * time.Second, " 7 ": 7 * time.Second, "-3": 0, "soon": 0, "1.5": 0,
		"99999999999": time.Hour, "7200": time.Hour,
		"Tue, 01 Sep 2026 12:00:30 GMT": 30 * time.Second, "Tue, 01 Sep 2026 11:00:00 GMT": 0, "Wed, 02 Sep 2026 12:00:00 GMT": time.Hour,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q = %s, want %s", text, got, want)
		}
	}
}
