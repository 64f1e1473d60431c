package operations

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
)

// diff returns what differs between two documents, by path.
func diff(before, after *document.Document) ([]queue.EditChange, error) {
	b, err := flatten(before)
	if err != nil {
		return nil, err
	}
	a, err := flatten(after)
	if err != nil {
		return nil, err
	}
	paths := maps.Clone(b)
	maps.Copy(paths, a)
	var changes []queue.EditChange
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if b[path] != a[path] {
			changes = append(changes, queue.EditChange{Path: path, Before: b[path], After: a[path]})
		}
	}
	return changes, nil
}

// flatten returns the values of a document, as JSON, by their paths.
func flatten(d *document.Document) (map[string]string, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode the document: %w", err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, fmt.Errorf("decode the document: %w", err)
	}
	values := map[string]string{}
	return values, walk(values, "", tree)
}

func walk(values map[string]string, path string, node any) error {
	switch node := node.(type) {
	case map[string]any:
		for name, child := range node {
			at := name
			if path != "" {
				at = path + "." + name
			}
			if err := walk(values, at, child); err != nil {
				return err
			}
		}
		return nil
	case []any:
		for i, child := range node {
			if err := walk(values, path+"["+strconv.Itoa(i)+"]", child); err != nil {
				return err
			}
		}
		return nil
	}
	raw, err := json.Marshal(node)
	values[path] = string(raw)
	return err
}

// harmless are the parts of a document that say nothing of amounts, quantities, vendors, orders or numbers. What is not
// among them needs a second person, so that a part that is new to documents does too.
var harmless = map[string]bool{
	"comments": true, "contacts": true, "description": true, "userAgent": true, "warnings": true, "incoTerms": true,
	"shipmentDate": true, "deliveryDate": true, "requestedDeliveryDate": true, "startDate": true,
	"controls": true, "serviceLevels": true, "packaging": true, "batches": true, "serialNumbers": true, "supplierBatchID": true,
}

var segment = regexp.MustCompile(`[^.\[\]]+`)

// needsSecond reports whether a second person has to agree to any of the changes.
func needsSecond(changes []queue.EditChange) bool {
	return slices.ContainsFunc(changes, func(c queue.EditChange) bool {
		return !slices.ContainsFunc(segment.FindAllString(c.Path, -1), func(s string) bool { return harmless[s] })
	})
}
