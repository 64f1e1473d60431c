package netsuite

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

// reset ends the connection so that the other side sees a reset, not an end.
func reset(t *testing.T, w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	connection.(*net.TCPConn).SetLinger(0)
	connection.Close()
}

// raw answers with bytes as they are and ends the connection.
func raw(t *testing.T, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(connection, text)
		connection.Close()
	}
}

func create(t *testing.T, c *Client) error {
	_, err := c.Create(t.Context(), "vendorBill", json.RawMessage(`{"externalId":"cp-1"}`))
	return err
}

func read(t *testing.T, c *Client) error {
	_, err := c.PurchaseOrder(t.Context(), "7001")
	return err
}

func TestAnswersThatBreak(t *testing.T) {
	const location = "Location: " + realHost + "/services/rest/record/v1/vendorbill/9001\r\n"
	page := "<html><head><title>Maintenance</title><script>var x;</script></head><body>Back at <b>five</b></body></html>"
	for name, c := range map[string]struct {
		answer      http.HandlerFunc
		read, write Class
		detail      string
	}{
		"reset before the answer": {func(w http.ResponseWriter, _ *http.Request) { reset(t, w) }, Down, Unknown, ""},
		"end before the answer":   {raw(t, ""), Down, Unknown, ""},
		"end within the headers":  {raw(t, "HTTP/1.1 200 OK\r\nContent-Le"), Down, Unknown, ""},
		"not HTTP":                {raw(t, "canary-token-id hello\r\n\r\n"), Down, Unknown, ""},
		"end within the body":     {raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":\"7001\""), Down, Unknown, ""},
		"end within chunks":       {raw(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\""), Down, Unknown, ""},
		"end within a refusal":    {raw(t, "HTTP/1.1 400 Bad Request\r\nContent-Length: 900\r\n\r\n{\"o:errorDetails\":[{\"detail\":\"Concurrent request limit exceeded. R"), Busy, Busy, "Concurrent"},
		"bad gzip":                {raw(t, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), Down, Unknown, ""},
		"page with 503":           {answering(503, map[string]string{"Content-Type": "text/html"}, page), Down, Unknown, "Maintenance Back at five"},
		"page with 200":           {answering(200, nil, page), Down, Unknown, "Maintenance Back at five"},
		"page that says JSON":     {answering(200, map[string]string{"Content-Type": "application/json"}, page), Down, Unknown, ""},
		"empty 200":               {answering(200, nil, ""), Down, Unknown, ""},
		"empty 500":               {answering(500, nil, ""), Down, Unknown, ""},
		"cut JSON":                {answering(200, nil, `{"id":"7001","item":{"it`), Odd, Unknown, ""},
		"lines by link only":      {answering(200, nil, `{"id":"7001","item":{"links":[]}}`), Odd, Unknown, ""},
		"array":                   {answering(200, nil, `[]`), Down, Unknown, ""},
		"created without a place": {answering(204, nil, ""), Down, Unknown, ""},
		"accepted for later":      {answering(202, map[string]string{"Location": "https://x/services/rest/async/v1/job/77"}, ""), Down, Unknown, ""},
		"place of a job":          {answering(204, map[string]string{"Location": realHost + "/services/rest/async/v1/job/77"}, ""), Down, Unknown, ""},
		"place without an id":     {answering(204, map[string]string{"Location": realHost + "/services/rest/record/v1/vendorbill/new"}, ""), Down, Unknown, ""},
		"place of another record": {answering(204, map[string]string{"Location": realHost + "/services/rest/record/v1/purchaseorder/7001"}, ""), Down, Unknown, ""},
		"place at another host":   {answering(204, map[string]string{"Location": "https://x/services/rest/record/v1/vendorbill/9001"}, ""), Down, Unknown, ""},
		"place at a host alike":   {answering(204, map[string]string{"Location": "https://evilnetsuite.com/services/rest/record/v1/vendorbill/9001"}, ""), Down, Unknown, ""},
		"place without a host":    {answering(204, map[string]string{"Location": "/services/rest/record/v1/vendorBill/9001"}, ""), Down, None, ""},
		"made, then cut":          {raw(t, "HTTP/1.1 200 OK\r\n"+location+"Content-Length: 100\r\n\r\nx"), Down, None, ""},
		"echo of the signature":   {func(w http.ResponseWriter, r *http.Request) { http.Error(w, r.Header.Get("Authorization"), 400) }, Refused, Refused, "<secret>"},
		"wrong bytes":             {answering(400, nil, "\xff\xfe<b>\x00\xff"), Refused, Refused, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, write := range []bool{false, true} {
				client, far := connect(t, c.answer)
				far.Config.ErrorLog = log.New(io.Discard, "", 0)
				do, want := read, c.read
				if write {
					do, want = create, c.write
				}
				err := do(t, client)
				if want == None {
					if err != nil {
						t.Errorf("write %v: %v", write, err)
					}
					continue
				}
				if got := classOf(t, err); got != want {
					t.Errorf("write %v: %q, want %q: %v", write, got, want, err)
				}
				if !strings.Contains(err.Error(), c.detail) {
					t.Errorf("write %v: no %q in %v", write, c.detail, err)
				}
				if n := len(far.requests()); n != 1 {
					t.Errorf("write %v: %d requests", write, n)
				}
			}
		})
	}
}

