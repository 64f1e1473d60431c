package schemas_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"counterpunch/fixtures"
	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/testkit/material"
	"counterpunch/schemas"
)

// compiled returns the compiled schema of each kind, found by the URI that events carry, as a consumer would.
func compiled(t testing.TB) map[document.Kind]*jsonschema.Schema {
	t.Helper()
	all := make(map[document.Kind]*jsonschema.Schema)
	for _, kind := range document.Kinds() {
		raw, ok := schemas.JSON(kind)
		if !ok {
			t.Fatalf("%s has no schema", kind)
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		c.AssertContent()
		if err := c.AddResource(event.Schema(kind), decoded(t, raw)); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		s, err := c.Compile(event.Schema(kind))
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		all[kind] = s
	}
	return all
}

func decoded(t testing.TB, raw []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// published returns the kind and the data of the event that intake would publish, or false for a body that it refuses.
func published(t testing.TB, body []byte) (document.Kind, []byte, bool) {
	t.Helper()
	env, err := cxml.Parse(context.Background(), body, "", cxml.Limits{})
	if err != nil {
		return "", nil, false
	}
	doc, err := env.Document(cxml.DocumentOptions{})
	if err != nil {
		return "", nil, false
	}
	hash := env.PayloadHash()
	e := &event.Event{
		ID: event.DocumentID("main", "acme", doc.Kind, doc.PayloadID, hash), Account: "main", Supplier: "acme", Kind: doc.Kind,
		Time: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC), PayloadID: doc.PayloadID, PayloadHash: hash,
		PartitionKey: event.PartitionKey(doc, "acme"), Data: event.Data{Document: doc, Original: env.Original()},
	}
	ce, err := e.CloudEvent()
	if err != nil {
		t.Fatal(err)
	}
	if ce.DataSchema() != event.Schema(doc.Kind) {
		t.Fatalf("the dataschema of %s is %s", doc.Kind, ce.DataSchema())
	}
	return doc.Kind, ce.Data(), true
}

func TestEventsOfFixturesValidate(t *testing.T) {
	checks, all := compiled(t), fixturetest.All(t)
	count := make(map[document.Kind]int)
	for _, f := range all {
		kind, data, ok := published(t, f.Body)
		if !ok {
			continue
		}
		count[kind]++
		if err := checks[kind].Validate(decoded(t, data)); err != nil {
			t.Errorf("%s: %v", f.File, err)
		}
	}
	for _, kind := range document.Kinds() {
		if count[kind] < 5 {
			t.Errorf("only %d fixtures are a %s", count[kind], kind)
		}
	}
}

func TestEventsOfRealDocumentsValidate(t *testing.T) {
	checks, valid := compiled(t), 0
	for _, file := range material.CorpusFiles(t) {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind, data, ok := published(t, body)
		if !ok {
			continue
		}
		if err := checks[kind].Validate(decoded(t, data)); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		valid++
	}
	t.Logf("%d events of real documents are valid", valid)
	if valid < 50 {
		t.Errorf("only %d documents made a valid event", valid)
	}
}

func TestSchemaNamesAreThoseOfEvents(t *testing.T) {
	for _, kind := range document.Kinds() {
		raw, _ := schemas.JSON(kind)
		var head struct {
			Schema, Title string
			ID            string `json:"$id"`
			Draft         string `json:"$schema"`
		}
		if err := json.Unmarshal(raw, &head); err != nil {
			t.Fatal(err)
		}
		if head.ID != event.Schema(kind) || !strings.HasSuffix(head.Title, event.Type(kind)) || !strings.Contains(head.Draft, "2020-12") {
			t.Errorf("%s: %+v", kind, head)
		}
		file := filepath.Base(event.Schema(kind))
		if onDisk, err := os.ReadFile(file); err != nil || !bytes.Equal(onDisk, raw) {
			t.Errorf("%s is not what JSON returns: %v", file, err)
		}
	}
	if _, ok := schemas.JSON("../schemas/invoice"); ok {
		t.Error("a schema was found for what is no kind")
	}
}

// Every value of the largest events is broken once, in a way that no consumer should have to expect.
func TestBrokenEventsAreRefused(t *testing.T) {
	checks, broken, count := compiled(t), 0, make(map[document.Kind]int)
	all := fixturetest.All(t)
	slices.SortFunc(all, func(a, b fixtures.Fixture) int { return len(b.Body) - len(a.Body) })
	for _, f := range all {
		kind, data, ok := published(t, f.Body)
		if count[kind]++; !ok || count[kind] > 6 {
			continue
		}
		root := decoded(t, data)
		for _, m := range breakages(root) {
			m.apply()
			if err := checks[kind].Validate(root); err == nil {
				t.Errorf("%s: accepted %s", f.File, m.what)
			}
			m.undo()
			broken++
		}
		if err := checks[kind].Validate(root); err != nil {
			t.Fatalf("%s: a change was not undone: %v", f.File, err)
		}
	}
	t.Logf("%d broken events were refused", broken)
}

// breakage is one change to decoded JSON.
type breakage struct {
	what        string
	apply, undo func()
}

// breakages lists, for the whole of v: another type for each value, and a field too many in each object.
func breakages(v any) []breakage {
	var all []breakage
	var walk func(path string, v any, set func(any))
	walk = func(path string, v any, set func(any)) {
		var other any = "text"
		switch x := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(x)) {
				walk(path+"/"+k, x[k], func(v any) { x[k] = v })
			}
			all = append(all, breakage{"a field too many in " + path, func() { x["bogus"] = true }, func() { delete(x, "bogus") }})
		case []any:
			for i := range x {
				walk(fmt.Sprintf("%s/%d", path, i), x[i], func(v any) { x[i] = v })
			}
		case string:
			other = json.Number("1")
		}
		all = append(all, breakage{"another type for " + path, func() { set(other) }, func() { set(v) }})
		all = append(all, breakage{"null for " + path, func() { set(nil) }, func() { set(v) }})
	}
	for k, value := range v.(map[string]any) {
		walk(k, value, func(n any) { v.(map[string]any)[k] = n })
	}
	return all
}

