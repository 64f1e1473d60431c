package netsuite

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/secret"
)

const realHost = "https://1234567-sb1.suitetalk.api.netsuite.com"

var credentials = TBA{
	ConsumerKey: "canary-consumer-key", ConsumerSecret: secret.New("canary-consumer-secret"),
	TokenID: "canary-token-id", TokenSecret: secret.New("canary-token-secret"),
}

// seen is a request as the server got it.
type seen struct {
	Method, URI, Body string
	Header            http.Header `json:"-"`
	nonce             string
}

// far is the other end: it checks every signature and keeps every request.
type far struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seen
}

func (f *far) requests() []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]seen(nil), f.seen...)
}

// connect starts a server with the handler and returns a client that calls it, signed for NetSuite's own address.
func connect(t testing.TB, handler http.HandlerFunc, change ...func(*Options)) (*Client, *far) {
	t.Helper()
	f := &far{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the request: %v", err)
		}
		s := seen{Method: r.Method, URI: r.RequestURI, Body: string(body), Header: r.Header, nonce: signedBy(t, r, string(body), realHost, credentials)}
		f.mu.Lock()
		f.seen = append(f.seen, s)
		f.mu.Unlock()
		if r.Host != strings.TrimPrefix(f.URL, "http://") {
			t.Errorf("the request is for host %s", r.Host)
		}
		handler(w, r)
	}))
	t.Cleanup(f.Close)
	o := Options{Account: "1234567_SB1", BaseURL: f.URL, Credentials: credentials}
	for _, c := range change {
		c(&o)
	}
	client, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, f
}

