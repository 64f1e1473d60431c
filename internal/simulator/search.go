package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// search is a filter of a collection (the query parameter q). The grammar is that of NetSuite's help, page "Record
// Collection Filtering": conditions of a field, an operator for its type and a value, joined by AND and OR with
// parentheses. Only body fields can be searched.
type search func(*record) bool

// parseSearch compiles q for the records of a type. Dates in it are written as the account's preferences say. What NetSuite
// would not take is an error, in its words.
func parseSearch(q string, s *schema, dates string) (search, error) {
	tokens, err := searchTokens(q)
	if err != nil {
		return nil, err
	}
	p := &searchParser{tokens: tokens, schema: s, dates: dates}
	found, err := p.or()
	if err == nil && p.at < len(p.tokens) {
		err = fmt.Errorf("unexpected '%s'", p.peek())
	}
	return found, err
}

// searchToken is a word, a quoted value or one of ( ) [ ] ,
type searchToken struct {
	text   string
	quoted bool
}

func searchTokens(q string) ([]searchToken, error) {
	const marks = "()[],"
	var tokens []searchToken
	for i := 0; i < len(q); {
		switch c := q[i]; {
		case c == ' ':
			i++
		case strings.IndexByte(marks, c) >= 0:
			tokens = append(tokens, searchToken{text: q[i : i+1]})
			i++
		case c == '"':
			end := strings.IndexByte(q[i+1:], '"')
			if end < 0 {
				return nil, errors.New("a quotation mark is not closed")
			}
			tokens = append(tokens, searchToken{text: q[i+1 : i+1+end], quoted: true})
			i += end + 2
		default:
			end := strings.IndexAny(q[i:], marks+` "`)
			if end < 0 {
				end = len(q) - i
			}
			tokens = append(tokens, searchToken{text: q[i : i+end]})
			i += end
		}
	}
	return tokens, nil
}

type searchParser struct {
	tokens []searchToken
	at     int
	schema *schema
	dates  string // a knob dateFormat
}

func (p *searchParser) peek() string {
	if p.at >= len(p.tokens) {
		return "end of query"
	}
	return p.tokens[p.at].text
}

// takes steps over an unquoted word or mark.
func (p *searchParser) takes(word string) bool {
	if p.at < len(p.tokens) && !p.tokens[p.at].quoted && strings.EqualFold(p.tokens[p.at].text, word) {
		p.at++
		return true
	}
	return false
}

func (p *searchParser) or() (search, error) {
	left, err := p.and()
	for err == nil && p.takes("OR") {
		var right search
		before := left
		if right, err = p.and(); err == nil {
			left = func(r *record) bool { return before(r) || right(r) }
		}
	}
	return left, err
}

func (p *searchParser) and() (search, error) {
	left, err := p.condition()
	for err == nil && p.takes("AND") {
		var right search
		before := left
		if right, err = p.condition(); err == nil {
			left = func(r *record) bool { return before(r) && right(r) }
		}
	}
	return left, err
}

func (p *searchParser) condition() (search, error) {
	if p.takes("(") {
		inner, err := p.or()
		if err == nil && !p.takes(")") {
			err = fmt.Errorf("expected ')' in place of '%s'", p.peek())
		}
		return inner, err
	}
	if p.at+1 >= len(p.tokens) {
		return nil, fmt.Errorf("incomplete condition at '%s'", p.peek())
	}
	name, operator := p.tokens[p.at].text, strings.ToUpper(p.tokens[p.at+1].text)
	f, known := p.schema.fields[name]
	if name == "id" {
		f, known = field{name: "id", kind: whole}, true
	}
	if !known {
		return nil, fmt.Errorf("field '%s' does not exist or cannot be searched", name)
	}
	p.at += 2
	positive, negated := strings.CutSuffix(operator, "_NOT")
	if !slices.Contains(operatorsOf(f.kind), positive) {
		return nil, fmt.Errorf("operator '%s' is not valid for field '%s'", operator, name)
	}
	values, err := p.values(positive)
	if err != nil {
		return nil, err
	}
	holds, err := searchCondition(f, positive, values, p.dates)
	if err != nil {
		return nil, err
	}
	return func(r *record) bool {
		v, there := r.fields[f.name]
		if f.name == "id" {
			id, err := strconv.ParseInt(r.id, 10, 64)
			v, there = document.NewDecimal(id), err == nil
		}
		if positive == "EMPTY" {
			return there == negated
		}
		return there && holds(v) != negated
	}, nil
}

