package netsuite

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	suiteQLPath = "/services/rest/query/v1/suiteql"
	// pageRows is the most rows that NetSuite gives at once.
	pageRows = 1000
	// maxRows is where NetSuite ends a query's pages.
	maxRows = 100_000
)

// Row is one row of a query. Names are in lower case; a column without a value is missing.
type Row map[string]string

// UnmarshalJSON keeps texts, numbers and booleans as text, and leaves out nulls and links.
func (r *Row) UnmarshalJSON(raw []byte) error {
	var columns map[string]json.RawMessage
	if err := json.Unmarshal(raw, &columns); err != nil {
		return err
	}
	*r = Row{}
	for name, value := range columns {
		var s string
		switch {
		case name == "links" || string(value) == "null":
			continue
		case json.Unmarshal(value, &s) == nil:
		default:
			s = string(value)
		}
		(*r)[strings.ToLower(name)] = s
	}
	return nil
}

// Query runs a SuiteQL query with one parameter for each ? and returns all rows, read in pages: without ORDER BY they
// may overlap. A role sees only what it may, so no rows may also mean no permission.
func (c *Client) Query(ctx context.Context, query string, params ...string) ([]Row, error) {
	var rows []Row
	for offset := 0; offset < maxRows; offset += pageRows {
		p, err := c.page(ctx, query, params, pageRows, offset)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *p.Items...)
		if !p.HasMore {
			return rows, nil
		}
	}
	return nil, fmt.Errorf("the query has more than %d rows: narrow it", maxRows)
}

func (c *Client) page(ctx context.Context, query string, params []string, limit, offset int) (list[Row], error) {
	var p list[Row]
	err := c.suiteQL(ctx, query, params, limit, offset, decodesList(&p))
	return p, err
}

func (c *Client) suiteQL(ctx context.Context, query string, params []string, limit, offset int, want func(*answer) error) error {
	body, err := json.Marshal(struct {
		Query  string   `json:"q"`
		Params []string `json:"params,omitempty"`
	}{query, params})
	if err != nil {
		return fmt.Errorf("query NetSuite: %w", err)
	}
	k := call{
		method: http.MethodPost, path: suiteQLPath, kind: "suiteql", body: body,
		query:  url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}},
		header: map[string]string{"Prefer": "transient"},
	}
	_, err = c.send(ctx, k, want)
	return err
}
