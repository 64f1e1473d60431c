package netsuite

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestTraceShowsTheCallAndNoSecret(t *testing.T) {
	var traced []Exchange
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "session=canary-cookie")
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"o:errorDetails":[{"detail":"You sent %s and canary-token-secret"}]}`, strings.ReplaceAll(r.Header.Get("Authorization"), `"`, `\"`))
	}
	client, f := connect(t, echo, func(o *Options) { o.Trace = func(x Exchange) { traced = append(traced, x) } })
	_, err := client.Do(t.Context(), Request{
		Method: "POST", Path: "/x", Body: []byte(`{"memo":"canary-consumer-secret"}`),
		Query: map[string][]string{"k": {"canary-consumer-key"}}, Header: map[string]string{"Cookie": "canary-own-cookie"},
	})
	if err == nil || len(traced) != 1 {
		t.Fatalf("%d exchanges, %v", len(traced), err)
	}
	x := traced[0]
	if x.Method != "POST" || !strings.HasPrefix(x.URL, f.URL+"/x?k=") || x.Header.Get("Content-Type") != "application/json" || x.Status != 400 ||
		!strings.Contains(string(x.Body), `"memo"`) || !strings.Contains(string(x.Answer), "You sent") || x.Header.Get("Authorization") == "" || x.Failure == "" {
		t.Errorf("%+v", x)
	}
	shown := fmt.Sprintf("%+v %s %s", x, x.Body, x.Answer)
	sent := f.requests()[0].Header.Get("Authorization")
	signature := sent[strings.Index(sent, `oauth_signature="`)+17:][:20]
	for _, secret := range []string{"canary", signature} {
		if strings.Contains(shown, secret) {
			t.Errorf("%s is shown: %s", secret, shown)
		}
	}
}

func TestTraceShowsACallWithoutAnAnswer(t *testing.T) {
	var traced []Exchange
	client, f := connect(t, answering(200, nil, "{}"), func(o *Options) { o.Trace = func(x Exchange) { traced = append(traced, x) } })
	f.Close()
	if _, err := client.Get(t.Context(), "vendor", "1", GetOptions{}); err == nil || len(traced) != 1 || traced[0].Status != 0 || traced[0].Failure == "" {
		t.Errorf("%+v, %v", traced, err)
	}
}
