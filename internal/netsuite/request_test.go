package netsuite

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRequestIsSentAsItIs(t *testing.T) {
	for name, c := range map[string]struct {
		request Request
		want    seen
		header  map[string]string
	}{
		"below services/rest": {
			Request{Method: "get", Path: "record/v1/purchaseOrder/7001/item?limit=5", Query: url.Values{"q": {"a b&c"}}},
			seen{Method: "GET", URI: "/services/rest/record/v1/purchaseOrder/7001/item?limit=5&q=a%20b%26c"}, map[string]string{"Content-Type": ""},
		},
		"a path of its own": {
			Request{Method: "POST", Path: "/app/x/!y", Body: []byte(`{"n":1.10}`), Header: map[string]string{"prefer": "transient"}},
			seen{Method: "POST", URI: "/app/x/!y", Body: `{"n":1.10}`}, map[string]string{"Content-Type": "application/json", "Prefer": "transient"},
		},
		"a form, whose fields are signed": {
			Request{Method: "POST", Path: "/f", Body: FormQuery(map[string]string{"b": "x y+é", "a": "1&2"}), Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}},
			seen{Method: "POST", URI: "/f", Body: "a=1%262&b=x%20y%2B%C3%A9"}, map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		},
		"any bytes": {
			Request{Method: "PUT", Path: "/f", Body: []byte("\x00\xff"), Header: map[string]string{"Content-Type": "application/octet-stream"}},
			seen{Method: "PUT", URI: "/f", Body: "\x00\xff"}, map[string]string{"Content-Type": "application/octet-stream"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, f := connect(t, answering(200, map[string]string{"X-Y": "z"}, "not JSON"))
			got, err := client.Do(t.Context(), c.request)
			if err != nil || got.Status != 200 || string(got.Body) != "not JSON" || got.Header.Get("X-Y") != "z" || got.ID != "" {
				t.Fatalf("%+v, %v", got, err)
			}
			all := f.requests()
			if len(all) != 1 {
				t.Fatalf("%d requests", len(all))
			}
			for name, want := range c.header {
				if got := all[0].Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			got1 := seen{Method: all[0].Method, URI: all[0].URI, Body: all[0].Body}
			if diff := cmp.Diff(c.want, got1, cmp.AllowUnexported(seen{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRequestThatWouldGoAstrayIsNotSent(t *testing.T) {
	client, f := connect(t, answering(200, nil, "{}"))
	for name, r := range map[string]Request{
		"another host by userinfo": {Method: "GET", Path: "//evil.example/x"},
		"another host after @":     {Method: "GET", Path: "/../@evil.example/x"},
		"a fragment":               {Method: "GET", Path: "/a#b"},
		"blanks":                   {Method: "GET", Path: "/a b"},
		"a new line":               {Method: "GET", Path: "/a\nb"},
		"a bad escape":             {Method: "GET", Path: "/a%zz"},
		"dots":                     {Method: "GET", Path: "record/../../x"},
		"escaped dots":             {Method: "GET", Path: "record/%2e%2e/x"},
		"another method":           {Method: "TRACE", Path: "/a"},
		"an own signature":         {Method: "GET", Path: "/a", Header: map[string]string{"authorization": "Bearer x"}},
		"an own host":              {Method: "GET", Path: "/a", Header: map[string]string{"Host": "evil.example"}},
		"a parameter twice":        {Method: "GET", Path: "/a?b=1", Query: url.Values{"b": {"2"}}},
	} {
		if _, err := client.Do(t.Context(), r); err == nil || ClassOf(err) != None {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(f.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestRequestThatFailsGivesClassAndAnswer(t *testing.T) {
	client, _ := connect(t, answering(400, nil, `{"o:errorDetails":[{"detail":"No.","o:errorCode":"USER_ERROR"}]}`))
	got, err := client.Do(t.Context(), Request{Method: "PATCH", Path: "record/v1/vendorBill/1", Body: []byte(`{}`)})
	var failed *Error
	if !errors.As(err, &failed) || failed.Class != Refused || !failed.Write || got.Status != 400 || !strings.Contains(string(got.Body), "No.") {
		t.Errorf("%+v, %v", got, err)
	}
	client, _ = connect(t, func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	for method, want := range map[string]Class{"GET": Down, "POST": Unknown} {
		if _, err := client.Do(t.Context(), Request{Method: method, Path: "/x"}); ClassOf(err) != want {
			t.Errorf("%s without an answer is %q, want %q: %v", method, ClassOf(err), want, err)
		}
	}
	if _, err := client.Do(t.Context(), Request{Method: "POST", Path: "query/v1/suiteql", Body: []byte(`{}`)}); ClassOf(err) != Down {
		t.Errorf("a query without an answer is %q: it changes nothing", ClassOf(err))
	}
}

func FuzzRequestPath(f *testing.F) {
	for _, seed := range []string{"record/v1/x", "//a", "/%2e%2e", "/a?b=c", "/\\x", "/a@b:c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		k, err := Request{Method: "GET", Path: path}.call()
		if err != nil {
			return
		}
		address, err := k.url(realHost)
		if err != nil {
			return
		}
		if u, err := url.Parse(address); err != nil || "https://"+u.Host != realHost || u.User != nil {
			t.Errorf("%q leads to %q: %v", path, address, err)
		}
	})
}