// operatorsOf are the operators of a type without _NOT, which all of them may have.
func operatorsOf(k kind) []string {
	switch k {
	case flag:
		return []string{"IS"}
	case number, whole:
		return []string{"EQUAL", "ANY_OF", "BETWEEN", "GREATER", "GREATER_OR_EQUAL", "LESS", "LESS_OR_EQUAL", "EMPTY"}
	case day, instant:
		return []string{"ON", "ON_OR_AFTER", "ON_OR_BEFORE", "AFTER", "BEFORE", "EMPTY"}
	case reference:
		return []string{"ANY_OF", "EMPTY"}
	}
	return []string{"IS", "CONTAIN", "START_WITH", "END_WITH", "EMPTY"}
}

// values reads what stands after an operator: nothing, a list in brackets, or one value.
func (p *searchParser) values(operator string) ([]string, error) {
	one := func() (string, error) {
		if p.at >= len(p.tokens) || !p.tokens[p.at].quoted && strings.Contains("()[],", p.tokens[p.at].text) {
			return "", fmt.Errorf("expected a value in place of '%s'", p.peek())
		}
		p.at++
		return p.tokens[p.at-1].text, nil
	}
	switch operator {
	case "EMPTY":
		return nil, nil
	case "ANY_OF", "BETWEEN":
		if !p.takes("[") {
			return nil, fmt.Errorf("expected '[' in place of '%s'", p.peek())
		}
		var all []string
		for {
			v, err := one()
			if err != nil {
				return nil, err
			}
			all = append(all, v)
			if p.takes("]") {
				break
			}
			if !p.takes(",") {
				return nil, fmt.Errorf("expected ',' or ']' in place of '%s'", p.peek())
			}
		}
		if operator == "BETWEEN" && len(all) != 2 {
			return nil, errors.New("operator BETWEEN takes two values")
		}
		return all, nil
	}
	v, err := one()
	return []string{v}, err
}

// searchCondition compiles one condition; the value it is called with is never absent.
func searchCondition(f field, operator string, values []string, dates string) (func(any) bool, error) {
	if operator == "EMPTY" {
		return func(any) bool { return false }, nil
	}
	switch f.kind {
	case flag:
		want, err := strconv.ParseBool(strings.ToLower(values[0]))
		if err != nil {
			return nil, fmt.Errorf("invalid value '%s' for field '%s'", values[0], f.name)
		}
		return func(v any) bool { return v == want }, nil
	case reference:
		return func(v any) bool { return slices.Contains(values, textOf(v)) }, nil
	case day, instant:
		return dateComparison(f, operator, values[0], dates)
	case number, whole:
		return numberComparison(f, operator, values)
	}
	want := strings.ToLower(values[0])
	return func(v any) bool {
		has := strings.ToLower(textOf(v))
		switch operator {
		case "IS":
			return has == want
		case "CONTAIN":
			return strings.Contains(has, want)
		case "START_WITH":
			return strings.HasPrefix(has, want)
		}
		return strings.HasSuffix(has, want)
	}, nil
}

func dateComparison(f field, operator, value, dates string) (func(any) bool, error) {
	date, err := time.Parse(dateLayouts()[dates], value)
	if err != nil {
		return nil, fmt.Errorf("invalid date '%s' for field '%s': the account's format is %s", value, f.name, dates)
	}
	want := date.Format(time.DateOnly)
	return func(v any) bool {
		has := textOf(v)
		has = has[:min(len(has), len(want))]
		switch operator {
		case "ON":
			return has == want
		case "AFTER":
			return has > want
		case "BEFORE":
			return has < want
		case "ON_OR_AFTER":
			return has >= want
		}
		return has <= want
	}, nil
}

func numberComparison(f field, operator string, values []string) (func(any) bool, error) {
	var want []document.Decimal
	for _, v := range values {
		d, err := document.ParseDecimal(v)
		if err != nil {
			return nil, fmt.Errorf("invalid number '%s' for field '%s'", v, f.name)
		}
		want = append(want, d)
	}
	return func(v any) bool {
		n := numberOf(v)
		order := n.Cmp(want[0])
		switch operator {
		case "EQUAL":
			return order == 0
		case "ANY_OF":
			return slices.ContainsFunc(want, n.Equal)
		case "BETWEEN":
			return order >= 0 && n.Cmp(want[1]) <= 0
		case "GREATER":
			return order > 0
		case "LESS":
			return order < 0
		case "GREATER_OR_EQUAL":
			return order >= 0
		}
		return order <= 0
	}, nil
}
