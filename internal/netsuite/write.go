package netsuite

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"counterpunch/internal/netsuite/record"
)

// createdAt takes record type and internal id from the path of a new record. An asynchronous job's address does not fit.
var createdAt = regexp.MustCompile(`/record/v1/([A-Za-z0-9_]+)/([0-9]{1,18})/?$`)

var errNoLocation = errors.New("the answer does not say which record was made: look it up by its external id")

// Create makes a record and returns its internal id.
func (c *Client) Create(ctx context.Context, typ string, body json.RawMessage) (id string, err error) {
	if !typeName.MatchString(typ) {
		return "", fmt.Errorf("create a record: %q is not a record type", clip(typ, 80))
	}
	return c.create(ctx, recordPath+typ, typ, nil, body)
}

// Transform makes a record of type toType from another, such as a vendorBill from a purchaseOrder, and returns its
// internal id. NetSuite copies what the body leaves out. id is the internal id; external ids are not taken here.
func (c *Client) Transform(ctx context.Context, fromType, id, toType string, query url.Values, body json.RawMessage) (newID string, err error) {
	path, err := transformPath(fromType, id, toType)
	if err != nil {
		return "", err
	}
	return c.create(ctx, path, toType, query, body)
}

// errSaved is for a preview that came back as a new record, but does not say which.
var errSaved = errors.New("NetSuite answered as if it had saved the record: look for it and delete it")

// Preview asks what Transform would make, without saving it, and returns the record as NetSuite fills it in. That NetSuite
// takes the wish for a form in place of a save is its documented way; should it save all the same, the error's class is
// Unknown and its words name the record.
func (c *Client) Preview(ctx context.Context, fromType, id, toType string, query url.Values, body json.RawMessage) (json.RawMessage, error) {
	path, err := transformPath(fromType, id, toType)
	if err == nil {
		_, err = written(body)
	}
	if err != nil {
		return nil, fmt.Errorf("preview a %s: %w", clip(toType, 80), err)
	}
	k := writing(http.MethodPost, path, toType, query, body)
	k.header["Accept"] = "application/vnd.oracle.resource+json; type=create-form"
	a, err := c.send(ctx, k, func(a *answer) error {
		var saved string
		switch {
		case a.status == http.StatusOK && isObject(a.body):
			return nil
		case a.status == http.StatusOK:
			return errors.New("the answer is not JSON")
		case c.located(toType, &saved)(a) == nil:
			return fmt.Errorf("NetSuite has saved the record, though it was asked for the form alone: delete %s %s", toType, saved)
		case carriedOut(a):
			return errSaved
		}
		return errStatus
	})
	if err != nil {
		return nil, err
	}
	return a.body, nil
}

func transformPath(fromType, id, toType string) (string, error) {
	if !typeName.MatchString(fromType) || !typeName.MatchString(toType) || !internalID.MatchString(id) {
		return "", fmt.Errorf("transform %q %q to %q: want record types and an internal id", clip(fromType, 80), clip(id, 80), clip(toType, 80))
	}
	return recordPath + fromType + "/" + id + "/!transform/" + toType, nil
}

func (c *Client) create(ctx context.Context, path, kind string, query url.Values, body json.RawMessage) (string, error) {
	if _, err := written(body); err != nil {
		return "", fmt.Errorf("create a %s: %w", kind, err)
	}
	var id string
	_, err := c.send(ctx, writing(http.MethodPost, path, kind, query, body), c.located(kind, &id))
	return id, err
}

// located accepts a write that was carried out and takes the internal id of the record of type typ from the Location, which
// says enough without a body.
func (c *Client) located(typ string, id *string) func(*answer) error {
	return func(a *answer) error {
		if !carriedOut(a) {
			return errStatus
		}
		made, at := c.recordAt(a.header.Get("Location"))
		if at == "" || !strings.EqualFold(made, typ) {
			return errNoLocation
		}
		*id = at
		return nil
	}
}

// recordAt returns type and internal id of the record that a Location names, or "" when it names none or another host's: what
// that calls 9001 is not our record 9001. NetSuite names its own host, and one in between may name itself.
func (c *Client) recordAt(location string) (typ, id string) {
	u, err := url.Parse(location)
	if err != nil {
		return "", ""
	}
	own := u.Host == "" || strings.HasSuffix(strings.ToLower(u.Hostname()), ".netsuite.com") ||
		slices.ContainsFunc([]string{c.base, c.sentTo}, func(origin string) bool { return strings.HasSuffix(origin, "://"+u.Host) })
	match := createdAt.FindStringSubmatch(u.Path)
	if !own || match == nil {
		return "", ""
	}
	return match[1], match[2]
}

// Patch changes fields of a record. Item and expense lines are refused here, because NetSuite adds a line whose key it
// does not know: see PatchPurchaseOrder.
func (c *Client) Patch(ctx context.Context, typ, id string, body json.RawMessage) error {
	path, err := recordAddress(typ, id)
	if err == nil {
		err = checkLines(body, nil)
	}
	if err != nil {
		return fmt.Errorf("change %s %s: %w", typ, clip(id, 80), err)
	}
	return c.patch(ctx, path, typ, body)
}

// PatchPurchaseOrder changes fields and lines of the order that was just read. A line is named by its key in the field
// "line"; a line without a key, or with one that read does not have, is refused before anything is sent.
func (c *Client) PatchPurchaseOrder(ctx context.Context, id string, body json.RawMessage, read record.PurchaseOrder) error {
	path, err := recordAddress("purchaseOrder", id)
	switch {
	case err != nil:
	case id != read.ID && id != "eid:"+read.ExternalID:
		err = fmt.Errorf("the order that was read is %s", read.ID)
	default:
		err = checkLines(body, &read)
	}
	if err != nil {
		return fmt.Errorf("change purchase order %s: %w", clip(id, 80), err)
	}
	return c.patch(ctx, path, "purchaseOrder", body)
}

func (c *Client) patch(ctx context.Context, path, kind string, body json.RawMessage) error {
	_, err := c.send(ctx, writing(http.MethodPatch, path, kind, nil, body), done)
	return err
}

func writing(method, path, kind string, query url.Values, body json.RawMessage) call {
	return call{
		method: method, path: path, query: query, body: body, kind: kind, write: true,
		// Without it NetSuite drops a field that it does not know, and only a header says so.
		header: map[string]string{"X-NetSuite-PropertyNameValidation": "Error"},
	}
}

// errOther is for a success by its status whose body says otherwise: a page of something in between, or a refusal.
var errOther = errors.New("the answer is not one to a change")

// done accepts the answer to a write that was carried out.
func done(a *answer) error {
	if !carriedOut(a) {
		return errStatus
	}
	said, isJSON := decodeRefusal(a.body)
	if len(bytes.TrimSpace(a.body)) > 0 && (!isJSON || len(said.codes) > 0) {
		return errOther
	}
	return nil
}

// carriedOut reports whether the status is that of a write that was. 202 is not: the work would still be waiting.
func carriedOut(a *answer) bool {
	return slices.Contains([]int{http.StatusOK, http.StatusCreated, http.StatusNoContent}, a.status)
}
