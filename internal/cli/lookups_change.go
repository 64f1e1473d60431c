package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"counterpunch/internal/queue"
)

// lookupChange sets or deletes entries of an account's lookup tables.
type lookupChange struct {
	lookupTables
	why string
	dry bool
}

func (c *lookupChange) changeFlags(cmd *cobra.Command) {
	c.tableFlags(cmd)
	cmd.Flags().StringVar(&c.why, "reason", "", "why, kept with the entry")
	cmd.Flags().BoolVar(&c.dry, "dry-run", false, "only say what would change")
	before(cmd, func([]string) error {
		if blank(c.why) && !c.dry {
			return usagef("changing a lookup table needs --reason, which stays with the entry")
		}
		return nil
	})
}

// entry is what an entry is to become. An empty value deletes it.
type entry struct {
	Table string `json:"table"`
	Key   string `json:"key"`
	Value string `json:"value"`
}

func newLookupsSet() *cobra.Command {
	var c lookupChange
	cmd := &cobra.Command{
		Use: "set TABLE KEY VALUE", Short: "Set an entry, from the next document on", Args: exactly("TABLE", "KEY", "VALUE"),
		Example: "  counterpunch lookups set carriers \"UPS Ground\" 12 --reason \"new shipping item\"",
		RunE: c.run(func(cmd *cobra.Command, args []string) error {
			return c.set(cmd, []entry{{args[0], args[1], args[2]}})
		}),
	}
	c.changeFlags(cmd)
	return cmd
}

func newLookupsDelete() *cobra.Command {
	var c lookupChange
	cmd := &cobra.Command{
		Use: "delete TABLE KEY", Short: "Take back what was set: the configuration's entry, if there is one, holds again", Args: exactly("TABLE", "KEY"),
		RunE: c.run(func(cmd *cobra.Command, args []string) error {
			return c.set(cmd, []entry{{Table: args[0], Key: args[1]}})
		}),
	}
	c.changeFlags(cmd)
	return cmd
}

func newLookupsImport() *cobra.Command {
	var c lookupChange
	var yes bool
	var entries []entry
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Set the entries of a file, as lookups export writes it; - reads standard input", Args: exactly("FILE"),
		Long: "Set the entries of a file: CSV with the columns table, key and value, or JSON [{\"table\": …, \"key\": …, \"value\": …}].\n" +
			"Entries that the file does not have stay as they are.",
		RunE: c.run(func(cmd *cobra.Command, _ []string) error {
			if err := confirm(cmd, yes || c.dry, "set %d entries?", len(entries)); err != nil {
				return err
			}
			return c.set(cmd, entries)
		}),
	}
	c.changeFlags(cmd)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	before(cmd, func(args []string) (err error) {
		if args[0] == "-" && !yes && !c.dry {
			return usagef("standard input cannot be the file and the answer: give --yes or --dry-run")
		}
		entries, err = readEntries(cmd, args[0])
		return err
	})
	return cmd
}

func readEntries(cmd *cobra.Command, path string) ([]entry, error) {
	in, err := openFile(cmd, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	entries, err := decodeEntries(in)
	if err != nil {
		return nil, usagef("%s: %w", path, err)
	}
	return entries, nil
}

// set checks every entry before the first is changed, and tells what each was and is.
func (c *lookupChange) set(cmd *cobra.Command, entries []entry) error {
	for _, e := range entries {
		if err := c.check(e.Table); err != nil {
			return err
		}
		if blank(e.Key) {
			return usagef("table %s: the key is empty", e.Table)
		}
	}
	for i, e := range entries {
		if err := c.change(cmd, e); err != nil {
			err = fmt.Errorf("change %s in table %s of account %s: %w", e.Key, e.Table, c.account, err)
			if i > 0 {
				return partlyError{fmt.Errorf("%d of %d entries were changed: %w", i, len(entries), err)}
			}
			return err
		}
	}
	return nil
}

// change makes one entry what it is to become. An entry that is so already is left alone.
func (c *lookupChange) change(cmd *cobra.Command, e entry) error {
	v, err := c.queue.Lookups().Get(cmd.Context(), c.account, e.Table, e.Key)
	if err != nil {
		return err
	}
	isSet := v.Revision != 0 && !v.Deleted
	configured := c.mapping.Lookups[e.Table][e.Key]
	before, after := configured, e.Value
	if isSet {
		before = v.Value
	}
	if e.Value == "" {
		if after = configured; !isSet {
			return fmt.Errorf("it is not set: %w", queue.ErrNotFound)
		}
	}
	did := "changed"
	switch {
	case isSet && e.Value == v.Value && e.Value != "":
		did = "unchanged"
	case c.dry:
		did = "would be changed"
	default:
		v.Account, v.Table, v.Key, v.Value = c.account, e.Table, e.Key, e.Value
		v.Deleted, v.By, v.Reason = e.Value == "", actor(), c.why
		if _, err := c.queue.Lookups().Set(cmd.Context(), v); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), line(e.Table)+"\t"+line(e.Key)+"\t"+line(before)+" -> "+line(after)+"\t"+did)
	return err
}
