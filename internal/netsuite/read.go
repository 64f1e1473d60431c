package netsuite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"counterpunch/internal/netsuite/record"
)

const recordPath = "/services/rest/record/v1/"

var (
	internalID = regexp.MustCompile(`^[0-9]{1,18}$`)
	// externalID keeps to the characters that NetSuite takes in a path; other external ids need a query.
	externalID = regexp.MustCompile(`^eid:[A-Za-z0-9_-]{1,200}$`)
	typeName   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,99}$`)
)

// PurchaseOrder reads a purchase order with its lines. id is the internal id, or eid: and an external id, here and below.
func (c *Client) PurchaseOrder(ctx context.Context, id string) (record.PurchaseOrder, error) {
	return get[record.PurchaseOrder](ctx, c, "purchaseOrder", id)
}

// VendorBill reads a vendor bill with its lines.
func (c *Client) VendorBill(ctx context.Context, id string) (record.VendorBill, error) {
	return get[record.VendorBill](ctx, c, "vendorBill", id)
}

// VendorCredit reads a vendor credit with its lines and the bills it is applied to.
func (c *Client) VendorCredit(ctx context.Context, id string) (record.VendorCredit, error) {
	return get[record.VendorCredit](ctx, c, "vendorCredit", id)
}

func get[R any](ctx context.Context, c *Client, typ, id string) (R, error) {
	var r R
	path, err := recordAddress(typ, id)
	if err != nil {
		return r, fmt.Errorf("read a %s: %w", typ, err)
	}
	k := call{method: http.MethodGet, path: path, query: url.Values{"expandSubResources": {"true"}}, kind: typ}
	_, err = c.send(ctx, k, decodesInto(&r))
	return r, err
}

// decodesInto accepts an answer of 200 that is JSON and decodes.
func decodesInto(target any) func(*answer) error {
	return func(a *answer) error {
		if a.status != http.StatusOK {
			return errStatus
		}
		if !isObject(a.body) {
			return errors.New("the answer is not JSON")
		}
		return json.Unmarshal(a.body, target)
	}
}

func recordAddress(typ, id string) (string, error) {
	if !typeName.MatchString(typ) {
		return "", fmt.Errorf("%q is not a record type", clip(typ, 80))
	}
	if !internalID.MatchString(id) && !externalID.MatchString(id) {
		return "", fmt.Errorf("%q is neither an internal id nor eid: with an external id of letters, digits, _ and -", clip(id, 80))
	}
	return recordPath + typ + "/" + id, nil
}
