package netsuite

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// RecordTypes returns the record types that the role may see, sorted.
func (c *Client) RecordTypes(ctx context.Context) ([]string, error) {
	var said struct {
		Items *[]struct {
			Name string `json:"name"`
		} `json:"items"`
	}
	k := call{method: http.MethodGet, path: strings.TrimSuffix(catalogPath, "/"), kind: "metadata-catalog"}
	_, err := c.send(ctx, k, func(a *answer) error {
		if err := decodesInto(&said)(a); err != nil {
			return err
		}
		if said.Items == nil {
			return errNoItems
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the record types: %w", err)
	}
	var names []string
	for _, one := range *said.Items {
		names = append(names, one.Name)
	}
	slices.Sort(names)
	return names, nil
}

// Schema returns the JSON Schema of a record type as NetSuite gives it.
func (c *Client) Schema(ctx context.Context, typ string) (json.RawMessage, error) {
	if !catalogName.MatchString(typ) {
		return nil, fmt.Errorf("read the schema of a record type: %q is none", clip(typ, 80))
	}
	k := call{
		method: http.MethodGet, path: catalogPath + typ, kind: "metadata-catalog",
		header: map[string]string{"Accept": "application/schema+json"},
	}
	var raw json.RawMessage
	_, err := c.send(ctx, k, decodesInto(&raw))
	return raw, err
}
