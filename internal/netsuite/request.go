package netsuite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is a call that none of the client's methods has. It is sent as it is: lines and field names are not checked.
type Request struct {
	Method string
	// Path is below the account's host, percent-encoded, and may have a query. Without a leading / it is below
	// /services/rest/, such as record/v1/purchaseOrder/7001.
	Path   string
	Query  url.Values        // beside the path's own; one value for each name, for the signature covers no more
	Header map[string]string // Content-Type is application/json unless it is given
	Body   []byte            // nil for none
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	ID     string // internal id of the record that the Location names, or ""
	Took   time.Duration
}

const restPath = "/services/rest/"

var (
	methods = []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	// reserved are headers that the client or the transport sets.
	reserved = []string{"Authorization", "Host", "Content-Length", "Transfer-Encoding", "Connection"}
)

// Do sends a request, signed, in one of the client's slots. An answer of 300 and above comes with an *Error.
func (c *Client) Do(ctx context.Context, r Request) (Answer, error) {
	k, err := r.call()
	if err != nil {
		return Answer{}, fmt.Errorf("request %s %s: %w", clip(r.Method, 20), clip(r.Path, 200), err)
	}
	var got Answer
	_, err = c.send(ctx, k, func(a *answer) error {
		_, id := c.recordAt(a.header.Get("Location"))
		got = Answer{Status: a.status, Header: a.header, Body: a.body, ID: id, Took: a.took}
		if a.status >= 300 {
			return errStatus
		}
		return nil
	})
	return got, err
}

func (r Request) call() (call, error) {
	k := call{method: strings.ToUpper(r.Method), header: map[string]string{}, body: r.Body, kind: "request"}
	if !slices.Contains(methods, k.method) {
		return k, fmt.Errorf("the method is none of %s", strings.Join(methods, ", "))
	}
	path, query, _ := strings.Cut(r.Path, "?")
	if !strings.HasPrefix(path, "/") {
		path = restPath + path
	}
	if err := checkPath(path); err != nil {
		return k, err
	}
	k.path = path
	var err error
	if k.query, err = url.ParseQuery(query); err != nil {
		return k, fmt.Errorf("the path's query: %w", err)
	}
	for name, values := range r.Query {
		k.query[name] = append(k.query[name], values...)
	}
	for name, value := range r.Header {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		if slices.Contains(reserved, canonical) {
			return k, fmt.Errorf("the header %s is set by the client", canonical)
		}
		k.header[canonical] = value
	}
	k.write = !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, k.method) && path != suiteQLPath
	return k, nil
}

// checkPath refuses what would not arrive as it is written, or elsewhere.
func checkPath(path string) error {
	u, err := url.Parse("https://host" + path)
	switch {
	case err != nil:
		return errors.New("the path is not percent-encoded")
	case u.Host != "host" || u.User != nil || u.Fragment != "" || strings.Contains(path, "#"):
		return errors.New("the path has a fragment or a host")
	case strings.HasPrefix(path, "//"):
		return errors.New("the path begins with //")
	case slices.ContainsFunc(strings.Split(u.Path, "/"), func(s string) bool { return s == "." || s == ".." }):
		return errors.New("the path has a . or .. segment")
	case strings.ContainsAny(path, " \t\r\n\\"):
		return errors.New("the path has blanks: write %20")
	}
	return nil
}

// FormQuery encodes form parameters as the signature wants them: sorted, with %20 for a blank.
func FormQuery(form map[string]string) []byte {
	values := url.Values{}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		values.Set(name, form[name])
	}
	return []byte(strings.ReplaceAll(values.Encode(), "+", "%20"))
}
