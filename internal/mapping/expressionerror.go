package mapping

import (
	"errors"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// ExpressionError is what is wrong with the expression of one field, and where: Line and Column count from 1 in its text.
type ExpressionError struct {
	Section, Field string // header or line, and the NetSuite field
	Line, Column   int
	Text           string // without the place

	err error
}

func newExpressionError(section, field string, err error) *ExpressionError {
	e := &ExpressionError{Section: section, Field: field, Line: 1, Column: 1, Text: err.Error(), err: err}
	if at := (*file.Error)(nil); errors.As(err, &at) {
		e.Line, e.Column, e.Text = max(at.Line, 1), at.Column+1, at.Message
	}
	return e
}

// Error names the field, and shows the expression.
func (e *ExpressionError) Error() string { return e.Section + ": " + e.Field + ": " + e.err.Error() }

// Unwrap returns the cause.
func (e *ExpressionError) Unwrap() error { return e.err }

// ExpressionErrors returns those of an error of New, and what else is wrong.
func ExpressionErrors(err error) (all []*ExpressionError, other error) {
	if e, ok := err.(*ExpressionError); ok {
		return []*ExpressionError{e}, nil
	}
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		var others []error
		for _, one := range e.Unwrap() {
			some, rest := ExpressionErrors(one)
			all, others = append(all, some...), append(others, rest)
		}
		return all, errors.Join(others...)
	case interface{ Unwrap() error }:
		if some, rest := ExpressionErrors(e.Unwrap()); len(some) > 0 {
			return some, rest
		}
	}
	return nil, err
}

// placed gives an error the place of a node in the source.
func placed(node ast.Node, source, text string) error {
	return (&file.Error{Location: node.Location(), Message: text}).Bind(file.NewSource(source))
}
