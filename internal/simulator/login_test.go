package simulator

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The inputs of the examples that Oracle publishes for token-based authentication.
const (
	oracleConsumer       = "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4"
	oracleConsumerSecret = "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5"
	oracleToken          = "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc"
	oracleTokenSecret    = "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295"
)

func TestSignaturesAgreeWithOraclesExample(t *testing.T) {
	const host = "https://123456.suitetalk.api.netsuite.com"
	for _, c := range []struct{ name, method, origin, target, want string }{
		{"published", "GET", host, "/services/rest/record/v1/employee/40", "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY="},
		{"query parameters", "POST", "https://123456-sb1.suitetalk.api.netsuite.com", "/services/rest/query/v1/suiteql?limit=1000&offset=0", "LjzqkKDpsRTpwqBkevEM3wfFmspmqdKggHTdHxxHp+U="},
		{"escaped path", "GET", "https://123456-sb1.suitetalk.api.netsuite.com", "/services/rest/record/v1/purchaseOrder/eid:PO%20A%2B1?expandSubResources=true&fields=tranId,item", "EfjcMvA+6QC71unGUkEhcbDBc6EEHCtr/s4E6UDO/LU="},
		{"transform", "POST", host, "/services/rest/record/v1/purchaseOrder/1234/!transform/vendorBill", "ovqEmiqrrreD18DB+nebPpqf5gXMFNAwfyPdI7uKO3I="},
		{"escaped query", "GET", host, "/services/rest/record/v1/purchaseOrder?q=tranId%20IS%20%22PO%20A%2B1%22", "adW5Wy0cstnWr3X7K2Ru69nz1UWN/mGaU/f8USA9AS0="},
		{"not ASCII", "GET", "https://1234567-sb1.suitetalk.api.netsuite.com", "/services/rest/record/v1/vendorBill?q=externalId%20IS%20%22INV~1%2F2%20%C3%A9%22&limit=5", "GQZzd+ycyHMkhhmplABCFqJTA5vpJlNrU/dnutppcS0="},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, err := baseString(c.method, c.origin, c.target, passport{
				"realm": "123456", "oauth_consumer_key": oracleConsumer, "oauth_token": oracleToken, "oauth_nonce": "fjaLirsIcCGVZWzBX0pg",
				"oauth_timestamp": "1508242306", "oauth_signature_method": "HMAC-SHA256", "oauth_version": "1.0", "oauth_signature": "ignored"})
			if err != nil {
				t.Fatal(err)
			}
			if got := signature(base, oracleConsumerSecret, oracleTokenSecret); got != c.want {
				t.Errorf("signature %s, want %s; base string %s", got, c.want, base)
			}
		})
	}
}

func TestAPlusSignInTheQueryIsASpace(t *testing.T) {
	sign := func(target string) string {
		base, err := baseString("GET", "https://h", target, passport{"oauth_nonce": "a"})
		if err != nil {
			t.Fatal(err)
		}
		return base
	}
	if sign("/x?q=a+b") != sign("/x?q=a%20b") || sign("/x?q=a%2Bb") == sign("/x?q=a%20b") {
		t.Errorf("%s\n%s\n%s", sign("/x?q=a+b"), sign("/x?q=a%20b"), sign("/x?q=a%2Bb"))
	}
}

