package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
)

// output is how a command prints what it found.
type output struct {
	format string
}

// The formats.
const (
	asTable = "table"
	asJSON  = "json"
	asCSV   = "csv"
)

// flag adds -o with the formats, the first by default: a table or JSON where none are given.
func (o *output) flag(cmd *cobra.Command, formats ...string) {
	if len(formats) == 0 {
		formats = []string{asTable, asJSON}
	}
	o.format = formats[0]
	wordFlag(cmd, &o.format, "output", "o", either(formats), formats...)
}

// show writes v as JSON, or lets text write it.
func (o *output) show(cmd *cobra.Command, v any, text func(io.Writer)) error {
	w := cmd.OutOrStdout()
	if o.format == asJSON {
		return printJSON(w, v)
	}
	text(w)
	return nil
}

// print writes v as JSON, or the grid.
func (o *output) print(cmd *cobra.Command, v any, g *grid) error {
	return o.show(cmd, v, func(w io.Writer) { g.render(w, widthOf(w)) })
}

// rows writes v as JSON, or rows as a table or as CSV.
func (o *output) rows(cmd *cobra.Command, v any, columns []string, rows [][]string) error {
	if o.format == asJSON {
		return printJSON(cmd.OutOrStdout(), v)
	}
	return printRows(cmd.OutOrStdout(), o.format, columns, rows)
}

func printJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, escapeJSON(b.String()))
	return err
}

// printText writes text as it is, and to a terminal without what that would act upon.
func printText(w io.Writer, text []byte) error {
	if isTerminal(w) {
		text = []byte(clean(string(text)))
	}
	_, err := w.Write(text)
	return err
}

// escapeJSON writes as \u what a terminal would act upon. JSON itself escapes only the oldest control characters. What is
// read back is the same.
func escapeJSON(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, "\\u%04x\\u%04x", high, low)
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

// list returns s so that its JSON is [] when it is empty.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func newTable(w io.Writer) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	return t
}

// age returns how long ago t was, in the one unit that says enough.
func age(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return span(time.Since(t))
}

func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(max(d, 0).Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// stamp is a moment as it is shown: UTC, to the second.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
