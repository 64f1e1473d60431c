package record

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ErrNotExpanded says that a record came with links in place of its lines.
var ErrNotExpanded = errors.New("the lines are given as a link only: read the record with expandSubResources=true")

// sublist decodes the lines of a sublist. A record without the sublist has no lines of that kind.
func sublist[L any](f *fields, name string, decode func(*fields) L) []L {
	raw := f.raw[name]
	var items []json.RawMessage
	switch first(raw) {
	case 0, 'n':
		return nil
	case '[':
		f.fail(name, json.Unmarshal(raw, &items))
	default:
		var list struct {
			Items        *[]json.RawMessage `json:"items"`
			HasMore      bool               `json:"hasMore"`
			TotalResults *int               `json:"totalResults"`
		}
		if err := json.Unmarshal(raw, &list); err != nil {
			f.fail(name, err)
			return nil
		}
		if list.Items == nil {
			f.fail(name, ErrNotExpanded)
			return nil
		}
		items = *list.Items
		if list.HasMore || list.TotalResults != nil && *list.TotalResults > len(items) {
			f.fail(name, fmt.Errorf("only %d lines of the sublist were sent", len(items)))
			return nil
		}
	}
	lines := make([]L, 0, len(items))
	for i, item := range items {
		line := readFields(item)
		decoded := decode(line)
		if line.err != nil {
			f.fail(fmt.Sprintf("%s[%d]", name, i), line.err)
			return nil
		}
		lines = append(lines, decoded)
	}
	return lines
}
