package mapping

import (
	"errors"
	"fmt"
	"strings"

	"counterpunch/internal/document"

	"github.com/expr-lang/expr"
)

// quantity is an exact number, or none, in an expression. It is opaque there: operators on it would go through floats.
type quantity struct {
	value document.Decimal
	set   bool
}

// reference is the internal id of a record that a field points to.
type reference struct{ id string }

// errFloat refuses numbers that are not exact any more.
var errFloat = errors.New(`a number with a fraction must be written as text, such as "0.5"`)

func toQuantity(v any) (quantity, error) {
	switch x := v.(type) {
	case nil:
		return quantity{}, nil
	case quantity:
		return x, nil
	case int:
		return quantity{value: document.NewDecimal(int64(x)), set: true}, nil
	case float64:
		return quantity{}, errFloat
	case string:
		if strings.TrimSpace(x) == "" {
			return quantity{}, nil
		}
		d, err := document.ParseDecimal(strings.TrimSpace(x))
		return quantity{value: d, set: err == nil}, err
	}
	return quantity{}, fmt.Errorf("%T is not a number", v)
}

// arithmetic makes a function of two numbers; with none on a side there is no result.
func arithmetic(name string, op func(a, b document.Decimal) (document.Decimal, error)) expr.Option {
	return expr.Function(name, func(params ...any) (any, error) {
		a, err := toQuantity(params[0])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		b, err := toQuantity(params[1])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if !a.set || !b.set {
			return quantity{}, nil
		}
		d, err := op(a.value, b.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return quantity{value: d, set: true}, nil
	}, new(func(any, any) quantity))
}

func divide(a, b document.Decimal) (document.Decimal, error) {
	if b.IsZero() {
		return document.Decimal{}, errors.New("division by zero")
	}
	return a.Quo(b), nil
}

// functions are what expressions can call beside expr's own. Numbers are exact; none goes through as none.
//
//	number("1.50")           a number for a number field
//	plus minus times over    of two numbers or texts of numbers
//	rounded("1.005", 2)      half up
//	compare("1.0", "1")      -1, 0 or 1
//	ref("12")                a reference to a record, for a list field
//	clip(text, 300)          at most so many characters
//	lookup("units", "EA")    from the lookup tables as they are now, see environment; "" when there is none
func functions() []expr.Option {
	exact := func(op func(a, b document.Decimal) document.Decimal) func(a, b document.Decimal) (document.Decimal, error) {
		return func(a, b document.Decimal) (document.Decimal, error) { return op(a, b), nil }
	}
	return []expr.Option{
		expr.Function("number", func(p ...any) (any, error) {
			q, err := toQuantity(p[0])
			if err != nil {
				return nil, fmt.Errorf("number: %w", err)
			}
			return q, nil
		}, new(func(any) quantity)),
		arithmetic("plus", exact(document.Decimal.Add)),
		arithmetic("minus", exact(document.Decimal.Sub)),
		arithmetic("times", exact(document.Decimal.Mul)),
		arithmetic("over", divide),
		expr.Function("rounded", func(p ...any) (any, error) {
			q, err := toQuantity(p[0])
			places := p[1].(int)
			if err == nil && (places < 0 || places > 10) {
				err = fmt.Errorf("%d decimal places are not between 0 and 10", places)
			}
			if err != nil {
				return nil, fmt.Errorf("rounded: %w", err)
			}
			q.value = q.value.Round(int32(places))
			return q, nil
		}, new(func(any, int) quantity)),
		expr.Function("compare", func(p ...any) (any, error) {
			a, errA := toQuantity(p[0])
			b, errB := toQuantity(p[1])
			if err := errors.Join(errA, errB); err != nil {
				return nil, fmt.Errorf("compare: %w", err)
			}
			return a.value.Cmp(b.value), nil
		}, new(func(any, any) int)),
		expr.Function("ref", func(p ...any) (any, error) { return reference{p[0].(string)}, nil }, new(func(string) reference)),
		expr.Function("clip", func(p ...any) (any, error) { return document.Clip(p[0].(string), p[1].(int)), nil }, new(func(string, int) string)),
		// What a document says must not depend on when it is asked.
		expr.DisableBuiltin("now"),
	}
}
