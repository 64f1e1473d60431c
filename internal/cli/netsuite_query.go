package cli

import (
	"errors"
	"regexp"

	"github.com/spf13/cobra"

	"counterpunch/internal/netsuite"
)

var ordered = regexp.MustCompile(`(?i)\border\s+by\b`)

func newNetSuiteQuery() *cobra.Command {
	var n connection
	var w window
	var params []string
	cmd := &cobra.Command{
		Use: "query SUITEQL", Short: "Run a SuiteQL query", Args: exactly("SUITEQL"),
		Long: "Run a SuiteQL query. Each ? takes one --param, in order. NetSuite gives the first 100,000 rows of a query; for\n" +
			"more, page by key. Queries need the permission SuiteAnalytics Workbook, and rows that the role may not see are\n" +
			"left out without a word.",
		Example: "  counterpunch netsuite query \"SELECT id, tranid FROM transaction WHERE type='PurchOrd' AND entity=? ORDER BY id\" --param 501",
		RunE: n.run(func(cmd *cobra.Command, client *netsuite.Client, args []string) error {
			var rows []netsuite.Row
			var columns []string
			total, pages := 0, 0
			bar := newProgress(cmd.ErrOrStderr(), "reading rows")
			defer bar.stop()
			var last error
			for p, err := range client.QueryPages(cmd.Context(), args[0], params, w.window()) {
				if errors.Is(err, netsuite.ErrTooManyRows) {
					last = err // after 100,000 rows, which are worth printing
					break
				}
				if err != nil {
					return called(err)
				}
				rows, columns, total = append(rows, p.Rows...), p.Columns, p.Total
				pages++
				bar.at(len(rows), w.expected(p.Total))
			}
			bar.stop()
			if err := printQuery(cmd, &n.out, columns, rows); err != nil {
				return err
			}
			if pages > 1 && !ordered.MatchString(args[0]) {
				warn(cmd, "the query has no ORDER BY: rows may be missing or doubled between its %d pages", pages)
			}
			w.note(cmd, len(rows), total)
			return last
		}),
	}
	n.flags(cmd, asTable, asJSON, asCSV)
	w.flags(cmd)
	cmd.Flags().StringArrayVar(&params, "param", nil, "`value` of the next ? of the query; may be given again")
	return cmd
}

func printQuery(cmd *cobra.Command, out *output, columns []string, rows []netsuite.Row) error {
	cells := make([][]string, len(rows))
	for i, r := range rows {
		for _, name := range columns {
			cells[i] = append(cells[i], r[name])
		}
	}
	return out.rows(cmd, list(rows), columns, cells)
}
