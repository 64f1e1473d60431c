package schemas_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/schemas"
)

// node is the part of JSON Schema that the schemas are written in.
type node struct {
	Description string           `json:"description"`
	Type        string           `json:"type"`
	Format      string           `json:"format"`
	Ref         string           `json:"$ref"`
	Enum        []string         `json:"enum"`
	Const       string           `json:"const"`
	Required    []string         `json:"required"`
	Properties  map[string]*node `json:"properties"`
	Items       *node            `json:"items"`
	Closed      *bool            `json:"additionalProperties"`
	Defs        map[string]*node `json:"$defs"`
}

// agreement compares a schema with Go types, field by field.
type agreement struct {
	t     *testing.T
	root  *node
	used  map[string]bool // definitions
	words map[string][]string
	other []string // fields of Document that belong to the other kinds
}

func TestSchemasAndGoTypesAgree(t *testing.T) {
	content := map[document.Kind]string{
		document.KindOrderConfirmation: "orderConfirmation", document.KindShipNotice: "shipNotice", document.KindInvoice: "invoice",
	}
	for _, kind := range document.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			raw, _ := schemas.JSON(kind)
			a := &agreement{t: t, root: &node{}, used: map[string]bool{}, words: constants(t)}
			if err := json.Unmarshal(raw, a.root); err != nil {
				t.Fatal(err)
			}
			for k, field := range content {
				if k != kind {
					a.other = append(a.other, field)
				}
			}
			a.value("", a.root, reflect.TypeFor[event.Data]())
			for name := range a.root.Defs {
				if !a.used[name] {
					t.Errorf("$defs/%s is used nowhere", name)
				}
			}
			doc := a.root.Properties["document"]
			if doc.Properties["kind"].Const != string(kind) || !slices.Contains(doc.Required, content[kind]) {
				t.Errorf("the schema does not ask for a document of its kind")
			}
		})
	}
}

func (a *agreement) value(path string, n *node, typ reflect.Type) {
	for n.Ref != "" {
		name := strings.TrimPrefix(n.Ref, "#/$defs/")
		again := a.used[name]
		a.used[name] = true
		if n = a.root.Defs[name]; n == nil {
			a.t.Fatalf("%s: $defs/%s is missing", path, name)
		}
		if again && typ.Kind() == reflect.Struct {
			path += " as " + typ.Name() // compared again, should two types share a definition
		}
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	want := ""
	switch {
	case typ == reflect.TypeFor[time.Time]():
		if n.Type != "string" || n.Format != "date-time" {
			a.t.Errorf("%s: not a date-time", path)
		}
		return
	case typ == reflect.TypeFor[document.Decimal]():
		if n != a.root.Defs["decimal"] {
			a.t.Errorf("%s: not a decimal", path)
		}
		return
	case typ.Kind() == reflect.Struct:
		a.object(path, n, typ)
		want = "object"
	case typ.Kind() == reflect.Slice:
		want = "array"
		if n.Items == nil {
			a.t.Fatalf("%s: items are missing", path)
		}
		a.value(path+"[]", n.Items, typ.Elem())
	case typ.Kind() == reflect.String:
		if want = "string"; n.Enum != nil || n.Const != "" {
			want = ""
			a.enumeration(path, n, typ)
		}
	case typ.Kind() == reflect.Bool:
		want = "boolean"
	case typ.Kind() == reflect.Int, typ.Kind() == reflect.Int64:
		want = "integer"
	default:
		a.t.Fatalf("%s: nothing is known of %s", path, typ)
	}
	if n.Type != want {
		a.t.Errorf("%s: type is %q, Go has %s", path, n.Type, typ)
	}
}

func (a *agreement) object(path string, n *node, typ reflect.Type) {
	if n.Closed == nil || *n.Closed {
		a.t.Errorf("%s: additionalProperties is not false", path)
	}
	var fields, required []string
	for _, f := range reflect.VisibleFields(typ) {
		if f.Anonymous {
			continue // its fields stand in its place
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if slices.Contains(a.other, name) && typ == reflect.TypeFor[document.Document]() {
			continue
		}
		fields = append(fields, name)
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
		p := n.Properties[name]
		if p == nil {
			continue // told below
		}
		if p.Description == "" {
			a.t.Errorf("%s/%s: description is missing", path, name)
		}
		a.value(path+"/"+name, p, f.Type)
	}
	var described []string
	for name := range n.Properties {
		described = append(described, name)
	}
	slices.Sort(fields)
	slices.Sort(described)
	if diff := cmp.Diff(fields, described); diff != "" {
		a.t.Errorf("%s: fields of %s (-Go +schema)\n%s", path, typ, diff)
	}
	// Beyond what Go always writes, only the one content of the document's kind is required.
	for _, name := range required {
		if !slices.Contains(n.Required, name) {
			a.t.Errorf("%s/%s: Go always writes it, the schema does not require it", path, name)
		}
	}
	if extra := len(n.Required) - len(required); extra > 1 || extra == 1 && typ != reflect.TypeFor[document.Document]() {
		a.t.Errorf("%s: required is %v, Go always writes %v", path, n.Required, required)
	}
}

// enumeration compares the words with the constants of the Go type. A document need not know every operation.
func (a *agreement) enumeration(path string, n *node, typ reflect.Type) {
	known := a.words[typ.Name()]
	if known == nil {
		return
	}
	if typ.Name() == "Operation" || typ.Name() == "Kind" {
		for _, w := range append(n.Enum, n.Const) {
			if w != "" && !slices.Contains(known, w) {
				a.t.Errorf("%s: %q is no %s", path, w, typ)
			}
		}
		return
	}
	if diff := cmp.Diff(known, slices.Sorted(slices.Values(n.Enum))); diff != "" {
		a.t.Errorf("%s: words of %s (-Go +schema)\n%s", path, typ, diff)
	}
}

// constants reads the values of the typed string constants of package document from its source, sorted, by type.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	files := token.NewFileSet()
	all := make(map[string][]string)
	for _, name := range []string{"document.go", "confirmation.go", "invoice.go", "shipnotice.go", "value.go"} {
		f, err := parser.ParseFile(files, "../internal/document/"+name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Type == nil {
				return true
			}
			typ, ok := spec.Type.(*ast.Ident)
			for _, v := range spec.Values {
				if lit, isLit := v.(*ast.BasicLit); ok && isLit && lit.Kind == token.STRING {
					word, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					all[typ.Name] = append(all[typ.Name], word)
				}
			}
			return true
		})
	}
	for _, words := range all {
		slices.Sort(words)
	}
	if len(all["Purpose"]) == 0 {
		t.Fatal("no constants were read")
	}
	return all
}