func answering(status int, header map[string]string, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func made(id string) http.HandlerFunc {
	return answering(204, map[string]string{"Location": realHost + "/services/rest/record/v1/vendorbill/" + id}, "")
}

func TestCallsAreAsNetSuiteWantsThem(t *testing.T) {
	order := record.PurchaseOrder{ID: "7001", ExternalID: "PO_1", Items: []record.OrderLine{{Line: 1}, {Line: 4}}}
	one := `{"id":"7001","item":{"items":[{"line":1}]}}`
	noRows := `{"items":[],"hasMore":false}`
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		call   func(*Client) error
		want   seen
		header map[string]string
	}{
		"read an order": {
			answering(200, nil, one),
			func(c *Client) error { _, err := c.PurchaseOrder(t.Context(), "7001"); return err },
			seen{Method: "GET", URI: "/services/rest/record/v1/purchaseOrder/7001?expandSubResources=true"},
			map[string]string{"Accept": "application/json", "Content-Type": ""},
		},
		"read a bill by external id": {
			answering(200, nil, `{"id":"9"}`),
			func(c *Client) error { _, err := c.VendorBill(t.Context(), "eid:cp-1_a"); return err },
			seen{Method: "GET", URI: "/services/rest/record/v1/vendorBill/eid:cp-1_a?expandSubResources=true"}, nil,
		},
		"read a credit": {
			answering(200, nil, `{"id":"9"}`),
			func(c *Client) error { _, err := c.VendorCredit(t.Context(), "9"); return err },
			seen{Method: "GET", URI: "/services/rest/record/v1/vendorCredit/9?expandSubResources=true"}, nil,
		},
		"change an order": {
			answering(204, nil, ""),
			func(c *Client) error {
				return c.PatchPurchaseOrder(t.Context(), "7001", json.RawMessage(`{"item":{"items":[{"line":4}]}}`), order)
			},
			seen{Method: "PATCH", URI: "/services/rest/record/v1/purchaseOrder/7001", Body: `{"item":{"items":[{"line":4}]}}`},
			map[string]string{"X-Netsuite-Propertynamevalidation": "Error", "Content-Type": "application/json"},
		},
		"change an order by external id": {
			answering(204, nil, ""),
			func(c *Client) error {
				return c.PatchPurchaseOrder(t.Context(), "eid:PO_1", json.RawMessage(`{}`), order)
			},
			seen{Method: "PATCH", URI: "/services/rest/record/v1/purchaseOrder/eid:PO_1", Body: `{}`}, nil,
		},
		"change a bill": {
			answering(204, nil, ""),
			func(c *Client) error {
				return c.Patch(t.Context(), "vendorBill", "9", json.RawMessage(`{"paymentHold":true}`))
			},
			seen{Method: "PATCH", URI: "/services/rest/record/v1/vendorBill/9", Body: `{"paymentHold":true}`},
			map[string]string{"X-Netsuite-Propertynamevalidation": "Error"},
		},
		"make a bill": {
			made("9001"),
			func(c *Client) error {
				id, err := c.Create(t.Context(), "vendorBill", json.RawMessage(`{"tranId":"I"}`))
				return wantID(id, "9001", err)
			},
			seen{Method: "POST", URI: "/services/rest/record/v1/vendorBill", Body: `{"tranId":"I"}`},
			map[string]string{"X-Netsuite-Propertynamevalidation": "Error"},
		},
		"transform an order": {
			made("9002"),
			func(c *Client) error {
				id, err := c.Transform(t.Context(), "purchaseOrder", "7001", "vendorBill", map[string][]string{"replace": {"item,expense x+y"}}, json.RawMessage(`{}`))
				return wantID(id, "9002", err)
			},
			seen{Method: "POST", URI: "/services/rest/record/v1/purchaseOrder/7001/!transform/vendorBill?replace=item%2Cexpense%20x%2By", Body: `{}`},
			map[string]string{"X-Netsuite-Propertynamevalidation": "Error"},
		},
		"preview a bill": {
			answering(200, nil, `{"tranId":"x"}`),
			func(c *Client) error {
				form, err := c.Preview(t.Context(), "purchaseOrder", "7001", "vendorBill", nil, json.RawMessage(`{}`))
				return wantID(string(form), `{"tranId":"x"}`, err)
			},
			seen{Method: "POST", URI: "/services/rest/record/v1/purchaseOrder/7001/!transform/vendorBill", Body: `{}`},
			map[string]string{"Accept": "application/vnd.oracle.resource+json; type=create-form"},
		},
		"find orders": {
			answering(200, nil, noRows),
			func(c *Client) error { _, err := c.FindPurchaseOrders(t.Context(), "PO-1"); return err },
			seen{Method: "POST", URI: "/services/rest/query/v1/suiteql?limit=1000&offset=0",
				Body: `{"q":"SELECT t.id, t.type, t.tranid, t.externalid, t.entity, t.status, TO_CHAR(t.trandate,'YYYY-MM-DD') trandate FROM transaction t WHERE (t.type='PurchOrd' AND UPPER(t.tranid) IN (UPPER(?))) ORDER BY t.id","params":["PO-1"]}`},
			map[string]string{"Prefer": "transient", "X-Netsuite-Propertynamevalidation": ""},
		},
		"find credits": {
			answering(200, nil, noRows),
			func(c *Client) error {
				_, err := c.Find(t.Context(), Sought{Vendors: []string{"501"}, Credits: []string{"CM 1"}})
				return err
			},
			seen{Method: "POST", URI: "/services/rest/query/v1/suiteql?limit=1000&offset=0",
				Body: `{"q":"SELECT t.id, t.type, t.tranid, t.externalid, t.entity, t.status, TO_CHAR(t.trandate,'YYYY-MM-DD') trandate FROM transaction t WHERE (t.type='VendCred' AND t.entity IN (?) AND UPPER(t.tranid) IN (UPPER(?))) ORDER BY t.id","params":["501","CM 1"]}`}, nil,
		},
		"server time": {
			answering(200, nil, `{"serverTime":"2026-09-01T12:00:00Z"}`),
			func(c *Client) error { _, err := c.ServerTime(t.Context()); return err },
			seen{Method: "GET", URI: "/services/rest/system/v1/serverTime"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, far := connect(t, c.answer)
			if err := c.call(client); err != nil {
				t.Fatal(err)
			}
			got := far.requests()
			if len(got) != 1 {
				t.Fatalf("%d requests", len(got))
			}
			if d := cmp.Diff(c.want, got[0], cmp.FilterPath(func(p cmp.Path) bool {
				return p.String() == "Header" || p.String() == "nonce"
			}, cmp.Ignore())); d != "" {
				t.Error(d)
			}
			for name, want := range c.header {
				if got := got[0].Header.Get(name); got != want {
					t.Errorf("header %s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func wantID(got, want string, err error) error {
	if err == nil && got != want {
		return fmt.Errorf("id %q, want %q", got, want)
	}
	return err
}

func TestOptionsAreChecked(t *testing.T) {
	good := Options{Account: "1234567", Credentials: credentials}
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"no account":           {func(o *Options) { o.Account = "" }, "not a NetSuite account id"},
		"blank secret":         {func(o *Options) { t := credentials; t.TokenSecret = secret.New(" \n"); o.Credentials = t }, "token secret is missing"},
		"no credentials":       {func(o *Options) { o.Credentials = nil }, "no credentials: give TBA or OAuth2"},
		"empty credentials":    {func(o *Options) { o.Credentials = TBA{} }, "consumer key is missing"},
		"empty OAuth 2.0":      {func(o *Options) { o.Credentials = OAuth2{} }, "client id is missing"},
		"base with a path":     {func(o *Options) { o.BaseURL = "https://proxy/netsuite" }, "base URL"},
		"base with a password": {func(o *Options) { o.BaseURL = "https://a:b@proxy" }, "base URL"},
		"base without scheme":  {func(o *Options) { o.BaseURL = "localhost:80" }, "base URL"},
		"signing URL":          {func(o *Options) { o.SigningURL = "ftp://x" }, "signing URL"},
		"slots":                {func(o *Options) { o.Slots = -1 }, "slots"},
	} {
		o := good
		c.change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
	client, err := New(good)
	if err != nil {
		t.Fatal(err)
	}
	if client.sentTo != "https://1234567.suitetalk.api.netsuite.com" || client.base != client.sentTo {
		t.Errorf("calls go to %s, signed for %s", client.sentTo, client.base)
	}
	if client.timeout != DefaultTimeout || cap(client.slots) != DefaultSlots {
		t.Errorf("timeout %s, %d slots", client.timeout, cap(client.slots))
	}
}

func TestSigningURLIsSignedInPlaceOfTheRealHost(t *testing.T) {
	var nonce string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nonce = signedBy(t, r, "", "http://signed.example:8080", credentials)
		io.WriteString(w, `{"id":"7001"}`)
	}))
	defer server.Close()
	client, err := New(Options{
		Account: "1234567_SB1", BaseURL: server.URL + "/", SigningURL: "http://signed.example:8080", Credentials: credentials,
		Nonce: func() string { return "mine" }, HTTP: &http.Transport{},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.PurchaseOrder(t.Context(), "7001"); err != nil || nonce != "mine" {
		t.Errorf("nonce %q, %v", nonce, err)
	}
}

func TestCredentialsAreTakenWithoutTheBlanksOfCopying(t *testing.T) {
	client, far := connect(t, answering(200, nil, `{"id":"1"}`), func(o *Options) {
		copied := credentials
		copied.ConsumerKey += " "
		copied.TokenSecret = secret.New("\t" + copied.TokenSecret.Reveal() + "\n")
		o.Credentials = copied
	})
	if _, err := client.PurchaseOrder(t.Context(), "1"); err != nil || len(far.requests()) != 1 {
		t.Error(err)
	}
}

func TestWhatCannotBeAnAddressIsNotSent(t *testing.T) {
	client, far := connect(t, answering(200, nil, `{}`))
	ctx, body := t.Context(), json.RawMessage(`{}`)
	for _, id := range []string{"", "7 1", "../x", "7001/item", "eid:", "eid:a/b", "eid:a|b", "1?x", "é"} {
		if _, err := client.PurchaseOrder(ctx, id); err == nil {
			t.Errorf("order %q was asked for", id)
		}
		if err := client.Patch(ctx, "vendorBill", id, body); err == nil {
			t.Errorf("bill %q was changed", id)
		}
		if _, err := client.Transform(ctx, "purchaseOrder", id, "vendorBill", nil, body); err == nil {
			t.Errorf("order %q was transformed", id)
		}
	}
	for _, typ := range []string{"", "a/b", "vendorBill?x", "!transform"} {
		if _, err := client.Create(ctx, typ, body); err == nil {
			t.Errorf("%q was made", typ)
		}
	}
	for _, bad := range []string{"", "null", "[]", "x", `"a"`} {
		if _, err := client.Create(ctx, "vendorBill", json.RawMessage(bad)); err == nil {
			t.Errorf("body %q was sent", bad)
		}
	}
	if _, err := client.Transform(ctx, "purchaseOrder", "1", "vendorBill", map[string][]string{"replace": {"item", "expense"}}, body); err == nil {
		t.Error("a parameter with two values was sent, of which the signer signs one")
	}
	if n := len(far.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// classOf is ClassOf with a check that the error is whole.
func classOf(t *testing.T, err error) Class {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is not an *Error", err)
	}
	if ClassOf(fmt.Errorf("wrapped: %w", err)) != e.Class {
		t.Errorf("%v: ClassOf differs", err)
	}
	for _, canary := range []string{"canary", "%3D"} {
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v", *e), e.Detail, e.Code, e.Path} {
			if strings.Contains(text, canary) {
				t.Errorf("the error shows %s: %s", canary, text)
			}
		}
	}
	return e.Class
}
