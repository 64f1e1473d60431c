package audit_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"

	"counterpunch/internal/config"
	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/material"
)

func strategies() []string {
	return []string{mapping.TransformReplace, mapping.TransformZero, mapping.PostOrderDoc}
}

// TestEveryInvoiceIsBilledToTheCentOrHeldWithItsReason brings in every good invoice and every bad one, by each strategy
// under each rule. What the books then hold is what a script says that knows nothing of this program.
func TestEveryInvoiceIsBilledToTheCentOrHeldWithItsReason(t *testing.T) {
	// Every rule by every strategy takes a minute of processor time: make audit asks for it.
	everything := os.Getenv("COUNTERPUNCH_AUDIT") == "all"
	expected := witness(t, good())
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "strategy\trule\tthe doctor\tbilled to the cent\theld with reason and table")
	for _, strategy := range strategies() {
		t.Run(strategy, func(t *testing.T) {
			w := open(t, func(c *config.Config) { c.Accounts[0].Bill.Strategy = strategy }, simulator.Options{})
			for i, r := range rules() {
				if !everything && ((testing.Short() || raced) && i > 0 || !r.lines && strategy != "transform-replace") {
					continue
				}
				knobs := simulator.DefaultKnobs()
				r.turn(&knobs)
				if err := w.NetSuite.Turn(func(k *simulator.Knobs) { *k = knobs }); err != nil {
					t.Fatal(err)
				}
				advice := w.advised(fmt.Sprintf("d%d-", i))
				billed := w.bringIn(expected, fmt.Sprintf("%s%d-", r.name[:1], i), r.name)
				w.heed(r.name, strategy, advice)
				held := "make audit does it"
				if everything || r.reads {
					held = w.holdBack(fmt.Sprintf("x%d-", i), r.name)
				}
				fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", strategy, r.name, advice.Result, billed, held)
			}
			w.sound()
		})
	}
	out.Flush()
	t.Logf("\n%s", table.String())
}

// account is what the witness says that an invoice comes to.
type account struct {
	Credit   bool
	Number   string
	Date     string
	Currency string
	Total    string
	Lines    map[string][2]string // "P1 line 2": quantity and amount
	Whole    map[string]string
	Charges  map[string]string
}