func TestEveryFailedLoginReadsTheSameAndLeavesItsCause(t *testing.T) {
	const target = "/services/rest/system/v1/serverTime"
	set := func(name, value string) func(map[string]string) {
		return func(p map[string]string) { p[name] = value }
	}
	for _, c := range []struct {
		name, cause string
		bench       func(*bench)
		header      func(map[string]string)
		knobs       func(*Knobs)
		raw         string
	}{
		{name: "no header", cause: causeMissingFields, raw: "-"},
		{name: "bearer", cause: causeTokenRejected, raw: "Bearer abc"},
		{name: "malformed", cause: causeMissingFields, raw: `OAuth realm=1234567_SB1`},
		{name: "realm in lower case", cause: causeParameter, bench: func(b *bench) { b.realm = "1234567_sb1" }},
		{name: "realm of production", cause: causeParameter, bench: func(b *bench) { b.realm = "1234567" }},
		{name: "SHA-1", cause: causeAlgorithm, bench: func(b *bench) { b.method = "HMAC-SHA1" }},
		{name: "version", cause: causeVersion, header: set("oauth_version", "2.0")},
		{name: "consumer key", cause: causeConsumerUnknown, header: set("oauth_consumer_key", "x")},
		{name: "token", cause: causeToken, header: set("oauth_token", "x")},
		{name: "late", cause: causeTimestamp, bench: func(b *bench) { b.now = func() time.Time { return start.Add(-301 * time.Second) } }},
		{name: "early", cause: causeTimestamp, bench: func(b *bench) { b.now = func() time.Time { return start.Add(301 * time.Second) } }},
		{name: "timestamp", cause: causeTimestamp, header: set("oauth_timestamp", "now")},
		{name: "short nonce", cause: causeNonceRejected, header: set("oauth_nonce", "12345")},
		{name: "consumer secret", cause: causeSignature, bench: func(b *bench) { b.cred.ConsumerSecret = "wrong" }},
		{name: "token secret", cause: causeSignature, bench: func(b *bench) { b.cred.TokenSecret = "wrong" }},
		{name: "loopback host signed", cause: causeSignature, bench: func(b *bench) { b.host = b.url }},
		{name: "integration blocked", cause: causeConsumerRefused, knobs: func(k *Knobs) { k.IntegrationBlocked = true }},
		{name: "token revoked", cause: causeToken, knobs: func(k *Knobs) { k.TokenRevoked = true }},
		{name: "user disabled", cause: causePermission, knobs: func(k *Knobs) { k.UserDisabled = true }},
		{name: "role without login", cause: causePermission, knobs: func(k *Knobs) { k.MissingPermissions = []string{PermissionLogin} }},
		{name: "sunset", cause: causeFeatureDisabled, knobs: func(k *Knobs) { k.TBASunset = true }},
		{name: "server clock off", cause: causeTimestamp, knobs: func(k *Knobs) { k.ServerClockOffset = Duration(time.Hour) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Knobs: c.knobs})
			if c.bench != nil {
				c.bench(b)
			}
			authorization := b.authorization("GET", target, c.header)
			switch c.raw {
			case "":
			case "-":
				authorization = ""
			default:
				authorization = c.raw
			}
			a := b.send(context.Background(), "GET", target, "", authorization)
			b.refused(a, 401, "INVALID_LOGIN", "Invalid login attempt. For more details, see the Login Audit Trail")
			if got := a.header.Get("Content-Type"); got != mediaError {
				t.Errorf("content type %q", got)
			}
			if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, `realm="1234567_SB1", error="`) || strings.Contains(got, c.cause) && c.cause != causeToken {
				t.Errorf("WWW-Authenticate %q", got)
			}
			trail := b.s.Books().FailedLogins
			if len(trail) != 1 || trail[0].Cause != c.cause {
				t.Errorf("audit trail %+v, want one %s", trail, c.cause)
			}
		})
	}
}

func TestLoginsThatAreAccepted(t *testing.T) {
	const target = "/services/rest/record/v1/purchaseOrder/7001?expandSubResources=true"
	for _, c := range []struct {
		name  string
		o     Options
		bench func(*bench)
	}{
		{name: "as is", bench: func(*bench) {}},
		{name: "five minutes late", bench: func(b *bench) { b.now = func() time.Time { return start.Add(-300 * time.Second) } }},
		{name: "own host", o: Options{OwnHost: true}, bench: func(b *bench) { b.host = b.url }},
		{name: "another account", o: Options{Account: "TSTDRV99"}, bench: func(b *bench) {
			b.realm, b.host = "TSTDRV99", "https://tstdrv99.suitetalk.api.netsuite.com"
		}},
		{name: "secrets that need escaping", o: Options{Credentials: []Credential{{ConsumerKey: "k&1", ConsumerSecret: "s/+ 1", TokenID: "t=1", TokenSecret: "é%"}}}, bench: func(b *bench) {
			b.cred = Credential{ConsumerKey: "k&1", ConsumerSecret: "s/+ 1", TokenID: "t=1", TokenSecret: "é%"}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.o)
			c.bench(b)
			if a := b.do("GET", target, ""); a.status != 200 {
				t.Errorf("%d %s; %+v", a.status, a.body, b.s.Books().FailedLogins)
			}
		})
	}
}