// TestWriteThatWasCarriedOutAndThenLostIsNotRepeated is the accident that bills twice.
func TestWriteThatWasCarriedOutAndThenLostIsNotRepeated(t *testing.T) {
	client, far := connect(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, `{"id":"7001"}`)
			return
		}
		reset(t, w)
	})
	// The connection is open and used, which is when net/http may repeat a request by itself.
	if err := read(t, client); err != nil {
		t.Fatal(err)
	}
	if got := classOf(t, create(t, client)); got != Unknown {
		t.Errorf("class %q", got)
	}
	if err := client.Patch(t.Context(), "vendorBill", "9", json.RawMessage(`{}`)); classOf(t, err) != Unknown {
		t.Error(err)
	}
	var all []string
	for _, r := range far.requests() {
		all = append(all, r.Method)
	}
	if got := strings.Join(all, " "); got != "GET POST PATCH" {
		t.Errorf("requests %s", got)
	}
}

func TestSlowAnswersEndAtTheTimeout(t *testing.T) {
	release := make(chan struct{})
	client, far := connect(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.WriteHeader(200)
			http.NewResponseController(w).Flush() // headers in time, body never
		}
		<-release
	}, func(o *Options) { o.Timeout = 2 * time.Second })
	defer close(release)
	for _, c := range []struct {
		do   func(*testing.T, *Client) error
		want Class
	}{{create, Unknown}, {read, Down}} {
		err := c.do(t, client)
		if got := classOf(t, err); got != c.want || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%q, want %q: %v", got, c.want, err)
		}
	}
	if n := len(far.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestCallsThatAreGivenUp(t *testing.T) {
	arrived, release := make(chan struct{}, 2), make(chan struct{})
	client, _ := connect(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release })
	defer close(release)
	for _, c := range []struct {
		do   func(context.Context) error
		want Class
	}{
		{func(ctx context.Context) error { _, err := client.PurchaseOrder(ctx, "1"); return err }, None},
		{func(ctx context.Context) error { return client.Patch(ctx, "vendorBill", "1", json.RawMessage(`{}`)) }, Unknown},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error)
		go func() { result <- c.do(ctx) }()
		<-arrived
		cancel()
		if err := <-result; classOf(t, err) != c.want || !errors.Is(err, context.Canceled) {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client.Patch(ctx, "vendorBill", "1", json.RawMessage(`{}`)); ClassOf(err) != None || !errors.Is(err, context.Canceled) {
		t.Errorf("given up before: %v", err)
	}
}

func TestWhatWasNeverSentIsDown(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	stranger := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request came through") }))
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0)
	stranger.StartTLS()
	defer stranger.Close()
	mute, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	for name, o := range map[string]Options{
		"refused": {BaseURL: "http://" + listener.Addr().String()},
		"unknown name": {HTTP: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "x"}
		}}},
		"unknown certificate":   {BaseURL: stranger.URL},
		"TLS never answers":     {BaseURL: "https://" + mute.Addr().String(), Timeout: 30 * time.Millisecond},
		"TLS to what is no TLS": {BaseURL: "https://" + strings.TrimPrefix(plain(t), "http://")},
	} {
		t.Run(name, func(t *testing.T) {
			o.Account, o.Credentials = "1234567_SB1", credentials
			client, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			for _, do := range []func(*testing.T, *Client) error{read, create} {
				if err := do(t, client); classOf(t, err) != Down {
					t.Errorf("%q: %v", ClassOf(err), err)
				}
			}
		})
	}
}

