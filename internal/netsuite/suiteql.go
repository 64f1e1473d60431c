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

type page struct {
	Items   *[]Row `json:"items"`
	HasMore bool   `json:"hasMore"`
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

func (c *Client) page(ctx context.Context, query string, params []string, limit, offset int) (page, error) {
	var p page
	err := c.suiteQL(ctx, query, params, limit, offset, func(a *answer) error {
		if err := decodesInto(&p)(a); err != nil {
			return err
		}
		if p.Items == nil {
			return errNoItems
		}
		return nil
	})
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

// FoundOrder is a purchase order with the number that was looked for.
type FoundOrder struct {
	ID, TranID string
	Entity     string // the vendor's internal id
	Status     string // one letter, as record.PurchaseOrder.OrderStatus
}

// FindPurchaseOrders looks for purchase orders by number, whatever its case. Numbers need not be unique: there may be
// several, and none may also mean that the role cannot see it.
func (c *Client) FindPurchaseOrders(ctx context.Context, number string) ([]FoundOrder, error) {
	rows, err := c.Query(ctx, `SELECT t.id, t.tranid, t.entity, t.status FROM transaction t `+
		`WHERE t.type='PurchOrd' AND UPPER(t.tranid)=UPPER(?) ORDER BY t.id`, number)
	if err != nil {
		return nil, fmt.Errorf("find purchase order %s: %w", clip(number, 80), err)
	}
	found := make([]FoundOrder, 0, len(rows))
	for _, r := range rows {
		found = append(found, FoundOrder{ID: r["id"], TranID: r["tranid"], Entity: r["entity"], Status: statusLetter(r["status"])})
	}
	return found, nil
}

// FoundBill is a vendor bill or vendor credit with the number that was looked for. Amounts are not among the columns:
// their signs differ between SuiteQL and records, so read the record.
type FoundBill struct {
	ID, TranID, ExternalID string
	Entity                 string
	Status                 string
	TranDate               string // YYYY-MM-DD
}

// FindBills looks for vendor bills of a vendor, by internal id, with a reference number, whatever its case.
func (c *Client) FindBills(ctx context.Context, vendor, number string) ([]FoundBill, error) {
	return c.findBills(ctx, "VendBill", vendor, number)
}

// FindCredits is FindBills for vendor credits.
func (c *Client) FindCredits(ctx context.Context, vendor, number string) ([]FoundBill, error) {
	return c.findBills(ctx, "VendCred", vendor, number)
}

func (c *Client) findBills(ctx context.Context, typ, vendor, number string) ([]FoundBill, error) {
	rows, err := c.Query(ctx, `SELECT t.id, t.tranid, t.externalid, t.entity, t.status, TO_CHAR(t.trandate,'YYYY-MM-DD') trandate `+
		`FROM transaction t WHERE t.type='`+typ+`' AND t.entity=? AND UPPER(t.tranid)=UPPER(?) ORDER BY t.id`, vendor, number)
	if err != nil {
		return nil, fmt.Errorf("find %s %s of vendor %s: %w", typ, clip(number, 80), clip(vendor, 80), err)
	}
	found := make([]FoundBill, 0, len(rows))
	for _, r := range rows {
		found = append(found, FoundBill{
			ID: r["id"], TranID: r["tranid"], ExternalID: r["externalid"], Entity: r["entity"],
			Status: statusLetter(r["status"]), TranDate: r["trandate"],
		})
	}
	return found, nil
}

// statusLetter takes the letter out of "B" and of "PurchOrd:B", which some accounts answer.
func statusLetter(s string) string {
	return s[strings.LastIndexByte(s, ':')+1:]
}
