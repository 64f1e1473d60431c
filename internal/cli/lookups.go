package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
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

// lookupTables is the account whose tables a command is about.
type lookupTables struct {
	installation
	account string
}

func (t *lookupTables) flags(cmd *cobra.Command) {
	t.flag(cmd)
	cmd.Flags().StringVar(&t.account, "account", "", "account whose tables are meant; the only one by default")
}

// open connects, and returns what the configuration says of the tables.
func (t *lookupTables) open(cmd *cobra.Command) (mapping.Config, *queue.Queue, func(), error) {
	cfg, q, done, err := t.installation.open(cmd.Context())
	if err != nil {
		return mapping.Config{}, nil, nil, err
	}
	a, err := t.find(cfg)
	if err != nil {
		done()
		return mapping.Config{}, nil, nil, err
	}
	t.account = a.Name
	return app.Mapping(*a), q, done, nil
}

func (t *lookupTables) find(cfg *config.Config) (*config.Account, error) {
	if t.account == "" && len(cfg.Accounts) == 1 {
		return &cfg.Accounts[0], nil
	}
	if a, ok := cfg.Account(t.account); ok {
		return a, nil
	}
	if t.account == "" {
		return nil, usageError{errors.New("the configuration has several accounts; give --account")}
	}
	return nil, fmt.Errorf("account %q is not in %s: %w", t.account, t.path, queue.ErrNotFound)
}

// isTable checks the name of a table.
func isTable(c mapping.Config, table string) error {
	if names := c.TableNames(); !slices.Contains(names, table) {
		return usageError{fmt.Errorf("there is no table %q; there are %s, and more by lookups of the configuration", table, strings.Join(names, ", "))}
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
func (t *lookupTables) current(cmd *cobra.Command, c mapping.Config, q *queue.Queue, table string) ([]shownLookup, error) {
	set, err := q.Lookups().All(cmd.Context(), t.account)
	if err != nil {
		return nil, fmt.Errorf("read the lookup tables of account %s: %w", t.account, err)
	}
	type name struct{ table, key string }
	entries := map[name]shownLookup{}
	for table, configured := range c.Lookups {
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
	var t lookupTables
	var out output
	cmd := &cobra.Command{
		Use: "list [TABLE]", Aliases: []string{"ls"}, Short: "List the entries that hold now, of the configuration and set since", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.print(cmd, &out, args, func(shownLookup) bool { return true })
		},
	}
	t.flags(cmd)
	out.flag(cmd, asTable, asJSON, asCSV)
	return cmd
}

func newLookupsExport() *cobra.Command {
	var t lookupTables
	var out output
	cmd := &cobra.Command{
		Use: "export [TABLE]", Short: "Write the entries that were set, as lookups import reads them", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.print(cmd, &out, args, func(s shownLookup) bool { return s.From == fromSet })
		},
	}
	t.flags(cmd)
	out.flag(cmd, asCSV, asJSON)
	return cmd
}

// print writes the entries that are wanted.
func (t *lookupTables) print(cmd *cobra.Command, out *output, args []string, wanted func(shownLookup) bool) error {
	if err := out.check(); err != nil {
		return err
	}
	c, q, done, err := t.open(cmd)
	if err != nil {
		return err
	}
	defer done()
	table := ""
	if len(args) > 0 {
		table = args[0]
		if err := isTable(c, table); err != nil {
			return err
		}
	}
	all, err := t.current(cmd, c, q, table)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s shownLookup) bool { return !wanted(s) })
	if out.format == asJSON {
		return printJSON(cmd.OutOrStdout(), list(all))
	}
	rows := make([][]string, len(all))
	for i, s := range all {
		since := ""
		if s.Since != nil {
			since = stamp(*s.Since)
		}
		rows[i] = []string{s.Table, s.Key, s.Value, s.From, s.By, since, s.Reason}
	}
	return printRows(cmd.OutOrStdout(), out.format, []string{"table", "key", "value", "from", "by", "since", "reason"}, rows)
}

func newLookupsGet() *cobra.Command {
	var t lookupTables
	var out output
	cmd := &cobra.Command{
		Use: "get TABLE KEY", Short: "Show what an entry is now, and who set it to what before", Args: exactly("TABLE", "KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check(); err != nil {
				return err
			}
			c, q, done, err := t.open(cmd)
			if err != nil {
				return err
			}
			defer done()
			if err := isTable(c, args[0]); err != nil {
				return err
			}
			versions, err := q.Lookups().History(cmd.Context(), t.account, args[0], args[1])
			if err != nil {
				return fmt.Errorf("read the versions of %s in table %s: %w", args[1], args[0], err)
			}
			configured, ok := c.Lookups[args[0]][args[1]]
			if len(versions) == 0 && !ok {
				return fmt.Errorf("table %s of account %s has no entry %q: %w", args[0], t.account, args[1], queue.ErrNotFound)
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
			return out.print(cmd.OutOrStdout(), shownVersions{args[0], args[1], configured, list(versions)}, g)
		},
	}
	t.flags(cmd)
	out.flag(cmd)
	return cmd
}

// shownVersions is the JSON of lookups get.
type shownVersions struct {
	Table      string         `json:"table"`
	Key        string         `json:"key"`
	Configured string         `json:"configured,omitempty"`
	Versions   []queue.Lookup `json:"versions"` // oldest first
}