// witness has the script work out the invoices of stories, as written without a prefix.
func witness(t *testing.T, stories []story) map[string]account {
	t.Helper()
	python := material.Program(t, "python3")
	dir := t.TempDir()
	args := []string{filepath.Join("testdata", "witness.py")}
	for _, s := range stories {
		path := filepath.Join(dir, s.name+".xml")
		if err := os.WriteFile(path, s.inv.xml(), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	var stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), python, args...)
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	all := map[string]account{}
	if err := json.Unmarshal(output, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// bringIn posts every good invoice and compares the books with the witness.
func (w *world) bringIn(expected map[string]account, prefix, rule string) string {
	told, results, orders := w.tell(good(), prefix)
	right := 0
	for i, s := range told {
		p := results[i]
		found := w.recordsOf(s, expected)
		if p.status.State != queue.StateApplied || len(found) != 1 {
			w.t.Errorf("%s: %s: %s, %d records", rule, s.name, p, len(found))
			continue
		}
		if wrong := w.compare(expected[s.name+".xml"], found[0], orders, s); len(wrong) > 0 {
			w.t.Errorf("%s: %s: %s", rule, s.name, strings.Join(wrong, "; "))
			continue
		}
		right++
	}
	return fmt.Sprintf("%d of %d", right, len(told))
}

// tell seeds the orders of stories under a prefix, posts their invoices, and before those what has to be brought in first.
// It returns the stories with their prefix, what became of each invoice, and the orders by internal id.
func (w *world) tell(stories []story, prefix string) ([]story, []posted, map[string]simulator.SeedOrder) {
	w.t.Helper()
	var told []story
	var before, second, after [][]byte
	for i, s := range stories {
		s = prefixed(s, fmt.Sprintf("%s%d-", prefix, i))
		told = append(told, s)
		before, second = s.split(before, second)
		after = append(after, s.inv.xml())
	}
	orders := w.seedOrders(told)
	w.post(before)
	w.post(second)
	return told, w.post(after), orders
}

// recordsOf returns the bills or credits with the number of a story's invoice.
func (w *world) recordsOf(s story, expected map[string]account) []simulator.Record {
	books := w.NetSuite.Books()
	if expected[s.name+".xml"].Credit {
		return books.Credits("501", s.inv.id)
	}
	return books.Bills("501", s.inv.id)
}

// targets are the accounts of the demonstration's configuration.
var targets = map[string]string{"tax": "610", "shipping": "611", "handling": "612", "other": "612", "discount": "613"}

// compare says in what the bill or credit of a story is not what the witness says.
func (w *world) compare(want account, have simulator.Record, orders map[string]simulator.SeedOrder, s story) []string {
	wrong := w.leftOver(have, s)
	prefix := strings.TrimSuffix(s.inv.id, want.Number)
	differ := func(what, want, have string) {
		if want != have {
			wrong = append(wrong, fmt.Sprintf("%s is %s, want %s", what, have, want))
		}
	}
	differ("total", want.Total, have.Total)
	differ("number", prefix+want.Number, have.TranID)
	differ("date", want.Date, have.Fields["tranDate"])
	differ("currency", map[string]string{"USD": "1", "EUR": "4"}[want.Currency], have.Fields["currency"])
	sums := map[string]document.Decimal{}
	add := func(key, amount string, sign int64) {
		sums[key] = sums[key].Add(document.MustDecimal(amount).Mul(document.NewDecimal(sign)))
	}
	for key, line := range want.Lines {
		if want.Credit {
			key = "items" // a credit's lines are not linked to the order's
		} else {
			add(prefix+key+" quantity", line[0], 1)
			key = prefix + key
		}
		add(key, line[1], 1)
	}
	for key, amount := range want.Whole {
		if want.Credit {
			add("account 613", amount, 1)
		} else {
			add(prefix+key, amount, 1)
		}
	}
	for kind, amount := range want.Charges {
		add("account "+targets[kind], amount, 1)
	}
	for _, item := range have.Items {
		key := "items"
		if o, linked := orders[item.Fields["orderDoc"]]; linked {
			key = o.TranID
			if len(want.Whole) == 0 {
				key = fmt.Sprintf("%s line %d", o.TranID, position(o, item.Fields["orderLine"]))
				add(key+" quantity", item.Fields["quantity"], -1)
			}
		}
		add(key, item.Fields["amount"], -1)
	}
	for _, x := range have.Expenses {
		add("account "+x.Fields["account"], x.Fields["amount"], -1)
	}
	for key, off := range sums {
		if !off.IsZero() {
			wrong = append(wrong, fmt.Sprintf("%s is off by %s", key, off.Neg().Canonical()))
		}
	}
	return wrong
}

// leftOver reports a credit of which something is left although the bill that it is about is still to be paid.
func (w *world) leftOver(credit simulator.Record, s story) []string {
	if s.inv.refers == "" || document.MustDecimal(cmp.Or(credit.Fields["unapplied"], "0")).IsZero() {
		return nil
	}
	for _, bill := range w.NetSuite.Books().Bills("501", s.inv.refers) {
		if due := bill.Fields["amountRemaining"]; due != "0" {
			return []string{fmt.Sprintf("%s of it is not applied, and %s of the bill is to be paid", credit.Fields["unapplied"], due)}
		}
	}
	return nil
}

// position is where a line stands in its order, as documents count.
func position(o simulator.SeedOrder, key string) int {
	for i, l := range o.Items {
		if fmt.Sprint(l.Line) == key {
			return i + 1
		}
	}
	return 0
}

// holdBack posts every bad invoice and checks the reason, the table and that nothing was made of it.
func (w *world) holdBack(prefix, rule string) string {
	var told []story
	var before, after [][]byte
	all := rejects()
	for i, b := range all {
		s := prefixed(b.story, fmt.Sprintf("%s%d-", prefix, i))
		told = append(told, s)
		for _, v := range s.before {
			before = append(before, v.xml())
		}
		after = append(after, s.inv.xml())
	}
	w.seedOrders(told)
	w.post(before)
	made := len(w.NetSuite.Books().VendorBills) + len(w.NetSuite.Books().VendorCredits)
	results := w.post(after)
	books := w.NetSuite.Books()
	if more := len(books.VendorBills) + len(books.VendorCredits) - made; more != 0 {
		w.t.Errorf("%s: %d records were made of invoices that may not become any", rule, more)
	}
	right := 0
	for i, b := range all {
		p := results[i]
		if b.answer != 0 {
			if p.code != b.answer || p.status.State != "" {
				w.t.Errorf("%s: %s %s: %s, want answer %d", rule, b.codes, b.name, p, b.answer)
				continue
			}
			right++
			continue
		}
		state := b.state
		if state == "" {
			state = string(queue.StateDeadLettered)
		}
		if string(p.status.State) != state || p.last.Reason != b.reason {
			w.t.Errorf("%s: %s %s: %s, want %s %s", rule, b.codes, b.name, p, state, b.reason)
			continue
		}
		if len(p.differences()) == 0 && !b.bare {
			w.t.Errorf("%s: %s %s: %s, and no table of differences", rule, b.codes, b.name, p)
			continue
		}
		right++
	}
	return fmt.Sprintf("%d of %d", right, len(all))
}
