package demo_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestStatusRequestsGiveNothingAway asks for documents as a stranger, as another supplier and with ids that mean something
// to what stands behind. Only the owner is told anything, and everybody else is told the same.
func TestStatusRequestsGiveNothingAway(t *testing.T) {
	w := open(t, unstressed)
	base := strings.TrimSuffix(w.Addresses().Suppliers, "/cxml")
	mine, err := request{body: letter()}.send(w.Addresses().Suppliers)
	if err != nil || mine.id == "" {
		t.Fatalf("%s, %v", mine, err)
	}
	ask := func(id, query, user, password string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/documents/x"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Opaque = "//" + req.URL.Host + "/documents/" + id // as it stands, not tidied up
		if user != "" {
			req.SetBasicAuth(user, password)
		}
		transport := &http.Transport{DisableKeepAlives: true}
		defer transport.CloseIdleConnections()
		started := time.Now()
		resp, err := (&http.Client{Transport: transport, CheckRedirect: stay}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var answer map[string]any
		text := ""
		if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
			if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
				t.Errorf("the answer to %.60q is no JSON: %v", id, err)
			}
			text, _ = answer["error"].(string)
		}
		if took := time.Since(started); took > patience {
			t.Errorf("the answer to %.60q took %s", id, took)
		}
		return resp.StatusCode, text
	}
	if code, text := ask(mine.id, "", "acme", "acme-secret"); code != 200 {
		t.Errorf("the owner gets %d %s", code, text)
	}
	const nothing = "There is no document with this id."
	for _, user := range [][2]string{{"globex", "globex-secret"}, {"acme", "acme-secret"}} {
		ids := []string{
			"00000000-0000-5000-8000-000000000000", "*", "%3e", "*.*", "inbound.main.*.*.*", "$KV.ACCOUNTS.main", "..%2f..%2fetc%2fpasswd", "%00",
			"a%0d%0aPUB%20x%205%0d%0a", strings.Repeat("a", 5_000), strings.Repeat("a", 20_000), "%ff%fe", strings.ReplaceAll(mine.id, "-", "") + "%20", strings.ToUpper(mine.id) + ".x",
		}
		if user[0] != "acme" {
			ids = append(ids, mine.id, strings.ToUpper(mine.id))
		}
		for _, id := range ids {
			if code, text := ask(id, "", user[0], user[1]); code != http.StatusNotFound || text != "" && text != nothing {
				t.Errorf("%s asks for %.60q: %d %q", user[0], id, code, text)
			}
		}
	}
	for _, user := range [][2]string{{"", ""}, {"acme", "globex-secret"}, {"nobody", "acme-secret"}, {"acme", ""}, {"*", "acme-secret"}} {
		if code, _ := ask(mine.id, "", user[0], user[1]); code != http.StatusUnauthorized {
			t.Errorf("%q signs in and gets %d", user[0], code)
		}
	}
	for _, token := range []string{"x", "*", strings.Repeat("A", 43), strings.Repeat("A", 8_000)} {
		if code, text := ask(mine.id, "?token="+url.QueryEscape(token), "", ""); code != http.StatusNotFound && code != http.StatusUnauthorized {
			t.Errorf("a forged token opens the door: %d %s", code, text)
		}
	}
	if got, err := (request{body: letter(">none<", ">afterwards<")}).send(w.Addresses().Suppliers); err != nil || got.code != 200 {
		t.Errorf("an honest document afterwards: %s, %v", got, err)
	}
}
