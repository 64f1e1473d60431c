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

// Whoever sends requests by hand sends secrets that no configuration has.
func TestTraceBlanksSecretsByTheirNames(t *testing.T) {
	for name, c := range map[string]struct{ body, answer string }{
		"form":      {"grant_type=x&client_secret=canary-1&client_assertion=canary.2&client_assertion_type=jwt", `{"access_token":"canary-3","refresh_token" : "canary-4","expires_in":3600}`},
		"refresh":   {"refresh_token=canary-1&code_verifier=canary-2", `<p>{\"access_token\":\"canary-3\"}</p>`},
		"multipart": {"--b\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\ncanary-1\r\n--b--\r\n", "no"},
		"script":    {`{"Client_Secret":"canary-1"}`, "client_secret = canary-2"},
	} {
		var traced []Exchange
		client, _ := connect(t, answering(200, nil, c.answer), func(o *Options) { o.Trace = func(x Exchange) { traced = append(traced, x) } })
		if _, err := client.Do(t.Context(), Request{Method: "POST", Path: "/x", Body: []byte(c.body)}); err != nil {
			t.Fatal(err)
		}
		shown := fmt.Sprintf("%s\n%s", traced[0].Body, traced[0].Answer)
		if strings.Contains(shown, "canary") || !strings.Contains(shown, "<secret>") {
			t.Errorf("%s: %s", name, shown)
		}
		if name == "form" && (!strings.Contains(shown, "client_assertion_type=jwt") || !strings.Contains(shown, `"expires_in":3600`)) {
			t.Errorf("%s: too much is blanked: %s", name, shown)
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
