package simulator

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"counterpunch/internal/document"
)

// query is a parsed SELECT.
type query struct {
	distinct bool
	outputs  []output
	tables   []source
	where    condition // nil: all
	order    []ordering
	first    int       // FETCH FIRST; 0: all
	names    []*column // every column that is named, to be bound to a table
}

type output struct {
	name  string
	value expression
}

type source struct {
	table string
	alias string
	left  bool
	on    condition // nil for the first
}

type ordering struct {
	value      expression
	descending bool
}

var token = regexp.MustCompile(`^(?:\s+|--[^\n]*)*([A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:\.[0-9]+)?|'(?:[^']|'')*'|<=|>=|<>|!=|[=<>(),.?*])`)

// keywords cannot be names.
var keywords = strings.Fields("SELECT DISTINCT FROM WHERE AND OR NOT IN IS NULL LIKE ORDER BY ASC DESC FETCH FIRST ROWS ROW ONLY LEFT INNER OUTER JOIN ON AS GROUP HAVING UNION CASE EXISTS BETWEEN")

// parser reads the tokens of a query. Columns are kept in bound, because their tables are named after them.
type parser struct {
	tokens []string
	at     int
	params []any
	used   int
	bound  []*column
}

func parseQuery(text string, params []any) (*query, error) {
	p := &parser{params: params}
	rest := text
	for strings.TrimSpace(rest) != "" {
		m := token.FindStringSubmatchIndex(rest)
		if m == nil {
			return nil, fmt.Errorf("syntax is not understood at %q", clipText(strings.TrimSpace(rest)))
		}
		p.tokens = append(p.tokens, rest[m[2]:m[3]])
		rest = rest[m[1]:]
	}
	q, err := p.query()
	if err != nil {
		return nil, err
	}
	if p.used != len(params) {
		return nil, fmt.Errorf("the query has %d parameters, %d are given", p.used, len(params))
	}
	q.names = p.bound
	return q, nil
}

func clipText(s string) string {
	if len(s) > 40 {
		return s[:40]
	}
	return s
}

