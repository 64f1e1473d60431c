package demo_test

import (
	"fmt"
	"strings"

	"counterpunch/fixtures"
)

// namesPlace reports whether an answer's text names a place as suppliers read it.
func namesPlace(text string, p fixtures.Problem) bool {
	place := fmt.Sprintf("line %d", p.Line)
	if p.Column > 0 {
		place += fmt.Sprintf(", column %d", p.Column)
	}
	return strings.Contains(text, place)
}
