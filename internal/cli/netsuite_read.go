package cli

import (
	"github.com/spf13/cobra"

	"counterpunch/internal/netsuite"
)

func newNetSuiteGet() *cobra.Command {
	var n connection
	var o netsuite.GetOptions
	cmd := &cobra.Command{
		Use: "get TYPE ID", Short: "Read a record by internal id, or by external id as eid:X", Args: exactly("TYPE", "ID"),
		Example: "  counterpunch netsuite get purchaseOrder 7001 --expand\n  counterpunch netsuite get vendorBill eid:cp-1 --fields tranId,total -o json",
		RunE: n.run(func(cmd *cobra.Command, client *netsuite.Client, args []string) error {
			raw, err := client.Get(cmd.Context(), args[0], args[1], o)
			if err != nil {
				return called(err)
			}
			return printFetched(cmd.OutOrStdout(), n.out.format, raw)
		}),
	}
	n.flags(cmd, asTable, asJSON, asCSV)
	fl := cmd.Flags()
	fl.StringSliceVar(&o.Fields, "fields", nil, "only these fields, separated by commas")
	fl.BoolVar(&o.Expand, "expand", false, "show sublists and subrecords in place of links to them")
	fl.BoolVar(&o.SimpleEnums, "simple-enums", false, "show fields with fixed values as their id alone")
	return cmd
}

// window are the flags of commands that read in pages.
type window struct {
	limit, offset int
	all           bool
}

// defaultLimit is what NetSuite gives with one call.
const defaultLimit = 1000

func (w *window) flags(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.IntVar(&w.limit, "limit", defaultLimit, "`number` of rows at most; above 1000 they are read in several calls")
	fl.IntVar(&w.offset, "offset", 0, "`number` of rows to leave out at the beginning")
	fl.BoolVar(&w.all, "all", false, "all rows, in as many calls as it takes")
	before(cmd, func([]string) error { return w.check(cmd) })
}

func (w *window) check(cmd *cobra.Command) error {
	switch {
	case w.limit < 1:
		return usagef("--limit %d: give a number of rows, or --all", w.limit)
	case w.offset < 0:
		return usagef("--offset %d: give a number of rows", w.offset)
	case w.all && cmd.Flags().Changed("limit"):
		return usagef("give --all or --limit")
	}
	return nil
}

func (w *window) window() netsuite.Window {
	if w.all {
		return netsuite.Window{Offset: w.offset}
	}
	return netsuite.Window{Offset: w.offset, Limit: w.limit}
}

// note says on stderr when there is more than was shown, so that a list that was cut short is not taken for the whole.
func (w *window) note(cmd *cobra.Command, shown, total int) {
	if !w.all && w.offset+shown < total {
		warn(cmd, "%d of %d are shown; --all shows the rest", shown, total)
	}
}

// shownIDs is the JSON of netsuite list.
type shownIDs struct {
	IDs   []string `json:"ids"`
	Total int      `json:"total"` // that fit, shown or not
}

func newNetSuiteList() *cobra.Command {
	var n connection
	var w window
	var q string
	cmd := &cobra.Command{
		Use: "list TYPE", Aliases: []string{"ls"}, Short: "List the internal ids of records, all or those that fit a search", Args: exactly("TYPE"),
		Long: "List the internal ids of records. NetSuite's searches compare fields of the body:\n" +
			"IS, CONTAIN, START_WITH, END_WITH for text; EQUAL, GREATER, LESS, BETWEEN [a,b], ANY_OF [a,b] for numbers;\n" +
			"ANY_OF [id] for references; ON, BEFORE, AFTER for dates, in the account's own format. AND, OR and parentheses\n" +
			"join them. For anything else there is counterpunch netsuite query.",
		Example: "  counterpunch netsuite list purchaseOrder -q 'tranId IS \"PO-1\"'",
		RunE: n.run(func(cmd *cobra.Command, client *netsuite.Client, args []string) error {
			found := shownIDs{IDs: []string{}}
			bar := newProgress(cmd.ErrOrStderr(), "reading "+args[0])
			defer bar.stop()
			for p, err := range client.List(cmd.Context(), args[0], q, w.window()) {
				if err != nil {
					return called(err)
				}
				found.IDs, found.Total = append(found.IDs, p.IDs...), p.Total
				bar.at(len(found.IDs), w.expected(p.Total))
			}
			bar.stop()
			if err := found.print(cmd, &n.out); err != nil {
				return err
			}
			w.note(cmd, len(found.IDs), found.Total)
			return nil
		}),
	}
	n.flags(cmd, asTable, asJSON, asCSV)
	w.flags(cmd)
	cmd.Flags().StringVarP(&q, "query", "q", "", "`search`, such as 'tranId IS \"PO-1\"'")
	return cmd
}

func (s shownIDs) print(cmd *cobra.Command, out *output) error {
	rows := make([][]string, len(s.IDs))
	for i, id := range s.IDs {
		rows[i] = []string{id}
	}
	return out.rows(cmd, s, []string{"id"}, rows)
}

// expected is how many rows of a total will be shown.
func (w *window) expected(total int) int {
	total = max(0, total-w.offset)
	if !w.all {
		total = min(total, w.limit)
	}
	return total
}
