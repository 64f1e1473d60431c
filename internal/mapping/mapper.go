package mapping

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/order"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// Mapper plans with one account's configuration. It is safe for concurrent use.
type Mapper struct {
	config     Config
	header     []field
	line       []field
	read       uses // by any expression
	units      synonyms
	currencies synonyms
	tables     Tables
	today      time.Time // see Situation
}

// field is a target field with its compiled expression.
type field struct {
	name           string
	program        *vm.Program
	header, ofLine order.Facet // what must once have been stated for a value of ours to stand in the field
}

// New checks the configuration and compiles every expression. The error lists everything that is wrong, by its field.
func New(c Config) (*Mapper, error) {
	m := &Mapper{config: c, units: newSynonyms(usualUnits(), c.Units), currencies: newSynonyms(usualCurrencies(), c.Currencies)}
	m.tables = c.Lookups
	m.units, m.currencies = m.tables.join(TableUnits, m.units), m.tables.join(TableCurrencies, m.currencies)
	m.read = uses{doc: make(map[string]bool), line: make(map[string]bool)}
	problems := append(c.problems(), m.conversionProblems()...)
	var err error
	if m.header, err = m.compile("header", c.Header, environment{}); err != nil {
		problems = append(problems, err)
	}
	if m.line, err = m.compile("line", c.Line, lineEnvironment{}); err != nil {
		problems = append(problems, err)
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("mapping: %w", errors.Join(problems...))
	}
	return m, nil
}

func (c Config) problems() []error {
	var problems []error
	if c.LinePolicy != LineByKey && c.LinePolicy != LineByPosition && !strings.HasPrefix(c.LinePolicy, "custcol") {
		problems = append(problems, fmt.Errorf("linePolicy: %q is neither %q, %q nor a custom column (custcol…)", c.LinePolicy, LineByKey, LineByPosition))
	}
	if !slices.Contains([]string{TransformReplace, TransformZero, PostOrderDoc}, c.Strategy) {
		problems = append(problems, fmt.Errorf("strategy: %q is none of %s, %s, %s", c.Strategy, TransformReplace, TransformZero, PostOrderDoc))
	}
	charges := []string{ChargeTax, ChargeShipping, ChargeHandling, ChargeDiscount, ChargeOther, ChargeCredit}
	for _, name := range slices.Sorted(maps.Keys(c.Charges)) {
		t := c.Charges[name]
		if !slices.Contains(charges, name) {
			problems = append(problems, fmt.Errorf("charges: %q is none of %s", name, strings.Join(charges, ", ")))
		}
		if (t.Account == "") == (t.Item == "") {
			problems = append(problems, fmt.Errorf("charges: %s: give either an account or an item", name))
		}
	}
	problems = append(problems, Terms{Tolerance: &c.Tolerance, Policies: c.Policies}.problems()...)
	for _, name := range slices.Sorted(maps.Keys(c.Suppliers)) {
		for _, err := range c.Suppliers[name].problems() {
			problems = append(problems, fmt.Errorf("supplier %s: %w", name, err))
		}
	}
	return problems
}

func (m *Mapper) compile(section string, expressions map[string]string, env any) ([]field, error) {
	options := append([]expr.Option{expr.Env(env)}, functions()...)
	tables := m.config.TableNames()
	var fields []field
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(expressions)) {
		if name == "" || name == "line" || name == "item" || name == "id" || name == "links" {
			problems = append(problems, fmt.Errorf("%s: %q is not a field that can be mapped", section, name))
			continue
		}
		u := &uses{doc: make(map[string]bool), line: make(map[string]bool)}
		program, err := expr.Compile(expressions[name], append(options, expr.Patch(u))...)
		if err != nil {
			problems = append(problems, newExpressionError(section, name, err))
			continue
		}
		err = writable(program.Node().Type())
		for _, table := range u.tables {
			if !slices.Contains(tables, table.Value) {
				err = placed(table, expressions[name], fmt.Sprintf("lookup: there is no table %q; there are %s", table.Value, strings.Join(tables, ", ")))
			}
		}
		if u.ranged {
			err = errors.New("a range (..) could keep a worker busy for ever; loop over the document's lists")
		}
		if err != nil {
			problems = append(problems, newExpressionError(section, name, err))
			continue
		}
		f := field{name: name, program: program}
		f.header, f.ofLine = u.facets()
		fields = append(fields, f)
		maps.Copy(m.read.doc, u.doc)
		maps.Copy(m.read.line, u.line)
	}
	return fields, errors.Join(problems...)
}

// writable refuses expressions whose result no field can take.
func writable(t reflect.Type) error {
	switch t {
	case nil, reflect.TypeFor[quantity](), reflect.TypeFor[reference](), reflect.TypeFor[string](), reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[any]():
		return nil
	case reflect.TypeFor[float64]():
		return errFloat
	}
	return fmt.Errorf("the result is of type %s; give text, a number(…), a ref(…) or true or false", t)
}
