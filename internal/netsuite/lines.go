package netsuite

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"counterpunch/internal/netsuite/record"
)

// keyed are the sublists whose lines are found again by the field "line".
var keyed = []string{"item", "expense"}

// object returns the fields of a body, which must be a JSON object.
func object(body json.RawMessage) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("the body is not a JSON object: %w", err)
	}
	if fields == nil {
		return nil, errors.New("the body is not a JSON object")
	}
	return fields, nil
}

// written returns the fields of a body that is to be written. An external id with other characters than NetSuite takes in a
// path would make a record that nothing finds by it.
func written(body json.RawMessage) (map[string]json.RawMessage, error) {
	fields, err := object(body)
	if err != nil {
		return nil, err
	}
	var id string
	if json.Unmarshal(fields["externalId"], &id) == nil && id != "" && !externalID.MatchString("eid:"+id) {
		return nil, fmt.Errorf("externalId %q: give letters, digits, _ and - alone: by others NetSuite does not find the record", clip(id, 80))
	}
	return fields, nil
}

// checkLines refuses a body that would add lines to a record or empty a sublist. read is the order as just read; without
// one, no keyed sublist is allowed at all.
func checkLines(body json.RawMessage, read *record.PurchaseOrder) error {
	fields, err := written(body)
	if err != nil {
		return err
	}
	for name, raw := range fields {
		for _, list := range keyed {
			switch {
			case !strings.EqualFold(name, list):
				continue
			case name != list:
				return fmt.Errorf("the sublist %q is spelt %q", list, name)
			case read == nil:
				return fmt.Errorf("lines of %s can be changed only on a purchase order that was just read", list)
			}
			if err := checkSublist(list, raw, lineKeys(list, *read)); err != nil {
				return err
			}
		}
	}
	return nil
}

// lineKeys returns the keys of the lines that were read; 0, where NetSuite gave none, is never asked for.
func lineKeys(list string, read record.PurchaseOrder) map[int]bool {
	keys := map[int]bool{}
	if list == "item" {
		for _, l := range read.Items {
			keys[l.Line] = true
		}
	} else {
		for _, l := range read.Expenses {
			keys[l.Line] = true
		}
	}
	return keys
}

// checkSublist looks names up exactly, as NetSuite does: decoding into a struct would take "Line" for "line".
func checkSublist(list string, raw json.RawMessage, keys map[int]bool) error {
	sublist, err := object(raw)
	if err != nil {
		return fmt.Errorf("sublist %s: %w", list, err)
	}
	var lines []map[string]json.RawMessage
	if err := json.Unmarshal(sublist["items"], &lines); err != nil || lines == nil {
		return fmt.Errorf("sublist %s has no list of items", list)
	}
	seen := map[int]bool{}
	for i, l := range lines {
		var line int
		if err := json.Unmarshal(l["line"], &line); err != nil || line == 0 {
			return fmt.Errorf("%s[%d] has no line key: NetSuite would add a line", list, i)
		}
		if !keys[line] {
			return fmt.Errorf("%s[%d]: the order has no line %d: NetSuite would add it", list, i, line)
		}
		if seen[line] {
			return fmt.Errorf("%s[%d]: line %d is named twice", list, i, line)
		}
		seen[line] = true
	}
	return nil
}
