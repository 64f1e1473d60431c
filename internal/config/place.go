package config

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// place is where the text of a value begins in the file. The lines of a block follow one another there; of any other text
// only the first line is found again.
type place struct {
	position
	block bool
}

// placeOf returns where the text of a scalar begins.
func placeOf(n ast.Node) place {
	at := start(n)
	switch s := n.(type) {
	case *ast.StringNode:
		if quoted(s.GetToken()) {
			at.column++
		}
	case *ast.LiteralNode:
		if !strings.HasPrefix(s.Start.Value, "|") {
			break
		}
		origin := s.Value.GetToken().Origin
		indent := len(origin) - len(strings.TrimLeft(origin, " "))
		return place{position{at.line + 1, indent + 1}, true}
	}
	return place{at, false}
}

// Within returns a problem with a place in the text of the value of key: line and column count from 1 in that text.
func (c *Config) Within(key string, line, column int, text string) Problem {
	p := Problem{File: c.file, Key: key, Text: text}
	at, ok := c.texts[key]
	if !ok {
		p.Line, p.Column = c.at[key].line, c.at[key].column
		return p
	}
	p.Line, p.Column = at.line, at.column
	if line == 1 || at.block {
		p.Line, p.Column = at.line+line-1, at.column+column-1
	}
	return p
}