func plain(t *testing.T) string {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a signed request went to %s: %s", r.Host, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		client, far := connect(t, answering(status, map[string]string{"Location": elsewhere.URL + "/login"}, ""))
		for _, do := range []func(*testing.T, *Client) error{read, create} {
			if err := do(t, client); classOf(t, err) != Down {
				t.Errorf("%d: %v", status, err)
			}
		}
		if n := len(far.requests()); n != 2 {
			t.Errorf("%d: %d requests", status, n)
		}
	}
}

func TestUsedNonceIsTriedOnceMoreWithAnother(t *testing.T) {
	used := answering(401, map[string]string{"WWW-Authenticate": `OAuth realm="1234567_SB1", error="nonce_used", error_description="x"`},
		`{"status":401,"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]}`)
	for _, c := range []struct {
		times, requests int
		want            Class
	}{{1, 2, None}, {2, 2, Login}} {
		left := c.times
		var observed []Observation
		client, far := connect(t, func(w http.ResponseWriter, r *http.Request) {
			if left--; left >= 0 {
				used(w, r)
				return
			}
			made("9001")(w, r)
		}, func(o *Options) { o.Observe = func(s Observation) { observed = append(observed, s) } })
		err := create(t, client)
		if ClassOf(err) != c.want || (err == nil) != (c.want == None) {
			t.Errorf("%d times: %v", c.times, err)
		}
		got := far.requests()
		if len(got) != c.requests || got[0].nonce == got[1].nonce || got[0].Body != got[1].Body {
			t.Errorf("%d times: %+v", c.times, got)
		}
		if len(observed) != c.requests || observed[0].Class != Login || observed[0].Status != 401 {
			t.Errorf("%d times: observed %+v", c.times, observed)
		}
	}
	client, far := connect(t, answering(401, nil, `{"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]}`))
	if err := read(t, client); classOf(t, err) != Login || len(far.requests()) != 1 {
		t.Errorf("a refused login was tried %d times: %v", len(far.requests()), err)
	}
}