func TestANonceIsGoodForOneCall(t *testing.T) {
	now := start
	b := newBench(t, Options{Clock: func() time.Time { return now }})
	const target = "/services/rest/system/v1/serverTime"
	authorization := b.authorization("GET", target, nil)
	for i, want := range []int{200, 401} {
		if a := b.send(context.Background(), "GET", target, "", authorization); a.status != want {
			t.Errorf("call %d: %d, want %d", i+1, a.status, want)
		}
	}
	if trail := b.s.Books().FailedLogins; len(trail) != 1 || trail[0].Cause != causeNonceUsed {
		t.Errorf("audit trail %+v", trail)
	}
}

func TestFiveFailuresLockTheUserForHalfAnHour(t *testing.T) {
	now := start
	b := newBench(t, Options{Clock: func() time.Time { return now }})
	good := b.cred
	b.cred.TokenSecret = "wrong"
	for range 5 {
		b.do("GET", "/services/rest/system/v1/serverTime", "")
	}
	b.cred = good
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 401}, {29 * time.Minute, 401}, {31 * time.Minute, 200}} {
		now = start.Add(c.after)
		if a := b.do("GET", "/services/rest/system/v1/serverTime", ""); a.status != c.want {
			t.Errorf("after %s: %d, want %d", c.after, a.status, c.want)
		}
	}
	trail := b.s.Books().FailedLogins
	if last := trail[len(trail)-1]; last.Cause != causeLocked {
		t.Errorf("last failure %+v", last)
	}
}

func TestASuccessForgivesEarlierFailures(t *testing.T) {
	b := newBench(t, Options{})
	good := b.cred
	for range 3 {
		b.cred.TokenSecret = "wrong"
		for range 4 {
			b.do("GET", "/services/rest/system/v1/serverTime", "")
		}
		b.cred = good
		if a := b.do("GET", "/services/rest/system/v1/serverTime", ""); a.status != 200 {
			t.Fatalf("%d", a.status)
		}
	}
}

func TestMissingPermissions(t *testing.T) {
	for _, c := range []struct {
		permission, method, path, body string
		status                         int
		code, text                     string
	}{
		{PermissionREST, "GET", "purchaseOrder/7001", "", 400, "USER_ERROR", "Your current role does not have permission"},
		{PermissionOrders, "GET", "purchaseOrder/7001", "", 403, "INSUFFICIENT_PERMISSION", "You need the 'Transactions -> Purchase Order' permission"},
		{PermissionOrdersEdit, "PATCH", "purchaseOrder/7001", `{"memo":"x"}`, 403, "INSUFFICIENT_PERMISSION", "Purchase Order"},
		{PermissionBills, "POST", "purchaseOrder/7001/!transform/vendorBill", `{}`, 403, "INSUFFICIENT_PERMISSION", "Bills"},
		{PermissionCredits, "POST", "vendorCredit", `{}`, 403, "INSUFFICIENT_PERMISSION", "Enter Vendor Credits"},
	} {
		t.Run(c.permission, func(t *testing.T) {
			b := newBench(t, Options{Knobs: func(k *Knobs) { k.MissingPermissions = []string{c.permission} }})
			b.refused(b.record(c.method, c.path, c.body), c.status, c.code, c.text)
			if len(b.s.Books().Writes) != 0 {
				t.Error("something was written")
			}
		})
	}
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.MissingPermissions = []string{PermissionWorkbook} }})
	b.refused(b.query("SELECT id FROM transaction FETCH FIRST 1 ROWS ONLY"), http.StatusForbidden, "INSUFFICIENT_PERMISSION", "SuiteAnalytics Workbook")
	b = newBench(t, Options{Knobs: func(k *Knobs) { k.MissingPermissions = []string{PermissionTransaction} }})
	if a := b.query("SELECT id FROM transaction"); a.status != 200 || !strings.Contains(string(a.body), `"totalResults":0`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	b = newBench(t, Options{Knobs: func(k *Knobs) { k.HiddenRecords = []string{"7001"} }})
	b.refused(b.record("GET", "purchaseOrder/7001", ""), 404, "NONEXISTENT_ID", "The record instance does not exist")
}
