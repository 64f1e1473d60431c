package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// customFields judges the permission without which a role is shown no custom field of a kind, the fields whose script ids
// begin with prefix. One that is missing by itself is told by the rungs of mapped fields.
func (d *Doctor) customFields(prefix string, needed Permission) func(context.Context) []Rung {
	return func(ctx context.Context) []Rung {
		if !d.writes(prefix) {
			return []Rung{{Result: OK, Found: "the mapping writes none"}}
		}
		r := Rung{Result: OK, Asked: askCatalog(typeOrder)}
		fields, err := d.catalog(ctx, typeOrder)
		if err != nil {
			return []Rung{d.failed(r.Asked, err)}
		}
		shown := 0
		for _, f := range fields {
			if strings.HasPrefix(f.Name, prefix) {
				shown++
			}
		}
		r.Found = fmt.Sprintf("%d are shown", shown)
		if shown == 0 {
			r.Result, r.Found = Failed, "the role is shown none"
			r.Advice = append(grant(needed),
				"If the role has it, the account has no such field yet: deploy the project in deploy/netsuite, or make those that the rungs of mapped fields name.")
		}
		return []Rung{r}
	}
}

// writes reports whether the mapping has to do with a field whose script id begins with prefix.
func (d *Doctor) writes(prefix string) bool {
	return slices.ContainsFunc(places(), func(where string) bool {
		return slices.ContainsFunc(wanted(d.o.Mapping, d.o.PayloadField, where), func(name string) bool { return strings.HasPrefix(name, prefix) })
	})
}