func TestErrorKeepsNetSuitesWords(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   Error
		text   string
	}{
		"several details": {
			answering(400, map[string]string{"Retry-After": "7"}, `{"type":"https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1","title":"Bad Request","status":400,"o:errorDetails":[
			  {"detail":"Invalid Field Value 9999 for the following field: item","o:errorPath":"item.items[0].item","o:errorCode":"INVALID_CONTENT"},
			  {"detail":"Please enter value(s) for: Subsidiary.","o:errorCode":"USER_ERROR"}]}`),
			Error{Class: Refused, Status: 400, Code: "INVALID_CONTENT", Path: "item.items[0].item", RetryAfter: 7 * time.Second,
				Detail: "Invalid Field Value 9999 for the following field: item; Please enter value(s) for: Subsidiary."},
			"/services/rest/record/v1/vendorBill: NetSuite answered 400 INVALID_CONTENT: Invalid Field Value 9999",
		},
		"code at the top": {
			answering(429, nil, `{"title":"Too Many Requests","status":429,"detail":"Concurrent request limit exceeded. Request blocked.","o:errorCode":"USER_ERROR"}`),
			Error{Class: Busy, Status: 429, Code: "USER_ERROR", Detail: "Concurrent request limit exceeded. Request blocked."}, "answered 429 USER_ERROR: Concurrent",
		},
		"of a script": {
			answering(400, nil, `{"error":{"code":"SSS_REQUEST_LIMIT_EXCEEDED","message":"{\"message\":\"slow down\"}"}}`),
			Error{Class: Busy, Status: 400, Code: "SSS_REQUEST_LIMIT_EXCEEDED", Detail: `{"message":"slow down"}`}, "slow down",
		},
		"of OAuth 2.0": {answering(400, nil, `{"error":"invalid_request"}`), Error{Class: Refused, Status: 400, Code: "invalid_request"}, "invalid_request"},
		"title only":   {answering(415, nil, `{"title":"Unsupported Media Type"}`), Error{Class: Refused, Status: 415, Detail: "Unsupported Media Type"}, "Media"},
		"login": {
			answering(401, map[string]string{"WWW-Authenticate": `OAuth realm="1234567_SB1", error="token_rejected", error_description="Invalid login attempt."`},
				`{"o:errorDetails":[{"detail":"Invalid login attempt.","o:errorCode":"INVALID_LOGIN"}]}`),
			Error{Class: Login, Status: 401, Code: "INVALID_LOGIN", Login: "token_rejected", Detail: "Invalid login attempt."}, "401 INVALID_LOGIN token_rejected: Invalid",
		},
		"login with a wrong clock": {
			answering(401, map[string]string{"Date": time.Now().Add(7 * time.Minute).UTC().Format(http.TimeFormat)}, `{}`),
			Error{Class: Login, Status: 401}, "the clock here is off by -7m0s: correct it",
		},
		"wrong query parameter": {
			answering(400, nil, `{"o:errorDetails":[{"detail":"Invalid query parameter name 'id'.","o:errorQueryParam":"id","o:errorCode":"INVALID_PARAMETER"}]}`),
			Error{Class: Refused, Status: 400, Code: "INVALID_PARAMETER", Path: "id", Detail: "Invalid query parameter name 'id'."}, "(id)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, far := connect(t, c.answer)
			err := create(t, client)
			if got := classOf(t, err); got != c.want.Class {
				t.Errorf("class %q, want %q", got, c.want.Class)
			}
			var e *Error
			errors.As(err, &e)
			got := Error{Class: e.Class, Status: e.Status, Code: e.Code, Detail: e.Detail, Path: e.Path, RetryAfter: e.RetryAfter, Login: e.Login}
			if got != c.want {
				t.Errorf("got  %#v\nwant %#v", got, c.want)
			}
			if e.Method != "POST" || e.URL != far.URL+"/services/rest/record/v1/vendorBill" || !e.Write || e.Took <= 0 {
				t.Errorf("%+v", e)
			}
			if strings.Contains(c.text, "7m") {
				c.text = strings.Replace(c.text, "-7m0s", (-e.Skew).String(), 1)
				if (e.Skew - 7*time.Minute).Abs() > 5*time.Second {
					t.Errorf("skew %s", e.Skew)
				}
			}
			if !strings.Contains(err.Error(), c.text) {
				t.Errorf("no %q in %q", c.text, err)
			}
		})
	}
}

