package simulator

import (
	"encoding/json"
	"strconv"

	"counterpunch/internal/document"
)

// namedLine is the number of the order's line that a caller's orderLine names, 0 for none.
func (s *Simulator) namedLine(order *record, list string, given int) int {
	if s.knobs.OrderLine != ByPosition || order == nil || order.schema.name != orderType {
		return given
	}
	if given < 1 || given > len(order.lists[list]) {
		return 0
	}
	return order.lists[list][given-1].line
}

// shownLine is what a caller is shown as orderLine for a line of the order, 0 for one that is there no more.
func (s *Simulator) shownLine(order *record, list string, line int) int {
	if s.knobs.OrderLine != ByPosition || order == nil || order.schema.name != orderType {
		return line
	}
	for i, one := range order.lists[list] {
		if one.line == line {
			return i + 1
		}
	}
	return 0
}

// orderOf is the order that a line of a bill or receipt was made from, nil for none.
func (s *Simulator) orderOf(r *record, one *row) *record {
	if order := s.world.records[one.text("orderDoc")]; order != nil {
		return order
	}
	return s.world.records[r.text("createdFrom")]
}

// postedLink makes of the orderDoc and orderLine of a posted line what the account makes of them.
func (s *Simulator) postedLink(r *record, list string, one *row) {
	if r.schema.name != billType || list != itemList || !one.has("orderDoc") {
		return
	}
	if s.knobs.PostedOrderDoc == Ignored && s.world.records[r.id] == nil {
		delete(one.fields, "orderDoc")
		delete(one.fields, "orderLine")
		return
	}
	if r.wasGiven(list, one.line, "orderLine") {
		line := s.namedLine(s.orderOf(r, one), list, int(wholeOf(one.fields["orderLine"])))
		one.fields["orderLine"] = document.NewDecimal(int64(line))
	}
}

// transformedLink makes of the orderLine, rate and amount of a line in a transform what the account makes of them. line is
// the number of the order's line that is meant, given what the body says of it, one the line of the new bill.
func (s *Simulator) transformedLink(from *record, list string, line int, given map[string]any, one *row) {
	if _, named := given["orderLine"]; named {
		given["orderLine"] = json.Number(strconv.Itoa(line))
	}
	ordered := from.row(list, line)
	if s.knobs.TransformRate != OrderRate || from.schema.name != orderType || ordered == nil || !ordered.has("rate") {
		return
	}
	n, ok := given["rate"].(json.Number)
	if !ok {
		return
	}
	if rate, err := document.ParseDecimal(n.String()); err != nil || rate.Equal(ordered.number("rate")) {
		return
	}
	delete(given, "rate")
	delete(given, "amount")
	one.fields["rate"] = ordered.fields["rate"]
}