func (p *parser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

// take moves past the words when they come next, in any case.
func (p *parser) take(words ...string) bool {
	if p.at+len(words) > len(p.tokens) {
		return false
	}
	for i, w := range words {
		if !strings.EqualFold(p.tokens[p.at+i], w) {
			return false
		}
	}
	p.at += len(words)
	return true
}

func (p *parser) expect(words ...string) error {
	for _, w := range words {
		if !p.take(w) {
			return fmt.Errorf("expected %s but found %q", w, p.peek())
		}
	}
	return nil
}

func (p *parser) isName() bool {
	t := p.peek()
	return t != "" && (t[0] == '_' || t[0] >= 'A' && t[0] <= 'Z' || t[0] >= 'a' && t[0] <= 'z') &&
		!slices.Contains(keywords, strings.ToUpper(t))
}

func (p *parser) name() (string, error) {
	if !p.isName() {
		return "", fmt.Errorf("expected a name but found %q", p.peek())
	}
	p.at++
	return strings.ToLower(p.tokens[p.at-1]), nil
}

func (p *parser) query() (*query, error) {
	q := &query{}
	if err := p.expect("SELECT"); err != nil {
		return nil, err
	}
	q.distinct = p.take("DISTINCT")
	for {
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		out := output{name: "expr" + strconv.Itoa(len(q.outputs)+1), value: value}
		if c, ok := value.(*column); ok {
			out.name = c.name
		}
		if p.take("AS") || p.isName() {
			if out.name, err = p.name(); err != nil {
				return nil, err
			}
		}
		q.outputs = append(q.outputs, out)
		if !p.take(",") {
			break
		}
	}
	if err := p.expect("FROM"); err != nil {
		return nil, err
	}
	if err := p.sources(q); err != nil {
		return nil, err
	}
	var err error
	if p.take("WHERE") {
		if q.where, err = p.condition(); err != nil {
			return nil, err
		}
	}
	if p.take("ORDER", "BY") {
		if err := p.ordering(q); err != nil {
			return nil, err
		}
	}
	if p.take("FETCH", "FIRST") {
		n, err := strconv.Atoi(p.peek())
		if err != nil || n < 1 {
			return nil, fmt.Errorf("FETCH FIRST %q is not a number of rows", p.peek())
		}
		p.at++
		q.first = n
		if !p.take("ROWS") && !p.take("ROW") {
			return nil, fmt.Errorf("expected ROWS but found %q", p.peek())
		}
		if err := p.expect("ONLY"); err != nil {
			return nil, err
		}
	}
	if p.at < len(p.tokens) {
		return nil, fmt.Errorf("%q is not understood here", p.peek())
	}
	return q, nil
}

func (p *parser) sources(q *query) error {
	one := source{}
	for {
		var err error
		if one.table, err = p.name(); err != nil {
			return err
		}
		one.alias = one.table
		if p.take("AS") || p.isName() {
			if one.alias, err = p.name(); err != nil {
				return err
			}
		}
		if len(q.tables) > 0 {
			if err := p.expect("ON"); err != nil {
				return err
			}
			if one.on, err = p.condition(); err != nil {
				return err
			}
		}
		q.tables = append(q.tables, one)
		switch {
		case p.take("LEFT", "OUTER", "JOIN"), p.take("LEFT", "JOIN"):
			one = source{left: true}
		case p.take("INNER", "JOIN"), p.take("JOIN"):
			one = source{}
		default:
			return nil
		}
	}
}

func (p *parser) ordering(q *query) error {
	for {
		value, err := p.expression()
		if err != nil {
			return err
		}
		// A bare name may be that of an output.
		if c, ok := value.(*column); ok && c.qualifier == "" {
			for _, out := range q.outputs {
				if out.name == c.name && out.value != value {
					value, c.ignore = out.value, true
					break
				}
			}
		}
		one := ordering{value: value, descending: p.take("DESC")}
		if !one.descending {
			p.take("ASC")
		}
		q.order = append(q.order, one)
		if !p.take(",") {
			return nil
		}
	}
}

func (p *parser) condition() (condition, error) {
	left, err := p.conjunction()
	for err == nil && p.take("OR") {
		var right condition
		right, err = p.conjunction()
		left = either{left, right}
	}
	return left, err
}

func (p *parser) conjunction() (condition, error) {
	left, err := p.predicate()
	for err == nil && p.take("AND") {
		var right condition
		right, err = p.predicate()
		left = both{left, right}
	}
	return left, err
}

func (p *parser) predicate() (condition, error) {
	if p.take("NOT") {
		inner, err := p.predicate()
		return negation{inner}, err
	}
	if p.take("(") {
		inner, err := p.condition()
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	}
	left, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.take("IS", "NOT", "NULL") {
		return negation{isNull{left}}, nil
	}
	if p.take("IS", "NULL") {
		return isNull{left}, nil
	}
	negated := p.take("NOT")
	var found condition
	switch {
	case p.take("IN"):
		found, err = p.list(left)
	case p.take("LIKE"):
		var pattern expression
		pattern, err = p.expression()
		found = like{left, pattern}
	case negated:
		err = fmt.Errorf("NOT is not understood before %q", p.peek())
	default:
		operator := p.peek()
		if !slices.Contains([]string{"=", "<>", "!=", "<", ">", "<=", ">="}, operator) {
			return nil, fmt.Errorf("expected a comparison but found %q", operator)
		}
		p.at++
		var right expression
		right, err = p.expression()
		found = comparison{operator, left, right}
	}
	if negated {
		found = negation{found}
	}
	return found, err
}

// list reads the values of IN as alternatives.
func (p *parser) list(left expression) (condition, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var found condition
	for {
		right, err := p.expression()
		if err != nil {
			return nil, err
		}
		if one := (comparison{"=", left, right}); found == nil {
			found = one
		} else {
			found = either{found, one}
		}
		if !p.take(",") {
			return found, p.expect(")")
		}
	}
}

func (p *parser) expression() (expression, error) {
	t := p.peek()
	switch {
	case t == "?":
		p.at++
		if p.used >= len(p.params) {
			return nil, fmt.Errorf("parameter %d has no value", p.used+1)
		}
		p.used++
		return literal{p.params[p.used-1]}, nil
	case strings.HasPrefix(t, "'"):
		p.at++
		return literal{strings.ReplaceAll(t[1:len(t)-1], "''", "'")}, nil
	case t != "" && t[0] >= '0' && t[0] <= '9':
		p.at++
		d, err := document.ParseDecimal(t)
		return literal{d}, err
	}
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	c := &column{name: name}
	if p.take(".") {
		c.qualifier = name
		if c.name, err = p.name(); err != nil {
			return nil, err
		}
	}
	if !p.take("(") {
		p.bound = append(p.bound, c)
		return c, nil
	}
	f := function{name: strings.TrimPrefix(c.qualifier+"."+c.name, ".")}
	for !p.take(")") {
		if len(f.args) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		arg, err := p.expression()
		if err != nil {
			return nil, err
		}
		f.args = append(f.args, arg)
	}
	return f, f.check()
}