func TestAnswersAreBounded(t *testing.T) {
	client, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/fails":
			w.WriteHeader(500)
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			if _, err := z.Write(make([]byte, 8<<20)); err != nil {
				t.Error(err)
			}
			return
		}
		line := bytes.Repeat([]byte(" "), 64<<10)
		for range (maxRefusal / len(line)) + 2 {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	})
	for _, path := range []string{"/works", "/bomb"} {
		a, err := client.send(t.Context(), call{method: "GET", path: path, most: 1000}, func(*answer) error { return nil })
		if !errors.Is(err, errTooLarge) || classOf(t, err) != Down || a != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	_, err := client.send(t.Context(), call{method: "GET", path: "/fails"}, func(a *answer) error {
		if len(a.body) != maxRefusal {
			t.Errorf("%d bytes of a refusal were read", len(a.body))
		}
		return errStatus
	})
	if classOf(t, err) != Down || len(err.Error()) > 500 {
		t.Errorf("%v", err)
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	client, _ := connect(t, made("1"))
	for _, text := range []string{fmt.Sprintf("%+v", client), fmt.Sprintf("%#v", *client), fmt.Sprintf("%+v", Options{Credentials: credentials})} {
		if strings.Contains(text, "canary-consumer-secret") || strings.Contains(text, "canary-token-secret") {
			t.Error(text)
		}
	}
}

func TestChangeThatWaitsIsUnknown(t *testing.T) {
	client, _ := connect(t, answering(202, nil, ""))
	if err := client.Patch(t.Context(), "vendorBill", "9", json.RawMessage(`{}`)); classOf(t, err) != Unknown {
		t.Errorf("%v", err)
	}
}

// A change has no record to read back, so that only NetSuite's own word counts as done.
func TestChangeIsDoneOnlyByAnAnswerOfNetSuite(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   Class
	}{
		"nothing":              {204, "", None},
		"nothing, with 200":    {200, " \n", None},
		"the record":           {200, `{"id":"7001","memo":"x"}`, None},
		"a login page":         {200, "<html><form action=/app/login></form></html>", Unknown},
		"a refusal with 200":   {200, `{"o:errorDetails":[{"detail":"x","o:errorCode":"USER_ERROR"}]}`, Unknown},
		"an error of a script": {200, `{"error":{"code":"UNEXPECTED_ERROR","message":"x"}}`, Unknown},
		"a part of an answer":  {200, `{"id":"70`, Unknown},
	} {
		client, _ := connect(t, answering(c.status, nil, c.body))
		for what, err := range map[string]error{
			"change": client.Patch(t.Context(), "purchaseOrder", "7001", json.RawMessage(`{"memo":"x"}`)),
			"delete": client.Delete(t.Context(), "vendorBill", "9001"),
		} {
			if got := ClassOf(err); got != c.want {
				t.Errorf("%s, %s: %q, want %q: %v", what, name, got, c.want, err)
			}
		}
	}
}

func TestPreviewThatWasSavedSaysSo(t *testing.T) {
	var client *Client
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"as a record":          {made("9001"), "delete vendorBill 9001"},
		"as nobody knows what": {answering(204, nil, ""), "look for it and delete it"},
	} {
		client, _ = connect(t, c.answer)
		_, err := client.Preview(t.Context(), "purchaseOrder", "7001", "vendorBill", nil, json.RawMessage(`{}`))
		if classOf(t, err) != Unknown || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := client.Preview(t.Context(), "purchaseOrder", "eid:x", "vendorBill", nil, json.RawMessage(`{}`)); err == nil {
		t.Error("an external id was taken")
	}
}

func TestEveryClassHasAReason(t *testing.T) {
	for _, class := range Classes() {
		if r := (&Error{Class: class}).Reason(); !r.Valid() || r == reason.Internal {
			t.Errorf("%s has the reason %s", class, r)
		}
	}
	for text, want := range map[string]reason.Code{"CLOSED_TRAN_PRD": reason.PeriodClosed, "You cannot post in a closed period.": reason.PeriodClosed, "Please enter": reason.NetSuiteRefused} {
		if got := (&Error{Class: Refused, Detail: text}).Reason(); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	if ClassOf(nil) != None || ClassOf(errors.New("x")) != None || ClassOf(record.ErrNotExpanded) != None {
		t.Error("an error of another kind has a class")
	}
}

func FuzzRefusal(f *testing.F) {
	f.Add([]byte(`{"o:errorDetails":[{"detail":"x","o:errorCode":"USER_ERROR","o:errorPath":"a.b"}],"o:errorCode":1}`), 400)
	f.Add([]byte(`{"error":{"code":"A","message":"b"}}`), 500)
	f.Add([]byte("<html><script>x</script><!-- y --><p>Down</html>"), 503)
	f.Add([]byte("\xff\xfe\x00{"), 401)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		a := &answer{status: status, body: body}
		said := a.words()
		a.nonceUsed()
		if len(said.path) > 300 || len(said.code()) > 100 {
			t.Errorf("path or code is too long: %q %q", said.path, said.code())
		}
		class := classify(outcome{sent: true, write: true, status: status, json: said.json, codes: said.codes, detail: said.detail, path: said.bodyPath})
		if status >= 500 && (class == Down || class == Odd || class == Refused || class == NotFound) {
			t.Errorf("a write that may have been carried out is %q", class)
		}
	})
}
