package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"counterpunch/internal/document"
)

const (
	mostRows       = 1000    // of a page
	mostOfAll      = 100_000 // of a query over all pages
	invalidQuery   = "Invalid search query. Detailed unprocessed description follows. "
	preferRequired = "Prefer: transient"
)

// suiteQL answers POST /services/rest/query/v1/suiteql. Whatever the parser does not understand is INVALID_PARAMETER.
func (s *Simulator) suiteQL(c *call) (reply, error) {
	if c.header.Get("Prefer") != "transient" {
		return reply{}, &refusal{status: http.StatusBadRequest, details: []detail{{
			Detail: "The required request header 'Prefer' is missing or invalid. Use '" + preferRequired + "'.", Header: "Prefer", Code: codeHeader}}}
	}
	for name := range c.query {
		if name != "limit" && name != "offset" {
			return reply{}, parameterError(name, "Invalid query parameter name '"+name+"'. Use one of the following valid query parameters: limit, offset.")
		}
	}
	limit, offset, err := window(c)
	if err != nil {
		return reply{}, err
	}
	var request struct {
		Q      string `json:"q"`
		Params []any  `json:"params"`
	}
	if err := decodeNumbers(c.body, &request); err != nil || request.Q == "" {
		return reply{}, refuse(http.StatusBadRequest, codeContent, "Invalid content in the request: a query is an object with q.")
	}
	params, err := bindParams(request.Params)
	if err != nil {
		return reply{}, err
	}
	q, err := parseQuery(request.Q, params)
	if err != nil {
		return reply{}, parameterError("q", invalidQuery+err.Error())
	}
	if s.lacks(PermissionWorkbook) && s.knobs.MissingWorkbook == NotFound {
		return reply{}, parameterError("q", invalidQuery+searchError("Record '%s' was not found.", q.tables[0].table).Error())
	}
	rows, err := s.run(q)
	if err != nil {
		return reply{}, parameterError("q", invalidQuery+err.Error())
	}
	if rows = rows[:min(mostOfAll, len(rows))]; offset >= mostOfAll {
		return reply{}, parameterError("offset", fmt.Sprintf("Invalid offset '%d': a query has at most %d rows.", offset, mostOfAll))
	}
	items := []map[string]any{}
	for _, values := range rows[min(offset, len(rows)):min(offset+limit, len(rows))] {
		item := map[string]any{"links": []string{}}
		for i, out := range q.outputs {
			if values[i] != nil {
				item[out.name] = s.displayed(values[i])
			} else if s.knobs.NullColumns {
				item[out.name] = nil
			}
		}
		items = append(items, item)
	}
	address := "https://" + s.options.Host + "/services/rest/query/v1/suiteql"
	return reply{status: http.StatusOK, media: mediaCollection, body: page(items, address, limit, offset, len(rows))}, nil
}

// bindParams converts the values of the question marks. NetSuite refuses null.
func bindParams(given []any) ([]any, error) {
	params := make([]any, len(given))
	for i, v := range given {
		switch v := v.(type) {
		case string:
			params[i] = v
		case json.Number:
			d, err := document.ParseDecimal(v.String())
			if err != nil {
				return nil, parameterError("params", invalidQuery+err.Error())
			}
			params[i] = d
		default:
			return nil, parameterError("params", fmt.Sprintf("%sParameter %d has no usable value.", invalidQuery, i+1))
		}
	}
	return params, nil
}

// window reads limit and offset.
func window(c *call) (limit, offset int, err error) {
	limit = mostRows
	if v := c.query.Get("limit"); v != "" {
		if limit, err = strconv.Atoi(v); err != nil || limit < 1 || limit > mostRows {
			return 0, 0, parameterError("limit", fmt.Sprintf("Invalid limit '%s': it must be from 1 to %d.", v, mostRows))
		}
	}
	if v := c.query.Get("offset"); v != "" {
		if offset, err = strconv.Atoi(v); err != nil || offset < 0 || offset%limit != 0 {
			return 0, 0, parameterError("offset", "Invalid offset '"+v+"': it must be a multiple of limit.")
		}
	}
	return limit, offset, nil
}

// page is the form of every collection.
func page(items []map[string]any, address string, limit, offset, total int) map[string]any {
	link := func(rel string, at int) map[string]string {
		return map[string]string{"rel": rel, "href": fmt.Sprintf("%s?limit=%d&offset=%d", address, limit, at)}
	}
	links := []map[string]string{link("self", offset)}
	more := offset+len(items) < total
	if more {
		links = append(links, link("next", offset+limit))
	}
	if offset > 0 {
		links = append(links, link("previous", max(0, offset-limit)))
	}
	return map[string]any{"links": links, "count": len(items), "hasMore": more, "items": items, "offset": offset, "totalResults": total}
}
