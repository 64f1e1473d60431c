package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"counterpunch/internal/netsuite"
)

// charges judges whether the accounts and items exist that charges are booked on.
func (d *Doctor) charges(ctx context.Context) []Rung {
	type target struct{ table, id string }
	uses := map[target][]string{}
	var targets []target
	add := func(charge, table, id string) {
		if t := (target{table, id}); id != "" {
			if uses[t] == nil {
				targets = append(targets, t)
			}
			uses[t] = append(uses[t], charge)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.o.Mapping.Charges)) {
		add(name, "account", d.o.Mapping.Charges[name].Account)
		add(name, "item", d.o.Mapping.Charges[name].Item)
	}
	add("expense_account", "account", d.o.Mapping.ExpenseAccount)
	if len(targets) == 0 {
		return []Rung{{Result: Warning, Asked: "bill.charges of the configuration", Found: "no charge has a target",
			Advice: []string{"An invoice with tax, shipping, handling or a discount becomes a dead letter: give the accounts or items under bill.charges."}}}
	}
	r := Rung{Result: OK, Asked: "SuiteQL for accounts and items"}
	var there []string
	for _, t := range targets {
		what := fmt.Sprintf("%s %s (%s)", t.table, t.id, strings.Join(uses[t], ", "))
		result, words, err := d.exists(ctx, t.table, t.id)
		switch {
		case err != nil:
			return []Rung{d.failed(r.Asked, err)}
		case result == OK:
			there = append(there, what)
			continue
		case result == Failed:
			r.Result = Failed
			r.Advice = append(r.Advice, fmt.Sprintf("bill.charges or bill.expense_account names %s %s: give the internal id of one that exists and is active (%s).",
				t.table, t.id, map[string]string{"account": "Lists > Accounting > Accounts", "item": "Lists > Accounting > Items"}[t.table]))
		case r.Result == OK:
			r.Result = Warning
		}
		r.Found += what + ": " + words + "; "
	}
	r.Found = strings.TrimSuffix(r.Found, "; ")
	switch {
	case r.Result == OK:
		r.Found = "there are " + strings.Join(there, ", ")
	case r.Result == Warning:
		r.Advice = append(r.Advice, grant(permission("Accounts"), permission("Items"))...)
		r.Advice = append(r.Advice, "Or give --order, with the rung bills passed: the preview of a bill shows whether NetSuite takes the account.")
	}
	return []Rung{r}
}

// exists looks a record up. Where queries do not show its table, a preview of a bill for the order may show an account.
func (d *Doctor) exists(ctx context.Context, table, id string) (result Result, words string, err error) {
	rows, err := d.c.Query(ctx, "SELECT id FROM "+table+" WHERE id = ?", id)
	switch {
	case err == nil && len(rows) > 0:
		return OK, "", nil
	case err == nil:
		return Failed, "NetSuite has none, or none that the role may see", nil
	case !answered(err):
		return "", "", err
	}
	unseen := said(err)
	if table != "account" || d.order == nil || d.saves || !d.rungs[RungBills].passed() {
		return Warning, "cannot be seen: " + unseen, nil
	}
	body, err := json.Marshal(map[string]any{"expense": map[string]any{"items": []any{
		map[string]any{"account": map[string]string{"id": id}, "amount": json.Number("0.01")}}}})
	if err != nil {
		return "", "", fmt.Errorf("preview a charge on account %s: %w", id, err)
	}
	_, err = d.c.Preview(ctx, typeOrder, d.order.ID, typeBill, nil, body)
	switch {
	case err == nil:
		return OK, "", nil
	case answered(err) && strings.Contains(said(err), "account"):
		return Failed, said(err), nil
	case netsuite.ClassOf(err) == netsuite.Unknown, !answered(err):
		return "", "", err
	}
	return Warning, "cannot be seen: " + said(err), nil
}
