package cli

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
)

// clean returns s without what a terminal would act upon. Suppliers and NetSuite choose most of the texts that are shown:
// control characters, escape sequences and marks that turn the direction of writing become blanks. Lines and tabs stay.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
}

// line returns s on one line.
func line(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// short returns s on one line of at most n characters.
func short(s string, n int) string {
	runes := []rune(line(s))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n-1]) + "…"
}

// wrap breaks s into lines of at most width characters, at blanks, else after dashes, else anywhere; 0 leaves it whole.
func wrap(s string, width int) []string {
	if width <= 0 {
		return []string{s}
	}
	var lines []string
	current := ""
	for rest := s; rest != ""; {
		piece := rest
		if i := strings.IndexAny(rest, " -"); i >= 0 {
			piece = rest[:i+1]
		}
		rest = rest[len(piece):]
		if current != "" && text.StringWidth(strings.TrimRight(current+piece, " ")) > width {
			lines = append(lines, current)
			current = ""
		}
		current += piece
		for text.StringWidth(strings.TrimRight(current, " ")) > width {
			head := text.Trim(current, width)
			lines = append(lines, head)
			current = current[len(head):]
		}
	}
	lines = append(lines, current)
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// wrapCell is wrap for the cell of a table.
func wrapCell(s string, width int) string { return strings.Join(wrap(s, width), "\n") }

// counted returns a number with the word for one or for many.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
