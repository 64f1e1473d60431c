package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
)

func newLookups() *cobra.Command {
	cmd := group("lookups", "Look at the tables that translate suppliers' words into NetSuite's, and change them while workers run",
		newLookupsList(), newLookupsGet(), newLookupsSet(), newLookupsDelete(), newLookupsImport(), newLookupsExport())
	cmd.Long = cmd.Short + ".\n\nUnits, currencies and items (part numbers) serve in matching; carriers, tax_codes and tables of your own in\n" +
		"expressions, as lookup(\"carriers\", \"UPS\"). What is set here goes before the configuration's lookups, from the next\n" +
		"document on and without a restart. Every version is kept with who set it, when and why."
	return cmd
}

// lookupTables is a session with the tables of one account.
type lookupTables struct {
	session
	account string
	mapping mapping.Config // what the configuration says of them
}

func (t *lookupTables) tableFlags(cmd *cobra.Command) {
	t.in.flags(cmd)
	cmd.Flags().StringVar(&t.account, "account", "", "account whose tables are meant; the only one by default")
}

// run is that of the session, after the account was found.
func (t *lookupTables) run(do runner) runner {
	return t.session.run(func(cmd *cobra.Command, args []string) error {
		a, err := t.in.account(t.cfg, t.account)
		if err != nil {
			return err
		}
		t.account, t.mapping = a.Name, app.Mapping(*a)
		return do(cmd, args)
	})
}

// check refuses the name of a table that there is not.
func (t *lookupTables) check(table string) error {
	if names := t.mapping.TableNames(); !slices.Contains(names, table) {
		return usagef("there is no table %q; there are %s, and more by lookups of the configuration", table, strings.Join(names, ", "))
	}
	return nil
}

// shownLookup is an entry as it holds now.
type shownLookup struct {
	Table  string     `json:"table"`
	Key    string     `json:"key"`
	Value  string     `json:"value"`
	From   string     `json:"from"` // configuration, or set
	By     string     `json:"by,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
	Reason string     `json:"reason,omitempty"`
}

// The values of shownLookup.From.
const (
	fromConfiguration = "configuration"
	fromSet           = "set"
)

// current returns the entries that hold now, of one table or of all, sorted.
func (t *lookupTables) current(cmd *cobra.Command, table string) ([]shownLookup, error) {
	set, err := t.queue.Lookups().All(cmd.Context(), t.account)
	if err != nil {
		return nil, fmt.Errorf("read the lookup tables of account %s: %w", t.account, err)
	}
	type name struct{ table, key string }
	entries := map[name]shownLookup{}
	for table, configured := range t.mapping.Lookups {
		for key, value := range configured {
			entries[name{table, key}] = shownLookup{Table: table, Key: key, Value: value, From: fromConfiguration}
		}
	}
	for _, v := range set {
		entries[name{v.Table, v.Key}] = shownLookup{Table: v.Table, Key: v.Key, Value: v.Value, From: fromSet, By: v.By, Since: &v.Since, Reason: v.Reason}
	}
	var all []shownLookup
	for _, s := range entries {
		if table == "" || s.Table == table {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b shownLookup) int {
		return strings.Compare(a.Table+"\x00"+a.Key, b.Table+"\x00"+b.Key)
	})
	return all, nil
}

func newLookupsList() *cobra.Command {
	return onLookups("list [TABLE]", "List the entries that hold now, of the configuration and set since",
		func(shownLookup) bool { return true }, asTable, asJSON, asCSV)
}

func newLookupsExport() *cobra.Command {
	return onLookups("export [TABLE]", "Write the entries that were set, as lookups import reads them",
		func(l shownLookup) bool { return l.From == fromSet }, asCSV, asJSON)
}

// onLookups is a command that writes those entries that are wanted, of one table or of all.
func onLookups(use, about string, wanted func(shownLookup) bool, formats ...string) *cobra.Command {
	var t lookupTables
	cmd := &cobra.Command{
		Use: use, Short: about, Args: arguments(0, 1, "one TABLE or none"),
		RunE: t.run(func(cmd *cobra.Command, args []string) error {
			table := strings.Join(args, "")
			if table != "" {
				if err := t.check(table); err != nil {
					return err
				}
			}
			all, err := t.current(cmd, table)
			if err != nil {
				return err
			}
			all = slices.DeleteFunc(all, func(l shownLookup) bool { return !wanted(l) })
			rows := make([][]string, len(all))
			for i, l := range all {
				since := ""
				if l.Since != nil {
					since = stamp(*l.Since)
				}
				rows[i] = []string{l.Table, l.Key, l.Value, l.From, l.By, since, l.Reason}
			}
			return t.out.rows(cmd, list(all), []string{"table", "key", "value", "from", "by", "since", "reason"}, rows)
		}),
	}
	t.tableFlags(cmd)
	t.out.flag(cmd, formats...)
	return cmd
}

func newLookupsGet() *cobra.Command {
	var t lookupTables
	cmd := &cobra.Command{
		Use: "get TABLE KEY", Short: "Show what an entry is now, and who set it to what before", Args: exactly("TABLE", "KEY"),
		RunE: t.run(func(cmd *cobra.Command, args []string) error {
			table, key := args[0], args[1]
			if err := t.check(table); err != nil {
				return err
			}
			versions, err := t.queue.Lookups().History(cmd.Context(), t.account, table, key)
			if err != nil {
				return fmt.Errorf("read the versions of %s in table %s: %w", key, table, err)
			}
			configured, ok := t.mapping.Lookups[table][key]
			if len(versions) == 0 && !ok {
				return fmt.Errorf("table %s of account %s has no entry %q: %w", table, t.account, key, queue.ErrNotFound)
			}
			g := newGrid("value~", "from", "since", "by~", "reason~")
			if ok {
				g.add(configured, fromConfiguration, "", "", "")
			}
			for _, v := range versions {
				from := fromSet
				if v.Deleted {
					from = "deleted"
				}
				g.add(v.Value, from, stamp(v.Since), v.By, v.Reason)
			}
			return t.out.print(cmd, shownVersions{table, key, configured, list(versions)}, g)
		}),
	}
	t.tableFlags(cmd)
	t.out.flag(cmd)
	return cmd
}

// shownVersions is the JSON of lookups get.
type shownVersions struct {
	Table      string         `json:"table"`
	Key        string         `json:"key"`
	Configured string         `json:"configured,omitempty"`
	Versions   []queue.Lookup `json:"versions"` // oldest first
}
