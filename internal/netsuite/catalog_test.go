package netsuite

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFieldsAreListedWithThoseOfTheLines(t *testing.T) {
	client, far := connect(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, map[string]string{
			"/services/rest/record/v1/metadata-catalog/purchaseOrder": `{"type":"object","properties":{"links":{"type":"array"},
			  "tranId":{"title":"PO #","type":"string","nullable":true},"total":{"type":"number","readOnly":true},
			  "custbody_x":{"title":"X","type":"string","x-ns-custom-field":true},"entity":{"$ref":"/services/rest/record/v1/metadata-catalog/nsResource"},
			  "item":{"$ref":"/services/rest/record/v1/metadata-catalog/purchaseOrder-itemCollection"},
			  "expense":{"type":"object","properties":{"items":{"type":"array","items":{"type":"object","properties":{"amount":{"type":"number"}}}}}}}}`,
			"/services/rest/record/v1/metadata-catalog/purchaseOrder-itemCollection": `{"properties":{"items":{"type":"array","items":{"$ref":"/services/rest/record/v1/metadata-catalog/purchaseOrder-itemElement"}}}}`,
			"/services/rest/record/v1/metadata-catalog/purchaseOrder-itemElement":    `{"properties":{"line":{"title":"Line","type":"integer"},"custcol_y":{"type":"boolean","x-ns-custom-field":true}}}`,
		}[r.URL.Path])
	})
	got, err := client.Fields(t.Context(), "purchaseOrder")
	if err != nil {
		t.Fatal(err)
	}
	want := []Field{
		{Name: "custbody_x", Title: "X", Type: "string", Custom: true}, {Name: "entity"}, {Name: "expense", Type: "object"}, {Name: "item"},
		{Name: "total", Type: "number", ReadOnly: true}, {Name: "tranId", Title: "PO #", Type: "string"},
		{List: "expense", Name: "amount", Type: "number"},
		{List: "item", Name: "custcol_y", Type: "boolean", Custom: true}, {List: "item", Name: "line", Title: "Line", Type: "integer"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, r := range far.requests() {
		if r.Header.Get("Accept") != "application/schema+json" {
			t.Errorf("accept %s", r.Header.Get("Accept"))
		}
	}
}

func TestFieldsOfWhatIsNoSchema(t *testing.T) {
	for body, want := range map[string]string{
		`{}`: "no properties",
		`{"properties":{"item":{"$ref":"https://evil/../x?y"}}}`: "not a record type",
		`{"properties":{"item":{"$ref":"purchaseOrder/1"}}}`:     "not a record type",
	} {
		client, far := connect(t, answering(200, nil, body))
		if _, err := client.Fields(t.Context(), "purchaseOrder"); err == nil || !strings.Contains(err.Error(), want) || len(far.requests()) != 1 {
			t.Errorf("%s: %v", body, err)
		}
	}
	client, _ := connect(t, answering(404, nil, `{"o:errorDetails":[{"detail":"Record type 'x' does not exist.","o:errorCode":"NONEXISTENT_ID"}]}`))
	if _, err := client.Fields(t.Context(), "x"); classOf(t, err) != Refused {
		t.Errorf("%v", err)
	}
	if _, err := client.Fields(t.Context(), "a/b"); err == nil || ClassOf(err) != None {
		t.Errorf("%v", err)
	}
}
