package netsuite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const serverTimePath = "/services/rest/system/v1/serverTime"

// Probe finds out whether NetSuite lets the integration user in, answers queries and serves records: the server's time, a
// query for one row and one field of one purchase order. That there is no such order, that the role may not see it or that a
// script of the account's fails on it are answers of the record service too.
func (c *Client) Probe(ctx context.Context) error {
	if _, err := c.ServerTime(ctx); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	if _, err := c.page(ctx, "SELECT id FROM transaction FETCH FIRST 1 ROWS ONLY", nil, 1, 0); err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	_, err := c.Get(ctx, "purchaseOrder", "1", GetOptions{Fields: []string{"tranId"}})
	switch ClassOf(err) {
	case NotFound, Refused, Odd:
		return nil
	}
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	return nil
}

// ServerTime asks NetSuite for its clock.
func (c *Client) ServerTime(ctx context.Context) (time.Time, error) {
	there, _, err := c.serverTime(ctx)
	return there, err
}

// ClockSkew returns how far NetSuite's clock is ahead of the one here. Signatures are refused beyond five minutes; the
// *Error of such a refusal has the skew by the answer's Date header.
func (c *Client) ClockSkew(ctx context.Context) (time.Duration, error) {
	there, here, err := c.serverTime(ctx)
	if err != nil {
		return 0, fmt.Errorf("compare clocks: %w", err)
	}
	return there.Sub(here).Round(time.Second), nil
}

// serverTime also returns the local time in the middle of the call.
func (c *Client) serverTime(ctx context.Context) (there, here time.Time, err error) {
	var said struct {
		ServerTime time.Time `json:"serverTime"`
	}
	_, err = c.send(ctx, call{method: http.MethodGet, path: serverTimePath, kind: "serverTime"}, func(a *answer) error {
		here = time.Now().Add(-a.took / 2)
		if err := decodesInto(&said)(a); err != nil {
			return err
		}
		if said.ServerTime.IsZero() {
			return errors.New("the answer has no serverTime")
		}
		return nil
	})
	return said.ServerTime, here, err
}
