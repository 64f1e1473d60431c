package netsuite

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dghubble/oauth1"

	"counterpunch/internal/secret"
	"counterpunch/internal/testkit/material"
)

// The inputs of Oracle's published example of a signature.
var published = TBA{
	ConsumerKey:    "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4",
	ConsumerSecret: secret.New("d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5"),
	TokenID:        "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc",
	TokenSecret:    secret.New("c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295"),
}

const (
	publishedNonce = "fjaLirsIcCGVZWzBX0pg"
	publishedTime  = 1508242306
)

// vectors are signatures for the published inputs. V1 to V3 are Oracle's own; the others were computed for the kinds of
// address that are used here, by two implementations.
var vectors = []struct{ name, method, url, want string }{
	{"V1", "GET", "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/employee/40", "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY="},
	{"V2", "POST", "https://123456.restlets.api.netsuite.com/app/site/hosting/restlet.nl?script=6&deploy=1&customParam=someValue&testParam=someOtherValue", "+KK4SKNgz4ZiILGLwOMtfYlgcXSy1eis8ldE9X90azQ="},
	{"V3", "POST", "https://rest.netsuite.com/app/site/hosting/restlet.nl?script=6&deploy=1&customParam=someValue&testParam=someOtherValue", "7mpNx1RdQn4VLSyeEwCK7jFBjGQ0blzwDSMU9Kg5Rmg="},
	{"D1", "PATCH", "https://123456-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/purchaseOrder/1234", "4o4vaoYnJQhmaitA8B+HZKCf5N6dOP8WictA1OYbdC4="},
	{"D2", "POST", "https://123456-sb1.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql?limit=1000&offset=0", "LjzqkKDpsRTpwqBkevEM3wfFmspmqdKggHTdHxxHp+U="},
	{"D3", "GET", "https://123456-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/purchaseOrder/eid:PO%20A%2B1?expandSubResources=true&fields=tranId,item", "EfjcMvA+6QC71unGUkEhcbDBc6EEHCtr/s4E6UDO/LU="},
	{"D4", "POST", "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/purchaseOrder/1234/!transform/vendorBill", "ovqEmiqrrreD18DB+nebPpqf5gXMFNAwfyPdI7uKO3I="},
	{"D5", "GET", "https://123456.suitetalk.api.netsuite.com/services/rest/record/v1/purchaseOrder?q=tranId%20IS%20%22PO%20A%2B1%22", "adW5Wy0cstnWr3X7K2Ru69nz1UWN/mGaU/f8USA9AS0="},
	{"D6", "GET", "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/vendorBill?q=externalId%20IS%20%22INV~1%2F2%20%C3%A9%22&limit=5", "GQZzd+ycyHMkhhmplABCFqJTA5vpJlNrU/dnutppcS0="},
	{"D7", "PATCH", "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/purchaseOrder/321?replace=item", "63tEA/4PmrcHmIIsyFMDxDb8Em5aLxezPb8XsfxIpOc="},
	{"D8", "PUT", "https://1234567.suitetalk.api.netsuite.com/services/rest/record/v1/vendorBill/eid:VB-INV-9", "4V11H4Fl/v7uBeDRw7DndbtOrcKLZQttknah+3IeUOw="},
}

