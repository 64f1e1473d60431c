package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"counterpunch/internal/netsuite/record"
)

func (d *Doctor) units(po record.PurchaseOrder) Rung {
	r := Rung{Result: OK, Asked: "bill.units of the configuration and the usual names"}
	var names, unknown []string
	var first record.Ref
	for _, line := range po.Items {
		name := nameOf(line.Units)
		if name == "" || slices.Contains(names, name) {
			continue
		}
		names = append(names, name)
		if !d.mapper.KnowsUnit(line.Units) {
			if unknown == nil {
				first = line.Units
			}
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		r.Found = orNone(strings.Join(names, ", "))
		return r
	}
	spelling := first.RefName
	if spelling == "" {
		spelling = first.ID
	}
	r.Result, r.Found = Failed, "nothing in the configuration stands for "+strings.Join(unknown, ", ")
	r.Advice = []string{fmt.Sprintf("Add %q to bill.units of the configuration, under the code that suppliers write for it (UN/CEFACT, such as EA or BX). Documents with a unit that is not known to be the line's are refused.", spelling),
		"Lists > Accounting > Units Of Measure shows names and internal ids."}
	return r
}

// unitTypes judges whether the units of measure can be looked up. An account without the feature has none.
func (d *Doctor) unitTypes(ctx context.Context) []Rung {
	r := Rung{Result: OK, Asked: "SuiteQL SELECT id FROM unitstype FETCH FIRST 1 ROWS ONLY", Found: "they can"}
	_, err := d.c.Query(ctx, "SELECT id FROM unitstype FETCH FIRST 1 ROWS ONLY")
	switch {
	case err == nil:
		return []Rung{r}
	case d.usesUnits() || !answered(err):
		return []Rung{d.failed(r.Asked, err, grant(permission("Units"))...)}
	}
	r.Result, r.Found = Warning, "none can be seen: "+said(err)
	r.Advice = append([]string{"An account without Setup > Company > Enable Features > Items & Inventory > Multiple Units of Measure has none, and this is as it should be. With it:"},
		grant(permission("Units"))...)
	return []Rung{r}
}

// usesUnits reports whether the account is known to have units: a line of the order has one, or the configuration converts
// them. Spellings alone say nothing, since the configuration of every account begins with some.
func (d *Doctor) usesUnits() bool {
	if len(d.o.Mapping.Conversions) > 0 {
		return true
	}
	return d.order != nil && slices.ContainsFunc(d.order.Items, func(l record.OrderLine) bool { return !l.Units.IsZero() })
}
