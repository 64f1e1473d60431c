package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
)

// lookupChange sets or deletes entries of an account's lookup tables.
type lookupChange struct {
	lookupTables
	why string
	dry bool
}

func (c *lookupChange) flags(cmd *cobra.Command) {
	c.lookupTables.flags(cmd)
	cmd.Flags().StringVar(&c.why, "reason", "", "why, kept with the entry")
	cmd.Flags().BoolVar(&c.dry, "dry-run", false, "only say what would change")
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
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(args[2]) == "" {
				return usageError{errors.New("the value is empty; lookups delete takes an entry back")}
			}
			return c.run(cmd, []entry{{args[0], args[1], args[2]}})
		},
	}
	c.flags(cmd)
	return cmd
}

func newLookupsDelete() *cobra.Command {
	var c lookupChange
	cmd := &cobra.Command{
		Use: "delete TABLE KEY", Short: "Take back what was set: the configuration's entry, if there is one, holds again", Args: exactly("TABLE", "KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.run(cmd, []entry{{Table: args[0], Key: args[1]}})
		},
	}
	c.flags(cmd)
	return cmd
}

func newLookupsImport() *cobra.Command {
	var c lookupChange
	var yes bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Set the entries of a file, as lookups export writes it; - reads standard input", Args: exactly("FILE"),
		Long: "Set the entries of a file: CSV with the columns table, key and value, or JSON [{\"table\": …, \"key\": …, \"value\": …}].\n" +
			"Entries that the file does not have stay as they are.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "-" && !yes && !c.dry {
				return usageError{errors.New("standard input cannot be the file and the answer: give --yes or --dry-run")}
			}
			entries, err := readEntries(cmd, args[0])
			if err != nil {
				return err
			}
			if !c.dry {
				if err := confirm(cmd, yes, "set %d entries?", len(entries)); err != nil {
					return err
				}
			}
			return c.run(cmd, entries)
		},
	}
	c.flags(cmd)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func readEntries(cmd *cobra.Command, path string) ([]entry, error) {
	in := cmd.InOrStdin()
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, usageError{err}
		}
		defer f.Close()
		in = f
	}
	entries, err := decodeEntries(in)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", path, err)}
	}
	return entries, nil
}

// run checks every entry before the first is changed, and tells what each was and is.
func (c *lookupChange) run(cmd *cobra.Command, entries []entry) error {
	if strings.TrimSpace(c.why) == "" && !c.dry {
		return usageError{errors.New("changing a lookup table needs --reason, which stays with the entry")}
	}
	config, q, done, err := c.open(cmd)
	if err != nil {
		return err
	}
	defer done()
	for _, e := range entries {
		if err := isTable(config, e.Table); err != nil {
			return err
		}
		if strings.TrimSpace(e.Key) == "" {
			return usageError{fmt.Errorf("table %s: the key is empty", e.Table)}
		}
	}
	for i, e := range entries {
		if err := c.change(cmd, config, q, e); err != nil {
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
func (c *lookupChange) change(cmd *cobra.Command, config mapping.Config, q *queue.Queue, e entry) error {
	v, err := q.Lookups().Get(cmd.Context(), c.account, e.Table, e.Key)
	if err != nil {
		return err
	}
	isSet := v.Revision != 0 && !v.Deleted
	configured := config.Lookups[e.Table][e.Key]
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
		if _, err := q.Lookups().Set(cmd.Context(), v); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), line(e.Table)+"\t"+line(e.Key)+"\t"+line(before)+" -> "+line(after)+"\t"+did)
	return err
}
