package simulator

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// start is the time of the simulated server; clock is moved by tests that need it to.
var start = time.Date(2026, 9, 10, 12, 0, 0, 0, time.UTC)

const seedText = `{"vendors":[{"id":"501","name":"ACME Inc"},{"id":"502","name":"Globex"}],
"items":[{"id":"201","name":"Widget","vendorName":"ACME-W-1","rate":"9.99"},{"id":"202","name":"Gadget","vendorName":"ACME-G-2"}],
"purchaseOrders":[
{"id":"7001","tranId":"PO-1001","vendor":"501","subsidiary":"1","currency":"1","status":"B","tranDate":"2026-09-01","items":[
 {"line":1,"item":"201","vendorName":"ACME-W-1","description":"Widget","quantity":"10","rate":"5.00","units":"EA"},
 {"line":3,"item":"202","vendorName":"ACME-G-2","description":"Gadget","quantity":"4","rate":"0.105","units":"EA"}]},
{"id":"7002","tranId":"PO-1002","vendor":"501","status":"A","items":[{"line":1,"item":"201","quantity":"2","rate":"5"}]},
{"id":"7003","tranId":"PO-1003","vendor":"501","status":"H","items":[{"line":1,"item":"201","quantity":"2","rate":"5"}]},
{"id":"7004","tranId":"PO-1004","vendor":"501","status":"G","items":[{"line":1,"item":"201","quantity":"2","rate":"5"}]},
{"id":"7005","tranId":"PO-1005","vendor":"502","currency":"4","status":"F","items":[{"line":1,"item":"202","quantity":"3","rate":"7"}]},
{"id":"7006","tranId":"po-1001","vendor":"502","items":[{"line":1,"item":"202","quantity":"3","rate":"7"}]}]}`

// bench is a simulator behind a real server, and a client that signs by itself.
type bench struct {
	t      *testing.T
	s      *Simulator
	url    string
	host   string // signed
	cred   Credential
	realm  string
	method string // signature method
	now    func() time.Time
	client *http.Client
	count  *atomic.Int64
}

func newBench(t *testing.T, o Options) *bench {
	t.Helper()
	if o.Clock == nil {
		o.Clock = func() time.Time { return start }
	}
	s := New(o)
	if err := s.SeedOrders([]byte(seedText)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	client := server.Client()
	return &bench{t: t, s: s, url: server.URL, host: "https://1234567-sb1.suitetalk.api.netsuite.com", cred: DemoCredential(),
		realm: "1234567_SB1", method: "HMAC-SHA256", now: o.Clock, client: client, count: &atomic.Int64{}}
}

// answer is a response with its body read.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (a answer) problem() (code, text string) {
	var p struct {
		Details []struct {
			Detail string `json:"detail"`
			Code   string `json:"o:errorCode"`
		} `json:"o:errorDetails"`
	}
	if json.Unmarshal(a.body, &p) != nil || len(p.Details) == 0 {
		return "", ""
	}
	return p.Details[0].Code, p.Details[0].Detail
}

// id is the record that the Location names.
func (a answer) id() string {
	location := a.header.Get("Location")
	return location[strings.LastIndex(location, "/")+1:]
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// authorization signs as RFC 5849 says, written apart from the code under test.
func (b *bench) authorization(method, target string, change func(map[string]string)) string {
	p := map[string]string{
		"oauth_consumer_key": b.cred.ConsumerKey, "oauth_token": b.cred.TokenID, "oauth_signature_method": b.method,
		"oauth_timestamp": fmt.Sprint(b.now().Unix()), "oauth_nonce": fmt.Sprintf("nonce%08d", b.count.Add(1)), "oauth_version": "1.0",
	}
	if change != nil {
		change(p)
	}
	path, query, _ := strings.Cut(target, "?")
	values, _ := url.ParseQuery(query)
	var pairs []string
	for k, v := range p {
		pairs = append(pairs, escape(k)+"="+escape(v))
	}
	for k, vs := range values {
		for _, v := range vs {
			pairs = append(pairs, escape(k)+"="+escape(v))
		}
	}
	sort.Strings(pairs)
	base := method + "&" + escape(b.host+path) + "&" + escape(strings.Join(pairs, "&"))
	mac := hmac.New(sha256.New, []byte(escape(b.cred.ConsumerSecret)+"&"+escape(b.cred.TokenSecret)))
	mac.Write([]byte(base))
	p["oauth_signature"] = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	p["realm"] = b.realm
	var parts []string
	for k, v := range p {
		parts = append(parts, k+`="`+escape(v)+`"`)
	}
	sort.Strings(parts)
	return "OAuth " + strings.Join(parts, ", ")
}

// do sends a signed call. headers are name, value pairs.
func (b *bench) do(method, target, body string, headers ...string) answer {
	return b.send(context.Background(), method, target, body, b.authorization(method, target, nil), headers...)
}

func (b *bench) send(ctx context.Context, method, target, body, authorization string, headers ...string) answer {
	r, err := http.NewRequestWithContext(ctx, method, b.url+target, strings.NewReader(body))
	if err != nil {
		b.t.Error(err)
		return answer{err: err}
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.client.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: bytes.TrimSpace(text), err: err}
}

const records = "/services/rest/record/v1/"

func (b *bench) record(method, path, body string, headers ...string) answer {
	b.t.Helper()
	return b.do(method, records+path, body, append([]string{"X-NetSuite-PropertyNameValidation", "Error"}, headers...)...)
}

// must is record with a status that is expected.
func (b *bench) must(status int, method, path, body string, headers ...string) answer {
	b.t.Helper()
	a := b.record(method, path, body, headers...)
	if a.status != status {
		b.t.Fatalf("%s %s: %d %s %v, want %d", method, path, a.status, a.body, a.err, status)
	}
	return a
}

func (b *bench) refused(a answer, status int, code, text string) {
	b.t.Helper()
	gotCode, gotText := a.problem()
	if a.status != status || gotCode != code || !strings.Contains(gotText, text) {
		b.t.Errorf("answer %d %s %q %v, want %d %s %q", a.status, gotCode, gotText, a.err, status, code, text)
	}
}

func (b *bench) query(q string, params ...any) answer {
	b.t.Helper()
	body, err := json.Marshal(map[string]any{"q": q, "params": params})
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do("POST", "/services/rest/query/v1/suiteql?limit=1000", string(body), "Prefer", "transient")
}

func (b *bench) order(number string) Record {
	b.t.Helper()
	r, ok := b.s.Books().Order(number)
	if !ok {
		b.t.Fatalf("no order %s", number)
	}
	return r
}

func (b *bench) balanced() {
	b.t.Helper()
	for _, wrong := range b.s.Books().Imbalances() {
		b.t.Errorf("the books do not balance: %s", wrong)
	}
}

func (b *bench) line(number string, line int) map[string]string {
	b.t.Helper()
	one, ok := b.order(number).Item(line)
	if !ok {
		b.t.Fatalf("order %s has no line %d", number, line)
	}
	return one.Fields
}

func unmarshal(t *testing.T, text []byte) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}
