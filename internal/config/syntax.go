package config

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// syntaxError is text that is not YAML, or not one document of it.
type syntaxError struct {
	line, column int
	text         string
}

// syntax reads data as one YAML document. The node is nil for an empty one.
func syntax(data []byte) (root ast.Node, failed *syntaxError) {
	// The parser is made for well-meant files; a file that makes it panic is reported like any other wrong one.
	defer func() {
		if r := recover(); r != nil {
			root, failed = nil, &syntaxError{text: fmt.Sprintf("is not YAML that can be read (%v)", r)}
		}
	}()
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		failed = &syntaxError{text: "is not YAML"}
		var detail yaml.Error
		if errors.As(err, &detail) {
			failed.text = "is not YAML: " + detail.GetMessage()
			if t := detail.GetToken(); t != nil && t.Position != nil {
				failed.line, failed.column = t.Position.Line, t.Position.Column
			}
		}
		return nil, failed
	}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			at := start(doc.Body)
			return nil, &syntaxError{line: at.line, column: at.column, text: "holds a second YAML document; put everything into one"}
		}
		root = doc.Body
	}
	return root, nil
}

// scalarText returns a scalar as it is written, so that 0815 stays 0815 and 1.10 stays 1.10.
func scalarText(n ast.Node) (string, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	case *ast.MappingNode:
		if len(s.Values) == 1 && !s.IsFlowStyle {
			return glued(s.Values[0])
		}
	case *ast.MappingValueNode:
		return glued(s)
	}
	return "", false
}

// glued returns what the library takes apart though YAML does not: inside {} it reads the list [env:A] as [{env: A}].
// A colon with no blank on either side belongs to a plain scalar.
func glued(m *ast.MappingValueNode) (string, bool) {
	value, ok := scalarText(m.Value)
	if !ok || m.Key.IsMergeKey() {
		return "", false
	}
	k, v := m.Key.GetToken(), m.Value.GetToken()
	if quoted(k) || quoted(v) {
		return "", false
	}
	at, colon, then := k.Position, m.Start.Position, v.Position
	if at.Line != then.Line || colon.Column != at.Column+utf8.RuneCountInString(k.Value) || then.Column != colon.Column+1 {
		return "", false
	}
	return k.Value + ":" + value, true
}

func quoted(t *token.Token) bool {
	return t.Type == token.DoubleQuoteType || t.Type == token.SingleQuoteType
}

// kind names what a node is, never its contents: they may be a secret in the wrong place.
func kind(n ast.Node) string {
	if _, ok := scalarText(n); ok {
		return "a single value"
	}
	if n.Type() == ast.SequenceType {
		return "a list"
	}
	return "a mapping of keys"
}

// start returns where a node begins in the file; a mapping's own token is its first colon.
func start(n ast.Node) position {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0]
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return position{t.Position.Line, t.Position.Column}
	}
	return position{}
}