// TestSignaturesAreTheVectors signs each request with the client's signer, whose clock is the real one, and recomputes
// the signature apart from the library; the recomputation itself is held against the vector at the vector's own time.
func TestSignaturesAreTheVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			base := baseString(v.method, v.url, published, publishedNonce, strconv.Itoa(publishedTime))
			if got := sign(base, published); got != v.want {
				t.Errorf("recomputed %s, want %s from\n%s", got, v.want, base)
			}
			library := &oauth1.HMAC256Signer{ConsumerSecret: published.ConsumerSecret.Reveal()}
			if got, err := library.Sign(published.TokenSecret.Reveal(), base); err != nil || got != v.want {
				t.Errorf("the library signs %s, %v; want %s", got, err, v.want)
			}

			wire := signedOnTheWire(t, v.method, v.url, published, func() string { return publishedNonce })
			sent, _ := url.Parse(v.url)
			if origin := sent.Scheme + "://" + sent.Host; origin+wire.RequestURI != v.url {
				t.Errorf("on the wire %s%s, want %s", origin, wire.RequestURI, v.url)
			}
			auth := authorization(t, wire)
			timestamp, err := strconv.ParseInt(auth["oauth_timestamp"], 10, 64)
			if err != nil || time.Since(time.Unix(timestamp, 0)).Abs() > time.Minute {
				t.Errorf("timestamp %q", auth["oauth_timestamp"])
			}
			if want := sign(baseString(v.method, v.url, published, publishedNonce, auth["oauth_timestamp"]), published); auth["oauth_signature"] != want {
				t.Errorf("the client signed %s, want %s", auth["oauth_signature"], want)
			}
			delete(auth, "oauth_timestamp")
			delete(auth, "oauth_signature")
			want := map[string]string{
				"realm": "123456", "oauth_consumer_key": published.ConsumerKey, "oauth_token": published.TokenID,
				"oauth_nonce": publishedNonce, "oauth_signature_method": "HMAC-SHA256", "oauth_version": "1.0",
			}
			if fmt.Sprint(auth) != fmt.Sprint(want) {
				t.Errorf("authorization %v, want %v", auth, want)
			}
		})
	}
}

// passport is a request with all that its signature is made of.
type passport struct {
	Method         string `json:"method"`
	URL            string `json:"url"`
	ConsumerKey    string `json:"consumerKey"`
	ConsumerSecret string `json:"consumerSecret"`
	Token          string `json:"token"`
	TokenSecret    string `json:"tokenSecret"`
	Nonce          string `json:"nonce"`
	Timestamp      string `json:"timestamp"`
}

func newPassport(method, address string, t TBA, nonce, timestamp string) passport {
	return passport{method, address, t.ConsumerKey, t.ConsumerSecret.Reveal(), t.TokenID, t.TokenSecret.Reveal(), nonce, timestamp}
}

// brackets is V5: another integration's published signature, over a query with brackets.
var brackets = struct {
	passport
	want string
}{passport{
	Method: "GET", URL: "https://shop.example.com/rest/default/V1/products/attributes?searchCriteria[pageSize]=1",
	ConsumerKey: "ck_test", ConsumerSecret: "cs_test", Token: "at_test", TokenSecret: "ts_test", Nonce: "abc123nonce", Timestamp: "1700000000",
}, "PhzkFN03dKikBE2qOkNfTQce2N0eNh1jUZhXwxTZHog="}

// TestSignaturesAreThoseOfAnotherImplementation has a script sign the vectors, and what the client signed, that shares
// nothing with it.
func TestSignaturesAreThoseOfAnotherImplementation(t *testing.T) {
	all, want := []passport{brackets.passport}, []string{brackets.want}
	for _, v := range vectors {
		all, want = append(all, newPassport(v.method, v.url, published, publishedNonce, strconv.Itoa(publishedTime))), append(want, v.want)
	}
	other := TBA{
		ConsumerKey: brackets.ConsumerKey, ConsumerSecret: secret.New(brackets.ConsumerSecret),
		TokenID: brackets.Token, TokenSecret: secret.New(brackets.TokenSecret),
	}
	if got := sign(baseString(brackets.Method, brackets.URL, other, brackets.Nonce, brackets.Timestamp), other); got != brackets.want {
		t.Errorf("V5: recomputed %s, want %s", got, brackets.want)
	}
	for _, p := range slices.Clone(all) {
		credentials := published
		if p.ConsumerKey == other.ConsumerKey {
			credentials = other
		}
		auth := authorization(t, signedOnTheWire(t, p.Method, p.URL, credentials, newNonce))
		all, want = append(all, newPassport(p.Method, p.URL, credentials, auth["oauth_nonce"], auth["oauth_timestamp"])), append(want, auth["oauth_signature"])
	}
	for i, got := range signedByScript(t, all) {
		if got != want[i] {
			t.Errorf("%s %s at %s: the script signs %s, want %s", all[i].Method, all[i].URL, all[i].Timestamp, got, want[i])
		}
	}
}

// signedOnTheWire sends a request by the client's signer and returns what came in.
func signedOnTheWire(t *testing.T, method, address string, credentials TBA, nonce func() string) *http.Request {
	t.Helper()
	var wire *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { wire = r }))
	defer server.Close()
	transport := tuned(nil, 1)
	defer transport.CloseIdleConnections()
	req, err := http.NewRequest(method, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := signing(Account{Realm: "123456"}, credentials, nonce, server.URL, transport).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return wire
}

