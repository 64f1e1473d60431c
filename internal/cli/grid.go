package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// grid is a table that fits the terminal: where it is too wide, flexible columns are wrapped, and where even that is too
// wide each row becomes a block of lines "column value".
type grid struct {
	columns []column
	rows    [][]string
}

// column is a column of a grid.
type column struct {
	name string
	flex bool // may be wrapped
}

// The least width of a wrapped column, and the blanks between columns.
const (
	flexLeast = 9
	gridGap   = 2
)

// newGrid returns a grid with the columns named; a name that ends with ~ may be wrapped.
func newGrid(names ...string) *grid {
	g := &grid{}
	for _, n := range names {
		name, flex := strings.CutSuffix(n, "~")
		g.columns = append(g.columns, column{name, flex})
	}
	return g
}

// add appends a row. Every cell is shown on one line, without control characters.
func (g *grid) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = line(fmt.Sprint(c))
	}
	g.rows = append(g.rows, row)
}

// render writes the grid for lines of width characters; 0 is as wide as it comes.
func (g *grid) render(w io.Writer, width int) {
	widths, fits := g.fit(width)
	if !fits {
		g.blocks(w, width)
		return
	}
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(plainStyle())
	t.SuppressTrailingSpaces()
	header := make(table.Row, len(g.columns))
	configs := make([]table.ColumnConfig, len(g.columns))
	for i, c := range g.columns {
		header[i] = c.name
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMax: widths[i], WidthMaxEnforcer: wrapCell}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	for _, r := range g.rows {
		row := make(table.Row, len(r))
		for i, cell := range r {
			row[i] = cell
		}
		t.AppendRow(row)
	}
	t.Render()
}

func plainStyle() table.Style {
	s := table.StyleDefault
	s.Options = table.OptionsNoBordersAndSeparators
	s.Format.Header = text.FormatDefault
	s.Box.PaddingLeft, s.Box.PaddingRight = "", strings.Repeat(" ", gridGap)
	return s
}

// fit returns the width of each column, or false when the grid does not fit.
func (g *grid) fit(width int) ([]int, bool) {
	widths := make([]int, len(g.columns))
	total := gridGap * len(g.columns)
	for i, c := range g.columns {
		widths[i] = text.StringWidth(c.name)
		for _, r := range g.rows {
			widths[i] = max(widths[i], text.StringWidth(r[i]))
		}
		total += widths[i]
	}
	for width > 0 && total > width {
		widest := -1
		for i, c := range g.columns {
			if c.flex && widths[i] > max(flexLeast, len(c.name)) && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return nil, false
		}
		widths[widest]--
		total--
	}
	return widths, true
}

// blocks writes each row as lines of column and value.
func (g *grid) blocks(w io.Writer, width int) {
	for i, r := range g.rows {
		if i > 0 {
			fmt.Fprintln(w)
		}
		facts := facts{}
		for j, c := range g.columns {
			facts.add(c.name, r[j])
		}
		facts.render(w, width)
	}
}

// facts are lines "name value", the values below each other. Empty values are left out.
type facts [][2]string

func (f *facts) add(name string, value any) {
	text := line(fmt.Sprint(value))
	if text != "" {
		*f = append(*f, [2]string{name, text})
	}
}

func (f facts) render(w io.Writer, width int) {
	names := 0
	for _, one := range f {
		names = max(names, text.StringWidth(one[0]))
	}
	for _, one := range f {
		left := one[0]
		room := width
		if width > 0 {
			room = max(20, width-names-gridGap)
		}
		for _, l := range wrap(one[1], room) {
			fmt.Fprintf(w, "%-*s%s\n", names+gridGap, left, l)
			left = ""
		}
	}
}
