package netsuite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// call is one request to NetSuite.
type call struct {
	method string
	path   string // below the host, as it goes over the wire: never unescaped, so that !transform stays as it is
	query  url.Values
	header map[string]string
	body   []byte
	kind   string // of resource, for Observation
	write  bool   // whether it can change anything; a SuiteQL query is a POST and no write
	most   int64  // bytes of the answer; 0 for maxAnswer

	restlets bool // it is for the account's host of RESTlets
}

// url returns the address that is signed. Every parameter may have one value, because the signer would sign only the
// first; a blank is %20, which is the same before and after signing.
func (c call) url(base string) (string, error) {
	address := base + c.path
	if len(c.query) == 0 {
		return address, nil
	}
	for name, values := range c.query {
		if len(values) != 1 {
			return "", fmt.Errorf("query parameter %q is given %d times", name, len(values))
		}
	}
	return address + "?" + strings.ReplaceAll(c.query.Encode(), "+", "%20"), nil
}

// send takes a slot, makes the call and returns its answer. want says whether the status is a success. A nonce that was
// used and a token that is no longer valid are answered with one more try at once: the call was not looked at.
func (c *Client) send(ctx context.Context, k call, want func(*answer) error) (*answer, error) {
	base := c.base
	if k.restlets {
		base = restlets(base)
	}
	address, err := k.url(base)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", k.method, k.path, err)
	}
	queued := time.Now()
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("%s %s: waiting for one of %d slots: %w", k.method, k.path, cap(c.slots), ctx.Err())
	}
	defer func() { <-c.slots }()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s %s: %w", k.method, k.path, err)
	}
	waited := time.Since(queued)
	for again := true; ; again = false {
		if err := c.held(); err != nil {
			return nil, fmt.Errorf("%s %s: %w", k.method, k.path, err)
		}
		var pass *token
		if c.tokens != nil {
			if pass, err = c.tokens.get(ctx); err != nil {
				c.logins.note(ClassOf(err) == Login)
				return nil, fmt.Errorf("%s %s: sign in: %w", k.method, k.path, err)
			}
		}
		a, failure := c.attempt(ctx, k, address, pass, want)
		c.tell(k, a, failure, waited)
		c.show(k, a, failure)
		switch {
		case failure == nil:
			return a, nil
		case again && (a.nonceUsed() || pass != nil && a.tokenRefused() && c.tokens.refuse(pass)):
			waited = 0
		default:
			c.logins.note(failure.Class == Login && a.status == http.StatusUnauthorized)
			return nil, failure
		}
	}
}

func (c *Client) tell(k call, a *answer, failure *Error, waited time.Duration) {
	if c.observe == nil {
		return
	}
	o := Observation{Method: k.method, Kind: k.kind, Write: k.write, Status: a.status, Took: a.took, Waited: waited}
	if failure != nil {
		o.Class = failure.Class
	}
	c.observe(o)
}

// attempt sends the call once, with a token if there is one. The answer is never nil.
func (c *Client) attempt(ctx context.Context, k call, address string, pass *token, want func(*answer) error) (*answer, *Error) {
	var sent atomic.Bool
	timed, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	// A connection is handed over after name look-up, dialling and TLS: before that nothing can have been sent.
	traced := httptrace.WithClientTrace(timed, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	started := time.Now()
	a := &answer{}
	fail := func(err error) (*answer, *Error) {
		a.took = time.Since(started)
		return a, c.failure(ctx, k, a, sent.Load(), err)
	}
	req, err := http.NewRequestWithContext(traced, k.method, address, bytes.NewReader(k.body))
	if err != nil {
		return fail(err)
	}
	if k.body == nil {
		req.Body, req.GetBody = http.NoBody, nil
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "counterpunch")
	for name, value := range k.header {
		req.Header.Set(name, value)
	}
	a.request = req
	if pass != nil {
		req.Header.Set("Authorization", "Bearer "+pass.value.Reveal())
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // without method and address, which the Error tells itself
		}
		return fail(err)
	}
	defer resp.Body.Close()
	err = a.read(resp, k.most)
	a.took = time.Since(started)
	if err == nil || k.write && a.status < 300 {
		// What a write did is told by status and headers: a body that breaks off does not undo it.
		err = want(a)
	}
	if err != nil {
		return fail(err)
	}
	return a, nil
}

// failure makes the Error of a call that did not succeed; err is what transport or decoder say, or errStatus.
func (c *Client) failure(ctx context.Context, k call, a *answer, sent bool, err error) *Error {
	e := &Error{
		Status: a.status, Method: k.method, URL: c.sentTo + k.path, Write: k.write, Took: a.took,
		RetryAfter: a.retryAfter, Skew: a.skew, Login: a.loginError,
	}
	o := outcome{write: k.write, sent: sent, cancelled: ctx.Err() != nil, status: a.status, took: a.took}
	o.broken = errors.Is(err, errBroken)
	switch {
	case a.status >= 300:
		said := a.words()
		o.json, o.codes, o.detail, o.path = said.json, said.codes, said.detail, said.bodyPath
		e.Code, e.Path = c.masked(said.code()), c.masked(said.path)
		most := maxDetail
		if !said.json {
			most = maxPage
		}
		e.Detail = clip(c.masked(said.detail), most)
	case a.status != 0:
		// No words decide here: a record may say anything.
		if o.json = isObject(a.body); !o.json {
			e.Detail = clip(c.masked(readable(a.body)), maxPage)
		}
	}
	e.Class = classify(o)
	if !errors.Is(err, errStatus) {
		e.err, e.cause = err, c.masked(err.Error())
	}
	return e
}
