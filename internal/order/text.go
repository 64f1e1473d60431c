package order

import (
	"slices"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// CommentRunes bounds the comments of a line: NetSuite's free-form text field takes 300 characters.
const CommentRunes = 300

// words gives the statuses in the order in which a split line lists them. allDetail is shown as detail: it says the same
// of the line.
var words = [...]document.LineStatus{document.StatusAccept, document.StatusDetail, document.StatusBackordered, document.StatusReject}

func word(s document.LineStatus) document.LineStatus {
	if s == document.StatusAllDetail {
		return document.StatusDetail
	}
	return s
}

// statusText is the one status of the portions, or each with its quantity.
func statusText(portions []Portion) string {
	sums := make(map[document.LineStatus]Quantities)
	units := make(map[string]bool)
	for _, p := range portions {
		sums[word(p.Status)] = sums[word(p.Status)].Add(p.Quantity)
		units[strings.TrimSpace(p.Quantity.Unit)] = true
	}
	var parts []string
	for _, w := range words {
		for _, q := range sums[w] {
			if len(sums) == 1 {
				return string(w)
			}
			part := string(w) + " " + q.Value.Canonical()
			if len(units) > 1 {
				part += " " + q.Unit
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}

// comments says what the fields of a line cannot: how a quantity is split, what is offered instead, and the supplier's
// own words, in that order and each once.
func comments(portions []Portion, substitutes []string) string {
	var parts []string
	if len(portions) > 1 {
		for _, p := range portions {
			parts = append(parts, split(p))
		}
	}
	for _, p := range portions {
		if slices.Contains(substitutes, p.Substitute) {
			parts = append(parts, "substitute "+p.Substitute)
		}
	}
	for _, p := range portions {
		parts = append(parts, p.Comments)
	}
	return document.Clip(strings.Join(once(parts), "; "), CommentRunes)
}

// CommentsWith returns the comments of the line with only these of its Substitutes, where the others are what was ordered.
func (l LineState) CommentsWith(substitutes []string) string {
	return comments(l.Portions, substitutes)
}

func split(p Portion) string {
	var b strings.Builder
	b.WriteString(string(word(p.Status)) + " " + strings.TrimSpace(p.Quantity.Value.Canonical()+" "+strings.TrimSpace(p.Quantity.Unit)))
	if p.Price != nil {
		b.WriteString(strings.TrimRight(" at "+p.Price.Amount.String()+" "+p.Price.Currency, " "))
	}
	if p.ShipmentDate != nil {
		b.WriteString(", ships " + p.ShipmentDate.Format(time.DateOnly))
	}
	if p.DeliveryDate != nil {
		b.WriteString(", arrives " + p.DeliveryDate.Format(time.DateOnly))
	}
	return b.String()
}

func once(parts []string) []string {
	seen := make(map[string]bool, len(parts))
	kept := parts[:0]
	for _, p := range parts {
		if p == "" || seen[p] {
			continue
		}
		seen[p] = true
		kept = append(kept, p)
	}
	return kept
}

// text joins comments into one line of at most CommentRunes.
func text(comments []document.Comment) string {
	var parts []string
	for _, c := range comments {
		parts = append(parts, strings.Join(strings.Fields(c.Text), " "))
	}
	return document.Clip(strings.Join(once(parts), "; "), CommentRunes)
}
