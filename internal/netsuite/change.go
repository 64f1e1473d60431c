package netsuite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// ChangeOptions say how NetSuite takes what a body gives.
type ChangeOptions struct {
	// Replace names sublists that the body gives whole: their other lines are removed, and columns that are not given fall
	// back to what NetSuite fills in.
	Replace []string
	// ReplaceSelectedFields makes the given values of a multiple select the only ones, in place of adding them.
	ReplaceSelectedFields bool
}

func (o ChangeOptions) query() (url.Values, error) {
	query := url.Values{}
	for _, name := range o.Replace {
		if !typeName.MatchString(name) {
			return nil, fmt.Errorf("%q is not the name of a sublist", clip(name, 80))
		}
	}
	if len(o.Replace) > 0 {
		query.Set("replace", strings.Join(o.Replace, ","))
	}
	if o.ReplaceSelectedFields {
		query.Set("replaceSelectedFields", "true")
	}
	return query, nil
}

// Change changes fields and lines of a record of any type. When the body has lines of a sublist that o.Replace does not
// name, the record is read first, and a line without a key, or with one that the record does not have, is refused before
// anything is sent: NetSuite would add it.
func (c *Client) Change(ctx context.Context, typ, id string, body json.RawMessage, o ChangeOptions) error {
	err := c.change(ctx, typ, id, body, o)
	if err != nil && ClassOf(err) == None {
		return fmt.Errorf("change %s %s: %w", clip(typ, 80), clip(id, 80), err)
	}
	return err
}

func (c *Client) change(ctx context.Context, typ, id string, body json.RawMessage, o ChangeOptions) error {
	path, err := recordAddress(typ, id)
	if err != nil {
		return err
	}
	query, err := o.query()
	if err != nil {
		return err
	}
	fields, err := written(body)
	if err != nil {
		return err
	}
	if doubtful := touching(fields, o.Replace); len(doubtful) > 0 {
		raw, err := c.Get(ctx, typ, id, GetOptions{Expand: true})
		if err != nil {
			return err
		}
		if err := checkGiven(doubtful, raw); err != nil {
			return err
		}
	}
	_, err = c.send(ctx, writing(http.MethodPatch, path, typ, query, body), done)
	return err
}

// touching returns the fields of a body that may be sublists: those with items, and those that are set to nothing, which
// would empty a sublist.
func touching(fields map[string]json.RawMessage, replace []string) map[string]json.RawMessage {
	found := map[string]json.RawMessage{}
	for name, raw := range fields {
		if slices.Contains(replace, name) {
			continue
		}
		inner, err := object(raw)
		if string(raw) == "null" || err == nil && member(inner, "items") != "" {
			found[name] = raw
		}
	}
	return found
}

// member returns the spelling of a name in an object, whatever its case, or "".
func member(fields map[string]json.RawMessage, name string) string {
	if _, exact := fields[name]; exact {
		return name
	}
	for other := range fields {
		if strings.EqualFold(other, name) {
			return other
		}
	}
	return ""
}

// checkGiven holds what a body says of sublists against the record that was just read.
func checkGiven(given map[string]json.RawMessage, read json.RawMessage) error {
	record, err := object(read)
	if err != nil {
		return fmt.Errorf("what was read: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		raw := given[name]
		spelt := member(record, name)
		lines, isList := lineKeysOf(record[spelt])
		switch {
		case string(raw) == "null" && !isList && !slices.Contains(keyed, strings.ToLower(name)):
			continue // a field that is emptied
		case string(raw) == "null":
			return fmt.Errorf("null would remove all lines of %s; to do that, name %s in replace", name, name)
		case spelt != "" && spelt != name:
			return fmt.Errorf("the sublist %q is spelt %q", spelt, name)
		case !slices.Contains(keyed, name) && isChoice(raw):
			continue
		}
		if err := checkSublist(name, raw, lines); err != nil {
			return fmt.Errorf("%w; to write the sublist whole, name %s in replace", err, name)
		}
	}
	return nil
}

// lineKeysOf returns the keys of the lines of a sublist as read, and whether it is one.
func lineKeysOf(raw json.RawMessage) (map[int]bool, bool) {
	var list struct {
		Items *[]struct {
			Line json.Number `json:"line"`
		} `json:"items"`
	}
	if json.Unmarshal(raw, &list) != nil || list.Items == nil {
		return nil, false
	}
	keys := map[int]bool{}
	for _, l := range *list.Items {
		if n, err := l.Line.Int64(); err == nil {
			keys[int(n)] = true
		}
	}
	return keys, true
}

// isChoice reports whether items are the values of a multiple select: references and nothing else.
func isChoice(raw json.RawMessage) bool {
	var list struct {
		Items []map[string]json.RawMessage `json:"items"`
	}
	if json.Unmarshal(raw, &list) != nil || len(list.Items) == 0 {
		return false
	}
	for _, one := range list.Items {
		for name := range one {
			if !slices.Contains([]string{"id", "refName", "externalId", "links"}, name) {
				return false
			}
		}
	}
	return true
}

// Upsert makes the record with an external id, given as eid: and the id, or changes it when it is there, and returns its
// internal id. NetSuite adds lines that the body gives without a key, so that repeating the call doubles them unless
// o.Replace names their sublist: AddedLines tells.
func (c *Client) Upsert(ctx context.Context, typ, id string, body json.RawMessage, o ChangeOptions) (internal string, err error) {
	path, err := recordAddress(typ, id)
	if err == nil && !externalID.MatchString(id) {
		err = errors.New("NetSuite makes or changes a record only by external id: give eid: and the id")
	}
	var query url.Values
	if err == nil {
		query, err = o.query()
	}
	if err == nil {
		_, err = written(body)
	}
	if err != nil {
		return "", fmt.Errorf("make or change %s %s: %w", clip(typ, 80), clip(id, 80), err)
	}
	_, err = c.send(ctx, writing(http.MethodPut, path, typ, query, body), c.located(typ, &internal))
	return internal, err
}

// AddedLines returns the sublists of a body, sorted, that have lines without a key and that replace does not name: NetSuite
// adds such lines to a record that exists.
func AddedLines(body json.RawMessage, replace []string) []string {
	fields, err := object(body)
	if err != nil {
		return nil
	}
	var added []string
	for name, raw := range touching(fields, replace) {
		var list struct {
			Items []map[string]json.RawMessage `json:"items"`
		}
		if json.Unmarshal(raw, &list) != nil || isChoice(raw) && !slices.Contains(keyed, name) {
			continue
		}
		if slices.ContainsFunc(list.Items, func(l map[string]json.RawMessage) bool { return len(l["line"]) == 0 || string(l["line"]) == "null" }) {
			added = append(added, name)
		}
	}
	slices.Sort(added)
	return added
}

// Delete deletes a record. NetSuite refuses it when others depend on it.
func (c *Client) Delete(ctx context.Context, typ, id string) error {
	path, err := recordAddress(typ, id)
	if err != nil {
		return fmt.Errorf("delete a record: %w", err)
	}
	k := call{method: http.MethodDelete, path: path, kind: typ, write: true}
	_, err = c.send(ctx, k, done)
	return err
}
