package cli

import (
	"bytes"
	"encoding/csv"
	"io"
	"regexp"
	"slices"
	"strings"
)

// printRows writes a table, or CSV with a header.
func printRows(w io.Writer, format string, columns []string, rows [][]string) error {
	if format != asCSV {
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = c + "~"
		}
		g := newGrid(names...)
		for _, r := range rows {
			cells := make([]any, len(r))
			for i, c := range r {
				cells[i] = c
			}
			g.add(cells...)
		}
		if len(columns) > 0 {
			g.render(w, widthOf(w))
		}
		return nil
	}
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	for _, r := range append([][]string{columns}, rows...) {
		if err := c.Write(guarded(r)); err != nil {
			return err
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	return printText(w, b.Bytes())
}

// number is a cell that a spreadsheet may take for a number: it is no formula although it begins with a minus.
var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// guarded puts an apostrophe before cells that a spreadsheet would run as a formula: vendors choose some of the texts.
func guarded(cells []string) []string {
	safe := slices.Clone(cells)
	for i, c := range safe {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) && !number.MatchString(c) {
			safe[i] = "'" + c
		}
	}
	return safe
}

// unguarded takes off the apostrophe that guarded puts before what a spreadsheet would run.
func unguarded(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && slices.Equal(guarded([]string{rest}), []string{cell}) {
		return rest
	}
	return cell
}
