package netsuite

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
)

func demoTBA() TBA {
	d := simulator.DemoCredential()
	return TBA{ConsumerKey: d.ConsumerKey, ConsumerSecret: secret.New(d.ConsumerSecret), TokenID: d.TokenID, TokenSecret: secret.New(d.TokenSecret)}
}

func TestBothSignInsTellWhoTheyActFor(t *testing.T) {
	server := httptest.NewServer(simulator.New(simulator.Options{}))
	defer server.Close()
	byToken, err := New(Options{Account: "1234567_SB1", BaseURL: server.URL, Credentials: demoTBA()})
	if err != nil {
		t.Fatal(err)
	}
	defer byToken.Close()
	key := ecKey()
	byCertificate, _ := granted(t, access(key), key, func(*simulator.Knobs) {})
	for name, want := range map[string]struct {
		client *Client
		who    Identity
	}{
		"token":       {byToken, Identity{UserID: "17", User: "integration user", RoleID: "1000", Role: "Counterpunch Integration"}},
		"certificate": {byCertificate, Identity{UserID: "17", RoleID: "1000"}},
	} {
		if who, err := want.client.Identity(t.Context()); err != nil || who != want.who {
			t.Errorf("%s: %+v, %v, want %+v", name, who, err, want.who)
		}
	}
}

func TestIdentityThatCannotBeToldIsAnError(t *testing.T) {
	for _, body := range []string{`{}`, `[]`, `<html>`, ``} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		client, err := New(Options{Account: "1234567_SB1", BaseURL: server.URL, Credentials: demoTBA()})
		if err != nil {
			t.Fatal(err)
		}
		if who, err := client.Identity(t.Context()); err == nil {
			t.Errorf("%q: %+v", body, who)
		}
		client.Close()
		server.Close()
	}
	for _, token := range []string{"", "opaque", "a.b.c", "a.e30.c", "a.eyJzdWIiOiJhO2IifQ.c"} {
		if who, err := identityOf(token); err == nil || token != "" && strings.Contains(err.Error(), token) {
			t.Errorf("%q: %+v, %v", token, who, err)
		}
	}
}

func TestTheHostOfRESTletsIsTheAccountsOwn(t *testing.T) {
	var sent []string
	to := readdressed{to: "https://1234567-sb1.suitetalk.api.netsuite.com", next: roundTrip(func(r *http.Request) { sent = append(sent, r.URL.Host) })}
	for _, host := range []string{"1234567-sb1.restlets.api.netsuite.com", "1234567-sb1.suitetalk.api.netsuite.com"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+host+tokenInfoPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := to.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if got := sent[len(sent)-1]; got != host {
			t.Errorf("%s was sent to %s", host, got)
		}
	}
}

type roundTrip func(*http.Request)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}