func signedByScript(t *testing.T, all []passport) []string {
	t.Helper()
	python := material.Program(t, "python3")
	input, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "signature.py"))
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var signed []string
	if err := json.Unmarshal(output, &signed); err != nil {
		t.Fatal(err)
	}
	if len(signed) != len(all) {
		t.Fatalf("%d signatures for %d requests", len(signed), len(all))
	}
	return signed
}

func TestNonceNeedsNoEscapingAndDoesNotRepeat(t *testing.T) {
	form, seen := regexp.MustCompile(`^[a-z2-7]{32}$`), map[string]bool{}
	for range 1000 {
		n := newNonce()
		if !form.MatchString(n) || seen[n] {
			t.Fatalf("nonce %q, seen before: %v", n, seen[n])
		}
		seen[n] = true
	}
}

// baseString is RFC 5849 section 3.4.1 written a second time, so that the library is not its own witness.
func baseString(method, address string, t TBA, nonce, timestamp string) string {
	place, query, _ := strings.Cut(address, "?")
	pairs := []string{
		"oauth_consumer_key=" + escape(t.ConsumerKey), "oauth_nonce=" + escape(nonce), "oauth_signature_method=HMAC-SHA256",
		"oauth_timestamp=" + timestamp, "oauth_token=" + escape(t.TokenID), "oauth_version=1.0",
	}
	for _, pair := range strings.Split(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value)
		pairs = append(pairs, escape(name)+"="+escape(value))
	}
	slices.Sort(pairs)
	return method + "&" + escape(place) + "&" + escape(strings.Join(pairs, "&"))
}

func sign(base string, t TBA) string {
	mac := hmac.New(sha256.New, []byte(escape(t.ConsumerSecret.Reveal())+"&"+escape(t.TokenSecret.Reveal())))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func authorization(t testing.TB, r *http.Request) map[string]string {
	t.Helper()
	header, ok := strings.CutPrefix(r.Header.Get("Authorization"), "OAuth ")
	if !ok {
		t.Fatalf("authorization %q", r.Header.Get("Authorization"))
	}
	fields := map[string]string{}
	for _, part := range strings.Split(header, ",") {
		name, quoted, _ := strings.Cut(strings.TrimSpace(part), "=")
		value, err := url.PathUnescape(strings.Trim(quoted, `"`))
		if _, twice := fields[name]; err != nil || twice {
			t.Fatalf("authorization %q: %s", header, name)
		}
		fields[name] = value
	}
	return fields
}

// signedBy checks the signature of a request that came in, as NetSuite would.
func signedBy(t testing.TB, r *http.Request, body, origin string, credentials TBA) (nonce string) {
	t.Helper()
	auth := authorization(t, r)
	target := r.RequestURI
	if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		target += "?" + body // RFC 5849 3.4.1.3.1: the fields of a form are signed as parameters are
	}
	base := baseString(r.Method, origin+target, credentials, auth["oauth_nonce"], auth["oauth_timestamp"])
	if want := sign(base, credentials); auth["oauth_signature"] != want {
		t.Errorf("%s %s is signed %s, want %s", r.Method, r.RequestURI, auth["oauth_signature"], want)
	}
	return auth["oauth_nonce"]
}

type discard struct{}

func (discard) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 204, Body: http.NoBody, Header: http.Header{}}, nil
}

func BenchmarkSign(b *testing.B) {
	config := &oauth1.Config{
		ConsumerKey: published.ConsumerKey, Realm: "123456",
		Signer: &oauth1.HMAC256Signer{ConsumerSecret: published.ConsumerSecret.Reveal()}, Noncer: noncer(newNonce),
	}
	ctx := context.WithValue(b.Context(), oauth1.HTTPClient, &http.Client{Transport: discard{}})
	client := config.Client(ctx, oauth1.NewToken(published.TokenID, published.TokenSecret.Reveal()))
	req, err := http.NewRequest(http.MethodGet, vectors[0].url+"?expandSubResources=true", nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Do(req); err != nil {
			b.Fatal(err)
		}
	}
}