func TestEventsThatSayNonsenseAreRefused(t *testing.T) {
	checks := compiled(t)
	samples := make(map[document.Kind]string)
	for _, f := range fixturetest.All(t) {
		if kind, data, ok := published(t, f.Body); ok && (samples[kind] == "" || len(data) > len(samples[kind])) {
			samples[kind] = string(data)
		}
	}
	for name, c := range map[string]struct {
		kind     document.Kind
		from, to string
	}{
		"another kind":             {document.KindInvoice, `"kind":"invoice"`, `"kind":"ship-notice"`},
		"content of another kind":  {document.KindShipNotice, `"shipNotice":{`, `"invoice":{`},
		"a purpose that is none":   {document.KindInvoice, `"purpose":"`, `"purpose":"not-`},
		"an operation of others":   {document.KindInvoice, `"operation":"new"`, `"operation":"update"`},
		"a status that is none":    {document.KindOrderConfirmation, `"statuses":[{"type":"`, `"statuses":[{"type":"not-`},
		"an amount that is a word": {document.KindInvoice, `"amount":"`, `"amount":"about `},
		"a quantity with exponent": {document.KindShipNotice, `"quantity":{"value":"`, `"quantity":{"value":"1e`},
		"a date that is none":      {document.KindShipNotice, `"noticeDate":"20`, `"noticeDate":"20-`},
		"a line before the first":  {document.KindOrderConfirmation, `"items":[{"lineNumber":`, `"items":[{"lineNumber":-`},
		"a hash that is none":      {document.KindInvoice, `"sha256":"`, `"sha256":"x`},
		"an original twice":        {document.KindInvoice, `"cxml":"`, `"base64":"QQ==","cxml":"`},
		"no number":                {document.KindInvoice, `"invoiceID":"`, `"id":"`},
		"an empty number":          {document.KindShipNotice, `"shipmentID":"`, `"shipmentID":"","x":"`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(samples[c.kind], c.from, c.to, 1)
			if changed == samples[c.kind] {
				t.Fatalf("%s does not occur in %.400s", c.from, changed)
			}
			if err := checks[c.kind].Validate(decoded(t, []byte(changed))); err == nil {
				t.Errorf("accepted %s", c.to)
			}
		})
	}
}
