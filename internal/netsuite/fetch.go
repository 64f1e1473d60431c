package netsuite

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// GetOptions say what of a record is read.
type GetOptions struct {
	Fields      []string // only these; empty for all
	Expand      bool     // sublists and subrecords in place of links to them
	SimpleEnums bool     // fields with fixed values as their id alone
}

// Get reads a record of any type as NetSuite shows it: numbers are as exact as they came.
func (c *Client) Get(ctx context.Context, typ, id string, o GetOptions) (json.RawMessage, error) {
	path, err := recordAddress(typ, id)
	if err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	query := url.Values{}
	if len(o.Fields) > 0 {
		query.Set("fields", strings.Join(o.Fields, ","))
	}
	if o.Expand {
		query.Set("expandSubResources", "true")
	}
	if o.SimpleEnums {
		query.Set("simpleEnumFormat", "true")
	}
	var raw json.RawMessage
	_, err = c.send(ctx, call{method: http.MethodGet, path: path, query: query, kind: typ}, decodesInto(&raw))
	return raw, err
}

// IDPage is a page of a list of records.
type IDPage struct {
	IDs   []string // internal ids
	Total int      // records that fit, on all pages
	More  bool     // NetSuite has further pages
}

// List reads the internal ids of the records of a type, in pages; q is a search over fields of the body such as
// tranId IS "PO-1", in NetSuite's own form, and empty for all records. The sequence ends with the first error.
func (c *Client) List(ctx context.Context, typ, q string, w Window) iter.Seq2[IDPage, error] {
	read := func(limit, offset int) (part[string], error) { return c.idPage(ctx, typ, q, limit, offset) }
	return func(yield func(IDPage, error) bool) {
		for p, err := range pages(w, read) {
			if !yield(IDPage{IDs: p.rows, Total: p.total, More: p.more}, err) {
				return
			}
		}
	}
}

func (c *Client) idPage(ctx context.Context, typ, q string, limit, offset int) (part[string], error) {
	if !typeName.MatchString(typ) {
		return part[string]{}, fmt.Errorf("list records: %q is not a record type", clip(typ, 80))
	}
	query := url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}}
	if q != "" {
		query.Set("q", q)
	}
	var said list[struct {
		ID string `json:"id"`
	}]
	_, err := c.send(ctx, call{method: http.MethodGet, path: recordPath + typ, query: query, kind: typ}, decodesList(&said))
	if err != nil {
		return part[string]{}, err
	}
	p := part[string]{total: said.Total, more: said.HasMore}
	for _, one := range *said.Items {
		p.rows = append(p.rows, one.ID)
	}
	return p, nil
}

// ErrTooManyRows is where NetSuite ends the pages of a query.
var ErrTooManyRows = fmt.Errorf("NetSuite gives no more than the first %d rows of a query: page by key instead, with WHERE id > (the last id read) ORDER BY id", maxRows)

// RowPage is a page of a query.
type RowPage struct {
	Rows    []Row
	Columns []string // in the order in which the answer first names them; those without any value are missing
	Total   int      // rows on all pages
	More    bool     // NetSuite has further pages
}

// QueryPages runs a SuiteQL query with one parameter for each ? and reads its rows in pages. Without ORDER BY pages may
// overlap. The sequence ends with the first error, which is ErrTooManyRows where a window goes beyond what NetSuite gives.
func (c *Client) QueryPages(ctx context.Context, query string, params []string, w Window) iter.Seq2[RowPage, error] {
	var columns []string
	read := func(limit, offset int) (part[Row], error) {
		if offset >= maxRows {
			return part[Row]{}, ErrTooManyRows
		}
		var said list[json.RawMessage]
		var rows []Row
		err := c.suiteQL(ctx, query, params, limit, offset, func(a *answer) error {
			if err := decodesList(&said)(a); err != nil {
				return err
			}
			rows = make([]Row, len(*said.Items))
			for i, raw := range *said.Items {
				if err := json.Unmarshal(raw, &rows[i]); err != nil {
					return err
				}
				columns = named(columns, raw)
			}
			return nil
		})
		return part[Row]{rows: rows, total: said.Total, more: said.HasMore}, err
	}
	return func(yield func(RowPage, error) bool) {
		for p, err := range pages(w, read) {
			if !yield(RowPage{Rows: p.rows, Columns: slices.Clone(columns), Total: p.total, More: p.more}, err) {
				return
			}
		}
	}
}

// named adds the members of a JSON object to names, in their order.
func named(names []string, object json.RawMessage) []string {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return names
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return names
		}
		if s := strings.ToLower(fmt.Sprint(name)); s != "links" && !slices.Contains(names, s) {
			names = append(names, s)
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return names
		}
	}
	return names
}
