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
	var said list[struct {
		Name string `json:"name"`
	}]
	k := call{method: http.MethodGet, path: strings.TrimSuffix(catalogPath, "/"), kind: "metadata-catalog"}
	if _, err := c.send(ctx, k, decodesList(&said)); err != nil {
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
	k, err := schemaCall(typ)
	if err != nil {
		return nil, fmt.Errorf("read the schema of a record type: %w", err)
	}
	var raw json.RawMessage
	_, err = c.send(ctx, k, decodesInto(&raw))
	return raw, err
}
