package doctor

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/simulator"
)

// TestChangeIsNotSentUnlessTheOrderIsKnownNotToExist answers the look-up of the order that cannot exist with something else.
func TestChangeIsNotSentUnlessTheOrderIsKnownNotToExist(t *testing.T) {
	p := newPatient(t, simulator.Options{})
	patched := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		patched = patched || r.Method == http.MethodPatch
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/"+nobody) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"o:errorDetails":[{"detail":"Something else.","o:errorCode":"USER_ERROR"}]}`))
			return
		}
		p.ServeHTTP(w, r)
	}))
	defer server.Close()
	client, err := netsuite.New(netsuite.Options{Account: "1234567_SB1", BaseURL: server.URL, Slots: 1, Credentials: demoSignIn()})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	p.options.NetSuite = client
	r := p.doctor(t).Examine(t.Context())
	if one, _ := r.Rung(RungOrdersEdit); one.Result != Warning || patched {
		t.Errorf("%s: %s; a change was sent: %v", one.Result, one.Found, patched)
	}
}

func TestFieldsCountWhereTheyStandAndWhenTheyCanBeWritten(t *testing.T) {
	c := mapping.Config{Header: map[string]string{"custbody_a": "doc.tax"}, Line: map[string]string{"custcol_b": "line.status"}}
	fields, err := CompareFields(c, "", func(string) ([]netsuite.Field, error) {
		return []netsuite.Field{{Name: "custbody_a", Type: "string", ReadOnly: true}, {Name: "custcol_b", Type: "string"}}, nil
	})
	if err != nil || len(fields) != 2 || fields[0].Problem != "read-only" || fields[1].Problem != "missing" {
		t.Errorf("%+v, %v", fields, err)
	}
}

func TestFieldByWhichOrdersAreFoundIsOnlyRead(t *testing.T) {
	has := func(string) ([]netsuite.Field, error) {
		return []netsuite.Field{{Name: "custbody_payload", Type: "string", ReadOnly: true}}, nil
	}
	for field, want := range map[string]Result{"custbody_payload": OK, "custbody_payloads": Failed} {
		fields, err := CompareFields(mapping.Config{}, field, has)
		if err != nil || len(fields) != 1 || fields[0].Result != want || fields[0].Record != placeOrder {
			t.Errorf("%s: %+v, %v", field, fields, err)
		}
	}
}
