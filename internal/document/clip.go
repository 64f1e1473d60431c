package document

import "strings"

// Clip returns the text with at most so many characters. Where it is longer, the last of them is an ellipsis.
func Clip(s string, most int) string {
	if most <= 0 {
		return ""
	}
	characters, last := 0, 0
	for i := range s {
		if characters++; characters == most {
			last = i
		}
		if characters > most {
			return strings.TrimRight(s[:last], " ") + "…"
		}
	}
	return s
}
