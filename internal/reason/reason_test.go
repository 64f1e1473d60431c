package reason_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"counterpunch/internal/reason"
)

func TestEveryDeclaredCodeHasASentence(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		lit, ok := spec.Values[0].(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		declared++
		code := reason.Code(strings.Trim(lit.Value, `"`))
		if !code.Valid() || code.Sentence() == "" {
			t.Errorf("%s has no sentence", code)
		}
		return true
	})
	if declared == 0 || declared != len(reason.Codes()) {
		t.Errorf("%d codes are declared, %d have a sentence", declared, len(reason.Codes()))
	}
}

func TestNegotiableReasonsAreFewAndSorted(t *testing.T) {
	all := reason.Negotiable()
	if !slices.IsSorted(all) || len(all) > 6 {
		t.Errorf("negotiable are %v", all)
	}
	for _, c := range []reason.Code{reason.WrongVendor, reason.DuplicateInvoice, reason.CreatedDifferently, reason.LineNotFound, reason.CurrencyMismatch} {
		if c.Negotiable() {
			t.Errorf("%s cannot be billed rightly, and is negotiable", c)
		}
	}
}
