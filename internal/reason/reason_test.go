package reason_test

import (
	"go/ast"
	"go/parser"
	"go/token"
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
